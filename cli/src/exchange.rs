//! Sends one request over a connection of its own, and reads the answer.
//!
//! The request's bytes are exactly those that a command wants to send: header lines in order, repeated and
//! malformed ones too, and bodies that come in pieces or never. Clients for HTTP change or refuse such
//! requests.

use std::{
    io, thread,
    time::{Duration, Instant},
};

use crate::{
    connection::{Connection, NoAnswer},
    delivery::http::unchunked,
    target::Target,
};

/// A request, as pieces of bytes.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: String,
    pieces: Vec<Piece>,
}

/// Bytes that are written after a pause.
#[derive(Clone, Debug)]
struct Piece {
    pause: Duration,
    bytes: Vec<u8>,
}

/// How a body is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// By the header `content-length`.
    Length,
    /// In chunks of this many bytes.
    Chunks(usize),
}

/// Headers that belong to a connection, not to the delivery.
pub(crate) const OF_CONNECTION: [&str; 4] =
    ["host", "connection", "content-length", "transfer-encoding"];

impl Request {
    /// A request with these header lines, of which those of the connection are replaced, and this body.
    pub(crate) fn new<'h>(
        target: &Target,
        method: &str,
        lines: impl IntoIterator<Item = (&'h str, &'h [u8])>,
        body: &[u8],
        framing: Framing,
    ) -> Self {
        let mut head =
            format!("{method} {} HTTP/1.1\r\nHost: {}\r\n", target.path, target.authority);
        head += "Connection: close\r\n";
        match framing {
            Framing::Length => head += &format!("Content-Length: {}\r\n", body.len()),
            Framing::Chunks(_) => head += "Transfer-Encoding: chunked\r\n",
        }
        let mut bytes = head.into_bytes();
        for (name, value) in lines {
            if !OF_CONNECTION.iter().any(|known| name.eq_ignore_ascii_case(known)) {
                bytes.extend(
                    name.bytes().chain(*b": ").chain(value.iter().copied()).chain(*b"\r\n"),
                );
            }
        }
        bytes.extend(b"\r\n");
        if let Framing::Chunks(size) = framing {
            for chunk in body.chunks(size).chain([&b""[..]]) {
                bytes.extend(format!("{:x}\r\n", chunk.len()).bytes());
                bytes.extend(chunk.iter().chain(b"\r\n"));
            }
        } else {
            bytes.extend(body);
        }
        Self { method: method.to_owned(), pieces: vec![Piece { pause: Duration::ZERO, bytes }] }
    }

    /// The same request in two parts, of which the second one comes after a pause.
    pub(crate) fn paused(mut self, pause: Duration, last_bytes: usize) -> Self {
        if let Some(piece) = self.pieces.last_mut() {
            let at = piece.bytes.len().saturating_sub(last_bytes);
            let bytes = piece.bytes.split_off(at);
            self.pieces.push(Piece { pause, bytes });
        }
        self
    }

    /// The same request without its last bytes, which never come.
    pub(crate) fn cut(mut self, last_bytes: usize) -> Self {
        if let Some(piece) = self.pieces.last_mut() {
            piece.bytes.truncate(piece.bytes.len().saturating_sub(last_bytes));
        }
        self
    }

    /// Connects and sends, and leaves the connection open.
    pub(crate) fn open(&self, target: &Target, limit: Duration) -> Result<Connection, NoAnswer> {
        let connection = Connection::open(target, limit)?;
        self.write(&connection).map_err(|error| NoAnswer::of(&error))?;
        Ok(connection)
    }

    /// Sends the request and reads the answer, which must be complete within the limit.
    pub(crate) fn send(&self, target: &Target, limit: Duration) -> Result<Answer, NoAnswer> {
        let start = Instant::now();
        let connection = Connection::open(target, limit)?;
        thread::scope(|scope| {
            // A receiver may answer before it has read the whole body.
            scope.spawn(|| self.write(&connection));
            let answer = self.read(&connection, start, limit);
            connection.close();
            answer
        })
    }

    fn write(&self, connection: &Connection) -> io::Result<()> {
        for Piece { pause, bytes } in &self.pieces {
            thread::sleep(*pause);
            connection.write_all(bytes)?;
        }
        Ok(())
    }

    fn read(
        &self,
        connection: &Connection,
        start: Instant,
        limit: Duration,
    ) -> Result<Answer, NoAnswer> {
        let mut bytes = Vec::new();
        let mut buffer = vec![0; 16 * 1024];
        let mut latency = None;
        let mut ended = false;
        loop {
            if let Some(mut answer) = self.parsed(&bytes, ended)? {
                answer.latency = latency.unwrap_or_default();
                return Ok(answer);
            }
            if ended {
                return Err(if bytes.is_empty() { NoAnswer::Closed } else { NoAnswer::Unreadable });
            }
            let left = limit.checked_sub(start.elapsed()).filter(|left| !left.is_zero());
            match connection.read(&mut buffer, left.ok_or(NoAnswer::TooLate)?) {
                Ok(0) => ended = true,
                Ok(length) => {
                    latency.get_or_insert_with(|| start.elapsed());
                    bytes.extend(buffer.iter().take(length));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => match NoAnswer::of(&error) {
                    NoAnswer::Closed => ended = true,
                    why => return Err(why),
                },
            }
            if bytes.len() > MAX_ANSWER {
                ended = true;
            }
        }
    }

    /// The answer in these bytes, if they hold a whole one.
    fn parsed(&self, bytes: &[u8], ended: bool) -> Result<Option<Answer>, NoAnswer> {
        let mut lines = [httparse::EMPTY_HEADER; 128];
        let mut head = httparse::Response::new(&mut lines);
        let body_at = match head.parse(bytes) {
            Ok(httparse::Status::Complete(at)) => at,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err(NoAnswer::Unreadable),
        };
        let rest = bytes.get(body_at..).unwrap_or_default();
        let status = head.code.unwrap_or_default();
        if (100..200).contains(&status) {
            return self.parsed(rest, ended);
        }
        let lines = head.headers.iter();
        let headers: Vec<_> = lines
            .map(|line| {
                (line.name.to_ascii_lowercase(), String::from_utf8_lossy(line.value).into_owned())
            })
            .collect();
        let mut answer = Answer { status, headers, body: Vec::new(), latency: Duration::ZERO };
        if self.method == "HEAD" || matches!(status, 204 | 304) {
            return Ok(Some(answer));
        }
        if answer.header("transfer-encoding").is_some() {
            let body = unchunked(rest);
            let is_whole = body.is_some();
            answer.body = body.unwrap_or_else(|| rest.to_vec());
            return Ok((is_whole || ended).then_some(answer));
        }
        let length = answer.header("content-length").and_then(|length| length.trim().parse().ok());
        let is_whole = length.is_some_and(|length: usize| rest.len() >= length);
        answer.body = rest.iter().copied().take(length.unwrap_or(usize::MAX)).collect();
        Ok((is_whole || ended).then_some(answer))
    }
}

/// The most bytes of an answer that are read.
const MAX_ANSWER: usize = 1024 * 1024;

/// What a receiver answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case, and values.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// From the connection to the first byte of the answer.
    pub(crate) latency: Duration,
}

impl Answer {
    /// The first value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Whether the sender counts the delivery as received.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}
