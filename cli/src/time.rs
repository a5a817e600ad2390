//! Times on the command line and in deliveries: Unix seconds, or RFC 3339.

use jiff::{Timestamp, civil, tz::TimeZone};
use pivotal_webhooks::UnixTime;

/// Reads Unix seconds, RFC 3339, or a date-time without a zone, which is taken for UTC.
pub(crate) fn parse(text: &str) -> Result<UnixTime, String> {
    let text = text.trim();
    let seconds = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok()
    } else {
        let zoned = text.parse::<Timestamp>().ok();
        let plain = || TimeZone::UTC.to_timestamp(text.parse::<civil::DateTime>().ok()?).ok();
        let at = zoned.or_else(plain);
        at.and_then(|at| u64::try_from(at.as_second()).ok())
    };
    seconds
        .map(UnixTime::from_secs)
        .ok_or_else(|| "write Unix seconds, or a time such as 2026-05-26T18:42:00Z".to_owned())
}

/// The time as RFC 3339 in UTC, or as its Unix seconds if it is after the year 9999.
pub(crate) fn rfc3339(at: UnixTime) -> String {
    let seconds = i64::try_from(at.as_secs()).ok();
    let timestamp = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    timestamp.map_or_else(|| at.as_secs().to_string(), |timestamp| timestamp.to_string())
}

/// A number of seconds as a person says it, such as `2 h 5 min`.
pub(crate) fn duration(seconds: u64) -> String {
    let units = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];
    let mut left = seconds;
    let mut parts = Vec::new();
    for (unit, size) in units {
        let count = left.checked_div(size).unwrap_or_default();
        left = left.checked_rem(size).unwrap_or_default();
        if count > 0 {
            parts.push(format!("{count} {unit}"));
        }
    }
    parts.truncate(2);
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_the_forms_of_exports() {
        for text in [
            "1779820920",
            "2026-05-26T18:42:00Z",
            "2026-05-26T18:42:00.123Z",
            "2026-05-26T20:42:00.123+02:00",
            "2026-05-26 18:42:00",
        ] {
            assert_eq!(parse(text), Ok(UnixTime::from_secs(1_779_820_920)), "{text}");
        }
        for text in ["", "yesterday", "-1", "1969-12-31T23:59:59Z"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert_eq!(rfc3339(UnixTime::from_secs(1_779_820_920)), "2026-05-26T18:42:00Z");
    }

    #[test]
    fn a_duration_has_its_two_largest_units() {
        let texts = [0, 59, 60, 7_325, 90_061].map(duration);
        assert_eq!(texts, ["0 s", "59 s", "1 min", "2 h 2 min", "1 d 1 h"]);
    }
}
