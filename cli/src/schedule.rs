//! When senders send a delivery again that was not answered with 2xx.

use std::time::Duration;

use pivotal_webhooks::Sender;

const SECOND: u64 = 1;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// The waiting time before each attempt of Pivotal but the last, which is a day after the first one.
const PIVOTAL: &[u64] = &[0, 5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR];

/// The waiting time before each attempt of Pivot.
const PIVOT: &[u64] = &[0, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 12 * HOUR];

/// The moments of a sender's attempts, in seconds after the first one.
pub(crate) fn attempts(sender: Sender) -> Vec<u64> {
    let (waits, last) = match sender {
        Sender::Pivot => (PIVOT, None),
        _ => (PIVOTAL, Some(24 * HOUR)),
    };
    let mut moment = 0_u64;
    let mut moments = Vec::new();
    for wait in waits {
        moment = moment.saturating_add(*wait);
        moments.push(moment);
    }
    moments.extend(last);
    moments
}

/// How long a sender waits for an answer.
pub(crate) const fn answer_limit(sender: Sender) -> Duration {
    match sender {
        Sender::Pivot => Duration::from_secs(15),
        _ => Duration::from_secs(10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attempts_are_those_that_the_senders_document() {
        assert_eq!(
            attempts(Sender::Pivotal),
            [0, 5, 305, 2_105, 9_305, 27_305, 63_305, 86_400],
            "8 attempts in 24 h"
        );
        assert_eq!(
            attempts(Sender::Pivot),
            [0, 60, 360, 2_160, 9_360, 52_560],
            "the last after 14 h 36 min"
        );
    }
}
