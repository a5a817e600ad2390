//! A delivery, and the forms in which people have one at hand: one file per form.

use pivotal_webhooks::UnixTime;

mod aws;
pub(crate) mod curl;
mod document;
mod export;
pub(crate) mod form;
mod har;
pub(crate) mod http;
pub(crate) mod input;
pub(crate) mod parts;
mod shell;

pub(crate) use document::{target, to_base64};

/// One HTTP request that carries a webhook, as it was received.
///
/// # How deliveries are saved
///
/// A saved delivery is a file with the extension `.http`: the bytes of the HTTP/1.1 request, with the
/// header lines in the order in which they arrived and the raw body. After the request line, one line that
/// no sender sends, [`http::RECEIVED_AT`], has the time by the receiver's clock. [`http::write`] makes
/// these bytes, and every command that takes deliveries reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// The method, such as `POST`.
    pub(crate) method: String,
    /// The request target: the path and the query.
    pub(crate) target: String,
    /// The header lines in order: each with its name as it was written, and its value as bytes.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    /// The raw body, without the framing of HTTP.
    pub(crate) body: Vec<u8>,
    /// When it arrived, by the receiver's clock, if that is known.
    pub(crate) received_at: Option<UnixTime>,
}

impl Delivery {
    /// The header lines, as the core takes them.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// The value of the first line of this name, which is compared without regard to letter case.
    pub(crate) fn header(&self, name: &str) -> Option<&[u8]> {
        self.lines().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Takes the lines of this name out, and returns the value of the first.
    pub(crate) fn take_header(&mut self, name: &str) -> Option<Vec<u8>> {
        let value = self.header(name).map(<[u8]>::to_vec);
        self.headers.retain(|(found, _)| !found.eq_ignore_ascii_case(name));
        value
    }
}

/// A delivery as a reader found it.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) delivery: Delivery,
    /// Which one of several it is, such as `entry 2`.
    pub(crate) name: Option<String>,
    /// What its form does not keep, or what the reader had to decide, as sentences without a full stop.
    pub(crate) notes: Vec<String>,
}

impl From<Delivery> for Found {
    fn from(delivery: Delivery) -> Self {
        Self { delivery, name: None, notes: Vec::new() }
    }
}
