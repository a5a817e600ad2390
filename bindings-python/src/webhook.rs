//! The class `Webhook`: reads the arguments, calls the core, returns Python's objects.

use std::sync::{
    OnceLock,
    atomic::{AtomicBool, Ordering},
};

use pivotal_webhooks::{
    Error, Scheme, UnixTime,
    binding::{self, Delivery},
};
use pyo3::{
    PyTraverseError, PyVisit,
    exceptions::{PyRuntimeError, PyTypeError},
    intern,
    prelude::*,
    types::{PyString, PyType},
};

use crate::{
    catch_panic, event, input, json,
    options::{self, Arguments},
    to_py_err,
    verified::Verified,
};

/// A body of at least this many bytes is verified without the GIL. Hashing a smaller one takes less
/// than about 30 microseconds, and taking the GIL back from a busy thread can cost one switch
/// interval (5 ms).
const MIN_LEN_WITHOUT_GIL: usize = 64 * 1024;

/// A Pivotal endpoint: its secrets, prepared once, and what it accepts.
///
/// Make it when the receiver starts, share it between threads, and call it once per delivery. It
/// can't be pickled or copied, as it holds secrets.
///
/// For type checkers it is generic in the events that it returns: `Webhook` alone means Pivotal's
/// events, `Webhook[PivotEvent]` Pivot's.
#[pyclass(frozen, generic, module = "pivotal_webhooks")]
pub(crate) struct Webhook {
    options: binding::Prepared,
    opened: OnceLock<pivotal_webhooks::Webhook>,
    secret: Option<SecretFunction>,
    clock: Option<Py<PyAny>>,
}

/// The function that returns the secret.
struct SecretFunction {
    function: Py<PyAny>,
    /// A `threading.RLock`, which greenlets and threads can wait for without blocking each other.
    lock: Py<PyAny>,
    is_running: AtomicBool,
}

#[pymethods]
impl Webhook {
    #[new]
    #[pyo3(signature = (secret = None, *, schemes = None, tolerance = None, dangerously_ignore_timestamp = None, max_event_age = None, max_body = None, key = None, source = None, clock = None, whsecret = None))]
    #[pyo3(
        text_signature = "(secret=None, *, schemes=None, tolerance=None, dangerously_ignore_timestamp=False, max_body=None, key=None, source=None, clock=None, whsecret=None)"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a keyword in Python")]
    fn new(
        py: Python<'_>,
        secret: Option<Bound<'_, PyAny>>,
        schemes: Option<Bound<'_, PyAny>>,
        tolerance: Option<Bound<'_, PyAny>>,
        dangerously_ignore_timestamp: Option<Bound<'_, PyAny>>,
        max_event_age: Option<Bound<'_, PyAny>>,
        max_body: Option<Bound<'_, PyAny>>,
        key: Option<Bound<'_, PyAny>>,
        source: Option<Bound<'_, PyAny>>,
        clock: Option<Bound<'_, PyAny>>,
        whsecret: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let ignore_timestamp = dangerously_ignore_timestamp;
        let arguments = Arguments {
            schemes,
            tolerance,
            ignore_timestamp,
            max_event_age,
            max_body,
            key,
            source,
        };
        catch_panic(py, |py| {
            let secret = input::either(py, secret, whsecret, "pass secret or whsecret, not both")?;
            Self::open(&secret, arguments, false, clock)
        })
    }

    /// Prepare a Pivot endpoint.
    ///
    /// Pivot signs the body alone: a captured delivery stays valid for ever unless `max_event_age`
    /// is set. The other arguments are those of `Webhook`.
    ///
    /// :param max_event_age: The oldest event to accept, in seconds since the event's own
    ///     `timestamp`: a whole number from 1 to 31536000.
    /// :raises WebhookConfigurationError: As `Webhook`.
    #[classmethod]
    #[pyo3(signature = (secret, *, tolerance = None, max_event_age = None, max_body = None, key = None, source = None, clock = None))]
    #[expect(clippy::too_many_arguments, reason = "each is a keyword in Python")]
    fn pivot(
        _class: &Bound<'_, PyType>,
        secret: &Bound<'_, PyAny>,
        tolerance: Option<Bound<'_, PyAny>>,
        max_event_age: Option<Bound<'_, PyAny>>,
        max_body: Option<Bound<'_, PyAny>>,
        key: Option<Bound<'_, PyAny>>,
        source: Option<Bound<'_, PyAny>>,
        clock: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let arguments =
            Arguments { tolerance, max_event_age, max_body, key, source, ..Arguments::default() };
        catch_panic(secret.py(), |_| Self::open(secret, arguments, true, clock))
    }

