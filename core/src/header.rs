//! The headers that the schemes read: their names, and their values in one request.

use alloc::{borrow::Cow, string::String, vec::Vec};

use crate::error::Error;

/// A header's name or value, as the host holds it.
///
/// `&HashMap<String, String>`, `&http::HeaderMap` (feature `http`), arrays of pairs of `&str` and
/// anything else that yields pairs of these types can be passed as headers. Names are compared
/// without regard to ASCII case; values are taken byte for byte.
pub trait HeaderText<'h> {
    /// The text's bytes.
    fn header_bytes(self) -> &'h [u8];
}

impl<'h, 's: 'h> HeaderText<'h> for &'s [u8] {
    fn header_bytes(self) -> &'h [u8] {
        self
    }
}

impl<'h, 's: 'h> HeaderText<'h> for &'s Vec<u8> {
    fn header_bytes(self) -> &'h [u8] {
        self
    }
}

impl<'h, 's: 'h> HeaderText<'h> for &'s str {
    fn header_bytes(self) -> &'h [u8] {
        self.as_bytes()
    }
}

impl<'h, 's: 'h> HeaderText<'h> for &'s String {
    fn header_bytes(self) -> &'h [u8] {
        self.as_bytes()
    }
}

/// So that `&HashMap<&str, &str>` can be passed too.
impl<'h, T: HeaderText<'h> + Copy> HeaderText<'h> for &T {
    fn header_bytes(self) -> &'h [u8] {
        (*self).header_bytes()
    }
}

#[cfg(feature = "http")]
impl<'h, 's: 'h> HeaderText<'h> for &'s http::HeaderName {
    fn header_bytes(self) -> &'h [u8] {
        self.as_str().as_bytes()
    }
}

#[cfg(feature = "http")]
impl<'h, 's: 'h> HeaderText<'h> for &'s http::HeaderValue {
    fn header_bytes(self) -> &'h [u8] {
        self.as_bytes()
    }
}

/// Makes the enum, its list and its texts from one table.
macro_rules! header_names {
    ($($(#[$doc:meta])* $header:ident = $name:literal,)*) => {
        /// A header that some scheme reads.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum HeaderName {
            $($(#[$doc])* $header,)*
        }

        impl HeaderName {
            /// Every header that some scheme reads; bindings pass a header as its index in this list.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$header,)*];

            /// The texts of [`ALL`](Self::ALL), in the same order.
            pub(crate) const TEXTS: &'static [&'static str] = &[$($name,)*];

            /// The name in lower case.
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$header => $name,)*
                }
            }
        }
    };
}

header_names! {
    SvixId = "svix-id",
    SvixTimestamp = "svix-timestamp",
    SvixSignature = "svix-signature",
    WebhookId = "webhook-id",
    WebhookTimestamp = "webhook-timestamp",
    WebhookSignature = "webhook-signature",
    PivotalSignature = "pivotal-signature",
    /// Not signed.
    PivotalEvent = "pivotal-event",
    /// Not signed.
    PivotalDeliveryId = "pivotal-delivery-id",
    PivotSignature = "x-pivot-signature",
}

impl HeaderName {
    /// The header of a name in any letter case.
    pub(crate) fn find(name: &[u8]) -> Option<Self> {
        let length = u32::try_from(name.len()).ok()?;
        if LENGTHS.checked_shr(length)? & 1 == 0 {
            return None;
        }
        let ([first, ..], [.., last]) = (name, name) else { return None };
        let (first, last) = (first.to_ascii_lowercase(), last.to_ascii_lowercase());
        // Length, first and last letter leave one candidate, so that the names are compared once.
        let index = Self::TEXTS.iter().position(|known| {
            let known = known.as_bytes();
            known.len() == name.len()
                && known.first() == Some(&first)
                && known.last() == Some(&last)
                // Most hosts give names in lower case already.
                && (name == known || name.eq_ignore_ascii_case(known))
        })?;
        Self::ALL.get(index).copied()
    }

    /// The header's index in [`ALL`](Self::ALL).
    const fn index(self) -> usize {
        #[expect(clippy::as_conversions, reason = "the discriminants count from 0")]
        let index = self as usize;
        index
    }
}

/// The lengths of all names, one bit for each: most headers of a request have another length.
const LENGTHS: u64 = {
    let (mut lengths, mut names) = (0, HeaderName::TEXTS);
    while let [name, rest @ ..] = names {
        lengths |= 1 << name.len();
        names = rest;
    }
    lengths
};

