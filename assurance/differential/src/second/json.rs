//! Strict JSON by recursive descent (RFC 8259), with the rules that all hosts share.

use pivotal_webhooks_test_vectors::Refusal;

use super::refused;

/// A value. An object is the list of its members, with repeated names.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number,
    String(String),
    Array,
    Object(Members),
}

/// The members of an object in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Members(Vec<(String, Json)>);

impl Members {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    pub(super) fn count(&self, name: &str) -> usize {
        self.iter().filter(|(other, _)| *other == name).count()
    }

    fn has_repeated_name(&self) -> bool {
        let mut names: Vec<&str> = self.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        names.windows(2).any(|pair| pair[0] == pair[1])
    }

    /// The last value of that name, unless it is null.
    pub(super) fn value(&self, name: &str) -> Option<&Json> {
        self.iter()
            .filter(|(other, _)| *other == name)
            .last()
            .map(|(_, value)| value)
            .filter(|value| **value != Json::Null)
    }
}

/// The members of the body, which is an object. An empty body has none.
pub(super) fn validate(body: &[u8]) -> Result<Members, Refusal> {
    if body.is_empty() {
        return Ok(Members::default());
    }
    let text = core::str::from_utf8(body).map_err(|_| malformed("utf8"))?;
    let mut reader = Reader { rest: text };
    reader.skip_space();
    let value = reader.value(1)?;
    reader.skip_space();
    if !reader.rest.is_empty() {
        return Err(malformed("syntax"));
    }
    match value {
        Json::Object(members) => Ok(members),
        _ => Err(malformed("not_an_object")),
    }
}

pub(super) fn malformed(reason: &str) -> Refusal {
    Refusal { reason: Some(reason.to_owned()), ..refused("payload_malformed") }
}

const MAX_DEPTH: usize = 127;

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    fn skips(&mut self, literal: &str) -> bool {
        let rest = self.rest.strip_prefix(literal);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, literal: &str) -> Result<(), Refusal> {
        if self.skips(literal) { Ok(()) } else { Err(malformed("syntax")) }
    }

    fn value(&mut self, depth: usize) -> Result<Json, Refusal> {
        if self.skips("{") {
            return self.object(depth).map(Json::Object);
        }
        if self.skips("[") {
            return self.array(depth);
        }
        if self.skips("\"") {
            return self.string().map(Json::String);
        }
        for (literal, value) in
            [("true", Json::Bool(true)), ("false", Json::Bool(false)), ("null", Json::Null)]
        {
            if self.skips(literal) {
                return Ok(value);
            }
        }
        self.number()
    }

    fn object(&mut self, depth: usize) -> Result<Members, Refusal> {
        let mut members = Members::default();
        if depth > MAX_DEPTH {
            return Err(malformed("depth"));
        }
        self.skip_space();
        if self.skips("}") {
            return Ok(members);
        }
        loop {
            self.skip_space();
            self.expect("\"")?;
            let name = self.string()?;
            self.skip_space();
            self.expect(":")?;
            self.skip_space();
            let value = self.value(depth + 1)?;
            members.0.push((name, value));
            self.skip_space();
            if self.skips("}") {
                break;
            }
            self.expect(",")?;
        }
        if depth == 1 && members.has_repeated_name() {
            return Err(malformed("duplicate_key"));
        }
        Ok(members)
    }

    fn array(&mut self, depth: usize) -> Result<Json, Refusal> {
        if depth > MAX_DEPTH {
            return Err(malformed("depth"));
        }
        self.skip_space();
        if self.skips("]") {
            return Ok(Json::Array);
        }
        loop {
            self.skip_space();
            self.value(depth + 1)?;
            self.skip_space();
            if self.skips("]") {
                return Ok(Json::Array);
            }
            self.expect(",")?;
        }
    }

    fn string(&mut self) -> Result<String, Refusal> {
        let mut text = String::new();
        loop {
            let mut characters = self.rest.chars();
            let next = characters.next();
            self.rest = characters.as_str();
            match next {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some(character) if character >= ' ' => text.push(character),
                _ => return Err(malformed("syntax")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Refusal> {
        let escapes = [
            ("\"", '"'),
            ("\\", '\\'),
            ("/", '/'),
            ("b", '\x08'),
            ("f", '\x0c'),
            ("n", '\n'),
            ("r", '\r'),
            ("t", '\t'),
        ];
        for (letter, character) in escapes {
            if self.skips(letter) {
                return Ok(character);
            }
        }
        self.expect("u")?;
        let mut units = vec![self.unit()?];
        if (0xD800..=0xDBFF).contains(&units[0]) {
            self.expect("\\u")?;
            units.push(self.unit()?);
        }
        let text = String::from_utf16(&units).map_err(|_| malformed("syntax"))?;
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(character), None) => Ok(character),
            _ => Err(malformed("syntax")),
        }
    }

    fn unit(&mut self) -> Result<u16, Refusal> {
        let digits =
            self.rest.get(..4).filter(|text| text.chars().all(|char| char.is_ascii_hexdigit()));
        let digits = digits.ok_or_else(|| malformed("syntax"))?;
        self.rest = &self.rest[4..];
        u16::from_str_radix(digits, 16).map_err(|_| malformed("syntax"))
    }

    fn number(&mut self) -> Result<Json, Refusal> {
        let start = self.rest;
        self.skips("-");
        if !self.skips("0") && self.skip_digits() == 0 {
            return Err(malformed("syntax"));
        }
        if self.skips(".") && self.skip_digits() == 0 {
            return Err(malformed("syntax"));
        }
        if self.skips("e") || self.skips("E") {
            let _ = self.skips("+") || self.skips("-");
            if self.skip_digits() == 0 {
                return Err(malformed("syntax"));
            }
        }
        let text = &start[..start.len() - self.rest.len()];
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Json::Number),
            _ => Err(malformed("number_out_of_range")),
        }
    }

    fn skip_digits(&mut self) -> usize {
        let rest = self.rest.trim_start_matches(|char: char| char.is_ascii_digit());
        let count = self.rest.len() - rest.len();
        self.rest = rest;
        count
    }
}
