//! The WebAssembly face of the core, twin of `bindings-node`: take, ask, answer. What calls it is
//! `js/instance.ts`; the class, the headers and the error are in `bindings-node/js/`.
//!
//! Only numbers cross the border, so that there is no glue between the two. Everything else lies on a
//! [`Desk`], a stretch of memory that both sides know, and what JavaScript laid there is wiped before
//! a call returns, with what the core has left on the stack.
//!
//! A panic is a trap, and a trapped instance is replaced: nothing that a half-done call leaves behind
//! is looked at again.

// The standard library's way to panic is larger than all that is here.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

use alloc::{string::String, vec::Vec};

use pivotal_webhooks::{
    Webhook,
    binding::javascript::{self, Numbers},
};
use wasm_bindgen::prelude::wasm_bindgen;

/// One verifier.
#[wasm_bindgen]
pub struct Handle(Webhook);

/// What lies between the two sides.
#[wasm_bindgen]
#[derive(Default)]
pub struct Desk {
    /// Texts, and a body behind them. Blank between two calls.
    bytes: Vec<u8>,
    numbers: Numbers,
    report: String,
}

impl Desk {
    /// Lets `ask` see the texts and the body, wipes them, and puts its report here.
    fn serve(
        &mut self,
        texts: usize,
        body: usize,
        ask: impl FnOnce(&[u8], &[u8], &mut Numbers) -> Option<String>,
    ) {
        let (texts, behind) = self.bytes.split_at_mut(texts);
        let (body, _) = behind.split_at_mut(body);
        let report = ask(texts, body, &mut self.numbers);
        texts.fill(0);
        body.fill(0);
        blank_stack();
        self.report = report.unwrap_or_default();
    }
}

/// Writes over what the calls before have left on the stack, such as the last block that was hashed.
#[inline(never)]
fn blank_stack() {
    core::hint::black_box([0_u8; 4096]);
}

/// A desk.
#[wasm_bindgen]
#[must_use]
pub fn desk() -> Desk {
    Desk::default()
}

/// Where texts and a body of together this length go. What it answers holds until it is called again.
#[wasm_bindgen]
#[must_use]
pub fn room(desk: &mut Desk, length: usize) -> *mut u8 {
    if desk.bytes.len() < length {
        // The old one goes first, so that the two need not fit beside one another.
        desk.bytes = Vec::new();
        desk.bytes.resize(length, 0);
    }
    desk.bytes.as_mut_ptr()
}

/// Where the numbers are.
#[wasm_bindgen]
#[must_use]
pub fn numbers(desk: &mut Desk) -> *mut f64 {
    desk.numbers.as_mut_ptr()
}

/// Where the report is.
#[wasm_bindgen]
#[must_use]
pub fn report(desk: &Desk) -> *const u8 {
    desk.report.as_ptr()
}

/// How long the report is; 0 if there is none.
#[wasm_bindgen(js_name = reportLength)]
#[must_use]
pub fn report_length(desk: &Desk) -> usize {
    desk.report.len()
}

/// Reports [`javascript::surface`].
#[wasm_bindgen]
pub fn surface(desk: &mut Desk) {
    desk.serve(0, 0, |_, _, _| Some(javascript::surface()));
}

/// A verifier, or none and a report of why; see [`javascript::open`].
#[wasm_bindgen]
#[must_use]
pub fn open(desk: &mut Desk, texts: usize, pivot: bool, ignore_timestamp: bool) -> Option<Handle> {
    let mut handle = None;
    desk.serve(texts, 0, |texts, _, numbers| {
        match javascript::open(pivot, ignore_timestamp, texts, numbers) {
            Ok(webhook) => {
                handle = Some(Handle(webhook));
                None
            }
            Err(report) => Some(report),
        }
    });
    handle
}

/// Reports what [`javascript::answer`] does, or [`javascript::verify`] in the smaller module.
#[wasm_bindgen]
pub fn answer(handle: &Handle, desk: &mut Desk, asked: u32, texts: usize, body: usize) {
    let answer = if cfg!(feature = "everything") { javascript::answer } else { javascript::verify };
    desk.serve(texts, body, |texts, body, numbers| answer(&handle.0, asked, body, texts, numbers));
}

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: lol_alloc::LockedAllocator<lol_alloc::FreeListAllocator> =
    lol_alloc::LockedAllocator::new(lol_alloc::FreeListAllocator::new());

#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn trap(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
