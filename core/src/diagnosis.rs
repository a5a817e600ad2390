//! Names the accident behind a refused delivery: what happened to its secret, its headers, its body or
//! the time.
//!
//! Each known accident is one entry in a table of [`secret`], [`header`], [`body`] or [`time`]. Most
//! entries have a way to undo the accident. The ordinary pipeline then runs with what was undone; if
//! it finds an authentic delivery, the accident is certain. Nothing but its name leaves this module, so
//! a diagnosis can't accept a delivery. Other entries have a sign by which they are recognised; signs
//! are looked for if no accident is certain.

use alloc::{string::String, vec, vec::Vec};
use core::fmt;

use zeroize::Zeroizing;

use self::{
    accident::{Accident, Evidence, Undo},
    line::Line,
};
use crate::{
    builder::Builder,
    error::{Dialect, Error, Text, section},
    header::{HeaderName, HeaderText, Headers},
    time::UnixTime,
    verify::{Endpoint, Request},
};

mod accident;
mod body;
mod decode;
mod header;
mod line;
mod rewrite;
mod secret;
mod time;

/// Every table, in the order in which accidents are tried.
const TABLES: [&[Accident]; 4] =
    [header::ACCIDENTS, secret::ACCIDENTS, body::ACCIDENTS, time::ACCIDENTS];

/// The most hashes of the body, or of what it may have been, in one diagnosis.
const MAX_HASHES: usize = 200;

/// Finds out why a delivery is refused, for the developer of a receiver.
///
/// [`Builder::diagnosis`] makes one. It tries a fixed list of known accidents. A finding holds texts
/// only: a diagnosis accepts nothing, and its texts contain no secret, no signature and no part of
/// the body.
///
/// ```
/// use pivotal_webhooks::{UnixTime, Webhook};
///
/// let signed = Webhook::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?.sign(
///     None,
///     "msg_1",
///     UnixTime::from_secs(1_750_000_000),
///     br#"{"id":"evt_1"}"#,
/// )?;
///
/// let findings = Webhook::builder()
///     .secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
///     .diagnosis()
///     // The receiver's framework has parsed the body and written it again.
///     .diagnose_at(
///         br#"{"id": "evt_1"}"#,
///         signed.headers(),
///         UnixTime::from_secs(1_750_000_000),
///     )?;
/// assert_eq!(findings[0].code(), "body_json_spacing");
/// # Ok::<(), pivotal_webhooks::Error>(())
/// ```
#[must_use]
pub struct Diagnosis {
    builder: Builder,
    others: Vec<Zeroizing<String>>,
    previous: Vec<Zeroizing<String>>,
}

impl Builder {
    /// A diagnosis of deliveries that a webhook with these options refuses.
    pub const fn diagnosis(self) -> Diagnosis {
        Diagnosis { builder: self, others: Vec::new(), previous: Vec::new() }
    }
}

impl Diagnosis {
    /// Adds the secret of another endpoint, such as the one for tests. If it signed the delivery, the
    /// finding is `secret_of_other_endpoint`.
    pub fn other_secret(mut self, secret: impl Into<String>) -> Self {
        self.others.push(Zeroizing::new(secret.into()));
        self
    }

    /// Adds a secret that this endpoint had before a rotation. If it signed the delivery, the finding
    /// is `secret_rotated`.
    pub fn previous_secret(mut self, secret: impl Into<String>) -> Self {
        self.previous.push(Zeroizing::new(secret.into()));
        self
    }

    /// Adds secrets of other endpoints, and secrets from before a rotation.
    pub(crate) fn with_further(
        mut self,
        others: Vec<Zeroizing<String>>,
        previous: Vec<Zeroizing<String>>,
    ) -> Self {
        self.others.extend(others);
        self.previous.extend(previous);
        self
    }

    /// Diagnoses a delivery by the system clock.
    ///
    /// # Errors
    ///
    /// The same as [`diagnose_at`](Self::diagnose_at), and `internal` for an unusable clock.
    #[cfg(feature = "std")]
    pub fn diagnose<'h, N, V>(
        &self,
        body: &[u8],
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Vec<Finding>, Error>
    where
        N: HeaderText<'h>,
        V: HeaderText<'h>,
    {
        self.diagnose_at(body, headers, UnixTime::now()?)
    }

