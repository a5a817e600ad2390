//! Bodies, headers and secrets in the types that Python programs have, as bytes that can't change.

use pivotal_webhooks::binding::{self, KnownHeader, Zeroizing};
use pyo3::{
    exceptions::PyTypeError,
    intern,
    prelude::*,
    types::{PyBytes, PyDict, PyList, PyMemoryView, PyString, PyTuple},
};

use crate::{
    options::{is_async, number},
    to_py_err,
};

/// An immutable `bytes` or `str`, whose bytes can be borrowed.
pub(crate) enum FrozenBytes<'py> {
    Bytes(Bound<'py, PyBytes>),
    /// A `str` that has a UTF-8 encoding.
    Text(Bound<'py, PyString>),
}

impl<'py> FrozenBytes<'py> {
    /// `None` for other types, and for a `str` that has no UTF-8 encoding.
    pub(crate) fn new(object: &Bound<'py, PyAny>) -> Option<Self> {
        if let Ok(text) = object.cast::<PyString>() {
            text.to_str().is_ok().then(|| Self::Text(text.clone()))
        } else {
            object.cast::<PyBytes>().ok().map(|bytes| Self::Bytes(bytes.clone()))
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes.as_bytes(),
            Self::Text(text) => text.to_str().unwrap_or_default().as_bytes(),
        }
    }

    /// A `bytes` of exactly that type: the methods of a subclass could show other bytes.
    pub(crate) fn to_python(&self) -> Bound<'py, PyBytes> {
        match self {
            Self::Bytes(bytes) if bytes.is_exact_instance_of::<PyBytes>() => bytes.clone(),
            Self::Bytes(bytes) => PyBytes::new(bytes.py(), self.bytes()),
            Self::Text(text) => PyBytes::new(text.py(), self.bytes()),
        }
    }
}

/// An argument that has two names, `None` if it was passed under neither.
pub(crate) fn either<'py>(
    py: Python<'py>,
    one: Option<Bound<'py, PyAny>>,
    other: Option<Bound<'py, PyAny>>,
    not_both: &'static str,
) -> PyResult<Bound<'py, PyAny>> {
    if one.is_some() && other.is_some() {
        return Err(PyTypeError::new_err(not_both));
    }
    Ok(one.or(other).unwrap_or_else(|| py.None().into_bound(py)))
}

pub(crate) fn body<'py>(object: &Bound<'py, PyAny>) -> PyResult<FrozenBytes<'py>> {
    let py = object.py();
    if let Some(bytes) = FrozenBytes::new(object) {
        return Ok(bytes);
    }
    if object.is_instance_of::<PyString>() {
        return Err(to_py_err(py, &binding::body_not_text()));
    }
    // A bytearray, a memoryview or an array may change during the call, so it is copied first.
    let view = PyMemoryView::from(object).map_err(|error| {
        if !error.is_instance_of::<PyTypeError>(py) {
            return error;
        }
        PyTypeError::new_err(format!(
            "body must be the raw bytes of the request, not {}: a parsed body can't be verified; \
             pass `await request.body()` (FastAPI, Starlette), `request.get_data()` (Flask) or \
             `request.body` (Django)",
            type_name(object),
        ))
    })?;
    let copy = view.call_method0(intern!(py, "tobytes"))?.cast_into::<PyBytes>()?;
    Ok(FrozenBytes::Bytes(copy))
}

/// The lines of the headers that some scheme reads, in the order of the request.
#[derive(Default)]
pub(crate) struct Headers<'py>(Vec<(KnownHeader, FrozenBytes<'py>)>);

impl<'py> Headers<'py> {
    pub(crate) fn lines(&self) -> impl Iterator<Item = (KnownHeader, &[u8])> {
        self.0.iter().map(|(header, value)| (*header, value.bytes()))
    }

