//! Tests properties that hold for every delivery. The vectors cover single cases.

#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests"
)]

use pivotal_webhooks::{Error, ErrorCode, KeyFormat, Scheme, UnixTime, Webhook};
use proptest::{collection::vec, prelude::*};

const SECRET: &str = "c2VjcmV0LWZvci1wcm9wZXJ0eS10ZXN0cw==";
const NOW: UnixTime = UnixTime::from_secs(1_614_265_330);

/// A webhook that accepts only this scheme. All of them share one key.
fn webhook(scheme: Scheme) -> Webhook {
    let builder = match scheme {
        Scheme::Pivot => Webhook::pivot_builder(),
        scheme => Webhook::builder().schemes([scheme]),
    };
    builder.key_format(KeyFormat::Text).secret(SECRET).build().unwrap()
}

fn signed(scheme: Scheme, id: &str, body: &[u8]) -> Vec<(&'static str, String)> {
    let signed = webhook(scheme).sign(None, id, NOW, body).unwrap();
    signed.headers().map(|(name, value)| (name, value.to_owned())).collect()
}

fn verify(scheme: Scheme, headers: &[(&str, String)], body: &[u8]) -> Result<(), Error> {
    let pairs = headers.iter().map(|(name, value)| (*name, value.as_str()));
    webhook(scheme).verify_signature_at(body, pairs, NOW).map(drop_facts)
}

fn drop_facts(_: pivotal_webhooks::Verified<'_>) {}

fn any_scheme() -> impl Strategy<Value = Scheme> {
    prop_oneof![Just(Scheme::Svix), Just(Scheme::Pivotal), Just(Scheme::Pivot)]
}

fn any_id() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9_!#-]{0,40}_[a-zA-Z0-9]{1,20}"
}

/// JSON objects whose strings contain the separators of signed contents.
fn any_object() -> impl Strategy<Value = String> {
    let text = r#"[.{}\[\]"\\:,0-9a-z ]{0,12}"#;
    vec((text, text), 0..5).prop_map(|members| {
        let object: serde_json::Map<String, serde_json::Value> =
            members.into_iter().map(|(key, value)| (key, value.into())).collect();
        serde_json::Value::Object(object).to_string()
    })
}

/// Bodies of which many are events, of both senders.
fn any_envelope() -> impl Strategy<Value = serde_json::Value> {
    let name = prop::sample::select(vec![
        "id",
        "type",
        "event_type",
        "eventType",
        "created_at",
        "timestamp",
        "org_id",
        "org",
        "organizationId",
        "spaceId",
        "livemode",
        "api_version",
        "subject",
        "data",
        "never seen",
        "",
    ]);
    let inner = prop::sample::select(vec![
        "object",
        "previous_attributes",
        "id",
        "type",
        "messageId",
        "message_id",
        "name",
    ]);
    let leaf = prop_oneof![
        4 => "(customer\\.at_risk|message_sent|évt_[a-z\"\\\\]{0,3}|)".prop_map(serde_json::Value::from),
        2 => Just("2026-05-26T18:42:00.5+02:00".into()),
        1 => any::<bool>().prop_map(Into::into),
        1 => any::<u64>().prop_map(Into::into),
        1 => Just(serde_json::Value::Null),
    ];
    let object = |value: BoxedStrategy<serde_json::Value>| {
        prop::collection::btree_map(inner.clone().prop_map(String::from), value, 0..4)
            .prop_map(|members| members.into_iter().collect::<serde_json::Value>())
    };
    let nested = object(prop_oneof![leaf.clone(), object(leaf.clone().boxed())].boxed());
    let member = (name.prop_map(String::from), prop_oneof![2 => leaf, 1 => nested.clone()]);
    (vec(member, 0..8), nested, any::<[bool; 3]>()).prop_map(
        |(members, data, [id, kind, has_data])| {
            let mut event: serde_json::Map<_, _> = members.into_iter().collect();
            if id {
                event.insert("id".into(), "evt_1".into());
            }
            if kind {
                event.insert("type".into(), "customer.at_risk".into());
                event.insert("eventType".into(), "message_sent".into());
            }
            if has_data {
                event.insert("data".into(), data);
            }
            event.into()
        },
    )
}

/// The same JSON with every character of a string escaped, and white space where it is allowed.
fn written_otherwise(value: &serde_json::Value) -> String {
    let text = |text: &str| {
        let units = text.encode_utf16().map(|unit| format!("\\u{unit:04X}"));
        format!("\"{}\"", units.collect::<String>())
    };
    match value {
        serde_json::Value::String(string) => text(string),
        serde_json::Value::Array(items) => {
            let items: Vec<_> = items.iter().map(written_otherwise).collect();
            format!("[ {} ]", items.join("\t,\n"))
        }
        serde_json::Value::Object(members) => {
            let members: Vec<_> = members
                .iter()
                .map(|(name, value)| format!("{}\r: {}", text(name), written_otherwise(value)))
                .collect();
            format!("{{\n{} }}", members.join(" , "))
        }
        other => other.to_string(),
    }
}

