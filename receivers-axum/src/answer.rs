//! The answers to the sender that no handler gives.

use axum_core::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{ALLOW, CONTENT_TYPE},
};
use pivotal_webhooks::{Error, ErrorCode};

/// The answer to an error of a status: one constant text.
pub(crate) fn to_error(error: &Error) -> Response {
    let info = error.code().info();
    let status = StatusCode::from_u16(info.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    text(status, info.answer)
}

/// The answer to a fault of the program.
pub(crate) fn to_fault() -> Response {
    text(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal.info().answer)
}

/// The answer to a method other than POST.
pub(crate) fn to_method() -> Response {
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "method not allowed");
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    response
}

/// The answer to a body that did not arrive in time.
pub(crate) fn to_slow_body() -> Response {
    text(StatusCode::REQUEST_TIMEOUT, "request timeout")
}

/// The answer to a sender that can't read it.
pub(crate) fn to_nobody() -> Response {
    text(StatusCode::BAD_REQUEST, ErrorCode::PayloadMalformed.info().answer)
}

fn text(status: StatusCode, body: &'static str) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}

/// An error of the core, as the answer of a handler.
///
/// Reading the record of an event can fail, if its fields have other JSON types than the catalogue says.
/// A handler that returns `Result<_, Refusal>` passes such an error on with `?`. The sender gets the
/// error's status and one constant text, and the reason is logged with level WARN.
///
/// ```
/// use pivotal_webhooks_axum::{PivotalEvent, Refusal, TypedEvent, Verified};
///
/// async fn receive(delivery: Verified<PivotalEvent>) -> Result<(), Refusal> {
///     if let TypedEvent::CustomerAtRisk(customer) = delivery.event().typed()? {
///         println!("at risk: {}", customer.id);
///     }
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct Refusal(Error);

impl Refusal {
    /// The reason.
    #[must_use]
    pub const fn error(&self) -> &Error {
        &self.0
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(error) = self;
        tracing::warn!(
            target: crate::outcome::TARGET,
            code = error.code().as_str(),
            status = error.status(),
            path = error.path().map(tracing::field::display),
            reason = error.reason(),
            help = %error.help(),
            docs = %error.code().docs(),
            "webhook refused by its handler ({})",
            error.code()
        );
        to_error(&error)
    }
}
