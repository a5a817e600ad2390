//! Reads a body once from front to back by the grammar of RFC 8259.

use alloc::{collections::BinaryHeap, vec::Vec};

use super::{
    number::{INFINITE_DIGITS, is_finite},
    unescape::code_unit,
    value::{Member, Object, Value, find},
};
use crate::error::PayloadFlaw;

/// Reads a whole body, which must be an object.
pub(super) fn parse_document(body: &[u8]) -> Result<Object<'_>, PayloadFlaw> {
    let text = core::str::from_utf8(body).map_err(|_| PayloadFlaw::Utf8)?;
    let mut scanner = Scanner::of(text);
    scanner.skip_whitespace();
    let members = match scanner.rest {
        [b'{', ..] => Some(scanner.object(Level::Outermost)?),
        _ => scanner.value(0).map(|()| None)?,
    };
    scanner.skip_whitespace();
    if !scanner.rest.is_empty() {
        return Err(PayloadFlaw::Syntax);
    }
    members.map(|members| Object { text, members }).ok_or(PayloadFlaw::NotAnObject)
}

/// The deepest nesting accepted by every host's default parser.
const MAX_DEPTH: u8 = 127;

/// Which object is read: members are returned for both levels, deeper ones are only validated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Outermost,
    Inner,
}

/// Reads values from the front of `rest`. Recursion stops at the members of a member.
struct Scanner<'t> {
    text: &'t str,
    rest: &'t [u8],
}

impl<'t> Scanner<'t> {
    const fn of(text: &'t str) -> Self {
        Self { text, rest: text.as_bytes() }
    }

    fn skip_whitespace(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    fn next(&mut self) -> Result<u8, PayloadFlaw> {
        let (first, rest) = self.rest.split_first().ok_or(PayloadFlaw::Syntax)?;
        self.rest = rest;
        Ok(*first)
    }

    fn skip(&mut self, byte: u8) -> bool {
        let Some((_, rest)) = self.rest.split_first().filter(|(first, _)| **first == byte) else {
            return false;
        };
        self.rest = rest;
        true
    }

    fn expect_byte(&mut self, byte: u8) -> Result<(), PayloadFlaw> {
        if self.skip(byte) { Ok(()) } else { Err(PayloadFlaw::Syntax) }
    }

    /// The text that `read` consumes, and its result.
    fn capture<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, PayloadFlaw>,
    ) -> Result<(&'t str, T), PayloadFlaw> {
        let before = self.rest.len();
        let read = read(self)?;
        let at = |left: usize| self.text.len().saturating_sub(left);
        Ok((self.text.get(at(before)..at(self.rest.len())).unwrap_or_default(), read))
    }

