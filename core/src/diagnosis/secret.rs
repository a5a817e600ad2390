//! Accidents with the secret.

use alloc::{format, string::String, vec, vec::Vec};

use super::{
    accident::{Accident, Evidence, Guess, Undo},
    decode,
};
use crate::{error::Error, secret::KeyFormat};

pub(super) const ACCIDENTS: &[Accident] = &[
    Accident::undone(
        "secret_whitespace",
        "the secret has white space or invisible characters in it",
        "copy the secret again as one line, and remove what is not printed",
        Undo::Secret(without_whitespace),
    ),
    Accident::undone(
        "secret_quoted",
        "the secret is in quotation marks",
        "remove the quotation marks; many readers of environment files and all secret stores keep \
         them",
        Undo::Secret(without_quotes),
    ),
    Accident::undone(
        "secret_assignment",
        "the secret is a whole line of an environment file, with the variable's name",
        "pass only what is behind the first equals sign",
        Undo::Secret(assigned),
    ),
    Accident::undone(
        "secret_version_prefix",
        "the secret has a version in front of `whsec_`",
        "pass the secret from `whsec_` on, without `v1,`",
        Undo::Secret(without_version),
    ),
    Accident::undone(
        "secret_prefix_case",
        "the secret's prefix `whsec_` is not in lower case",
        "copy the secret again; its letters may not change their case",
        Undo::Secret(lower_prefix),
    ),
    Accident::undone(
        "secret_prefix_doubled",
        "the secret has the prefix `whsec_` twice",
        "pass the secret as the sender shows it, and do not add a prefix to it",
        Undo::Secret(single_prefix),
    ),
    Accident::undone(
        "secret_prefix_kept",
        "the sender's key is the secret's text without the prefix `whsec_`",
        "pass the secret without `whsec_`, and set {text_key}",
        Undo::Secret(text_without_prefix),
    ),
    Accident::undone(
        "secret_base64url",
        "the secret is in the URL-safe form of base64",
        "copy the secret again; if the sender shows it like this, replace `-` by `+` and `_` by `/`",
        Undo::Secret(standard_alphabet),
    ),
    Accident::undone(
        "secret_padding",
        "the secret has lost a part of the padding at its end",
        "copy the secret again, with every `=` at its end; a double click often selects less",
        Undo::Secret(without_padding),
    ),
    Accident::undone(
        "secret_hex",
        "the secret is the key in hexadecimal digits",
        "pass the secret as the sender shows it, in base64",
        Undo::Secret(from_hex),
    ),
    Accident::undone(
        "secret_base64_wrapped",
        "the secret is encoded in base64 once more",
        "decode the value before it is passed; manifests of Kubernetes hold secrets in base64",
        Undo::Secret(unwrapped),
    ),
    Accident::undone(
        "secret_is_text",
        "the sender's key is the secret's text, and this webhook decodes the secret",
        "set {text_key}",
        Undo::Secret(as_text),
    ),
    Accident::undone(
        "secret_is_base64",
        "the sender's key is the decoded secret, and this webhook takes the secret's text",
        "set {base64_key}",
        Undo::Secret(as_base64),
    ),
    Accident::undone(
        "secret_prefix_lost",
        "the secret has lost its prefix `whsec_`, or a part of it",
        "pass the secret as the sender shows it, with `whsec_`",
        Undo::Secret(with_prefix),
    ),
    Accident::undone(
        "secret_rotated",
        "the delivery is signed with a secret from before a rotation",
        "pass both secrets until the rotation is complete: the sender signs with the old one for a \
         while",
        Undo::PreviousSecrets,
    ),
    Accident::undone(
        "secret_of_other_endpoint",
        "the delivery is signed with the secret of another endpoint",
        "give each endpoint its own secret; look whether test and live, or two routes, are \
         exchanged",
        Undo::OtherSecrets,
    ),
    Accident::shown(
        "secret_not_set",
        "the secret is empty",
        "set the variable or the file that holds the secret where the receiver runs",
        is_empty,
    ),
    Accident::shown(
        "secret_placeholder",
        "the secret is a placeholder",
        "replace it by the signing secret from the settings page of the endpoint",
        is_placeholder,
    ),
    Accident::shown(
        "secret_api_key",
        "the secret is an API key",
        "an API key signs no deliveries: copy the signing secret from the settings page of the \
         endpoint",
        is_api_key,
    ),
    Accident::shown(
        "secret_of_other_kind",
        "the secret is not base64, so it does not belong to an endpoint with this scheme",
        "copy the signing secret from the settings page of this endpoint; endpoints of other senders \
         and schemes have secrets of other forms",
        is_of_other_kind,
    ),
];

const PREFIX: &str = "whsec_";

fn without_whitespace(secret: &str) -> Vec<Guess> {
    guess_if_changed(secret, secret.chars().filter(|letter| !is_invisible(*letter)).collect())
}

