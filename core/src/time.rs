//! Unix time, and how far it may be off.

use alloc::string::{String, ToString as _};

use crate::error::Error;

/// A point in time: whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(u64);

impl UnixTime {
    /// A time from its Unix seconds.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds)
    }

    /// The system clock's time, rounded down to the second.
    ///
    /// # Errors
    ///
    /// `internal` if the clock stands before 1970, or there is none (`wasm32-unknown-unknown`).
    #[cfg(feature = "std")]
    pub fn now() -> Result<Self, Error> {
        // Where there is no clock, asking for the time panics.
        if cfg!(all(target_family = "wasm", target_os = "unknown")) {
            return Err(Error::ClockUnusable);
        }
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map(|since| Self(since.as_secs()))
            .map_err(|_| Error::ClockUnusable)
    }

    /// The seconds since 1970.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// Reads 1 to 12 ASCII digits without a leading zero, and nothing else.
    pub(crate) fn from_digits(text: &[u8]) -> Option<Self> {
        match text {
            [b'1'..=b'9', ..] if text.len() <= 12 => {}
            _ => return None,
        }
        decimal(text).map(Self)
    }

    /// Writes what [`from_digits`](Self::from_digits) reads.
    pub(crate) fn to_digits(self) -> Option<String> {
        let text = self.0.to_string();
        Self::from_digits(text.as_bytes()).map(|_| text)
    }

    /// Reads an RFC 3339 date-time of the years 1970 to 9999; fractions of a second are dropped.
    pub(crate) fn from_rfc3339(text: &str) -> Option<Self> {
        let text = text.as_bytes();
        let (date, rest) = text.split_at_checked(10)?;
        let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = date else {
            return None;
        };
        let [b'T' | b't', h1, h2, b':', i1, i2, b':', s1, s2, rest @ ..] = rest else {
            return None;
        };
        let year = decimal(&[y1, y2, y3, y4])?;
        let month = decimal(&[m1, m2])?;
        let day = decimal(&[d1, d2])?;
        let hour = decimal(&[*h1, *h2])?;
        let minute = decimal(&[*i1, *i2])?;
        // A leap second has no Unix time of its own.
        let second = match decimal(&[*s1, *s2])? {
            60 => 59,
            second => second,
        };
        if day > days_in_month(year, month)? || hour > 23 || minute > 59 || second > 59 {
            return None;
        }

        let rest = match rest {
            [b'.', fraction @ ..] => {
                let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
                let (_, rest) = fraction.split_at_checked(digits).filter(|_| digits > 0)?;
                rest
            }
            rest => rest,
        };
        let local = days_since_1970(year, month, day)?
            .checked_mul(86_400)?
            .checked_add(hour.checked_mul(3_600)?)?
            .checked_add(minute.checked_mul(60)?)?
            .checked_add(second)?;
        match rest {
            [b'Z' | b'z'] => Some(Self(local)),
            [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
                let (hours, minutes) = (decimal(&[*h1, *h2])?, decimal(&[*m1, *m2])?);
                if hours > 23 || minutes > 59 {
                    return None;
                }
                let offset = hours.checked_mul(3_600)?.checked_add(minutes.checked_mul(60)?)?;
                match sign {
                    b'+' => local.checked_sub(offset),
                    _ => local.checked_add(offset),
                }
                .map(Self)
            }
            _ => None,
        }
    }
}

/// How far a signed timestamp may be from the clock, in either direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance(Option<u64>);

impl Tolerance {
    /// The most that [`seconds`](Self::seconds) takes: a captured delivery can be replayed as long.
    pub const MAX_SECONDS: u64 = 3_600;

    /// A tolerance in seconds, 0 to 3600; exactly that many pass. The default is 300.
    ///
    /// # Errors
    ///
    /// `config_invalid` above 3600.
    pub const fn seconds(seconds: u64) -> Result<Self, Error> {
        if seconds > Self::MAX_SECONDS {
            return Err(Error::ConfigInvalid {
                problem: "tolerance is not a whole number of seconds from 0 to 3600",
            });
        }
        Ok(Self(Some(seconds)))
    }

    /// Accepts a delivery however old it is, so that anyone who captured it can replay it for ever.
    ///
    /// For tests, and for receivers that check [`Verified::timestamp`](crate::Verified::timestamp)
    /// themselves.
    #[must_use]
    pub const fn dangerously_unlimited() -> Self {
        Self(None)
    }

