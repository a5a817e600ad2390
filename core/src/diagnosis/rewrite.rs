//! Writes JSON in the spellings that serialisers have.
//!
//! A value is kept as its text, so that a spelling changes nothing else.

use alloc::{
    borrow::Cow,
    format,
    string::{String, ToString as _},
    vec::Vec,
};
use core::fmt::Write as _;

use crate::{event::DOCUMENTED_ORDERS, json};

/// A JSON value.
pub(super) enum Json<'t> {
    /// A number, `true`, `false` or `null`, as its text.
    Scalar(&'t str),
    /// The text with its quotation marks.
    Text(&'t str),
    Array(Vec<Self>),
    /// Pairs of the text of a name and its value.
    Object(Vec<Member<'t>>),
}

type Member<'t> = (&'t str, Json<'t>);

/// Puts the members of an object into an order.
type Sort = fn(&mut [Member<'_>]);

impl<'t> Json<'t> {
    /// Reads a body that is a JSON object.
    pub(super) fn read(body: &'t [u8]) -> Option<Self> {
        let text = json::validate(body).ok()?.text;
        Reader { rest: text }.value()
    }
}

/// Other white space between the tokens.
pub(super) fn other_spacing<'t>(json: Json<'t>) -> impl Iterator<Item = String> + use<'t> {
    LAYOUTS.into_iter().map(move |layout| written(&json, layout, &as_it_is, &as_it_is))
}

/// Other escapes in strings, also with other white space.
pub(super) fn other_escapes<'t>(json: Json<'t>) -> impl Iterator<Item = String> + use<'t> {
    let compact = written(&json, Layout::Compact, &as_it_is, &as_it_is);
    // Most bodies have no character that is written differently.
    let escapes = ESCAPES.into_iter().filter(move |escapes| {
        Json::read(compact.as_bytes()).is_some_and(|json| {
            written(&json, Layout::Compact, &|text| escapes.apply(text), &as_it_is) != compact
        })
    });
    escapes.collect::<Vec<_>>().into_iter().flat_map(move |escapes| {
        let texts =
            LAYOUTS.map(|layout| written(&json, layout, &|text| escapes.apply(text), &as_it_is));
        texts.into_iter()
    })
}

/// Keys in the order of the documentation, and in the order of the alphabet.
pub(super) fn other_order<'t>(json: Json<'t>) -> impl Iterator<Item = String> + use<'t> {
    let mut json = json;
    let sorts: [Sort; 2] = [as_documented, by_name];
    sorts.into_iter().flat_map(move |sort| {
        sort_objects(&mut json, sort);
        let texts = LAYOUTS.map(|layout| written(&json, layout, &as_it_is, &as_it_is));
        texts.into_iter()
    })
}

/// Other spellings of all numbers, or of a single one.
pub(super) fn other_numbers<'t>(json: Json<'t>) -> impl Iterator<Item = String> + use<'t> {
    let all = NUMBERS.into_iter().map(|spell| (spell, None));
    let single = (0..MAX_SINGLE_NUMBERS)
        .flat_map(|index| NUMBERS.into_iter().take(2).map(move |spell| (spell, Some(index))));
    all.chain(single).flat_map(move |(spell, only)| {
        let texts = [Layout::Compact, Layout::Spaced].map(|layout| {
            let count = core::cell::Cell::new(0_usize);
            let is_changed = core::cell::Cell::new(false);
            let number = |text: &str| {
                if !text.starts_with(|first: char| first.is_ascii_digit() || first == '-') {
                    return text.to_string();
                }
                let index = count.replace(count.get().saturating_add(1));
                let spelled = spell(text).filter(|_| only.is_none_or(|only| only == index));
                spelled.inspect(|_| is_changed.set(true)).unwrap_or_else(|| text.to_string())
            };
            let text = written(&json, layout, &as_it_is, &number);
            is_changed.get().then_some(text)
        });
        texts.into_iter().flatten()
    })
}

