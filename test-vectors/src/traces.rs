//! What a text that shows a secret would contain.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Bytes of the shortest piece that counts as a leak.
const WINDOW: usize = 8;

/// The secret, and every 8 bytes of its text and of its key: raw, in hex, in base64, and as numbers.
#[must_use]
pub fn traces(secret: &str) -> BTreeSet<String> {
    let text = secret.trim();
    let encoded = text.strip_prefix("whsec_").unwrap_or(text);
    let key = STANDARD.decode(encoded).unwrap_or_default();
    let mut traces = BTreeSet::new();
    for bytes in [encoded.as_bytes(), &key] {
        for window in bytes.windows(WINDOW) {
            let hex: String = window.iter().map(|byte| format!("{byte:02x}")).collect();
            let numbers: Vec<String> = window.iter().map(u8::to_string).collect();
            traces.extend([
                window.iter().copied().map(char::from).collect(),
                String::from_utf8_lossy(window).into_owned(),
                hex.to_uppercase(),
                hex,
                STANDARD.encode(window).trim_end_matches('=').to_owned(),
                numbers.join(","),
                numbers.join(", "),
            ]);
        }
    }
    // Some vectors have words for a secret, and so do the messages.
    traces.retain(|trace| !trace.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b' '));
    if text.len() >= WINDOW {
        traces.insert(text.to_owned());
    }
    traces
}

/// The first piece of the secret in the text.
#[must_use]
pub fn leak(secret: &str, text: &str) -> Option<String> {
    traces(secret).into_iter().find(|trace| text.contains(trace.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_finds_what_it_looks_for() {
        let key: Vec<u8> = (0x80..0xa0).collect();
        let encoded = STANDARD.encode(&key);
        let secret = format!("whsec_{encoded}");
        let hex = "8485868788898a8b";
        for leaked in [
            &*secret,
            &encoded,
            encoded.get(9..17).unwrap_or_default(),
            hex,
            &hex.to_uppercase(),
            &format!("{key:?}"),
            &format!("{:?}", &key[4..12]),
            &format!("{:?}", &secret.as_bytes()[6..20]),
            &format!("k = {};", key[3..11].iter().copied().map(char::from).collect::<String>()),
        ] {
            assert!(leak(&secret, leaked).is_some(), "{leaked}");
        }
        assert_eq!(leak(&secret, "a signing secret is not valid (secret_malformed)"), None);
        assert_eq!(leak(&secret, encoded.get(9..16).unwrap_or_default()), None);
    }
}
