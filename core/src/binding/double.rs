//! Whole numbers from a host's doubles.

/// The number itself, if it is whole and not negative.
pub(super) fn whole(number: f64) -> Option<u64> {
    let below = floor(number);
    #[expect(clippy::as_conversions, reason = "back, to see whether anything was cut off")]
    let back = below as f64;
    (back.to_bits() == number.to_bits() || (below == 0 && number == 0.0)).then_some(below)
}

/// Rounds down. NaN and negative numbers become 0, and what is too large becomes `u64::MAX`.
pub(super) fn floor(number: f64) -> u64 {
    #[expect(clippy::as_conversions, reason = "saturates, and gives 0 for NaN: what is wanted")]
    let floor = number as u64;
    floor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_whole() {
        assert_eq!(whole(0.0), Some(0));
        assert_eq!(whole(-0.0), Some(0));
        assert_eq!(whole(300.0), Some(300));
        for bad in [-1.0, 0.5, -0.5, 300.000_001, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300]
        {
            assert_eq!(whole(bad), None, "{bad}");
        }
    }
}