/// How many bytes of a line are read. Every scheme refuses a line of this length.
pub(crate) const LONGEST_LINE: usize = 64 * 1024;

/// The values of a request's headers that some scheme reads.
#[derive(Default)]
pub(crate) struct Headers<'h> {
    values: [Value<'h>; HeaderName::ALL.len()],
    /// The second and later lines of repeated headers.
    further: Vec<(HeaderName, &'h [u8])>,
}

impl<'h> Headers<'h> {
    /// Selects the headers of a request in one pass.
    pub(crate) fn collect<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: HeaderText<'h>,
        V: HeaderText<'h>,
    {
        let mut headers = Self::default();
        for (name, value) in pairs {
            if let Some(name) = HeaderName::find(name.header_bytes()) {
                headers.add(name, value.header_bytes());
            }
        }
        headers
    }

    /// Adds a line, or the beginning of a line that is too long for every scheme.
    pub(crate) fn add(&mut self, name: HeaderName, line: &'h [u8]) {
        let line = line.get(..LONGEST_LINE).unwrap_or(line);
        let Some(value) = self.values.get_mut(name.index()) else { return };
        *value = match *value {
            Value::Missing => Value::Once(line),
            Value::Once(first) | Value::Repeated { first } => {
                self.further.push((name, line));
                Value::Repeated { first }
            }
        };
    }

    /// The value of a header that is a list: its lines joined by commas (RFC 9110, 5.3), as many
    /// hosts join them themselves.
    pub(crate) fn list(&self, name: HeaderName) -> Cow<'h, [u8]> {
        match self.get(name).value {
            Value::Missing => Cow::Borrowed(b""),
            Value::Once(line) => Cow::Borrowed(line),
            Value::Repeated { first } => {
                let mut joined = Vec::from(first);
                for (_, line) in self.further.iter().filter(|(header, _)| *header == name) {
                    joined.push(b',');
                    joined.extend_from_slice(line);
                }
                Cow::Owned(joined)
            }
        }
    }

    /// A header of the request, which may be missing.
    pub(crate) fn get(&self, name: HeaderName) -> Header<'h> {
        let value = self.values.get(name.index()).copied().unwrap_or_default();
        Header { name: name.as_str(), value }
    }
}

/// One header of a request, which may be missing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header<'h> {
    pub(crate) name: &'static str,
    pub(crate) value: Value<'h>,
}

/// The lines of a request that have one name.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Value<'h> {
    #[default]
    Missing,
    Once(&'h [u8]),
    /// Two lines or more, equal or not.
    Repeated {
        first: &'h [u8],
    },
}

impl<'h> Header<'h> {
    pub(crate) const fn is_present(&self) -> bool {
        !matches!(self.value, Value::Missing)
    }

    /// The value, or why there is not exactly one.
    pub(crate) const fn require(&self) -> Result<HeaderValue<'h>, Error> {
        match self.value {
            Value::Missing => Err(self.missing()),
            Value::Once(bytes) => Ok(HeaderValue { header: self.name, bytes }),
            Value::Repeated { .. } => Err(Error::HeaderDuplicated { header: self.name }),
        }
    }

    pub(crate) const fn missing(&self) -> Error {
        Error::HeaderMissing { header: self.name }
    }

    /// The value of an unsigned header, if it is short and printable.
    pub(crate) fn printable(&self) -> Option<&'h str> {
        match self.value {
            Value::Once(bytes) if bytes.len() <= 256 => core::str::from_utf8(bytes)
                .ok()
                .filter(|text| text.bytes().all(|byte| matches!(byte, b' '..=b'~'))),
            _ => None,
        }
    }
}

/// The value of a header that arrived once, with the header's name for errors.
#[derive(Clone, Copy)]
pub(crate) struct HeaderValue<'h> {
    pub(crate) header: &'static str,
    pub(crate) bytes: &'h [u8],
}

impl HeaderValue<'_> {
    pub(crate) const fn malformed(&self) -> Error {
        Error::HeaderMalformed { header: self.header }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_header_is_found_by_its_name_and_index() {
        for (index, (header, text)) in HeaderName::ALL.iter().zip(HeaderName::TEXTS).enumerate() {
            assert_eq!(header.as_str(), *text);
            assert_eq!(header.index(), index);
            assert_eq!(HeaderName::find(text.as_bytes()), Some(*header));
            assert_eq!(HeaderName::find(text.to_uppercase().as_bytes()), Some(*header));
        }
        assert_eq!(HeaderName::find(b"svix-ib"), None);
        assert_eq!(HeaderName::find(&[b'a'; 100]), None);
    }
}
