//! Programs that print a series of cases with what both verifiers say of them.

use std::{
    env,
    error::Error,
    io::{self, BufWriter, Write as _},
};

use pivotal_webhooks_test_vectors::Case;

use crate::{first, second, written::written};

/// Prints the cases of a series, one JSON object in a line: the arguments of the program are the number of
/// the series, and how many cases of it.
///
/// # Errors
///
/// Other arguments, or a case about which the two verifiers differ.
pub fn print<C: Iterator<Item = Case>>(
    kind: &str,
    cases: impl FnOnce(u64) -> C,
) -> Result<(), Box<dyn Error>> {
    let numbers: Vec<u64> =
        env::args().skip(1).map(|text| text.parse()).collect::<Result<_, _>>()?;
    let [series, count] = numbers[..] else {
        return Err("write the number of a series, and how many cases of it".into());
    };
    let mut out = BufWriter::new(io::stdout().lock());
    for (number, mut case) in (0..count).zip(cases(series)) {
        case.name = format!("{kind} {number} of series {series}");
        let (one, other) = (first::outcome(&case), second::outcome(&case));
        if one != other {
            return Err(
                format!("the core: {one:?}, the second verifier: {other:?}: {case:?}").into()
            );
        }
        writeln!(out, "{}", written(&case, &one))?;
    }
    Ok(out.flush()?)
}
