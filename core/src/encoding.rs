//! Strict base64, hex and decimal digits: no character is skipped or repaired.

use alloc::{string::String, vec, vec::Vec};

use base64::{
    decoded_len_estimate,
    engine::{
        Engine as _,
        general_purpose::{STANDARD, STANDARD_NO_PAD},
    },
};
use zeroize::Zeroizing;

use crate::mac::TAG_LEN;

/// A tag's length in padded base64.
const BASE64_TAG_LEN: usize = 44;

/// Reads a received tag: 44 characters of canonical, padded, standard base64.
pub(crate) fn tag_from_base64(text: &[u8]) -> Option<[u8; TAG_LEN]> {
    let mut tag = [0; TAG_LEN];
    if text.len() != BASE64_TAG_LEN {
        return None;
    }
    let length = STANDARD.decode_slice(text, &mut tag).ok()?;
    (length == TAG_LEN).then_some(tag)
}

/// Reads a received tag: 64 hex digits in either case.
pub(crate) fn tag_from_hex(text: &[u8]) -> Option<[u8; TAG_LEN]> {
    let mut tag = [0; TAG_LEN];
    let (pairs, rest) = text.as_chunks::<2>();
    if pairs.len() != TAG_LEN || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in tag.iter_mut().zip(pairs) {
        *byte = (nibble(*high)? << 4) | nibble(*low)?;
    }
    Some(tag)
}

/// Reads a secret's base64: standard alphabet, with complete padding or none.
///
/// The decoder indexes tables by the secret's bytes. It runs once, at construction.
pub(crate) fn secret_from_base64(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let engine = if text.ends_with('=') { &STANDARD } else { &STANDARD_NO_PAD };
    // The decoder would not wipe a buffer of its own when it stops at an invalid character.
    let mut bytes = Zeroizing::new(vec![0; decoded_len_estimate(text.len())]);
    let length = engine.decode_slice(text, &mut bytes).ok()?;
    bytes.truncate(length);
    Some(bytes)
}

/// Writes a tag as 44 characters of standard base64.
///
/// The encoder of the crate `base64` would add 268 bytes (brotli) to the WebAssembly module.
pub(crate) fn base64(tag: &[u8; TAG_LEN]) -> String {
    // 32 bytes and a zero are 11 groups of 4 digits. The last digit is of the zero alone, and is
    // written as `=`.
    let mut padded = [0; TAG_LEN + 1];
    for (to, from) in padded.iter_mut().zip(tag) {
        *to = *from;
    }
    let mut text = [b'='; BASE64_TAG_LEN];
    for (digits, [a, b, c]) in text.as_chunks_mut::<4>().0.iter_mut().zip(padded.as_chunks().0) {
        *digits = [a >> 2, a << 4 | b >> 4, b << 2 | c >> 6, *c].map(digit);
    }
    if let Some(last) = text.last_mut() {
        *last = b'=';
    }
    text.iter().copied().map(char::from).collect()
}

fn digit(number: u8) -> u8 {
    DIGITS.get(usize::from(number & 63)).copied().unwrap_or_default()
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Writes bytes as lower-case hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|nibble| char::from_digit(nibble.into(), 16))
        .collect()
}

/// Reads a number of at most 19 decimal digits.
pub(crate) fn parse_digits(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |value, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        Some(value.wrapping_mul(10).wrapping_add(digit.into()))
    })
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => digit.checked_sub(b'0'),
        b'a'..=b'f' => digit.checked_sub(b'a' - 10),
        b'A'..=b'F' => digit.checked_sub(b'A' - 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn tags_survive_the_round_trip(tag: [u8; TAG_LEN]) {
            prop_assert_eq!(base64(&tag), STANDARD.encode(tag));
            prop_assert_eq!(tag_from_base64(base64(&tag).as_bytes()), Some(tag));
            prop_assert_eq!(tag_from_hex(hex(&tag).as_bytes()), Some(tag));
            prop_assert_eq!(tag_from_hex(hex(&tag).to_uppercase().as_bytes()), Some(tag));
        }

        #[test]
        fn secrets_survive_the_round_trip(secret: Vec<u8>) {
            for engine in [&STANDARD, &STANDARD_NO_PAD] {
                let read = secret_from_base64(&engine.encode(&secret));
                prop_assert_eq!(read.as_deref(), Some(&secret));
            }
        }

        #[test]
        fn a_number_is_read_as_it_was_written(number in ..10_000_000_000_000_000_000_u64) {
            prop_assert_eq!(parse_digits(alloc::format!("{number}").as_bytes()), Some(number));
        }

        #[test]
        fn a_tag_has_one_base64_text(tag: [u8; TAG_LEN], at in 0..BASE64_TAG_LEN, byte: u8) {
            let mut text = base64(&tag).into_bytes();
            prop_assume!(text[at] != byte);
            text[at] = byte;
            prop_assert_ne!(tag_from_base64(&text), Some(tag));
        }

        #[test]
        fn other_lengths_are_no_tags(text in proptest::collection::vec(any::<u8>(), 0..100)) {
            if text.len() != BASE64_TAG_LEN {
                prop_assert_eq!(tag_from_base64(&text), None);
            }
            if text.len() != 2 * TAG_LEN {
                prop_assert_eq!(tag_from_hex(&text), None);
            }
        }
    }
}
