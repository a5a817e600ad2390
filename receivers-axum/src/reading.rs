//! Reads the body of one request up to a limit, and discards the rest of a refused one.

use std::time::Duration;

use axum_core::body::Body;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header::TRANSFER_ENCODING};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use pivotal_webhooks::{Error, Webhook};

/// How much of a refused body is read and thrown away, so that the sender gets to read the answer.
const MAX_DISCARDED_BYTES: u64 = 4 * 1024 * 1024;

/// How long a refused body is discarded, if its sender stalls.
const MAX_DISCARD_TIME: Duration = Duration::from_secs(2);

/// The most bytes that are reserved for an announced body before they have arrived.
const MAX_RESERVED: usize = 64 * 1024;

/// Why a body was not read to its end.
pub(crate) enum Stop {
    Refused(Error),
    Aborted,
}

/// The body of one request while it is read.
pub(crate) struct Reading {
    body: Body,
    announced: usize,
    is_chunked: bool,
    /// How many bytes were read.
    pub(crate) size: usize,
}

impl Reading {
    pub(crate) fn new(body: Body, headers: &HeaderMap) -> Self {
        let is_chunked = headers.contains_key(TRANSFER_ENCODING);
        Self { body, announced: 0, is_chunked, size: 0 }
    }

    /// The whole body, unless its headers or its length are refused.
    pub(crate) async fn read(
        &mut self,
        webhook: &Webhook,
        headers: &HeaderMap,
    ) -> Result<Bytes, Stop> {
        let announced = webhook.announced_length(headers).map_err(Stop::Refused)?;
        self.announced = announced.unwrap_or_default();
        // A body in one piece is not copied.
        let mut first = Bytes::new();
        let mut buffer = BytesMut::new();
        while let Some(frame) = self.body.frame().await {
            // Trailers are no part of the body.
            let Ok(piece) = frame.map_err(|_| Stop::Aborted)?.into_data() else { continue };
            self.size = self.size.saturating_add(piece.len());
            if self.size > webhook.max_body() {
                return Err(Stop::Refused(Error::PayloadTooLarge));
            }
            if self.size == piece.len() {
                first = piece;
                continue;
            }
            if buffer.is_empty() {
                buffer.reserve(self.size.max(self.announced.min(MAX_RESERVED)));
                buffer.extend_from_slice(&first);
            }
            buffer.extend_from_slice(&piece);
        }
        Ok(if buffer.is_empty() { first } else { buffer.freeze() })
    }

    /// Whether fewer bytes arrived than were announced, because something read the body before.
    pub(crate) const fn is_incomplete(&self) -> bool {
        self.size < self.announced || (self.is_chunked && self.size == 0)
    }

    /// Discards the rest of the body. Returns whether its end was reached, so that the connection can carry
    /// the next request.
    pub(crate) async fn discard(&mut self) -> bool {
        if self.body.size_hint().lower() > MAX_DISCARDED_BYTES {
            return false;
        }
        let discarding = async {
            let mut left = MAX_DISCARDED_BYTES;
            while let Some(frame) = self.body.frame().await {
                let Ok(frame) = frame else { return false };
                let length = frame.data_ref().map_or(0, Bytes::len);
                let Some(rest) =
                    u64::try_from(length).ok().and_then(|length| left.checked_sub(length))
                else {
                    return false;
                };
                left = rest;
            }
            true
        };
        tokio::time::timeout(MAX_DISCARD_TIME, discarding).await.unwrap_or(false)
    }
}
