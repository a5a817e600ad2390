//! HMAC-SHA256 and SHA-256, by `ring`.

use ring::{digest, hmac};

pub(super) fn tag(key: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref().to_vec()
}

pub(super) fn sha256(message: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, message).as_ref().to_vec()
}

/// The key in the form in which HMAC uses it: hashed if it is longer than a block, then padded with
/// zeros to one.
pub(super) fn block(key: &[u8]) -> Vec<u8> {
    let mut block = if key.len() > 64 { sha256(key) } else { key.to_vec() };
    block.resize(64, 0);
    block
}
