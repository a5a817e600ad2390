//! A delivery from options: header lines, and a body from a file or the standard input.

use std::{
    fs,
    io::{Read as _, stdin},
    path::{Path, PathBuf},
};

use clap::Args;

use super::Delivery;
use crate::{
    exit::Exit,
    failure::{Failure, Result},
};

/// The parts of one delivery.
#[derive(Args)]
pub(crate) struct Parts {
    /// A header line, such as `-H 'webhook-id: msg_1'`; repeat it for every header
    #[arg(
        short = 'H',
        long = "header",
        value_name = "LINE",
        help_heading = "Delivery from options"
    )]
    headers: Vec<String>,

    /// The file with the raw body; `-`, the default with `--header`, is the standard input
    #[arg(long, value_name = "FILE", help_heading = "Delivery from options")]
    body: Option<PathBuf>,
}

impl Parts {
    /// The delivery, if one of the options was passed.
    pub(crate) fn read(&self) -> Result<Option<Delivery>> {
        if self.headers.is_empty() && self.body.is_none() {
            return Ok(None);
        }
        let headers = self.headers.iter().map(|line| header(line)).collect::<Result<_>>()?;
        Ok(Some(Delivery {
            method: "POST".to_owned(),
            target: "/".to_owned(),
            headers,
            body: bytes(self.body.as_deref().unwrap_or(Path::new("-")))?,
            received_at: None,
        }))
    }
}

/// The bytes of a file; `-` is the standard input.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>> {
    if path != Path::new("-") {
        return fs::read(path).map_err(|error| Failure::reading(path, &error));
    }
    let mut bytes = Vec::new();
    stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::reading(Path::new("standard input"), &error))?;
    Ok(bytes)
}

fn header(line: &str) -> Result<(String, Vec<u8>)> {
    let (name, value) = line.split_once(':').ok_or_else(|| {
        Failure::new(Exit::Usage, "a `--header` has no colon")
            .help("write it as `-H 'webhook-id: msg_1'`")
    })?;
    Ok((name.trim().to_owned(), value.trim().as_bytes().to_vec()))
}