    /// Reads pairs of name and value. The object that they come from is named in an error.
    fn read(&mut self, object: &Bound<'py, PyAny>, pairs: &Bound<'py, PyAny>) -> PyResult<()> {
        for pair in pairs.try_iter()? {
            let pair = pair?;
            let pair = match pair.cast::<PyList>() {
                Ok(list) => list.to_tuple().extract(),
                Err(_) => pair.extract(),
            };
            let (name, value): (Bound<'py, PyAny>, Bound<'py, PyAny>) =
                pair.map_err(|_| not_headers(object))?;
            self.add(&name, &value, KnownHeader::find)?;
        }
        Ok(())
    }

    fn add(
        &mut self,
        name: &Bound<'py, PyAny>,
        value: &Bound<'py, PyAny>,
        find: impl Fn(&[u8]) -> Option<KnownHeader>,
    ) -> PyResult<()> {
        let bytes = match name.cast::<PyString>() {
            Ok(text) => text.to_str().unwrap_or_default().as_bytes(),
            Err(_) => name.cast::<PyBytes>().map_or(&[][..], |bytes| bytes.as_bytes()),
        };
        let Some(header) = find(bytes) else { return Ok(()) };
        if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
            for line in value.try_iter()? {
                self.add_line(header, &line?)?;
            }
            return Ok(());
        }
        self.add_line(header, value)
    }

    fn add_line(&mut self, header: KnownHeader, line: &Bound<'py, PyAny>) -> PyResult<()> {
        if line.is_none() {
            return Ok(());
        }
        let Some(value) = FrozenBytes::new(line) else {
            return Err(if line.is_instance_of::<PyString>() {
                to_py_err(line.py(), &header.malformed())
            } else {
                PyTypeError::new_err(format!(
                    "headers: the value of {} must be str, bytes or a list of them, not {}",
                    header.as_str(),
                    type_name(line),
                ))
            });
        };
        self.0.push((header, value));
        Ok(())
    }
}

pub(crate) fn headers<'py>(object: &Bound<'py, PyAny>) -> PyResult<Headers<'py>> {
    let py = object.py();
    let mut headers = Headers::default();
    // Only an exact dict: a subclass may hold several lines under a name, and yield them in `items`.
    if let Ok(dict) = object.cast_exact::<PyDict>() {
        for (name, value) in dict {
            headers.add(&name, &value, KnownHeader::find)?;
        }
        if !headers.0.is_empty() {
            return Ok(headers);
        }
        // A WSGI environ writes HTTP_X_Y for x-y; anywhere else an underscore is an underscore.
        if dict.contains(intern!(py, "wsgi.version"))?
            || dict.contains(intern!(py, "wsgi.multithread"))?
        {
            for (name, value) in dict {
                headers.add(&name, &value, find_in_environ)?;
            }
        } else if dict
            .get_item(intern!(py, "headers"))?
            .is_some_and(|inner| !inner.is_none() && !inner.is_instance_of::<PyString>())
        {
            return Err(PyTypeError::new_err(
                "headers must be the headers of the request, not a dict that contains them: pass \
                 its entry \"headers\"",
            ));
        }
        return Ok(headers);
    }
    // A lookup that fails costs more than reading the headers.
    let is_pairs = object.is_exact_instance_of::<PyList>();
    let pairs = if is_pairs { None } else { items(object)? };
    let pairs = match pairs {
        Some(pairs) => pairs,
        None if is_pairs => object.clone(),
        // Iterating over a request of Django or a response of requests would read its body.
        None if object.hasattr(intern!(py, "__iter__"))?
            && !object.hasattr(intern!(py, "headers"))? =>
        {
            object.clone()
        }
        None => return Err(not_headers(object)),
    };
    headers.read(object, &pairs)?;
    // `items` of httpx joins lines.
    if headers.0.iter().any(|(_, value)| value.bytes().windows(2).any(|it| it == b", "))
        && let Some(lines) = object.getattr_opt(intern!(py, "multi_items"))?
    {
        headers.0.clear();
        headers.read(object, &lines.call0()?)?;
    }
    // Some classes of requests are mappings too, of something else than headers.
    if headers.0.is_empty() && object.hasattr(intern!(py, "headers"))? {
        return Err(not_headers(object));
    }
    Ok(headers)
}

