//! Base64 by its definition (RFC 4648, section 4), bit by bit.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) fn encode(bytes: &[u8]) -> String {
    let bits: Vec<u8> =
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let mut text: String = bits
        .chunks(6)
        .map(|group| {
            let number = group.iter().fold(0, |number, bit| number << 1 | usize::from(*bit));
            char::from(ALPHABET[number << (6 - group.len())])
        })
        .collect();
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// The bytes whose one canonical encoding the text is. If the padding is optional, it may be left out
/// as a whole.
pub(super) fn decode(text: &str, is_padding_optional: bool) -> Option<Vec<u8>> {
    let mut bits = Vec::new();
    for symbol in text.trim_end_matches('=').bytes() {
        let number = ALPHABET.iter().position(|other| *other == symbol)?;
        bits.extend((0..6).rev().map(|bit| number >> bit & 1));
    }
    let bytes: Vec<u8> = bits
        .chunks_exact(8)
        .map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit == 1)))
        .collect();
    let canonical = encode(&bytes);
    let is_unpadded = is_padding_optional && text == canonical.trim_end_matches('=');
    (text == canonical || is_unpadded).then_some(bytes)
}
