//! A webhook endpoint, and the one way through it.

use alloc::{string::String, vec::Vec};
use core::fmt;

use crate::{
    error::Error,
    event::{Event, Sender},
    headers::{Field, HeaderText, Headers},
    json,
    mac::{self, Key},
    scheme::Scheme,
    time::{Tolerance, UnixTime},
};

mod builder;

pub use builder::Builder;

/// A webhook endpoint: its secrets, prepared once, and what it accepts.
///
/// Build it when the receiver starts, share it between threads, and call it once per delivery.
/// The secrets' text is not kept.
pub struct Webhook {
    accepted: Vec<Accepted>,
    labels: Vec<Option<String>>,
    tolerance: Tolerance,
    max_body: usize,
    max_event_age: Option<u64>,
}

impl Webhook {
    /// A Pivotal endpoint with one signing secret: accepts `svix` and `pivotal` headers.
    ///
    /// # Errors
    ///
    /// `secret_empty`, `secret_malformed`, `secret_weak`.
    pub fn new(secret: &str) -> Result<Self, Error> {
        Self::builder().secret(secret).build()
    }

    /// A Pivot endpoint with one signing secret.
    ///
    /// Pivot signs the body alone, so nothing else can be accepted beside it, and a captured
    /// delivery stays valid unless [`Builder::max_event_age`] is set.
    ///
    /// # Errors
    ///
    /// `secret_empty`, `secret_malformed`, `secret_weak`.
    pub fn pivot(secret: &str) -> Result<Self, Error> {
        Self::pivot_builder().secret(secret).build()
    }

    /// A Pivotal endpoint with options, or with several secrets while one is rotated.
    pub fn builder() -> Builder {
        Builder::pivotal()
    }

    /// A Pivot endpoint with options.
    pub fn pivot_builder() -> Builder {
        Builder::pivot()
    }

    /// Verifies signature and time by the system clock, then parses the JSON.
    ///
    /// `body` is the raw body as it came over the wire. An empty body gives `null`.
    ///
    /// # Errors
    ///
    /// Every code but those of construction; see [`ErrorCode`](crate::ErrorCode).
    #[cfg(feature = "std")]
    pub fn verify<'a, N, V>(
        &'a self,
        body: &'a [u8],
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Result<serde_json::Value, Error>
    where
        N: HeaderText<'a>,
        V: HeaderText<'a>,
    {
        self.verify_at(body, headers, UnixTime::now()?)
    }

