//! Deliveries that the core signed, and faults in them.

use pivotal_webhooks::{Scheme, UnixTime, Webhook};

use crate::tool::SECRET;

/// When the deliveries are signed.
pub(crate) const SIGNED_AT: u64 = 1_779_820_920;
pub(crate) const AT: &str = "2026-05-26T18:42:00Z";

pub(crate) const BODY: &str = r#"{"id":"evt_1","type":"customer.at_risk","created_at":"2026-05-26T18:42:00.000Z","data":{"object":{"id":"cus_1","name":"Zoë's \"Café\" 😀\n","health_score":38}}}"#;

#[derive(Clone)]
pub(crate) struct Delivery {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Delivery {
    pub(crate) fn of(scheme: Scheme, body: &str) -> Self {
        let builder = match scheme {
            Scheme::Pivot => Webhook::pivot_builder(),
            _ => Webhook::builder(),
        };
        let webhook = builder.secret(SECRET).build().unwrap();
        let at = UnixTime::from_secs(SIGNED_AT);
        let signed = webhook.sign(Some(scheme), "msg_1", at, body.as_bytes()).unwrap();
        let signed = signed.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let first = ("content-type".to_owned(), "application/json".to_owned());
        Self { headers: std::iter::once(first).chain(signed).collect(), body: body.to_owned() }
    }

    pub(crate) fn genuine() -> Self {
        Self::of(Scheme::Svix, BODY)
    }

    /// The value of the signature header, which is the last one.
    pub(crate) fn signature(&self) -> &str {
        &self.headers.last().unwrap().1
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(found, _)| found != name);
        self
    }

    pub(crate) fn with_body(mut self, body: &str) -> Self {
        self.body = body.to_owned();
        self
    }

    /// A saved delivery, with the time when it arrived.
    pub(crate) fn saved(&self, received_at: &str) -> String {
        let mut text = format!(
            "POST /webhooks/pivotal HTTP/1.1\r\nPivotal-Webhooks-Received-At: {received_at}\r\n"
        );
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        format!("{text}Content-Length: {}\r\n\r\n{}", self.body.len(), self.body)
    }
}
