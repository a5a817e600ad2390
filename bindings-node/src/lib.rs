//! The Node face of the core, twin of `bindings-wasm`: take, ask, answer. The class, the headers and
//! the error are in `js/`.
//!
//! What crosses is what crosses fastest, see [`javascript`]. A verifier is a function: an opaque
//! handle among the arguments would have to be looked for in a table, with a lock, at every call.

#![allow(unsafe_code, reason = "napi's macros expand to unsafe code; none is written here")]

use napi::bindgen_prelude::{Either, Env, Error, Function, FunctionCallContext, Result, Status};
use napi_derive::napi;
use pivotal_webhooks::{Webhook, binding::javascript};

/// See [`javascript::surface`].
#[napi(catch_unwind)]
#[must_use]
pub fn surface() -> String {
    javascript::surface()
}

/// A verifier, or the report of why there is none; see [`javascript::open`]. It takes what
/// [`javascript::answer`] takes, and catches panics: one that reached Node would abort the process.
///
/// # Errors
///
/// What no code of this package causes: wrong types, or a Node that can't make a function.
#[napi(catch_unwind)]
pub fn open<'env>(
    env: &'env Env,
    pivot: bool,
    ignore_timestamp: bool,
    texts: &[u8],
    numbers: &[f64],
) -> Result<Either<Function<'env, (), Option<String>>, String>> {
    let numbers = numbers.try_into().map_err(|_| Error::from_status(Status::InvalidArg))?;
    match javascript::open(pivot, ignore_timestamp, texts, numbers) {
        Ok(webhook) => env
            .create_function_from_closure("verifier", move |call| answer(&webhook, &call))
            .map(Either::A),
        Err(report) => Ok(Either::B(report)),
    }
}

fn answer(webhook: &Webhook, call: &FunctionCallContext<'_>) -> Result<Option<String>> {
    let (asked, body, texts) = (call.get(0)?, call.get(1)?, call.get(2)?);
    let numbers = call.get::<&mut [f64]>(3)?.try_into();
    let numbers = numbers.map_err(|_| Error::from_status(Status::InvalidArg))?;
    Ok(javascript::answer(webhook, asked, body, texts, numbers))
}
