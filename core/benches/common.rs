//! Deliveries of several sizes, and the calls that a verification is compared with: the HMAC of the
//! same bytes, and a JSON parser.

use std::rc::Rc;

use base64::{Engine as _, prelude::BASE64_STANDARD as STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use pivotal_webhooks::{Error, Event, Scheme, UnixTime, Verified, Webhook};
use sha2::Sha256;

#[path = "headers.rs"]
mod headers;

pub(crate) use headers::USUAL;

/// The measured body sizes, in bytes.
pub const SIZES: [usize; 5] = [150, 1024, 16 * 1024, 256 * 1024, 1024 * 1024];

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
const NOW: UnixTime = UnixTime::from_secs(1_614_265_330);
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";

/// Bytes that are signed before the body.
pub const PREFIX_LEN: usize = ID.len() + ".1614265330.".len();

/// What is wrong with a delivery.
#[derive(Clone, Copy)]
pub enum Fault {
    HeaderMissing,
    HeaderMalformed,
    TimestampMalformed,
    SignatureMismatch,
}

impl Fault {
    /// All faults.
    pub const ALL: [Self; 4] = [
        Self::HeaderMissing,
        Self::HeaderMalformed,
        Self::TimestampMalformed,
        Self::SignatureMismatch,
    ];

    /// The code of the refusal.
    pub const fn code(self) -> &'static str {
        match self {
            Self::HeaderMissing => "header_missing",
            Self::HeaderMalformed => "header_malformed",
            Self::TimestampMalformed => "timestamp_malformed",
            Self::SignatureMismatch => "signature_mismatch",
        }
    }
}

/// A webhook, and an authentic delivery to it with the usual headers of a request.
#[derive(Clone)]
pub struct Delivery {
    webhook: Rc<Webhook>,
    hmac: Hmac<Sha256>,
    body: Vec<u8>,
    headers: Vec<(String, String)>,
}

impl Delivery {
    /// A delivery with a body of this many bytes.
    pub fn of(size: usize) -> Self {
        Self::with(event_body(size))
    }

    fn with(body: Vec<u8>) -> Self {
        let webhook = Webhook::builder()
            .key_format(pivotal_webhooks::KeyFormat::Text)
            .secret(String::from_utf8_lossy(SECRET))
            .build()
            .unwrap();
        let signed = webhook.sign(Some(Scheme::Svix), ID, NOW, &body).unwrap();
        let headers = USUAL
            .into_iter()
            .chain(signed.headers())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Self {
            webhook: Rc::new(webhook),
            hmac: Hmac::new_from_slice(SECRET).unwrap(),
            body,
            headers,
        }
    }

    /// The verification.
    pub fn verify(&self) -> Result<Verified<'_>, Error> {
        let headers = self.headers.iter().map(|(name, value)| (name, value));
        self.webhook.verify_signature_at(&self.body, headers, NOW)
    }

    /// The same delivery with a fault.
    pub fn with_fault(&self, fault: Fault) -> Self {
        let mut faulty = self.clone();
        match fault {
            Fault::HeaderMissing => faulty.headers.retain(|(name, _)| name != "svix-signature"),
            Fault::HeaderMalformed => faulty.set("svix-id", "a message"),
            Fault::TimestampMalformed => faulty.set("svix-timestamp", "yesterday"),
            Fault::SignatureMismatch => {
                faulty.set("svix-signature", &format!("v1,{}", STANDARD.encode([7; 32])));
            }
        }
        faulty
    }

    /// The same delivery to a webhook with several secrets, and with several signatures.
    pub fn with_candidates(&self, secrets: u8, signatures: usize) -> Self {
        let others =
            (1..secrets).map(|number| format!("another-secret-of-more-than-32-bytes-{number}"));
        let mut builder = Webhook::builder().key_format(pivotal_webhooks::KeyFormat::Text);
        for secret in others.chain([String::from_utf8_lossy(SECRET).into_owned()]) {
            builder = builder.secret(secret);
        }
        let mut delivery = Self { webhook: Rc::new(builder.build().unwrap()), ..self.clone() };
        let other = format!("v1,{} ", STANDARD.encode([7; 32]));
        let others: String = (1..signatures).map(|_| other.as_str()).collect();
        let signature = others + delivery.value("svix-signature");
        delivery.set("svix-signature", &signature);
        delivery
    }

    fn value(&self, name: &str) -> &str {
        &self.headers.iter().find(|(known, _)| known == name).unwrap().1
    }

    fn set(&mut self, name: &str, value: &str) {
        let (_, old) = self.headers.iter_mut().find(|(known, _)| known == name).unwrap();
        value.clone_into(old);
    }

    /// The verification and the event.
    pub fn unwrap(&self) -> Result<Event<'_>, Error> {
        let headers = self.headers.iter().map(|(name, value)| (name, value));
        self.webhook.unwrap_at(&self.body, headers, NOW)
    }

    /// The value that a JSON parser builds from the same bytes.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The HMAC alone, over the same bytes, with a prepared key.
    pub fn bare_hmac(&self) -> [u8; 32] {
        let mut hmac = self.hmac.clone();
        for part in [ID.as_bytes(), b".", b"1614265330", b".", &self.body] {
            hmac.update(part);
        }
        hmac.finalize().into_bytes().into()
    }
}

/// An event of a customer, with as many fields as fit.
#[allow(clippy::arithmetic_side_effects, reason = "a benchmark")]
pub fn event_body(size: usize) -> Vec<u8> {
    let start = r#"{"id":"evt_2nQv8c9aZmYHKr1","type":"customer.at_risk","livemode":true,"data":{"object":{"id":"cus_2N","health_score":38"#;
    let end = "}}}";
    let mut body = start.to_owned();
    for number in 0.. {
        let field = match number % 4 {
            0 => format!(r#","field_{number}":"Acme Corp · Zürich {number}""#),
            1 => format!(r#","field_{number}":{}"#, number * 4_207),
            2 => format!(r#","field_{number}":[true,null,{{"score":0.{number}}}]"#),
            _ => format!(r#","field_{number}":"2026-05-26T18:42:00.000Z""#),
        };
        if body.len() + field.len() + end.len() > size {
            break;
        }
        body += &field;
    }
    // White space fills the rest.
    body += &" ".repeat(size - body.len() - end.len());
    body += end;
    body.into_bytes()
}
