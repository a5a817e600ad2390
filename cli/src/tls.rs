//! TLS to a target: which certificates are trusted, and a connection on which one thread writes while
//! another one reads.

use std::{
    env, fmt,
    io::{self, ErrorKind, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rustls::{
    CertificateError, ClientConfig, ClientConnection, Error, InvalidMessage, RootCertStore,
    crypto::ring,
    pki_types::{
        CertificateDer, ServerName,
        pem::{self, PemObject as _},
    },
};

use crate::{
    exit::Exit,
    failure::{Failure, Result},
};

/// The environment variable that is read without an option. OpenSSL and other programs read it, too.
pub(crate) const VARIABLE: &str = "SSL_CERT_FILE";

/// What a connection to one host needs.
#[derive(Clone, Debug)]
pub(crate) struct Tls {
    config: Arc<ClientConfig>,
    host: ServerName<'static>,
}

impl Tls {
    /// Trusts the authorities in a file, or those that browsers trust.
    pub(crate) fn new(host: &str, ca_file: Option<&Path>) -> Result<Self> {
        let variable = env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
        let mut roots = RootCertStore::empty();
        match ca_file.or(variable.as_deref()) {
            Some(path) => add_file(&mut roots, path)?,
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        }
        let host = ServerName::try_from(host.to_owned()).map_err(|_| {
            Failure::new(Exit::Usage, format!("`{host}` can't be the name in a certificate"))
        })?;
        let internal = |error: Error| Failure::new(Exit::Internal, error.to_string());
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(internal)?;
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), host })
    }
}

fn add_file(roots: &mut RootCertStore, path: &Path) -> Result {
    let path_shown = path.display();
    let failure = |message: String| {
        Failure::new(Exit::Tls, message).help(format!(
            "`--ca-file` and {VARIABLE} name a PEM file with the certificates of authorities"
        ))
    };
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certificates = match read {
        Ok(certificates) => certificates,
        Err(pem::Error::Io(error)) => {
            return Err(failure(Failure::reading(path, &error).message));
        }
        Err(_) => return Err(failure(format!("`{path_shown}` is not PEM"))),
    };
    let (added, _) = roots.add_parsable_certificates(certificates);
    if added == 0 {
        return Err(failure(format!("`{path_shown}` has no certificate")));
    }
    Ok(())
}

/// A connection. Only one thread may write to it.
pub(crate) struct TlsStream {
    socket: TcpStream,
    state: Mutex<ClientConnection>,
}

impl TlsStream {
    /// Shakes hands. The time limits are those of the socket.
    pub(crate) fn new(tls: &Tls, mut socket: TcpStream) -> io::Result<Self> {
        let state = ClientConnection::new(Arc::clone(&tls.config), tls.host.clone());
        let mut state = state.map_err(io::Error::other)?;
        while state.is_handshaking() {
            state.complete_io(&mut socket)?;
        }
        Ok(Self { socket, state: Mutex::new(state) })
    }

    pub(crate) const fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// No lock is held while the socket is read or written, because each direction may have to wait.
    fn state(&self) -> MutexGuard<'_, ClientConnection> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write_all(&self, bytes: &[u8]) -> io::Result<()> {
        // What is not yet sent has to fit into the buffer of the state.
        for chunk in bytes.chunks(16 * 1024) {
            let mut records = Vec::new();
            {
                let mut state = self.state();
                state.writer().write_all(chunk)?;
                while state.wants_write() {
                    state.write_tls(&mut records)?;
                }
            }
            (&self.socket).write_all(&records)?;
        }
        Ok(())
    }

    /// Reads some bytes, none at the end.
    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut records = vec![0; 16 * 1024];
        loop {
            match self.state().reader().read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                read => return read,
            }
            let length = (&self.socket).read(&mut records)?;
            let mut received = records.get(..length).unwrap_or_default();
            let mut state = self.state();
            loop {
                // Nothing to read tells the state that the socket has ended.
                state.read_tls(&mut received)?;
                state.process_new_packets().map_err(io::Error::other)?;
                if received.is_empty() {
                    break;
                }
            }
        }
    }
}

/// Why there is no connection that can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoTls {
    Untrusted,
    OtherName,
    Expired,
    OtherCertificate,
    NotTls,
    Refused,
}

impl NoTls {
    /// Reads the error of a handshake; none if the error is one of the socket.
    pub(crate) fn of(error: &io::Error) -> Option<Self> {
        Some(match error.get_ref()?.downcast_ref::<Error>()? {
            Error::InvalidCertificate(flaw) => match flaw {
                // Another authority may have the same name.
                CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::Untrusted,
                CertificateError::NotValidForName
                | CertificateError::NotValidForNameContext { .. } => Self::OtherName,
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. } => Self::Expired,
                _ => Self::OtherCertificate,
            },
            Error::InvalidMessage(InvalidMessage::InvalidContentType) => Self::NotTls,
            _ => Self::Refused,
        })
    }

    /// What to do about it.
    pub(crate) const fn help(self) -> &'static str {
        match self {
            Self::Untrusted => {
                "name the PEM file of the authority that signed it with `--ca-file`, \
                 such as mkcert's `rootCA.pem`"
            }
            Self::OtherName => "write the URL with a name that the certificate is for",
            Self::Expired => "renew the certificate, or set the clock of this machine",
            Self::OtherCertificate => "make a certificate for servers, signed by an authority",
            Self::NotTls => "write the URL with `http://` if the receiver speaks plain HTTP",
            Self::Refused => "let the receiver offer TLS 1.2 or 1.3, without client certificates",
        }
    }
}

impl fmt::Display for NoTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Untrusted => "no trusted authority has signed its certificate",
            Self::OtherName => "its certificate is for another name",
            Self::Expired => "its certificate has expired, or is not valid yet",
            Self::OtherCertificate => "its certificate can't be accepted",
            Self::NotTls => "it does not speak TLS",
            Self::Refused => "it does not agree on TLS with this tool",
        })
    }
}
