//! A marked body that makes the core panic, so that the tests of the bindings can show what a panic
//! becomes.

/// Panics if the body is the marked one.
pub(crate) fn panic_if_probed(body: &[u8]) {
    assert!(body != b"pivotal-webhooks panic probe", "panic probe");
}
