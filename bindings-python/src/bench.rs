//! The core's own time, measured in the process that measures Python's (feature `bench`).

use core::hint::black_box;

use pyo3::prelude::*;

use crate::{to_py_err, webhook::Webhook};

/// Verifies a delivery this many times, as a receiver in Rust does it.
#[pyfunction]
pub(crate) fn core_verify_signature(
    py: Python<'_>,
    webhook: &Webhook,
    body: &[u8],
    headers: Vec<(String, String)>,
    calls: u32,
) -> PyResult<()> {
    let webhook = webhook.webhook(py)?;
    for _ in 0..calls {
        let headers = black_box(&headers).iter().map(|(name, value)| (name, value));
        let verified = webhook.verify_signature(black_box(body), headers);
        black_box(verified).map_err(|error| to_py_err(py, &error))?;
    }
    Ok(())
}
