//! Receives the webhooks of Pivotal with axum.

#![allow(clippy::print_stdout, reason = "what this example does with an event")]

use std::{env, error::Error};

use axum::{Router, routing::post};
use pivotal_webhooks_axum::{PivotalEvent, Verified, Webhook, WebhookLayer};
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let webhook = Webhook::new(&env::var("PIVOTAL_WEBHOOK_SECRET")?)?;
    let app =
        Router::new().route("/webhooks/pivotal", post(receive).layer(WebhookLayer::new(webhook)));
    let listener = TcpListener::bind(("127.0.0.1", env::var("PORT")?.parse()?)).await?;
    Ok(axum::serve(listener, app).await?)
}

async fn receive(delivery: Verified<PivotalEvent>) -> &'static str {
    let event = delivery.event();
    println!("{} {}", event.event_type(), event.id().unwrap_or_default());
    "ok"
}
