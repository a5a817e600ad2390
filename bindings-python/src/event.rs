//! Events as Python's objects: the fields where the core found them, in what was parsed.

use std::cell::Cell;

use pivotal_webhooks::binding;
use pyo3::{
    PyTraverseError, PyVisit,
    exceptions::PyTypeError,
    prelude::*,
    sync::PyOnceLock,
    types::{PyBytes, PyDateTime, PyDict, PyString, PyTuple, PyTzInfo},
};

use crate::{Verified, input::FrozenBytes, json::Document};

/// An authentic event. Its subclasses, one a type, add nothing but what type checkers see.
#[pyclass(frozen, subclass, module = "pivotal_webhooks")]
pub(crate) struct Event {
    #[pyo3(get)]
    id: Option<String>,
    #[pyo3(get, name = "type")]
    event_type: String,
    /// Unix microseconds.
    created_at: Option<i64>,
    #[pyo3(get)]
    org_id: Option<String>,
    #[pyo3(get)]
    space_id: Option<String>,
    #[pyo3(get)]
    subject: Option<Py<PyAny>>,
    #[pyo3(get)]
    livemode: Option<bool>,
    #[pyo3(get)]
    api_version: Option<String>,
    #[pyo3(get)]
    data: Option<Py<PyAny>>,
    #[pyo3(get)]
    object: Option<Py<PyAny>>,
    #[pyo3(get)]
    previous_attributes: Option<Py<PyAny>>,
    #[pyo3(get)]
    extra: Py<PyDict>,
    #[pyo3(get)]
    raw: Py<PyBytes>,
    #[pyo3(get)]
    delivery: Py<Verified>,
}

thread_local! {
    /// The fields of the event that this thread is making.
    static VERIFIED: Cell<Option<Event>> = const { Cell::new(None) };
}

#[pymethods]
impl Event {
    /// Takes what only `new` below can have put there.
    #[new]
    #[pyo3(signature = (*_arguments), text_signature = None)]
    fn make(_arguments: &Bound<'_, PyTuple>) -> PyResult<Self> {
        let verified = VERIFIED.take();
        verified.ok_or_else(|| PyTypeError::new_err("only `Webhook.unwrap` makes an event"))
    }

    #[getter]
    fn created_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        static EPOCH: PyOnceLock<Py<PyDateTime>> = PyOnceLock::new();
        static DURATION: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let Some(microseconds) = self.created_at else { return Ok(None) };
        let epoch = EPOCH.get_or_try_init(py, || {
            let utc = PyTzInfo::utc(py)?;
            PyDateTime::new(py, 1970, 1, 1, 0, 0, 0, 0, Some(&utc)).map(Bound::unbind)
        })?;
        let since = DURATION.import(py, "datetime", "timedelta")?.call1((0, 0, microseconds))?;
        epoch.bind(py).add(since).map(Some)
    }

    fn __repr__(event: &Bound<'_, Self>) -> PyResult<String> {
        let (py, Self { id, event_type, .. }) = (event.py(), event.get());
        let mut repr = format!("<{}", event.get_type().name()?);
        for (name, value) in [("id", id.as_ref()), ("type", Some(event_type))] {
            if let Some(value) = value {
                repr.push_str(&format!(" {name}={}", PyString::new(py, value).repr()?));
            }
        }
        Ok(repr + ">")
    }

    /// Pickling and copying, which would make an event that nobody verified.
    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err("an event can't be pickled or copied: keep its `raw` bytes"))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.extra)?;
        [&self.subject, &self.data, &self.object, &self.previous_attributes]
            .into_iter()
            .flatten()
            .try_for_each(|held| visit.call(held))
    }
}

/// An event of the class of its type, from the body that it was read of.
pub(crate) fn new<'py>(
    py: Python<'py>,
    event: &pivotal_webhooks::Event<'_>,
    body: &FrozenBytes<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let body_read = Document::parse(py, event.json())?;
    let field = |wanted| {
        let place = binding::fields(event).iter().find(|(name, _)| *name == wanted);
        place.and_then(|(_, path)| *path).map(|path| body_read.at(path.names())).transpose()
    };
    let record = field("object")?.map(|record| renamed(record, binding::renamed(event)));
    let extra = PyDict::new(py);
    for (name, _) in event.extra() {
        extra.set_item(name, body_read.at([name])?)?;
    }
    let fields = Event {
        id: event.id().map(str::to_owned),
        event_type: event.event_type().to_owned(),
        created_at: event.created_at().map(binding::unix_microseconds),
        org_id: event.org_id().map(str::to_owned),
        space_id: event.space_id().map(str::to_owned),
        subject: field("subject")?.map(Bound::unbind),
        livemode: event.livemode(),
        api_version: event.api_version().map(str::to_owned),
        data: field("data")?.map(Bound::unbind),
        object: record.transpose()?.map(Bound::unbind),
        previous_attributes: field("previous_attributes")?.map(Bound::unbind),
        extra: extra.unbind(),
        raw: body.to_python().unbind(),
        delivery: Py::new(py, Verified::from(event.delivery()))?,
    };
    let class = class(py, event)?;
    VERIFIED.set(Some(fields));
    let made = class.call0();
    // Whatever happened, nobody else finds it.
    VERIFIED.take();
    made
}

/// The record itself, or a copy with other names in the same order.
fn renamed<'py>(record: Bound<'py, PyAny>, names: &[(&str, &str)]) -> PyResult<Bound<'py, PyAny>> {
    if names.is_empty() {
        return Ok(record);
    }
    let copy = PyDict::new(record.py());
    for (key, value) in record.cast::<PyDict>()? {
        let name = key.cast::<PyString>()?.to_str()?;
        match names.iter().find(|(alias, _)| *alias == name) {
            Some((_, name)) => copy.set_item(name, value)?,
            None => copy.set_item(key, value)?,
        }
    }
    Ok(copy.into_any())
}

fn class<'py>(py: Python<'py>, event: &pivotal_webhooks::Event<'_>) -> PyResult<Bound<'py, PyAny>> {
    static CLASSES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let classes = CLASSES.import(py, "pivotal_webhooks.events", "_CLASSES")?.as_any();
    let (listed, other): (Bound<'_, PyDict>, Bound<'_, PyAny>) =
        classes.get_item(event.sender().as_str())?.extract()?;
    Ok(listed.get_item(event.event_type())?.unwrap_or(other))
}
