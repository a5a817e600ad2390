//! Fixed texts that name options, spelled as the reader's language spells them.

use core::fmt;

/// The language that a text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// `max_body`, `schemes([Scheme::Pivotal])`
    Rust,
    /// `max_body`, `schemes=["pivotal"]`
    Python,
    /// `maxBody`, `{ schemes: ["pivotal"] }`
    JavaScript,
    /// `--max-body`, `--scheme pivotal`
    CommandLine,
}

/// A fixed text. Its `Display` spells options as Rust does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text(
    /// With the terms of [`TERMS`] in braces.
    pub(crate) &'static str,
);

impl Text {
    /// The text for a reader of that language.
    #[must_use]
    pub fn in_dialect(self, dialect: Dialect) -> impl fmt::Display {
        Spelled { text: self, dialect }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.in_dialect(Dialect::Rust).fmt(f)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

struct Spelled {
    text: Text,
    dialect: Dialect,
}

impl fmt::Display for Spelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.text.0;
        while let Some((plain, behind)) = rest.split_once('{') {
            let (name, behind) = behind.split_once('}').unwrap_or_default();
            let term = TERMS.iter().find(|term| term.name == name);
            f.write_str(plain)?;
            f.write_str(term.map_or("", |term| match self.dialect {
                Dialect::Rust => term.rust,
                Dialect::Python => term.python,
                Dialect::JavaScript => term.javascript,
                Dialect::CommandLine => term.command_line,
            }))?;
            rest = behind;
        }
        f.write_str(rest)
    }
}

/// What each language calls the same thing.
struct Term {
    name: &'static str,
    rust: &'static str,
    python: &'static str,
    javascript: &'static str,
    command_line: &'static str,
}

const TERMS: &[Term] = &[
    Term {
        name: "max_body",
        rust: "`max_body`",
        python: "`max_body`",
        javascript: "`maxBody`",
        command_line: "`--max-body`",
    },
    Term {
        name: "max_event_age",
        rust: "`max_event_age`",
        python: "`max_event_age`",
        javascript: "`maxEventAge`",
        command_line: "`--max-event-age`",
    },
    Term {
        name: "pivotal_schemes",
        rust: "`schemes([Scheme::Pivotal])`",
        python: "`schemes=[\"pivotal\"]`",
        javascript: "`{ schemes: [\"pivotal\"] }`",
        command_line: "`--scheme pivotal`",
    },
    Term {
        name: "text_key",
        rust: "`key_format(KeyFormat::Text)`",
        python: "`key=\"text\"`",
        javascript: "`{ key: \"text\" }`",
        command_line: "`--key text`",
    },
    #[cfg(feature = "diagnosis")]
    Term {
        name: "base64_key",
        rust: "`key_format(KeyFormat::Base64)`",
        python: "`key=\"base64\"`",
        javascript: "`{ key: \"base64\" }`",
        command_line: "`--key base64`",
    },
    #[cfg(feature = "diagnosis")]
    Term {
        name: "pivotal_endpoint",
        rust: "`Webhook::builder()`",
        python: "`Webhook(...)`",
        javascript: "`new Webhook(...)`",
        command_line: "`--sender pivotal`",
    },
    #[cfg(feature = "diagnosis")]
    Term {
        name: "pivot_endpoint",
        rust: "`Webhook::pivot_builder()`",
        python: "`Webhook.pivot(...)`",
        javascript: "`Webhook.pivot(...)`",
        command_line: "`--sender pivot`",
    },
    Term {
        name: "unix_seconds",
        rust: "`UnixTime::now()`",
        python: "`time.time()`",
        javascript: "`Date.now() / 1000`",
        command_line: "`date +%s`",
    },
];

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;
    use crate::error::{ErrorCode, PayloadFlaw};

    #[test]
    fn every_term_in_a_text_is_defined() {
        let codes = ErrorCode::ALL.iter().flat_map(|code| [code.info().message, code.info().help]);
        let texts = codes.chain(PayloadFlaw::ALL.iter().map(|flaw| flaw.help()));
        #[cfg(feature = "diagnosis")]
        let texts = texts.chain(crate::diagnosis::Finding::texts());
        for text in texts {
            for part in text.0.split('{').skip(1) {
                let (name, _) = part.split_once('}').unwrap();
                assert!(TERMS.iter().any(|term| term.name == name), "{name}");
            }
            assert!(!text.to_string().contains(['{', '}']) || text.0.contains("schemes"));
        }
        assert_eq!(
            Text("a {max_body} b").in_dialect(Dialect::JavaScript).to_string(),
            "a `maxBody` b"
        );
    }
}