    /// The members of the outermost object, or of one that is a member of it.
    fn object(&mut self, level: Level) -> Result<Vec<Member<'t>>, PayloadFlaw> {
        let mut members = Vec::with_capacity(FEW_MEMBERS);
        self.expect_byte(b'{')?;
        self.skip_whitespace();
        if self.skip(b'}') {
            return Ok(members);
        }
        loop {
            let (name, ()) = self.capture(Self::name)?;
            let name = Value(name).string().unwrap_or_default();
            self.colon()?;
            let (value, inner) = match (level, self.rest) {
                (Level::Outermost, [b'{', ..]) => self.capture(|own| own.object(Level::Inner))?,
                (Level::Outermost, _) => self.capture(|own| own.value(1).map(|()| Vec::new()))?,
                (Level::Inner, _) => self.capture(|own| own.value(2).map(|()| Vec::new()))?,
            };
            members.push(Member { name, value: Value(value), members: inner });
            self.skip_whitespace();
            match self.next()? {
                b',' => self.skip_whitespace(),
                b'}' if level == Level::Outermost && has_duplicate_keys(&members) => {
                    return Err(PayloadFlaw::DuplicateKey);
                }
                b'}' => return Ok(members),
                _ => return Err(PayloadFlaw::Syntax),
            }
        }
    }

    fn name(&mut self) -> Result<(), PayloadFlaw> {
        self.expect_byte(b'"')?;
        self.string()
    }

    fn colon(&mut self) -> Result<(), PayloadFlaw> {
        self.skip_whitespace();
        self.expect_byte(b':')?;
        self.skip_whitespace();
        Ok(())
    }

    /// Any value that is inside `depth` arrays and objects.
    fn value(&mut self, depth: u8) -> Result<(), PayloadFlaw> {
        let mut open = Nesting::inside(depth);
        loop {
            if let [b'-' | b'0'..=b'9', ..] = self.rest {
                self.number()?;
            } else {
                match self.next()? {
                    b'{' => {
                        open.push(Container::Object)?;
                        self.skip_whitespace();
                        if self.rest.first() != Some(&b'}') {
                            self.name()?;
                            self.colon()?;
                            continue;
                        }
                    }
                    b'[' => {
                        open.push(Container::Array)?;
                        self.skip_whitespace();
                        if self.rest.first() != Some(&b']') {
                            continue;
                        }
                    }
                    b'"' => self.string()?,
                    b't' => self.literal(b"rue")?,
                    b'f' => self.literal(b"alse")?,
                    b'n' => self.literal(b"ull")?,
                    _ => return Err(PayloadFlaw::Syntax),
                }
            }
            // A value has ended; close the containers that end with it.
            loop {
                let Some(container) = open.innermost() else {
                    return Ok(());
                };
                self.skip_whitespace();
                match (self.next()?, container) {
                    (b'}', Container::Object) | (b']', Container::Array) => open.pop(),
                    (b',', Container::Array) => {
                        self.skip_whitespace();
                        break;
                    }
                    (b',', Container::Object) => {
                        self.skip_whitespace();
                        self.name()?;
                        self.colon()?;
                        break;
                    }
                    _ => return Err(PayloadFlaw::Syntax),
                }
            }
        }
    }

    fn literal(&mut self, rest: &[u8]) -> Result<(), PayloadFlaw> {
        self.rest = self.rest.strip_prefix(rest).ok_or(PayloadFlaw::Syntax)?;
        Ok(())
    }

    /// A string, after its opening quote.
    fn string(&mut self) -> Result<(), PayloadFlaw> {
        loop {
            while let Some((word, rest)) = self.rest.split_first_chunk() {
                let plain = plain_bytes(u64::from_le_bytes(*word));
                if plain < WORD {
                    self.rest = self.rest.get(plain..).unwrap_or_default();
                    break;
                }
                self.rest = rest;
            }
            match self.next()? {
                b'"' => return Ok(()),
                b'\\' => self.escape()?,
                ..b' ' => return Err(PayloadFlaw::Syntax),
                _ => {}
            }
        }
    }

    /// An escape, after its backslash. Half of a surrogate pair is refused.
    fn escape(&mut self) -> Result<(), PayloadFlaw> {
        match self.next()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(()),
            b'u' => match self.code_unit()? {
                0xD800..=0xDBFF => {
                    self.literal(b"\\u")?;
                    match self.code_unit()? {
                        0xDC00..=0xDFFF => Ok(()),
                        _ => Err(PayloadFlaw::Syntax),
                    }
                }
                0xDC00..=0xDFFF => Err(PayloadFlaw::Syntax),
                _ => Ok(()),
            },
            _ => Err(PayloadFlaw::Syntax),
        }
    }

    fn code_unit(&mut self) -> Result<u16, PayloadFlaw> {
        let (digits, rest) = self.rest.split_first_chunk::<4>().ok_or(PayloadFlaw::Syntax)?;
        self.rest = rest;
        code_unit(digits).ok_or(PayloadFlaw::Syntax)
    }

    /// A number. One that is infinite as a double is refused, because parsers disagree on it.
    fn number(&mut self) -> Result<(), PayloadFlaw> {
        let (text, ()) = self.capture(Self::number_text)?;
        let surely_finite =
            text.len() < INFINITE_DIGITS && text.bytes().all(|byte| !matches!(byte, b'e' | b'E'));
        if surely_finite || is_finite(text) { Ok(()) } else { Err(PayloadFlaw::NumberOutOfRange) }
    }

    fn number_text(&mut self) -> Result<(), PayloadFlaw> {
        self.skip(b'-');
        if !self.skip(b'0') {
            self.digits()?;
        }
        if self.skip(b'.') {
            self.digits()?;
        }
        if self.skip(b'e') || self.skip(b'E') {
            let _ = self.skip(b'+') || self.skip(b'-');
            self.digits()?;
        }
        Ok(())
    }

    /// One or more digits.
    fn digits(&mut self) -> Result<(), PayloadFlaw> {
        if !self.next()?.is_ascii_digit() {
            return Err(PayloadFlaw::Syntax);
        }
        while let [b'0'..=b'9', rest @ ..] = self.rest {
            self.rest = rest;
        }
        Ok(())
    }
}

