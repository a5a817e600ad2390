//! Verifies webhook deliveries: checks that a request is authentic and recent, and reads its event.
//!
//! It supports three header schemes: [`Scheme::Svix`] (`svix-*` and `webhook-*`, as in Standard
//! Webhooks), [`Scheme::Pivotal`] (`pivotal-signature`) and [`Scheme::Pivot`]
//! (`x-pivot-signature`). All three are HMAC-SHA256 over the raw body.
//!
//! ```
//! use pivotal_webhooks::{UnixTime, Webhook};
//!
//! let webhook = Webhook::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
//!
//! let body = br#"{"test": 2432232314}"#;
//! let headers = [
//!     ("svix-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
//!     ("svix-timestamp", "1614265330"),
//!     ("svix-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
//! ];
//! // `verify` reads the system clock; this delivery was signed in 2021.
//! let event = webhook.verify_at(body, headers, UnixTime::from_secs(1_614_265_330))?;
//! assert_eq!(event["test"], 2432232314u64);
//! # Ok::<(), pivotal_webhooks::Error>(())
//! ```
//!
//! # What the core does not do
//!
//! It opens no socket, reads no environment variable, logs nothing and uses no random numbers. It
//! reads only the system's clock, in [`UnixTime::now`], under the `std` feature.
//!
//! # Side channels
//!
//! The bytes of keys are secret; lengths, counts and every received byte are public. A received
//! signature is decoded and compared as 32 bytes, over all secrets and all candidates without an
//! early exit. At construction, the checks of a secret's text branch on it, and decoding it indexes
//! tables. `SECURITY.md` states the exact claim.
//!
//! # Features
//!
//! * `std` (default): [`UnixTime::now`] and the methods that read it. Without it the crate is
//!   `no_std` + `alloc`, and time is an argument.
//! * `http`: `&http::HeaderMap` as headers.
//! * `diagnosis`: `Builder::diagnosis`, which names the accident behind a refused delivery.

#![no_std]
#![forbid(unsafe_code)]
#![deny(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(feature = "binding"),
    allow(dead_code, reason = "the language bindings are the only users of some parts")
)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod builder;
mod claims;
#[cfg(feature = "diagnosis")]
mod diagnosis;
mod dump;
mod encoding;
mod error;
mod event;
mod header;
mod idempotency;
mod json;
mod mac;
#[cfg(any(feature = "panic-probe", feature = "secret-probe"))]
mod probe;
mod scheme;
mod secret;
mod sender;
mod sign;
mod time;
mod transfer;
mod verify;
mod webhook;

#[cfg(feature = "binding")]
#[doc(hidden)]
pub mod binding;

#[cfg(feature = "diagnosis")]
pub use crate::diagnosis::{Diagnosis, Finding};
#[cfg(feature = "secret-probe")]
#[doc(hidden)]
pub use crate::probe::SecretProbe;
#[cfg(feature = "panic-probe")]
#[doc(hidden)]
pub use crate::probe::{arm_panic, panic_if_armed};
pub use crate::{
    builder::Builder,
    dump::{Dump, DumpError},
    error::{Dialect, Error, ErrorCode, ErrorInfo, EventFlaw, FieldPath, PayloadFlaw, Text},
    event::{
        Contact, Customer, Event, EventKind, Fields, Message, Object, Onboarding, RoomRecording,
        Subject, Task, TypedEvent,
    },
    header::HeaderText,
    scheme::Scheme,
    secret::KeyFormat,
    sender::Sender,
    sign::Signed,
    time::{EventTime, Tolerance, UnixTime},
    verify::{Unauthenticated, Verified},
    webhook::Webhook,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct CrateReadme;
