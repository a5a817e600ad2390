//! A running application with one webhook, and what its handler and its outcome hook were called with.

use std::{
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::any};
use pivotal_webhooks_axum::{Outcome, PivotalEvent, UnixTime, Verified, Webhook, WebhookLayer};
use tokio::{net::TcpListener, sync::oneshot};

use crate::{
    deliveries::{BODY, NOW, SECRET},
    wire::{Answer, Connection, Headers, request},
};

/// An outcome, as the hook saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) verdict: &'static str,
    pub(crate) code: Option<&'static str>,
    pub(crate) status: u16,
    pub(crate) scheme: Option<&'static str>,
    pub(crate) skew: Option<i64>,
    pub(crate) label: Option<String>,
    pub(crate) delivery_id: Option<String>,
    pub(crate) body_bytes: usize,
    pub(crate) event_id: Option<String>,
}

impl Seen {
    fn of(outcome: &Outcome<'_>) -> Self {
        Self {
            verdict: outcome.verdict.as_str(),
            code: outcome.error.map(|error| error.code().as_str()),
            status: outcome.status,
            scheme: outcome.scheme.map(|scheme| scheme.as_str()),
            skew: outcome.skew,
            label: outcome.label.map(str::to_owned),
            delivery_id: outcome.delivery_id.map(str::to_owned),
            body_bytes: outcome.body_bytes,
            event_id: outcome.event.and_then(|event| event.id()).map(str::to_owned),
        }
    }
}

/// The ids of the handled events, and the bodies that the handler's request had.
pub(crate) type Handled = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

#[derive(Clone, Default)]
pub(crate) struct Records {
    pub(crate) outcomes: Arc<Mutex<Vec<Seen>>>,
    pub(crate) handled: Handled,
}

impl Records {
    /// An application with the webhook that the tests use.
    pub(crate) fn app(&self) -> Router {
        let webhook = Webhook::builder().labelled_secret("2026-06", SECRET).build().unwrap();
        let outcomes = Arc::clone(&self.outcomes);
        let layer = WebhookLayer::new(webhook)
            .clock(|| UnixTime::from_secs(NOW))
            .on_outcome(move |outcome| outcomes.lock().unwrap().push(Seen::of(outcome)));
        Router::new()
            .route("/webhooks/pivotal", any(handle).layer(layer))
            .with_state(Arc::clone(&self.handled))
    }

    pub(crate) fn outcomes(&self) -> Vec<Seen> {
        std::mem::take(&mut self.outcomes.lock().unwrap())
    }

    /// The code of the only outcome. No event was handled.
    pub(crate) fn refusal(&self) -> &'static str {
        assert_eq!(self.handled(), []);
        let outcomes = self.outcomes();
        assert_eq!(outcomes.len(), 1, "{outcomes:?}");
        outcomes[0].code.unwrap()
    }

    pub(crate) fn handled(&self) -> Vec<(String, Vec<u8>)> {
        std::mem::take(&mut self.handled.lock().unwrap())
    }
}

async fn handle(
    State(handled): State<Handled>,
    delivery: Verified<PivotalEvent>,
    body: Bytes,
) -> Result<&'static str, StatusCode> {
    let event = delivery.event();
    if event.event_type() == "customer.churned" {
        return Err(StatusCode::INTERNAL_SERVER_ERROR);
    }
    handled.lock().unwrap().push((event.id().unwrap_or_default().to_owned(), body.to_vec()));
    Ok("ok")
}

pub(crate) struct Site {
    pub(crate) port: u16,
    pub(crate) records: Records,
    _stop: oneshot::Sender<()>,
}

impl Site {
    pub(crate) fn start() -> Self {
        let records = Records::default();
        let (port, stop) = serve(records.app());
        Self { port, records, _stop: stop }
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.port)
    }

    pub(crate) fn send(&self, method: &str, headers: &Headers, body: &[u8]) -> Answer {
        let mut connection = self.connect();
        connection.write(&request(method, headers, body, None)).unwrap();
        connection.answer(method).unwrap()
    }

    pub(crate) fn post(&self, headers: &Headers) -> Answer {
        self.send("POST", headers, BODY)
    }

    /// Waits for outcomes; the time only limits how long a failing test takes.
    pub(crate) fn eventually(&self) -> Vec<Seen> {
        for _ in 0..12_000 {
            let outcomes = self.records.outcomes();
            if !outcomes.is_empty() {
                return outcomes;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("there is no outcome");
    }
}

/// Serves an application in a thread, until the sender is dropped.
pub(crate) fn serve(app: Router) -> (u16, oneshot::Sender<()>) {
    let (port_sender, port) = mpsc::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            port_sender.send(listener.local_addr().unwrap().port()).unwrap();
            tokio::select! {
                served = axum::serve(listener, app) => served.unwrap(),
                _ = stopped => {}
            }
        });
    });
    (port.recv().unwrap(), stop)
}
