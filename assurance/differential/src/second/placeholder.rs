//! Signatures that are put into a request, and taken out of it.
//!
//! The characters U+0001 to U+0003 stand for a tag in base64 by the secret of that number, over the
//! message of the header's scheme. U+0004 stands for a tag in hexadecimal by the first secret.

use pivotal_webhooks_test_vectors::{self as given, Case, Endpoint};

use super::{
    base64,
    endpoint::Webhook,
    header::{Claims, Fields},
    mac,
};

/// Replaces each placeholder by the signature that it stands for.
pub fn put_signatures(case: &mut Case) {
    let placeholders = placeholders(case);
    for (name, value) in &mut case.headers {
        let mut text = value.as_str().to_owned();
        for (placeholder, tag) in placeholders.iter().filter(|(of, ..)| is_of(of, name)).map(pair) {
            text = text.replace(placeholder, tag);
        }
        *value = text.into();
    }
}

/// The headers with a placeholder for each signature by a secret of the endpoint.
#[must_use]
pub fn with_placeholders(case: &Case) -> Vec<(String, String)> {
    let placeholders = placeholders(case);
    let replaced = |(name, value): (&str, &str)| {
        let mut text = value.to_owned();
        for (placeholder, tag) in placeholders.iter().filter(|(of, ..)| is_of(of, name)).map(pair) {
            text = text.replace(tag, &placeholder.to_string());
        }
        (name.to_owned(), text)
    };
    case.header_pairs().map(replaced).collect()
}

type Placeholder = (&'static str, char, String);

fn pair((_, placeholder, tag): &Placeholder) -> (char, &str) {
    (*placeholder, tag)
}

fn is_of(scheme: &str, name: &str) -> bool {
    super::header::of_signature(scheme).iter().any(|header| header.eq_ignore_ascii_case(name))
}

/// The tags of every scheme over the request, whatever its headers are.
fn placeholders(case: &Case) -> Vec<Placeholder> {
    let Ok(webhook) = Webhook::open(&case.webhook) else {
        return Vec::new();
    };
    let fields = Fields::collect(case.header_pairs());
    let first = |names: [&str; 2]| {
        names.iter().find_map(|name| fields.lines(name).first().copied()).unwrap_or_default()
    };
    let mut found = Vec::new();
    for (scheme, secrets) in &webhook.keys {
        let prefix = match *scheme {
            "svix" => format!(
                "{}.{}.",
                first(["svix-id", "webhook-id"]),
                first(["svix-timestamp", "webhook-timestamp"])
            ),
            "pivotal" => {
                let value = first(["pivotal-signature", ""]);
                let time = value.split_once("t=").map_or("", |(_, rest)| rest);
                format!("{}.", time.split(',').next().unwrap_or_default())
            }
            _ => String::new(),
        };
        let message = [prefix.as_bytes(), case.body.as_bytes()].concat();
        for (placeholder, keys) in ['\u{1}', '\u{2}', '\u{3}'].into_iter().zip(secrets) {
            for key in keys {
                found.push((*scheme, placeholder, base64::encode(&mac::tag(key, &message))));
            }
        }
        let hex = secrets[0].iter().map(|key| {
            let tag = mac::tag(key, &message);
            tag.iter().map(|byte| format!("{byte:02x}")).collect()
        });
        found.extend(hex.map(|tag| (*scheme, '\u{4}', tag)));
    }
    found
}

/// The same request with its signatures carried over to each other scheme, with the same secrets.
#[must_use]
pub fn under_other_schemes(case: &Case, scheme: &str) -> Vec<Case> {
    let fields = Fields::collect(case.header_pairs());
    let Ok(claims) = Claims::read(scheme, &fields) else {
        return Vec::new();
    };
    let tags: Vec<String> =
        claims.candidates.iter().flatten().map(|tag| base64::encode(tag)).collect();
    let time = claims.timestamp.unwrap_or(case.now).to_string();
    let id = claims.id.as_deref().unwrap_or("msg_1");
    let schemes = [
        (
            "svix",
            Endpoint::Pivotal,
            vec![
                ("svix-id", id.to_owned()),
                ("svix-timestamp", time.clone()),
                ("svix-signature", format!("v1,{}", tags.join(" v1,"))),
            ],
        ),
        (
            "pivotal",
            Endpoint::Pivotal,
            vec![("pivotal-signature", format!("v1,t={time},sig={}", tags.join(",sig=")))],
        ),
        ("pivot", Endpoint::Pivot, vec![("x-pivot-signature", tags.concat())]),
    ];
    let others = schemes.into_iter().filter(|(other, ..)| *other != scheme);
    others
        .map(|(other, endpoint, headers)| Case {
            webhook: given::Webhook {
                endpoint,
                schemes: Some(vec![other.to_owned()]),
                max_event_age: None,
                ..case.webhook.clone()
            },
            headers: headers
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect(),
            ..case.clone()
        })
        .collect()
}
