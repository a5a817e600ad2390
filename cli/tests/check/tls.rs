//! Targets with TLS: whom the tool trusts, and what it says if it doesn't.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Output, Stdio},
    sync::Arc,
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, PKCS_ECDSA_P256_SHA256,
    date_time_ymd,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio_rustls::rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};

use crate::{check, receivers::Site, run, tool};

/// An authority of its own, whose certificate is in a file.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, key()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    fn file(&self) -> String {
        self.folder.path().join("ca.pem").to_str().unwrap().to_owned()
    }

    /// A server with a certificate for a name, after a change.
    fn server(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Arc<ServerConfig> {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        change(&mut params);
        let key = key();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key);
        Arc::new(config.unwrap())
    }

    /// A receiver whose certificate is right.
    fn site(&self) -> Site {
        Site::secure(self.server("127.0.0.1", |_| {}))
    }
}

fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

fn trigger(site: &Site, options: &[&str]) -> Output {
    let to = ["trigger", "customer.at_risk", "--json", "--to", &site.url("/hook")];
    tool().args(to).args(options).output().unwrap()
}

fn object(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap()
}

/// The result of a delivery that was not sent, because the target is not trusted.
fn untrusted(ran: &Output) -> String {
    assert_eq!(ran.status.code(), Some(13));
    let result = object(&ran.stdout);
    assert_eq!(result["status"], Value::Null);
    result["failure"].as_str().unwrap().to_owned()
}

#[test]
fn a_receiver_with_tls_passes_every_row() {
    let authority = Authority::new();
    let card = check(&authority.site(), &["--ca-file", &authority.file()]);
    assert_eq!((card.names("failed"), card.names("skipped"), card.exit), (vec![], vec![], 0));
    assert!(card.names("passed").contains(&"transport/senders-stall"));
}

#[test]
fn an_authority_is_trusted_by_an_option_or_by_the_environment_variable() {
    let authority = Authority::new();
    let site = authority.site();
    assert_eq!(trigger(&site, &["--ca-file", &authority.file()]).status.code(), Some(0));
    let with_variable = |file: &str, options: &[&str]| {
        let to = ["trigger", "customer.at_risk", "--to", &site.url("/hook")];
        let ran = tool().args(to).args(options).env("SSL_CERT_FILE", file).output().unwrap();
        ran.status.code()
    };
    let other = Authority::new().file();
    assert_eq!(with_variable(&authority.file(), &[]), Some(0));
    assert_eq!(with_variable(&other, &[]), Some(13));
    // The option is asked first.
    assert_eq!(with_variable(&other, &["--ca-file", &authority.file()]), Some(0));
}

#[test]
fn a_delivery_is_not_sent_to_a_target_that_is_not_trusted() {
    let authority = Authority::new();
    let other = Authority::new();
    let unsigned = "no trusted authority has signed its certificate";
    assert_eq!(untrusted(&trigger(&authority.site(), &["--ca-file", &other.file()])), unsigned);
    assert_eq!(untrusted(&trigger(&authority.site(), &[])), unsigned);

    let trusted = ["--ca-file", &authority.file()];
    let named = Site::secure(authority.server("receiver.example", |_| {}));
    assert_eq!(untrusted(&trigger(&named, &trusted)), "its certificate is for another name");
    let expired = authority.server("127.0.0.1", |params| {
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(2002, 1, 1);
    });
    let expired = untrusted(&trigger(&Site::secure(expired), &trusted));
    assert_eq!(expired, "its certificate has expired, or is not valid yet");
}

#[test]
fn a_target_without_tls_is_told_from_one_that_does_not_answer() {
    let plain = Site::right();
    let url = plain.url("/hook").replace("http:", "https:");
    let ran = tool().args(["trigger", "customer.at_risk", "--to", &url]).output().unwrap();
    assert_eq!(ran.status.code(), Some(13));
    let text = String::from_utf8(ran.stdout).unwrap();
    assert!(text.contains("none: it does not speak TLS\n"), "{text}");
    assert!(text.contains("help     write the URL with `http://`"), "{text}");

    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let none = ["trigger", "customer.at_risk", "--to", &format!("https://{free}/")];
    assert_eq!(tool().args(none).output().unwrap().status.code(), Some(11));
}

#[test]
fn check_ends_before_the_first_row() {
    let authority = Authority::new();
    let ran = run(&["--json", &authority.site().url("/hook")]);
    assert_eq!((ran.status.code(), ran.stdout.as_slice()), (Some(13), &b""[..]));
    let error = &object(&ran.stderr)["error"];
    assert_eq!(error["kind"], "tls");
    assert!(error["help"].as_str().unwrap().contains("`--ca-file`"));
    // The rule about the target is the same.
    let elsewhere = run(&["https://192.0.2.1/hook", "--ca-file", &authority.file()]);
    assert_eq!(elsewhere.status.code(), Some(10));
}

#[test]
fn a_file_without_an_authority_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let begun = "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n";
    for (path, message) in [
        (file("empty.pem", ""), "has no certificate"),
        (file("begun.pem", begun), "is not PEM"),
        (folder.path().join("none.pem").to_str().unwrap().to_owned(), "can't be read"),
    ] {
        let ran = run(&["--json", "https://127.0.0.1:1/", "--ca-file", &path]);
        assert_eq!(ran.status.code(), Some(13));
        let error = &object(&ran.stderr)["error"];
        assert!(error["message"].as_str().unwrap().contains(message), "{error}");
    }
}

#[test]
fn listen_forwards_over_tls() {
    let authority = Authority::new();
    let site = authority.site();
    for (options, status, failure) in [
        (&["--ca-file", &authority.file()][..], 200, None),
        (&[], 502, Some("no trusted authority has signed its certificate")),
    ] {
        let mut listen = tool()
            .args(["listen", "--json", "--port", "0", "--count", "1"])
            .args(["--forward", &site.url("/hook")])
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(listen.stdout.take().unwrap()).lines();
        let mut line = || object(lines.next().unwrap().unwrap().as_bytes());
        let to = line()["listening"].as_str().unwrap().to_owned();
        let sent = tool().args(["trigger", "customer.at_risk", "--json", "--to", &to]).output();
        assert_eq!(object(&sent.unwrap().stdout)["status"], status);
        let forwarded = &line()["forwarded"];
        assert_eq!(forwarded["failure"].as_str(), failure);
        assert_eq!(forwarded["status"].as_u64(), failure.is_none().then_some(200));
        assert!(listen.wait().unwrap().success());
    }
}
