//! Tagged texts: the strings of a call in one run of bytes.
//!
//! The length of all texts together, all texts without separators, and then for each text its tag in
//! one byte and its length in bytes. [`TextTag::End`] with the length 0 ends them. A length is four
//! bytes, the least significant first. [`NO_VALUE`] as a length marks a text without a value.

use super::{
    super::internal,
    border::{NO_VALUE, Tag, TextTag},
};
use crate::error::Error;

/// The bytes are not tagged texts. Reported as `internal`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Undecodable;

impl From<Undecodable> for Error {
    fn from(Undecodable: Undecodable) -> Self {
        internal()
    }
}

/// Iterates over tagged texts. If the bytes can't be decoded, the last item is an error.
pub(super) struct TaggedTexts<'t> {
    /// The texts that are left.
    joined: &'t [u8],
    /// Their tags and lengths.
    heads: &'t [u8],
    is_done: bool,
}

impl<'t> TaggedTexts<'t> {
    pub(super) fn read(bytes: &'t [u8]) -> Self {
        let parts = bytes.split_first_chunk().and_then(|(length, behind)| {
            behind.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
        });
        let (joined, heads) = parts.unwrap_or_default();
        Self { joined, heads, is_done: false }
    }

    fn decode(&mut self) -> Option<(Tag, Option<&'t [u8]>)> {
        let ([tag, length @ ..], heads) = self.heads.split_first_chunk::<5>()?;
        let tag = Tag::from_number(*tag)?;
        self.heads = heads;
        let length = u32::from_le_bytes(*length);
        if length == NO_VALUE {
            return Some((tag, None));
        }
        let (text, joined) = self.joined.split_at_checked(usize::try_from(length).ok()?)?;
        self.joined = joined;
        Some((tag, Some(text)))
    }
}

impl<'t> Iterator for TaggedTexts<'t> {
    type Item = Result<(Tag, Option<&'t [u8]>), Undecodable>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        match self.decode() {
            Some((Tag::Text(TextTag::End), _)) if self.joined.is_empty() => {
                self.is_done = true;
                None
            }
            None | Some((Tag::Text(TextTag::End), _)) => {
                self.is_done = true;
                Some(Err(Undecodable))
            }
            Some(text) => Some(Ok(text)),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use alloc::{string::String, vec::Vec};

    use super::*;

    /// Encodes texts.
    pub(in super::super) fn tagged(texts: &[(u8, Option<&str>)]) -> Vec<u8> {
        let joined: String = texts.iter().filter_map(|(_, text)| *text).collect();
        let mut bytes = Vec::from(u32::try_from(joined.len()).unwrap().to_le_bytes());
        bytes.extend(joined.bytes());
        for (tag, text) in texts {
            bytes.push(*tag);
            let length = text.map_or(NO_VALUE, |text| text.len().try_into().unwrap());
            bytes.extend(length.to_le_bytes());
        }
        bytes.push(TextTag::End.number());
        bytes.extend([0; 4]);
        bytes
    }

    #[test]
    fn texts_are_decoded_to_what_was_encoded() {
        let texts = [(0, Some("a\u{0}\u{ff}")), (9, None), (0x47, Some("")), (3, Some("é"))];
        let mut bytes = tagged(&texts);
        let is_same = |bytes: &[u8]| {
            TaggedTexts::read(bytes).eq(texts
                .iter()
                .map(|(tag, text)| Ok((Tag::from_number(*tag).unwrap(), text.map(str::as_bytes)))))
        };
        assert!(is_same(&bytes));
        bytes.extend(tagged(&texts));
        assert!(is_same(&bytes), "what is behind the end is not read");
    }

    fn is_refused(bytes: &[u8]) -> bool {
        TaggedTexts::read(bytes).last() == Some(Err(Undecodable))
    }

    #[test]
    fn what_cannot_be_decoded_is_refused_as_internal() {
        let bytes = tagged(&[(0, Some("a")), (3, Some("é"))]);
        for end in 0..bytes.len() {
            assert!(is_refused(bytes.get(..end).unwrap()), "{end}");
        }
        for unknown in [10, 0x3f, 0x4f, 0xfe] {
            assert!(is_refused(&tagged(&[(unknown, Some("a"))])), "{unknown}");
        }
        let mut too_long = bytes;
        *too_long.first_mut().unwrap() += 1;
        assert!(is_refused(&too_long));
    }
}
