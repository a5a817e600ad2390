//! The values that the headers of a request state, parsed and not yet verified.

use alloc::{vec, vec::Vec};

use crate::{
    encoding,
    error::Error,
    header::{Header, HeaderValue},
    mac::TAG_LEN,
    time::UnixTime,
};

/// The values that one scheme reads from the headers. They are unverified: do not use them before the
/// MAC has been checked.
pub(crate) struct Claims<'h> {
    /// The signed delivery id.
    pub(crate) id: Option<&'h str>,
    /// The signed time.
    pub(crate) timestamp: Option<UnixTime>,
    /// The received bytes that the sender signed before the body, in pieces.
    pub(crate) signed_prefix: [&'h [u8]; 4],
    /// The header that carries the candidates.
    pub(crate) signature_header: &'static str,
    pub(crate) candidates: Candidates,
    /// The unsigned header that names the event type.
    pub(crate) unsigned_event_type: Option<Header<'h>>,
    /// The unsigned header that names the delivery.
    pub(crate) unsigned_delivery_id: Option<Header<'h>>,
}

impl<'h> Claims<'h> {
    pub(crate) fn signed_parts(&self, body: &'h [u8]) -> [&'h [u8]; 5] {
        let [first, second, third, fourth] = self.signed_prefix;
        [first, second, third, fourth, body]
    }
}

/// The signatures of one header. Entries that can't be a tag are counted and skipped.
pub(crate) struct Candidates {
    entries: usize,
    tags: Vec<[u8; TAG_LEN]>,
}

impl Candidates {
    /// Starts an empty list. Refuses a header that is too long without reading it.
    pub(crate) fn of(header: HeaderValue<'_>) -> Result<Self, Error> {
        if header.bytes.len() > MAX_HEADER_LEN {
            return Err(Error::TooManySignatures { header: header.header });
        }
        Ok(Self { entries: 0, tags: Vec::new() })
    }

    /// A single candidate, for schemes whose header holds one signature.
    pub(crate) fn only(tag: [u8; TAG_LEN]) -> Self {
        Self { entries: 1, tags: vec![tag] }
    }

    /// Counts an entry, and keeps it if it is the base64 of a tag. Others are no error, so that they
    /// can't hide a valid entry.
    pub(crate) fn add(
        &mut self,
        header: HeaderValue<'_>,
        base64: Option<&[u8]>,
    ) -> Result<(), Error> {
        if self.entries >= MAX_ENTRIES {
            return Err(Error::TooManySignatures { header: header.header });
        }
        self.entries = self.entries.saturating_add(1);
        self.tags.extend(base64.and_then(encoding::tag_from_base64));
        Ok(())
    }

    pub(crate) fn entries(&self) -> usize {
        self.entries
    }

    pub(crate) fn tags(&self) -> &[[u8; TAG_LEN]] {
        &self.tags
    }
}

/// Twice what eight secrets with two versions each would need.
const MAX_ENTRIES: usize = 32;

/// More than [`MAX_ENTRIES`] with versions and separators take: 48 bytes each.
const MAX_HEADER_LEN: usize = 8 * 1024;
