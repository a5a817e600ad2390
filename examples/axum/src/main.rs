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
use pivotal_webhooks::{Error as Refusal, Event, Fields, TypedEvent, Webhook};
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
    match webhook.unwrap(&body, &headers).and_then(|event| Ok((tell(&event)?, event))) {
        Ok((tells, event)) => {
            println!(
                "{}",
                json!({
                    "webhook": "accepted",
                    "scheme": event.delivery().scheme().as_str(),
                    "type": event.event_type(),
                    "id": event.id(),
                    "tells": tells,
                })
            );
            (StatusCode::OK, "ok")
        }
        Err(error) => {
            println!("{}", json!({ "webhook": "refused", "code": error.code().as_str() }));
            refusal(error.http_status())
        }
    }
}

/// Describes an event in one line.
fn tell(event: &Event<'_>) -> Result<String, Refusal> {
    let previous = event.previous_attributes()?.unwrap_or_default();
    Ok(match event.typed()? {
        TypedEvent::CustomerHealthScoreDropped(customer) => format!(
            "{}: health {} to {}",
            known(customer.name),
            before(&previous, "health_score"),
            known(customer.health_score)
        ),
        TypedEvent::CustomerCreated(customer)
        | TypedEvent::CustomerUpdated(customer)
        | TypedEvent::CustomerArchived(customer)
        | TypedEvent::CustomerAtRisk(customer)
        | TypedEvent::CustomerChurned(customer) => format!(
            "{}: health {}, owner {}",
            known(customer.name),
            known(customer.health_score),
            known(customer.owner_email)
        ),
        TypedEvent::ContactCreated(contact) => {
            format!("{} <{}>, {}", known(contact.name), known(contact.email), known(contact.title))
        }
        TypedEvent::OnboardingPhaseChanged(onboarding) => format!(
            "{}: {} to {}",
            known(onboarding.name),
            before(&previous, "phase"),
            known(onboarding.phase)
        ),
        TypedEvent::OnboardingCreated(onboarding)
        | TypedEvent::OnboardingStateChanged(onboarding)
        | TypedEvent::OnboardingAtRisk(onboarding)
        | TypedEvent::OnboardingBackOnTrack(onboarding)
        | TypedEvent::OnboardingLaunched(onboarding)
        | TypedEvent::OnboardingCompleted(onboarding) => format!(
            "{}: phase {}, state {}",
            known(onboarding.name),
            known(onboarding.phase),
            known(onboarding.state)
        ),
        TypedEvent::TaskCompleted(task) => {
            format!("{}, by {}", known(task.title), known(task.completed_by))
        }
        TypedEvent::MessageSent(message) | TypedEvent::MessageDeleted(message) => format!(
            "message {} in room {}: {}",
            known(message.message_id),
            known(message.room_id),
            known(message.status)
        ),
        TypedEvent::RoomRecordingTranscriptPublished(recording) => format!(
            "recording {} of room {}",
            known(recording.recording_id),
            known(recording.room_id)
        ),
        _ => format!("{} fields of a type not handled here", event.object::<Fields>()?.len()),
    })
}

/// Every field but `id` may be absent.
fn known(field: Option<impl ToString>) -> String {
    field.map_or_else(|| "?".into(), |field| field.to_string())
}

fn before(previous: &Fields, name: &str) -> String {
    let value = previous.get(name).filter(|value| !value.is_null());
    known(value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
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