fn is_invisible(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        // Soft hyphen, zero-width characters and marks of direction, byte order mark.
        || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

fn without_quotes(secret: &str) -> Vec<Guess> {
    let marks = ['"', '\'', '`', '“', '”', '„', '‘', '’', '«', '»', '\\', ',', ';', ' '];
    guess_if_changed(secret, secret.trim_matches(marks).into())
}

fn assigned(secret: &str) -> Vec<Guess> {
    let Some((name, value)) = secret.split_once('=') else { return Vec::new() };
    let name = name.trim().trim_start_matches("export ");
    let is_name = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    if !is_name || name.is_empty() {
        return Vec::new();
    }
    let value = value.trim();
    let mut guesses = without_quotes(value);
    guesses.push(Guess::text(value));
    guesses
}

fn without_version(secret: &str) -> Vec<Guess> {
    let before = secret.split_once(PREFIX).map(|(before, _)| before).unwrap_or_default();
    let is_version =
        matches!(before.as_bytes(), [b'v', .., b',' | b':' | b' ' | b'='] if before.len() <= 5);
    if is_version { guess_if_changed(secret, secret.replacen(before, "", 1)) } else { Vec::new() }
}

fn lower_prefix(secret: &str) -> Vec<Guess> {
    match behind_prefix_in_any_case(secret) {
        Some(rest) => guess_if_changed(secret, format!("{PREFIX}{rest}")),
        None => Vec::new(),
    }
}

fn single_prefix(secret: &str) -> Vec<Guess> {
    let mut rest = secret;
    while let Some(behind) = behind_prefix_in_any_case(rest) {
        rest = behind;
    }
    guess_if_changed(secret, format!("{PREFIX}{rest}"))
        .into_iter()
        .filter(|guess| guess.text.len() < secret.len())
        .collect()
}

fn with_prefix(secret: &str) -> Vec<Guess> {
    if behind_prefix_in_any_case(secret).is_some() {
        return Vec::new();
    }
    let rests = ["", "_", "c_", "ec_", "sec_", "hsec_", "whsec"];
    let rests = rests.iter().rev().find_map(|part| secret.strip_prefix(part));
    rests.map(|rest| Guess::text(format!("{PREFIX}{rest}"))).into_iter().collect()
}

fn text_without_prefix(secret: &str) -> Vec<Guess> {
    secret
        .strip_prefix(PREFIX)
        .map(|rest| Guess::formatted(rest, KeyFormat::Text))
        .into_iter()
        .collect()
}

fn standard_alphabet(secret: &str) -> Vec<Guess> {
    let (prefix, rest) = split_prefix(secret);
    guess_if_changed(secret, format!("{prefix}{}", rest.replace('-', "+").replace('_', "/")))
}

fn without_padding(secret: &str) -> Vec<Guess> {
    let bare = secret.trim_end_matches('=');
    // The text is the key in some schemes, so the complete padding is tried too.
    let complete = match split_prefix(bare).1.len() % 4 {
        2 => "==",
        3 => "=",
        _ => "",
    };
    guess_if_changed(secret, format!("{bare}{complete}"))
}

fn from_hex(secret: &str) -> Vec<Guess> {
    let (_, rest) = split_prefix(secret);
    let rest = rest.strip_prefix("0x").unwrap_or(rest).replace([':', ' '], "");
    decode::hex(&rest)
        .map(|key| Guess::formatted(decode::to_base64(&key), KeyFormat::Base64))
        .into_iter()
        .collect()
}

fn unwrapped(secret: &str) -> Vec<Guess> {
    let inner = decode::base64(secret.as_bytes()).and_then(|bytes| String::from_utf8(bytes).ok());
    let inner = inner.filter(|inner| inner.trim().bytes().all(|byte| byte.is_ascii_graphic()));
    inner.map(Guess::text).into_iter().collect()
}

fn as_text(secret: &str) -> Vec<Guess> {
    vec![Guess::formatted(secret, KeyFormat::Text)]
}

fn as_base64(secret: &str) -> Vec<Guess> {
    vec![Guess::formatted(secret, KeyFormat::Base64)]
}

fn guess_if_changed(secret: &str, guess: String) -> Vec<Guess> {
    if guess == secret || guess.is_empty() { Vec::new() } else { vec![Guess::text(guess)] }
}

fn split_prefix(secret: &str) -> (&str, &str) {
    secret.strip_prefix(PREFIX).map_or(("", secret), |rest| (PREFIX, rest))
}

fn behind_prefix_in_any_case(text: &str) -> Option<&str> {
    let (start, rest) = text.split_at_checked(PREFIX.len())?;
    start.eq_ignore_ascii_case(PREFIX).then_some(rest)
}

fn is_empty(evidence: &Evidence<'_>) -> bool {
    matches!(evidence.error, Error::SecretEmpty { .. })
}

fn is_placeholder(evidence: &Evidence<'_>) -> bool {
    evidence.secrets.iter().any(|secret| {
        let lower = split_prefix(secret).1.to_ascii_lowercase();
        let words: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
        let is_one_character = words.chars().all(|letter| words.starts_with(letter));
        let is_template = lower.starts_with(['<', '$', '{', '%'])
            || lower.starts_with("process.env")
            || lower.starts_with("os.environ");
        !lower.is_empty()
            && (is_one_character
                || is_template
                || WORDS.contains(&&*words)
                || STARTS.iter().any(|start| words.starts_with(start)))
    })
}

/// What stands for a secret, in lower-case letters and digits.
const WORDS: [&str; 12] = [
    "none",
    "null",
    "undefined",
    "nil",
    "nan",
    "true",
    "false",
    "todo",
    "secret",
    "test",
    "password",
    "objectobject",
];
const STARTS: [&str; 9] = [
    "changeme",
    "changethis",
    "replaceme",
    "yoursecret",
    "yoursigning",
    "yourwebhook",
    "mysecret",
    "placeholder",
    "example",
];

fn is_api_key(evidence: &Evidence<'_>) -> bool {
    let starts = ["pivotal_", "pivot_", "bearer "];
    evidence.secrets.iter().any(|secret| {
        let lower = secret.trim().to_ascii_lowercase();
        starts.iter().any(|start| lower.starts_with(start))
    })
}

fn is_of_other_kind(evidence: &Evidence<'_>) -> bool {
    matches!(evidence.error, Error::SecretMalformed { .. })
        && !is_placeholder(evidence)
        && !is_api_key(evidence)
}
