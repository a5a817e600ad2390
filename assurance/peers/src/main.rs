//! Measures the core beside other crates that verify webhooks, with the same deliveries and the
//! system's clock.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    dead_code,
    missing_docs,
    reason = "a benchmark"
)]

use http::{HeaderMap, HeaderName, HeaderValue};
use pivotal_webhooks::{Scheme, UnixTime, Webhook};

#[path = "../../../core/benches/common.rs"]
mod common;
#[path = "../../../core/benches/rounds.rs"]
mod rounds;

use rounds::case;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";

fn main() {
    let mut accepted = rounds::Table::new(
        "rust",
        "The crates `svix` 2.9.1 and `standardwebhooks` 1.0.1 beside `verify_signature`. Each gets the \
         twelve headers of a request in an `http::HeaderMap`.",
    );
    let mut refused =
        rounds::Table::new("rust, refused", "The same calls with a signature that doesn't match.");
    for size in common::SIZES {
        let body = common::event_body(size);
        measure(&mut accepted, size, &body, &body, true);
        let changed = [&body[..size - 1], b"]"].concat();
        measure(&mut refused, size, &body, &changed, false);
    }
    rounds::write(&[accepted, refused]);
}

fn measure(
    table: &mut rounds::Table,
    size: usize,
    signed: &[u8],
    received: &[u8],
    is_genuine: bool,
) {
    let webhook = Webhook::builder().secret(SECRET).build().unwrap();
    let svix = svix::webhooks::Webhook::new(SECRET).unwrap();
    let standard = standardwebhooks::Webhook::new(SECRET).unwrap();
    let headers = headers("svix", &webhook, signed);
    let renamed = self::headers("webhook", &webhook, signed);
    assert_eq!(webhook.verify_signature(received, &headers).is_ok(), is_genuine);
    assert_eq!(svix.verify(received, &headers).is_ok(), is_genuine);
    assert_eq!(standard.verify(received, &renamed).is_ok(), is_genuine);
    table.measure(
        size,
        vec![
            case("svix", || svix.verify(received, &headers).is_ok()),
            case("standardwebhooks", || standard.verify(received, &renamed).is_ok()),
            case("verify_signature", || webhook.verify_signature(received, &headers).is_ok()),
        ],
    );
}

/// The headers of a request, signed now, in one family of names.
fn headers(family: &str, webhook: &Webhook, body: &[u8]) -> HeaderMap {
    let now = UnixTime::now().unwrap();
    let signed = webhook.sign(Some(Scheme::Svix), ID, now, body).unwrap();
    let signed =
        signed.headers().map(|(name, value)| (name.replace("svix", family), value.to_owned()));
    let usual = common::USUAL.map(|(name, value)| (name.to_owned(), value.to_owned()));
    usual
        .into_iter()
        .chain(signed)
        .map(|(name, value)| {
            (HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap())
        })
        .collect()
}
