//! The function `diagnose`: reads the arguments, calls the core, returns the texts of the findings.

use pivotal_webhooks::{Dialect, UnixTime, binding};
use pyo3::{exceptions::PyTypeError, prelude::*, types::PyDict};

use crate::{
    catch_panic,
    input::{self, AllHeaders},
    options::{self, Arguments},
    to_py_err,
};

/// Return the accidents behind a refused delivery, for `diagnosis`: codes, messages and help.
///
/// :param options: The keyword arguments of `Webhook` or of `Webhook.pivot`, without `clock`.
/// :raises WebhookConfigurationError: `config_invalid`.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the module `diagnosis` has keywords for them")]
pub(crate) fn diagnose(
    py: Python<'_>,
    secrets: &Bound<'_, PyAny>,
    body: &Bound<'_, PyAny>,
    headers: &Bound<'_, PyAny>,
    now: &Bound<'_, PyAny>,
    other_secrets: &Bound<'_, PyAny>,
    previous_secrets: &Bound<'_, PyAny>,
    pivot: bool,
    options: &Bound<'_, PyDict>,
) -> PyResult<Vec<(&'static str, String, String)>> {
    catch_panic(py, |py| {
        let texts = |secrets| -> PyResult<Vec<_>> {
            Ok(input::secrets(secrets)?.into_iter().map(|(_, text)| text).collect())
        };
        let mut arguments = arguments(options)?.read(pivot)?;
        arguments.secrets = input::secrets(secrets)?;
        let (others, previous) = (texts(other_secrets)?, texts(previous_secrets)?);
        let (body, headers) = (input::body(body)?, AllHeaders::read(headers)?);
        let now = match now.is_none() {
            true if !options::is_time_replaced(py)? => UnixTime::now(),
            true => binding::clock(options::replaced_time(py)?),
            false => binding::clock(input::moment(now)?),
        };
        let bytes = body.bytes();
        let findings = py.detach(|| {
            arguments.diagnosis(others, previous)?.diagnose_at(bytes, headers.lines(), now?)
        });
        let findings = findings.map_err(|error| to_py_err(py, &error))?;
        let text = |finding: &pivotal_webhooks::Finding| {
            let help = finding.help().in_dialect(Dialect::Python).to_string();
            (finding.code(), finding.message(Dialect::Python).to_string(), help)
        };
        Ok(findings.iter().map(text).collect())
    })
}

fn arguments<'py>(options: &Bound<'py, PyDict>) -> PyResult<Arguments<'py>> {
    let mut arguments = Arguments::default();
    for (name, value) in options {
        let option = match name.extract::<String>()?.as_str() {
            "schemes" => &mut arguments.schemes,
            "tolerance" => &mut arguments.tolerance,
            "dangerously_ignore_timestamp" => &mut arguments.ignore_timestamp,
            "max_event_age" => &mut arguments.max_event_age,
            "max_body" => &mut arguments.max_body,
            "key" => &mut arguments.key,
            other => return Err(PyTypeError::new_err(format!("there is no option {other}"))),
        };
        *option = Some(value).filter(|value| !value.is_none());
    }
    Ok(arguments)
}
