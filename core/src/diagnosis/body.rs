//! Accidents with the body.

use alloc::{boxed::Box, string::String, vec::Vec};
use core::iter;

use super::{
    accident::{Accident, Bodies, Evidence, Undo},
    decode,
    line::{self, CONTENT_ENCODING, CONTENT_LENGTH},
    rewrite::{self, Json},
};
use crate::json;

pub(super) const ACCIDENTS: &[Accident] = &[
    Accident::shown(
        "body_empty",
        "the body is empty",
        "something has read the body before the webhook got it: verify in front of every parser, or \
         pass on the bytes that were read",
        |evidence| evidence.body.is_empty(),
    ),
    Accident::undone(
        "body_newline_added",
        "the body has got white space at its start or its end, such as a newline",
        "pass the body unchanged; a shell, an editor or a test file often adds a newline",
        Undo::Body(without_outer_whitespace),
    ),
    Accident::undone(
        "body_newline_removed",
        "the body has lost a newline at its end",
        "pass the body unchanged; do not trim it",
        Undo::Body(with_newline),
    ),
    Accident::undone(
        "body_line_endings",
        "the line endings in the body have changed between LF and CRLF",
        "pass the bytes of the request; files must be read and written in binary mode",
        Undo::Body(with_other_line_endings),
    ),
    Accident::undone(
        "body_byte_order_mark",
        "a byte order mark has been added to the body, or removed from it",
        "pass the bytes of the request; a decoder of text must not change the first bytes",
        Undo::Body(with_other_byte_order_mark),
    ),
    Accident::undone(
        "body_json_spacing",
        "the body has been parsed and written again, with other white space",
        RAW_BYTES,
        Undo::Body(with_other_spacing),
    ),
    Accident::undone(
        "body_json_escapes",
        "the body has been parsed and written again, with other escapes in its strings",
        RAW_BYTES,
        Undo::Body(with_other_escapes),
    ),
    Accident::undone(
        "body_json_key_order",
        "the body has been parsed and written again, with its keys in another order",
        RAW_BYTES,
        Undo::Body(in_other_order),
    ),
    Accident::undone(
        "body_json_numbers",
        "the body has been parsed and written again, with other spellings of its numbers",
        RAW_BYTES,
        Undo::Body(with_other_numbers),
    ),
    Accident::undone(
        "body_json_string",
        "the body has been written as a JSON string",
        "pass the text itself; look for a second `JSON.stringify` or `json.dumps`",
        Undo::Body(inside_json_string),
    ),
    Accident::undone(
        "body_base64",
        "the body is encoded in base64",
        "decode the body first; AWS Lambda marks such bodies by `isBase64Encoded`",
        Undo::Body(base64_decoded),
    ),
    Accident::undone(
        "body_form_encoded",
        "the body is encoded as a form",
        "send and read the body as it is; look for a client or a proxy that sends \
         `application/x-www-form-urlencoded`",
        Undo::Body(form_decoded),
    ),
    Accident::undone(
        "body_decoded_as_latin1",
        "the body was decoded from Latin-1 or Windows-1252 instead of UTF-8",
        "pass the bytes of the request, or decode them from UTF-8",
        Undo::Body(not_decoded_as_latin1),
    ),
    Accident::undone(
        "body_encoded_as_latin1",
        "the body is in Latin-1 instead of UTF-8",
        "pass the bytes of the request, or encode the text as UTF-8",
        Undo::Body(not_encoded_as_latin1),
    ),
    Accident::undone(
        "body_printed",
        "the body is what a program prints for an object or for bytes",
        "pass the bytes of the request; do not convert an object to text",
        Undo::Body(inside_bytes_literal),
    )
    .or_shown(is_printed_object),
    Accident::shown(
        "body_compressed",
        "the body is compressed",
        "no supported sender compresses its deliveries: look for a proxy that does, and let it pass \
         the request on unchanged, or decompress the body before it is verified",
        is_compressed,
    ),
    Accident::shown(
        "body_decompressed",
        "the headers say that the body is compressed, and it is not: something has decompressed it",
        "verify the bytes that were signed; look for a proxy that compresses, and for a server that \
         decompresses and writes the JSON again",
        is_decompressed,
    ),
    Accident::shown(
        "body_replacement_characters",
        "the body has replacement characters, which stand for bytes that could not be decoded",
        "pass the bytes of the request: the original bytes are lost once they are decoded",
        has_replacement_characters,
    ),
    Accident::shown(
        "body_truncated",
        "the body ends before its JSON does",
        "look for a limit of a proxy, of a parser or of a log that cuts bodies",
        is_truncated,
    ),
];

const RAW_BYTES: &str = "pass the raw bytes of the request, from in front of every JSON parser";

fn with_other_spacing(body: &[u8]) -> Bodies<'_> {
    written(body, rewrite::other_spacing)
}

fn with_other_escapes(body: &[u8]) -> Bodies<'_> {
    written(body, rewrite::other_escapes)
}

fn in_other_order(body: &[u8]) -> Bodies<'_> {
    written(body, rewrite::other_order)
}

fn with_other_numbers(body: &[u8]) -> Bodies<'_> {
    written(body, rewrite::other_numbers)
}

