//! The forms of deliveries, and the guess which one a text is in.

use clap::ValueEnum;
use serde_json::Value;

use super::{Found, aws, curl, export, har, http};

/// The form in which a delivery is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// A raw HTTP/1.1 request: a request line, header lines, an empty line, the body
    Http,
    /// A curl command for a POSIX shell, as browsers and dashboards copy it
    Curl,
    /// An HTTP archive (HAR) of a browser or a proxy
    Har,
    /// The event of an AWS Lambda function: API Gateway, function URL, load balancer
    Aws,
    /// A JSON object with `headers` and a body, as dashboards and request bins export it
    Json,
}

impl Form {
    /// The name in options and in JSON.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Curl => "curl",
            Self::Har => "har",
            Self::Aws => "aws",
            Self::Json => "json",
        }
    }

    /// The name for people, with its article.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Http => "a raw HTTP request",
            Self::Curl => "a curl command",
            Self::Har => "an HTTP archive",
            Self::Aws => "an AWS Lambda event",
            Self::Json => "a JSON export",
        }
    }

    /// The form that a text most likely has, if it looks like any.
    pub(crate) fn guess(bytes: &[u8]) -> Option<Self> {
        if let Ok(document) = serde_json::from_slice::<Value>(bytes) {
            return if har::is_likely(&document) {
                Some(Self::Har)
            } else if aws::is_likely(&document) {
                Some(Self::Aws)
            } else {
                export::is_likely(&document).then_some(Self::Json)
            };
        }
        if curl::is_likely(bytes) {
            return Some(Self::Curl);
        }
        http::is_likely(bytes).then_some(Self::Http)
    }

    /// Reads the deliveries in a text of this form: one or more, or why it can't be read, as one
    /// clause.
    pub(crate) fn read(self, bytes: &[u8]) -> Result<Vec<Found>, String> {
        let document = || {
            serde_json::from_slice::<Value>(bytes)
                .map_err(|error| format!("it is no JSON: {error}"))
        };
        let found = match self {
            Self::Http => http::read(bytes),
            Self::Curl => curl::read(bytes),
            Self::Har => har::read(&document()?),
            Self::Aws => aws::read(&document()?),
            Self::Json => export::read(&document()?),
        }?;
        if found.is_empty() { Err("it has no delivery".to_owned()) } else { Ok(found) }
    }
}
