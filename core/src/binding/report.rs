//! Reports: errors and descriptions as JSON text.

use alloc::{
    format,
    string::{String, ToString as _},
};

use crate::{
    error::{Dialect, Error, ErrorCode, Text},
    header::HeaderName,
    scheme::Scheme,
};

/// An error as JSON: `code`, `message`, `help`, `status`; where they apply `header`, `path`,
/// `reason`, `skew`, `tolerance`.
#[must_use]
pub fn error_report(fault: &Error, dialect: Dialect) -> String {
    report(|report| error(report, fault, dialect))
}

pub(super) fn error(report: &mut Report, error: &Error, dialect: Dialect) {
    summary(report, error.code(), &error.message(dialect).to_string(), error.help(), dialect);
    for (name, detail) in [("header", error.header()), ("reason", error.reason())] {
        if let Some(detail) = detail {
            report.text(name, detail);
        }
    }
    if let Some(path) = error.path() {
        report.text("path", &path.to_string());
    }
    if let Some(skew) = error.skew() {
        report.number("skew", skew);
    }
    if let Some(tolerance) = error.tolerance() {
        report.number("tolerance", tolerance);
    }
}

/// The help of an error, with the address of its section in troubleshooting.
#[must_use]
pub fn help(error: &Error, dialect: Dialect) -> String {
    linked(error.code(), error.help(), dialect)
}

fn linked(code: ErrorCode, help: Text, dialect: Dialect) -> String {
    let mut text = help.in_dialect(dialect).to_string();
    text.push_str("; see ");
    text.push_str(&code.docs());
    text
}

/// The tables that a host reads once: `headerNames`, `schemes`, and `errors` by code.
#[must_use]
pub fn catalogue(dialect: Dialect) -> String {
    report(|report| {
        report.list("headerNames", HeaderName::TEXTS.iter().copied());
        report.list("schemes", Scheme::ALL.iter().map(|scheme| scheme.as_str()));
        report.object("errors", |report| {
            for code in ErrorCode::ALL {
                let info = code.info();
                let message = format!("{} ({code})", info.message.in_dialect(dialect));
                report.object(info.name, |report| {
                    summary(report, *code, &message, info.help, dialect);
                });
            }
        });
    })
}

fn summary(report: &mut Report, code: ErrorCode, message: &str, help: Text, dialect: Dialect) {
    report.text("code", code.as_str());
    report.text("message", message);
    report.text("help", &linked(code, help, dialect));
    report.number("status", code.info().status);
}

/// A JSON object with the members that `write` adds. A serialiser such as `serde_json` would make the
/// WebAssembly module larger.
pub(super) fn report(write: impl FnOnce(&mut Report)) -> String {
    let mut report = Report(String::with_capacity(CAPACITY));
    report.braced(write);
    report.0
}

/// Capacity hint: the report of an event takes about this many bytes.
const CAPACITY: usize = 640;

/// The members of a JSON object.
pub(super) struct Report(String);

impl Report {
    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.name(name);
        self.quoted(text);
    }

    pub(super) fn number(&mut self, name: &str, number: impl TryInto<i64>) {
        self.name(name);
        self.0.push_str(&number.try_into().unwrap_or(i64::MAX).to_string());
    }

    pub(super) fn null(&mut self, name: &str) {
        self.name(name);
        self.0.push_str("null");
    }

    pub(super) fn list<'t>(&mut self, name: &str, items: impl Iterator<Item = &'t str>) {
        self.name(name);
        self.0.push('[');
        for item in items {
            self.separate('[');
            self.quoted(item);
        }
        self.0.push(']');
    }

    pub(super) fn object(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.name(name);
        self.braced(write);
    }

    fn braced(&mut self, write: impl FnOnce(&mut Self)) {
        self.0.push('{');
        write(self);
        self.0.push('}');
    }

    fn name(&mut self, name: &str) {
        self.separate('{');
        self.quoted(name);
        self.0.push(':');
    }

    /// Adds a comma, unless the text ends in the opening bracket. A string can't end in one, because
    /// its last character is a quotation mark.
    fn separate(&mut self, opening: char) {
        if !self.0.ends_with(opening) {
            self.0.push(',');
        }
    }

    fn quoted(&mut self, text: &str) {
        self.0.push('"');
        let mut rest = text;
        while let Some(at) = rest.find(|letter| matches!(letter, '"' | '\\' | '\0'..' ')) {
            let (plain, special) = rest.split_at_checked(at).unwrap_or_default();
            let mut behind = special.chars();
            let special = behind.next().map_or(0, u32::from);
            self.0.push_str(plain);
            self.0.push_str("\\u00");
            for nibble in [special >> 4, special & 15] {
                self.0.extend(char::from_digit(nibble, 16));
            }
            rest = behind.as_str();
        }
        self.0.push_str(rest);
        self.0.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_json_with_what_applies() {
        let report =
            error_report(&Error::TimestampTooNew { skew: -301, tolerance: 300 }, Dialect::Python);
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["code"], "timestamp_too_new");
        assert_eq!((&report["skew"], &report["tolerance"]), (&(-301).into(), &300.into()));
        assert!(report.get("header").is_none() && report.get("reason").is_none());

        let text = "\"quoted\" \\ \u{1}\u{1f}\n\u{7f}é🚀";
        let report = super::report(|report| report.text(text, text));
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report[text], text);

        let catalogue: serde_json::Value =
            serde_json::from_str(&catalogue(Dialect::Python)).unwrap();
        assert_eq!(catalogue["headerNames"].as_array().unwrap().len(), HeaderName::TEXTS.len());
        for code in ErrorCode::ALL {
            assert_eq!(catalogue["errors"][code.as_str()]["status"], code.info().status);
        }
    }
}
