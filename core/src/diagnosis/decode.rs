//! Undoes encodings that a delivery or a secret may have been given on its way.

use alloc::{string::String, vec::Vec};

use base64::alphabet;
use base64::engine::{
    DecodePaddingMode, Engine as _,
    general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD},
};

/// Base64 in the standard or the URL-safe alphabet, with or without padding.
pub(super) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii();
    [&alphabet::STANDARD, &alphabet::URL_SAFE].into_iter().find_map(|alphabet| {
        let config = GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true);
        GeneralPurpose::new(alphabet, config).decode(text).ok().filter(|bytes| !bytes.is_empty())
    })
}

pub(super) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Pairs of hex digits.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.is_empty() || !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| hex_byte(*high, *low)).collect()
}

/// Percent-encoding, in which `+` is a space if it comes from a form. `None` if nothing is encoded.
pub(super) fn percent(text: &[u8], is_form: bool) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, behind @ ..] = rest {
        rest = behind;
        decoded.push(match (byte, behind) {
            (b'%', [high, low, after @ ..]) => {
                rest = after;
                hex_byte(*high, *low)?
            }
            (b'+', _) if is_form => b' ',
            _ => *byte,
        });
    }
    (decoded != text).then_some(decoded)
}

/// The bytes of text in the character set Latin-1, if the text has no other characters.
pub(super) fn to_latin1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect()
}

/// The text of bytes in the character set Latin-1.
pub(super) fn from_latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The bytes of text in Windows' character set 1252, which has other characters than Latin-1 from 80 to
/// 9F.
pub(super) fn to_windows1252(text: &str) -> Option<Vec<u8>> {
    let byte = |letter: char| {
        let in_table = WINDOWS_1252.iter().zip(0x80..).find(|(known, _)| **known == letter);
        in_table.map(|(_, byte)| byte).or_else(|| u8::try_from(u32::from(letter)).ok())
    };
    text.chars().map(byte).collect()
}

/// The characters from 80 to 9F. Those that are not defined stay as they are.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

fn hex_byte(high: u8, low: u8) -> Option<u8> {
    let digit =
        |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    Some(digit(high)? << 4 | digit(low)?)
}