    /// Returns the accidents that explain why the delivery is refused, the most likely one first.
    ///
    /// `body`, `headers` and `now` are what the receiver verified: the bytes, every header of the
    /// request, and the time by its clock. No finding means that the delivery is authentic and fresh, or
    /// that no known accident fits. The body is hashed at most 200 times; with many secrets, the last
    /// accidents of the list are left out.
    ///
    /// # Errors
    ///
    /// `config_invalid` for options that no webhook can have.
    pub fn diagnose_at<'h, N, V>(
        &self,
        body: &[u8],
        headers: impl IntoIterator<Item = (N, V)>,
        now: UnixTime,
    ) -> Result<Vec<Finding>, Error>
    where
        N: HeaderText<'h>,
        V: HeaderText<'h>,
    {
        self.builder.check_options()?;
        let mut trials = Trials {
            diagnosis: self,
            received: Delivery { body, lines: line::collect(headers), now },
            endpoint: self.builder.clone().endpoint(),
            hashes_left: MAX_HASHES,
        };
        if let Err(error @ Error::ConfigInvalid { .. }) = trials.endpoint {
            return Err(error);
        }
        Ok(trials.findings())
    }
}

/// One accident that explains why a delivery was refused.
///
/// It holds neither an event nor the facts of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    code: &'static str,
    message: Text,
    help: Text,
    /// The receiver's time minus the signed time, in seconds, for an accident of the time.
    skew: Option<i64>,
}

impl Finding {
    /// Every finding that a diagnosis can have, for documentation.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLES.into_iter().flatten().map(|accident| Self::of(accident, None))
    }

    #[cfg(test)]
    pub(crate) fn texts() -> impl Iterator<Item = Text> {
        Self::all().flat_map(|finding| [finding.message, finding.help])
    }

    const fn of(accident: &Accident, skew: Option<i64>) -> Self {
        Self { code: accident.code, message: accident.message, help: accident.help, skew }
    }

    /// The stable name of the accident, in snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The address of the section about this accident in `docs/troubleshooting.md`.
    #[must_use]
    pub fn docs(&self) -> String {
        section(self.code)
    }

    /// What happened, as one clause, for a reader of that language.
    #[must_use]
    pub fn message(&self, dialect: Dialect) -> impl fmt::Display {
        Message { finding: *self, dialect }
    }

    /// What to do about it.
    #[must_use]
    pub const fn help(&self) -> Text {
        self.help
    }
}

/// The message and the code, with options spelled as Rust spells them.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message(Dialect::Rust), self.code)
    }
}

struct Message {
    finding: Finding,
    dialect: Dialect,
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.finding.message.in_dialect(self.dialect).fmt(f)?;
        match self.finding.skew {
            Some(skew @ ..0) => {
                write!(f, ": this clock is {} s behind the signed time", skew.unsigned_abs())
            }
            Some(skew) => write!(f, ": this clock is {skew} s ahead of the signed time"),
            None => Ok(()),
        }
    }
}

/// A delivery as it was received, or as it may have been sent.
#[derive(Clone)]
struct Delivery<'d> {
    body: &'d [u8],
    lines: Vec<Line>,
    now: UnixTime,
}

/// An authentic delivery. It carries nothing that could be taken for an accepted one.
#[derive(Clone, Copy)]
struct Authentic {
    /// The receiver's time minus the signed time, if that is why the delivery is refused.
    skew: Option<i64>,
}

/// Runs the pipeline, as long as hashes are left.
struct Trials<'d> {
    diagnosis: &'d Diagnosis,
    received: Delivery<'d>,
    /// The endpoint of the receiver, or why there is none.
    endpoint: Result<Endpoint, Error>,
    hashes_left: usize,
}

