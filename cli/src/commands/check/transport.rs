//! Other methods, and bodies that are slow, too long, or never end.

use std::time::Duration;

use super::{
    Check,
    case::{Case, Expected},
    deliveries::Delivery,
    row::Row,
};
use crate::{
    exchange::{Framing, Request},
    failure::Result,
};

/// How long a slow sender pauses in the middle of a body.
const PAUSE: Duration = Duration::from_secs(2);

/// How many senders stall at once.
const STALLED: usize = 20;

pub(super) fn cases(check: &Check) -> Result<Vec<Case>> {
    let Check { deliveries, target, .. } = check;
    let mut cases = Vec::new();
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE"] {
        let delivery = deliveries.genuine()?;
        let name = format!("method/{}", method.to_lowercase());
        let has_body = !matches!(method, "GET" | "HEAD");
        let body = if has_body { &delivery.body[..] } else { &[] };
        let request = Request::new(target, method, lines(&delivery), body, Framing::Length);
        let case = deliveries.case(target, &name, &delivery, Expected::Other4xx);
        cases.push(Case { request, ..case });
    }

    let delivery = deliveries.genuine()?;
    let half = delivery.body.len() / 2;
    let case = deliveries.case(target, "transport/slow-body", &delivery, Expected::Accepted);
    cases.push(Case { request: case.request.paused(PAUSE, half), ..case });

    let long = Delivery { headers: Vec::new(), body: vec![b' '; 8 * 1024 * 1024] };
    let case = deliveries.case(target, "transport/8-mebibytes", &long, Expected::Stopped);
    cases.push(case);
    Ok(cases)
}

/// Rows about several requests.
pub(super) fn rows(check: &Check, is_wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (name, count) in [("transport/sender-hangs-up", 1), ("transport/senders-stall", STALLED)] {
        if is_wanted(name) {
            rows.push(beside_unfinished(check, name, count)?);
        }
    }
    Ok(rows)
}

/// Whether a genuine delivery is accepted after a sender has hung up, or beside senders that stall.
fn beside_unfinished(check: &Check, name: &str, count: usize) -> Result<Row> {
    let Check { deliveries, target, limit, .. } = check;
    let mut unfinished = Vec::new();
    for _ in 0..count {
        let delivery = deliveries.genuine()?;
        let cut = delivery.body.len() / 2;
        let case = deliveries.case(target, name, &delivery, Expected::Stopped);
        unfinished.extend(case.request.cut(cut).open(target, *limit));
    }
    if count == 1 {
        unfinished.clear();
    }
    let case = deliveries.case(target, name, &deliveries.genuine()?, Expected::Accepted);
    let (row, _) = check.row(&case);
    drop(unfinished);
    Ok(row)
}

fn lines(delivery: &Delivery) -> impl Iterator<Item = (&str, &[u8])> {
    delivery.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
}
