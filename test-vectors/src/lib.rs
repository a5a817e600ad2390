//! The cases that every binding of pivotal-webhooks runs, as Rust types, with text and bodies
//! expanded.
//!
//! Only tests use this crate: a file that doesn't fit the types causes a panic that names the place.

#![allow(clippy::panic, reason = "a case file that can't be read is a failed test")]

use core::fmt;
use std::{collections::BTreeMap, fs, path::PathBuf};

use serde::{Deserialize, Deserializer, de::DeserializeOwned, de::Error as _};

pub mod diagnosis;
pub mod traces;

/// Every case of every file, in the order of the files' names.
///
/// # Panics
///
/// When a file can't be read, or says something that a case has no field for.
#[must_use]
pub fn load() -> Vec<Case> {
    cases_in("vectors")
}

/// One call, and what it must come to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// A statement, unique over all files.
    pub name: String,
    /// One sentence.
    pub why: String,
    /// The rows of the threat table that this case covers.
    pub threats: Vec<String>,
    /// What to call.
    #[serde(rename = "do")]
    pub action: Action,
    /// The endpoint to make.
    pub webhook: Webhook,
    /// The receiver's clock in Unix seconds; 0 where nothing is verified.
    #[serde(default)]
    pub now: i64,
    /// Names and values, in order; empty where nothing is verified.
    #[serde(default)]
    pub headers: Vec<(String, Text)>,
    /// The raw body; empty for a construction.
    #[serde(default)]
    pub body: Body,
    /// What to sign, for [`Action::Sign`].
    pub sign: Option<Sign>,
    /// What the call must come to.
    pub expect: Expect,
}

impl Case {
    /// The headers as pairs of text.
    pub fn header_pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// What a case calls.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Make the endpoint, and nothing else.
    Construct,
    /// Verify signature and time.
    VerifySignature,
    /// Verify signature and time, and parse the body.
    Verify,
    /// Verify signature and time, and read the event.
    Unwrap,
    /// Read the event of a dump, which is the body.
    Restore,
    /// Sign.
    Sign,
}

/// The endpoint of a case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Whose deliveries arrive.
    pub endpoint: Endpoint,
    /// The signing secrets.
    pub secrets: Vec<Secret>,
    /// Names of the accepted schemes.
    pub schemes: Option<Vec<String>>,
    /// Seconds.
    pub tolerance: Option<f64>,
    /// Accepts any signed timestamp.
    #[serde(default)]
    pub ignore_timestamp: bool,
    /// Bytes.
    pub max_body: Option<f64>,
    /// How keys come from secrets.
    pub key: Option<String>,
    /// Seconds.
    pub max_event_age: Option<f64>,
    /// The endpoint's name in idempotency keys.
    pub source: Option<String>,
}

/// Whose deliveries arrive.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// Pivotal's.
    Pivotal,
    /// Pivot's.
    Pivot,
}

/// A signing secret.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    /// The text, as the sender shows it.
    pub secret: String,
    /// What the receiver calls it.
    pub label: Option<String>,
}

/// What to sign beside the body.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// The name of the scheme, if not the default.
    pub scheme: Option<String>,
    /// The delivery id.
    pub id: String,
    /// Unix seconds, which may be out of any range.
    pub timestamp: i64,
}

/// What a case must come to.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// It passes, with this answer.
    Ok(Answer),
    /// It is refused.
    Error(Refusal),
}

/// The answer of a call that passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Of [`Action::Construct`], and of [`Action::Verify`], whose JSON the host compares itself.
    Nothing,
    /// Of [`Action::VerifySignature`].
    Verified(Verified),
    /// Of [`Action::Unwrap`] and [`Action::Restore`].
    Event(Event),
    /// Of [`Action::Sign`]: the value of the signature header.
    Signature(String),
}

impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Nothing {}

        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Signature {
            signature: String,
        }

        let json = serde_json::Value::deserialize(deserializer)?;
        if let Ok(Nothing {}) = Nothing::deserialize(&json) {
            return Ok(Self::Nothing);
        }
        if let Ok(Signature { signature }) = Signature::deserialize(&json) {
            return Ok(Self::Signature(signature));
        }
        // Of the two that have many fields, only an event has a type.
        if json.get("type").is_some() {
            return Event::deserialize(&json).map(Self::Event).map_err(D::Error::custom);
        }
        Verified::deserialize(&json).map(Self::Verified).map_err(D::Error::custom)
    }
}