    /// [`verify`](Self::verify) by another clock.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub fn verify_at<'a, N, V>(
        &'a self,
        body: &'a [u8],
        headers: impl IntoIterator<Item = (N, V)>,
        now: UnixTime,
    ) -> Result<serde_json::Value, Error>
    where
        N: HeaderText<'a>,
        V: HeaderText<'a>,
    {
        let text = self.verify_text_at(body, headers, now)?;
        // Judged before, so this can't fail; if it did, the body would be at fault.
        serde_json::from_str(text)
            .map_err(|_| Error::PayloadMalformed { flaw: crate::PayloadFlaw::Syntax })
    }

    /// [`verify_at`](Self::verify_at) for a parser of your own: the JSON text, judged but not built.
    ///
    /// The text is a strict JSON object, or `null` for an empty body.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub fn verify_text_at<'a, N, V>(
        &'a self,
        body: &'a [u8],
        headers: impl IntoIterator<Item = (N, V)>,
        now: UnixTime,
    ) -> Result<&'a str, Error>
    where
        N: HeaderText<'a>,
        V: HeaderText<'a>,
    {
        self.verify_text_in(body, &Headers::collect(headers), now)
    }

    pub(crate) fn verify_text_in<'a>(
        &'a self,
        body: &'a [u8],
        headers: &Headers<'a>,
        now: UnixTime,
    ) -> Result<&'a str, Error> {
        self.authenticate(body, headers, now)?;
        if body.is_empty() { Ok("null") } else { Ok(json::judge(body)?.text) }
    }

    /// Verifies signature and time by the system clock, then reads the event.
    ///
    /// `body` is the raw body as it came over the wire. Types and fields that this version has never
    /// seen are no error.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify), `payload_malformed` for an empty body too; `event_malformed` for
    /// JSON that is no event of this endpoint's sender, and `event_type_mismatch` for one of another
    /// type than the unsigned header of the scheme says.
    #[cfg(feature = "std")]
    pub fn unwrap<'a, N, V>(
        &'a self,
        body: &'a [u8],
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Event<'a>, Error>
    where
        N: HeaderText<'a>,
        V: HeaderText<'a>,
    {
        self.unwrap_at(body, headers, UnixTime::now()?)
    }

    /// [`unwrap`](Self::unwrap) by another clock.
    ///
    /// # Errors
    ///
    /// As [`unwrap`](Self::unwrap).
    pub fn unwrap_at<'a, N, V>(
        &'a self,
        body: &'a [u8],
        headers: impl IntoIterator<Item = (N, V)>,
        now: UnixTime,
    ) -> Result<Event<'a>, Error>
    where
        N: HeaderText<'a>,
        V: HeaderText<'a>,
    {
        self.unwrap_in(body, &Headers::collect(headers), now)
    }

    pub(crate) fn unwrap_in<'a>(
        &'a self,
        body: &'a [u8],
        headers: &Headers<'a>,
        now: UnixTime,
    ) -> Result<Event<'a>, Error> {
        Event::read(self.authenticate(body, headers, now)?)
    }

    /// Verifies signature and time by the system clock, and leaves the body alone.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify), but `payload_malformed` only where
    /// [`Builder::max_event_age`] needs the body read.
    #[cfg(feature = "std")]
    pub fn verify_signature<'a, N, V>(
        &'a self,
        body: &'a [u8],
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Verified<'a>, Error>
    where
        N: HeaderText<'a>,
        V: HeaderText<'a>,
    {
        self.verify_signature_at(body, headers, UnixTime::now()?)
    }

    /// [`verify_signature`](Self::verify_signature) by another clock.
    ///
    /// # Errors
    ///
    /// As [`verify_signature`](Self::verify_signature).
    pub fn verify_signature_at<'a, N, V>(
        &'a self,
        body: &'a [u8],
        headers: impl IntoIterator<Item = (N, V)>,
        now: UnixTime,
    ) -> Result<Verified<'a>, Error>
    where
        N: HeaderText<'a>,
        V: HeaderText<'a>,
    {
        self.authenticate(body, &Headers::collect(headers), now)
    }

    /// The schemes that this endpoint accepts, in the order in which it looks for them.
    pub fn schemes(&self) -> impl Iterator<Item = Scheme> {
        self.accepted.iter().map(Accepted::scheme)
    }

    /// Whose deliveries arrive.
    #[must_use]
    pub fn sender(&self) -> Sender {
        // One endpoint has one sender, whichever of its schemes are accepted.
        self.schemes().next().map_or(Sender::Pivotal, Scheme::sender)
    }

    /// The longest body that is hashed, in bytes. A host that copies bodies need not copy more than
    /// one byte beyond it.
    #[must_use]
    pub const fn max_body(&self) -> usize {
        self.max_body
    }

    pub(crate) fn accepted(&self) -> impl Iterator<Item = &Accepted> {
        self.accepted.iter()
    }

    /// The pipeline. Every verification is this, in this order.
    pub(crate) fn authenticate<'a>(
        &'a self,
        body: &'a [u8],
        headers: &Headers<'a>,
        now: UnixTime,
    ) -> Result<Verified<'a>, Error> {
        #[cfg(feature = "panic-probe")]
        crate::binding::panic_if_probed(body);

        if body.len() > self.max_body {
            return Err(Error::PayloadTooLarge);
        }
        let accepted = self.accepted_in(headers)?;
        let claims = accepted.scheme.parse(headers)?;
        let secret = mac::matching_key(
            accepted.keys.iter().map(|(secret, key)| (*secret, key)),
            &claims.signed_parts(body),
            claims.candidates.tags(),
        )
        .ok_or(Error::SignatureMismatch { header: claims.signature_header })?;
        // After the MAC, so that "too old" is only ever said of an authentic delivery.
        if let Some(signed_at) = claims.timestamp {
            self.tolerance.check(signed_at, now)?;
        }
        self.check_event_age(body, now)?;

        Ok(Verified {
            scheme: accepted.scheme,
            id: claims.id,
            timestamp: claims.timestamp,
            secret,
            label: self.labels.get(usize::from(secret)).and_then(Option::as_deref),
            received_at: now,
            body,
            event_type_header: claims.unsigned_event_type,
            delivery_id_header: claims.unsigned_delivery_id,
        })
    }

    /// The first accepted scheme whose signature header arrived. There is no second try.
    fn accepted_in(&self, headers: &Headers<'_>) -> Result<&Accepted, Error> {
        let header = self.accepted.first().map_or("", |first| first.scheme.signature_header());
        self.accepted
            .iter()
            .find(|accepted| accepted.scheme.is_present(headers))
            .ok_or(Error::HeaderMissing { header })
    }

    /// The age of a body that carries its own time, where the scheme signs none.
    fn check_event_age(&self, body: &[u8], now: UnixTime) -> Result<(), Error> {
        let Some(max_age) = self.max_event_age else {
            return Ok(());
        };
        let no_time = Error::PayloadMalformed { flaw: crate::PayloadFlaw::Timestamp };
        if body.is_empty() {
            return Err(no_time);
        }
        let timestamp = json::judge(body)?.get("timestamp").and_then(|found| found.value.string());
        let happened = timestamp.and_then(|text| UnixTime::from_rfc3339(&text)).ok_or(no_time)?;
        self.tolerance.check_age(happened, now, max_age)
    }
}

