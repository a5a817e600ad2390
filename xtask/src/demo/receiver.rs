//! A receiver: a server that the demo starts as a user would start it.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    io::{BufRead as _, BufReader},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Stdio},
    sync::mpsc::{self, Receiver as Lines},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::delivery::{Answer, Delivery, PIVOT_SECRET, PREVIOUS_SECRET, SECRET};
use crate::{
    failure::{About as _, Failure, Result},
    shell::Shell,
};

/// A running receiver; it is stopped when this is dropped.
pub(crate) struct Receiver {
    pub(crate) name: &'static str,
    address: SocketAddr,
    child: Child,
    lines: Lines<String>,
    agent: ureq::Agent,
    /// The headers of the first refusal of each status.
    refusals: BTreeMap<u16, Vec<(String, String)>>,
}

impl Receiver {
    /// Starts the program on a free loopback port and waits until it listens.
    pub(crate) fn start(
        name: &'static str,
        program: impl AsRef<OsStr>,
        script: &str,
    ) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut child = Shell::new(program)
            .arg(script)
            .env("PORT", address.port().to_string())
            .env("PIVOTAL_WEBHOOK_SECRET", SECRET)
            .env("PIVOTAL_WEBHOOK_SECRET_PREVIOUS", PREVIOUS_SECRET)
            .env("PIVOT_WEBHOOK_SECRET", PIVOT_SECRET)
            .into_command()
            .stdout(Stdio::piped())
            .spawn()
            .about(script)?;
        let (send, lines) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    if send.send(line).is_err() {
                        break;
                    }
                }
            });
        }
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        let mut receiver = Self { name, address, child, lines, agent, refusals: BTreeMap::new() };
        receiver.wait_until_listening()?;
        Ok(receiver)
    }

    pub(crate) fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sends a delivery and reads what the receiver answered and logged.
    pub(crate) fn receive(&mut self, delivery: &Delivery) -> Result<Answer> {
        let mut request = self
            .agent
            .post(format!("{}{}", self.address(), delivery.endpoint.path()))
            .header("content-type", "application/json");
        for (name, value) in &delivery.headers {
            request = request.header(*name, value);
        }
        let start = Instant::now();
        let mut response = request.send(delivery.body.as_slice()).about(self.name)?;
        let status = response.status().as_u16();
        let body = response.body_mut().read_to_string().about(self.name)?;
        let took = start.elapsed();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into())
            })
            .filter(|(name, _): &(String, String)| name != "date")
            .collect();
        let (logged, record) = self.logged()?;
        Ok(Answer { status, headers, body, logged, record, took })
    }

    /// The difference between a refusal and an earlier one of the same status. A forger could learn from
    /// such a difference.
    pub(crate) fn tells_apart(&mut self, answer: &Answer) -> Option<String> {
        if answer.status == 200 {
            return None;
        }
        let first = self.refusals.entry(answer.status).or_insert_with(|| answer.headers.clone());
        let differs = *first != answer.headers;
        differs.then(|| format!("answered {:?}, earlier {first:?}", answer.headers))
    }

    /// The scheme that the receiver accepted, or the code that it refused with, and the record
    /// that it read, from its log.
    fn logged(&self) -> Result<(String, Value)> {
        loop {
            let line = self
                .lines
                .recv_timeout(Duration::from_secs(60))
                .about(format!("{} logged nothing about a delivery", self.name))?;
            let Ok(entry) = serde_json::from_str::<Value>(&line) else {
                continue;
            };
            let part = match entry.get("webhook").and_then(Value::as_str) {
                Some("accepted") => "scheme",
                Some("refused") => "code",
                _ => continue,
            };
            let logged = entry.get(part).and_then(Value::as_str).unwrap_or("?").to_owned();
            return Ok((logged, entry.get("record").cloned().unwrap_or_default()));
        }
    }

    fn wait_until_listening(&mut self) -> Result {
        let patience = Instant::now();
        while patience.elapsed() < Duration::from_secs(60) {
            if TcpStream::connect(self.address).is_ok() {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(Failure::new(format!("{} ended at once: {status}", self.name)));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Err(Failure::new(format!("{} does not listen after 60 s", self.name)))
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // A terminated Node ends its workerd; a killed one can't.
        let asked = cfg!(unix)
            && Shell::new("kill").args(["-TERM", &self.child.id().to_string()]).run().is_ok();
        let patience = Instant::now();
        while asked && patience.elapsed() < Duration::from_secs(5) {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
