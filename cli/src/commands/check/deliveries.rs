//! Makes deliveries as the senders do, and signs them.

use std::cell::Cell;

use pivotal_webhooks::{KeyFormat, Scheme, Sender, UnixTime, Webhook};
use serde_json::{Value, json};

use super::case::{Case, Expected};
use crate::{
    endpoint::SigningOptions,
    exchange::{Framing, Request},
    failure::Result,
    secret::Secret,
    target::Target,
    time,
};

/// Header lines in order.
pub(super) type Headers = Vec<(String, Vec<u8>)>;

/// What no answer may contain of the events that are sent.
const CANARY: &str = "check-canary";

/// The events and the keys of one check.
pub(super) struct Deliveries {
    /// With each secret of the endpoint.
    all: Webhook,
    /// With one secret each.
    each: Vec<Webhook>,
    /// With a secret that the endpoint does not have.
    stranger: Webhook,
    texts: Vec<Secret>,
    now: UnixTime,
    count: Cell<u32>,
}

/// One delivery, signed.
#[derive(Clone)]
pub(super) struct Delivery {
    pub(super) headers: Headers,
    pub(super) body: Vec<u8>,
}

impl Deliveries {
    pub(super) fn new(
        signing: &SigningOptions,
        secrets: Vec<Secret>,
        now: UnixTime,
    ) -> Result<Self> {
        let each = secrets
            .iter()
            .map(|secret| Ok(signing.builder(vec![secret.clone()], Sender::Pivotal).build()?))
            .collect::<Result<_>>()?;
        let texts = secrets.clone();
        let all = signing.builder(secrets, Sender::Pivotal).build()?;
        let stranger = match all.sender() {
            Sender::Pivot => Webhook::pivot_builder(),
            _ => Webhook::builder().schemes(all.schemes()),
        };
        let stranger = stranger
            .key_format(KeyFormat::Auto)
            .secret("whsec_bm90IHRoZSBzZWNyZXQgb2YgYW55IGVuZHBvaW50")
            .build()?;
        Ok(Self { all, each, stranger, texts, now, count: Cell::new(0) })
    }

    pub(super) const fn sender(&self) -> Sender {
        self.all.sender()
    }

    pub(super) fn schemes(&self) -> Vec<Scheme> {
        self.all.schemes().collect()
    }

    /// The first scheme, in which cases are signed that are about something else.
    pub(super) fn first_scheme(&self) -> Scheme {
        self.all.schemes().next().unwrap_or(Scheme::Svix)
    }

    pub(super) const fn now(&self) -> UnixTime {
        self.now
    }

    pub(super) fn each(&self) -> &[Webhook] {
        &self.each
    }

    pub(super) const fn stranger(&self) -> &Webhook {
        &self.stranger
    }

