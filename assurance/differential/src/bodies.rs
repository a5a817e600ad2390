//! Random bodies: JSON texts with every form that a grammar allows, and what differs from one in a few
//! places.

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use crate::damage::damage;

/// An endless series of bodies. Equal numbers give equal series.
pub struct Bodies {
    random: StdRng,
}

/// Strings, as their source text. A few are used again and again, so that names are repeated.
const STRINGS: &[&str] = &[
    "",
    "a",
    "b",
    "id",
    "type",
    "\\u0061",
    "\\u0069d",
    "__proto__",
    "constructor",
    "toJSON",
    "0",
    "1",
    "10",
    "-1",
    "4294967295",
    "é",
    "\\u00e9",
    "e\u{301}",
    "\u{7f}",
    "\u{80}",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "\u{fffd}",
    "\u{ffff}",
    "\u{1f680}",
    "\\ud83d\\ude80",
    "\\uD83D\\uDE80",
    "\\udbff\\udfff",
    "\\u0000",
    "\\u001f",
    "\\uffff",
    "\\\"\\\\\\/\\b\\f\\n\\r\\t",
    "\\\\u0061",
    "//",
    "{}[],:",
];

/// Strings that no strict parser accepts.
const BROKEN_STRINGS: &[&str] = &[
    "\\ud83d",
    "\\ude80",
    "\\ude80\\ud83d",
    "\\ud83d\\u0061",
    "\\ud83d\u{1f680}",
    "\\u12",
    "\\u00g0",
    "\\U0061",
    "\\x61",
    "\\a",
    "\\'",
    "\\",
    "\t",
    "\n",
    "\0",
    "\u{1f}",
];

/// Numbers at the ends of what hosts can hold, and where they round.
const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "-0.0",
    "0e0",
    "0E-0",
    "-0e+1",
    "1.0",
    "1e0",
    "1E+2",
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "-9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "0.1",
    "0.30000000000000004",
    "1.7976931348623157e308",
    "1.7976931348623158e308",
    "17976931348623157e292",
    "2.2250738585072011e-308",
    "2.2250738585072014e-308",
    "4.9e-324",
    "5e-324",
    "2e-324",
    "1e-400",
    "0e999999999999",
    "8.41e21",
    "9.5367431640625e-7",
    "2.5",
    "1.00000000000000011102230246251565",
    "7.2057594037927933e16",
];

/// Numbers that are none, and those beyond a double.
const BROKEN_NUMBERS: &[&str] = &[
    "00",
    "01",
    "-",
    "-01",
    "+1",
    ".5",
    "1.",
    "1.e1",
    "1e",
    "1e+",
    "1E-",
    "0x10",
    "1_000",
    "NaN",
    "Infinity",
    "-Infinity",
    "1e309",
    "-1e309",
    "1.7976931348623159e308",
    "1e999999999999",
    "1n",
    "١",
];

/// What a change puts into a text.
const PIECES: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\"",
    b"\\",
    b"-",
    b".",
    b"e",
    b"0",
    b"null",
    b"nul",
    b"True",
    b"\0",
    b"\x0b",
    b"\x0c",
    b"\x1f",
    b"\x7f",
    b"\x80",
    b"\xc0\x80",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xc2\xa0",
    b"\xe2\x80\xa8",
    b"/**/",
    b"//\n",
    b"'a'",
    b"undefined",
    b"\"a\":1,",
];

/// The most levels that a body may have is 127.
const AROUND_MAX_DEPTH: core::ops::RangeInclusive<usize> = 124..=130;
/// The most digits that Python reads as an integer.
const AROUND_MAX_DIGITS: core::ops::RangeInclusive<usize> = 4298..=4302;

impl Bodies {
    /// The series of this number.
    #[must_use]
    pub fn new(number: u64) -> Self {
        Self { random: StdRng::seed_from_u64(number) }
    }

    /// Whether something happens that does so once in `times`.
    fn one_in(&mut self, times: u32) -> bool {
        self.random.random_range(0..times) == 0
    }

