//! A connection to a target, with or without TLS.

use std::{
    fmt, io,
    io::{ErrorKind, Read as _, Write as _},
    net::{Shutdown, TcpStream},
    time::Duration,
};

use crate::{
    exit::Exit,
    failure::Failure,
    target::Target,
    tls::{NoTls, TlsStream},
};

/// A connection on which one thread writes while another one reads.
pub(crate) enum Connection {
    Plain(TcpStream),
    Tls(Box<TlsStream>),
}

impl Connection {
    /// Connects to the first address that accepts, and shakes hands if the target needs TLS.
    pub(crate) fn open(target: &Target, limit: Duration) -> Result<Self, NoAnswer> {
        let open = |address| TcpStream::connect_timeout(address, limit).ok();
        let socket = target.addresses.iter().find_map(open).ok_or(NoAnswer::NotConnected)?;
        socket.set_nodelay(true).map_err(|_| NoAnswer::NotConnected)?;
        let Some(tls) = &target.tls else { return Ok(Self::Plain(socket)) };
        let limited = socket.set_read_timeout(Some(limit));
        limited
            .and_then(|()| socket.set_write_timeout(Some(limit)))
            .map_err(|_| NoAnswer::Closed)?;
        let stream = TlsStream::new(tls, socket).map_err(|error| NoAnswer::of(&error))?;
        stream.socket().set_write_timeout(None).map_err(|_| NoAnswer::Closed)?;
        Ok(Self::Tls(Box::new(stream)))
    }

    pub(crate) fn write_all(&self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(_) => self.socket().write_all(bytes),
            Self::Tls(stream) => stream.write_all(bytes),
        }
    }

    /// Reads some bytes within the limit, none at the end.
    pub(crate) fn read(&self, buffer: &mut [u8], limit: Duration) -> io::Result<usize> {
        self.socket().set_read_timeout(Some(limit))?;
        match self {
            Self::Plain(_) => self.socket().read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }

    /// Ends both directions, also for a thread that waits for one of them.
    pub(crate) fn close(&self) {
        // It may have ended by itself.
        let _ = self.socket().shutdown(Shutdown::Both);
    }

    const fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => stream.socket(),
        }
    }
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    NotConnected,
    Tls(NoTls),
    Closed,
    TooLate,
    Unreadable,
}

impl NoAnswer {
    /// Reads the error of a connection.
    pub(crate) fn of(error: &io::Error) -> Self {
        match (NoTls::of(error), error.kind()) {
            (Some(no_tls), _) => Self::Tls(no_tls),
            (None, ErrorKind::WouldBlock | ErrorKind::TimedOut) => Self::TooLate,
            (None, _) => Self::Closed,
        }
    }

    pub(crate) const fn exit(self) -> Exit {
        match self {
            Self::Tls(_) => Exit::Tls,
            _ => Exit::Unreachable,
        }
    }

    /// What to do about it.
    pub(crate) const fn help(self) -> Option<&'static str> {
        match self {
            Self::NotConnected => Some("start the receiver first"),
            Self::Tls(no_tls) => Some(no_tls.help()),
            _ => None,
        }
    }

    /// The failure of a command that can't do without an answer.
    pub(crate) fn failure(self, target: &Target) -> Failure {
        let authority = &target.authority;
        let message = match self {
            Self::NotConnected => format!("nothing accepts connections at `{authority}`"),
            _ => format!("`{authority}` can't be used: {self}"),
        };
        Failure { help: self.help().map(str::to_owned), ..Failure::new(self.exit(), message) }
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotConnected => "nothing accepts connections there",
            Self::Tls(no_tls) => return no_tls.fmt(f),
            Self::Closed => "the connection was closed without an answer",
            Self::TooLate => "the answer did not come in time",
            Self::Unreadable => "the answer is not HTTP/1.1",
        })
    }
}
