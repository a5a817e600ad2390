//! A special body that makes the core panic. The tests of the bindings use it to check how a panic is
//! handled.

/// Panics if the body is the special one.
pub(crate) fn panic_if_probed(body: &[u8]) {
    assert!(body != b"pivotal-webhooks panic probe", "panic probe");
}