/// Whether a body is the start of a JSON object without its end.
pub(super) fn is_unfinished(body: &[u8]) -> bool {
    let (mut depth, mut is_in_string, mut is_escaped) = (0_usize, false, false);
    for byte in body {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_in_string => is_escaped = true,
            b'"' => is_in_string = !is_in_string,
            b'{' | b'[' if !is_in_string => depth = depth.saturating_add(1),
            b'}' | b']' if !is_in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    body.trim_ascii_start().starts_with(b"{") && depth > 0
}

/// Reads JSON that has been validated.
struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn value(&mut self) -> Option<Json<'t>> {
        self.rest = self.rest.trim_start();
        match self.rest.as_bytes().first()? {
            b'"' => Some(Json::Text(self.string()?)),
            b'[' => Some(Json::Array(self.items(']', Self::value)?)),
            b'{' => Some(Json::Object(self.items('}', Self::member)?)),
            _ => {
                let is_end =
                    |letter: char| matches!(letter, ',' | ']' | '}') || letter.is_whitespace();
                let end = self.rest.find(is_end).unwrap_or(self.rest.len());
                self.take(end).map(Json::Scalar)
            }
        }
    }

    fn member(&mut self) -> Option<Member<'t>> {
        self.rest = self.rest.trim_start();
        let name = self.string()?;
        self.rest = self.rest.trim_start().strip_prefix(':')?;
        Some((name, self.value()?))
    }

    fn items<T>(&mut self, end: char, read: fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut items = Vec::new();
        self.take(1)?;
        loop {
            self.rest = self.rest.trim_start();
            if let Some(rest) = self.rest.strip_prefix(end) {
                self.rest = rest;
                return Some(items);
            }
            self.rest = self.rest.strip_prefix(',').unwrap_or(self.rest);
            items.push(read(self)?);
        }
    }

    fn string(&mut self) -> Option<&'t str> {
        let mut is_escaped = false;
        let end = self.rest.bytes().skip(1).position(|byte| {
            let ends = byte == b'"' && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            ends
        })?;
        self.take(end.checked_add(2)?)
    }

    fn take(&mut self, length: usize) -> Option<&'t str> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }
}

/// The white space of a serialiser.
#[derive(Clone, Copy)]
enum Layout {
    /// None, as in JavaScript, PHP and Go.
    Compact,
    /// A space behind commas and colons, as in Python.
    Spaced,
    /// One member a line, indented by this text.
    Indented(&'static str),
}

const LAYOUTS: [Layout; 5] = [
    Layout::Compact,
    Layout::Spaced,
    Layout::Indented("  "),
    Layout::Indented("    "),
    Layout::Indented("\t"),
];

impl Layout {
    fn start_item(self, out: &mut String, is_first: bool, depth: usize) {
        if !is_first {
            out.push(',');
        }
        match self {
            Self::Compact => {}
            Self::Spaced if is_first => {}
            Self::Spaced => out.push(' '),
            Self::Indented(indent) => new_line(out, indent, depth),
        }
    }

    fn end(self, out: &mut String, is_empty: bool, depth: usize) {
        if let (Self::Indented(indent), false) = (self, is_empty) {
            new_line(out, indent, depth);
        }
    }

    const fn colon(self) -> &'static str {
        match self {
            Self::Compact => ":",
            Self::Spaced | Self::Indented(_) => ": ",
        }
    }
}

fn new_line(out: &mut String, indent: &str, depth: usize) {
    out.push('\n');
    for _ in 0..depth {
        out.push_str(indent);
    }
}

/// The spelling of a string or of another scalar.
type Spelling<'s> = &'s dyn Fn(&str) -> String;

fn as_it_is(text: &str) -> String {
    text.to_string()
}

fn written(json: &Json<'_>, layout: Layout, text: Spelling<'_>, scalar: Spelling<'_>) -> String {
    let mut out = String::new();
    write(&mut out, json, layout, text, scalar, 0);
    out
}

fn write(
    out: &mut String,
    json: &Json<'_>,
    layout: Layout,
    text: Spelling<'_>,
    scalar: Spelling<'_>,
    depth: usize,
) {
    let inner = depth.saturating_add(1);
    match json {
        Json::Scalar(value) => out.push_str(&scalar(value)),
        Json::Text(value) => out.push_str(&text(value)),
        Json::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                layout.start_item(out, at == 0, inner);
                write(out, item, layout, text, scalar, inner);
            }
            layout.end(out, items.is_empty(), depth);
            out.push(']');
        }
        Json::Object(members) => {
            out.push('{');
            for (at, (name, value)) in members.iter().enumerate() {
                layout.start_item(out, at == 0, inner);
                out.push_str(&text(name));
                out.push_str(layout.colon());
                write(out, value, layout, text, scalar, inner);
            }
            layout.end(out, members.is_empty(), depth);
            out.push('}');
        }
    }
}

/// Which characters a serialiser escapes beside those that JSON requires.
#[derive(Clone, Copy)]
struct Escapes {
    /// Characters beyond ASCII.
    non_ascii: bool,
    /// `/` as `\/`.
    slash: bool,
    /// These characters, as `\u003c`.
    others: &'static str,
    upper_case: bool,
}

