//! The native module of `pivotal_webhooks`: extract, call, return.
//!
//! What a delivery looks like is the core's business; what a `dict`, a `memoryview` or an exception
//! looks like is this crate's.

use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use pivotal_webhooks::{
    Dialect, Error, Scheme, UnixTime,
    binding::{self, Delivery},
};
use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    sync::PyOnceLock,
    types::{PyString, PyType},
};

use crate::input::Number;

#[cfg(feature = "bench")]
mod bench;
mod event;
mod input;
mod json;

/// Bytes of body from which the GIL is handed over. To hash fewer takes some 30 microseconds, and who
/// hands it over beside a thread that computes waits for 5 milliseconds until it comes back.
const WORTH_DETACHING: usize = 64 * 1024;

#[pymodule(gil_used = false)]
mod _core {
    #[pymodule_export]
    use super::{
        Unauthenticated, Verified, Webhook, body_compressed, body_too_large, catalogue,
        event::Event, sent_headers,
    };

    #[cfg(feature = "bench")]
    #[pymodule_export]
    use super::bench::core_verify_signature;

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "Python's name for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}

/// An endpoint that receives webhooks.
#[pyclass(frozen, generic, module = "pivotal_webhooks")]
struct Webhook {
    webhook: pivotal_webhooks::Webhook,
    clock: Option<Py<PyAny>>,
}

#[pymethods]
impl Webhook {
    #[new]
    #[pyo3(signature = (secret = None, *, schemes = None, tolerance = None, dangerously_ignore_timestamp = false, max_body = None, key = None, clock = None, whsecret = None))]
    #[expect(clippy::too_many_arguments, reason = "keywords of Python's")]
    fn new(
        py: Python<'_>,
        secret: Option<Bound<'_, PyAny>>,
        schemes: Option<Vec<String>>,
        tolerance: Option<Number>,
        dangerously_ignore_timestamp: bool,
        max_body: Option<Number>,
        key: Option<String>,
        clock: Option<Bound<'_, PyAny>>,
        whsecret: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let secret = &input::either(py, secret, whsecret, "pass secret or whsecret, not both")?;
        let options = binding::Options {
            schemes,
            tolerance: tolerance.map(|Number(seconds)| seconds),
            ignore_timestamp: dangerously_ignore_timestamp,
            max_body: max_body.map(|Number(bytes)| bytes),
            key,
            ..Default::default()
        };
        Self::open(options, secret, clock)
    }

    /// A Pivot endpoint.
    #[classmethod]
    #[pyo3(signature = (secret, *, tolerance = None, max_event_age = None, max_body = None, key = None, clock = None))]
    fn pivot(
        _class: &Bound<'_, PyType>,
        secret: &Bound<'_, PyAny>,
        tolerance: Option<Number>,
        max_event_age: Option<Number>,
        max_body: Option<Number>,
        key: Option<String>,
        clock: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let options = binding::Options {
            pivot: true,
            tolerance: tolerance.map(|Number(seconds)| seconds),
            max_event_age: max_event_age.map(|Number(seconds)| seconds),
            max_body: max_body.map(|Number(bytes)| bytes),
            key,
            ..Default::default()
        };
        Self::open(options, secret, clock)
    }

