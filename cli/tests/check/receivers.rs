//! Receivers with axum: with the crate for it, and with one fault each.

use std::{
    collections::HashSet,
    env,
    fmt::Debug,
    io,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::{get, post},
    serve::Listener,
};
use pivotal_webhooks::{Error, Event, EventKind, Tolerance, UnixTime};
use pivotal_webhooks_axum::{PivotEvent, PivotalEvent, Verified, Webhook, WebhookLayer};
use serde_json::Value;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig, server::TlsStream};

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What a receiver does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    NoVerification,
    AcceptsStale,
    FailsOnMalformed,
    LeaksSecret,
    LeaksSignature,
    TellsReasons,
    HandlesTwice,
    KnowsFewTypes,
    WritesBodyAgain,
    AnswersLate,
    HasOtherSecret,
}

/// The events that were handled, and how often.
#[derive(Clone, Default)]
struct Handled {
    keys: Arc<Mutex<HashSet<String>>>,
    count: Arc<AtomicU64>,
}

impl Handled {
    fn handle(&self, event: &Event<'_>, again: bool) {
        if self.keys.lock().unwrap().insert(event.idempotency_key()) || again {
            self.count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A running receiver.
pub(crate) struct Site {
    scheme: &'static str,
    port: u16,
    stop: Stop,
}

/// What ends a receiver.
enum Stop {
    /// When it is dropped.
    InThread(#[expect(dead_code, reason = "the thread waits for its end")] oneshot::Sender<()>),
    Process(Child),
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Stop::Process(child) = &mut self.stop {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Site {
    /// A receiver as the documentation shows it.
    pub(crate) fn right() -> Self {
        Self::start(Self::right_router())
    }

    /// The same with TLS.
    pub(crate) fn secure(config: Arc<ServerConfig>) -> Self {
        let listen = |listener| TlsListener { listener, acceptor: config.into() };
        let mut site = Self::listen(Self::right_router(), listen);
        site.scheme = "https";
        site
    }

    fn right_router() -> Router<Handled> {
        async fn receive(State(handled): State<Handled>, delivery: Verified<PivotalEvent>) {
            handled.handle(delivery.event(), false);
        }
        let layer = WebhookLayer::new(Webhook::new(SECRET).unwrap());
        Router::new().route("/hook", post(receive).layer(layer))
    }

    /// The same for Pivot.
    pub(crate) fn of_pivot() -> Self {
        async fn receive(State(handled): State<Handled>, delivery: Verified<PivotEvent>) {
            handled.handle(delivery.event(), false);
        }
        let layer = WebhookLayer::new(Webhook::pivot(SECRET).unwrap());
        Self::start(Router::new().route("/hook", post(receive).layer(layer)))
    }

    pub(crate) fn with(fault: Fault) -> Self {
        let tolerance = match fault {
            Fault::AcceptsStale => Tolerance::dangerously_unlimited(),
            _ => Tolerance::default(),
        };
        let secret = match fault {
            Fault::HasOtherSecret => "whsec_plJ3nmyCDGBKInavdOK15jsl",
            _ => SECRET,
        };
        let webhook = Webhook::builder().secret(secret).tolerance(tolerance).build().unwrap();
        let webhook = Arc::new(webhook);
        let receive =
            async move |State(handled): State<Handled>, headers: HeaderMap, body: Bytes| {
                if fault == Fault::AnswersLate {
                    tokio::time::sleep(Duration::from_millis(1_500)).await;
                }
                answer(&webhook, fault, &handled, &headers, &body)
            };
        Self::start(Router::new().route("/hook", post(receive)))
    }

    /// A receiver in another language, by the interpreter that an environment variable names.
    pub(crate) fn of_file(variable: &str, file: &str) -> Self {
        let interpreter = env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set"));
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check");
        let mut child = Command::new(interpreter)
            .arg(folder.join(file))
            .arg(port.to_string())
            .env("PIVOTAL_WEBHOOK_SECRET", SECRET)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert_eq!(child.try_wait().unwrap(), None, "{file} has ended");
            thread::sleep(Duration::from_millis(10));
        }
        Self { scheme: "http", port, stop: Stop::Process(child) }
    }

    fn start(app: Router<Handled>) -> Self {
        Self::listen(app, |listener| listener)
    }

    fn listen<L>(
        app: Router<Handled>,
        listen: impl FnOnce(TcpListener) -> L + Send + 'static,
    ) -> Self
    where
        L: Listener,
        L::Addr: Debug,
    {
        let handled = Handled::default();
        let count = async |State(handled): State<Handled>| {
            handled.count.load(Ordering::Relaxed).to_string()
        };
        let app = app.route("/handled", get(count)).with_state(handled);
        let (port_sender, port) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                port_sender.send(listener.local_addr().unwrap().port()).unwrap();
                tokio::select! {
                    served = axum::serve(listen(listener), app) => served.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        Self { scheme: "http", port: port.recv().unwrap(), stop: Stop::InThread(stop) }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://127.0.0.1:{}{path}", self.scheme, self.port)
    }
}

/// Shakes hands with one sender after the other.
struct TlsListener {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = self.listener.accept().await.unwrap();
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

fn answer(
    webhook: &Webhook,
    fault: Fault,
    handled: &Handled,
    headers: &HeaderMap,
    body: &[u8],
) -> (StatusCode, String) {
    let written = match (fault, serde_json::from_slice::<Value>(body)) {
        (Fault::WritesBodyAgain, Ok(value)) => value.to_string().into_bytes(),
        _ => body.to_vec(),
    };
    let received = if headers.contains_key("content-encoding") && fault != Fault::NoVerification {
        Err(Error::BodyCompressed)
    } else {
        webhook.unwrap(&written, headers)
    };
    match received {
        Ok(event) if fault == Fault::KnowsFewTypes && event.kind() == EventKind::Other => {
            (StatusCode::INTERNAL_SERVER_ERROR, String::new())
        }
        Ok(event) => {
            handled.handle(&event, fault == Fault::HandlesTwice);
            (StatusCode::OK, "ok".to_owned())
        }
        Err(_) if fault == Fault::NoVerification => {
            // Without a verification, an event is what its id says.
            let id = serde_json::from_slice::<Value>(body).map(|event| event["id"].to_string());
            if handled.keys.lock().unwrap().insert(id.unwrap_or_default()) {
                handled.count.fetch_add(1, Ordering::Relaxed);
            }
            (StatusCode::OK, "ok".to_owned())
        }
        Err(error) => refusal(webhook, fault, &error, headers, body),
    }
}

fn refusal(
    webhook: &Webhook,
    fault: Fault,
    error: &Error,
    headers: &HeaderMap,
    body: &[u8],
) -> (StatusCode, String) {
    let status = StatusCode::from_u16(error.status()).unwrap();
    let constant = error.code().info().answer.to_owned();
    match fault {
        Fault::FailsOnMalformed if status == StatusCode::BAD_REQUEST => {
            (StatusCode::INTERNAL_SERVER_ERROR, String::new())
        }
        Fault::LeaksSecret => (status, format!("{constant}: {SECRET}")),
        Fault::TellsReasons => (status, error.to_string()),
        Fault::LeaksSignature => {
            let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
            let at = text("svix-timestamp").and_then(|at| at.parse().ok()).map(UnixTime::from_secs);
            let (Some(id), Some(at)) = (text("svix-id"), at) else { return (status, constant) };
            let expected = webhook.sign(None, id, at, body);
            let expected = expected.map_or_else(|_| String::new(), |it| it.signature().to_owned());
            (status, format!("{constant}: expected {expected}"))
        }
        _ => (status, constant),
    }
}
