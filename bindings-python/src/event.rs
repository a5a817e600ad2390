//! The class `Event`, made from the fields that the core located in the body.

use std::cell::Cell;

use pivotal_webhooks::{Dump, DumpError, Sender, binding};
use pyo3::{
    PyTraverseError, PyVisit,
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    sync::PyOnceLock,
    types::{PyBytes, PyDateTime, PyDict, PyString, PyTuple, PyType, PyTzInfo},
};

use crate::{catch_panic, json::Document, verified::Verified};

/// An authentic event: the base class of the events in `pivotal_webhooks.events`.
///
/// `Webhook.unwrap` makes it, and `restore_trusted` of its dump. Its attributes can't be set. The
/// dicts in it are plain dicts that no other event shares. Two events are equal if their classes
/// and their `raw` bytes are.
///
/// A copy has the same `delivery`. A pickle contains the event's dump: the `delivery` of an
/// unpickled event says that it `is_restored`, because that process verified no signature.
#[pyclass(frozen, subclass, module = "pivotal_webhooks.events")]
pub(crate) struct Event {
    /// The event's id, the same on every retry and replay. `None` for Pivot's events.
    #[pyo3(get)]
    id: Option<String>,
    /// The name of the type, such as `customer.at_risk`. Senders may add types.
    #[pyo3(get, name = "type")]
    event_type: String,
    /// Unix microseconds.
    created_at: Option<i64>,
    /// The organisation in which it happened.
    #[pyo3(get)]
    org_id: Option<String>,
    /// The space in which it happened; Pivot only.
    #[pyo3(get)]
    space_id: Option<String>,
    /// What the event is about, a room or a space; Pivot only.
    #[pyo3(get)]
    subject: Option<Py<PyAny>>,
    /// `False` for test events; Pivotal only.
    #[pyo3(get)]
    livemode: Option<bool>,
    /// The version of the payload; Pivotal only.
    #[pyo3(get)]
    api_version: Option<String>,
    /// The envelope's `data`, which contains the record, unchanged.
    #[pyo3(get)]
    data: Option<Py<PyAny>>,
    /// The record that the event is about: a dict, whose fields the subclasses name.
    ///
    /// A field that Pivot writes in camelCase has its snake_case name here.
    #[pyo3(get)]
    object: Option<Py<PyAny>>,
    /// The previous values of the changed fields: a dict, or `None` if the event has none.
    #[pyo3(get)]
    previous_attributes: Option<Py<PyAny>>,
    /// All other fields of the envelope, by name.
    #[pyo3(get)]
    extra: Py<PyDict>,
    /// The verified bytes; if `bytes` were passed, the same object.
    #[pyo3(get)]
    raw: Py<PyBytes>,
    /// The facts that the signature of its delivery covers.
    #[pyo3(get)]
    delivery: Py<Verified>,
    sender: &'static str,
    /// The name of the endpoint that received the event.
    source: String,
}

/// A function and its arguments.
type Reduced<'py> = (Bound<'py, PyAny>, (Bound<'py, PyBytes>, &'static str));

thread_local! {
    /// The fields of the event that `new` makes in this thread.
    static FIELDS: Cell<Option<Event>> = const { Cell::new(None) };
}

#[pymethods]
impl Event {
    /// Takes the fields that only `make` below can have set.
    #[new]
    #[pyo3(signature = (*_arguments), text_signature = None)]
    fn new(_arguments: &Bound<'_, PyTuple>) -> PyResult<Self> {
        let fields = FIELDS.take();
        fields.ok_or_else(|| PyTypeError::new_err("only `Webhook.unwrap` makes an event"))
    }