/// The body in other spellings, if it is JSON.
fn written<'b, I>(body: &'b [u8], spellings: fn(Json<'b>) -> I) -> Bodies<'b>
where
    I: Iterator<Item = String> + 'b,
{
    let texts = Json::read(body).into_iter().flat_map(spellings).map(String::into_bytes);
    Box::new(texts.filter(move |text| text != body))
}

fn without_outer_whitespace(body: &[u8]) -> Bodies<'_> {
    let without = |end: &[u8]| body.strip_suffix(end).map(Vec::from);
    let outer = [body.trim_ascii_end(), body.trim_ascii()].map(|trimmed| Some(trimmed.into()));
    let some = [without(b"\n"), without(b"\r\n")].into_iter().chain(outer).flatten();
    Box::new(some.filter(move |trimmed: &Vec<u8>| trimmed != body))
}

fn with_newline(body: &[u8]) -> Bodies<'_> {
    let ends: [&[u8]; 2] = [b"\n", b"\r\n"];
    Box::new(ends.into_iter().filter(|_| !body.is_empty()).map(move |end| [body, end].concat()))
}

fn with_other_line_endings(body: &[u8]) -> Bodies<'_> {
    let Ok(text) = core::str::from_utf8(body) else { return none() };
    let lf = text.replace("\r\n", "\n");
    let crlf = lf.replace('\n', "\r\n");
    Box::new([lf, crlf].into_iter().filter(move |other| other != text).map(String::into_bytes))
}

fn with_other_byte_order_mark(body: &[u8]) -> Bodies<'_> {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    Box::new(iter::once(match body.strip_prefix(MARK) {
        Some(rest) => rest.into(),
        None => [MARK, body].concat(),
    }))
}

fn inside_json_string(body: &[u8]) -> Bodies<'_> {
    let is_string = body.trim_ascii().starts_with(b"\"");
    let inner = is_string.then(|| serde_json::from_slice::<String>(body).ok()).flatten();
    Box::new(inner.into_iter().map(String::into_bytes))
}

fn base64_decoded(body: &[u8]) -> Bodies<'_> {
    let lines: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    Box::new(decode::base64(&lines).into_iter())
}

/// The whole form, and what is behind its first name.
fn form_decoded(body: &[u8]) -> Bodies<'_> {
    let behind_name = body
        .iter()
        .position(|byte| *byte == b'=')
        .and_then(|at| body.get(at..).and_then(|rest| rest.strip_prefix(b"=")));
    let whole = body.strip_suffix(b"=").unwrap_or(body);
    let encoded = behind_name.into_iter().chain([whole]);
    let decoded =
        encoded.flat_map(|text| [decode::percent(text, true), decode::percent(text, false)]);
    Box::new(decoded.flatten())
}

fn not_decoded_as_latin1(body: &[u8]) -> Bodies<'_> {
    let text = core::str::from_utf8(body).ok().filter(|text| !text.is_ascii());
    let bytes = text.map(|text| [decode::to_latin1(text), decode::to_windows1252(text)]);
    Box::new(bytes.into_iter().flatten().flatten())
}

fn not_encoded_as_latin1(body: &[u8]) -> Bodies<'_> {
    if core::str::from_utf8(body).is_ok() {
        return none();
    }
    Box::new(iter::once(decode::from_latin1(body).into_bytes()))
}

/// What is inside `b'…'`, as Python prints bytes.
fn inside_bytes_literal(body: &[u8]) -> Bodies<'_> {
    let inside = [b'\'', b'"'].iter().find_map(|mark| {
        let rest = body.trim_ascii().strip_prefix(&[b'b', *mark])?;
        rest.strip_suffix(&[*mark])
    });
    Box::new(inside.map(Vec::from).into_iter())
}

fn none<'b>() -> Bodies<'b> {
    Box::new(iter::empty())
}

fn is_printed_object(evidence: &Evidence<'_>) -> bool {
    let body = evidence.body.trim_ascii();
    body == b"[object Object]"
        || [b"{'".as_slice(), b"b'", b"map[", b"#<", b"<Buffer"]
            .iter()
            .any(|start| body.starts_with(start))
}

fn is_compressed(evidence: &Evidence<'_>) -> bool {
    let body = evidence.body;
    let magic: [&[u8]; 5] =
        [b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\x78\x01", b"\x78\x9c", b"\x78\xda"];
    magic.iter().any(|magic| body.starts_with(magic))
        || (has_coding(evidence) && core::str::from_utf8(body).is_err())
}

fn is_decompressed(evidence: &Evidence<'_>) -> bool {
    has_coding(evidence) && json::validate(evidence.body).is_ok()
}

fn has_coding(evidence: &Evidence<'_>) -> bool {
    line::value(evidence.lines, CONTENT_ENCODING)
        .is_some_and(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity"))
}

fn has_replacement_characters(evidence: &Evidence<'_>) -> bool {
    core::str::from_utf8(evidence.body).is_ok_and(|text| text.contains('\u{fffd}'))
}

/// The JSON has no end, and the body has a round length or is shorter than announced.
fn is_truncated(evidence: &Evidence<'_>) -> bool {
    let length = evidence.body.len();
    let is_round = [1_000, 1_024].iter().any(|unit| length > 0 && length.is_multiple_of(*unit));
    let announced = line::value(evidence.lines, CONTENT_LENGTH);
    let announced = announced.and_then(|digits| core::str::from_utf8(digits).ok()?.parse().ok());
    let is_short = announced.is_some_and(|announced: usize| length > 0 && length < announced);
    (is_round || is_short) && rewrite::is_unfinished(evidence.body)
}
