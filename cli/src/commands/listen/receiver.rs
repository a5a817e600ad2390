//! Verifies, saves and forwards what arrives.

use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use axum::{
    body::to_bytes,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse as _, Response},
};
use pivotal_webhooks::{Builder, Diagnosis, Error, Finding, Webhook};

use super::shown::{Forwarded, Shown};
use crate::{
    connection::NoAnswer,
    delivery::{Delivery, http, input::Input},
    exchange::{Answer, Framing, Request},
    failure::{Failure, Result},
    output::Output,
    target::Target,
    time,
    verdict::{CheckOptions, Verdict},
};

/// How long the receiver behind this one may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A body, or that it is too long.
pub(super) enum Body {
    Whole(Vec<u8>),
    TooLong,
}

impl Body {
    /// Reads a body; nothing if the sender hung up.
    pub(super) async fn read(body: axum::body::Body, max_body: usize) -> Option<Self> {
        match to_bytes(body, max_body).await {
            Ok(bytes) => Some(Self::Whole(bytes.to_vec())),
            Err(error) if is_too_long(&error) => Some(Self::TooLong),
            Err(_) => None,
        }
    }
}

fn is_too_long(error: &axum::Error) -> bool {
    let source = std::error::Error::source(error);
    source.is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>)
}

/// The endpoint, and what is done with its deliveries.
pub(super) struct Receiver {
    webhook: Webhook,
    diagnosis: Diagnosis,
    forward: Option<Target>,
    folder: Option<PathBuf>,
    shows_body: bool,
    count: AtomicU64,
}

impl Receiver {
    pub(super) fn new(
        builder: Builder,
        forward: Option<Target>,
        folder: Option<PathBuf>,
        shows_body: bool,
    ) -> Result<Self> {
        let webhook = builder.clone().build()?;
        let diagnosis = builder.diagnosis();
        Ok(Self { webhook, diagnosis, forward, folder, shows_body, count: AtomicU64::new(0) })
    }

    pub(super) const fn max_body(&self) -> usize {
        self.webhook.max_body()
    }

    pub(super) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    pub(super) const fn forward(&self) -> Option<&Target> {
        self.forward.as_ref()
    }

    /// Verifies a delivery, saves it, forwards it and shows it. Returns the answer, and the number of the
    /// delivery.
    pub(super) fn receive(
        &self,
        mut delivery: Delivery,
        body: Body,
        output: &Output,
    ) -> Result<(Response, u64)> {
        let number = self.count.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        let is_whole = matches!(body, Body::Whole(_));
        if let Body::Whole(bytes) = body {
            delivery.body = bytes;
        }
        let source = format!("{number} {} {}", delivery.method, delivery.target);
        let input = Input { delivery, source, form: None, is_guessed: false, notes: Vec::new() };
        let clock = CheckOptions::on_arrival().clock(&input.delivery)?;
        let verdict = self.verdict(&input.delivery, is_whole, clock);
        let findings = self.findings(&input.delivery, &verdict, clock)?;
        let saved = match &self.folder {
            Some(folder) if is_whole => Some(save(folder, number, &input.delivery, &verdict)?),
            _ => None,
        };
        let forwarded = self.forward.as_ref().filter(|_| is_whole);
        let forwarded = forwarded.map(|target| (target, forward(target, &input.delivery)));
        let shown = Shown {
            input: &input,
            clock,
            verdict: &verdict,
            findings: &findings,
            saved: saved.as_deref(),
            forwarded: forwarded.as_ref().map(|(target, sent)| Forwarded { target, sent }),
            shows_body: self.shows_body,
        };
        shown.write(output)?;
        let answer = match forwarded {
            Some((_, sent)) => answer_of(sent),
            None => own_answer(&verdict),
        };
        Ok((answer, number))
    }

    fn verdict<'d>(
        &'d self,
        delivery: &'d Delivery,
        is_whole: bool,
        clock: crate::verdict::Clock,
    ) -> Verdict<'d> {
        self.webhook.announced_length(delivery.lines())?;
        if !is_whole {
            return Err(Error::PayloadTooLarge);
        }
        CheckOptions::on_arrival().verdict(&self.webhook, delivery, clock)
    }

    fn findings(
        &self,
        delivery: &Delivery,
        verdict: &Verdict<'_>,
        clock: crate::verdict::Clock,
    ) -> Result<Vec<Finding>> {
        if verdict.is_ok() || matches!(verdict, Err(Error::PayloadTooLarge)) {
            return Ok(Vec::new());
        }
        Ok(self.diagnosis.diagnose_at(&delivery.body, delivery.lines(), clock.now)?)
    }
}

/// Writes a delivery into a file of its own, and returns its path.
fn save(folder: &Path, number: u64, delivery: &Delivery, verdict: &Verdict<'_>) -> Result<PathBuf> {
    let at = delivery.received_at.map(time::rfc3339).unwrap_or_default();
    let kind = match verdict {
        Ok((_, Some(event))) => event.event_type().to_owned(),
        Ok((_, None)) => "accepted".to_owned(),
        Err(error) => format!("refused-{}", error.code()),
    };
    // A colon is not allowed in every file system, and a type is whatever its sender writes.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let plain = |text: &str| text.chars().filter(|c| is_plain(*c)).take(60).collect::<String>();
    for attempt in 0_u32.. {
        let again = if attempt == 0 { String::new() } else { format!("-{attempt}") };
        let name = format!("{}-{number:04}-{}{again}.http", plain(&at), plain(&kind));
        let path = folder.join(name);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                let written = file.write_all(&http::write(delivery));
                written.map_err(|error| Failure::writing(&path, &error))?;
                return Ok(path);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Failure::writing(&path, &error)),
        }
    }
    Err(Failure::writing(folder, &ErrorKind::AlreadyExists.into()))
}

fn forward(target: &Target, delivery: &Delivery) -> Result<Answer, NoAnswer> {
    let Delivery { method, body, .. } = delivery;
    Request::new(target, method, delivery.lines(), body, Framing::Length).send(target, PATIENCE)
}

/// The answer of the receiver behind this one.
fn answer_of(sent: Result<Answer, NoAnswer>) -> Response {
    let Ok(answer) = sent else {
        return (StatusCode::BAD_GATEWAY, "the receiver gave no answer").into_response();
    };
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut response = Response::new(answer.body.clone().into());
    *response.status_mut() = status;
    for name in [CONTENT_TYPE, RETRY_AFTER] {
        let value =
            answer.header(name.as_str()).and_then(|value| HeaderValue::from_str(value).ok());
        if let Some(value) = value {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// The answer of a receiver of this library.
fn own_answer(verdict: &Verdict<'_>) -> Response {
    let (status, text) = match verdict {
        Ok(_) => (200, "ok"),
        Err(error) => (error.status(), error.code().info().answer),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, text).into_response()
}
