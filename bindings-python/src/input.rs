//! Python's many shapes of bodies, headers and secrets, as bytes that can't change under us.

use pivotal_webhooks::binding::{self, Zeroizing};
use pyo3::{
    Borrowed,
    exceptions::{PyOverflowError, PyTypeError},
    intern,
    prelude::*,
    types::{PyBool, PyBytes, PyDict, PyList, PyMemoryView, PyString},
};

use crate::to_py_err;

/// An immutable `bytes` or `str`, whose bytes can be borrowed.
pub(crate) enum FrozenBytes<'py> {
    Bytes(Bound<'py, PyBytes>),
    /// One that has a UTF-8 encoding.
    Text(Bound<'py, PyString>),
}

impl<'py> FrozenBytes<'py> {
    /// `None` for other types, and for a `str` that has no UTF-8 encoding.
    fn new(object: &Bound<'py, PyAny>) -> Option<Self> {
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

    pub(crate) fn to_python(&self) -> Bound<'py, PyBytes> {
        match self {
            Self::Bytes(bytes) => bytes.clone(),
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
    if let Some(held) = FrozenBytes::new(object) {
        return Ok(held);
    }
    if object.is_instance_of::<PyString>() {
        return Err(to_py_err(py, &binding::body_not_text()));
    }
    // A bytearray, a memoryview, an array: may change during the call, so copied first.
    let view = PyMemoryView::from(object).map_err(|error| {
        if !error.is_instance_of::<PyTypeError>(py) {
            return error;
        }
        PyTypeError::new_err(format!(
            "body must be the raw bytes of the request, not {}: what a parser has read can't be \
             verified any more; pass `await request.body()` (FastAPI, Starlette), \
             `request.get_data()` (Flask) or `request.body` (Django)",
            type_name(object),
        ))
    })?;
    let copy = view.call_method0(intern!(py, "tobytes"))?.cast_into::<PyBytes>()?;
    Ok(FrozenBytes::Bytes(copy))
}

/// The headers that some scheme reads, in the order in which they came.
pub(crate) struct Headers<'py> {
    /// As many as a scheme reads.
    few: [Option<(&'static str, FrozenBytes<'py>)>; 3],
    more: Vec<(&'static str, FrozenBytes<'py>)>,
}

impl<'py> Headers<'py> {
    /// In the shape in which the core takes them.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let all = self.few.iter().flatten().chain(&self.more);
        all.map(|(name, value)| (*name, value.bytes()))
    }

    fn is_empty(&self) -> bool {
        self.few.iter().all(Option::is_none)
    }

    fn pick(
        &mut self,
        name: &Bound<'py, PyAny>,
        value: &Bound<'py, PyAny>,
        named: impl Fn(&[u8]) -> Option<&'static str>,
    ) -> PyResult<()> {
        let bytes = match name.cast::<PyString>() {
            Ok(text) => text.to_str().unwrap_or_default().as_bytes(),
            Err(_) => name.cast::<PyBytes>().map_or(&[][..], |bytes| bytes.as_bytes()),
        };
        let (Some(name), false) = (named(bytes), value.is_none()) else { return Ok(()) };
        let value = FrozenBytes::new(value)
            .ok_or_else(|| to_py_err(value.py(), &binding::header_not_text(name)))?;
        match self.few.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some((name, value)),
            None => self.more.push((name, value)),
        }
        Ok(())
    }
}

