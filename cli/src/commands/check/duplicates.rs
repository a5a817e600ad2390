//! Deliveries that come twice.

use std::{thread, time::Duration};

use serde_json::Value;

use super::{
    Check,
    case::Expected,
    row::{Row, RowResult, judged},
};
use crate::{
    connection::NoAnswer,
    exchange::{Answer, Framing, Request},
    failure::Result,
    target::Target,
};

pub(super) fn rows(check: &Check, is_wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Row>> {
    type Sending = fn(&Check) -> Result<Twice>;
    let ways: [(&str, Sending); 2] = [("one-after-the-other", in_turn), ("at-once", at_once)];
    let mut rows = Vec::new();
    for (way, send) in ways {
        let (answered, handled) =
            (format!("duplicates/{way}"), format!("duplicates/{way}-handled-once"));
        if !is_wanted(&answered) && !is_wanted(&handled) {
            continue;
        }
        let before = check.effects.as_ref().map(|url| effects(url, check.limit));
        let sent = send(check)?;
        let after = check.effects.as_ref().map(|url| effects(url, check.limit));
        rows.push(Row { status: sent.status(), ..Row::new(&answered, sent.judged(check.limit)) });
        rows.push(Row::new(&handled, times(before, after)));
    }
    rows.retain(|row| is_wanted(&row.name));
    Ok(rows)
}

/// The answers to one delivery that was sent twice.
struct Twice {
    answers: [Result<Answer, NoAnswer>; 2],
    /// Whether one of them may be told to come again.
    are_at_once: bool,
}

impl Twice {
    fn status(&self) -> Option<u16> {
        self.answers.iter().flatten().map(|answer| answer.status).max()
    }

    fn judged(&self, limit: Duration) -> RowResult {
        let mut accepted = 0_u8;
        for answer in &self.answers {
            match answer {
                Err(why) => return RowResult::Failed(why.to_string()),
                // Another worker has the event.
                Ok(answer)
                    if self.are_at_once && matches!(answer.status, 409 | 425 | 429 | 503) => {}
                Ok(answer) => {
                    if let Err(why) = judged(Expected::Accepted, answer, limit) {
                        return RowResult::Failed(why);
                    }
                    accepted = accepted.saturating_add(1);
                }
            }
        }
        if accepted == 0 {
            return RowResult::Failed("none of the two was accepted".to_owned());
        }
        RowResult::Passed
    }
}

/// Sends a delivery, and again when it has been answered, as a sender does that got no answer.
fn in_turn(check: &Check) -> Result<Twice> {
    let request = delivery(check)?;
    let send = || request.send(&check.target, check.limit.saturating_mul(2));
    Ok(Twice { answers: [send(), send()], are_at_once: false })
}

/// Sends a delivery over two connections at once.
fn at_once(check: &Check) -> Result<Twice> {
    let request = delivery(check)?;
    let (target, patience) = (&check.target, check.limit.saturating_mul(2));
    let answers = thread::scope(|scope| {
        let beside = scope.spawn(|| request.send(target, patience));
        let own = request.send(target, patience);
        [own, beside.join().unwrap_or(Err(NoAnswer::Closed))]
    });
    Ok(Twice { answers, are_at_once: true })
}

fn delivery(check: &Check) -> Result<Request> {
    let delivery = check.deliveries.genuine()?;
    Ok(check.deliveries.case(&check.target, "", &delivery, Expected::Accepted).request)
}

/// Whether the number of handled events grew by one.
fn times(before: Option<Result<u64, String>>, after: Option<Result<u64, String>>) -> RowResult {
    let (Some(before), Some(after)) = (before, after) else {
        return RowResult::Skipped("`--effects` names no URL that counts handled events");
    };
    match (before, after) {
        (Err(why), _) | (_, Err(why)) => RowResult::Failed(why),
        (Ok(before), Ok(after)) => match after.saturating_sub(before) {
            1 => RowResult::Passed,
            times => RowResult::Failed(format!("the event was handled {times} times")),
        },
    }
}

/// The number of handled events, as a URL tells it.
fn effects(url: &Target, limit: Duration) -> Result<u64, String> {
    let request = Request::new(url, "GET", [], b"", Framing::Length);
    let answer = request.send(url, limit).map_err(|why| format!("`--effects`: {why}"))?;
    let read: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let count = read.and_then(|value| value.get("count").unwrap_or(&value).as_u64());
    count
        .ok_or_else(|| "`--effects`: the answer is no number, and has no number `count`".to_owned())
}