/// Names the schemes, never a secret.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Webhook")?;
        f.debug_list().entries(self.schemes()).finish()
    }
}

/// A delivery that was verified: what the signature covered, and nothing else.
///
/// Only verification makes one.
#[derive(Clone, Copy, Debug)]
pub struct Verified<'a> {
    scheme: Scheme,
    id: Option<&'a str>,
    timestamp: Option<UnixTime>,
    secret: u8,
    label: Option<&'a str>,
    received_at: UnixTime,
    body: &'a [u8],
    event_type_header: Option<Field<'a>>,
    delivery_id_header: Option<Field<'a>>,
}

impl<'a> Verified<'a> {
    /// The scheme that the delivery was signed in.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The signed delivery id; only `svix` signs one.
    #[must_use]
    pub const fn id(&self) -> Option<&'a str> {
        self.id
    }

    /// When it was signed; `pivot` signs no time.
    #[must_use]
    pub const fn timestamp(&self) -> Option<UnixTime> {
        self.timestamp
    }

    /// Seconds between the signed time and the receiver's clock, negative for a signed time that is
    /// ahead; none where no time is signed. What drifts here drifts towards the tolerance.
    #[must_use]
    pub fn skew(&self) -> Option<i64> {
        let (signed, received) = (self.timestamp?.as_secs(), self.received_at.as_secs());
        let skew = i64::try_from(signed.abs_diff(received)).ok()?;
        if signed > received { skew.checked_neg() } else { Some(skew) }
    }

    /// The label of the secret that made the signature, if it has one.
    #[must_use]
    pub const fn label(&self) -> Option<&'a str> {
        self.label
    }

    /// The number of the secret that made the signature, counted from 0.
    pub(crate) const fn secret(&self) -> u8 {
        self.secret
    }

    /// The bytes that were signed.
    #[must_use]
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }

    /// What unsigned headers say. Anyone on the way may have written it.
    #[must_use]
    pub fn unauthenticated(&self) -> Unauthenticated<'a> {
        let text = |header: Option<Field<'a>>| header.and_then(|header| header.unauthenticated());
        Unauthenticated {
            event_type: text(self.event_type_header),
            delivery_id: text(self.delivery_id_header),
        }
    }

    /// Refuses an event of another type than an unsigned header says.
    pub(crate) fn agree_on_type(&self, event_type: &str) -> Result<(), Error> {
        self.event_type_header.map_or(Ok(()), |header| header.agree_on_type(event_type))
    }
}

/// What headers outside the signature say: fit for a log, not for a decision.
#[derive(Clone, Copy, Debug)]
pub struct Unauthenticated<'a> {
    event_type: Option<&'a str>,
    delivery_id: Option<&'a str>,
}

impl<'a> Unauthenticated<'a> {
    /// The event type of the `pivotal` scheme's header.
    #[must_use]
    pub const fn event_type(&self) -> Option<&'a str> {
        self.event_type
    }

    /// The delivery id of the `pivotal` scheme's header.
    #[must_use]
    pub const fn delivery_id(&self) -> Option<&'a str> {
        self.delivery_id
    }
}

/// A scheme that a webhook accepts, and the keys that it takes for it.
pub(crate) struct Accepted {
    scheme: Scheme,
    /// With the number of the secret that each key comes from, in order.
    keys: Vec<(u8, Key)>,
}

impl Accepted {
    pub(crate) const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// One key per secret: the one that a sender would sign with.
    pub(crate) fn signing_keys(&self) -> impl Iterator<Item = &Key> {
        let mut before = None;
        self.keys.iter().filter_map(move |(secret, key)| {
            (before.replace(*secret) != Some(*secret)).then_some(key)
        })
    }
}
