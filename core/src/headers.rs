//! The headers of a request: which of them the schemes read, and what a repeated one means.

use alloc::{string::String, vec::Vec};

use crate::{
    error::Error,
    scheme::{pivot, pivotal, svix},
};

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

/// So that `&HashMap<&str, &str>` works too.
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

/// The headers that the schemes read, picked out of a request in one pass.
#[derive(Default)]
pub(crate) struct Headers<'h> {
    pub(crate) svix: svix::Headers<'h>,
    pub(crate) pivotal: pivotal::Headers<'h>,
    pub(crate) pivot: pivot::Headers<'h>,
}

impl<'h> Headers<'h> {
    /// Every header that some scheme reads, in lower case.
    pub(crate) const NAMES: &'static [&'static str] = &[
        svix::ID,
        svix::TIMESTAMP,
        svix::SIGNATURE,
        svix::UNBRANDED_ID,
        svix::UNBRANDED_TIMESTAMP,
        svix::UNBRANDED_SIGNATURE,
        pivotal::SIGNATURE,
        pivotal::EVENT_TYPE,
        pivotal::DELIVERY_ID,
        pivot::SIGNATURE,
    ];

    pub(crate) fn collect<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: HeaderText<'h>,
        V: HeaderText<'h>,
    {
        let mut headers = Self::default();
        for (name, value) in pairs {
            headers.put(name, value);
        }
        headers
    }

    pub(crate) fn put(&mut self, name: impl HeaderText<'h>, value: impl HeaderText<'h>) {
        if let Some(field) = self.field(name.header_bytes()) {
            field.put(value.header_bytes());
        }
    }

    /// The one of [`NAMES`](Self::NAMES) that this is.
    pub(crate) fn known(name: &[u8]) -> Option<&'static str> {
        is_of_their_length(name)
            .then(|| Self::NAMES.iter().find(|known| is_name(name, known)).copied())
            .flatten()
    }

    fn field(&mut self, name: &[u8]) -> Option<&mut Field<'h>> {
        if !is_of_their_length(name) {
            return None;
        }
        self.fields().find(|field| field.is_named(name))
    }

    /// The header at a place in [`NAMES`](Self::NAMES).
    pub(crate) fn at(&mut self, place: usize) -> Option<&mut Field<'h>> {
        self.fields().nth(place)
    }

    /// In the order of [`NAMES`](Self::NAMES).
    fn fields(&mut self) -> impl Iterator<Item = &mut Field<'h>> {
        let [one, two, three, four, five, six] = self.svix.fields();
        let [seven, eight, nine] = self.pivotal.fields();
        let [ten] = self.pivot.fields();
        [one, two, three, four, five, six, seven, eight, nine, ten].into_iter()
    }
}

/// Most headers of a request are none of ours, and their length tells.
fn is_of_their_length(name: &[u8]) -> bool {
    let length = u32::try_from(name.len()).ok();
    length.and_then(|length| LENGTHS.checked_shr(length)).is_some_and(|lengths| lengths & 1 == 1)
}

/// Most hosts hand names over in lower case already.
fn is_name(name: &[u8], lower: &str) -> bool {
    name == lower.as_bytes() || name.eq_ignore_ascii_case(lower.as_bytes())
}

/// The lengths of [`Headers::NAMES`], a bit for each.
const LENGTHS: u64 = {
    let (mut lengths, mut names) = (0, Headers::NAMES);
    while let [name, rest @ ..] = names {
        lengths |= 1 << name.len();
        names = rest;
    }
    lengths
};

/// One header that a scheme reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'h> {
    name: &'static str,
    value: Value<'h>,
}

#[derive(Clone, Copy, Debug)]
enum Value<'h> {
    Missing,
    Once(&'h [u8]),
    Differing,
}

impl<'h> Field<'h> {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, value: Value::Missing }
    }

    pub(crate) fn is_named(&self, name: &[u8]) -> bool {
        is_name(name, self.name)
    }

    pub(crate) fn is_present(&self) -> bool {
        !matches!(self.value, Value::Missing)
    }

    /// The value, or why there is not exactly one.
    pub(crate) fn require(&self) -> Result<Text<'h>, Error> {
        match self.value {
            Value::Missing => Err(self.missing()),
            Value::Once(bytes) => Ok(Text { header: self.name, bytes }),
            Value::Differing => Err(Error::HeaderDuplicated { header: self.name }),
        }
    }

    pub(crate) const fn malformed(&self) -> Error {
        Error::HeaderMalformed { header: self.name }
    }

    pub(crate) const fn missing(&self) -> Error {
        Error::HeaderMissing { header: self.name }
    }

    /// The value of a header that nothing signs: short and printable, or not worth having.
    pub(crate) fn unauthenticated(&self) -> Option<&'h str> {
        match self.value {
            Value::Once(bytes) if bytes.len() <= 256 => core::str::from_utf8(bytes)
                .ok()
                .filter(|text| text.bytes().all(|byte| matches!(byte, b' '..=b'~'))),
            _ => None,
        }
    }

    /// Refuses an event of another type than a header that nothing signs says. One that did not
    /// arrive says nothing.
    pub(crate) fn agree_on_type(&self, event_type: &str) -> Result<(), Error> {
        match self.value {
            Value::Missing => Ok(()),
            Value::Once(bytes) if bytes == event_type.as_bytes() => Ok(()),
            Value::Once(_) | Value::Differing => {
                Err(Error::EventTypeMismatch { header: self.name })
            }
        }
    }

    /// Several equal values are one: a proxy that repeats a line changes nothing.
    pub(crate) fn put(&mut self, value: &'h [u8]) {
        self.value = match self.value {
            Value::Missing => Value::Once(value),
            Value::Once(first) if first == value => Value::Once(first),
            Value::Once(_) | Value::Differing => Value::Differing,
        };
    }
}

/// A header's only value, which still knows where it came from.
#[derive(Clone, Copy)]
pub(crate) struct Text<'h> {
    pub(crate) header: &'static str,
    pub(crate) bytes: &'h [u8],
}

impl Text<'_> {
    pub(crate) fn malformed(&self) -> Error {
        Error::HeaderMalformed { header: self.header }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_header_is_at_its_place() {
        let mut headers = Headers::default();
        for (place, name) in Headers::NAMES.iter().enumerate() {
            assert_eq!(headers.at(place).unwrap().name, *name);
        }
        assert!(headers.at(Headers::NAMES.len()).is_none());
    }
}
