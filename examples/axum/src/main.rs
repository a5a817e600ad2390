//! Receives the webhooks of Pivotal and Pivot with axum.

#![allow(clippy::print_stdout, reason = "the log of this example is its standard output")]

use std::{env, error::Error, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use pivotal_webhooks::{Fields, Webhook};
use serde_json::json;
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut pivotal = Webhook::builder().secret(env::var("PIVOTAL_WEBHOOK_SECRET")?);
    // Set while a secret is rotated.
    if let Ok(previous) = env::var("PIVOTAL_WEBHOOK_SECRET_PREVIOUS") {
        pivotal = pivotal.secret(previous);
    }
    let app = Router::new()
        .route("/webhooks/pivotal", post(receive).with_state(Arc::new(pivotal.build()?)))
        .route("/webhooks/pivot", post(receive).with_state(Arc::new(pivot()?)));

    let port: u16 = env::var("PORT")?.parse()?;
    axum::serve(TcpListener::bind(("127.0.0.1", port)).await?, app).await?;
    Ok(())
}

fn pivot() -> Result<Webhook, Box<dyn Error>> {
    Ok(Webhook::pivot(&env::var("PIVOT_WEBHOOK_SECRET")?)?)
}

/// `Bytes` is the raw body: no extractor before it may have read it.
async fn receive(
    State(webhook): State<Arc<Webhook>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    match webhook.unwrap(&body, &headers).and_then(|event| Ok((event.object::<Fields>()?, event))) {
        Ok((record, event)) => {
            println!(
                "{}",
                json!({
                    "webhook": "accepted",
                    "scheme": event.delivery().scheme().as_str(),
                    "type": event.event_type(),
                    "id": event.id(),
                    "record": record,
                })
            );
            (StatusCode::OK, "ok")
        }
        Err(error) => {
            println!("{}", json!({ "webhook": "refused", "code": error.code().as_str() }));
            refusal(error.status())
        }
    }
}

/// The answer to a refused delivery. The reason goes to the log only.
fn refusal(status: u16) -> (StatusCode, &'static str) {
    match status {
        401 => (StatusCode::UNAUTHORIZED, "invalid signature"),
        400 => (StatusCode::BAD_REQUEST, "invalid payload"),
        413 => (StatusCode::PAYLOAD_TOO_LARGE, "payload too large"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "internal error"),
    }
}
