//! The native module of the Python package: reads Python's types, calls the core, and returns
//! Python's objects. What makes a delivery valid is decided in the core.

use core::panic::AssertUnwindSafe;
use std::{collections::BTreeMap, panic::catch_unwind};

use pivotal_webhooks::{Dialect, Error, ErrorCode, binding};
use pyo3::{prelude::*, sync::PyOnceLock, types::PyType};

use crate::webhook::Webhook;

#[cfg(feature = "bench")]
mod bench;
mod diagnosis;
mod event;
mod input;
mod json;
mod options;
mod remembered;
mod verified;
mod webhook;

#[pymodule(gil_used = false)]
mod _core {
    #[pymodule_export]
    use super::{
        announced_length, answers, body_compressed, body_too_large, catalogue,
        diagnosis::diagnose,
        event::{Event, restore_trusted},
        remembered::RememberedEvents,
        sent_headers,
        verified::{Unauthenticated, Verified},
        webhook::Webhook,
    };

    #[cfg(feature = "bench")]
    #[pymodule_export]
    use super::bench::{check_replaced_time, core_verify_signature};

    #[cfg(feature = "panic-probe")]
    #[pymodule_export]
    use super::arm_panic;

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "Python's name for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}

/// Return the core's header names, schemes and errors as JSON, for this package's tests.
#[pyfunction]
fn catalogue(py: Python<'_>) -> PyResult<String> {
    catch_panic(py, |_| Ok(binding::catalogue(Dialect::Python)))
}

/// Return the headers that a sender would add to a delivery, for `testing`.
///
/// The names are in lower case. Those that are not signed come last.
///
/// :raises WebhookConfigurationError: `config_invalid` if the webhook doesn't accept the scheme.
/// :raises WebhookVerificationError: `header_malformed` for an id and `timestamp_malformed` for a
///     time that a receiver would refuse.
#[pyfunction]
fn sent_headers(
    webhook: &Webhook,
    msg_id: &str,
    timestamp: &Bound<'_, PyAny>,
    data: &Bound<'_, PyAny>,
    scheme: &str,
) -> PyResult<Vec<(&'static str, String)>> {
    catch_panic(data.py(), |py| {
        let webhook = webhook.webhook(py)?;
        let body = input::body(data)?;
        let at = binding::timestamp(input::moment(timestamp)?);
        binding::sent_headers(webhook, scheme, msg_id, at, body.bytes())
            .map_err(|error| to_py_err(py, &error))
    })
}

/// Return the length of the body that the headers announce, or `None`, for `receiving`.
///
/// :param headers: Pairs of name and value, each `str` or `bytes`; others than `content-encoding`
///     and `content-length` are ignored.
/// :raises WebhookVerificationError: `header_malformed` for a body with a content coding,
///     `payload_too_large` for a length above the webhook's `max_body`.
#[pyfunction]
fn announced_length(webhook: &Webhook, headers: &Bound<'_, PyAny>) -> PyResult<Option<usize>> {
    catch_panic(headers.py(), |py| {
        let mut lines = Vec::new();
        for pair in headers.try_iter()? {
            let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair?.extract()?;
            lines.push((input::FrozenBytes::new(&name), input::FrozenBytes::new(&value)));
        }
        let lines = lines
            .iter()
            .filter_map(|(name, value)| Some((name.as_ref()?.bytes(), value.as_ref()?.bytes())));
        webhook.options().announced_length(lines).map_err(|error| to_py_err(py, &error))
    })
}

/// Return the body of the answer to a sender, by status: one constant text for each.
#[pyfunction]
fn answers(py: Python<'_>) -> PyResult<BTreeMap<u16, &'static str>> {
    catch_panic(py, |_| {
        let infos = ErrorCode::ALL.iter().map(|code| code.info());
        Ok(infos.map(|info| (info.status, info.answer)).collect())
    })
}

/// Return the error for a body that grew beyond `max_body` while a receiver read it.
#[pyfunction]
fn body_too_large(py: Python<'_>) -> PyResult<PyErr> {
    catch_panic(py, |py| Ok(to_py_err(py, &binding::body_too_large())))
}

/// Return the error for a body with a content coding.
#[pyfunction]
fn body_compressed(py: Python<'_>) -> PyResult<PyErr> {
    catch_panic(py, |py| Ok(to_py_err(py, &binding::body_compressed())))
}

/// Make the next entry panic.
#[cfg(feature = "panic-probe")]
#[pyfunction]
fn arm_panic() {
    pivotal_webhooks::arm_panic();
}

/// Runs an entry point. A panic becomes the error `internal`: the exception that PyO3 makes of one is no
/// `Exception`, so that no receiver would catch it.
fn catch_panic<'py, T>(
    py: Python<'py>,
    entry: impl FnOnce(Python<'py>) -> PyResult<T>,
) -> PyResult<T> {
    let run = || {
        #[cfg(feature = "panic-probe")]
        pivotal_webhooks::panic_if_armed();

        entry(py)
    };
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err(to_py_err(py, &binding::internal())))
}

/// The core's error as the exception for its code.
fn to_py_err(py: Python<'_>, error: &Error) -> PyErr {
    static CONFIGURATION: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static VERIFICATION: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let (class, name) = if error.code().is_configuration() {
        (&CONFIGURATION, "WebhookConfigurationError")
    } else {
        (&VERIFICATION, "WebhookVerificationError")
    };
    let raised = class.import(py, "pivotal_webhooks.errors", name).and_then(|class| {
        class.call1((
            error.message(Dialect::Python).to_string(),
            error.code().as_str(),
            binding::help(error, Dialect::Python),
            error.status(),
            error.header(),
            error.path().map(|path| path.to_string()),
            error.reason(),
            error.skew(),
            error.tolerance(),
        ))
    });
    raised.map_or_else(|failure| failure, PyErr::from_value)
}
