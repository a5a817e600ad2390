//! The layer that verifies deliveries before a handler runs.

use std::{
    fmt,
    future::Future,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum_core::{
    BoxError,
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Version, header::CONNECTION};
use pivotal_webhooks::{Error, ErrorCode, UnixTime, Webhook};
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    answer,
    event::Accepted,
    outcome::{Hook, Outcome, TARGET, log_outcome},
    reading::{Reading, Stop},
};

/// No sender waits longer for an answer.
const BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// Verifies the deliveries to the handler that it is around, and refuses those that are not authentic.
///
/// Make it once, and add it to the route of one endpoint: `post(handler).layer(WebhookLayer::new(webhook))`.
/// Layers outside must not read the body. Each route can have a layer with a webhook of its own.
#[derive(Clone)]
pub struct WebhookLayer {
    receiver: Receiver,
}

impl WebhookLayer {
    /// A layer that verifies by this webhook and the system clock, and logs each outcome by
    /// [`log_outcome`].
    pub fn new(webhook: impl Into<Arc<Webhook>>) -> Self {
        let on_outcome = Arc::new(log_outcome);
        let webhook = webhook.into();
        Self { receiver: Receiver { webhook, on_outcome, clock: None, body_timeout: BODY_TIMEOUT } }
    }

    /// Sets the function that gets the [`Outcome`] of every request to the webhook, when verification has
    /// decided and before the handler runs. A panic in it is logged, and changes no answer.
    #[must_use]
    pub fn on_outcome(mut self, hook: impl Fn(&Outcome<'_>) + Send + Sync + 'static) -> Self {
        self.receiver.on_outcome = Arc::new(hook);
        self
    }

    /// Sets how long the layer waits for the whole body of a request: 15 seconds by default, as long as the
    /// most patient sender waits for an answer. A body that takes longer is answered 408.
    #[must_use]
    pub const fn body_timeout(mut self, timeout: Duration) -> Self {
        self.receiver.body_timeout = timeout;
        self
    }

    /// Sets the clock by which the signed time is checked, for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> UnixTime + Send + Sync + 'static) -> Self {
        self.receiver.clock = Some(Arc::new(clock));
        self
    }
}

impl fmt::Debug for WebhookLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WebhookLayer").field(&self.receiver.webhook).finish()
    }
}

impl<S> Layer<S> for WebhookLayer {
    type Service = WebhookService<S>;

    fn layer(&self, inner: S) -> WebhookService<S> {
        WebhookService { receiver: self.receiver.clone(), inner }
    }
}

/// The service that [`WebhookLayer`] makes of another one.
#[derive(Clone)]
pub struct WebhookService<S> {
    receiver: Receiver,
    inner: S,
}

impl<S: fmt::Debug> fmt::Debug for WebhookService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WebhookService").field(&self.receiver.webhook).field(&self.inner).finish()
    }
}

impl<S, B> Service<http::Request<B>> for WebhookService<S>
where
    S: Service<Request, Response: IntoResponse, Future: Send> + Clone + Send + 'static,
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let receiver = self.receiver.clone();
        // `self.inner` is the one that `poll_ready` has found ready.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            match receiver.receive(request.map(Body::new)).await {
                Ok(request) => inner.call(request).await.map(IntoResponse::into_response),
                Err(answer) => Ok(answer),
            }
        })
    }
}

#[derive(Clone)]
struct Receiver {
    webhook: Arc<Webhook>,
    on_outcome: Hook,
    clock: Option<Arc<dyn Fn() -> UnixTime + Send + Sync>>,
    body_timeout: Duration,
}

impl Receiver {
    /// The request with its event and the verified body, or the answer of a request that is not accepted.
    async fn receive(&self, request: Request) -> Result<Request, Response> {
        if request.method() != Method::POST {
            return Err(answer::to_method());
        }
        let (mut parts, body) = request.into_parts();
        let reading = Reading::new(body, &parts.headers);
        let mut request = Undecided { reading, receiver: self, is_decided: false };
        let reading = request.reading.read(&self.webhook, &parts.headers);
        let (body, read) = match tokio::time::timeout(self.body_timeout, reading).await {
            Ok(Ok(body)) => (body, Ok(())),
            Ok(Err(Stop::Refused(error))) => (Bytes::new(), Err(error)),
            Ok(Err(Stop::Aborted)) => return Err(closing(answer::to_nobody(), parts.version)),
            Err(_) => {
                request.is_decided = true;
                self.report(&Outcome::timed_out(request.reading.size));
                return Err(closing(answer::to_slow_body(), parts.version));
            }
        };
        let accepted = read.and_then(|()| self.verify(&parts.headers, &body));
        request.is_decided = true;
        let reading = &mut request.reading;
        match accepted {
            Ok(accepted) => {
                self.report(&Outcome::accepted(accepted.event(), reading.size));
                accepted.store(&mut parts.extensions);
                Ok(Request::from_parts(parts, Body::from(body)))
            }
            // A request without signature headers is refused in any case, so that strangers can't cause
            // this fault.
            Err(error)
                if error.code() == ErrorCode::SignatureMismatch && reading.is_incomplete() =>
            {
                tracing::error!(
                    target: TARGET,
                    help = "let the layer come first, or let the other reader pass the same body on",
                    "something read the request's body before `WebhookLayer`"
                );
                Err(answer::to_fault())
            }
            Err(error) => {
                self.refuse(&error, &parts.headers, &body, reading.size);
                let response = answer::to_error(&error);
                if reading.discard().await {
                    Err(response)
                } else {
                    Err(closing(response, parts.version))
                }
            }
        }
    }

    /// A panic becomes the error `internal`, so that the sender gets an answer and the hook an outcome.
    fn verify(&self, headers: &HeaderMap, body: &Bytes) -> Result<Accepted, Error> {
        let verify = || Accepted::verify(&self.webhook, headers.clone(), body.clone(), self.now()?);
        catch_unwind(AssertUnwindSafe(verify)).unwrap_or(Err(Error::Panicked))
    }

    /// Reports a refusal, with the facts of the delivery if it is authentic.
    fn refuse(&self, error: &Error, headers: &HeaderMap, body: &[u8], body_bytes: usize) {
        let outcome = Outcome::refused(error, body_bytes);
        let delivery = error.code().is_authentic().then(|| {
            self.now().and_then(|now| self.webhook.verify_signature_at(body, headers, now)).ok()
        });
        match delivery.flatten() {
            Some(delivery) => self.report(&outcome.signed(&delivery)),
            None => self.report(&outcome),
        }
    }

    fn now(&self) -> Result<UnixTime, Error> {
        self.clock.as_ref().map_or_else(UnixTime::now, |clock| Ok(clock()))
    }

    fn report(&self, outcome: &Outcome<'_>) {
        if catch_unwind(AssertUnwindSafe(|| (self.on_outcome)(outcome))).is_err() {
            tracing::error!(target: TARGET, "the outcome hook panicked; the answer stays the same");
        }
    }
}

/// A request about which nothing is decided yet. A server drops it if the sender hangs up.
struct Undecided<'r> {
    reading: Reading,
    receiver: &'r Receiver,
    is_decided: bool,
}

impl Drop for Undecided<'_> {
    fn drop(&mut self) {
        if !self.is_decided {
            self.receiver.report(&Outcome::aborted(self.reading.size));
        }
    }
}

/// Asks the server to close the connection, on which the rest of a body would come. HTTP/2 has streams
/// instead.
fn closing(mut response: Response, version: Version) -> Response {
    if version < Version::HTTP_2 {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
