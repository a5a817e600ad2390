//! Strict base64 and hex: one text for each value, nothing skipped, nothing repaired.

use alloc::{string::String, vec, vec::Vec};

use zeroize::Zeroizing;

use crate::mac::TAG_LEN;

/// A tag's length in padded base64.
const BASE64_TAG_LEN: usize = 44;

/// Reads a received tag: 44 characters of canonical, padded, standard base64.
pub(crate) fn tag_from_base64(text: &[u8]) -> Option<[u8; TAG_LEN]> {
    let mut tag = [0; TAG_LEN];
    let digits = text.strip_suffix(b"=").filter(|_| text.len() == BASE64_TAG_LEN)?;
    read_base64(digits, &mut tag)?;
    Some(tag)
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

/// Reads a secret's base64: standard alphabet, padding either absent or complete.
pub(crate) fn secret_from_base64(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let padded = text.strip_suffix("==").or_else(|| text.strip_suffix('='));
    if padded.is_some() && !text.len().is_multiple_of(4) {
        return None;
    }
    let digits = padded.unwrap_or(text).as_bytes();
    let mut bytes = Zeroizing::new(vec![0; digits.len().checked_mul(3)? / 4]);
    read_base64(digits, &mut bytes)?;
    Some(bytes)
}

/// Reads digits into as many bytes as they make. What is left of the last digit must be zeros.
///
/// Not by the crate `base64`, which in WebAssembly is a tenth of a verifier.
fn read_base64(digits: &[u8], bytes: &mut [u8]) -> Option<()> {
    let mut bytes = bytes.iter_mut();
    let (mut bits, mut count, mut flaws) = (0_u16, 0_u32, 0_i16);
    for digit in digits {
        let sextet = sextet(*digit);
        flaws |= sextet;
        bits = (bits << 6) | u16::try_from(sextet & 63).ok()?;
        count = count.wrapping_add(6) & 7;
        if count < 6 {
            *bytes.next()? = u8::try_from(bits.wrapping_shr(count)).ok()?;
            bits &= !u16::MAX.wrapping_shl(count);
        }
    }
    (flaws >= 0 && count < 6 && bits == 0 && bytes.next().is_none()).then_some(())
}

/// What a digit stands for; negative for what is none. Nothing branches on it, as it may be secret.
fn sextet(digit: u8) -> i16 {
    let digit = i16::from(digit);
    // A number is negative just if the bits above its byte are ones.
    let of = |first: u8, last: u8, value: i16| {
        let (from, to) = (i16::from(first).wrapping_sub(1), i16::from(last).wrapping_add(1));
        let is_between = (from.wrapping_sub(digit) & digit.wrapping_sub(to)) >> 8;
        is_between & digit.wrapping_sub(from).wrapping_add(value)
    };
    // At most one is not 0.
    let counted_from_1 = of(b'A', b'Z', 0)
        | of(b'a', b'z', 26)
        | of(b'0', b'9', 52)
        | of(b'+', b'+', 62)
        | of(b'/', b'/', 63);
    counted_from_1.wrapping_sub(1)
}

/// Writes a tag as 44 characters of standard base64.
pub(crate) fn base64(tag: &[u8; TAG_LEN]) -> String {
    let digits = tag.chunks(3).flat_map(|bytes| {
        let mut group = [0; 4];
        for (to, from) in group.iter_mut().skip(1).zip(bytes) {
            *to = *from;
        }
        let group = u32::from_be_bytes(group);
        let shifts = [18, 12, 6, 0].into_iter().take(bytes.len().saturating_add(1));
        shifts.filter_map(move |shift| digit(u8::try_from(group.wrapping_shr(shift) & 63).ok()?))
    });
    digits.chain(['=']).collect()
}

fn digit(sextet: u8) -> Option<char> {
    let digit = match sextet {
        0..26 => sextet.checked_add(b'A'),
        26..52 => sextet.checked_add(b'a' - 26),
        52..62 => sextet.checked_sub(52 - b'0'),
        62 => Some(b'+'),
        _ => Some(b'/'),
    };
    digit.map(char::from)
}

/// Writes a tag as 64 lower-case hex digits.
pub(crate) fn hex(tag: &[u8; TAG_LEN]) -> String {
    tag.iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|nibble| char::from_digit(nibble.into(), 16))
        .collect()
}

/// How many characters a text has.
pub(crate) fn characters(text: &str) -> usize {
    let begins_one = |byte: &u8| !matches!(byte, 0x80..=0xBF);
    text.bytes().filter(begins_one).count()
}

/// Writes a number in decimal digits.
pub(crate) fn decimal(number: u64) -> String {
    let mut text = if number < 10 { String::new() } else { decimal(number / 10) };
    text.extend(u32::try_from(number % 10).ok().and_then(|digit| char::from_digit(digit, 10)));
    text
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
    use base64::engine::{
        Engine as _,
        general_purpose::{STANDARD, STANDARD_NO_PAD},
    };
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
        fn base64_is_what_the_crate_takes_it_for(
            text in "[A-Za-z0-9+/]{0,70}[A-Za-z0-9+/=]{0,4}|[ -~é]{0,50}",
        ) {
            let engine = if text.ends_with('=') { &STANDARD } else { &STANDARD_NO_PAD };
            let read = secret_from_base64(&text).map(|bytes| bytes.to_vec());
            prop_assert_eq!(read, engine.decode(&text).ok());
        }

        #[test]
        fn secrets_survive_the_round_trip(secret: Vec<u8>) {
            for engine in [&STANDARD, &STANDARD_NO_PAD] {
                let read = secret_from_base64(&engine.encode(&secret));
                prop_assert_eq!(read.as_deref(), Some(&secret));
            }
        }

        #[test]
        fn characters_are_counted(text: String) {
            prop_assert_eq!(characters(&text), text.chars().count());
        }

        #[test]
        fn a_number_is_written_as_it_is_everywhere(number: u64, shift in 0..64_u32) {
            let number = number >> shift;
            prop_assert_eq!(decimal(number), alloc::format!("{number}"));
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
