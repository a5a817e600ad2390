//! Deliveries of several sizes, and the calls that a verification is compared with: the HMAC of the
//! same bytes, and a JSON parser.

use hmac::{Hmac, KeyInit as _, Mac as _};
use pivotal_webhooks::{Error, Event, Scheme, UnixTime, Verified, Webhook};
use sha2::Sha256;

/// The measured body sizes, in bytes.
pub const SIZES: [usize; 5] = [150, 1024, 16 * 1024, 256 * 1024, 1024 * 1024];

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
const NOW: UnixTime = UnixTime::from_secs(1_614_265_330);
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";

/// Bytes that are signed before the body.
pub const PREFIX_LEN: usize = ID.len() + ".1614265330.".len();

/// A webhook, and an authentic delivery to it with the usual headers of a request.
pub struct Delivery {
    webhook: Webhook,
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
        let usual = [
            ("host", "receiver.example"),
            ("user-agent", "Pivotal-Webhooks/1.0"),
            ("accept", "*/*"),
            ("accept-encoding", "gzip"),
            ("content-type", "application/json"),
            ("content-length", "1024"),
            ("x-forwarded-for", "192.0.2.1"),
            ("x-forwarded-proto", "https"),
            ("x-request-id", "7b0e2c1a-0f6d-4e0b-9a50-2f7c1f0a5d11"),
        ];
        let headers = usual
            .into_iter()
            .chain(signed.headers())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Self { webhook, hmac: Hmac::new_from_slice(SECRET).unwrap(), body, headers }
    }

    /// The verification.
    pub fn verify(&self) -> Result<Verified<'_>, Error> {
        let headers = self.headers.iter().map(|(name, value)| (name, value));
        self.webhook.verify_signature_at(&self.body, headers, NOW)
    }

    /// The refusal of the same request without a signature.
    pub fn unsigned(&self) -> Result<Verified<'_>, Error> {
        let signed = self.headers.iter().filter(|(name, _)| name != "svix-signature");
        let headers = signed.map(|(name, value)| (name, value));
        self.webhook.verify_signature_at(&self.body, headers, NOW)
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
fn event_body(size: usize) -> Vec<u8> {
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