    /// The time of the event, in UTC. The sender may have sent it later.
    ///
    /// Digits beyond microseconds are cut off; a leap second is the second before it.
    #[getter]
    fn created_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        static EPOCH: PyOnceLock<Py<PyDateTime>> = PyOnceLock::new();
        static DURATION: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        catch_panic(py, |py| {
            let Some(microseconds) = self.created_at else { return Ok(None) };
            let epoch = EPOCH.get_or_try_init(py, || {
                let utc = PyTzInfo::utc(py)?;
                PyDateTime::new(py, 1970, 1, 1, 0, 0, 0, 0, Some(&utc)).map(Bound::unbind)
            })?;
            let since =
                DURATION.import(py, "datetime", "timedelta")?.call1((0, 0, microseconds))?;
            epoch.bind(py).add(since).map(Some)
        })
    }

    /// The name of the event in a store of handled events, and of its job in a queue.
    ///
    /// It is the same on every retry and replay, and different for each event and each `source` of
    /// a `Webhook`. It consists of the source, `_` and 32 hex digits of the SHA-256 of the event's
    /// id, or of `raw` if the event has no id.
    #[getter]
    fn idempotency_key(&self, py: Python<'_>) -> PyResult<String> {
        catch_panic(py, |py| {
            let raw = self.raw.as_bytes(py);
            Ok(binding::idempotency_key(&self.source, self.id.as_deref(), raw))
        })
    }

    /// Return the event as bytes for a queue, of which `restore_trusted` makes the event again.
    ///
    /// They are the facts of the delivery as one line of JSON, and behind it the bytes of `raw`.
    /// All of it is UTF-8, so that a queue of texts can take it decoded.
    fn dump<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        catch_panic(py, |py| {
            let facts = self.delivery.get().facts(&self.source);
            Ok(PyBytes::new(py, &binding::dump(&facts, self.raw.as_bytes(py))))
        })
    }

    fn __repr__(event: &Bound<'_, Self>) -> PyResult<String> {
        catch_panic(event.py(), |py| {
            let Self { id, event_type, .. } = event.get();
            let mut repr = format!("<{}", event.get_type().name()?);
            for (name, value) in [("id", id.as_ref()), ("type", Some(event_type))] {
                if let Some(value) = value {
                    repr.push_str(&format!(" {name}={}", PyString::new(py, value).repr()?));
                }
            }
            Ok(repr + ">")
        })
    }

    fn __eq__(event: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        catch_panic(event.py(), |py| {
            let Ok(other) = other.cast::<Self>() else { return Ok(py.NotImplemented()) };
            let (one, other) = (event.get(), other.get());
            let same_raw = one.raw.as_bytes(py) == other.raw.as_bytes(py);
            let equal = one.sender == other.sender && same_raw;
            Ok(equal.into_pyobject(py)?.to_owned().into_any().unbind())
        })
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        catch_panic(py, |py| self.raw.bind(py).hash())
    }

    fn __copy__(event: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        catch_panic(event.py(), |py| {
            let fields = event.get();
            let extra = fields.extra.bind(py).copy()?;
            let shared = |field: &Option<Py<PyAny>>| field.as_ref().map(|it| it.clone_ref(py));
            make(&event.get_type(), fields.with(py, extra.unbind(), shared)).map(Bound::unbind)
        })
    }

    fn __deepcopy__(event: &Bound<'_, Self>, memo: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        catch_panic(event.py(), |py| {
            let Self { subject, data, object, previous_attributes, extra, .. } = event.get();
            // In one tuple, as the record is a part of `data`.
            let dicts = PyTuple::new(py, [subject, data, object, previous_attributes])?;
            let deepcopy = py.import("copy")?.getattr("deepcopy")?;
            let copied = deepcopy.call1(((dicts, extra), memo))?;
            let (dicts, extra): (Bound<'_, PyTuple>, Bound<'_, PyDict>) = copied.extract()?;
            let mut dicts = dicts.iter();
            let next = |_: &Option<Py<PyAny>>| {
                dicts.next().filter(|field| !field.is_none()).map(Bound::unbind)
            };
            make(&event.get_type(), event.get().with(py, extra.unbind(), next)).map(Bound::unbind)
        })
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        catch_panic(py, |py| {
            let function = py.import("pivotal_webhooks")?.getattr("restore_trusted")?;
            Ok((function, (self.dump(py)?, self.sender)))
        })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.extra)?;
        [&self.subject, &self.data, &self.object, &self.previous_attributes]
            .into_iter()
            .flatten()
            .try_for_each(|field| visit.call(field))
    }
}