impl Trials<'_> {
    fn findings(&mut self) -> Vec<Finding> {
        let error = match self.verdict(&self.received.clone()) {
            Ok(authentic) => return of_skew(authentic).collect(),
            // Nothing was hashed, and no accident shortens a body.
            Err(Error::PayloadTooLarge) => return Vec::new(),
            Err(error) => error,
        };
        for accident in TABLES.into_iter().flatten() {
            if let Some(authentic) = self.undo(accident) {
                let mut findings = vec![Finding::of(accident, None)];
                findings.extend(of_skew(authentic));
                return findings;
            }
        }
        let evidence = Evidence {
            secrets: self.diagnosis.builder.secret_texts().collect(),
            lines: &self.received.lines,
            body: self.received.body,
            error,
        };
        let shown = TABLES.into_iter().flatten().filter(|accident| (accident.sign)(&evidence));
        shown.map(|accident| Finding::of(accident, None)).collect()
    }

    /// Whether the delivery is authentic with the accident undone in any of its ways.
    fn undo(&mut self, accident: &Accident) -> Option<Authentic> {
        let received = self.received.clone();
        match accident.undo {
            Undo::Nothing | Undo::Skew(_) => None,
            Undo::Secret(guesses) => {
                let diagnosis = self.diagnosis;
                diagnosis.builder.secret_texts().flat_map(guesses).find_map(|guess| {
                    let mut builder =
                        diagnosis.builder.clone().with_secrets(vec![(None, guess.text)]);
                    if let Some(format) = guess.key_format {
                        builder = builder.key_format(format);
                    }
                    self.authentic_with(builder)
                })
            }
            Undo::OtherSecrets => self.authentic_with_any(&self.diagnosis.others),
            Undo::PreviousSecrets => self.authentic_with_any(&self.diagnosis.previous),
            Undo::Endpoint(other) => {
                let builder = other(&self.diagnosis.builder)?;
                self.authentic_with(builder)
            }
            Undo::Headers(sent) => sent(&received.lines)
                .into_iter()
                .find_map(|lines| self.verdict(&Delivery { lines, ..received.clone() }).ok()),
            Undo::Body(sent) => sent(received.body)
                .find_map(|body| self.verdict(&Delivery { body: &body, ..received.clone() }).ok()),
            Undo::Clock(read) => {
                read(received.now).and_then(|now| self.verdict(&Delivery { now, ..received }).ok())
            }
        }
    }

    fn authentic_with_any(&mut self, secrets: &[Zeroizing<String>]) -> Option<Authentic> {
        let builder = &self.diagnosis.builder;
        secrets.iter().find_map(|secret| {
            self.authentic_with(builder.clone().with_secrets(vec![(None, secret.clone())]))
        })
    }

    /// Whether the delivery as it was received is authentic at another endpoint.
    fn authentic_with(&mut self, builder: Builder) -> Option<Authentic> {
        let endpoint = builder.endpoint().ok()?;
        pipeline(&endpoint, &self.received, &mut self.hashes_left).ok()
    }

    /// Whether a delivery is authentic at the receiver's endpoint.
    fn verdict(&mut self, delivery: &Delivery<'_>) -> Result<Authentic, Error> {
        let endpoint = self.endpoint.as_ref().map_err(Clone::clone)?;
        pipeline(endpoint, delivery, &mut self.hashes_left)
    }
}

/// Runs the ordinary pipeline once. If too few hashes are left for all keys, it is not run.
fn pipeline(
    endpoint: &Endpoint,
    delivery: &Delivery<'_>,
    hashes_left: &mut usize,
) -> Result<Authentic, Error> {
    let mut headers = Headers::default();
    for line in &delivery.lines {
        if let Some(name) = HeaderName::find(line.name.as_bytes()) {
            headers.add(name, &line.value);
        }
    }
    let hashes = endpoint.accepted_for(&headers).map_or(0, |accepted| accepted.keys.len());
    *hashes_left =
        hashes_left.checked_sub(hashes).ok_or(Error::SignatureMismatch { header: "" })?;
    let request = Request { body: delivery.body, headers, now: delivery.now };
    match endpoint.verify_signature(&request) {
        Ok(_) => Ok(Authentic { skew: None }),
        // The time is checked after the signature.
        Err(Error::TimestampTooOld { skew, .. } | Error::TimestampTooNew { skew, .. }) => {
            Ok(Authentic { skew: Some(skew) })
        }
        Err(error) => Err(error),
    }
}

