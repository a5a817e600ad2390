//! Events that own their body, and the extractor that gives them to a handler.

use std::{fmt, ops::Deref, sync::Arc};

use axum_core::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{Extensions, HeaderMap, request::Parts};
use pivotal_webhooks::{Error, Event, Sender, UnixTime, Webhook};
use self_cell::self_cell;

use crate::{answer, outcome::TARGET};

/// What an event borrows from.
struct Delivery {
    webhook: Arc<Webhook>,
    headers: HeaderMap,
    body: Bytes,
}

self_cell! {
    struct OwnedEvent {
        owner: Delivery,
        #[covariant]
        dependent: Event,
    }
}

/// An accepted delivery, before its sender becomes a type.
pub(crate) struct Accepted(Arc<OwnedEvent>);

impl Accepted {
    /// Verifies a delivery.
    pub(crate) fn verify(
        webhook: &Arc<Webhook>,
        headers: HeaderMap,
        body: Bytes,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let delivery = Delivery { webhook: Arc::clone(webhook), headers, body };
        OwnedEvent::try_new(delivery, |Delivery { webhook, headers, body }| {
            webhook.unwrap_at(body, headers, now)
        })
        .map(|event| Self(Arc::new(event)))
    }

    pub(crate) fn event(&self) -> &Event<'_> {
        self.0.borrow_dependent()
    }

    /// Stores the event where [`Verified`] finds it.
    pub(crate) fn store(self, extensions: &mut Extensions) {
        match self.event().sender() {
            Sender::Pivot => extensions.insert(PivotEvent(self.0)).is_some(),
            _ => extensions.insert(PivotalEvent(self.0)).is_some(),
        };
    }
}

/// Makes the public type of one sender's events.
macro_rules! sender_event {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Only [`WebhookLayer`](crate::WebhookLayer) makes one. A clone is cheap, and may be moved to a task.
        #[derive(Clone)]
        pub struct $name(Arc<OwnedEvent>);

        impl $name {
            /// The event, with its methods.
            #[must_use]
            pub fn event(&self) -> &Event<'_> {
                self.0.borrow_dependent()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.event().fmt(f)
            }
        }

        impl Sealed for $name {}
        impl SenderEvent for $name {}
    };
}

sender_event! {
    /// An event of Pivotal, which an endpoint made by [`Webhook::new`] or [`Webhook::builder`] accepted.
    PivotalEvent
}

sender_event! {
    /// An event of Pivot, which an endpoint made by [`Webhook::pivot`] or [`Webhook::pivot_builder`] accepted.
    PivotEvent
}

/// [`PivotalEvent`] and [`PivotEvent`].
pub trait SenderEvent: Clone + Send + Sync + Sealed + 'static {}

/// Keeps other types from being events.
pub trait Sealed {}

/// Extracts the event of the delivery that [`WebhookLayer`](crate::WebhookLayer) accepted.
///
/// `E` is [`PivotalEvent`] or [`PivotEvent`], as the sender of the layer's webhook is. The extractor does
/// not consume the body. Where no layer of this sender is around the handler, no event is accepted: every
/// request is answered 500, and the log says so with level ERROR.
#[derive(Clone, Debug)]
pub struct Verified<E>(
    /// The event.
    pub E,
);

impl<E> Deref for Verified<E> {
    type Target = E;

    fn deref(&self) -> &E {
        &self.0
    }
}

impl<E: SenderEvent, S: Sync> FromRequestParts<S> for Verified<E> {
    type Rejection = LayerMissing;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, LayerMissing> {
        parts.extensions.get().cloned().map(Self).ok_or(LayerMissing)
    }
}

/// The rejection of [`Verified`]: no layer of this sender is around the handler.
#[derive(Debug)]
pub struct LayerMissing;

impl fmt::Display for LayerMissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no `WebhookLayer` for events of this sender is around the handler")
    }
}

impl std::error::Error for LayerMissing {}

impl IntoResponse for LayerMissing {
    fn into_response(self) -> Response {
        tracing::error!(
            target: TARGET,
            help = "add `.layer(WebhookLayer::new(webhook))` behind `post(handler)`, with a webhook of the \
                    sender whose events the handler takes",
            "{self}"
        );
        answer::to_fault()
    }
}