impl Event {
    /// The same fields with these dicts, in the order `subject`, `data`, `object`,
    /// `previous_attributes`.
    fn with(
        &self,
        py: Python<'_>,
        extra: Py<PyDict>,
        mut dict: impl FnMut(&Option<Py<PyAny>>) -> Option<Py<PyAny>>,
    ) -> Self {
        Self {
            id: self.id.clone(),
            event_type: self.event_type.clone(),
            created_at: self.created_at,
            org_id: self.org_id.clone(),
            space_id: self.space_id.clone(),
            subject: dict(&self.subject),
            livemode: self.livemode,
            api_version: self.api_version.clone(),
            data: dict(&self.data),
            object: dict(&self.object),
            previous_attributes: dict(&self.previous_attributes),
            extra,
            raw: self.raw.clone_ref(py),
            delivery: self.delivery.clone_ref(py),
            sender: self.sender,
            source: self.source.clone(),
        }
    }
}

/// An event of the class of its type, and the bytes that it was read from.
pub(crate) fn new<'py>(
    py: Python<'py>,
    event: &pivotal_webhooks::Event<'_>,
    raw: Bound<'py, PyBytes>,
) -> PyResult<Bound<'py, PyAny>> {
    let document = Document::parse(py, event.json())?;
    let field = |wanted| {
        let place = binding::fields(event).iter().find(|(name, _)| *name == wanted);
        place.and_then(|(_, path)| *path).map(|path| document.at(path.names())).transpose()
    };
    let record = field("object")?.map(|record| renamed(record, binding::renamed(event)));
    let extra = PyDict::new(py);
    for (name, _) in event.extra() {
        extra.set_item(name, document.at([name])?)?;
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
        raw: raw.unbind(),
        delivery: Py::new(py, Verified::from(event.delivery()))?,
        sender: event.sender().as_str(),
        source: binding::source(event).to_owned(),
    };
    make(&class(py, event)?, fields)
}

/// Return the event of a dump, with all its types.
///
/// No signature is verified: the dump must come from a queue that only receivers write to, which
/// have verified the delivery. `event.delivery.is_restored` is true.
///
/// :param dump: What `Event.dump` returned, or its text, also from a receiver in another language.
/// :param sender: The sender of the events that the queue contains.
/// :raises DumpError: The dump is damaged, or of another version, or of no event of this sender.
/// :raises TypeError: `dump` is neither bytes nor text.
/// :raises ValueError: There is no such sender.
#[pyfunction]
#[pyo3(signature = (dump, sender = "pivotal"))]
pub(crate) fn restore_trusted<'py>(
    dump: &Bound<'py, PyAny>,
    sender: &str,
) -> PyResult<Bound<'py, PyAny>> {
    catch_panic(dump.py(), |py| {
        let sender =
            [Sender::Pivotal, Sender::Pivot].into_iter().find(|one| one.as_str() == sender);
        let sender = sender
            .ok_or_else(|| PyValueError::new_err("sender must be \"pivotal\" or \"pivot\""))?;
        let bytes = crate::input::body(dump)?;
        let refused = |error| dump_error(py, error);
        let dump = Dump::read(bytes.bytes(), sender).map_err(refused)?;
        let event = dump.restore_trusted().map_err(refused)?;
        new(py, &event, PyBytes::new(py, event.raw()))
    })
}

fn dump_error(py: Python<'_>, error: DumpError) -> PyErr {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let raised = CLASS
        .import(py, "pivotal_webhooks.errors", "DumpError")
        .and_then(|class| class.call1((error.to_string(), error.code(), error.help())));
    raised.map_or_else(|failure| failure, PyErr::from_value)
}

fn make<'py>(class: &Bound<'py, PyAny>, fields: Event) -> PyResult<Bound<'py, PyAny>> {
    FIELDS.set(Some(fields));
    let made = class.call0();
    // If the class was not called, nobody else may take the fields.
    FIELDS.take();
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