/// Capacity hint: an envelope has about this many members. Up to as many are compared in pairs.
const FEW_MEMBERS: usize = 8;

/// Whether two members have the same name. A few are compared in pairs, more through a heap.
fn has_duplicate_keys(members: &[Member<'_>]) -> bool {
    if members.len() <= FEW_MEMBERS {
        let mut rest = members;
        while let [first, behind @ ..] = rest {
            if find(behind, &first.name).is_some() {
                return true;
            }
            rest = behind;
        }
        return false;
    }
    let mut names: BinaryHeap<&str> = members.iter().map(|member| &*member.name).collect();
    let mut last = None;
    while let Some(name) = names.pop() {
        if last.replace(name) == Some(name) {
            return true;
        }
    }
    false
}

/// The open arrays and objects; the lowest bit says which kind the innermost is.
struct Nesting {
    outside: u8,
    open: u8,
    objects: u128,
}

#[derive(Clone, Copy)]
enum Container {
    Array,
    Object,
}

impl Nesting {
    const fn inside(outside: u8) -> Self {
        Self { outside, open: 0, objects: 0 }
    }

    fn push(&mut self, container: Container) -> Result<(), PayloadFlaw> {
        if self.outside.saturating_add(self.open) >= MAX_DEPTH {
            return Err(PayloadFlaw::Depth);
        }
        self.open = self.open.saturating_add(1);
        self.objects <<= 1;
        if let Container::Object = container {
            self.objects |= 1;
        }
        Ok(())
    }

    fn pop(&mut self) {
        self.open = self.open.saturating_sub(1);
        self.objects >>= 1;
    }

    const fn innermost(&self) -> Option<Container> {
        match (self.open, self.objects & 1) {
            (0, _) => None,
            (_, 0) => Some(Container::Array),
            _ => Some(Container::Object),
        }
    }
}

/// How many bytes are checked at once.
const WORD: usize = size_of::<u64>();

/// How many bytes at the start of the word are neither quote, nor backslash, nor control character.
fn plain_bytes(word: u64) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; WORD]);
    const TOPS: u64 = u64::from_ne_bytes([0x80; WORD]);
    const SPACES: u64 = u64::from_ne_bytes([b' '; WORD]);
    const QUOTES: u64 = u64::from_ne_bytes([b'"'; WORD]);
    const BACKSLASHES: u64 = u64::from_ne_bytes([b'\\'; WORD]);
    // Sets the top bit of each byte that is below the bound, and perhaps of bytes after the first such.
    let below = |word: u64, bound: u64| word.wrapping_sub(bound) & !word & TOPS;
    let special =
        below(word, SPACES) | below(word ^ QUOTES, ONES) | below(word ^ BACKSLASHES, ONES);
    usize::try_from(special.trailing_zeros() / u8::BITS).unwrap_or(WORD)
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString as _};

    use super::*;

    #[test]
    fn plain_bytes_are_counted_up_to_the_first_special_one() {
        assert_eq!(plain_bytes(u64::from_le_bytes(*b"no quote")), WORD);
        for byte in u8::MIN..=u8::MAX {
            for at in 0..WORD {
                let mut word = [0x80 | byte; WORD];
                word[at] = byte;
                let special = matches!(byte, ..b' ' | b'"' | b'\\');
                let plain = if special { at } else { WORD };
                assert_eq!(plain_bytes(u64::from_le_bytes(word)), plain, "{word:?}");
                word[at..].fill(byte);
                assert_eq!(plain_bytes(u64::from_le_bytes(word)), plain, "{word:?}");
            }
        }
    }

    #[test]
    fn the_end_of_a_string_is_found_at_every_offset() {
        for filler in ["a", "é", "\u{7f}", "\u{80}", "!", "#", "[", "]", "🚀"] {
            for length in 0..20 {
                for after in ["", "\"", "\u{1f}", "  \\", "and more than a word"] {
                    let text: String = filler.repeat(length) + "\"" + after;
                    let mut scanner = Scanner::of(&text);
                    assert_eq!(scanner.string(), Ok(()), "{text:?}");
                    assert_eq!(scanner.rest, after.as_bytes(), "{text:?}");
                }
                for special in ['\u{1f}', '\0', '\n'] {
                    let text: String = filler.repeat(length) + &special.to_string() + "a\"";
                    assert_eq!(Scanner::of(&text).string(), Err(PayloadFlaw::Syntax), "{text:?}");
                }
            }
        }
    }
}
