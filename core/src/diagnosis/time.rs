//! Accidents with the receiver's clock and with the signed time.

use alloc::{format, string::String, vec::Vec};

use super::{
    accident::{Accident, Evidence, Undo},
    line::{self, Line},
};
use crate::{
    header::HeaderName,
    time::{EventTime, UnixTime},
};

pub(super) const ACCIDENTS: &[Accident] = &[
    Accident::undone(
        "clock_milliseconds",
        "the receiver's clock counts milliseconds, or smaller parts of a second",
        "pass Unix time in seconds, such as {unix_seconds}",
        Undo::Clock(in_seconds),
    ),
    Accident::undone(
        "timestamp_milliseconds",
        "the timestamp in the headers counts milliseconds",
        "pass the header as it arrived: senders sign whole seconds, and something has rewritten \
         the value",
        Undo::Headers(timestamp_in_seconds),
    )
    .or_shown(has_milliseconds),
    Accident::undone(
        "timestamp_of_log",
        "the timestamp in the headers is not the signed one: it is up to 20 s later, as if it was \
         taken when the request was logged",
        "pass the timestamp that arrived in the header, not the time of the log's entry",
        Undo::Headers(seconds_before),
    ),
    Accident::undone(
        "clock_time_zone",
        "the receiver's clock is wrong by whole hours, as if a time zone was applied twice",
        "pass Unix time, which has no time zone; look for a local time that is taken for UTC",
        Undo::Skew(is_time_zone),
    ),
    Accident::undone(
        "clock_slow",
        "the receiver's clock is slow",
        "compare the clock of this machine with the true time, and let NTP set it",
        Undo::Skew(|skew| skew < 0),
    ),
    Accident::undone(
        "clock_fast",
        "the receiver's clock is fast, or the delivery waited before it was verified",
        "compare the clock of this machine with the true time; verify a delivery when it arrives, \
         before a queue",
        Undo::Skew(|skew| matches!(skew, 1..=DAY)),
    ),
    Accident::undone(
        "delivery_replayed",
        "the delivery is old: it is a replay, or a request that was recorded",
        "let the sender deliver the event again; to verify a recorded request, pass the time at \
         which it arrived",
        Undo::Skew(|skew| skew > 0),
    ),
];

/// A clock that is wrong by more than a day is rarer than a replay.
const DAY: i64 = 24 * HOUR;
const HOUR: i64 = 60 * 60;

/// The time between signing and verifying, and the difference of two clocks that are set.
const ORDINARY_SKEW: i64 = 30;

/// Time zones are at most 14 hours from UTC.
fn is_time_zone(skew: i64) -> bool {
    let distance = skew.saturating_abs();
    let to_hour = distance.rem_euclid(HOUR);
    let is_whole = to_hour <= ORDINARY_SKEW || to_hour >= HOUR.saturating_sub(ORDINARY_SKEW);
    let hours = distance.saturating_add(ORDINARY_SKEW).checked_div(HOUR).unwrap_or(0);
    is_whole && matches!(hours, 1..=14)
}

fn in_seconds(now: UnixTime) -> Option<UnixTime> {
    let mut seconds = now.as_secs();
    if now.check_clock().is_ok() {
        return None;
    }
    while UnixTime::from_secs(seconds).check_clock().is_err() {
        seconds = seconds.checked_div(1_000)?;
    }
    Some(UnixTime::from_secs(seconds))
}

fn timestamp_in_seconds(lines: &[Line]) -> Vec<Vec<Line>> {
    with_timestamp(lines, |text| {
        let (seconds, parts) = text.split_at_checked(10)?;
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        (is_number && matches!(parts.len(), 3 | 6 | 9)).then(|| seconds.into())
    })
}

fn has_milliseconds(evidence: &Evidence<'_>) -> bool {
    !timestamp_in_seconds(evidence.lines).is_empty()
}

fn seconds_before(lines: &[Line]) -> Vec<Vec<Line>> {
    let before = |seconds| {
        with_timestamp(lines, |text| {
            let logged = seconds_of(text)?;
            Some(format!("{}", logged.checked_sub(seconds)?))
        })
    };
    (0..=20).flat_map(before).collect()
}

/// The Unix seconds of a number, with or without a fraction, or of an RFC 3339 time.
fn seconds_of(text: &str) -> Option<u64> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    match UnixTime::from_digits(whole.as_bytes()) {
        Some(time) => Some(time.as_secs()),
        None => EventTime::read(text.into()).and_then(|time| time.unix_seconds().try_into().ok()),
    }
}

/// The lines with another timestamp, if it differs.
fn with_timestamp(lines: &[Line], other: impl Fn(&str) -> Option<String>) -> Vec<Vec<Line>> {
    let timestamps = [HeaderName::SvixTimestamp, HeaderName::WebhookTimestamp];
    line::changed(lines, |line| {
        let value = core::str::from_utf8(&line.value).ok()?;
        let replaced = if timestamps.iter().any(|name| name.as_str() == line.name) {
            other(value)?
        } else if line.name == HeaderName::PivotalSignature.as_str() {
            let (before, rest) = value.split_once("t=")?;
            let (timestamp, behind) = rest.split_once(',').unwrap_or((rest, ""));
            format!("{before}t={},{behind}", other(timestamp)?)
        } else {
            return None;
        };
        (replaced != value).then(|| line.valued(replaced))
    })
}
