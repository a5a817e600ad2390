//! The methods of a webhook endpoint.

use core::fmt;

use crate::{
    builder::Builder,
    error::{Error, PayloadFlaw},
    event::Event,
    header::HeaderText,
    scheme::Scheme,
    sender::Sender,
    time::UnixTime,
    transfer,
    verify::{Endpoint, Request, Verified},
};

/// A webhook endpoint: its prepared secrets and its options.
///
/// Build it when the receiver starts, share it between threads, and call it once per delivery. It
/// does not keep the secrets' text, and it does not deduplicate deliveries.
pub struct Webhook(Endpoint);

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
    /// Pivot signs the body alone. No other scheme can be accepted beside it, and a captured delivery
    /// stays valid unless [`Builder::max_event_age`] is set.
    ///
    /// # Errors
    ///
    /// `secret_empty`, `secret_malformed`, `secret_weak`.
    pub fn pivot(secret: &str) -> Result<Self, Error> {
        Self::pivot_builder().secret(secret).build()
    }

    /// A Pivotal endpoint with options, or with several secrets while one is rotated.
    pub fn builder() -> Builder {
        Builder::new(Sender::Pivotal)
    }

    /// A Pivot endpoint with options.
    pub fn pivot_builder() -> Builder {
        Builder::new(Sender::Pivot)
    }

    /// Verifies signature and time by the system clock, then parses the JSON.
    ///
    /// `body` is the raw body as it was received. An empty body gives `null`.
    ///
    /// # Errors
    ///
    /// Every code except the codes of construction and of events: see [`ErrorCode`](crate::ErrorCode).
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
    /// The same as [`verify`](Self::verify).
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
        // The text has been validated, so this can't fail.
        serde_json::from_str(text)
            .map_err(|_| Error::PayloadMalformed { flaw: PayloadFlaw::Syntax })
    }

    /// [`verify_at`](Self::verify_at) for a parser of your own: returns the JSON text after validating
    /// it. The text is a strict JSON object, or `null` for an empty body.
    ///
    /// # Errors
    ///
    /// The same as [`verify`](Self::verify).
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
        self.0.verify_text(&Request::new(body, headers, now))
    }

    /// Verifies signature and time by the system clock, then reads the event.
    ///
    /// `body` is the raw body as it was received. Types and fields that this version does
    /// not list are not an error.
    ///
    /// # Errors
    ///
    /// The same as [`verify`](Self::verify), with `payload_malformed` for an empty body too; `event_malformed` for
    /// JSON that is not an event of this endpoint's sender; `event_type_mismatch` for an event whose
    /// type differs from the scheme's unsigned header.
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
    /// The same as [`unwrap`](Self::unwrap).
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
        Event::read(self.0.authenticate(&Request::new(body, headers, now))?)
    }

    /// Verifies signature and time by the system clock, without reading the body as JSON.
    ///
    /// # Errors
    ///
    /// The same as [`verify`](Self::verify), but `payload_malformed` only where
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
    /// The same as [`verify_signature`](Self::verify_signature).
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
        self.0.verify_signature(&Request::new(body, headers, now))
    }

    /// Checks `content-encoding` and `content-length` of a request before its body is read. Returns the
    /// announced length, if there is one.
    ///
    /// Receivers that read bodies themselves call this. A sender may announce a wrong length, so the
    /// receiver still has to limit the body to [`max_body`](Self::max_body) while it reads.
    ///
    /// # Errors
    ///
    /// `header_malformed` for a `content-encoding` other than `identity`, `payload_too_large` for an
    /// announced length above `max_body`.
    pub fn announced_length<'h, N, V>(
        &self,
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Option<usize>, Error>
    where
        N: HeaderText<'h>,
        V: HeaderText<'h>,
    {
        transfer::announced_length(headers, self.max_body())
    }

    /// The accepted schemes, in the order in which they are looked for.
    pub fn schemes(&self) -> impl Iterator<Item = Scheme> {
        self.0.accepted.iter().map(|accepted| accepted.scheme)
    }

    /// The sender of the deliveries.
    #[must_use]
    pub const fn sender(&self) -> Sender {
        self.0.sender
    }

    /// The longest accepted body, in bytes. A host that copies bodies can stop one byte after it.
    #[must_use]
    pub const fn max_body(&self) -> usize {
        self.0.max_body
    }

    pub(crate) const fn endpoint(&self) -> &Endpoint {
        &self.0
    }
}

impl Builder {
    /// Checks the options and prepares the keys; the secrets' text is wiped.
    ///
    /// # Errors
    ///
    /// `config_invalid`, `secret_empty`, `secret_malformed`, `secret_weak`.
    pub fn build(self) -> Result<Webhook, Error> {
        self.endpoint().map(Webhook)
    }
}

/// Writes the names of the schemes and no secret.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Webhook")?;
        f.debug_list().entries(self.schemes()).finish()
    }
}
