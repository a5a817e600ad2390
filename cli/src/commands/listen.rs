//! `listen`: a local receiver that shows what arrives.

use std::{
    fs,
    future::ready,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    pin::pin,
    sync::Arc,
};

use axum::{
    Router,
    extract::{Request, State},
    http::{Method, StatusCode, header::ALLOW},
    response::{IntoResponse as _, Response},
};
use clap::Args;
use pivotal_webhooks::UnixTime;
use serde_json::json;
use tokio::{net::TcpListener, sync::Notify, task::spawn_blocking};

use self::receiver::{Body, Receiver};
use crate::{
    delivery::Delivery,
    endpoint::EndpointOptions,
    exit::Exit,
    failure::{Failure, Result},
    output::{DIM, NOTE, Output, TITLE},
    target::TargetOptions,
};

mod receiver;
mod shown;

/// Receive deliveries on this machine, and show what arrives
///
/// Each delivery is verified. An authentic one is shown with its event, a refused one with the known accident
/// that explains the refusal. The receiver answers like those of the library, or, with `--forward`, like the
/// receiver behind it.
#[derive(Args)]
#[command(after_long_help = "Examples:
  pivotal-webhooks listen
  pivotal-webhooks listen --save deliveries
  pivotal-webhooks listen --forward http://127.0.0.1:8000/webhooks/pivotal")]
pub(crate) struct Options {
    /// The port; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 8787)]
    port: u16,

    /// The address; only this machine can reach the default
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: IpAddr,

    /// Save each delivery as a file in this folder
    ///
    /// `verify`, `diagnose` and `resend` read the files. They contain the body, so treat them like the data
    /// in it.
    #[arg(long, value_name = "FOLDER")]
    save: Option<PathBuf>,

    /// Pass each delivery on to this URL, refused ones too, and answer what it answers
    ///
    /// The body and the header lines of the delivery stay the same.
    #[arg(long, value_name = "URL", help_heading = "Target")]
    forward: Option<String>,

    #[command(flatten)]
    target: TargetOptions,

    /// Show no bodies
    #[arg(long)]
    no_body: bool,

    /// End after this many deliveries
    #[arg(long, value_name = "NUMBER")]
    count: Option<u64>,

    #[command(flatten)]
    endpoint: EndpointOptions,
}

/// What the handler of requests shares.
struct Listener {
    receiver: Receiver,
    output: Output,
    count: Option<u64>,
    /// Told when the last delivery has been answered.
    end: Notify,
}

pub(super) fn run(options: &Options, output: &Output) -> Result<Exit> {
    let builder = options.endpoint.builder()?;
    let forward = options.forward.as_ref().map(|url| options.target.target(url)).transpose()?;
    if let Some(folder) = &options.save {
        fs::create_dir_all(folder).map_err(|error| Failure::writing(folder, &error))?;
    }
    let receiver = Receiver::new(builder, forward, options.save.clone(), !options.no_body)?;
    let listener = Arc::new(Listener {
        receiver,
        output: output.clone(),
        count: options.count,
        end: Notify::new(),
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(&listener, SocketAddr::new(options.address, options.port)))?;
    Ok(Exit::Ok)
}

async fn serve(listener: &Arc<Listener>, address: SocketAddr) -> Result {
    let unusable = |error: &std::io::Error| {
        Failure::new(
            Exit::Output,
            format!("port {} can't be opened: {}", address.port(), error.kind()),
        )
        .help("choose another one with `--port`; `--port 0` takes a free one")
    };
    let socket = TcpListener::bind(address).await.map_err(|error| unusable(&error))?;
    let url = format!("http://{}/", socket.local_addr()?);
    let mut interrupt = pin!(tokio::signal::ctrl_c());
    // The signal is handled from its first poll on, before anybody is told that this listens.
    tokio::select! {
        biased;
        Ok(()) = &mut interrupt => return Ok(()),
        () = ready(()) => {}
    }
    let Listener { receiver, output, .. } = &**listener;
    let (saved, forwarded) =
        (receiver.folder(), receiver.forward().map(|target| target.url.as_str()));
    output.result(&json!({"listening": url, "save": saved, "forward": forwarded}), |lines| {
        lines.line(format_args!("{TITLE}listening{TITLE:#} on {url}, for POST to any path"))?;
        match saved {
            Some(folder) => lines.field("save", folder.display())?,
            None => lines.field("save", format_args!("{DIM}no: add `--save FOLDER`{DIM:#}"))?,
        }
        lines.optional("forward", forwarded)?;
        lines.field("end", "Ctrl-C")?;
        lines.line("")
    })?;
    let app = Router::new().fallback(receive).with_state(Arc::clone(listener));
    let end = async {
        tokio::select! {
            () = listener.end.notified() => {}
            // Without a handler for it, the signal ends the process as usual.
            Ok(()) = &mut interrupt => {}
        }
    };
    // The tasks of `serve` outlive the borrow, so that the end is awaited beside it.
    tokio::select! {
        served = axum::serve(socket, app).into_future() => served?,
        () = end => {}
    }
    Ok(())
}

async fn receive(State(listener): State<Arc<Listener>>, request: Request) -> Response {
    if request.method() != Method::POST {
        listener.output.note(&format!("{NOTE}{}{NOTE:#} is answered 405", request.method()));
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "POST")], "method not allowed")
            .into_response();
    }
    let (parts, body) = request.into_parts();
    let headers = parts.headers.iter();
    let delivery = Delivery {
        method: parts.method.to_string(),
        target: parts.uri.to_string(),
        headers: headers
            .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
            .collect(),
        body: Vec::new(),
        received_at: UnixTime::now().ok(),
    };
    let Some(body) = Body::read(body, listener.receiver.max_body()).await else {
        listener.output.note("a sender hung up before the end of its body");
        return StatusCode::BAD_REQUEST.into_response();
    };
    let own = Arc::clone(&listener);
    // What is written and forwarded may take a while.
    let answered = spawn_blocking(move || own.receiver.receive(delivery, body, &own.output)).await;
    let (answer, number) = match answered {
        Ok(Ok(answered)) => answered,
        Ok(Err(failure)) => {
            listener.output.failure(&failure);
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    if listener.count.is_some_and(|count| number >= count) {
        // The answer leaves first.
        tokio::spawn(async move {
            tokio::time::sleep(LAST_ANSWER).await;
            listener.end.notify_one();
        });
    }
    answer
}

/// How long the last answer has to leave.
const LAST_ANSWER: std::time::Duration = std::time::Duration::from_millis(100);