/// The accidents that explain the age of an authentic delivery.
fn of_skew(authentic: Authentic) -> impl Iterator<Item = Finding> {
    authentic.skew.into_iter().flat_map(|skew| {
        let fits = move |accident: &&Accident| match accident.undo {
            Undo::Skew(fits) => fits(skew),
            _ => false,
        };
        time::ACCIDENTS.iter().filter(fits).map(move |accident| Finding::of(accident, Some(skew)))
    })
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::{mac, webhook::Webhook};

    const NOW: UnixTime = UnixTime::from_secs(1_750_000_000);

    /// A body with everything that some accident changes.
    const BODY: &str = "{\"z\": 1.5, \"a\": 1000, \"b\": [2, 3, 4, 5, 6, 7, 8, 9, 1e+21],\r\n \
        \"text\": \"é <b>/\u{2028}'\u{fffd}\", \"o\": {\"type\": \"x\", \"id\": \"y\"}}\n";

    /// The hashes of a diagnosis, counted where they are made.
    fn hashes(builder: Builder, scheme: &str, body: &str) -> usize {
        let stranger = Webhook::builder().secret("whsec_c3RyYW5nZXIgdG8gdGhpcyBlbmRwb2ludA==");
        let signed = stranger.build().unwrap();
        let signed =
            signed.sign(Some(scheme.parse().unwrap()), "msg_1", NOW, body.as_bytes()).unwrap();
        let before = mac::COUNT.get();
        let diagnosis = builder.diagnosis().other_secret("whsec_b3RoZXIgc2VjcmV0LCBvdGhlcg==");
        let found = diagnosis.diagnose_at(body.as_bytes(), signed.headers(), NOW).unwrap();
        assert!(found.iter().all(|finding| finding.code == "body_replacement_characters"));
        mac::COUNT.get().checked_sub(before).unwrap()
    }

    #[test]
    fn a_diagnosis_hashes_at_most_200_times() {
        let secret = |n: u8| format!("whsec_{}", decode::to_base64(&[n; 32]));
        for scheme in ["svix", "pivotal"] {
            let one = Webhook::builder().secret(secret(1));
            let usual = hashes(one.clone(), scheme, r#"{"id":"evt_1","n":38,"s":"a/b é"}"#);
            assert!((20..=150).contains(&usual), "{usual} for one secret");
            let all = hashes(one, scheme, BODY);
            assert!((30..=MAX_HASHES).contains(&all), "{all} for one secret");
            let eight = (1..=8).fold(Webhook::builder(), |builder, n| builder.secret(secret(n)));
            let most = hashes(eight, scheme, BODY);
            assert!((MAX_HASHES - 20..=MAX_HASHES).contains(&most), "{most} for eight secrets");
        }
    }

    #[test]
    fn the_codes_of_a_table_start_with_its_subject() {
        let starts: [&[&str]; 4] = [
            &["header_", "headers_", "scheme_"],
            &["secret_"],
            &["body_"],
            &["clock_", "timestamp_", "delivery_"],
        ];
        for (table, starts) in TABLES.into_iter().zip(starts) {
            for accident in table {
                assert!(starts.iter().any(|start| accident.code.starts_with(start)));
            }
        }
    }

    #[test]
    fn a_message_says_by_how_much_and_in_which_direction() {
        let findings = |skew| -> Vec<String> {
            of_skew(Authentic { skew: Some(skew) }).map(|finding| format!("{finding}")).collect()
        };
        assert_eq!(
            findings(-301),
            [
                "the receiver's clock is slow: this clock is 301 s behind the signed time (clock_slow)"
            ]
        );
        assert!(findings(7_201).first().is_some_and(|first| first.contains("7201 s ahead of")));
    }
}