/// The values of an event, independent of the way in which its JSON is written.
fn facts(scheme: Scheme, body: &str) -> Result<String, Error> {
    let headers = signed(scheme, "msg_1", body.as_bytes());
    let pairs = headers.iter().map(|(name, value)| (*name, value.as_str()));
    let webhook = webhook(scheme);
    let event = webhook.unwrap_at(body.as_bytes(), pairs, NOW)?;
    let extra: Vec<_> = event.extra().map(|(name, _)| name).collect();
    Ok(format!(
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {extra:?} {:?} {:?}",
        event.kind(),
        event.id(),
        event.created_at().map(|time| (time.as_str(), time.unix_seconds())),
        event.org_id(),
        event.space_id(),
        event.subject(),
        event.livemode(),
        event.api_version(),
        pivotal_webhooks::binding::fields(&event),
        event.object::<pivotal_webhooks::Fields>()?,
        event.previous_attributes()?,
    ))
}

proptest! {
    #[test]
    fn an_event_is_the_same_however_its_json_is_spelled(scheme in any_scheme(), event in any_envelope()) {
        let plain = facts(scheme, &event.to_string());
        prop_assert_eq!(&facts(scheme, &written_otherwise(&event)), &plain);
        prop_assert_eq!(&facts(scheme, &format!(" {event:#}\n")), &plain);
        if let Err(error) = plain {
            prop_assert_eq!(error.code(), ErrorCode::EventMalformed);
        }
    }

    #[test]
    fn what_is_signed_is_accepted(scheme in any_scheme(), id in any_id(), body: Vec<u8>) {
        prop_assert_eq!(verify(scheme, &signed(scheme, &id, &body), &body), Ok(()));
    }

    #[test]
    fn another_body_is_refused(
        scheme in any_scheme(), body: Vec<u8>, other: Vec<u8>,
    ) {
        prop_assume!(body != other);
        let refused = verify(scheme, &signed(scheme, "msg_1", &body), &other).unwrap_err();
        prop_assert_eq!(refused.code(), ErrorCode::SignatureMismatch);
    }

    #[test]
    fn one_good_signature_among_junk_is_accepted_in_any_place(
        before in vec("[ -~]{0,30}", 0..6),
        after in vec("[ -~]{0,30}", 0..6),
        separator in "[ ,]{1,3}",
    ) {
        let mut headers = signed(Scheme::Svix, "msg_1", b"{}");
        let good = headers[2].1.clone();
        let list: Vec<String> = before.into_iter().chain([good]).chain(after).collect();
        headers[2].1 = list.join(&separator);
        let entries = headers[2].1.split([' ', ',']).filter(|token| !token.is_empty()).count();
        prop_assume!(entries <= 32);
        prop_assert_eq!(verify(Scheme::Svix, &headers, b"{}"), Ok(()));
    }

    #[test]
    fn hostile_input_gets_an_error_and_never_a_panic(
        scheme in any_scheme(),
        names in vec(prop::sample::select(pivotal_webhooks::binding::header_names()), 0..8),
        values in vec(vec(any::<u8>(), 0..80), 8),
        body: Vec<u8>,
        now: u64,
    ) {
        let pairs = names.iter().copied().zip(values.iter().map(Vec::as_slice));
        let refused = webhook(scheme).verify_at(&body, pairs, UnixTime::from_secs(now));
        prop_assert!(refused.is_err());
    }

    #[test]
    fn hostile_values_of_the_right_shape_get_an_error(
        scheme in any_scheme(),
        id in any_id(), timestamp in "[1-9][0-9]{0,11}", tag: [u8; 32], junk in "[ -~]{0,40}",
        body: Vec<u8>,
    ) {
        use base64::Engine as _;
        let tag = base64::engine::general_purpose::STANDARD.encode(tag);
        let headers = [
            ("svix-id", id),
            ("svix-timestamp", timestamp.clone()),
            ("svix-signature", format!("v1,{tag} {junk}")),
            ("pivotal-signature", format!("v1,t={timestamp},sig={tag}")),
            ("x-pivot-signature", tag),
        ];
        prop_assert_eq!(
            verify(scheme, &headers, &body).unwrap_err().code(),
            ErrorCode::SignatureMismatch
        );
    }

    /// Wherever one scheme's signed bytes are cut, no other scheme accepts their signature.
    #[test]
    fn signed_contents_of_two_schemes_never_coincide(id in any_id(), object in any_object()) {
        for from in Scheme::ALL {
            let tag = tag_of(*from, &id, &object);
            let content = match from {
                Scheme::Svix => format!("{id}.{}.{object}", NOW.as_secs()),
                Scheme::Pivotal => format!("{}.{object}", NOW.as_secs()),
                _ => object.clone(),
            };
            for to in Scheme::ALL.iter().filter(|to| *to != from) {
                for (headers, body) in readings(*to, &content, &tag) {
                    let pairs = headers.iter().map(|(name, value)| (*name, value.as_str()));
                    let endpoint = webhook(*to);
                    let verdict = endpoint.verify_at(body.as_bytes(), pairs, NOW);
                    prop_assert!(verdict.is_err(), "{from} read as {to}: {headers:?} {body}");
                }
            }
        }
    }
}

