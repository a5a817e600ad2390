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
    /// `--max-body`, `--scheme pivotal`. Exists with the feature `diagnosis`.
    #[cfg(feature = "diagnosis")]
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
                #[cfg(feature = "diagnosis")]
                Dialect::CommandLine => term.command_line(),
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
}

#[cfg(feature = "diagnosis")]
impl Term {
    /// What the command-line tool calls it. The WebAssembly module does not contain these texts.
    fn command_line(&self) -> &'static str {
        match self.name {
            "max_body" => "`--max-body`",
            "max_event_age" => "`--max-event-age`",
            "pivotal_schemes" => "`--scheme pivotal`",
            "text_key" => "`--key text`",
            "base64_key" => "`--key base64`",
            "pivotal_endpoint" => "`--sender pivotal`",
            "pivot_endpoint" => "`--sender pivot`",
            "unix_seconds" => "`date +%s`",
            _ => "",
        }
    }
}

const TERMS: &[Term] = &[
    Term { name: "max_body", rust: "`max_body`", python: "`max_body`", javascript: "`maxBody`" },
    Term {
        name: "max_event_age",
        rust: "`max_event_age`",
        python: "`max_event_age`",
        javascript: "`maxEventAge`",
    },
    Term {
        name: "pivotal_schemes",
        rust: "`schemes([Scheme::Pivotal])`",
        python: "`schemes=[\"pivotal\"]`",
        javascript: "`{ schemes: [\"pivotal\"] }`",
    },
    Term {
        name: "text_key",
        rust: "`key_format(KeyFormat::Text)`",
        python: "`key=\"text\"`",
        javascript: "`{ key: \"text\" }`",
    },
    #[cfg(feature = "diagnosis")]
    Term {
        name: "base64_key",
        rust: "`key_format(KeyFormat::Base64)`",
        python: "`key=\"base64\"`",
        javascript: "`{ key: \"base64\" }`",
    },
    #[cfg(feature = "diagnosis")]
    Term {
        name: "pivotal_endpoint",
        rust: "`Webhook::builder()`",
        python: "`Webhook(...)`",
        javascript: "`new Webhook(...)`",
    },
    #[cfg(feature = "diagnosis")]
    Term {
        name: "pivot_endpoint",
        rust: "`Webhook::pivot_builder()`",
        python: "`Webhook.pivot(...)`",
        javascript: "`Webhook.pivot(...)`",
    },
    Term {
        name: "unix_seconds",
        rust: "`UnixTime::now()`",
        python: "`time.time()`",
        javascript: "`Date.now() / 1000`",
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
                let term = TERMS.iter().find(|term| term.name == name);
                assert!(term.is_some(), "{name}");
                #[cfg(feature = "diagnosis")]
                assert_ne!(term.unwrap().command_line(), "", "{name}");
            }
            assert!(!text.to_string().contains(['{', '}']) || text.0.contains("schemes"));
        }
        assert_eq!(
            Text("a {max_body} b").in_dialect(Dialect::JavaScript).to_string(),
            "a `maxBody` b"
        );
    }
}