    /// Verify a delivery and return its event, as an instance of the class of its type.
    ///
    /// An event of a type that the catalogue doesn't list is an `UnknownEvent` or an
    /// `UnknownPivotEvent`. Fields that the catalogue doesn't list are kept.
    ///
    /// :param body: The raw body of the request: `bytes`, another object with the buffer protocol,
    ///     or a `str` that was decoded from UTF-8.
    /// :param headers: The headers of the request, as the framework provides them: a mapping, pairs
    ///     of name and value, or a WSGI environ. Names in any letter case; names and values are
    ///     `str` or `bytes`. A list of values is several lines of one header.
    /// :raises WebhookVerificationError: The delivery is not authentic, not fresh, or not an event:
    ///     `payload_malformed` if the body is not strict JSON, or empty; `event_malformed` if a
    ///     field of the envelope is missing or has a wrong type; `event_type_mismatch` if an
    ///     unsigned header names another type.
    /// :raises WebhookConfigurationError: The secret comes from a function, this is its first use,
    ///     and it is not usable.
    /// :raises TypeError: `body` or `headers` is something else than described.
    fn unwrap<'py>(
        &self,
        body: &Bound<'py, PyAny>,
        headers: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        catch_panic(body.py(), |py| {
            let webhook = self.webhook(py)?;
            let (body, headers) = (input::body(body)?, input::headers(headers)?);
            let delivery = Delivery::new(body.bytes(), headers.lines(), self.now(py)?);
            let event = without_gil_if_large(py, &delivery, |delivery| delivery.unwrap(webhook))?;
            event::new(py, &event, body.to_python())
        })
    }

    /// Verify a delivery and return its parsed JSON: a dict, or `None` for an empty body.
    ///
    /// :param body: The raw body of the request, as for `unwrap`.
    /// :param headers: The headers of the request, as for `unwrap`.
    /// :param data: The body under the name that Svix's own library uses, instead of `body`.
    /// :raises WebhookVerificationError: The delivery is not authentic, not fresh, or not strict
    ///     JSON.
    /// :raises WebhookConfigurationError: As `unwrap`.
    /// :raises TypeError: As `unwrap`.
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
        catch_panic(py, |py| {
            let body = &input::either(py, body, data, "pass body or data, not both")?;
            let headers = &headers.unwrap_or_else(|| py.None().into_bound(py));
            let webhook = self.webhook(py)?;
            let (body, headers) = (input::body(body)?, input::headers(headers)?);
            let delivery = Delivery::new(body.bytes(), headers.lines(), self.now(py)?);
            let text =
                without_gil_if_large(py, &delivery, |delivery| delivery.verify_text(webhook))?;
            Ok(json::Document::parse(py, text)?.value)
        })
    }

    /// Verify a delivery's signature and time. The body may contain any bytes.
    ///
    /// :param body: The raw body of the request, as for `unwrap`.
    /// :param headers: The headers of the request, as for `unwrap`.
    /// :raises WebhookVerificationError: The delivery is not authentic or not fresh.
    /// :raises WebhookConfigurationError: As `unwrap`.
    /// :raises TypeError: As `unwrap`.
    fn verify_signature(
        &self,
        body: &Bound<'_, PyAny>,
        headers: &Bound<'_, PyAny>,
    ) -> PyResult<Verified> {
        catch_panic(body.py(), |py| {
            let webhook = self.webhook(py)?;
            let (body, headers) = (input::body(body)?, input::headers(headers)?);
            let delivery = Delivery::new(body.bytes(), headers.lines(), self.now(py)?);
            let verified =
                without_gil_if_large(py, &delivery, |delivery| delivery.verify_signature(webhook))?;
            Ok(Verified::from(&verified))
        })
    }

    /// Sign a delivery as its sender would, for tests, and return the signature header's value.
    ///
    /// :param msg_id: The delivery's id.
    /// :param timestamp: Unix seconds, or a datetime with a time zone.
    /// :param data: The raw body, as for `unwrap`.
    /// :param scheme: A scheme that this endpoint accepts; the first of them by default.
    /// :raises WebhookConfigurationError: `config_invalid` if the scheme is not accepted, and as
    ///     `unwrap`.
    /// :raises WebhookVerificationError: `header_malformed` for an id, `timestamp_malformed` for a
    ///     time that a receiver would refuse.
    #[pyo3(signature = (msg_id, timestamp, data, *, scheme = None))]
    fn sign(
        &self,
        msg_id: &Bound<'_, PyString>,
        timestamp: &Bound<'_, PyAny>,
        data: &Bound<'_, PyAny>,
        scheme: Option<&str>,
    ) -> PyResult<String> {
        catch_panic(data.py(), |py| {
            let webhook = self.webhook(py)?;
            let body = input::body(data)?;
            let at = binding::timestamp(input::moment(timestamp)?);
            // An id that has no UTF-8 encoding is as malformed as an empty one.
            let id = msg_id.to_str().unwrap_or_default();
            let scheme = scheme.map(str::parse::<Scheme>).transpose();
            scheme
                .and_then(|scheme| webhook.sign(scheme, id, at, body.bytes()))
                .map(|signed| signed.signature().to_owned())
                .map_err(|error| to_py_err(py, &error))
        })
    }

    /// The sender of the deliveries that this endpoint accepts.
    #[getter]
    fn sender(&self) -> &'static str {
        self.options.sender().as_str()
    }

    /// The largest distance between signed time and clock, in seconds; `None` for no limit.
    #[getter]
    fn tolerance(&self) -> Option<u64> {
        self.options.tolerance()
    }

    /// The longest body that is hashed, in bytes.
    #[getter]
    fn max_body(&self) -> usize {
        self.options.max_body()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        catch_panic(py, |_| {
            let schemes: Vec<_> = self.options.schemes().map(Scheme::as_str).collect();
            Ok(format!("<Webhook schemes={}>", schemes.join(",")))
        })
    }

    /// Refuse with `TypeError`: a pickle or a copy would contain the secret.
    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err("a Webhook holds a secret and can't be pickled or copied"))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if let Some(secret) = &self.secret {
            visit.call(&secret.function)?;
            visit.call(&secret.lock)?;
        }
        self.clock.as_ref().map_or(Ok(()), |clock| visit.call(clock))
    }
}