    /// Verify a delivery and return its parsed JSON.
    #[pyo3(
        signature = (body = None, headers = None, *, data = None),
        text_signature = "($self, body=..., headers=..., *, data=...)"
    )]
    fn verify<'py>(
        &self,
        py: Python<'py>,
        body: Option<Bound<'py, PyAny>>,
        headers: Option<Bound<'py, PyAny>>,
        data: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let body = &input::either(py, body, data, "pass body or data, not both")?;
        let headers = &headers.unwrap_or_else(|| py.None().into_bound(py));
        catch_panic(py, |py| {
            let (body, headers) = (input::body(body)?, input::headers(headers)?);
            let now = self.now(py)?;
            let delivery = Delivery::new(body.bytes(), headers.pairs(), now);
            let text = without_gil_if_large(py, &delivery, |delivery| {
                delivery.verify_text(&self.webhook)
            })?;
            Ok(json::Document::parse(py, text)?.value)
        })
    }

    /// Verify a delivery and return its event.
    fn unwrap<'py>(
        &self,
        body: &Bound<'py, PyAny>,
        headers: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        catch_panic(body.py(), |py| {
            let (body, headers) = (input::body(body)?, input::headers(headers)?);
            let now = self.now(py)?;
            let delivery = Delivery::new(body.bytes(), headers.pairs(), now);
            let event =
                without_gil_if_large(py, &delivery, |delivery| delivery.unwrap(&self.webhook))?;
            event::new(py, &event, &body)
        })
    }

    /// Verify a delivery's signature and time, whatever its body is.
    fn verify_signature(
        &self,
        body: &Bound<'_, PyAny>,
        headers: &Bound<'_, PyAny>,
    ) -> PyResult<Verified> {
        catch_panic(body.py(), |py| {
            let (body, headers) = (input::body(body)?, input::headers(headers)?);
            let now = self.now(py)?;
            let delivery = Delivery::new(body.bytes(), headers.pairs(), now);
            let verified = without_gil_if_large(py, &delivery, |delivery| {
                delivery.verify_signature(&self.webhook)
            })?;
            Ok(Verified::from(&verified))
        })
    }

    /// The signature header's value for a delivery, for tests.
    #[pyo3(signature = (msg_id, timestamp, data, *, scheme = None))]
    fn sign(
        &self,
        msg_id: &Bound<'_, PyString>,
        timestamp: &Bound<'_, PyAny>,
        data: &Bound<'_, PyAny>,
        scheme: Option<&str>,
    ) -> PyResult<String> {
        catch_panic(data.py(), |py| {
            let body = input::body(data)?;
            let at = binding::timestamp(input::moment(timestamp)?);
            // An id that has no UTF-8 encoding is as malformed as an empty one.
            let id = msg_id.to_str().unwrap_or_default();
            let scheme = scheme.map(str::parse::<Scheme>).transpose();
            scheme
                .and_then(|scheme| self.webhook.sign(scheme, id, at, body.bytes()))
                .map(|signed| signed.signature().to_owned())
                .map_err(|error| to_py_err(py, &error))
        })
    }

    /// Whose deliveries arrive.
    #[getter]
    fn sender(&self) -> &'static str {
        self.webhook.sender().as_str()
    }

    /// The longest body that is hashed, in bytes.
    #[getter]
    fn max_body(&self) -> usize {
        self.webhook.max_body()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        catch_panic(py, |_| {
            let schemes: Vec<_> = self.webhook.schemes().map(Scheme::as_str).collect();
            Ok(format!("<Webhook schemes={}>", schemes.join(",")))
        })
    }

    /// Pickling and copying, the two ways in which a secret would leave this object.
    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err("a Webhook holds a secret and can't be pickled or copied"))
    }
}

impl Webhook {
    fn open(
        mut options: binding::Options,
        secret: &Bound<'_, PyAny>,
        clock: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        catch_panic(secret.py(), |py| {
            if clock.as_ref().is_some_and(|clock| !clock.is_callable()) {
                return Err(PyTypeError::new_err("clock must be callable and return Unix seconds"));
            }
            options.secrets = input::secrets(secret)?;
            let webhook = options.open().map_err(|error| to_py_err(py, &error))?;
            Ok(Self { webhook, clock: clock.map(Bound::unbind) })
        })
    }

    fn now(&self, py: Python<'_>) -> PyResult<UnixTime> {
        let now = match &self.clock {
            None => UnixTime::now(),
            Some(clock) => binding::clock(clock.call0(py)?.extract::<Number>(py)?.0),
        };
        now.map_err(|error| to_py_err(py, &error))
    }
}

/// What a signature vouches for.
#[pyclass(frozen, module = "pivotal_webhooks")]
struct Verified {
    scheme: Scheme,
    id: Option<Box<str>>,
    #[pyo3(get)]
    timestamp: Option<u64>,
    #[pyo3(get)]
    skew: Option<i64>,
    label: Option<Box<str>>,
    event_type: Option<Box<str>>,
    delivery_id: Option<Box<str>>,
}