/// The facts of a verified delivery. All six are always written, as `null` where there is none.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Verified {
    /// The name of the scheme that decided.
    pub scheme: String,
    /// The signed delivery id.
    #[serde(deserialize_with = "written")]
    pub id: Option<String>,
    /// The signed time.
    #[serde(deserialize_with = "written")]
    pub timestamp: Option<u64>,
    /// The label of the secret that matched.
    #[serde(deserialize_with = "written")]
    pub label: Option<String>,
    /// The unsigned event type.
    #[serde(deserialize_with = "written")]
    pub event_type: Option<String>,
    /// The unsigned delivery id.
    #[serde(deserialize_with = "written")]
    pub delivery_id: Option<String>,
}

/// The envelope of an event, and where the rest of it stands; the host compares the values itself.
/// All fields are always written, as `null` where the event has none.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The type, as the sender names it.
    #[serde(rename = "type")]
    pub event_type: String,
    /// Whether the sender's catalogue has this type.
    pub listed: bool,
    /// The event's id.
    #[serde(deserialize_with = "written")]
    pub id: Option<String>,
    /// The event's name in a store of handled events.
    pub idempotency_key: String,
    /// When it happened, as it was sent.
    #[serde(deserialize_with = "written")]
    pub created_at: Option<String>,
    /// When it happened, in Unix microseconds; further digits are cut off.
    #[serde(deserialize_with = "written")]
    pub created_at_micros: Option<i64>,
    /// The organisation.
    #[serde(deserialize_with = "written")]
    pub org_id: Option<String>,
    /// The space.
    #[serde(deserialize_with = "written")]
    pub space_id: Option<String>,
    /// Whether it is no test.
    #[serde(deserialize_with = "written")]
    pub livemode: Option<bool>,
    /// The version of the payload.
    #[serde(deserialize_with = "written")]
    pub api_version: Option<String>,
    /// What it is about.
    #[serde(deserialize_with = "written")]
    pub subject: Option<Subject>,
    /// Where the record is: `data.object` or `data`.
    pub object: String,
    /// The names that the record's members came with, and those that they are presented under.
    pub renamed: BTreeMap<String, String>,
    /// Whether there are prior values, in `data.previous_attributes`.
    pub previous_attributes: bool,
    /// The names of the other members of the body, in order.
    pub extra: Vec<String>,
}

/// What an event is about.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// What kind of thing it is.
    #[serde(rename = "type")]
    pub subject_type: String,
    /// Which one it is.
    pub id: String,
}

/// The error of a call that is refused. A detail that is `None` must be absent.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The stable code.
    pub code: String,
    /// The header that it speaks of.
    pub header: Option<String>,
    /// The field of the event that it speaks of, as it stands in the body.
    pub path: Option<String>,
    /// What is wrong with a payload or an event.
    pub reason: Option<String>,
    /// Seconds between the clock and the timestamp.
    pub skew: Option<i64>,
    /// Seconds allowed.
    pub tolerance: Option<u64>,
}

/// Text, spelled out.
#[derive(Clone, Default, Deserialize, PartialEq, Eq)]
#[serde(from = "TextForm")]
pub struct Text(String);

impl Text {
    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        abridged(f, self.0.as_bytes())
    }
}

/// A body, spelled out.
#[derive(Clone, Default, Deserialize, PartialEq, Eq)]
#[serde(try_from = "BodyForm")]
pub struct Body(Vec<u8>);