impl Webhook {
    fn open(
        secret: &Bound<'_, PyAny>,
        arguments: Arguments<'_>,
        pivot: bool,
        clock: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let py = secret.py();
        clock.as_ref().map_or(Ok(()), options::check_clock)?;
        let options = arguments.read(pivot)?;
        let options = options.prepare().map_err(|error| to_py_err(py, &error))?;
        let mut webhook = Self {
            options,
            opened: OnceLock::new(),
            secret: None,
            clock: clock.map(Bound::unbind),
        };
        if input::is_secret_function(secret)? {
            webhook.secret = Some(SecretFunction {
                function: secret.clone().unbind(),
                lock: py.import("threading")?.call_method0("RLock")?.unbind(),
                is_running: AtomicBool::new(false),
            });
        } else {
            webhook.set_secrets(secret)?;
        }
        Ok(webhook)
    }

    pub(crate) const fn options(&self) -> &binding::Prepared {
        &self.options
    }

    fn set_secrets(&self, secret: &Bound<'_, PyAny>) -> PyResult<()> {
        let secrets = input::secrets(secret)?;
        let opened = self.options.open(secrets);
        let opened = opened.map_err(|error| to_py_err(secret.py(), &error))?;
        self.opened.get_or_init(|| opened);
        Ok(())
    }

    /// The core's webhook. The first use calls the function that returns the secret, if any.
    pub(crate) fn webhook(&self, py: Python<'_>) -> PyResult<&pivotal_webhooks::Webhook> {
        if self.opened.get().is_none() {
            self.call_secret_function(py)?;
        }
        self.opened.get().ok_or_else(|| to_py_err(py, &binding::internal()))
    }

    #[cold]
    fn call_secret_function(&self, py: Python<'_>) -> PyResult<()> {
        let Some(SecretFunction { function, lock, is_running }) = &self.secret else {
            return Ok(());
        };
        lock.call_method0(py, intern!(py, "acquire"))?;
        let result = catch_panic(py, |py| {
            if self.opened.get().is_some() {
                return Ok(());
            }
            // Only the thread that holds the lock can come here twice.
            if is_running.swap(true, Ordering::AcqRel) {
                return Err(PyRuntimeError::new_err(
                    "the function that returns the secret used the webhook that needs this secret",
                ));
            }
            let secret = function.call0(py);
            is_running.store(false, Ordering::Release);
            self.set_secrets(secret?.bind(py))
        });
        lock.call_method0(py, intern!(py, "release"))?;
        result
    }

    fn now(&self, py: Python<'_>) -> PyResult<UnixTime> {
        let now = match &self.clock {
            None if !options::is_time_replaced(py)? => UnixTime::now(),
            None => binding::clock(options::replaced_time(py)?),
            Some(clock) => binding::clock(options::clock_time(clock.bind(py).call0()?.as_any())?),
        };
        now.map_err(|error| to_py_err(py, &error))
    }
}

/// Calls the core, without the GIL if the body is large. Other threads can't change the body, which
/// is immutable (`FrozenBytes`).
fn without_gil_if_large<'d, T: Send>(
    py: Python<'_>,
    delivery: &Delivery<'d>,
    verify: impl FnOnce(&Delivery<'d>) -> Result<T, Error> + Send,
) -> PyResult<T> {
    let result = match delivery.body_len() {
        ..MIN_LEN_WITHOUT_GIL => verify(delivery),
        _ => py.detach(|| verify(delivery)),
    };
    result.map_err(|error| to_py_err(py, &error))
}
