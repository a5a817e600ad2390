//! The classes `Verified` and `Unauthenticated`.

use pivotal_webhooks::{Scheme, UnixTime, binding};
use pyo3::{exceptions::PyTypeError, prelude::*, types::PyString};

use crate::catch_panic;

/// The facts that a signature covers. Only `Webhook` and `restore_trusted` make this object.
#[pyclass(frozen, eq, module = "pivotal_webhooks")]
#[derive(Clone, PartialEq)]
pub(crate) struct Verified {
    scheme: Scheme,
    id: Option<Box<str>>,
    /// When it was signed, in Unix seconds, where the scheme signs a time.
    #[pyo3(get)]
    timestamp: Option<u64>,
    /// Seconds from the signed time to the clock; negative if the signed time is ahead.
    #[pyo3(get)]
    skew: Option<i64>,
    label: Option<Box<str>>,
    event_type: Option<Box<str>>,
    delivery_id: Option<Box<str>>,
    /// Whether the facts come from a dump of the event. Another process has then verified the
    /// delivery, and this one trusts the queue that the dump came through.
    #[pyo3(get)]
    is_restored: bool,
}

impl Verified {
    /// What a dump says of the delivery.
    pub(crate) fn facts<'a>(&'a self, source: &'a str) -> binding::Facts<'a> {
        binding::Facts {
            scheme: self.scheme,
            source,
            id: self.id.as_deref(),
            timestamp: self.timestamp,
            skew: self.skew,
            label: self.label.as_deref(),
            event_type: self.event_type.as_deref(),
            delivery_id: self.delivery_id.as_deref(),
        }
    }
}

#[pymethods]
impl Verified {
    /// The header scheme that the delivery was signed in.
    #[getter]
    fn scheme(&self) -> &'static str {
        self.scheme.as_str()
    }

    /// The signed delivery id, where the scheme signs one.
    #[getter]
    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The label of the secret that made the signature.
    #[getter]
    fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// The values of unsigned headers. Use them in logs only.
    #[getter]
    fn unauthenticated(&self) -> Unauthenticated {
        Unauthenticated {
            event_type: self.event_type.as_deref().map(str::to_owned),
            delivery_id: self.delivery_id.as_deref().map(str::to_owned),
        }
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        catch_panic(py, |py| {
            let mut repr = format!("<Verified scheme={}", self.scheme());
            if let Some(id) = self.id() {
                repr.push_str(&format!(" id={}", PyString::new(py, id).repr()?));
            }
            if let (Some(timestamp), Some(skew)) = (self.timestamp, self.skew) {
                repr.push_str(&format!(" timestamp={timestamp} skew={skew}"));
            }
            if let Some(label) = self.label() {
                repr.push_str(&format!(" label={}", PyString::new(py, label).repr()?));
            }
            if self.is_restored {
                repr.push_str(" is_restored=True");
            }
            Ok(repr + ">")
        })
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<u64> {
        use core::hash::{BuildHasher as _, BuildHasherDefault};
        catch_panic(py, |_| {
            let hasher = BuildHasherDefault::<std::hash::DefaultHasher>::default();
            Ok(hasher.hash_one((&self.id, self.timestamp, &self.label)))
        })
    }

    fn __copy__(this: Py<Self>) -> Py<Self> {
        this
    }

    fn __deepcopy__(this: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        this
    }

    /// Refuse with `TypeError`: another process would get facts that it did not verify.
    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err(
            "a Verified can't be pickled: only a verification makes this object; pickle its event",
        ))
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
            is_restored: verified.is_restored(),
        }
    }
}

/// The values of headers that no signature covers. Any sender or proxy can write them.
#[pyclass(frozen, get_all, module = "pivotal_webhooks")]
pub(crate) struct Unauthenticated {
    /// The event's type.
    event_type: Option<String>,
    /// The delivery's id.
    delivery_id: Option<String>,
}

#[pymethods]
impl Unauthenticated {
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        catch_panic(py, |py| {
            let mut repr = String::from("<Unauthenticated");
            let Self { event_type, delivery_id } = self;
            for (name, value) in
                [(stringify!(event_type), event_type), (stringify!(delivery_id), delivery_id)]
            {
                if let Some(value) = value {
                    repr.push_str(&format!(" {name}={}", PyString::new(py, value).repr()?));
                }
            }
            Ok(repr + ">")
        })
    }
}
