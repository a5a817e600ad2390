//! What Python can't measure by itself, measured in the process that measures Python (feature `bench`):
//! the core's own time, and that of the check for tools that replace the time.

use core::hint::black_box;

use pyo3::prelude::*;

use crate::{options, to_py_err, webhook::Webhook};

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

/// Looks this many times for a tool that replaces `time.time`, as each delivery does.
#[pyfunction]
pub(crate) fn check_replaced_time(py: Python<'_>, calls: u32) -> PyResult<()> {
    for _ in 0..calls {
        black_box(options::is_time_replaced(py)?);
    }
    Ok(())
}
