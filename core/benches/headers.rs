//! The headers of a request that no scheme reads. The program that counts instructions has this file too.

/// What a client and a proxy add to the headers that are signed.
pub(crate) const USUAL: [(&str, &str); 9] = [
    ("host", "receiver.example"),
    ("user-agent", "Pivotal-Webhooks/1.0"),
    ("accept", "*/*"),
    ("accept-encoding", "gzip"),
    ("content-type", "application/json"),
    ("content-length", "1024"),
    ("x-forwarded-for", "192.0.2.1"),
    ("x-forwarded-proto", "https"),
    ("x-request-id", "7b0e2c1a-0f6d-4e0b-9a50-2f7c1f0a5d11"),
];