const ESCAPES: [Escapes; 7] = {
    const NONE: Escapes = Escapes { non_ascii: false, slash: false, others: "", upper_case: false };
    const HTML: &str = "<>&\u{2028}\u{2029}";
    [
        // JavaScript; Python with `ensure_ascii=False`.
        NONE,
        // Python.
        Escapes { non_ascii: true, ..NONE },
        // PHP.
        Escapes { non_ascii: true, slash: true, ..NONE },
        // Go; Rails.
        Escapes { others: HTML, ..NONE },
        // PHP with `JSON_UNESCAPED_UNICODE`.
        Escapes { slash: true, ..NONE },
        // .NET.
        Escapes { non_ascii: true, others: "<>&'+`\"", upper_case: true, ..NONE },
        Escapes { non_ascii: true, others: HTML, ..NONE },
    ]
};

impl Escapes {
    /// The text with these escapes, in quotation marks.
    fn apply(self, text: &str) -> String {
        let plain = json::Value(text).string().unwrap_or(Cow::Borrowed(""));
        let mut out = String::from("\"");
        for letter in plain.chars() {
            let short = match letter {
                '"' if !self.others.contains('"') => Some('"'),
                '\\' => Some('\\'),
                '\n' => Some('n'),
                '\r' => Some('r'),
                '\t' => Some('t'),
                '\u{8}' => Some('b'),
                '\u{c}' => Some('f'),
                '/' if self.slash => Some('/'),
                _ => None,
            };
            if let Some(short) = short {
                out.push('\\');
                out.push(short);
            } else if letter < ' '
                || self.others.contains(letter)
                || (self.non_ascii && letter > '~')
            {
                self.write_units(&mut out, letter);
            } else {
                out.push(letter);
            }
        }
        out.push('"');
        out
    }

    fn write_units(self, out: &mut String, letter: char) {
        for unit in letter.encode_utf16(&mut [0; 2]) {
            // Writing to a string can't fail.
            let _ = if self.upper_case {
                write!(out, "\\u{unit:04X}")
            } else {
                write!(out, "\\u{unit:04x}")
            };
        }
    }
}

/// Other spellings of a number. The first two are tried for single numbers too.
const NUMBERS: [fn(&str) -> Option<String>; 6] = [
    // A double that JavaScript wrote as an integer.
    |number| is_integer(number).then(|| format!("{number}.0")),
    // An amount with two decimals.
    |number| has_one_decimal(number).then(|| format!("{number}0")),
    // An integer that Python or Java read as a double.
    |number| number.strip_suffix(".0").map(Into::into),
    |number| is_integer(number).then(|| format!("{number}.00")),
    // An exponent that was written out, or got a sign.
    |number| number.contains("e+").then(|| number.replace("e+", "e")),
    |number| {
        let digits = number.trim_end_matches('0');
        let zeros = number.len().saturating_sub(digits.len());
        (is_integer(number) && zeros > 2 && !digits.is_empty()).then(|| format!("{digits}e{zeros}"))
    },
];

const MAX_SINGLE_NUMBERS: usize = 8;

fn is_integer(number: &str) -> bool {
    !number.contains(['.', 'e', 'E'])
}

fn has_one_decimal(number: &str) -> bool {
    number.split_once('.').is_some_and(|(_, decimals)| decimals.len() == 1)
}

fn sort_objects(json: &mut Json<'_>, sort: Sort) {
    match json {
        Json::Scalar(_) | Json::Text(_) => {}
        Json::Array(items) => items.iter_mut().for_each(|item| sort_objects(item, sort)),
        Json::Object(members) => {
            sort(members);
            members.iter_mut().for_each(|(_, value)| sort_objects(value, sort));
        }
    }
}

fn by_name(members: &mut [Member<'_>]) {
    members.sort_by_key(|(name, _)| *name);
}

/// Sorts by the list of names that has the most of these; other names come last.
fn as_documented(members: &mut [Member<'_>]) {
    let place = |order: &[&str], name: &str| {
        order.iter().position(|known| *known == name.trim_matches('"'))
    };
    let count =
        |order: &&&[&str]| members.iter().filter(|(name, _)| place(order, name).is_some()).count();
    if let Some(order) = DOCUMENTED_ORDERS.iter().max_by_key(count) {
        members.sort_by_key(|(name, _)| place(order, name).unwrap_or(usize::MAX));
    }
}