impl Body {
    /// The bytes themselves.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        abridged(f, &self.0)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File<Case> {
    #[serde(rename = "about")]
    _about: String,
    #[serde(rename = "schema")]
    _schema: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TextForm {
    Plain(String),
    Runs(Vec<(String, usize)>),
}

impl From<TextForm> for Text {
    fn from(form: TextForm) -> Self {
        Self(match form {
            TextForm::Plain(text) => text,
            TextForm::Runs(runs) => {
                runs.iter().map(|(piece, times)| piece.repeat(*times)).collect()
            }
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum BodyForm {
    Utf8(Text),
    Hex(String),
}

impl TryFrom<BodyForm> for Body {
    type Error = String;

    fn try_from(form: BodyForm) -> Result<Self, String> {
        Ok(Self(match form {
            BodyForm::Utf8(text) => text.0.into_bytes(),
            BodyForm::Hex(digits) => {
                bytes_of_hex(&digits).ok_or_else(|| format!("not pairs of hex digits: {digits}"))?
            }
        }))
    }
}

fn cases_in<Case: DeserializeOwned>(folder: &str) -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries =
        fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries
        .map(|entry| entry.unwrap_or_else(|error| panic!("{}: {error}", folder.display())).path());
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no case files in {}", folder.display());
    paths.iter().flat_map(|path| read::<Case>(path).cases).collect()
}

fn read<Case: DeserializeOwned>(path: &PathBuf) -> File<Case> {
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A field that may be `null` but not left out.
fn written<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer)
}

fn bytes_of_hex(digits: &str) -> Option<Vec<u8>> {
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok();
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

/// A failed test prints its case, and some are megabytes long.
fn abridged(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    match bytes.get(..200) {
        None => write!(f, "{:?}", String::from_utf8_lossy(bytes)),
        Some(start) => {
            write!(f, "{:?}… ({} bytes)", String::from_utf8_lossy(start), bytes.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_read() {
        // The number of cases when this was written, so that a file which is not read is noticed.
        let cases = load();
        assert!(cases.len() >= 2_267, "only {} cases", cases.len());
        let cases = diagnosis::load();
        assert!(cases.len() >= 204, "only {} cases of diagnosis", cases.len());
        assert!(cases.iter().all(|case| case.action == "diagnose"));
    }

    #[test]
    fn every_answer_is_one_of_its_action() {
        for case in load() {
            let Expect::Ok(answer) = &case.expect else {
                continue;
            };
            let fits = match case.action {
                Action::Construct | Action::Verify => matches!(answer, Answer::Nothing),
                Action::VerifySignature => matches!(answer, Answer::Verified(_)),
                Action::Unwrap | Action::Restore => matches!(answer, Answer::Event(_)),
                Action::Sign => matches!(answer, Answer::Signature(_)),
            };
            assert!(fits, "{}: {answer:?}", case.name);
        }
    }

    const EVENT: &str = r#"{"type": "message_sent", "listed": true, "id": null,
        "idempotency_key": "pivot_0123456789abcdef0123456789abcdef",
        "created_at": "1969-12-31T23:59:59Z", "created_at_micros": -1000000, "org_id": "o1",
        "space_id": "", "livemode": null, "api_version": null,
        "subject": {"type": "room", "id": "r1"}, "object": "data",
        "renamed": {"roomId": "room_id"}, "previous_attributes": false, "extra": ["b", "a"]}"#;

    #[test]
    fn an_event_is_read() {
        let expected = Event {
            event_type: "message_sent".to_owned(),
            listed: true,
            id: None,
            idempotency_key: "pivot_0123456789abcdef0123456789abcdef".to_owned(),
            created_at: Some("1969-12-31T23:59:59Z".to_owned()),
            created_at_micros: Some(-1_000_000),
            org_id: Some("o1".to_owned()),
            space_id: Some(String::new()),
            livemode: None,
            api_version: None,
            subject: Some(Subject { subject_type: "room".to_owned(), id: "r1".to_owned() }),
            object: "data".to_owned(),
            renamed: BTreeMap::from([("roomId".to_owned(), "room_id".to_owned())]),
            previous_attributes: false,
            extra: vec!["b".to_owned(), "a".to_owned()],
        };
        assert_eq!(serde_json::from_str::<Answer>(EVENT).unwrap(), Answer::Event(expected));
    }

    #[test]
    fn an_event_says_everything_and_nothing_more() {
        let event: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(EVENT).unwrap();
        for name in event.keys() {
            let mut less = event.clone();
            less.remove(name);
            assert!(serde_json::from_value::<Answer>(less.into()).is_err(), "without {name}");
        }
        let mut more = event;
        more.insert("scheme".to_owned(), "pivot".into());
        assert!(serde_json::from_value::<Answer>(more.into()).is_err());
    }

    #[test]
    fn a_refusal_names_a_path() {
        let refusal: Refusal = serde_json::from_str(
            r#"{"code": "event_malformed", "path": "subject.id", "reason": "missing"}"#,
        )
        .unwrap();
        assert_eq!(refusal.path.as_deref(), Some("subject.id"));
        assert_eq!(refusal.reason.as_deref(), Some("missing"));
        assert_eq!(refusal.header, None);
    }

    #[test]
    fn forms_are_spelled_out() {
        for (json, bytes) in [
            (r#"{"utf8": "a"}"#, b"a".as_slice()),
            (r#"{"utf8": [["a", 1], ["bc", 2]]}"#, b"abcbc"),
            (r#"{"hex": "00ff"}"#, b"\x00\xff"),
        ] {
            assert_eq!(serde_json::from_str::<Body>(json).unwrap().as_bytes(), bytes, "{json}");
        }
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for json in [
            r#"{}"#,
            r#"{"hex": "0"}"#,
            r#"{"hex": "0g"}"#,
            r#"{"hex": "+f"}"#,
            r#"{"hex": "é"}"#,
            r#"{"utf8": "a", "hex": "00"}"#,
            r#"{"utf8": [["a"]]}"#,
            r#"{"utf8": [["a", 1, 2]]}"#,
        ] {
            assert!(serde_json::from_str::<Body>(json).is_err(), "{json}");
        }
    }
}
