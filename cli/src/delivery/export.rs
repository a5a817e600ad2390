//! JSON with the headers and the body of requests, as dashboards, request bins and tunnels export it.
//!
//! These exports have no common grammar. This reader looks for objects that have `headers`, at any place
//! that is not a response, and takes the body, the method, the address and the time from the names that
//! are usual beside `headers` or around it.

use serde_json::{Map, Value};

use super::{Delivery, Found, document, http};

/// The names of a body: first those that say that it is raw.
const BODIES: &[&str] = &[
    "rawBody", "raw_body", "bodyRaw", "body_raw", "bodyText", "body", "content", "payload", "data",
    "text", "postData", "json",
];

/// The names of a body in base64.
const BASE64_BODIES: &[&str] =
    &["bodyBase64", "body_base64", "base64Body", "rawBodyBase64", "raw_body_base64"];

/// The names of the time when a request arrived.
const TIMES: &[&str] = &[
    "received_at",
    "receivedAt",
    "ingested_at",
    "delivered_at",
    "created_at",
    "createdAt",
    "start",
    "startedDateTime",
    "timestamp",
    "time",
    "date",
];

/// How deep requests are looked for.
const MAX_DEPTH: usize = 6;

/// Whether a document has a request in it.
pub(super) fn is_likely(document: &Value) -> bool {
    let mut requests = Vec::new();
    collect(document, &mut Vec::new(), &mut requests);
    !requests.is_empty()
}

/// Reads all requests of a document.
pub(super) fn read(document: &Value) -> Result<Vec<Found>, String> {
    let mut requests = Vec::new();
    collect(document, &mut Vec::new(), &mut requests);
    if requests.is_empty() {
        return Err("it has no object with `headers`".to_owned());
    }
    let found = requests.iter().map(|path| request(path)).collect::<Result<Vec<_>, _>>()?;
    Ok(document::numbered(found, "request"))
}

/// Collects the objects with headers, each after the objects around it.
fn collect<'v>(
    value: &'v Value,
    around: &mut Vec<&'v Map<String, Value>>,
    found: &mut Vec<Vec<&'v Map<String, Value>>>,
) {
    match value {
        Value::Object(members) => {
            around.push(members);
            if members
                .get("headers")
                .is_some_and(|headers| headers.is_object() || headers.is_array())
            {
                found.push(around.clone());
            } else if around.len() < MAX_DEPTH {
                let inner = members.iter().filter(|(name, _)| !name.starts_with("response"));
                inner.for_each(|(_, value)| collect(value, around, found));
            }
            around.pop();
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, around, found)),
        _ => {}
    }
}

/// The request of the last object.
fn request(path: &[&Map<String, Value>]) -> Result<Found, String> {
    // What is nearest to the headers counts.
    let member = |names: &[&str]| {
        path.iter().rev().find_map(|object| names.iter().find_map(|name| object.get(*name)))
    };
    let own = path.last().copied();
    let text = |names: &[&str]| member(names).and_then(Value::as_str);
    let received_at = path.iter().rev().find_map(|object| {
        TIMES.iter().find_map(|name| object.get(*name).and_then(document::time))
    });

    // The tunnel ngrok keeps the whole request, as base64.
    let raw = own.and_then(|own| own.get("raw")).and_then(Value::as_str);
    let raw = raw.and_then(|raw| document::base64(raw).ok()).filter(|raw| http::is_likely(raw));
    if let Some(raw) = raw {
        let mut found = http::read(&raw)?.pop().ok_or("its `raw` is no request")?;
        found.delivery.received_at = found.delivery.received_at.or(received_at);
        return Ok(found);
    }

    let mut notes = Vec::new();
    let in_base64 = text(BASE64_BODIES);
    let body = match in_base64 {
        Some(text) => document::base64(text)?,
        None => {
            let flag = ["isBase64Encoded", "is_base64_encoded", "isBase64", "base64"];
            let is_base64 = member(&flag).and_then(Value::as_bool).unwrap_or(false)
                || text(&["encoding", "bodyEncoding", "body_encoding"]) == Some("base64");
            let names = BODIES.iter().chain(&["raw"]);
            let value = own.and_then(|own| names.into_iter().find_map(|name| own.get(*name)));
            if value.is_none_or(Value::is_null) {
                notes.push("it has no body beside the headers".to_owned());
            }
            document::body(value.unwrap_or(&Value::Null), is_base64, &mut notes)?
        }
    };
    let headers = own.and_then(|own| own.get("headers"));
    let target = text(&["path", "rawPath", "url", "uri"]).unwrap_or("/");
    let delivery = Delivery {
        method: text(&["method", "httpMethod", "http_method"]).unwrap_or("POST").to_owned(),
        target: document::target(target),
        headers: headers.map(document::header_lines).unwrap_or_default(),
        body,
        received_at,
    };
    Ok(Found { delivery, name: None, notes })
}
