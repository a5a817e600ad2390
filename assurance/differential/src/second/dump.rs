//! Dumps: a line of facts, and the body.

use pivotal_webhooks_test_vectors::{Endpoint, Event, Refusal};
use serde_json::{Map, Value};

use super::{event, refused};

pub(super) fn restore(endpoint: Endpoint, dump: &[u8]) -> Result<Event, Refusal> {
    let unreadable = || refused("dump_unreadable");
    let end = dump.iter().position(|byte| *byte == b'\n').ok_or_else(unreadable)?;
    let (line, body) = (&dump[..end], &dump[end + 1..]);
    let facts: Map<String, Value> = serde_json::from_slice(line).map_err(|_| unreadable())?;
    match facts.get("dump").and_then(Value::as_u64) {
        None => return Err(unreadable()),
        Some(1) => (),
        Some(_) => return Err(refused("dump_version")),
    }
    let text = |name: &str| facts.get(name).and_then(Value::as_str);
    let is_or_null = |name: &str, is: fn(&Value) -> bool| {
        facts.get(name).is_some_and(|value| value.is_null() || is(value))
    };
    let texts = ["id", "label", "unsigned_type", "unsigned_id"];
    let (Some(scheme), Some(source), Some(length)) =
        (text("scheme"), text("source"), facts.get("length").and_then(Value::as_u64))
    else {
        return Err(refused("dump_facts"));
    };
    if !["svix", "pivotal", "pivot"].contains(&scheme)
        || !texts.iter().all(|name| is_or_null(name, Value::is_string))
        || !is_or_null("timestamp", Value::is_u64)
        || !is_or_null("skew", Value::is_i64)
    {
        return Err(refused("dump_facts"));
    }
    if (scheme == "pivot") != (endpoint == Endpoint::Pivot) {
        return Err(refused("dump_sender"));
    }
    if u64::try_from(body.len()) != Ok(length) {
        return Err(refused("dump_length"));
    }
    let event = event::read(endpoint, body, source).map_err(|_| refused("dump_event"))?;
    // Receivers refuse such a delivery, so that none has dumped it.
    let is_of_other_type = text("unsigned_type").is_some_and(|other| other != event.event_type);
    if scheme == "pivotal" && is_of_other_type { Err(refused("dump_event")) } else { Ok(event) }
}
