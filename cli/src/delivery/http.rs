//! Raw HTTP/1.1 requests, which is also the form of saved deliveries.

use super::{Delivery, Found};
use crate::time;

/// The header line of a saved delivery that has the time when it arrived. It is taken out when the
/// delivery is read.
pub(crate) const RECEIVED_AT: &str = "Pivotal-Webhooks-Received-At";

/// The most header lines of one request.
const MAX_LINES: usize = 256;

/// Whether a text starts with a request line.
pub(super) fn is_likely(bytes: &[u8]) -> bool {
    let (line, _) = split_line(bytes);
    request_line(line).is_ok_and(|(method, target)| {
        method.bytes().all(|byte| byte.is_ascii_uppercase())
            && (target.starts_with('/') || target.contains("://"))
    })
}

/// Reads one request. The version may be missing from the request line, as in the files of HTTP
/// clients.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Found>, String> {
    let (line, rest) = split_line(bytes);
    let (method, target) = request_line(line)?;
    let mut lines = [httparse::EMPTY_HEADER; MAX_LINES];
    let (body_at, lines) = match httparse::parse_headers(rest, &mut lines) {
        Ok(httparse::Status::Complete(parsed)) => parsed,
        Ok(httparse::Status::Partial) => {
            return Err("there is no empty line after the header lines".to_owned());
        }
        Err(error) => return Err(format!("its header lines can't be read: {error}")),
    };
    let headers = lines.iter().map(|line| (line.name.to_owned(), line.value.to_vec()));
    let mut delivery = Delivery {
        method: method.to_owned(),
        target: target.to_owned(),
        headers: headers.collect(),
        body: Vec::new(),
        received_at: None,
    };
    let mut notes = Vec::new();
    let content = rest.get(body_at..).unwrap_or_default();
    delivery.body = body(&delivery, content, &mut notes)?;
    if let Some(value) = delivery.take_header(RECEIVED_AT) {
        let at = time::parse(&String::from_utf8_lossy(&value));
        delivery.received_at = Some(at.map_err(|_| format!("its `{RECEIVED_AT}` is no time"))?);
    }
    Ok(vec![Found { delivery, name: None, notes }])
}

/// The bytes of a saved delivery: see [`Delivery`].
pub(crate) fn write(delivery: &Delivery) -> Vec<u8> {
    let mut bytes = format!("{} {} HTTP/1.1\r\n", delivery.method, delivery.target).into_bytes();
    if let Some(at) = delivery.received_at {
        bytes.extend(format!("{RECEIVED_AT}: {}\r\n", time::rfc3339(at)).into_bytes());
    }
    for (name, value) in delivery.lines() {
        bytes.extend(name.bytes().chain(*b": ").chain(value.iter().copied()).chain(*b"\r\n"));
    }
    bytes.extend(b"\r\n");
    bytes.extend(&delivery.body);
    bytes
}

/// The body without the framing of HTTP.
fn body(delivery: &Delivery, content: &[u8], notes: &mut Vec<String>) -> Result<Vec<u8>, String> {
    let is_chunked = delivery
        .header("transfer-encoding")
        .is_some_and(|value| value.to_ascii_lowercase().ends_with(b"chunked"));
    if is_chunked {
        // A saved delivery may keep the line of a body whose framing is gone already.
        return Ok(unchunked(content).unwrap_or_else(|| content.to_vec()));
    }
    let length = delivery.header("content-length").map(|value| String::from_utf8_lossy(value));
    let Some(length) = length else {
        return Ok(content.to_vec());
    };
    let length: usize =
        length.trim().parse().map_err(|_| "its `content-length` is no number".to_owned())?;
    match content.len().cmp(&length) {
        std::cmp::Ordering::Greater => {
            let extra = content.len().saturating_sub(length);
            notes.push(format!(
                "the file has {extra} more bytes than `content-length` says; they are not part of \
                 the body"
            ));
        }
        std::cmp::Ordering::Less => {
            let missing = length.saturating_sub(content.len());
            notes.push(format!(
                "the file has {missing} fewer bytes than `content-length` says; the body may be \
                 cut off"
            ));
        }
        std::cmp::Ordering::Equal => {}
    }
    Ok(content.iter().copied().take(length).collect())
}

/// The bytes of a chunked body, if it is one.
pub(crate) fn unchunked(content: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    let mut rest = content;
    loop {
        let Ok(httparse::Status::Complete((start, size))) = httparse::parse_chunk_size(rest) else {
            return None;
        };
        rest = rest.get(start..)?;
        if size == 0 {
            return Some(body);
        }
        let (chunk, behind) = rest.split_at_checked(usize::try_from(size).ok()?)?;
        body.extend(chunk);
        rest = behind.strip_prefix(b"\r\n").or_else(|| behind.strip_prefix(b"\n"))?;
    }
}

/// The method and the target of a request line.
fn request_line(line: &[u8]) -> Result<(&str, &str), String> {
    let mut words = std::str::from_utf8(line).unwrap_or_default().split_ascii_whitespace();
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some(method), Some(target), version, None)
            if version.is_none_or(|version| version.starts_with("HTTP/")) =>
        {
            Ok((method, target))
        }
        _ => Err("it does not start with a request line such as `POST /path HTTP/1.1`".to_owned()),
    }
}

/// The first line without its end, and the rest.
fn split_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (line, rest) = bytes.split_at_checked(end).unwrap_or_default();
    (line.strip_suffix(b"\r").unwrap_or(line), rest.strip_prefix(b"\n").unwrap_or(rest))
}
