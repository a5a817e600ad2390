//! HMAC-SHA256 (RFC 2104) and SHA-256. No other module compares tags.

use alloc::boxed::Box;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, Zeroizing};

/// Bytes of a tag.
pub(crate) const TAG_LEN: usize = 32;

/// A computed tag. It is wiped when it is dropped.
pub(crate) type Tag = Zeroizing<[u8; TAG_LEN]>;

/// A key as HMAC uses it: one hash block, padded with zeros. A longer key is hashed first.
///
/// Two secrets with equal blocks make equal signatures. The block is boxed, so that moving it or
/// growing a list of them leaves no copy in memory.
pub(crate) struct KeyBlock(Box<Zeroizing<[u8; BLOCK_LEN]>>);

impl KeyBlock {
    pub(crate) fn new(key: &[u8]) -> Self {
        #[cfg(feature = "secret-probe")]
        crate::probe::mark_secret(key);
        let mut block = Box::new(Zeroizing::new([0; BLOCK_LEN]));
        if let Some(start) = block.get_mut(..key.len()) {
            start.copy_from_slice(key);
        } else {
            let mut digest = digest(&[key]);
            for (to, from) in block.iter_mut().zip(&digest) {
                *to = *from;
            }
            digest.zeroize();
        }
        Self(block)
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.0.ct_eq(&**other.0).into()
    }
}

/// A prepared key: the hash states after the inner and the outer pad. The key itself is not kept.
///
/// It has no `Debug`, `Clone` or equality, so that it can't be printed or compared by accident.
pub(crate) struct Key(Hmac<Sha256>);

impl Key {
    pub(crate) fn prepare(block: &KeyBlock) -> Self {
        Self(Hmac::new((&**block.0).into()))
    }

    /// The tag of the concatenated parts.
    pub(crate) fn tag(&self, parts: &[&[u8]]) -> Tag {
        #[cfg(test)]
        COUNT.set(COUNT.get().saturating_add(1));

        let mut hmac = self.0.clone();
        for part in parts {
            hmac.update(part);
        }
        Zeroizing::new(hmac.finalize().into_bytes().into())
    }
}

/// The SHA-256 of the concatenated parts.
pub(crate) fn digest(parts: &[&[u8]]) -> [u8; TAG_LEN] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// The number, given by the caller, of the first key that made one of the candidates over the parts.
///
/// Every key hashes and every candidate is compared, without an early exit.
pub(crate) fn matching_key<'k>(
    keys: impl IntoIterator<Item = (u8, &'k Key)>,
    parts: &[&[u8]],
    candidates: &[[u8; TAG_LEN]],
) -> Option<u8> {
    if candidates.is_empty() {
        return None;
    }
    let mut found = Choice::from(0);
    let mut number = 0;
    for (this, key) in keys {
        let matches = is_any(&key.tag(parts), candidates);
        // `ConditionallySelectable` negates, and a check for overflow makes a branch of that.
        number |= this & 0_u8.wrapping_sub((matches & !found).unwrap_u8());
        found |= matches;
    }
    #[cfg(feature = "secret-probe")]
    let (found, number) = crate::probe::as_public(found, number);
    bool::from(found).then_some(number)
}

/// Whether the tag is one of the candidates. Every candidate is compared.
fn is_any<'c>(
    tag: &[u8; TAG_LEN],
    candidates: impl IntoIterator<Item = &'c [u8; TAG_LEN]>,
) -> Choice {
    let none = Choice::from(0);
    candidates.into_iter().fold(none, |found, candidate| found | is_same(tag, candidate))
}

/// Compares word by word, which takes fewer steps than byte by byte.
fn is_same(tag: &[u8; TAG_LEN], candidate: &[u8; TAG_LEN]) -> Choice {
    let (tag, _) = tag.as_chunks::<8>();
    let (candidate, _) = candidate.as_chunks::<8>();
    tag.iter().zip(candidate).fold(Choice::from(1), |same, (one, other)| {
        same & u64::from_ne_bytes(*one).ct_eq(&u64::from_ne_bytes(*other))
    })
}

