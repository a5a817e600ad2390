//! Where requests are sent to, and the rule that this is a loopback address.

use std::{
    net::{SocketAddr, ToSocketAddrs as _},
    path::{Path, PathBuf},
};

use clap::Args;
use http::Uri;

use crate::{
    exit::Exit,
    failure::{Failure, Result},
    tls::Tls,
};

/// What the user says about the target.
#[derive(Args)]
pub(crate) struct TargetOptions {
    /// Send to an address that is not loopback, because the endpoint is yours
    ///
    /// Without it, requests are sent to this machine only.
    #[arg(long, help_heading = "Target")]
    pub(crate) i_own_this_endpoint: bool,

    /// Trust the certificates of the authorities in this PEM file, and of no others
    ///
    /// Without it and without the environment variable `SSL_CERT_FILE`, an `https://` target needs a
    /// certificate by an authority that browsers trust.
    #[arg(long, value_name = "FILE", help_heading = "Target")]
    pub(crate) ca_file: Option<PathBuf>,
}

/// An address to connect to, and the path that requests are for.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The address as it was written.
    pub(crate) url: String,
    /// The value of the header `host`.
    pub(crate) authority: String,
    /// The path and the query.
    pub(crate) path: String,
    /// Every address of the host, which is looked up once.
    pub(crate) addresses: Vec<SocketAddr>,
    /// What TLS needs, if the URL begins with `https://`.
    pub(crate) tls: Option<Tls>,
}

impl TargetOptions {
    /// Reads a URL and looks its host up. Refuses a host that is not loopback without the user's word.
    pub(crate) fn target(&self, url: &str) -> Result<Target> {
        let target = Target::of(url, self.ca_file.as_deref())?;
        let is_loopback = target.addresses.iter().all(|address| address.ip().is_loopback());
        if is_loopback || self.i_own_this_endpoint {
            return Ok(target);
        }
        let message = format!("`{}` is not a loopback address", target.authority);
        Err(Failure::new(Exit::Target, message)
            .help("add `--i-own-this-endpoint` if the endpoint is yours"))
    }
}

impl Target {
    fn of(url: &str, ca_file: Option<&Path>) -> Result<Self> {
        let invalid = |message: &str| {
            Failure::new(Exit::Usage, format!("`{url}` {message}"))
                .help("write it as `http://127.0.0.1:8000/webhooks/pivotal`")
        };
        // A port or a host alone is the start of a URL.
        let uri: Uri = url.parse().map_err(|_| invalid("is not a URL"))?;
        let is_secure = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(invalid("does not start with http:// or https://")),
        };
        let authority = uri.authority().ok_or_else(|| invalid("names no host"))?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        let port = authority.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        let addresses: Vec<_> = (host, port).to_socket_addrs().into_iter().flatten().collect();
        if addresses.is_empty() {
            return Err(Failure::new(
                Exit::Unreachable,
                format!("the host of `{url}` has no address"),
            ));
        }
        let tls = is_secure.then(|| Tls::new(host, ca_file)).transpose()?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Self {
            url: url.to_owned(),
            authority: authority.as_str().to_owned(),
            path: path.to_owned(),
            addresses,
            tls,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str, owned: bool) -> Result<Target> {
        TargetOptions { i_own_this_endpoint: owned, ca_file: None }.target(url)
    }

    #[test]
    fn a_target_is_loopback_or_the_users() {
        for url in ["http://127.0.0.1:8000/a?b=c", "https://[::1]:1/", "http://127.9.9.9"] {
            assert!(target(url, false).is_ok(), "{url}");
        }
        for url in ["http://192.0.2.1/", "http://0.0.0.0:80/", "https://[2001:db8::1]/"] {
            assert_eq!(target(url, false).unwrap_err().exit, Exit::Target, "{url}");
            assert!(target(url, true).is_ok(), "{url}");
        }
        for url in ["", "localhost", "ftp://127.0.0.1", "http:///x"] {
            assert_eq!(target(url, true).unwrap_err().exit, Exit::Usage, "{url}");
        }
    }

    #[test]
    fn a_target_has_a_path_and_a_host() {
        let target = target("http://127.0.0.1:8000/a?b=c", false).unwrap();
        assert_eq!((target.path.as_str(), target.authority.as_str()), ("/a?b=c", "127.0.0.1:8000"));
    }
    #[test]
    fn https_has_a_port_of_its_own() {
        let ports = ["http://127.0.0.1", "https://127.0.0.1"].map(|url| {
            let target = target(url, false).unwrap();
            (target.addresses.first().unwrap().port(), target.tls.is_some())
        });
        assert_eq!(ports, [(80, false), (443, true)]);
    }
}
