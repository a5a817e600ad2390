//! Switches for tests. Each is compiled only with its feature.

#[cfg(feature = "panic-probe")]
use core::sync::atomic::{AtomicBool, Ordering};

#[cfg(feature = "secret-probe")]
use subtle::Choice;

/// Panics if the body starts as a special one does. The tests of the bindings and the receivers use it to
/// check how a panic is handled.
#[cfg(feature = "panic-probe")]
pub(crate) fn panic_if_probed(body: &[u8]) {
    assert!(!body.starts_with(b"pivotal-webhooks panic probe"), "panic probe");
}

#[cfg(feature = "panic-probe")]
static ARMED: AtomicBool = AtomicBool::new(false);

/// Makes the next entry of a binding panic.
#[cfg(feature = "panic-probe")]
pub fn arm_panic() {
    ARMED.store(true, Ordering::SeqCst);
}

/// Panics once after [`arm_panic`]. Every entry of a binding calls it.
#[cfg(feature = "panic-probe")]
pub fn panic_if_armed() {
    assert!(!ARMED.swap(false, Ordering::SeqCst), "panic probe");
}

/// Tells a memory checker which bytes are secret, and which values that were computed from them may
/// be known to everyone. A test sets it, and then looks for branches and addresses that depend on
/// secret bytes.
#[cfg(feature = "secret-probe")]
#[derive(Clone, Copy, Debug)]
pub struct SecretProbe {
    /// Is called with every key, before it is used.
    pub secret: fn(&[u8]),
    /// Is called with the verdict: whether a key matched, and its number.
    pub public: fn(&mut [u8]),
}

#[cfg(feature = "secret-probe")]
static SECRET_PROBE: std::sync::OnceLock<SecretProbe> = std::sync::OnceLock::new();

#[cfg(feature = "secret-probe")]
impl SecretProbe {
    /// Sets the probe of this process. Only the first one is used.
    pub fn set(self) {
        SECRET_PROBE.get_or_init(|| self);
    }
}

/// Marks the bytes of a key as secret.
#[cfg(feature = "secret-probe")]
pub(crate) fn mark_secret(key: &[u8]) {
    if let Some(probe) = SECRET_PROBE.get() {
        (probe.secret)(key);
    }
}

/// The same verdict, whose bytes are public.
#[cfg(feature = "secret-probe")]
pub(crate) fn as_public(found: Choice, number: u8) -> (Choice, u8) {
    let mut verdict = [found.unwrap_u8(), number];
    if let Some(probe) = SECRET_PROBE.get() {
        (probe.public)(&mut verdict);
    }
    let [found, number] = verdict;
    (Choice::from(found), number)
}
