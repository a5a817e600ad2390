//! The headers of a request, and what each scheme reads of them.

use pivotal_webhooks_test_vectors::Refusal;

use super::{base64, refused_header};

pub(super) fn of_signature(scheme: &str) -> &'static [&'static str] {
    match scheme {
        "svix" => &["svix-signature", "webhook-signature"],
        "pivotal" => &["pivotal-signature"],
        _ => &["x-pivot-signature"],
    }
}

/// The lines of a request's headers, with lower-case names.
pub(super) struct Fields<'a>(Vec<(String, &'a str)>);

impl<'a> Fields<'a> {
    pub(super) fn collect(headers: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        Self(headers.map(|(name, value)| (name.to_ascii_lowercase(), value)).collect())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        !self.lines(name).is_empty()
    }

    pub(super) fn lines(&self, name: &str) -> Vec<&'a str> {
        self.0.iter().filter(|(other, _)| other == name).map(|(_, value)| *value).collect()
    }

    fn only(&self, name: &str) -> Result<&'a str, Refusal> {
        match self.lines(name)[..] {
            [value] => Ok(value),
            _ => Err(refused_header("header_duplicated", name)),
        }
    }

    /// A value that nothing signs, if it can be shown.
    pub(super) fn unauthenticated(&self, name: &str) -> Option<String> {
        match self.lines(name)[..] {
            [value]
                if value.len() <= 256
                    && value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) =>
            {
                Some(value.to_owned())
            }
            _ => None,
        }
    }
}

/// What the headers state.
pub(super) struct Claims {
    pub(super) id: Option<String>,
    pub(super) timestamp: Option<i64>,
    /// The signed text before the body.
    pub(super) prefix: String,
    /// `None` equals no tag.
    pub(super) candidates: Vec<Option<Vec<u8>>>,
    pub(super) signature_header: &'static str,
}

impl Claims {
    pub(super) fn read(scheme: &str, fields: &Fields<'_>) -> Result<Self, Refusal> {
        match scheme {
            "svix" => svix(fields),
            "pivotal" => pivotal(fields),
            _ => pivot(fields),
        }
    }
}

type Family = [&'static str; 3];

const SVIX: Family = ["svix-id", "svix-timestamp", "svix-signature"];
const WEBHOOK: Family = ["webhook-id", "webhook-timestamp", "webhook-signature"];

fn svix(fields: &Fields<'_>) -> Result<Claims, Refusal> {
    let is_complete = |family: Family| family.iter().all(|name| fields.has(name));
    let (used, unused) = match (is_complete(SVIX), is_complete(WEBHOOK)) {
        (true, _) => (SVIX, WEBHOOK),
        (false, true) => (WEBHOOK, SVIX),
        (false, false) => {
            let family = if fields.has(SVIX[2]) { SVIX } else { WEBHOOK };
            let missing = family.into_iter().find(|name| !fields.has(name));
            return Err(refused_header("header_missing", missing.unwrap_or_default()));
        }
    };
    for name in [used[0], used[1], unused[0], unused[1]] {
        if fields.has(name) {
            fields.only(name)?;
        }
    }
    for (name, code) in [(unused[0], "header_malformed"), (unused[1], "timestamp_malformed")] {
        if fields.lines(name).iter().any(|value| value.contains(',')) {
            return Err(refused_header(code, name));
        }
    }
    if is_complete(unused) {
        for (one, other) in SVIX.into_iter().zip(WEBHOOK) {
            if fields.lines(one).join(",") != fields.lines(other).join(",") {
                return Err(refused_header("header_duplicated", one));
            }
        }
    }
    let [id_header, timestamp_header, signature_header] = used;
    let id = fields.only(id_header)?;
    let timestamp = fields.only(timestamp_header)?;
    check_id(id, id_header)?;
    let seconds = seconds(timestamp, timestamp_header)?;
    Ok(Claims {
        id: Some(id.to_owned()),
        timestamp: Some(seconds),
        prefix: format!("{id}.{timestamp}."),
        candidates: svix_candidates(&fields.lines(signature_header).join(","), signature_header)?,
        signature_header,
    })
}

pub(super) fn check_id(id: &str, header: &str) -> Result<(), Refusal> {
    let is_allowed = |byte| (b'!'..=b'~').contains(&byte) && !b".,\"{".contains(&byte);
    if (1..=256).contains(&id.len())
        && id.bytes().all(is_allowed)
        && !id.bytes().all(|byte| byte.is_ascii_digit())
    {
        Ok(())
    } else {
        Err(refused_header("header_malformed", header))
    }
}

fn seconds(text: &str, header: &str) -> Result<i64, Refusal> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || text.len() > 12 || text.starts_with('0') {
        return Err(refused_header("timestamp_malformed", header));
    }
    text.parse().map_err(|_| refused_header("timestamp_malformed", header))
}