/// The base64 of the signature that a sender of this scheme makes.
fn tag_of(scheme: Scheme, id: &str, body: &str) -> String {
    use base64::Engine as _;
    let headers = signed(scheme, id, body.as_bytes());
    let value = &headers.last().unwrap().1;
    match scheme {
        Scheme::Svix => value.strip_prefix("v1,").unwrap().to_owned(),
        Scheme::Pivotal => value.split_once("sig=").unwrap().1.to_owned(),
        _ => {
            let tag: Vec<u8> = value
                .as_bytes()
                .chunks(2)
                .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
                .collect();
            base64::engine::general_purpose::STANDARD.encode(tag)
        }
    }
}

/// Every way to cut these bytes into a delivery of this scheme.
fn readings<'c>(
    scheme: Scheme,
    content: &'c str,
    tag: &str,
) -> Vec<(Vec<(&'static str, String)>, &'c str)> {
    let cuts = |text: &'c str| {
        text.match_indices('.')
            .map(move |(at, _)| (&text[..at], &text[at + 1..]))
            .collect::<Vec<_>>()
    };
    match scheme {
        Scheme::Svix => cuts(content)
            .into_iter()
            .flat_map(|(id, rest)| cuts(rest).into_iter().map(move |(at, body)| (id, at, body)))
            .map(|(id, at, body)| {
                let headers = vec![
                    ("svix-id", id.to_owned()),
                    ("svix-timestamp", at.to_owned()),
                    ("svix-signature", format!("v1,{tag}")),
                ];
                (headers, body)
            })
            .collect(),
        Scheme::Pivotal => cuts(content)
            .into_iter()
            .map(|(at, body)| (vec![("pivotal-signature", format!("v1,t={at},sig={tag}"))], body))
            .collect(),
        _ => vec![(vec![("x-pivot-signature", tag.to_owned())], content)],
    }
}

/// F2: flips every bit of the sample that Svix and Standard Webhooks publish.
#[test]
fn every_flipped_bit_of_a_published_delivery_is_refused() {
    let samples: serde_json::Value =
        serde_json::from_str(include_str!("../../test-vectors/upstream/svix_published.json"))
            .unwrap();
    let mut flips = 0;
    let valid = samples["vectors"].as_array().unwrap().iter().filter(|sample| {
        // In a list, flipping a bit of another entry must change nothing. Large bodies take too long.
        let single = !sample["signature"].as_str().unwrap().contains(' ');
        sample["result"] == "valid" && sample["body"].is_string() && single
    });
    for sample in valid {
        let text = |name: &str| sample[name].as_str().unwrap().as_bytes().to_vec();
        let parts = ["id", "timestamp", "signature", "body", "secret"].map(text);
        let now = sample["timestamp"].as_str().unwrap().parse().map(UnixTime::from_secs).unwrap();
        assert_eq!(outcome(&parts, now), Ok(()), "{}", sample["name"]);
        for part in 0..parts.len() {
            for bit in 0..parts[part].len() * 8 {
                let mut flipped = parts.clone();
                flipped[part][bit / 8] ^= 1 << (bit % 8);
                // A secret is text, so bytes that are not UTF-8 can't be configured.
                if part == 4 && str::from_utf8(&flipped[4]).is_err() {
                    continue;
                }
                assert!(outcome(&flipped, now).is_err(), "{} {part} {bit}", sample["name"]);
                flips += 1;
            }
        }
    }
    assert!(flips > 5_000, "{flips}");
}

fn outcome(parts: &[Vec<u8>; 5], now: UnixTime) -> Result<(), Error> {
    let [id, timestamp, signature, body, secret] = parts;
    let webhook = Webhook::new(str::from_utf8(secret).unwrap())?;
    let headers = [("svix-id", id), ("svix-timestamp", timestamp), ("svix-signature", signature)];
    webhook.verify_signature_at(body, headers, now).map(drop_facts)
}