/// All lines of headers under the names that arrived, for a diagnosis.
#[derive(Default)]
pub(crate) struct AllHeaders(Vec<(Vec<u8>, Vec<u8>)>);

impl AllHeaders {
    /// Reads headers as verification does, and beside them the lines under all other names. Names and
    /// values without bytes are left out.
    pub(crate) fn read(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let is_iterator = object.hasattr(intern!(object.py(), "__next__"))?;
        let object = match is_iterator {
            true => &object.py().get_type::<PyList>().call1((object,))?,
            false => object,
        };
        let known = headers(object)?;
        let known = known.lines().map(|(name, value)| (name.as_str().into(), value.into()));
        let mut lines: Vec<(Vec<u8>, Vec<u8>)> = known.collect();
        let pairs = items(object)?.unwrap_or_else(|| object.clone());
        for pair in pairs.try_iter()? {
            let pair = pair?;
            let (name, value) = (pair.get_item(0)?, pair.get_item(1)?);
            let Some(name) = FrozenBytes::new(&name) else { continue };
            if KnownHeader::find(name.bytes()).is_some() {
                continue;
            }
            let is_list = value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>();
            let values = match is_list {
                true => value.try_iter()?.collect::<PyResult<_>>()?,
                false => vec![value],
            };
            for value in values.iter().filter_map(FrozenBytes::new) {
                lines.push((name.bytes().into(), value.bytes().into()));
            }
        }
        Ok(Self(lines))
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

fn find_in_environ(key: &[u8]) -> Option<KnownHeader> {
    let key = key.strip_prefix(b"HTTP_")?;
    let as_written = |byte: u8| if byte == b'-' { b'_' } else { byte.to_ascii_uppercase() };
    let is_named = |name: &&str| key.iter().copied().eq(name.bytes().map(as_written));
    let name = binding::header_names().iter().copied().find(is_named)?;
    KnownHeader::find(name.as_bytes())
}

fn not_headers(object: &Bound<'_, PyAny>) -> PyErr {
    let advice = if object.hasattr(intern!(object.py(), "headers")).unwrap_or(false) {
        ": pass its `headers`"
    } else if close_coroutine(object) {
        ": await it first"
    } else {
        ""
    };
    PyTypeError::new_err(format!(
        "headers must be a mapping, or pairs of name and value, not {}{advice}",
        type_name(object),
    ))
}

/// Secrets with their labels. Their text is wiped when the core has read it.
pub(crate) type Secrets = Vec<(Option<String>, Zeroizing<String>)>;

/// Whether the secret is a function that returns it.
pub(crate) fn is_secret_function(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    if !object.is_callable() || hidden_text(object)?.is_some() {
        return Ok(false);
    }
    if is_async(object) {
        return Err(PyTypeError::new_err(
            "secret must not be an async function: pass a function that returns the secret, not a \
             coroutine",
        ));
    }
    Ok(true)
}

/// Reads secrets. Absent ones (`None`) are left out; if all are absent there is none, which the core
/// refuses.
pub(crate) fn secrets(object: &Bound<'_, PyAny>) -> PyResult<Secrets> {
    let mut secrets = Vec::new();
    let mut add = |label: Option<String>, value: &Bound<'_, PyAny>| -> PyResult<()> {
        if !value.is_none() {
            secrets.push((label, secret(value)?));
        }
        Ok(())
    };
    if object.is_instance_of::<PyString>() || object.is_none() || hidden_text(object)?.is_some() {
        add(None, object)?;
    } else if let Some(items) = items(object)? {
        for item in items.try_iter()? {
            let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item?.extract()?;
            add(label(&name)?, &value)?;
        }
    } else if object.hasattr(intern!(object.py(), "__iter__"))?
        && !object.is_instance_of::<PyBytes>()
    {
        for value in object.try_iter()? {
            add(None, &value?)?;
        }
    } else {
        let advice = if close_coroutine(object) { ": await it first" } else { "" };
        return Err(PyTypeError::new_err(format!(
            "secret must be a str, a list or a dict of them, or a function that returns one of \
             these, not {}{advice}",
            type_name(object),
        )));
    }
    Ok(secrets)
}

fn label(object: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    if object.is_none() {
        return Ok(None);
    }
    match object.cast::<PyString>() {
        // A label without a UTF-8 encoding becomes an empty one, which the core refuses.
        Ok(text) => Ok(Some(text.to_str().unwrap_or_default().to_owned())),
        Err(_) => Err(PyTypeError::new_err(format!(
            "secret: a label must be a str, not {}",
            type_name(object)
        ))),
    }
}

fn secret(object: &Bound<'_, PyAny>) -> PyResult<Zeroizing<String>> {
    let hidden = hidden_text(object)?;
    let object = hidden.as_ref().unwrap_or(object);
    match object.cast::<PyString>() {
        // Without a UTF-8 encoding: a control character, so that the core calls it malformed. The
        // error of Python's encoder would quote the secret.
        Ok(text) => Ok(Zeroizing::new(text.to_str().unwrap_or("\0").to_owned())),
        Err(_) => {
            close_coroutine(object);
            Err(PyTypeError::new_err(format!("a secret must be a str, not {}", type_name(object))))
        }
    }
}

/// The text in an object that hides its text when it is printed: pydantic's `SecretStr`, or
/// Starlette's `Secret`, whose accessor is `str`.
fn hidden_text<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = object.py();
    if object.is_instance_of::<PyString>() {
        return Ok(None);
    }
    let class = object.get_type();
    if let Some(accessor) = class.getattr_opt(intern!(py, "get_secret_value"))? {
        return accessor.call1((object,)).map(Some);
    }
    for class in class.mro() {
        let module = class.getattr_opt(intern!(py, "__module__"))?;
        let is_starlette = module.is_some_and(|module| {
            module.cast::<PyString>().is_ok_and(|name| *name == *"starlette.datastructures")
        });
        if is_starlette && class.getattr(intern!(py, "__name__"))?.eq(intern!(py, "Secret"))? {
            return object.str().map(|text| Some(text.into_any()));
        }
    }
    Ok(None)
}