pub(crate) fn headers<'py>(object: &Bound<'py, PyAny>) -> PyResult<Headers<'py>> {
    let py = object.py();
    let mut headers = Headers { few: [const { None }; 3], more: Vec::new() };
    // Only an exact dict: a subclass may keep several values under a name, and tell in `items`.
    if let Ok(dict) = object.cast_exact::<PyDict>() {
        for (name, value) in dict {
            headers.pick(&name, &value, binding::header_named)?;
        }
        // A WSGI environ writes HTTP_X_Y for x-y; anywhere else an underscore is an underscore.
        if headers.is_empty()
            && (dict.contains(intern!(py, "wsgi.version"))?
                || dict.contains(intern!(py, "wsgi.multithread"))?)
        {
            for (name, value) in dict {
                headers.pick(&name, &value, named_in_environ)?;
            }
        }
        return Ok(headers);
    }
    let pairs = match items(object)? {
        Some(pairs) => pairs,
        None if object.hasattr(intern!(py, "__iter__"))? => object.clone(),
        None => return Err(not_headers(object)),
    };
    for pair in pairs.try_iter()? {
        let pair = pair?;
        let pair = match pair.cast::<PyList>() {
            Ok(list) => list.to_tuple().extract(),
            Err(_) => pair.extract(),
        };
        let (name, value): (Bound<'py, PyAny>, Bound<'py, PyAny>) =
            pair.map_err(|_| not_headers(object))?;
        headers.pick(&name, &value, binding::header_named)?;
    }
    Ok(headers)
}

fn named_in_environ(key: &[u8]) -> Option<&'static str> {
    let as_written = |byte: u8| if byte == b'-' { b'_' } else { byte.to_ascii_uppercase() };
    let key = key.strip_prefix(b"HTTP_")?;
    let is_named = |name: &&str| key.iter().copied().eq(name.bytes().map(as_written));
    binding::header_names().iter().copied().find(is_named)
}

fn not_headers(object: &Bound<'_, PyAny>) -> PyErr {
    PyTypeError::new_err(format!(
        "headers must be a mapping, or pairs of name and value, not {}",
        type_name(object),
    ))
}

/// Signing secrets with their labels, wiped when the core has read them.
pub(crate) fn secrets(
    object: &Bound<'_, PyAny>,
) -> PyResult<Vec<(Option<String>, Zeroizing<String>)>> {
    if object.is_none() {
        return Ok(Vec::new());
    }
    if let Some(items) = items(object)? {
        let labelled = items.try_iter()?.map(|item| {
            let (label, value) = item?.extract::<(Option<String>, Bound<'_, PyAny>)>()?;
            Ok((label, secret(&value)?))
        });
        return labelled.collect();
    }
    let is_row = object.hasattr(intern!(object.py(), "__iter__"))?
        && !object.is_instance_of::<PyString>()
        && !object.is_instance_of::<PyBytes>();
    if is_row {
        object.try_iter()?.map(|value| Ok((None, secret(&value?)?))).collect()
    } else {
        Ok(vec![(None, secret(object)?)])
    }
}

fn secret(object: &Bound<'_, PyAny>) -> PyResult<Zeroizing<String>> {
    match object.cast::<PyString>() {
        // No UTF-8 encoding: a control character, so that the core calls it malformed. The error of
        // the encoder quotes the secret.
        Ok(text) => Ok(Zeroizing::new(text.to_str().unwrap_or("\0").to_owned())),
        Err(_) if object.is_none() => Ok(Zeroizing::default()),
        Err(_) => {
            Err(PyTypeError::new_err(format!("a secret must be a str, not {}", type_name(object))))
        }
    }
}

/// A number of Python's; an int beyond a double's range counts as infinite.
pub(crate) struct Number(pub(crate) f64);

impl FromPyObject<'_, '_> for Number {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if object.is_instance_of::<PyBool>() {
            return Err(PyTypeError::new_err("must be a number, not bool"));
        }
        match object.extract::<f64>() {
            Err(error) if error.is_instance_of::<PyOverflowError>(object.py()) => {
                Ok(Self(f64::INFINITY))
            }
            number => number.map(Self),
        }
    }
}

/// Unix seconds, from a number or a `datetime`.
pub(crate) fn moment(object: &Bound<'_, PyAny>) -> PyResult<f64> {
    let py = object.py();
    let Some(timestamp) = object.getattr_opt(intern!(py, "timestamp"))? else {
        return object.extract().map(|Number(seconds)| seconds);
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

fn type_name(object: &Bound<'_, PyAny>) -> String {
    object.get_type().name().map_or_else(|_| "an object".to_owned(), |name| name.to_string())
}
