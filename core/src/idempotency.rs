//! The key that names an event in a store of handled events.

use alloc::string::String;

use crate::{encoding, mac};

/// Whether a name can stand for an endpoint in keys: 1 to 64 of the characters a-z, 0-9, `_` and `-`.
pub(crate) fn is_source(name: &str) -> bool {
    let is_allowed = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    (1..=MAX_LEN).contains(&name.len()) && name.bytes().all(is_allowed)
}

const MAX_LEN: usize = 64;

/// The key of an event: its source, `_`, and its [`digest`] as 32 hex digits. A key is a legal name of
/// a job in every queue.
pub(crate) fn key(source: &str, id: Option<&str>, body: &[u8]) -> String {
    let mut key = String::from(source);
    key.push('_');
    key.push_str(&encoding::hex(&digest(id, body)));
    key
}

/// Half of the SHA-256 of what identifies an event: of `id`, a zero byte and the event's id, or of
/// `body`, a zero byte and the body of an event without an id. No id has the digest of a body.
pub(crate) fn digest(id: Option<&str>, body: &[u8]) -> [u8; DIGEST_LEN] {
    let identity: [&[u8]; 2] = match id {
        Some(id) => [b"id\0", id.as_bytes()],
        None => [b"body\0", body],
    };
    mac::digest(&identity).first_chunk().copied().unwrap_or_default()
}

/// Bytes of a digest.
pub(crate) const DIGEST_LEN: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_half_of_a_digest_behind_its_source() {
        assert_eq!(
            key("pivotal", Some("evt_1"), b"{}"),
            "pivotal_fc151bb927959bdc3bacb19b6b608607"
        );
    }

    #[test]
    fn an_id_and_an_equal_body_have_different_keys() {
        assert_ne!(key("a", Some("{}"), b""), key("a", None, b"{}"));
    }

    #[test]
    fn a_source_has_the_characters_of_a_job_id() {
        for name in ["a", "pivotal", "eu-1_crm", &"z".repeat(64)] {
            assert!(is_source(name), "{name}");
        }
        for name in ["", "A", "a:b", "a b", "é", "a\n", &"z".repeat(65)] {
            assert!(!is_source(name), "{name}");
        }
    }
}
