//! The second verifier. It is written from the rules in the simplest way, and it is slow.
//!
//! HMAC and SHA-256 are those of `ring`. Base64, JSON, RFC 3339 and the headers have readers of their
//! own here.

use pivotal_webhooks_test_vectors::{
    Action, Answer, Case, Endpoint, Event, Expect, Refusal, Sign, Verified,
};

use self::{
    endpoint::Webhook,
    header::{Claims, Fields},
};

mod base64;
mod catalogue;
mod dump;
mod endpoint;
mod event;
mod header;
mod json;
mod mac;
mod placeholder;
mod time;

pub use self::placeholder::{put_signatures, under_other_schemes, with_placeholders};

/// The latest time that has 12 digits.
const LAST_TIME: i64 = 999_999_999_999;

/// What the case comes to.
#[must_use]
pub fn outcome(case: &Case) -> Expect {
    answer(case).map_or_else(Expect::Error, Expect::Ok)
}

fn answer(case: &Case) -> Result<Answer, Refusal> {
    let webhook = Webhook::open(&case.webhook)?;
    let body = case.body.as_bytes();
    let verified = || verify(&webhook, case);
    Ok(match case.action {
        Action::Construct => Answer::Nothing,
        Action::Sign => {
            // A case without something to sign does not exist.
            Answer::Signature(
                case.sign
                    .as_ref()
                    .map_or(Ok(String::new()), |sign| signature(&webhook, sign, body))?,
            )
        }
        Action::VerifySignature => Answer::Verified(verified()?),
        Action::Verify => {
            verified()?;
            json::validate(body)?;
            Answer::Nothing
        }
        Action::Unwrap => {
            let verified = verified()?;
            let event = event::read(case.webhook.endpoint, body, &webhook.source)?;
            if verified.scheme == "pivotal" {
                compare_types(&event, &Fields::collect(case.header_pairs()))?;
            }
            Answer::Event(event)
        }
        Action::Restore => Answer::Event(dump::restore(case.webhook.endpoint, body)?),
    })
}

fn refused(code: &str) -> Refusal {
    Refusal {
        code: code.to_owned(),
        header: None,
        path: None,
        reason: None,
        skew: None,
        tolerance: None,
    }
}

fn refused_header(code: &str, header: &str) -> Refusal {
    Refusal { header: Some(header.to_owned()), ..refused(code) }
}

fn verify(webhook: &Webhook, case: &Case) -> Result<Verified, Refusal> {
    let (body, now) = (case.body.as_bytes(), case.now);
    if !(0..=LAST_TIME).contains(&now) {
        return Err(refused("internal"));
    }
    if body.len() > webhook.max_body {
        return Err(refused("payload_too_large"));
    }
    let fields = Fields::collect(case.header_pairs());
    let scheme = webhook.keys.iter().map(|(scheme, _)| *scheme);
    let scheme = scheme
        .into_iter()
        .find(|scheme| header::of_signature(scheme).iter().any(|name| fields.has(name)));
    let Some(scheme) = scheme else {
        let first = webhook.keys.first().map_or("", |(scheme, _)| *scheme);
        return Err(refused_header("header_missing", header::of_signature(first)[0]));
    };
    let claims = Claims::read(scheme, &fields)?;
    let message = [claims.prefix.as_bytes(), body].concat();
    let Some(position) = webhook.matching_secret(scheme, &message, &claims.candidates) else {
        return Err(refused_header("signature_mismatch", claims.signature_header));
    };
    if let (Some(timestamp), false) = (claims.timestamp, webhook.ignore_timestamp) {
        check_age(now - timestamp, webhook.tolerance, webhook.tolerance)?;
    }
    if let Some(oldest) = webhook.max_event_age {
        check_age(now - event::time(body)?, oldest, webhook.tolerance)?;
    }
    let unsigned = |name| if scheme == "pivotal" { fields.unauthenticated(name) } else { None };
    Ok(Verified {
        scheme: scheme.to_owned(),
        id: claims.id,
        timestamp: claims.timestamp.map(i64::unsigned_abs),
        label: webhook.labels[position].clone(),
        event_type: unsigned("pivotal-event"),
        delivery_id: unsigned("pivotal-delivery-id"),
    })
}

fn check_age(age: i64, oldest: i64, newest: i64) -> Result<(), Refusal> {
    let refused_time = |code, tolerance: i64| Refusal {
        skew: Some(age),
        tolerance: Some(tolerance.unsigned_abs()),
        ..refused(code)
    };
    if age > oldest {
        return Err(refused_time("timestamp_too_old", oldest));
    }
    if -age > newest {
        return Err(refused_time("timestamp_too_new", newest));
    }
    Ok(())
}

/// The unsigned type may be absent. It may not be another one, nor appear twice.
fn compare_types(event: &Event, fields: &Fields<'_>) -> Result<(), Refusal> {
    let name = "pivotal-event";
    if fields.has(name) && fields.lines(name) != [event.event_type.as_str()] {
        return Err(refused_header("event_type_mismatch", name));
    }
    Ok(())
}

fn signature(webhook: &Webhook, sign: &Sign, body: &[u8]) -> Result<String, Refusal> {
    let default = webhook.keys.first().map_or("", |(scheme, _)| *scheme);
    let wanted = sign.scheme.as_deref().unwrap_or(default);
    let Some((scheme, secrets)) = webhook.keys.iter().find(|(scheme, _)| *scheme == wanted) else {
        return Err(refused("config_invalid"));
    };
    let tags = |message: &[u8]| -> Vec<String> {
        secrets.iter().map(|keys| base64::encode(&mac::tag(&keys[0], message))).collect()
    };
    if *scheme == "pivot" {
        let tag = mac::tag(&secrets[0][0], body);
        return Ok(tag.iter().map(|byte| format!("{byte:02x}")).collect());
    }
    if *scheme == "svix" {
        header::check_id(&sign.id, "svix-id")?;
    }
    if !(1..=LAST_TIME).contains(&sign.timestamp) {
        let header = if *scheme == "svix" { "svix-timestamp" } else { "pivotal-signature" };
        return Err(refused_header("timestamp_malformed", header));
    }
    Ok(if *scheme == "svix" {
        let prefix = format!("{}.{}.", sign.id, sign.timestamp);
        let tags = tags(&[prefix.as_bytes(), body].concat());
        let entries: Vec<String> = tags.iter().map(|tag| format!("v1,{tag}")).collect();
        entries.join(" ")
    } else {
        let prefix = format!("{}.", sign.timestamp);
        let tags = tags(&[prefix.as_bytes(), body].concat());
        let items: String = tags.iter().map(|tag| format!(",sig={tag}")).collect();
        format!("v1,t={}{items}", sign.timestamp)
    })
}

const fn sender(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::Pivotal => "pivotal",
        Endpoint::Pivot => "pivot",
    }
}
