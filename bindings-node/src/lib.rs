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

/// A verifier, or the report of why there is none; see [`javascript::open`]. It takes what is asked,
/// a desk and the body; answers what [`javascript::answer`] does; and catches panics: one that reached
/// Node would abort the process.
///
/// A desk is the numbers and, behind them, the texts.
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
    let (numbers, texts) = on(desk)?;
    match javascript::open(pivot, ignore_timestamp, texts, &numbers) {
        Ok(webhook) => env
            .create_function_from_closure("verifier", move |call| answer(&webhook, &call))
            .map(Either::A),
        Err(report) => Ok(Either::B(report)),
    }
}

fn answer(webhook: &Webhook, call: &FunctionCallContext<'_>) -> Result<Option<String>> {
    let desk: &mut [u8] = call.get(1)?;
    let (mut numbers, texts) = on(desk)?;
    let report = javascript::answer(webhook, call.get(0)?, call.get(2)?, texts, &mut numbers);
    for (bytes, number) in desk.as_chunks_mut().0.iter_mut().zip(numbers) {
        *bytes = number.to_ne_bytes();
    }
    Ok(report)
}

/// What lies on a desk.
fn on(desk: &[u8]) -> Result<(Numbers, &[u8])> {
    let (bytes, texts) = desk
        .split_at_checked(size_of::<Numbers>())
        .ok_or_else(|| Error::from_status(Status::InvalidArg))?;
    let mut numbers = [f64::NAN; 7];
    for (number, bytes) in numbers.iter_mut().zip(bytes.as_chunks().0) {
        *number = f64::from_ne_bytes(*bytes);
    }
    Ok((numbers, texts))
}
