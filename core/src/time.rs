//! Unix time, and the tolerances for it.

use alloc::{format, string::String};

use crate::{
    encoding,
    error::{Error, Text},
};

mod rfc3339;

pub use rfc3339::EventTime;

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
    /// `internal` if the clock is before 1970, or there is none (`wasm32-unknown-unknown`).
    #[cfg(feature = "std")]
    pub fn now() -> Result<Self, Error> {
        // Without a clock, `SystemTime::now` panics.
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

    /// Seconds from `then` to this time, negative if `then` is later.
    pub(crate) fn since(self, then: Self) -> i64 {
        self.since_seconds(i64::try_from(then.0).unwrap_or(i64::MAX))
    }

    fn since_seconds(self, then: i64) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX).saturating_sub(then)
    }

    /// Refuses a time of 13 digits or more, which is beyond every timestamp that can be signed. Such a
    /// clock probably counts milliseconds.
    pub(crate) const fn check_clock(self) -> Result<(), Error> {
        if self.0 > MAX_TIMESTAMP { Err(Error::ClockTooLarge) } else { Ok(()) }
    }

    /// Reads 1 to 12 ASCII digits without a leading zero.
    pub(crate) fn from_digits(text: &[u8]) -> Option<Self> {
        match text {
            [b'1'..=b'9', ..] if text.len() <= 12 => {}
            _ => return None,
        }
        encoding::parse_digits(text).map(Self)
    }

    /// Writes the digits, if [`from_digits`](Self::from_digits) reads them.
    pub(crate) fn to_digits(self) -> Option<String> {
        let text = format!("{}", self.0);
        Self::from_digits(text.as_bytes()).map(|_| text)
    }
}

/// The largest timestamp that can be signed: 12 digits.
const MAX_TIMESTAMP: u64 = 999_999_999_999;

/// How far a signed timestamp may be from the clock, in either direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance(Option<u64>);

impl Tolerance {
    /// The largest tolerance. A captured delivery can be replayed during the tolerance.
    pub const MAX_SECONDS: u64 = 3_600;

    /// A tolerance of 0 to 3600 seconds, inclusive. The default is 300.
    ///
    /// # Errors
    ///
    /// `config_invalid` above 3600.
    pub const fn seconds(seconds: u64) -> Result<Self, Error> {
        if seconds > Self::MAX_SECONDS {
            return Err(Error::ConfigInvalid {
                problem: Text("`tolerance` is not a whole number of seconds from 0 to 3600"),
            });
        }
        Ok(Self(Some(seconds)))
    }

    /// Accepts a delivery of any age, so that anyone who captured it can replay it for ever.
    ///
    /// For tests, and for receivers that check [`Verified::timestamp`](crate::Verified::timestamp)
    /// themselves.
    #[must_use]
    pub const fn dangerously_unlimited() -> Self {
        Self(None)
    }

    pub(crate) const fn as_seconds(self) -> Option<u64> {
        self.0
    }

    /// Checks the time that a sender signed.
    pub(crate) fn check(self, signed: UnixTime, now: UnixTime) -> Result<(), Error> {
        self.0.map_or(Ok(()), |tolerance| check_skew(now.since(signed), tolerance, tolerance))
    }

    /// Checks the time that a body carries, in Unix seconds: retries make an event older, and nothing
    /// makes it newer.
    pub(crate) fn check_age(self, happened: i64, now: UnixTime, max_age: u64) -> Result<(), Error> {
        let skew = now.since_seconds(happened);
        check_skew(skew, max_age, self.0.unwrap_or(DEFAULT_TOLERANCE))
    }
}

impl Default for Tolerance {
    fn default() -> Self {
        Self(Some(DEFAULT_TOLERANCE))
    }
}

/// Five minutes, as Svix, Standard Webhooks and Pivotal document.
const DEFAULT_TOLERANCE: u64 = 300;

/// Compares the skew with what is allowed towards the past and towards the future.
fn check_skew(skew: i64, past: u64, future: u64) -> Result<(), Error> {
    if skew > 0 && skew.unsigned_abs() > past {
        Err(Error::TimestampTooOld { skew, tolerance: past })
    } else if skew < 0 && skew.unsigned_abs() > future {
        Err(Error::TimestampTooNew { skew, tolerance: future })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_strict() {
        for good in ["1", "1614265330", "999999999999"] {
            assert_eq!(
                UnixTime::from_digits(good.as_bytes()).unwrap().to_digits().as_deref(),
                Some(good)
            );
        }
        for bad in ["", "0", "01", "+5", "-5", " 5", "5 ", "5\n", "5.0", "1e9", "1000000000000"] {
            assert_eq!(UnixTime::from_digits(bad.as_bytes()), None, "{bad:?}");
        }
        assert_eq!(UnixTime::from_digits("١٦١٤".as_bytes()), None);
    }

    #[test]
    fn an_event_from_before_1970_has_an_age() {
        let tolerance = Tolerance::default();
        assert_eq!(
            tolerance.check_age(-1, UnixTime(1_000), 1_000),
            Err(Error::TimestampTooOld { skew: 1_001, tolerance: 1_000 })
        );
        assert_eq!(tolerance.check_age(-1, UnixTime(999), 1_000), Ok(()));
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
            Err(Error::TimestampTooNew { skew: -301, tolerance: 300 })
        );
        assert_eq!(Tolerance::seconds(0).unwrap().check(now, now), Ok(()));
        assert!(Tolerance::seconds(3_601).is_err());
        assert_eq!(
            Tolerance::dangerously_unlimited().check(UnixTime(1), UnixTime(u64::MAX)),
            Ok(())
        );
    }
}
