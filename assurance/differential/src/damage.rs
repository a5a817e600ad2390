//! The changes that all random inputs have.

use rand::{RngExt as _, rngs::StdRng};

/// Flips a bit, removes a few bytes, or repeats them.
pub(crate) fn damage(random: &mut StdRng, bytes: &mut Vec<u8>) {
    let at = random.random_range(0..=bytes.len());
    let end = bytes.len().min(at + random.random_range(0..8));
    match random.random_range(0..3) {
        0 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
        1 => drop(bytes.drain(at..end)),
        _ => {
            let piece = bytes[at..end].to_vec();
            bytes.splice(at..at, piece);
        }
    }
}
