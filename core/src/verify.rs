//! The pipeline that every verification runs: it takes a request and returns a verified delivery.

use alloc::{string::String, vec::Vec};

use crate::{
    error::{Error, PayloadFlaw},
    header::{Header, HeaderName, HeaderText, Headers, Value},
    json,
    mac::{self, Key},
    scheme::Scheme,
    sender::Sender,
    time::{EventTime, Tolerance, UnixTime},
};

/// One request, and the receiver's time.
pub(crate) struct Request<'a> {
    pub(crate) body: &'a [u8],
    pub(crate) headers: Headers<'a>,
    pub(crate) now: UnixTime,
}

impl<'a> Request<'a> {
    pub(crate) fn new<N, V>(
        body: &'a [u8],
        headers: impl IntoIterator<Item = (N, V)>,
        now: UnixTime,
    ) -> Self
    where
        N: HeaderText<'a>,
        V: HeaderText<'a>,
    {
        Self { body, headers: Headers::collect(headers), now }
    }
}

/// The checked options of a webhook and its prepared keys.
pub(crate) struct Endpoint {
    pub(crate) sender: Sender,
    pub(crate) accepted: Vec<Accepted>,
    pub(crate) labels: Vec<Option<String>>,
    pub(crate) tolerance: Tolerance,
    pub(crate) max_body: usize,
    pub(crate) max_event_age: Option<u64>,
    /// The endpoint's name in idempotency keys.
    pub(crate) source: String,
}

/// A scheme that an endpoint accepts, and its keys.
pub(crate) struct Accepted {
    pub(crate) scheme: Scheme,
    /// In order, each with the number of the secret that it comes from.
    pub(crate) keys: Vec<(u8, Key)>,
}

impl Accepted {
    /// One key per secret: the one that a sender would sign with.
    pub(crate) fn signing_keys(&self) -> impl Iterator<Item = &Key> {
        let mut before = None;
        self.keys.iter().filter_map(move |(secret, key)| {
            (before.replace(*secret) != Some(*secret)).then_some(key)
        })
    }
}