const BLOCK_LEN: usize = 64;

#[cfg(test)]
std::thread_local! {
    /// How many tags this thread has computed.
    pub(crate) static COUNT: core::cell::Cell<usize> = const { core::cell::Cell::new(0) };
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;

    use super::*;

    fn key(bytes: &[u8]) -> Key {
        Key::prepare(&KeyBlock::new(bytes))
    }

    #[test]
    fn a_block_pads_short_keys_and_hashes_long_ones() {
        let long = [7; 65];
        assert!(KeyBlock::new(b"key").is_same(&KeyBlock::new(b"key\0")));
        assert!(KeyBlock::new(&long).is_same(&KeyBlock::new(&Sha256::digest(long))));
        assert!(!KeyBlock::new(&[7; 64]).is_same(&KeyBlock::new(&long)));
    }

    #[test]
    fn a_tag_is_the_same_however_the_message_is_cut() {
        let key = key(&[0x0b; 20]);
        let whole = key.tag(&[b"Hi There"]);
        assert_eq!(whole.first_chunk(), Some(&[0xb0, 0x34, 0x4c, 0x61])); // RFC 4231, case 1
        assert_eq!(*whole, *key.tag(&[b"", b"Hi", b" Th", b"", b"ere"]));
    }

    #[test]
    fn every_key_and_candidate_is_used_whichever_matches() {
        let parts: &[&[u8]] = &[b"body"];
        let keys = [1, 2, 3].map(|byte| key(&[byte; 32]));
        let numbered = [(0, &keys[0]), (1, &keys[1]), (2, &keys[2])];
        let tags = keys.each_ref().map(|key| *key.tag(parts));
        let none = [0; TAG_LEN];
        for (good, expected) in
            [(tags[0], Some(0)), (tags[1], Some(1)), (tags[2], Some(2)), (none, None)]
        {
            let hashed = Cell::new(0);
            let count_keys = numbered.iter().copied().inspect(|_| hashed.set(hashed.get() + 1));
            assert_eq!(matching_key(count_keys, parts, &[good]), expected);
            assert_eq!(hashed.get(), keys.len());
        }
        for candidates in [[tags[0], none, none], [none, none, tags[0]], [none; 3], [tags[0]; 3]] {
            let compared = Cell::new(0);
            let count = candidates.iter().inspect(|_| compared.set(compared.get() + 1));
            let matches = bool::from(is_any(&tags[0], count));
            assert_eq!(matches, candidates.contains(&tags[0]));
            assert_eq!(compared.get(), candidates.len());
        }
    }

    #[test]
    fn a_tag_that_differs_in_any_bit_is_another() {
        let tag = *key(&[1; 32]).tag(&[b"body"]);
        assert!(bool::from(is_same(&tag, &tag)));
        for bit in 0..TAG_LEN * 8 {
            let mut other = tag;
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(!bool::from(is_same(&tag, &other)), "bit {bit}");
        }
    }

    #[test]
    fn an_even_number_of_matches_is_a_match() {
        let key = key(&[1; 32]);
        let good = *key.tag(&[b"body"]);
        let parts: &[&[u8]] = &[b"body"];
        for candidates in [&[good][..], &[good; 2], &[good; 32], &[[0; 32], good, good, [1; 32]]] {
            assert_eq!(matching_key([(3, &key)], parts, candidates), Some(3));
            assert_eq!(matching_key([(3, &key), (4, &key)], parts, candidates), Some(3));
        }
        assert_eq!(matching_key([(3, &key)], parts, &[]), None);
        assert_eq!(matching_key([(3, &key)], parts, &[[0; 32]; 2]), None);
        assert_eq!(matching_key([], parts, &[good]), None);
    }
}
