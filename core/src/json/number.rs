//! Checks that a number is within the range of a double.
//!
//! `str::parse::<f64>` gives the same result, but it adds the float parser of the standard library to
//! the WebAssembly module: `docs/decisions/README.md` has the size.

use core::cmp::Ordering;

/// How many digits [`INFINITE`] has. A whole number with fewer digits is finite.
pub(super) const INFINITE_DIGITS: usize = 309;

/// Whether a JSON number is finite as a double: whether it is below [`INFINITE`].
pub(super) fn is_finite(number: &str) -> bool {
    // The number is 0.123… times ten to this power, where 123… are its digits from the first that is
    // not 0.
    let (mut power, mut exponent) = (0_i64, 0_i64);
    let (mut is_zero, mut is_fraction, mut is_exponent, mut divides) = (true, false, false, false);
    let mut bound = INFINITE.iter();
    let mut digits = Ordering::Equal;
    for byte in number.bytes() {
        match byte {
            b'.' => is_fraction = true,
            b'e' | b'E' => is_exponent = true,
            b'-' => divides = is_exponent,
            b'0'..=b'9' if is_exponent => {
                exponent = exponent.saturating_mul(10).saturating_add((byte & 15).into());
            }
            b'0'..=b'9' => {
                is_zero &= byte == b'0';
                let step = i64::from(!is_zero).saturating_sub(is_fraction.into());
                power = power.saturating_add(step);
                if !is_zero {
                    digits = digits.then(byte.cmp(bound.next().unwrap_or(&b'0')));
                }
            }
            _ => {}
        }
    }
    let power = match divides {
        true => power.saturating_sub(exponent),
        false => power.saturating_add(exponent),
    };
    // The bound does not end in a 0, so a number with a part of the bound's digits is below it.
    let digits = digits.then(bound.next().map_or(Ordering::Equal, |_| Ordering::Less));
    is_zero || power.cmp(&INFINITE_POWER).then(digits).is_lt()
}

/// The decimal digits of the least number that rounds to infinity: 2^1024 - 2^970, which is halfway
/// from the largest double to the next power of two.
#[expect(clippy::indexing_slicing, reason = "evaluated at compile time")]
const INFINITE: [u8; INFINITE_DIGITS] = {
    let mut digits = [b'0'; INFINITE_DIGITS];
    let mut doublings = 0;
    while doublings < 1024 {
        // Adds one in the first 54 doublings, which gives 2^54 - 1.
        let mut carry = if doublings < 54 { 1 } else { 0 };
        let mut at = INFINITE_DIGITS;
        while at > 0 {
            at -= 1;
            let double = (digits[at] - b'0') * 2 + carry;
            digits[at] = b'0' + double % 10;
            carry = double / 10;
        }
        doublings += 1;
    }
    digits
};

/// `INFINITE` is 0.179… times ten to this power.
const INFINITE_POWER: i64 = 309;

#[cfg(test)]
mod tests {
    use alloc::format;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_bound_is_the_least_infinite_number() {
        let bound = core::str::from_utf8(&INFINITE).unwrap();
        let below = bound.strip_suffix('2').map(|start| format!("{start}1")).unwrap();
        for (number, finite) in [(bound, false), (&below, true)] {
            let (first, rest) = number.split_at(1);
            for number in [
                number.into(),
                format!("-{number}"),
                format!("{number}.0"),
                format!("{first}.{rest}e308"),
                format!("{first}.{rest}00E+308"),
                format!("0.00{number}e311"),
                format!("{number}000e-3"),
                format!("{number}.999"),
            ] {
                assert_eq!(number.parse().is_ok_and(f64::is_finite), finite, "{number}");
                assert_eq!(is_finite(&number), finite, "{number}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_number_is_as_finite_as_its_double(
            number in "-?(0|[1-9][0-9]{0,3}|1797693134862315[0-9]{293})(\\.0{0,3}[0-9]{1,20})?([eE][+-]?0?(30[0-9]|31[0-9]|[0-9]{1,4}|[0-9]{20}))?"
        ) {
            prop_assert_eq!(is_finite(&number), number.parse().is_ok_and(f64::is_finite));
        }
    }
}