fn svix_candidates(list: &str, header: &str) -> Result<Vec<Option<Vec<u8>>>, Refusal> {
    check_length(list, header)?;
    let mut candidates = Vec::new();
    let mut entries = 0;
    let mut version = None;
    for token in list.split([' ', ',']).filter(|token| !token.is_empty()) {
        if is_version(token) {
            version = Some(token);
            continue;
        }
        entries += 1;
        if entries > 32 {
            return Err(refused_header("too_many_signatures", header));
        }
        if version == Some("v1") {
            candidates.push(tag(token));
        }
        version = None;
    }
    Ok(candidates)
}

/// `v`, digits, then lower-case letters or digits; 8 characters at most.
fn is_version(token: &str) -> bool {
    let Some(rest) = token.strip_prefix('v') else {
        return false;
    };
    let after_digits = rest.trim_start_matches(|char: char| char.is_ascii_digit());
    token.len() <= 8
        && after_digits.len() < rest.len()
        && after_digits.chars().all(|char| matches!(char, 'a'..='z' | '0'..='9'))
}

fn pivotal(fields: &Fields<'_>) -> Result<Claims, Refusal> {
    let header = "pivotal-signature";
    let malformed = || refused_header("header_malformed", header);
    let value = fields.only(header)?;
    check_length(value, header)?;
    let mut items = value.split(',');
    if items.next() != Some("v1") {
        return Err(malformed());
    }
    let mut timestamp = None;
    let mut candidates = Vec::new();
    for item in items {
        match item.trim_start_matches([' ', '\t']).split_once('=') {
            Some(("t", _)) if timestamp.is_some() => return Err(malformed()),
            Some(("t", value)) => timestamp = Some(value),
            Some(("sig", _)) if candidates.len() == 32 => {
                return Err(refused_header("too_many_signatures", header));
            }
            Some(("sig", value)) => candidates.push(tag(value)),
            _ => (),
        }
    }
    let Some(timestamp) = timestamp.filter(|_| !candidates.is_empty()) else {
        return Err(malformed());
    };
    Ok(Claims {
        id: None,
        timestamp: Some(seconds(timestamp, header)?),
        prefix: format!("{timestamp}."),
        candidates,
        signature_header: header,
    })
}

fn pivot(fields: &Fields<'_>) -> Result<Claims, Refusal> {
    let header = "x-pivot-signature";
    let value = fields.only(header)?;
    let text = value.strip_prefix("sha256=").unwrap_or(value);
    let tag = hex(text).or_else(|| tag(text));
    if tag.is_none() {
        return Err(refused_header("header_malformed", header));
    }
    Ok(Claims {
        id: None,
        timestamp: None,
        prefix: String::new(),
        candidates: vec![tag],
        signature_header: header,
    })
}

fn check_length(value: &str, header: &str) -> Result<(), Refusal> {
    if value.len() > 8192 {
        return Err(refused_header("too_many_signatures", header));
    }
    Ok(())
}

/// The 32 bytes of 44 characters.
fn tag(text: &str) -> Option<Vec<u8>> {
    base64::decode(text, false).filter(|tag| tag.len() == 32)
}

fn hex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..32).map(|byte| u8::from_str_radix(text.get(2 * byte..2 * byte + 2)?, 16).ok()).collect()
}
