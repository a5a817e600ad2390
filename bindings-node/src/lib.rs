//! The Node face of the core, twin of `bindings-wasm`: take, ask, answer. The class, the headers and
//! the error are in `js/`.
//!
//! What crosses is what crosses fastest, see [`javascript`]. A verifier is a function: an opaque
//! handle among the arguments would have to be looked for in a table, with a lock, at every call.

#![allow(unsafe_code, reason = "napi's macros expand to unsafe code; none is written here")]

use napi::bindgen_prelude::{Either, Env, Error, Function, FunctionCallContext, Result, Status};
use napi_derive::napi;
use pivotal_webhooks::{
    Webhook,
    binding::javascript::{self, Numbers},
};

/// See [`javascript::surface`].
#[napi(catch_unwind)]
#[must_use]
pub fn surface() -> String {
    javascript::surface()
}

/// A verifier, or the report of why there is none; see [`javascript::open`]. It takes a desk, and the
/// body if that is not on it; answers what [`javascript::answer`] does; and catches panics: one that
/// reached Node would abort the process.
///
/// # Errors
///
/// What no code of this package causes: wrong types, or a Node that can't make a function.
#[napi(catch_unwind)]
pub fn open<'env>(
    env: &'env Env,
    pivot: bool,
    ignore_timestamp: bool,
    desk: &[u8],
) -> Result<Either<Function<'env, (), Option<String>>, String>> {
    let desk = Desk::of(desk)?;
    match javascript::open(pivot, ignore_timestamp, desk.texts, &desk.numbers) {
        Ok(webhook) => env
            .create_function_from_closure("verifier", move |call| answer(&webhook, &call))
            .map(Either::A),
        Err(report) => Ok(Either::B(report)),
    }
}

fn answer(webhook: &Webhook, call: &FunctionCallContext<'_>) -> Result<Option<String>> {
    let bytes: &mut [u8] = call.get(0)?;
    let Desk { mut numbers, asked, texts, body } = Desk::of(bytes)?;
    let body = if call.length() > 1 { call.get(1)? } else { body };
    let report = javascript::answer(webhook, asked, body, texts, &mut numbers);
    for (bytes, number) in bytes.as_chunks_mut().0.iter_mut().zip(numbers) {
        *bytes = number.to_ne_bytes();
    }
    Ok(report)
}

/// What is handed over in one stretch of memory: the numbers; then, in four bytes each, what is asked
/// and the lengths of the texts and of the body; from byte 72 on these two.
struct Desk<'d> {
    numbers: Numbers,
    asked: u32,
    texts: &'d [u8],
    body: &'d [u8],
}

impl<'d> Desk<'d> {
    fn of(bytes: &'d [u8]) -> Result<Self> {
        Self::cut(bytes).ok_or_else(|| Error::from_status(Status::InvalidArg))
    }

    fn cut(bytes: &'d [u8]) -> Option<Self> {
        let (number_bytes, rest) = bytes.split_at_checked(size_of::<Numbers>())?;
        let mut numbers = [f64::NAN; 7];
        for (number, bytes) in numbers.iter_mut().zip(number_bytes.as_chunks().0) {
            *number = f64::from_ne_bytes(*bytes);
        }
        let (head, rest) = rest.split_at_checked(16)?;
        let [asked, texts, body, _] = head.as_chunks().0 else { return None };
        let [asked, texts, body] = [asked, texts, body].map(|part| u32::from_ne_bytes(*part));
        let (texts, rest) = rest.split_at_checked(usize::try_from(texts).ok()?)?;
        let (body, _) = rest.split_at_checked(usize::try_from(body).ok()?)?;
        Some(Self { numbers, asked, texts, body })
    }
}
