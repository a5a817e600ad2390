//! The options of a `Webhook`, with errors that name the option and what it takes.

use pivotal_webhooks::binding;
use pyo3::{
    exceptions::{PyOverflowError, PyTypeError},
    intern,
    prelude::*,
    sync::PyOnceLock,
    types::{PyBool, PyDict, PyString},
};

use crate::input::{close_coroutine, type_name};

/// Arguments as Python passes them.
#[derive(Default)]
pub(crate) struct Arguments<'py> {
    pub(crate) schemes: Option<Bound<'py, PyAny>>,
    pub(crate) tolerance: Option<Bound<'py, PyAny>>,
    pub(crate) ignore_timestamp: Option<Bound<'py, PyAny>>,
    pub(crate) max_event_age: Option<Bound<'py, PyAny>>,
    pub(crate) max_body: Option<Bound<'py, PyAny>>,
    pub(crate) key: Option<Bound<'py, PyAny>>,
    pub(crate) source: Option<Bound<'py, PyAny>>,
}

impl Arguments<'_> {
    /// The options for the core, which checks their values.
    pub(crate) fn read(self, pivot: bool) -> PyResult<binding::Options> {
        let seconds = |option: Option<_>, takes| option.map(|it| number(&it, takes)).transpose();
        Ok(binding::Options {
            pivot,
            schemes: self.schemes.map(|schemes| names(&schemes)).transpose()?,
            tolerance: seconds(self.tolerance, "tolerance must be a number of seconds, as in 300")?,
            ignore_timestamp: self.ignore_timestamp.map_or(Ok(false), |flag| boolean(&flag))?,
            max_body: seconds(self.max_body, "max_body must be a number of bytes, as in 1048576")?,
            key: self.key.map(|key| text(&key, KEY_TAKES)).transpose()?,
            source: self.source.map(|source| text(&source, SOURCE_TAKES)).transpose()?,
            max_event_age: seconds(
                self.max_event_age,
                "max_event_age must be a number of seconds, as in 86400",
            )?,
            ..Default::default()
        })
    }
}

pub(crate) fn check_clock(clock: &Bound<'_, PyAny>) -> PyResult<()> {
    if clock.is_callable() && !is_async(clock) {
        return Ok(());
    }
    Err(wrong_type("clock must be a function that returns Unix seconds", clock))
}

/// The time that the caller's clock gave, in Unix seconds.
pub(crate) fn clock_time(time: &Bound<'_, PyAny>) -> PyResult<f64> {
    number(time, "clock must return Unix seconds as a number").inspect_err(|_| {
        close_coroutine(time);
    })
}

/// Whether a tool is loaded that replaces `time.time` in tests. `cargo xtask bench` prints what this
/// costs each delivery, which must be less than 60 ns, beside a call of `time.time`.
pub(crate) fn is_time_replaced(py: Python<'_>) -> PyResult<bool> {
    static MODULES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let modules = MODULES.import(py, "sys", "modules")?;
    Ok(modules.contains(intern!(py, "freezegun"))?
        || modules.contains(intern!(py, "time_machine"))?)
}

/// The time that such a tool has set.
pub(crate) fn replaced_time(py: Python<'_>) -> PyResult<f64> {
    clock_time(&py.import("time")?.getattr(intern!(py, "time"))?.call0()?)
}

/// A number of any type with `__float__`. An int beyond a double's range counts as infinite.
pub(crate) fn number(object: &Bound<'_, PyAny>, takes: &'static str) -> PyResult<f64> {
    if object.is_instance_of::<PyBool>() {
        return Err(wrong_type(takes, object));
    }
    object.extract::<f64>().or_else(|error| {
        if error.is_instance_of::<PyOverflowError>(object.py()) {
            Ok(f64::INFINITY)
        } else if error.is_instance_of::<PyTypeError>(object.py()) {
            Err(wrong_type(takes, object))
        } else {
            Err(error)
        }
    })
}

/// Whether a call of this function gives a coroutine.
pub(crate) fn is_async(function: &Bound<'_, PyAny>) -> bool {
    const CO_COROUTINE: u32 = 0x80;
    let py = function.py();
    let flags = |object: &Bound<'_, PyAny>| -> Option<u32> {
        let code = object.getattr_opt(intern!(py, "__code__")).ok()??;
        code.getattr(intern!(py, "co_flags")).ok()?.extract().ok()
    };
    let call = || function.get_type().getattr(intern!(py, "__call__")).ok();
    flags(function)
        .or_else(|| call().and_then(|call| flags(&call)))
        .is_some_and(|flags| flags & CO_COROUTINE != 0)
}

fn names(object: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let takes = "schemes must be a list of names, as in [\"svix\"]";
    if object.is_instance_of::<PyString>() || !object.hasattr(intern!(object.py(), "__iter__"))? {
        return Err(wrong_type(takes, object));
    }
    let names = object.try_iter()?.map(|name| {
        let name = name?;
        let text = name.cast::<PyString>().map_err(|_| {
            PyTypeError::new_err(format!("{takes}, not a list with {} in it", type_name(&name)))
        })?;
        Ok(text.to_string_lossy().into_owned())
    });
    names.collect()
}

const KEY_TAKES: &str = "key must be \"auto\", \"base64\" or \"text\"";

const SOURCE_TAKES: &str = "source must be a name, as in \"pivotal-eu\"";

fn text(object: &Bound<'_, PyAny>, takes: &str) -> PyResult<String> {
    match object.cast::<PyString>() {
        Ok(text) => Ok(text.to_string_lossy().into_owned()),
        Err(_) => Err(wrong_type(takes, object)),
    }
}

fn boolean(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    match object.cast::<PyBool>() {
        Ok(flag) => Ok(flag.is_true()),
        Err(_) => Err(wrong_type("dangerously_ignore_timestamp must be True or False", object)),
    }
}

fn wrong_type(takes: &str, object: &Bound<'_, PyAny>) -> PyErr {
    PyTypeError::new_err(format!("{takes}, not {}", type_name(object)))
}
