//! What the forms in JSON have in common: header lines, bodies and times.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use pivotal_webhooks::UnixTime;
use serde_json::Value;

use crate::time;

/// The text of the first of these members that is text and is not empty.
pub(super) fn text<'v>(object: &'v Value, names: &[&str]) -> Option<&'v str> {
    let texts = names.iter().filter_map(|name| object.get(name).and_then(Value::as_str));
    texts.into_iter().find(|text| !text.is_empty())
}

/// Header lines: of an object with a text or a list of texts per name, or of a list of objects with
/// `name` and `value` or of pairs.
pub(super) fn header_lines(headers: &Value) -> Vec<(String, Vec<u8>)> {
    match headers {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, value)| values(value).map(|value| (name.clone(), value)))
            .collect(),
        Value::Array(items) => items.iter().filter_map(line).collect(),
        _ => Vec::new(),
    }
}

/// One line of a list.
fn line(item: &Value) -> Option<(String, Vec<u8>)> {
    let (name, value) = match item {
        Value::Array(pair) => (pair.first()?, pair.get(1)?),
        Value::Object(members) => {
            let name = members.get("name").or_else(|| members.get("key"))?;
            (name, members.get("value")?)
        }
        _ => return None,
    };
    let name = name.as_str()?;
    // The names of HTTP/2's own fields start with a colon. They are no headers.
    (!name.starts_with(':')).then(|| (name.to_owned(), scalar(value)))
}

/// The values of one name.
fn values(value: &Value) -> Box<dyn Iterator<Item = Vec<u8>> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter().map(scalar)),
        Value::Null => Box::new(std::iter::empty()),
        other => Box::new(std::iter::once(scalar(other))),
    }
}

fn scalar(value: &Value) -> Vec<u8> {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned).into_bytes()
}

/// The bytes of a body, of which an export may have kept the text, base64 or the parsed JSON.
pub(super) fn body(
    value: &Value,
    is_base64: bool,
    notes: &mut Vec<String>,
) -> Result<Vec<u8>, String> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(text) if is_base64 => base64(text),
        Value::String(text) => Ok(text.clone().into_bytes()),
        value => Ok(node_buffer(value).unwrap_or_else(|| {
            notes.push(
                "it has the body as parsed JSON and not as bytes; the body was written again as \
                 compact JSON, which may differ from what was sent"
                    .to_owned(),
            );
            value.to_string().into_bytes()
        })),
    }
}

/// The bytes of a text in base64.
pub(super) fn base64(text: &str) -> Result<Vec<u8>, String> {
    STANDARD.decode(text.trim()).map_err(|_| "its body is no base64".to_owned())
}

/// Bytes as base64.
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of a `Buffer` of Node, as `JSON.stringify` writes it.
fn node_buffer(value: &Value) -> Option<Vec<u8>> {
    let bytes = value.get("data")?.as_array()?;
    let byte = |byte: &Value| byte.as_u64().and_then(|byte| u8::try_from(byte).ok());
    (value.get("type")?.as_str()? == "Buffer").then(|| bytes.iter().map(byte).collect())?
}

/// A time: text, or a number of seconds, milliseconds or microseconds, which may be written as text.
pub(super) fn time(value: &Value) -> Option<UnixTime> {
    if let Some(text) = value.as_str() {
        return match text.parse::<u64>() {
            Ok(number) => unix_time(number),
            Err(_) => time::parse(text).ok(),
        };
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::as_conversions,
        reason = "`as` saturates; a time before 1970 becomes 0"
    )]
    let number = value.as_u64().or_else(|| value.as_f64().map(|number| number as u64))?;
    unix_time(number)
}

/// The time of a number whose size says whether it counts seconds, milliseconds or microseconds.
fn unix_time(number: u64) -> Option<UnixTime> {
    let divisor = if number < 100_000_000_000 {
        1
    } else if number < 100_000_000_000_000 {
        1_000
    } else {
        1_000_000
    };
    number.checked_div(divisor).map(UnixTime::from_secs)
}

/// The path and query of an address, or the text itself if it is none.
pub(crate) fn target(url: &str) -> String {
    let Some((_, behind)) = url.split_once("://") else { return url.to_owned() };
    let path = behind.find(['/', '?']).and_then(|at| behind.get(at..)).unwrap_or("/");
    if path.starts_with('?') { format!("/{path}") } else { path.to_owned() }
}

/// The names of several deliveries, counted from 1; one alone has none.
pub(super) fn numbered(mut found: Vec<super::Found>, what: &str) -> Vec<super::Found> {
    if found.len() > 1 {
        for (number, found) in (1..).zip(&mut found) {
            found.name.get_or_insert_with(|| format!("{what} {number}"));
        }
    }
    found
}