    fn pick<'p, T: ?Sized>(&mut self, from: &[&'p T]) -> &'p T {
        from[self.random.random_range(0..from.len())]
    }

    fn object(&mut self, text: &mut String, depth: usize) {
        text.push('{');
        self.space(text);
        for number in 0..self.random.random_range(0..5) {
            if number > 0 {
                text.push(',');
                self.space(text);
            }
            // Most names are new: a body with a repeated one is refused for nothing else.
            if self.one_in(100) {
                text.push_str("\"0\"");
            } else if self.one_in(20) {
                self.string(text);
            } else {
                text.push_str(&format!("\"{number}{}\"", self.pick(&["", "k", "é", "\\n"])));
            }
            self.space(text);
            text.push(':');
            self.value(text, depth);
        }
        text.push('}');
    }

    fn value(&mut self, text: &mut String, depth: usize) {
        self.space(text);
        let kinds = if depth == 0 { 5 } else { 9 };
        match self.random.random_range(0..kinds) {
            0 => text.push_str(self.pick(&["null", "true", "false"])),
            1 | 2 => self.string(text),
            3 | 4 => self.number(text),
            5 | 6 => {
                text.push('[');
                for number in 0..self.random.random_range(0..4) {
                    if number > 0 {
                        text.push(',');
                    }
                    self.value(text, depth - 1);
                }
                text.push(']');
            }
            _ => self.object(text, depth - 1),
        }
        self.space(text);
    }

    fn space(&mut self, text: &mut String) {
        if self.one_in(6) {
            text.push_str(self.pick(&[" ", "\t", "\n", "\r\n", "  "]));
        }
    }

    fn string(&mut self, text: &mut String) {
        text.push('"');
        for _ in 0..self.random.random_range(0..3) {
            text.push_str(self.pick(STRINGS));
            if self.one_in(4) {
                let unit = self.random.random_range(0..=0xffff_u32);
                // Half of a pair alone is refused.
                if !(0xd800..=0xdfff).contains(&unit) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
        if self.one_in(400) {
            text.push_str(self.pick(BROKEN_STRINGS));
        }
        text.push('"');
    }

    fn number(&mut self, text: &mut String) {
        if self.one_in(200) {
            text.push_str(self.pick(BROKEN_NUMBERS));
        } else if self.one_in(4) {
            text.push_str(self.pick(NUMBERS));
        } else {
            // Every double has such a text, and most of these texts are between two doubles.
            let digits: u64 = self.random.random();
            let kept = u64::pow(10, self.random.random_range(1..=19));
            let exponent = self.random.random_range(-330..=308);
            let sign = self.pick(&["", "-"]);
            match self.random.random_range(0..4) {
                0 => text.push_str(&format!("{sign}{}", digits % kept)),
                1 => text.push_str(&format!("{sign}{}.{}", digits % 1000, digits % kept)),
                2 => text.push_str(&format!("{sign}{}.{}e{exponent}", digits % 10, digits % kept)),
                _ => text.push_str(&format!("{:?}", f64::from_bits(digits)).replace("inf", "0")),
            }
        }
    }

    /// A body of many levels, or of many digits, around what is allowed.
    fn extreme(&mut self) -> String {
        if self.one_in(2) {
            let levels = self.random.random_range(AROUND_MAX_DEPTH);
            let (open, close) = *self.pick(&[&("[", "]"), &("{\"a\":", "}")]);
            let inner = self.pick(&["", "1", "{}", "[]"]);
            let inner = if open == "[" || !inner.is_empty() { inner } else { "null" };
            let levels = levels - 1;
            format!("{{\"deep\":{}{inner}{}}}", open.repeat(levels), close.repeat(levels))
        } else {
            let digits = "7".repeat(self.random.random_range(AROUND_MAX_DIGITS));
            format!(
                "{{\"long\":{}{digits}{}}}",
                self.pick(&["", "-"]),
                self.pick(&["", ".0", "e-4300"])
            )
        }
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let at = self.random.random_range(0..=bytes.len());
        match self.random.random_range(0..6) {
            0..=2 => damage(&mut self.random, bytes),
            3 => bytes.truncate(at),
            _ => {
                let piece = self.pick(PIECES);
                bytes.splice(at..at, piece.iter().copied());
            }
        }
    }
}

impl Iterator for Bodies {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let mut text = String::new();
        if self.one_in(50) {
            text = self.extreme();
        } else if self.one_in(20) {
            self.value(&mut text, 2);
        } else {
            self.space(&mut text);
            self.object(&mut text, 4);
            self.space(&mut text);
        }
        let mut bytes = text.into_bytes();
        if self.one_in(3) {
            for _ in 0..self.random.random_range(1..3) {
                self.change(&mut bytes);
            }
        }
        Some(bytes)
    }
}
