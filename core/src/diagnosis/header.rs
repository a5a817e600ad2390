//! Accidents with the headers, and with the schemes that are accepted.

use alloc::{vec, vec::Vec};

use super::{
    accident::{Accident, Evidence, Undo},
    decode,
    line::{self, Line},
};
use crate::{
    builder::Builder,
    error::Error,
    header::{HeaderName, Headers},
    scheme::Scheme,
    sender::Sender,
};

pub(super) const ACCIDENTS: &[Accident] = &[
    Accident::undone(
        "header_underscores",
        "the names of the headers have underscores for hyphens",
        "pass the headers of the request before a program replaces the hyphens in their names",
        Undo::Headers(hyphens),
    ),
    Accident::undone(
        "header_prefixed",
        "the names of the headers have a prefix such as `HTTP_`",
        "pass the headers of the request as they arrived; a gateway that renames headers must be \
         told to keep these names",
        Undo::Headers(without_prefix),
    ),
    Accident::undone(
        "header_families_mixed",
        "the headers mix the names of `svix-` and of `webhook-`",
        "look for the proxy or the code that renames some of the headers, and pass all of them \
         unchanged",
        Undo::Headers(one_family),
    ),
    Accident::undone(
        "header_repeated",
        "a header that appears once in a delivery has been repeated, or joined with its copy",
        "look for a proxy that adds the headers of the request a second time",
        Undo::Headers(without_repeats),
    ),
    Accident::undone(
        "header_values_swapped",
        "the values of the headers are exchanged",
        "pass each header with its own value; look at the code that builds the headers",
        Undo::Headers(by_their_form),
    ),
    Accident::undone(
        "header_quoted",
        "the values of the headers are in quotation marks or have white space around them",
        "pass the values as they arrived; look at the code that copies them as JSON",
        Undo::Headers(without_quotes),
    ),
    Accident::undone(
        "header_percent_encoded",
        "the values of the headers are percent-encoded",
        "pass the values as they arrived; look for code that puts them into a URL or a form",
        Undo::Headers(percent_decoded),
    ),
    Accident::undone(
        "header_base64_encoded",
        "the values of the headers are encoded in base64",
        "pass the values as they arrived; a gateway that encodes them must not do so",
        Undo::Headers(base64_decoded),
    ),
    Accident::undone(
        "scheme_not_accepted",
        "the delivery has a scheme of this sender that this webhook does not accept",
        "add the scheme to `schemes`, or leave `schemes` out",
        Undo::Endpoint(all_schemes),
    )
    .or_shown(has_another_scheme_of_the_sender),
    Accident::undone(
        "scheme_of_other_sender",
        "the delivery has the scheme of another sender than this webhook's",
        "use {pivot_endpoint} for deliveries of Pivot, and {pivotal_endpoint} for deliveries of \
         Pivotal",
        Undo::Endpoint(other_sender),
    )
    .or_shown(has_the_scheme_of_another_sender),
    Accident::shown(
        "scheme_other_algorithm",
        "the signature has the length of another algorithm than HMAC-SHA256",
        "sign with HMAC-SHA256, as the senders do; an endpoint that another service signs for needs \
         that service's library",
        has_signatures_of_another_algorithm,
    ),
    Accident::shown(
        "header_dropped",
        "some of the delivery's headers arrived, and one is missing",
        "pass all headers; a proxy or a gateway may pass on only the headers on its list",
        has_lost_a_header,
    ),
    Accident::shown(
        "headers_absent",
        "no header of a delivery arrived",
        "pass the headers of the request; if they were passed, the caller is not the sender, or a \
         proxy removes them",
        has_no_header,
    ),
];

/// The names of one header in both families: id, timestamp and signature.
const FAMILIES: [[HeaderName; 2]; 3] = [
    [HeaderName::SvixId, HeaderName::WebhookId],
    [HeaderName::SvixTimestamp, HeaderName::WebhookTimestamp],
    [HeaderName::SvixSignature, HeaderName::WebhookSignature],
];

fn hyphens(lines: &[Line]) -> Vec<Vec<Line>> {
    line::changed(lines, |line| {
        let name = line.name.replace('_', "-");
        HeaderName::TEXTS
            .contains(&&*name)
            .then(|| line.named(&*name))
            .filter(|renamed| renamed.name != line.name)
    })
}

