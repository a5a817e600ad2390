//! Derives the bytes of keys from a secret's text.

use alloc::vec::Vec;
use core::str::FromStr;

use crate::{
    encoding,
    error::{Error, Text},
    mac::KeyBlock,
};

/// How the bytes of a key are derived from the text of a secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFormat {
    /// As each scheme documents it: `svix` decodes base64 after an optional `whsec_`; `pivotal` and
    /// `pivot` take the text itself and, where it carries `whsec_` and decodes, the decoded key too.
    #[default]
    Auto,
    /// The decoded base64 in every scheme.
    Base64,
    /// The UTF-8 bytes of the whole text in every scheme, including `whsec_`.
    Text,
}

impl KeyFormat {
    /// How this format derives keys for a scheme with the given default.
    pub(crate) const fn derivation(self, default: Derivation) -> Derivation {
        match self {
            Self::Auto => default,
            Self::Base64 => Derivation::Base64,
            Self::Text => Derivation::Text,
        }
    }
}

impl FromStr for KeyFormat {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "auto" => Ok(Self::Auto),
            "base64" => Ok(Self::Base64),
            "text" => Ok(Self::Text),
            _ => Err(Error::ConfigInvalid {
                problem: Text("`key` is not `auto`, `base64` or `text`"),
            }),
        }
    }
}

/// Which keys are derived from a secret under one scheme.
#[derive(Clone, Copy)]
pub(crate) enum Derivation {
    Base64,
    Text,
    TextOrBase64,
}

/// A signing secret whose text has been checked. Its keys are not derived yet.
pub(crate) struct Secret<'t> {
    position: Option<usize>,
    text: &'t str,
    base64: &'t str,
}

impl<'t> Secret<'t> {
    pub(crate) fn parse(position: Option<usize>, text: &'t str) -> Result<Self, Error> {
        // Secrets that are read from files end in newlines.
        let text = text.trim_ascii();
        let base64 = text.strip_prefix(PREFIX).unwrap_or(text);
        if base64.is_empty() {
            return Err(Error::SecretEmpty { position });
        }
        let starts_with_prefix_in_any_case = base64
            .as_bytes()
            .get(..PREFIX.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(PREFIX.as_bytes()));
        if starts_with_prefix_in_any_case
            || text.chars().any(|char| char.is_whitespace() || char.is_control())
            || text.chars().count() > MAX_CHARS
        {
            return Err(Error::SecretMalformed { position });
        }
        if base64.chars().count() < MIN_KEY_LEN {
            return Err(Error::SecretWeak { position });
        }
        Ok(Self { position, text, base64 })
    }

    /// The secret's keys. The first is the one that a sender signs with.
    pub(crate) fn keys(&self, derivation: Derivation) -> Result<Vec<KeyBlock>, Error> {
        let is_prefixed = self.text.len() > self.base64.len();
        let (takes_text, takes_base64) = match derivation {
            Derivation::Base64 => (false, true),
            Derivation::Text => (true, false),
            Derivation::TextOrBase64 => (true, is_prefixed),
        };
        let mut keys = Vec::new();
        if takes_text {
            keys.push(self.key(self.text.as_bytes())?);
        }
        if takes_base64 {
            match encoding::secret_from_base64(self.base64) {
                Some(bytes) => keys.push(self.key(&bytes)?),
                None if takes_text => {}
                None => return Err(Error::SecretMalformed { position: self.position }),
            }
        }
        Ok(keys)
    }

    fn key(&self, bytes: &[u8]) -> Result<KeyBlock, Error> {
        if bytes.len() < MIN_KEY_LEN || bytes.iter().all(|byte| *byte == 0) {
            return Err(Error::SecretWeak { position: self.position });
        }
        Ok(KeyBlock::new(bytes))
    }
}

const PREFIX: &str = "whsec_";

/// 128 bits. The sample that Svix publishes has 144.
const MIN_KEY_LEN: usize = 16;

/// Senders' secrets are shorter; a longer text is probably the content of a wrong file.
const MAX_CHARS: usize = 1024;
