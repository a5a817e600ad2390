//! Requests to valgrind. They do nothing in a program that runs without it.

#![allow(unsafe_code, reason = "the requests are C macros")]

use std::ffi::{CStr, c_char, c_uint, c_void};

unsafe extern "C" {
    safe fn request_is_valgrind() -> c_uint;
    safe fn request_reports() -> c_uint;
    safe fn request_count_from_here();
    fn request_count_to_here(name: *const c_char);
    fn request_secret(start: *const c_void, length: usize);
    fn request_public(start: *const c_void, length: usize);
}

/// Whether this program runs under valgrind.
pub fn is_there() -> bool {
    request_is_valgrind() != 0
}

/// How many faults memcheck has reported until now.
pub fn reports() -> u32 {
    request_reports()
}

/// Runs a call, and has callgrind write the number of its instructions under this name.
pub fn count_instructions(name: &CStr, call: impl FnOnce()) {
    request_count_from_here();
    call();
    // SAFETY: the request reads the name up to its end, and keeps no address of it.
    unsafe { request_count_to_here(name.as_ptr()) }
}

/// Marks bytes as secret: memcheck then reports each branch and each address that depends on them.
pub fn mark_secret(bytes: &[u8]) {
    // SAFETY: the request changes what memcheck notes about these bytes, and not the bytes.
    unsafe { request_secret(bytes.as_ptr().cast(), bytes.len()) }
}

/// Marks bytes as public again.
pub fn mark_public(bytes: &mut [u8]) {
    // SAFETY: as above.
    unsafe { request_public(bytes.as_ptr().cast(), bytes.len()) }
}
