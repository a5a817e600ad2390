//! Builds Python's objects from JSON that the core has validated, equal to those of `json.loads`.

use core::{cell::RefCell, fmt};

use pyo3::{
    IntoPyObjectExt as _,
    prelude::*,
    sync::PyOnceLock,
    types::{PyBool, PyDict, PyFloat, PyList, PyString},
};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A validated text and its value.
pub(crate) struct Document<'t, 'py> {
    pub(crate) value: Bound<'py, PyAny>,
    names: Names<'t, 'py>,
}

impl<'t, 'py> Document<'t, 'py> {
    /// Falls back to `json.loads` for what `Value` doesn't read.
    pub(crate) fn parse(py: Python<'py>, text: &'t str) -> PyResult<Self> {
        static LOADS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let names = Names::default();
        let value = Value { py, names: &names };
        let value = match value.deserialize(&mut serde_json::Deserializer::from_str(text)) {
            Ok(value) => value,
            Err(_) => LOADS.import(py, "json", "loads")?.call1((text,))?,
        };
        Ok(Self { value, names })
    }

    /// The value at this path of names.
    pub(crate) fn at<'n: 't>(
        &self,
        path: impl IntoIterator<Item = &'n str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = self.value.py();
        path.into_iter()
            .try_fold(self.value.clone(), |object, name| object.get_item(self.names.get(py, name)))
    }
}

#[derive(Clone, Copy)]
struct Value<'n, 't, 'py> {
    py: Python<'py>,
    names: &'n Names<'t, 'py>,
}

impl<'t, 'py> DeserializeSeed<'t> for Value<'_, 't, 'py> {
    type Value = Bound<'py, PyAny>;

    fn deserialize<D: Deserializer<'t>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'t, 'py> Visitor<'t> for Value<'_, 't, 'py> {
    type Value = Bound<'py, PyAny>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(self.py.None().into_bound(self.py))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(PyBool::new(self.py, value).to_owned().into_any())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        value.into_bound_py_any(self.py).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        value.into_bound_py_any(self.py).map_err(E::custom)
    }

    /// serde_json passes a large integer, and `-0`, as a double too; `json.loads` reads the text.
    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        const BEYOND_I64: f64 = 9_223_372_036_854_775_808.0;
        if value.abs() >= BEYOND_I64 || value == 0.0 && value.is_sign_negative() {
            return Err(E::custom("may be an integer"));
        }
        Ok(PyFloat::new(self.py, value).into_any())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(PyString::new(self.py, value).into_any())
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let list = PyList::empty(self.py);
        while let Some(item) = items.next_element_seed(self)? {
            list.append(item).map_err(A::Error::custom)?;
        }
        Ok(list.into_any())
    }

    fn visit_map<A: MapAccess<'t>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let dict = PyDict::new(self.py);
        while let Some((name, value)) = members.next_entry_seed(Name(self), self)? {
            dict.set_item(name, value).map_err(A::Error::custom)?;
        }
        Ok(dict.into_any())
    }
}

/// A member's name.
struct Name<'n, 't, 'py>(Value<'n, 't, 'py>);

impl<'t, 'py> DeserializeSeed<'t> for Name<'_, 't, 'py> {
    type Value = Bound<'py, PyString>;

    fn deserialize<D: Deserializer<'t>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_str(self)
    }
}

impl<'t, 'py> Visitor<'t> for Name<'_, 't, 'py> {
    type Value = Bound<'py, PyString>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'t str) -> Result<Self::Value, E> {
        Ok(self.0.names.get(self.0.py, name))
    }

    /// A name with escapes, which is not a part of the text.
    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(PyString::new(self.0.py, name))
    }
}

/// A cache of the names in this document, which its records repeat. A name replaces the one that was
/// in its place before.
#[derive(Default)]
struct Names<'t, 'py>(RefCell<[Option<Used<'t, 'py>>; PLACES]>);

type Used<'t, 'py> = (&'t str, Bound<'py, PyString>);

/// More than a usual document has names.
const PLACES: usize = 32;

impl<'t, 'py> Names<'t, 'py> {
    fn get(&self, py: Python<'py>, name: &'t str) -> Bound<'py, PyString> {
        let mut places = self.0.borrow_mut();
        // The hash reads the length and the last 8 bytes.
        let mut place = name.len();
        for byte in name.bytes().rev().take(8) {
            place = place.wrapping_mul(31).wrapping_add(byte.into());
        }
        match places.get_mut(place % PLACES) {
            Some(Some((known, string))) if *known == name => string.clone(),
            place => {
                let string = PyString::new(py, name);
                place.map(|place| place.insert((name, string.clone())));
                string
            }
        }
    }
}
