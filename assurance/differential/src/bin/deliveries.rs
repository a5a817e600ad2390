//! Prints random deliveries, one JSON object in a line, each with what both verifiers say of it:
//! `deliveries SERIES COUNT`. The languages of the bindings read them in the form of vectors.

use std::{
    env,
    error::Error,
    io::{self, BufWriter, Write as _},
};

use pivotal_webhooks_differential::{
    first, mutation::Mutations, request, second, written::written,
};

fn main() -> Result<(), Box<dyn Error>> {
    let numbers: Vec<u64> =
        env::args().skip(1).map(|text| text.parse()).collect::<Result<_, _>>()?;
    let [series, count] = numbers[..] else {
        return Err("write the number of a series, and how many deliveries of it".into());
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let cases = Mutations::new(series).filter_map(|bytes| request::read(&bytes));
    for (number, mut case) in (0..count).zip(cases) {
        case.name = format!("delivery {number} of series {series}");
        let (one, other) = (first::outcome(&case), second::outcome(&case));
        if one != other {
            return Err(
                format!("the core: {one:?}, the second verifier: {other:?}: {case:?}").into()
            );
        }
        writeln!(out, "{}", written(&case, &one))?;
    }
    out.flush()?;
    Ok(())
}