#[pymethods]
impl Verified {
    #[getter]
    fn scheme(&self) -> &'static str {
        self.scheme.as_str()
    }

    #[getter]
    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    #[getter]
    fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// What the delivery says of itself and no signature vouches for.
    #[getter]
    fn unauthenticated(&self) -> Unauthenticated {
        Unauthenticated {
            event_type: self.event_type.as_deref().map(str::to_owned),
            delivery_id: self.delivery_id.as_deref().map(str::to_owned),
        }
    }
}

impl From<&pivotal_webhooks::Verified<'_>> for Verified {
    fn from(verified: &pivotal_webhooks::Verified<'_>) -> Self {
        let unauthenticated = verified.unauthenticated();
        Self {
            scheme: verified.scheme(),
            id: verified.id().map(Box::from),
            timestamp: verified.timestamp().map(UnixTime::as_secs),
            skew: verified.skew(),
            label: verified.label().map(Box::from),
            event_type: unauthenticated.event_type().map(Box::from),
            delivery_id: unauthenticated.delivery_id().map(Box::from),
        }
    }
}

/// What a delivery says of itself and no signature vouches for.
#[pyclass(frozen, get_all, module = "pivotal_webhooks")]
struct Unauthenticated {
    event_type: Option<String>,
    delivery_id: Option<String>,
}

/// The core's catalogue of errors, as JSON: for the tests of this package.
#[pyfunction]
fn catalogue(py: Python<'_>) -> PyResult<String> {
    catch_panic(py, |_| Ok(binding::catalogue(Dialect::Python)))
}

/// The headers that a sender would add to a delivery, signed and unsigned: for `testing`.
#[pyfunction]
fn sent_headers(
    webhook: &Webhook,
    msg_id: &str,
    timestamp: &Bound<'_, PyAny>,
    data: &Bound<'_, PyAny>,
    scheme: &str,
) -> PyResult<Vec<(&'static str, String)>> {
    catch_panic(data.py(), |py| {
        let body = input::body(data)?;
        let at = binding::timestamp(input::moment(timestamp)?);
        binding::sent_headers(&webhook.webhook, scheme, msg_id, at, body.bytes())
            .map_err(|error| to_py_err(py, &error))
    })
}

/// The error for a body that grew beyond the limit while it was read.
#[pyfunction]
fn body_too_large(py: Python<'_>) -> PyErr {
    to_py_err(py, &binding::body_too_large())
}

/// The error for a body with a content coding.
#[pyfunction]
fn body_compressed(py: Python<'_>) -> PyErr {
    to_py_err(py, &binding::body_compressed())
}

/// Runs an entry point. A panic becomes the error `internal`.
fn catch_panic<'py, T>(
    py: Python<'py>,
    entry: impl FnOnce(Python<'py>) -> PyResult<T>,
) -> PyResult<T> {
    catch_unwind(AssertUnwindSafe(|| entry(py)))
        .unwrap_or_else(|_| Err(to_py_err(py, &binding::internal())))
}

/// Calls the core, without the GIL if the body is large. The body is immutable ([`FrozenBytes`]).
///
/// [`FrozenBytes`]: input::FrozenBytes
fn without_gil_if_large<'d, T: Send>(
    py: Python<'_>,
    delivery: &Delivery<'d>,
    verify: impl FnOnce(&Delivery<'d>) -> Result<T, Error> + Send,
) -> PyResult<T> {
    let result = match delivery.body_len() {
        ..WORTH_DETACHING => verify(delivery),
        _ => py.detach(|| verify(delivery)),
    };
    result.map_err(|error| to_py_err(py, &error))
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
            error.help().in_dialect(Dialect::Python).to_string(),
            error.http_status(),
            error.header(),
            error.path().map(|path| path.to_string()),
            error.reason(),
            error.skew(),
            error.tolerance(),
        ))
    });
    raised.map_or_else(|failure| failure, PyErr::from_value)
}