/// Unix seconds, from a number or a `datetime`.
pub(crate) fn moment(object: &Bound<'_, PyAny>) -> PyResult<f64> {
    let py = object.py();
    let Some(timestamp) = object.getattr_opt(intern!(py, "timestamp"))? else {
        return number(object, "timestamp must be Unix seconds or a datetime");
    };
    if object.getattr(intern!(py, "tzinfo"))?.is_none() {
        return Err(PyTypeError::new_err("timestamp must have a time zone, or be Unix seconds"));
    }
    timestamp.call0()?.extract()
}

/// The pairs of a mapping, `None` for anything else.
fn items<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    object.getattr_opt(intern!(object.py(), "items"))?.map(|items| items.call0()).transpose()
}

/// Closes a coroutine, so that Python doesn't warn that it was never awaited. Returns whether the
/// object is awaitable.
pub(crate) fn close_coroutine(object: &Bound<'_, PyAny>) -> bool {
    let py = object.py();
    if type_name(object) == "coroutine" {
        let _ = object.call_method0(intern!(py, "close"));
    }
    object.hasattr(intern!(py, "__await__")).unwrap_or(false)
}

pub(crate) fn type_name(object: &Bound<'_, PyAny>) -> String {
    object.get_type().name().map_or_else(|_| "an object".to_owned(), |name| name.to_string())
}
