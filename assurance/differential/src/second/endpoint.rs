//! Options and secrets.

use pivotal_webhooks_test_vectors::{self as given, Endpoint, Refusal};

use super::{base64, mac, refused, sender};

const DEFAULT_TOLERANCE: i64 = 300;
const DEFAULT_MAX_BODY: i64 = 1024 * 1024;
const YEAR: i64 = 365 * 24 * 3600;

pub(super) struct Webhook {
    /// The schemes that are accepted, and for each secret the keys that it may stand for.
    pub(super) keys: Vec<(&'static str, Vec<Keys>)>,
    /// One for each secret.
    pub(super) labels: Vec<Option<String>>,
    pub(super) tolerance: i64,
    pub(super) ignore_timestamp: bool,
    pub(super) max_body: usize,
    pub(super) max_event_age: Option<i64>,
    pub(super) source: String,
}

type Keys = Vec<Vec<u8>>;

impl Webhook {
    pub(super) fn open(given: &given::Webhook) -> Result<Self, Refusal> {
        let invalid = || refused("config_invalid");
        let schemes = schemes(given)?;
        let format = given.key.as_deref().unwrap_or("auto");
        if !["auto", "base64", "text"].contains(&format) {
            return Err(invalid());
        }
        let tolerance = whole(given.tolerance, DEFAULT_TOLERANCE, 0, 3600)?;
        let max_body = whole(given.max_body, DEFAULT_MAX_BODY, 1, 1 << 30)?;
        let max_event_age = match (given.max_event_age, given.endpoint) {
            (None, _) => None,
            (Some(_), Endpoint::Pivotal) => return Err(invalid()),
            (age, Endpoint::Pivot) => Some(whole(age, 0, 1, YEAR)?),
        };
        let source = given.source.as_deref().unwrap_or(sender(given.endpoint));
        let is_source = |char: char| matches!(char, 'a'..='z' | '0'..='9' | '_' | '-');
        if source.is_empty() || source.len() > 64 || !source.chars().all(is_source) {
            return Err(invalid());
        }

        if given.secrets.len() > 255 {
            return Err(invalid());
        }
        let secrets = without_repeats(&given.secrets);
        if secrets.is_empty() {
            return Err(refused("secret_empty"));
        }
        let labels: Vec<Option<String>> =
            secrets.iter().map(|(label, _)| label.map(str::to_owned)).collect();
        if secrets.len() > 8 || !are_labels(&labels) {
            return Err(invalid());
        }
        for (_, text) in &secrets {
            check_text(text)?;
        }
        let mut keys: Vec<(&str, Vec<Keys>)> =
            schemes.iter().map(|scheme| (*scheme, Vec::new())).collect();
        for (_, text) in &secrets {
            for (scheme, keys) in &mut keys {
                keys.push(keys_of(scheme, format, text)?);
            }
        }
        if keys.iter().any(|(_, secrets)| are_alike(secrets)) {
            return Err(invalid());
        }
        Ok(Self {
            keys,
            labels,
            tolerance,
            ignore_timestamp: given.ignore_timestamp,
            max_body: usize::try_from(max_body).unwrap_or(usize::MAX),
            max_event_age,
            source: source.to_owned(),
        })
    }

    /// The position of the first secret that made one of the candidates.
    pub(super) fn matching_secret(
        &self,
        scheme: &str,
        message: &[u8],
        candidates: &[Option<Vec<u8>>],
    ) -> Option<usize> {
        let (_, secrets) = self.keys.iter().find(|(name, _)| *name == scheme)?;
        secrets.iter().position(|keys| {
            keys.iter().any(|key| candidates.contains(&Some(mac::tag(key, message))))
        })
    }
}

fn schemes(given: &given::Webhook) -> Result<Vec<&'static str>, Refusal> {
    let possible: &[&str] = match given.endpoint {
        Endpoint::Pivotal => &["svix", "pivotal"],
        Endpoint::Pivot => &["pivot"],
    };
    let Some(named) = &given.schemes else {
        return Ok(possible.to_vec());
    };
    let are_repeated = given.endpoint == Endpoint::Pivot && named.len() > 1;
    if named.is_empty() || are_repeated || named.iter().any(|name| !possible.contains(&&**name)) {
        return Err(refused("config_invalid"));
    }
    Ok(possible.iter().copied().filter(|scheme| named.iter().any(|name| name == scheme)).collect())
}

fn whole(given: Option<f64>, default: i64, least: i64, most: i64) -> Result<i64, Refusal> {
    let Some(given) = given else {
        return Ok(default);
    };
    #[expect(clippy::cast_possible_truncation, reason = "a number that is cut is not whole")]
    let number = given as i64;
    #[expect(clippy::cast_precision_loss, reason = "what is beyond 2^53 is refused")]
    let is_whole = number as f64 == given;
    if is_whole && (least..=most).contains(&number) {
        Ok(number)
    } else {
        Err(refused("config_invalid"))
    }
}

/// Labels and texts, each pair once.
fn without_repeats(given: &[given::Secret]) -> Vec<(Option<&str>, &str)> {
    let mut secrets = Vec::new();
    for secret in given {
        let text = secret.secret.trim_matches([' ', '\t', '\n', '\r', '\x0c']);
        let pair = (secret.label.as_deref(), text);
        if !secrets.contains(&pair) {
            secrets.push(pair);
        }
    }
    secrets
}

fn are_labels(labels: &[Option<String>]) -> bool {
    let labels: Vec<&String> = labels.iter().flatten().collect();
    labels.iter().enumerate().all(|(position, label)| {
        (1..=64).contains(&label.chars().count()) && !labels[..position].contains(label)
    })
}

fn check_text(text: &str) -> Result<(), Refusal> {
    let rest = text.strip_prefix("whsec_").unwrap_or(text);
    if rest.is_empty() {
        return Err(refused("secret_empty"));
    }
    if text.chars().any(|char| char.is_whitespace() || char.is_control())
        || rest.to_ascii_lowercase().starts_with("whsec_")
        || text.chars().count() > 1024
    {
        return Err(refused("secret_malformed"));
    }
    if rest.chars().count() < 16 {
        return Err(refused("secret_weak"));
    }
    Ok(())
}

fn keys_of(scheme: &str, format: &str, text: &str) -> Result<Keys, Refusal> {
    let rest = text.strip_prefix("whsec_").unwrap_or(text);
    let decoded = base64::decode(rest, true);
    let as_text = text.as_bytes().to_vec();
    let keys = if format == "text" {
        vec![as_text]
    } else if format == "base64" || scheme == "svix" {
        vec![decoded.ok_or_else(|| refused("secret_malformed"))?]
    } else if rest == text {
        vec![as_text]
    } else {
        [Some(as_text), decoded].into_iter().flatten().collect()
    };
    if keys.iter().any(|key| key.len() < 16 || key.iter().all(|byte| *byte == 0)) {
        return Err(refused("secret_weak"));
    }
    Ok(keys)
}

/// Whether two secrets have a key in common.
fn are_alike(secrets: &[Keys]) -> bool {
    secrets.iter().enumerate().any(|(position, one)| {
        secrets[..position]
            .iter()
            .flatten()
            .any(|other| one.iter().any(|key| mac::block(key) == mac::block(other)))
    })
}