fn without_prefix(lines: &[Line]) -> Vec<Vec<Line>> {
    line::changed(lines, |line| {
        let meant = line.meant().filter(|meant| *meant != line.name)?;
        // A header that also arrived under its own name is not repeated.
        line::value(lines, meant).is_none().then(|| line.named(meant))
    })
}

/// The lines under the names of `svix-` alone. A value is taken from either family first.
fn one_family(lines: &[Line]) -> Vec<Vec<Line>> {
    let value = |name: HeaderName| line::value(lines, name.as_str());
    let has = |family: usize| {
        FAMILIES.iter().any(|names| names.get(family).is_some_and(|name| value(*name).is_some()))
    };
    if !has(0) || !has(1) {
        return Vec::new();
    }
    let preferring = |branded: bool| {
        let parts = FAMILIES.iter().filter_map(|[svix, webhook]| {
            let (first, second) = if branded { (svix, webhook) } else { (webhook, svix) };
            let found = value(*first).or_else(|| value(*second))?;
            Some(Line { name: svix.as_str().into(), value: found.into() })
        });
        parts.collect()
    };
    vec![preferring(true), preferring(false)]
}

/// Each header of a scheme once, with the first or with the last of its values.
fn without_repeats(lines: &[Line]) -> Vec<Vec<Line>> {
    let once = |last: bool| {
        let mut kept: Vec<Line> = Vec::new();
        for line in lines.iter().filter(|line| line.is_of_scheme()) {
            let parts = parts_of(line);
            let part = if last { parts.last() } else { parts.first() };
            let one = line.valued(part.map(|part| part.trim_ascii()).unwrap_or_default());
            match kept.iter_mut().find(|kept| kept.name == line.name) {
                Some(_) if is_list(&line.name) => kept.push(one),
                Some(earlier) if last => *earlier = one,
                Some(_) => {}
                None => kept.push(one),
            }
        }
        kept
    };
    let is_repeated = lines.iter().any(|line| {
        let same = lines.iter().filter(|other| other.name == line.name);
        line.is_of_scheme()
            && !is_list(&line.name)
            && (parts_of(line).len() > 1 || same.count() > 1)
    });
    if is_repeated { vec![once(false), once(true)] } else { Vec::new() }
}

/// The values that a host has joined by commas.
fn parts_of(line: &Line) -> Vec<&[u8]> {
    if is_list(&line.name) {
        return vec![&line.value];
    }
    if line.name != HeaderName::PivotalSignature.as_str() {
        return line.value.split(|byte| *byte == b',').collect();
    }
    // Its own value has commas, and starts with a version.
    let starts = line.value.windows(3).enumerate().filter(|(_, part)| *part == b"v1,");
    let mut starts: Vec<usize> = starts.map(|(at, _)| at).collect();
    starts.push(line.value.len());
    let between = starts.windows(2).filter_map(|pair| match pair {
        [start, end] => line.value.get(*start..*end),
        _ => None,
    });
    between.map(|part| part.trim_ascii().strip_suffix(b",").unwrap_or(part)).collect()
}

/// The signatures of `svix` are a list already.
fn is_list(name: &str) -> bool {
    [HeaderName::SvixSignature, HeaderName::WebhookSignature].iter().any(|one| one.as_str() == name)
}

/// Gives the three values of a family to the headers that they look like.
fn by_their_form(lines: &[Line]) -> Vec<Vec<Line>> {
    let of_family = |line: &&Line| FAMILIES.iter().flatten().any(|name| name.as_str() == line.name);
    let values: Vec<&Line> = lines.iter().filter(of_family).collect();
    let is_timestamp = |line: &&&Line| line.value.iter().all(u8::is_ascii_digit);
    let is_signature = |line: &&&Line| line.value.starts_with(b"v1,");
    let timestamp = values.iter().find(is_timestamp);
    let signature = values.iter().find(is_signature);
    let id = values.iter().find(|line| !is_timestamp(line) && !is_signature(line));
    let (Some(id), Some(timestamp), Some(signature)) = (id, timestamp, signature) else {
        return Vec::new();
    };
    let named = [id, timestamp, signature].into_iter().zip(FAMILIES);
    vec![named.map(|(line, [name, _])| line.named(name.as_str())).collect()]
}

fn without_quotes(lines: &[Line]) -> Vec<Vec<Line>> {
    decoded(lines, |value| {
        let text = core::str::from_utf8(value).ok()?;
        let bare = text.trim_matches(['"', '\'', ' ', '\t', '\r', '\n', '[', ']']);
        (bare != text).then(|| bare.into())
    })
}