    /// Checks the time that a sender signed.
    pub(crate) fn check(self, signed: UnixTime, now: UnixTime) -> Result<(), Error> {
        self.0.map_or(Ok(()), |tolerance| check_window(signed, now, tolerance, tolerance))
    }

    /// Checks the time that a body carries: events wait for their retries, but none comes early.
    pub(crate) fn check_age(
        self,
        happened: UnixTime,
        now: UnixTime,
        max_age: u64,
    ) -> Result<(), Error> {
        check_window(happened, now, max_age, self.0.unwrap_or(DEFAULT_TOLERANCE))
    }
}

impl Default for Tolerance {
    fn default() -> Self {
        Self(Some(DEFAULT_TOLERANCE))
    }
}

/// Five minutes: what Svix, Standard Webhooks and Pivotal document.
const DEFAULT_TOLERANCE: u64 = 300;

fn check_window(then: UnixTime, now: UnixTime, past: u64, future: u64) -> Result<(), Error> {
    let skew = now.0.abs_diff(then.0);
    if then < now && skew > past {
        Err(Error::TimestampTooOld { skew, tolerance: past })
    } else if then > now && skew > future {
        Err(Error::TimestampTooNew { skew, tolerance: future })
    } else {
        Ok(())
    }
}

fn decimal(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |value, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        value.checked_mul(10)?.checked_add(digit.into())
    })
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

fn days_since_1970(year: u64, month: u64, day: u64) -> Option<u64> {
    let leap_days_before = |year: u64| {
        let last = year.checked_sub(1)?;
        (last / 4).checked_sub(last / 100)?.checked_add(last / 400)
    };
    let years = year
        .checked_sub(1970)?
        .checked_mul(365)?
        .checked_add(leap_days_before(year)?.checked_sub(leap_days_before(1970)?)?)?;
    let months =
        (1..month).try_fold(0_u64, |days, month| days.checked_add(days_in_month(year, month)?))?;
    years.checked_add(months)?.checked_add(day.checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_strict() {
        for good in ["1", "1614265330", "999999999999"] {
            assert_eq!(UnixTime::from_digits(good.as_bytes()).unwrap().0.to_string(), good);
        }
        for bad in ["", "0", "01", "+5", "-5", " 5", "5 ", "5\n", "5.0", "1e9", "1000000000000"] {
            assert_eq!(UnixTime::from_digits(bad.as_bytes()), None, "{bad:?}");
        }
        assert_eq!(UnixTime::from_digits("١٦١٤".as_bytes()), None);
    }

    #[test]
    fn rfc3339_is_read_as_the_standard_writes_it() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T00:00:00.999Z", 0),
            ("2000-02-29T23:59:60Z", 951_868_799),
            ("2026-05-26T18:42:00.000Z", 1_779_820_920),
            ("2026-05-26t20:42:00+02:00", 1_779_820_920),
            ("2026-05-26T10:12:00-08:30", 1_779_820_920),
            ("9999-12-31T23:59:59z", 253_402_300_799),
        ] {
            assert_eq!(UnixTime::from_rfc3339(text), Some(UnixTime(seconds)), "{text}");
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
            "1900-02-28T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2026-04-00T00:00:00Z",
            "2026-05-26T18:42:00+0200",
            "2026-05-26T18:42:00+24:00",
            "2026-05-26T18:42:00+23:60",
            "2026-05-26T23:60:00Z",
            "2026-05-26T00:00:61Z",
            "2026-05-26T18:42:00Zulu",
            "1970-01-01T00:00:00+00:01",
            "２026-05-26T18:42:00Z",
        ] {
            assert_eq!(UnixTime::from_rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn the_window_closes_one_second_past_the_tolerance() {
        let tolerance = Tolerance::default();
        let now = UnixTime(1_000);
        assert_eq!(tolerance.check(UnixTime(700), now), Ok(()));
        assert_eq!(tolerance.check(UnixTime(1_300), now), Ok(()));
        assert_eq!(
            tolerance.check(UnixTime(699), now),
            Err(Error::TimestampTooOld { skew: 301, tolerance: 300 })
        );
        assert_eq!(
            tolerance.check(UnixTime(1_301), now),
            Err(Error::TimestampTooNew { skew: 301, tolerance: 300 })
        );
        assert_eq!(Tolerance::seconds(0).unwrap().check(now, now), Ok(()));
        assert!(Tolerance::seconds(3_601).is_err());
        assert_eq!(
            Tolerance::dangerously_unlimited().check(UnixTime(1), UnixTime(u64::MAX)),
            Ok(())
        );
    }
}
