//! Events of AWS Lambda functions: API Gateway (payloads 1.0 and 2.0), function URLs, Application Load
//! Balancers and VPC Lattice.

use serde_json::Value;

use super::{Delivery, Found, document};

/// Whether a document is such an event, or a list of them.
pub(super) fn is_likely(document: &Value) -> bool {
    match document {
        Value::Array(events) => !events.is_empty() && events.iter().all(is_likely),
        event => {
            let has = |name: &str| event.get(name).is_some();
            event.get("requestContext").is_some_and(Value::is_object)
                || (has("isBase64Encoded") && has("headers"))
                || (has("httpMethod") && (has("headers") || has("multiValueHeaders")))
        }
    }
}

/// Reads an event, or a list of events.
pub(super) fn read(document: &Value) -> Result<Vec<Found>, String> {
    let found = match document {
        Value::Array(events) => events.iter().map(event).collect::<Result<_, _>>()?,
        one => vec![event(one)?],
    };
    Ok(document::numbered(found, "event"))
}

fn event(event: &Value) -> Result<Found, String> {
    let mut notes = Vec::new();
    let filled = |name: &str| {
        let headers = event.get(name).map(document::header_lines).unwrap_or_default();
        (!headers.is_empty()).then_some(headers)
    };
    // With several lines of one name, `headers` has only the last one or a joined one.
    let headers =
        filled("multiValueHeaders").or_else(|| filled("headers")).ok_or("it has no `headers`")?;
    let is_base64 = match event.get("isBase64Encoded") {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(flag)) => flag == "true",
        _ => false,
    };
    let body = event.get("body").unwrap_or(&Value::Null);
    if !matches!(body, Value::String(_)) {
        notes.push("the event has no body".to_owned());
    }
    let http = event.pointer("/requestContext/http").unwrap_or(event);
    let method = document::text(http, &["method", "httpMethod"]).unwrap_or("POST");
    let target = document::text(event, &["rawPath", "path"]).unwrap_or("/");
    let times = ["/requestContext/timeEpoch", "/requestContext/requestTimeEpoch"];
    let delivery = Delivery {
        method: method.to_owned(),
        target: target.to_owned(),
        headers,
        body: document::body(body, is_base64, &mut notes)?,
        received_at: times
            .into_iter()
            .find_map(|path| event.pointer(path))
            .and_then(document::time),
    };
    Ok(Found { delivery, name: None, notes })
}