fn percent_decoded(lines: &[Line]) -> Vec<Vec<Line>> {
    decoded(lines, |value| decode::percent(value, false))
}

fn base64_decoded(lines: &[Line]) -> Vec<Vec<Line>> {
    decoded(lines, |value| {
        // The digits of a timestamp are base64 too, of bytes that are not text.
        decode::base64(value).filter(|inner| inner.iter().all(u8::is_ascii_graphic))
    })
}

fn decoded(lines: &[Line], decode: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Vec<Vec<Line>> {
    line::changed(lines, |line| {
        if line.is_of_scheme() { decode(&line.value).map(|value| line.valued(value)) } else { None }
    })
}

fn all_schemes(builder: &Builder) -> Option<Builder> {
    builder.names_schemes().then(|| builder.clone().for_sender(builder.sender()))
}

fn other_sender(builder: &Builder) -> Option<Builder> {
    let other = match builder.sender() {
        Sender::Pivotal => Sender::Pivot,
        Sender::Pivot => Sender::Pivotal,
    };
    Some(builder.clone().for_sender(other))
}

/// Whether the header that is missing and the scheme that arrived have the same sender.
fn arrived_scheme_of_the_sender(evidence: &Evidence<'_>) -> Option<bool> {
    let Error::HeaderMissing { header } = evidence.error else { return None };
    let headers = headers_of(evidence.lines);
    let of_header = |name: &str| {
        Scheme::ALL.iter().find(|scheme| scheme.signature_header().as_str() == name).copied()
    };
    let missing = of_header(header)?;
    let arrived = Scheme::ALL.iter().find(|scheme| scheme.is_present(&headers))?;
    Some(arrived.sender() == missing.sender())
}

fn has_another_scheme_of_the_sender(evidence: &Evidence<'_>) -> bool {
    arrived_scheme_of_the_sender(evidence) == Some(true) && !has_lost_a_header(evidence)
}

fn has_the_scheme_of_another_sender(evidence: &Evidence<'_>) -> bool {
    arrived_scheme_of_the_sender(evidence) == Some(false)
}

/// The lengths of signatures by SHA-1, SHA-224, SHA-384 and SHA-512; Ed25519's has the last one.
const OTHER_ALGORITHMS: [usize; 4] = [20, 28, 48, 64];

fn has_signatures_of_another_algorithm(evidence: &Evidence<'_>) -> bool {
    let is_signature = |line: &&Line| line.name.ends_with("-signature");
    let mut lengths = evidence
        .lines
        .iter()
        .filter(is_signature)
        .flat_map(|line| line.value.split(|byte| b", ".contains(byte)))
        .filter_map(|part| signature_length(core::str::from_utf8(part).ok()?))
        .peekable();
    lengths.peek().is_some() && lengths.all(|length| OTHER_ALGORITHMS.contains(&length))
}

/// The number of bytes in a part of a signature header, if it can be a signature.
fn signature_length(part: &str) -> Option<usize> {
    // A parameter such as `sig=`, or a prefix such as `sha1=`; not the padding of base64.
    let value = part
        .split_once('=')
        .map_or(part, |(_, value)| if value.trim_matches('=').is_empty() { part } else { value });
    let bytes = decode::hex(value).or_else(|| decode::base64(value.as_bytes()))?;
    (bytes.len() >= 16).then_some(bytes.len())
}

fn headers_of(lines: &[Line]) -> Headers<'_> {
    Headers::collect(lines.iter().map(|line| (&line.name, &line.value)))
}

fn has_lost_a_header(evidence: &Evidence<'_>) -> bool {
    if !matches!(evidence.error, Error::HeaderMissing { .. }) {
        return false;
    }
    let has = |name: &HeaderName| line::value(evidence.lines, name.as_str()).is_some();
    let of_svix = FAMILIES.iter().filter(|names| names.iter().any(has)).count();
    let of_pivotal = [HeaderName::PivotalEvent, HeaderName::PivotalDeliveryId].iter().any(has)
        && !has(&HeaderName::PivotalSignature);
    matches!(of_svix, 1..=2) || of_pivotal
}

fn has_no_header(evidence: &Evidence<'_>) -> bool {
    matches!(evidence.error, Error::HeaderMissing { .. })
        && evidence.lines.iter().all(|line| line.meant().is_none())
}