impl Endpoint {
    /// Verifies signature and time.
    pub(crate) fn verify_signature<'a>(
        &'a self,
        request: &Request<'a>,
    ) -> Result<Verified<'a>, Error> {
        self.authenticate(request).map(|authenticated| authenticated.delivery)
    }

    /// Verifies signature and time, and validates the body as JSON; an empty body is `null`.
    pub(crate) fn verify_text<'a>(&'a self, request: &Request<'a>) -> Result<&'a str, Error> {
        let authenticated = self.authenticate(request)?;
        if request.body.is_empty() {
            return Ok("null");
        }
        let (_, object) = authenticated.into_parts()?;
        Ok(object.text)
    }

    /// The pipeline. Every verification runs these steps in this order.
    pub(crate) fn authenticate<'a>(
        &'a self,
        request: &Request<'a>,
    ) -> Result<Authenticated<'a>, Error> {
        let Request { body, headers, now } = request;
        #[cfg(feature = "panic-probe")]
        crate::probe::panic_if_probed(body);

        now.check_clock()?;
        if body.len() > self.max_body {
            return Err(Error::PayloadTooLarge);
        }
        let accepted = self.accepted_for(headers)?;
        let claims = accepted.scheme.parse(headers)?;
        let secret = mac::matching_key(
            accepted.keys.iter().map(|(secret, key)| (*secret, key)),
            &claims.signed_parts(body),
            claims.candidates.tags(),
        )
        .ok_or(if body.is_empty() {
            Error::BodyEmpty { header: claims.signature_header }
        } else {
            Error::SignatureMismatch { header: claims.signature_header }
        })?;
        // The time is checked after the MAC, so that "too old" always means an authentic delivery.
        if let Some(signed_at) = claims.timestamp {
            self.tolerance.check(signed_at, *now)?;
        }
        let object = self.check_event_age(accepted.scheme, body, *now)?;

        let delivery = Verified {
            scheme: accepted.scheme,
            id: claims.id,
            timestamp: claims.timestamp,
            secret,
            label: self.labels.get(usize::from(secret)).and_then(Option::as_deref),
            received_at: *now,
            body,
            source: &self.source,
            event_type_header: claims.unsigned_event_type,
            delivery_id_header: claims.unsigned_delivery_id,
            is_restored: false,
        };
        Ok(Authenticated { delivery, object })
    }

    /// The first accepted scheme whose signature header arrived. No other scheme is tried after it.
    pub(crate) fn accepted_for(&self, headers: &Headers<'_>) -> Result<&Accepted, Error> {
        let present = self.accepted.iter().find(|accepted| accepted.scheme.is_present(headers));
        present.ok_or_else(|| {
            let first = self.accepted.first();
            Error::HeaderMissing {
                header: first.map_or("", |first| first.scheme.signature_header().as_str()),
            }
        })
    }

    /// Checks the age of a body that carries its own time, where the scheme signs none. Returns the
    /// body's object if it was read for this.
    fn check_event_age<'a>(
        &self,
        scheme: Scheme,
        body: &'a [u8],
        now: UnixTime,
    ) -> Result<Option<json::Object<'a>>, Error> {
        let (Some(max_age), Some(member)) = (self.max_event_age, scheme.event_time_member()) else {
            return Ok(None);
        };
        let no_time = Error::PayloadMalformed { flaw: PayloadFlaw::Timestamp };
        if body.is_empty() {
            return Err(no_time);
        }
        let object = json::validate(body)?;
        let timestamp = object.get(member).and_then(|found| found.value.string());
        let happened = timestamp.and_then(EventTime::read).ok_or(no_time)?;
        self.tolerance.check_age(happened.unix_seconds(), now, max_age)?;
        Ok(Some(object))
    }
}

/// The facts of a delivery that has been verified, as a dump of its event contains them.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(feature = "binding"),
    expect(unreachable_pub, reason = "only the language bindings make facts of their own")
)]
pub struct Facts<'a> {
    /// The scheme of the signature.
    pub scheme: Scheme,
    /// The name of the endpoint in idempotency keys.
    pub source: &'a str,
    /// The signed delivery id.
    pub id: Option<&'a str>,
    /// The signed time in Unix seconds.
    pub timestamp: Option<u64>,
    /// The receiver's time minus the signed time, in seconds.
    pub skew: Option<i64>,
    /// The label of the secret that made the signature.
    pub label: Option<&'a str>,
    /// The event type of an unsigned header.
    pub event_type: Option<&'a str>,
    /// The delivery id of an unsigned header.
    pub delivery_id: Option<&'a str>,
}

impl<'a> Facts<'a> {
    /// A delivery with these facts. Nothing is verified here.
    pub(crate) fn trusted(self, body: &'a [u8]) -> Authenticated<'a> {
        let header = |name: HeaderName, text: Option<&'a str>| {
            text.map(|text| Header { name: name.as_str(), value: Value::Once(text.as_bytes()) })
        };
        let signed_at = self.timestamp.unwrap_or_default();
        let received_at = signed_at.saturating_add_signed(self.skew.unwrap_or_default());
        let delivery = Verified {
            scheme: self.scheme,
            id: self.id,
            timestamp: self.timestamp.map(UnixTime::from_secs),
            secret: 0,
            label: self.label,
            received_at: UnixTime::from_secs(received_at),
            body,
            source: self.source,
            event_type_header: header(HeaderName::PivotalEvent, self.event_type),
            delivery_id_header: header(HeaderName::PivotalDeliveryId, self.delivery_id),
            is_restored: true,
        };
        Authenticated { delivery, object: None }
    }
}

