//! HTTP archives (HAR 1.2), as browsers and proxies save them.

use serde_json::Value;

use super::{Delivery, Found, document};

/// Whether a document is an archive.
pub(super) fn is_likely(document: &Value) -> bool {
    document.pointer("/log/entries").is_some_and(Value::is_array)
}

/// Reads the requests of an archive that can carry a body.
pub(super) fn read(document: &Value) -> Result<Vec<Found>, String> {
    let entries = document.pointer("/log/entries").and_then(Value::as_array);
    let entries = entries.ok_or("it has no list `log.entries`")?;
    let mut found = Vec::new();
    for (number, entry) in (1_usize..).zip(entries) {
        let Some(request) = entry.get("request") else { continue };
        let method = document::text(request, &["method"]).unwrap_or("POST");
        if ["GET", "HEAD", "OPTIONS", "CONNECT"].contains(&method) {
            continue;
        }
        let mut one = self::request(request, method)?;
        one.delivery.received_at = entry.get("startedDateTime").and_then(document::time);
        one.name = (entries.len() > 1).then(|| format!("entry {number}"));
        found.push(one);
    }
    if found.is_empty() {
        return Err("none of its entries is a request that can carry a body".to_owned());
    }
    Ok(found)
}

fn request(request: &Value, method: &str) -> Result<Found, String> {
    let mut notes = Vec::new();
    let content = request.get("postData").unwrap_or(&Value::Null);
    let is_base64 = document::text(content, &["encoding", "_encoding"]) == Some("base64");
    let text = content.get("text").unwrap_or(&Value::Null);
    let body = document::body(text, is_base64, &mut notes)?;
    let size = request.get("bodySize").and_then(Value::as_u64);
    if let Some(size) = size.and_then(|size| usize::try_from(size).ok())
        && size != body.len()
    {
        let length = body.len();
        notes.push(format!(
            "`bodySize` says {size} bytes, and the archive has {length}; it may not have kept the \
             body as it was sent"
        ));
    }
    let headers = request.get("headers").map(document::header_lines).unwrap_or_default();
    let target = document::target(document::text(request, &["url"]).unwrap_or("/"));
    let delivery = Delivery { method: method.to_owned(), target, headers, body, received_at: None };
    Ok(Found { delivery, name: None, notes })
}
