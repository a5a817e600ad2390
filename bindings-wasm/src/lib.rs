//! The WebAssembly module: it decodes a call, runs the core and encodes the result. `bindings-node` does
//! the same for Node. `js/instance.ts` calls the module; the classes are in `bindings-node/js/`.
//!
//! Arguments and results are numbers, so no glue code is needed. All other data is in a [`CallBuffer`].
//! The data that JavaScript writes there is wiped before a call returns, and so is the stack that the
//! core used.
//!
//! A panic is a trap. JavaScript replaces a trapped instance and never reads its memory again.

// The panic machinery of the standard library would be larger than this module.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

use alloc::{string::String, vec::Vec};

use pivotal_webhooks::{
    Webhook,
    binding::javascript::{self, Numbers},
};
use wasm_bindgen::prelude::wasm_bindgen;

/// The memory that both sides share, and the open webhooks.
#[wasm_bindgen]
#[derive(Default)]
pub struct CallBuffer {
    /// Tagged texts and a body behind them. Zeros between two calls.
    bytes: Vec<u8>,
    numbers: Numbers,
    report: String,
    /// JavaScript decides which slot a webhook takes. Opening one in a used slot drops the webhook
    /// that was there, and wipes its keys.
    slots: Vec<Option<Webhook>>,
}

impl CallBuffer {
    /// Runs `call` on the texts and the body, wipes both, and stores the report.
    ///
    /// Lengths beyond the buffer are refused as `internal`.
    fn run(
        &mut self,
        texts: usize,
        body: usize,
        call: impl FnOnce(&mut Vec<Option<Webhook>>, &[u8], &[u8], &mut Numbers) -> Option<String>,
    ) {
        let report = match split(&mut self.bytes, texts, body) {
            Some((texts, body)) => {
                let report = call(&mut self.slots, texts, body, &mut self.numbers);
                texts.fill(0);
                body.fill(0);
                blank_stack();
                report
            }
            None => Some(javascript::internal_report()),
        };
        self.report = report.unwrap_or_default();
    }
}

fn split(bytes: &mut [u8], texts: usize, body: usize) -> Option<(&mut [u8], &mut [u8])> {
    let (texts, behind) = bytes.split_at_mut_checked(texts)?;
    Some((texts, behind.get_mut(..body)?))
}

/// Overwrites what earlier calls have left on the stack, such as the last block that was hashed.
#[inline(never)]
fn blank_stack() {
    core::hint::black_box([0_u8; 4096]);
}

/// Makes a call buffer.
#[wasm_bindgen(js_name = callBuffer)]
#[must_use]
pub fn call_buffer() -> CallBuffer {
    CallBuffer::default()
}

/// The address of room for texts and a body of this length together. It is valid until the next
/// call of this function.
#[wasm_bindgen]
#[must_use]
pub fn room(buffer: &mut CallBuffer, length: usize) -> *mut u8 {
    if buffer.bytes.len() < length {
        // The old room is freed first, so that memory need not hold both.
        buffer.bytes = Vec::new();
        buffer.bytes.resize(length, 0);
    }
    buffer.bytes.as_mut_ptr()
}

/// The address of the numbers.
#[wasm_bindgen]
#[must_use]
pub fn numbers(buffer: &mut CallBuffer) -> *mut f64 {
    buffer.numbers.as_mut_ptr()
}

/// The address of the report.
#[wasm_bindgen]
#[must_use]
pub fn report(buffer: &CallBuffer) -> *const u8 {
    buffer.report.as_ptr()
}

/// The length of the report; 0 if there is none.
#[wasm_bindgen(js_name = reportLength)]
#[must_use]
pub fn report_length(buffer: &CallBuffer) -> usize {
    buffer.report.len()
}

/// Opens a webhook in a slot, which is the next unused one or holds a webhook to drop. Without a
/// report it is open. See [`javascript::open`].
#[wasm_bindgen]
pub fn open(buffer: &mut CallBuffer, slot: usize, texts: usize) {
    buffer.run(texts, 0, |slots, texts, _, numbers| {
        let webhook = match javascript::open(texts, numbers) {
            Ok(webhook) => webhook,
            Err(report) => return Some(report),
        };
        if slot == slots.len() {
            slots.push(None);
        }
        match slots.get_mut(slot) {
            Some(slot) => {
                *slot = Some(webhook);
                None
            }
            None => Some(javascript::internal_report()),
        }
    });
}

/// Runs an operation with the webhook in a slot, or without one if the slot is not used. See
/// [`javascript::run`].
#[wasm_bindgen]
pub fn run(buffer: &mut CallBuffer, slot: usize, operation: u32, texts: usize, body: usize) {
    buffer.run(texts, body, |slots, texts, body, numbers| {
        let webhook = slots.get(slot).and_then(Option::as_ref);
        javascript::run(webhook, operation, texts, body, numbers)
    });
}

/// Makes the next call panic.
#[cfg(feature = "panic-probe")]
#[wasm_bindgen(js_name = armPanic)]
pub fn arm_panic() {
    pivotal_webhooks::arm_panic();
}

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn trap(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