/// An authentic delivery, with its body's JSON if the pipeline had to read it.
pub(crate) struct Authenticated<'a> {
    delivery: Verified<'a>,
    object: Option<json::Object<'a>>,
}

impl<'a> Authenticated<'a> {
    /// The delivery and its body's outermost object, which is read at most once.
    pub(crate) fn into_parts(self) -> Result<(Verified<'a>, json::Object<'a>), Error> {
        let object = match self.object {
            Some(object) => object,
            None => json::validate(self.delivery.body)?,
        };
        Ok((self.delivery, object))
    }
}

/// The facts of a verified delivery that the signature covers.
///
/// Only verification makes one, and [`Dump::restore_trusted`](crate::Dump::restore_trusted), whose facts
/// say that they [were restored](Self::is_restored):
///
/// ```compile_fail,E0451
/// let forged = pivotal_webhooks::Verified { body: b"{}", ..unreachable!() };
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Verified<'a> {
    scheme: Scheme,
    id: Option<&'a str>,
    timestamp: Option<UnixTime>,
    secret: u8,
    label: Option<&'a str>,
    received_at: UnixTime,
    body: &'a [u8],
    source: &'a str,
    event_type_header: Option<Header<'a>>,
    delivery_id_header: Option<Header<'a>>,
    is_restored: bool,
}

impl<'a> Verified<'a> {
    /// The scheme of the signature.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The signed delivery id. Only `svix` signs one.
    #[must_use]
    pub const fn id(&self) -> Option<&'a str> {
        self.id
    }

    /// The signed time. `pivot` signs none.
    #[must_use]
    pub const fn timestamp(&self) -> Option<UnixTime> {
        self.timestamp
    }

    /// The receiver's time minus the signed time, in seconds: negative if the signed time is ahead.
    /// `pivot` signs no time. A skew that grows means that a clock drifts.
    #[must_use]
    pub fn skew(&self) -> Option<i64> {
        self.timestamp.map(|signed_at| self.received_at.since(signed_at))
    }

    /// The label of the secret that made the signature, if it has one.
    #[must_use]
    pub const fn label(&self) -> Option<&'a str> {
        self.label
    }

    /// Whether the facts come from a dump of the event. Another process has then verified the
    /// delivery, and this one trusts the queue that the dump came through.
    #[must_use]
    pub const fn is_restored(&self) -> bool {
        self.is_restored
    }

    /// What a dump says of the delivery.
    pub(crate) fn facts(&self) -> Facts<'a> {
        let unauthenticated = self.unauthenticated();
        Facts {
            scheme: self.scheme,
            source: self.source,
            id: self.id,
            timestamp: self.timestamp.map(UnixTime::as_secs),
            skew: self.skew(),
            label: self.label,
            event_type: unauthenticated.event_type,
            delivery_id: unauthenticated.delivery_id,
        }
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

    /// The name of the endpoint that verified the delivery.
    pub(crate) const fn source(&self) -> &'a str {
        self.source
    }

    /// The values of unsigned headers. Anyone between sender and receiver may have written them.
    #[must_use]
    pub fn unauthenticated(&self) -> Unauthenticated<'a> {
        let text = |header: Option<Header<'a>>| header.and_then(|header| header.printable());
        Unauthenticated {
            event_type: text(self.event_type_header),
            delivery_id: text(self.delivery_id_header),
        }
    }

    /// Refuses an event of another type than the unsigned header says, if that header arrived.
    pub(crate) fn agree_on_type(&self, event_type: &str) -> Result<(), Error> {
        let Some(header) = self.event_type_header else {
            return Ok(());
        };
        match header.value {
            Value::Missing => Ok(()),
            Value::Once(bytes) if bytes == event_type.as_bytes() => Ok(()),
            Value::Once(_) | Value::Repeated { .. } => {
                Err(Error::EventTypeMismatch { header: header.name })
            }
        }
    }
}

/// The values of headers that the signature does not cover. Log them, but do not base decisions on
/// them.
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
