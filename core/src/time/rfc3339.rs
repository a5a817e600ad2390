//! Date-times in the grammar of RFC 3339.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "the numbers have two or four digits, so that nothing here overflows 64 bits"
)]

use alloc::borrow::Cow;

use crate::encoding::parse_digits;

/// When an event happened: the sender's RFC 3339 text, and its Unix time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventTime<'a> {
    text: Cow<'a, str>,
    unix_seconds: i64,
    nanoseconds: u32,
}

impl<'a> EventTime<'a> {
    pub(crate) fn read(text: Cow<'a, str>) -> Option<Self> {
        let (unix_seconds, nanoseconds) = read(&text)?;
        Some(Self { text, unix_seconds, nanoseconds })
    }

    /// The text as the sender wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down; negative before that. A leap second
    /// counts as the one before it.
    #[must_use]
    pub const fn unix_seconds(&self) -> i64 {
        self.unix_seconds
    }

    /// Nanoseconds since the whole second; further digits are cut off.
    #[must_use]
    pub const fn subsec_nanoseconds(&self) -> u32 {
        self.nanoseconds
    }
}

/// Unix seconds and nanoseconds of a date-time. In UTC it must be in the years 1 to 9999, which every
/// host can represent.
pub(super) fn read(text: &str) -> Option<(i64, u32)> {
    let (moment, rest) = text.as_bytes().split_at_checked(19)?;
    let [_, _, _, _, b'-', _, _, b'-', _, _, b'T' | b't', _, _, b':', _, _, b':', _, _] = moment
    else {
        return None;
    };
    let number = |digits| moment.get(digits).and_then(parse_digits);
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute) = (number(11..13)?, number(14..16)?);
    // Unix time has no leap seconds.
    let second = match number(17..19)? {
        60 => 59,
        second => second,
    };
    if day > days_in_month(year, month)? || hour > 23 || minute > 59 || second > 59 {
        return None;
    }

    let (nanoseconds, zone) = match rest {
        [b'.', rest @ ..] => {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (fraction, zone) = rest.split_at_checked(digits).filter(|_| digits > 0)?;
            (nanoseconds(fraction)?, zone)
        }
        zone => (0, zone),
    };
    let local = days_since_year_1(year, month, day)? * 86_400 + seconds(hour, minute) + second;
    let utc = match zone {
        [b'Z' | b'z'] => local,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (parse_digits(&[*h1, *h2])?, parse_digits(&[*m1, *m2])?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            match sign {
                b'+' => local.checked_sub(seconds(hours, minutes))?,
                _ => local + seconds(hours, minutes),
            }
        }
        _ => return None,
    };
    let unix_seconds = i64::try_from(utc).ok()? - YEAR_1_TO_1970;
    (utc < YEAR_1_TO_10000).then_some((unix_seconds, nanoseconds))
}

fn seconds(hours: u64, minutes: u64) -> u64 {
    (hours * 60 + minutes) * 60
}

/// Seconds from 0001-01-01T00:00:00Z to the start of 1970.
const YEAR_1_TO_1970: i64 = 62_135_596_800;

/// Seconds from 0001-01-01T00:00:00Z to the start of 10000.
const YEAR_1_TO_10000: u64 = 315_537_897_600;

fn nanoseconds(fraction: &[u8]) -> Option<u32> {
    let digits = fraction.iter().copied().chain(core::iter::repeat(b'0')).take(9);
    digits
        .into_iter()
        .try_fold(0_u32, |value, digit| Some(value * 10 + u32::from(digit.checked_sub(b'0')?)))
}

fn days_in_month(year: u64, month: u64) -> Option<u64> {
    Some(match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => return None,
    })
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_since_year_1(year: u64, month: u64, day: u64) -> Option<u64> {
    let before = year.checked_sub(1)?;
    let leap_days = before / 4 - before / 100 + before / 400;
    let months =
        (1..month).try_fold(0_u64, |days, month| Some(days + days_in_month(year, month)?))?;
    Some(before * 365 + leap_days + months + day.checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3339_is_read_as_the_standard_writes_it() {
        for (text, seconds, nanoseconds) in [
            ("1970-01-01T00:00:00Z", 0, 0),
            ("1970-01-01T00:00:00.999Z", 0, 999_000_000),
            ("2000-02-29T23:59:60Z", 951_868_799, 0),
            ("2026-05-26T18:42:00.000Z", 1_779_820_920, 0),
            ("2026-05-26t20:42:00.1234567899+02:00", 1_779_820_920, 123_456_789),
            ("2026-05-26T10:12:00-08:30", 1_779_820_920, 0),
            ("1969-12-31T23:59:59.5Z", -1, 500_000_000),
            ("1900-03-01T00:00:00Z", -2_203_891_200, 0),
            ("0001-01-01T00:00:00Z", -62_135_596_800, 0),
            ("9999-12-31T23:59:59.999999999z", 253_402_300_799, 999_999_999),
        ] {
            assert_eq!(read(text), Some((seconds, nanoseconds)), "{text}");
        }
    }

    #[test]
    fn what_is_not_rfc3339_is_refused() {
        for text in [
            "",
            "2026",
            "2026-05-26",
            "2026-05-26 18:42:00Z",
            "2026-05-26T18:42:00",
            "2026-05-26T18:42Z",
            "2026-05-26T18:42:00.Z",
            "2026-05-26T18:42:00,5Z",
            "2026-05-26T24:00:00Z",
            "2026-05-26T18:60:00Z",
            "2026-05-26T18:42:61Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2026-04-00T00:00:00Z",
            "2026-05-26T18:42:00+0200",
            "2026-05-26T18:42:00+24:00",
            "2026-05-26T18:42:00+23:60",
            "2026-05-26T23:60:00Z",
            "2026-05-26T00:00:61Z",
            "2026-05-26T18:42:00Zulu",
            "0000-12-31T00:00:00Z",
            "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "２026-05-26T18:42:00Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