    /// The texts that no answer may contain.
    pub(super) fn secret_texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|text| {
            let text = text.trim();
            text.strip_prefix("whsec_").unwrap_or(text)
        })
    }

    pub(super) const fn canary(&self) -> &'static str {
        CANARY
    }

    fn number(&self) -> u32 {
        self.count.set(self.count.get().saturating_add(1));
        self.count.get()
    }

    fn unique(&self, prefix: &str) -> String {
        format!("{prefix}_check_{}_{}", self.now.as_secs(), self.number())
    }

    /// An event of its own.
    pub(super) fn event(&self) -> Value {
        let created = time::rfc3339(self.now);
        match self.sender() {
            Sender::Pivot => json!({
                "eventType": "message_sent",
                "timestamp": created,
                "organizationId": "org_check",
                "data": {"messageId": self.unique("msg"), "roomId": "room_check", "message": CANARY, "status": "SENT"},
            }),
            _ => json!({
                "id": self.unique("evt"),
                "type": "customer.at_risk",
                "created_at": created,
                "org_id": "org_check",
                "livemode": false,
                "data": {"object": {"id": "cus_check", "name": CANARY, "at_risk": true}},
            }),
        }
    }

    /// The same with another type.
    pub(super) fn event_of_type(&self, name: &str) -> Value {
        let member = if self.sender() == Sender::Pivot { "eventType" } else { "type" };
        let mut event = self.event();
        if let Some(kind) = event.get_mut(member) {
            *kind = name.into();
        }
        event
    }

    /// Signs a body with every secret of the endpoint, as a sender does now.
    pub(super) fn signed(&self, scheme: Scheme, body: impl Into<Vec<u8>>) -> Result<Delivery> {
        self.signed_by(&self.all, scheme, self.now, body)
    }

    /// Signs a body at another time.
    pub(super) fn signed_at(
        &self,
        scheme: Scheme,
        offset: i64,
        body: impl Into<Vec<u8>>,
    ) -> Result<Delivery> {
        let at = UnixTime::from_secs(self.now.as_secs().saturating_add_signed(offset));
        self.signed_by(&self.all, scheme, at, body)
    }

    /// Signs a body with the secrets of a webhook.
    pub(super) fn signed_by(
        &self,
        webhook: &Webhook,
        scheme: Scheme,
        at: UnixTime,
        body: impl Into<Vec<u8>>,
    ) -> Result<Delivery> {
        let body = body.into();
        let signed = webhook.sign(Some(scheme), &self.unique("msg"), at, &body)?;
        let headers = signed.headers().map(|(name, value)| (name.to_owned(), value.into()));
        let kind = [("Content-Type".to_owned(), b"application/json".to_vec())];
        Ok(Delivery { headers: kind.into_iter().chain(headers).collect(), body })
    }

    /// A genuine delivery of an event of its own.
    pub(super) fn genuine(&self) -> Result<Delivery> {
        self.signed(self.first_scheme(), self.event().to_string())
    }

    /// The signatures of an endpoint's secrets for what a delivery says of itself, without their versions.
    fn signatures(&self, delivery: &Delivery) -> Vec<String> {
        let text = |name: &str| {
            delivery.header(name).and_then(|value| String::from_utf8(value.to_vec()).ok())
        };
        let id = text("svix-id").unwrap_or_else(|| "msg".to_owned());
        let at = text("svix-timestamp").and_then(|at| at.parse().ok());
        let at = at.map_or(self.now, UnixTime::from_secs);
        let signed = self
            .schemes()
            .into_iter()
            .filter_map(|scheme| self.all.sign(Some(scheme), &id, at, &delivery.body).ok());
        signed
            .flat_map(|signed| {
                let words = signed.signature().split([' ', ',', '=']);
                words.filter(|word| word.len() >= 40).map(str::to_owned).collect::<Vec<_>>()
            })
            .collect()
    }

    /// The case of a delivery in one POST.
    pub(super) fn case(
        &self,
        target: &Target,
        name: &str,
        delivery: &Delivery,
        expected: Expected,
    ) -> Case {
        let Delivery { headers, body } = delivery;
        let lines = headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
        let request = Request::new(target, "POST", lines, body, Framing::Length);
        Case { name: name.to_owned(), request, expected, secret_texts: self.signatures(delivery) }
    }
}

impl Delivery {
    /// The value of a header.
    pub(super) fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_slice())
    }

    /// The signature header: the last one.
    pub(super) fn signature(&self) -> &[u8] {
        self.headers.last().map_or(&[], |(_, value)| value)
    }

    /// With another value of the signature header.
    pub(super) fn with_signature(mut self, value: impl Into<Vec<u8>>) -> Self {
        if let Some((_, signature)) = self.headers.last_mut() {
            *signature = value.into();
        }
        self
    }

    /// With another value of a header.
    pub(super) fn changed(mut self, name: &str, value: &str) -> Self {
        for (_, old) in self.headers.iter_mut().filter(|(found, _)| found == name) {
            *old = value.into();
        }
        self
    }

    /// With another header line.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(0, (name.to_owned(), value.into()));
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(found, _)| found != name);
        self
    }

    pub(super) fn with_body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// With other names of the header lines.
    pub(super) fn renamed(mut self, rename: impl Fn(&str) -> String) -> Self {
        for (name, _) in &mut self.headers {
            *name = rename(name);
        }
        self
    }
}
