//! curl commands for a POSIX shell, as browsers and dashboards copy them.

use std::{fs, path::Path};

use clap::{Arg, ArgAction, Command, builder::OsStringValueParser};

use super::{Delivery, Found, document, shell};

/// Options that take no value and change nothing of what matters here.
const SWITCHES: &[(&str, Option<char>)] = &[
    ("compressed", None),
    ("fail", Some('f')),
    ("fail-with-body", None),
    ("globoff", Some('g')),
    ("http1.1", None),
    ("http2", None),
    ("include", Some('i')),
    ("insecure", Some('k')),
    ("location", Some('L')),
    ("no-buffer", Some('N')),
    ("path-as-is", None),
    ("progress-bar", Some('#')),
    ("show-error", Some('S')),
    ("silent", Some('s')),
    ("verbose", Some('v')),
];

/// Options with a value that changes nothing of what matters here.
const IGNORED: &[(&str, Option<char>)] = &[
    ("cacert", None),
    ("cert", Some('E')),
    ("connect-timeout", None),
    ("connect-to", None),
    ("max-time", Some('m')),
    ("output", Some('o')),
    ("proxy", Some('x')),
    ("resolve", None),
    ("retry", None),
    ("user", Some('u')),
    ("write-out", Some('w')),
];

/// Options whose value becomes a header.
const HEADERS: &[(&str, Option<char>)] =
    &[("user-agent", Some('A')), ("referer", Some('e')), ("cookie", Some('b'))];

/// The options with the body. A file may be named after `@`, except after `--data-raw`.
const BODIES: &[(&str, Option<char>)] = &[
    ("data", Some('d')),
    ("data-ascii", None),
    ("data-binary", None),
    ("data-raw", None),
    ("json", None),
];

/// Whether a text is a curl command.
pub(super) fn is_likely(bytes: &[u8]) -> bool {
    let start = bytes.trim_ascii_start();
    let start = start.strip_prefix(b"$ ").unwrap_or(start);
    start.strip_prefix(b"curl").is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_whitespace))
}

/// A command that sends a delivery to an address. bash, zsh and ksh run it.
pub(crate) fn write(delivery: &Delivery, url: &str) -> String {
    let headers = delivery.lines().map(|(name, value)| {
        format!("-H {}", shell::quoted(&format!("{name}: {}", String::from_utf8_lossy(value))))
    });
    let method = (delivery.method != "POST").then(|| format!("-X {}", delivery.method));
    let body = format!("--data-binary {}", shell::quoted(&String::from_utf8_lossy(&delivery.body)));
    let parts = std::iter::once(shell::quoted(url)).chain(method).chain(headers).chain([body]);
    format!("curl {}", parts.collect::<Vec<_>>().join(" \\\n  "))
}

/// Reads one command.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Found>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    if text.contains("^\"") {
        return Err("it is quoted for the `cmd` of Windows; copy it as cURL (bash)".to_owned());
    }
    let text = text.trim().trim_start_matches("$ ").replace("\\\r\n", "\\\n");
    let words = shell::words(&text).ok_or("its quotes don't match")?;
    let matches = command().try_get_matches_from(words).map_err(|error| {
        let option = error.get(clap::error::ContextKind::InvalidArg);
        option.map_or_else(
            || "its options can't be read".to_owned(),
            |option| format!("its option `{option}` is not known to this tool"),
        )
    })?;
    let value = |name: &str| matches.get_one::<String>(name).cloned();

    let mut headers = Vec::new();
    for line in matches.get_many::<String>("header").into_iter().flatten() {
        // A header without a value is one that curl leaves out.
        if let Some((name, value)) =
            line.split_once(':').filter(|(_, value)| !value.trim().is_empty())
        {
            headers.push((name.trim().to_owned(), value.trim().as_bytes().to_vec()));
        }
    }
    for (name, _) in HEADERS {
        headers.extend(value(name).map(|value| ((*name).to_owned(), value.into_bytes())));
    }
    let body = body(&matches)?;
    let method = value("request")
        .unwrap_or_else(|| if body.is_some() { "POST".to_owned() } else { "GET".to_owned() });
    let url = value("url").or_else(|| value("address")).unwrap_or_default();
    let mut notes = Vec::new();
    if body.is_none() {
        notes.push("the command has no body".to_owned());
    }
    let target = document::target(&url);
    let body = body.unwrap_or_default();
    let delivery = Delivery { method, target, headers, body, received_at: None };
    Ok(vec![Found { delivery, name: None, notes }])
}

fn command() -> Command {
    let option = |(name, short): &(&'static str, Option<char>)| {
        let arg = Arg::new(*name).long(*name).allow_hyphen_values(true).action(ArgAction::Append);
        short.map_or(arg.clone(), |short| arg.short(short))
    };
    let switches = SWITCHES.iter().map(|(name, short)| {
        let arg = Arg::new(*name).long(*name).action(ArgAction::Count);
        short.map_or(arg.clone(), |short| arg.short(short))
    });
    let ignored =
        IGNORED.iter().map(|named| option(named).value_parser(OsStringValueParser::new()));
    let read = [("request", Some('X')), ("header", Some('H')), ("url", None)];
    Command::new("curl")
        .disable_help_flag(true)
        .disable_version_flag(true)
        .args(switches)
        .args(ignored)
        .args(read.iter().chain(HEADERS).chain(BODIES).map(option))
        .arg(Arg::new("address"))
}

/// The body, from all options that carry a part of it in the order in which they were written.
fn body(matches: &clap::ArgMatches) -> Result<Option<Vec<u8>>, String> {
    let mut parts = Vec::new();
    for (name, _) in BODIES {
        let places = matches.indices_of(name).into_iter().flatten();
        let values = matches.get_many::<String>(name).into_iter().flatten();
        for (place, value) in places.zip(values) {
            parts.push((place, part(name, value)?));
        }
    }
    parts.sort_by_key(|(place, _)| *place);
    let parts: Vec<_> = parts.into_iter().map(|(_, part)| part).collect();
    Ok((!parts.is_empty()).then(|| parts.join(&b'&')))
}

fn part(option: &str, value: &str) -> Result<Vec<u8>, String> {
    let file = match value.strip_prefix('@') {
        Some(file) if option != "data-raw" => file,
        _ => return Ok(value.as_bytes().to_vec()),
    };
    if file == "-" {
        return Err("its body comes from the standard input of curl".to_owned());
    }
    let bytes =
        fs::read(Path::new(file)).map_err(|_| format!("its body file `{file}` can't be read"))?;
    // curl removes these bytes from the file of `--data`.
    let is_stripped =
        |byte: &u8| ["data", "data-ascii"].contains(&option) && b"\r\n\0".contains(byte);
    Ok(bytes.into_iter().filter(|byte| !is_stripped(byte)).collect())
}
