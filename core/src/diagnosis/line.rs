//! The lines of a request's headers under the names that arrived.

use alloc::{string::String, vec::Vec};

use crate::header::{HeaderName, HeaderText};

/// One line of a header.
#[derive(Clone)]
pub(super) struct Line {
    /// In lower case.
    pub(super) name: String,
    pub(super) value: Vec<u8>,
}

impl Line {
    pub(super) fn named(&self, name: impl Into<String>) -> Self {
        Self { name: name.into(), value: self.value.clone() }
    }

    pub(super) fn valued(&self, value: impl Into<Vec<u8>>) -> Self {
        Self { name: self.name.clone(), value: value.into() }
    }

    /// Whether this is a header that a scheme reads.
    pub(super) fn is_of_scheme(&self) -> bool {
        HeaderName::TEXTS.contains(&&*self.name)
    }

    /// The header of a scheme whose name is in this name, behind a prefix and with underscores for
    /// hyphens.
    pub(super) fn meant(&self) -> Option<&'static str> {
        let name = self.name.replace('_', "-");
        HeaderName::TEXTS.iter().copied().find(|known| {
            let before = name.strip_suffix(known);
            before.is_some_and(|before| before.is_empty() || before.ends_with('-'))
        })
    }
}

/// The lines that may be a header of a scheme, and those that tell about the body.
pub(super) fn collect<'h, N, V>(headers: impl IntoIterator<Item = (N, V)>) -> Vec<Line>
where
    N: HeaderText<'h>,
    V: HeaderText<'h>,
{
    let lines = headers.into_iter().map(|(name, value)| Line {
        name: about_body(String::from_utf8_lossy(name.header_bytes()).to_ascii_lowercase()),
        value: value.header_bytes().into(),
    });
    lines.filter(|line| line.meant().is_some() || ABOUT_BODY.contains(&&*line.name)).collect()
}

/// The name of a header that tells about the body, also where CGI spells it; other names unchanged.
fn about_body(name: String) -> String {
    let plain = name.replace('_', "-");
    let plain = plain.strip_prefix("http-").unwrap_or(&plain);
    if ABOUT_BODY.contains(&plain) { plain.into() } else { name }
}

/// The value of the first line with this name.
pub(super) fn value<'l>(lines: &'l [Line], name: &str) -> Option<&'l [u8]> {
    lines.iter().find(|line| line.name == name).map(|line| &*line.value)
}

/// The lines with every line changed, if that changes anything.
pub(super) fn changed(lines: &[Line], change: impl Fn(&Line) -> Option<Line>) -> Vec<Vec<Line>> {
    let mut is_changed = false;
    let changed = lines
        .iter()
        .map(|line| change(line).inspect(|_| is_changed = true).unwrap_or_else(|| line.clone()));
    let changed = changed.collect();
    if is_changed { Vec::from([changed]) } else { Vec::new() }
}

pub(super) const CONTENT_ENCODING: &str = "content-encoding";
pub(super) const CONTENT_LENGTH: &str = "content-length";
const ABOUT_BODY: [&str; 2] = [CONTENT_ENCODING, CONTENT_LENGTH];
