//! Whether a body is the JSON of an event, and where its members stand, without building anything.
//!
//! What is accepted here, every host's parser reads to the same value (numbers as precisely as it
//! can), so that one verdict holds in all languages. Grammar: RFC 8259.

use alloc::{borrow::Cow, collections::BinaryHeap, string::String, vec::Vec};
use core::{cmp::Ordering, str::Chars};

use crate::error::{Error, PayloadFlaw};

/// The body's outermost object, if it is strict JSON no deeper than 127 with distinct keys there.
pub(crate) fn judge(body: &[u8]) -> Result<Object<'_>, Error> {
    outermost(body).map_err(|flaw| Error::PayloadMalformed { flaw })
}

/// An object: its text, and its members in the order in which they came.
pub(crate) struct Object<'t> {
    pub(crate) text: &'t str,
    pub(crate) members: Vec<Member<'t>>,
}

/// A member of an object, its name unescaped.
pub(crate) struct Member<'t> {
    pub(crate) name: Cow<'t, str>,
    pub(crate) value: Value<'t>,
    /// Those of the value, where that is an object in the outermost one. Names may repeat there.
    pub(crate) members: Vec<Self>,
}

impl<'t> Object<'t> {
    /// The member of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&Member<'t>> {
        find(&self.members, name)
    }
}

/// The first member of a name.
pub(crate) fn find<'m, 't>(members: &'m [Member<'t>], name: &str) -> Option<&'m Member<'t>> {
    members.iter().find(|member| member.name == name)
}

/// A value by its text.
#[derive(Clone, Copy)]
pub(crate) struct Value<'t>(pub(crate) &'t str);

impl<'t> Value<'t> {
    pub(crate) fn is_null(self) -> bool {
        self.0 == "null"
    }

    pub(crate) fn boolean(self) -> Option<bool> {
        match self.0 {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The string, unescaped.
    pub(crate) fn string(self) -> Option<Cow<'t, str>> {
        self.0.strip_prefix('"')?.strip_suffix('"').map(unescaped)
    }

    pub(crate) fn is_object(self) -> bool {
        self.0.starts_with('{')
    }
}

fn outermost(body: &[u8]) -> Result<Object<'_>, PayloadFlaw> {
    let text = core::str::from_utf8(body).map_err(|_| PayloadFlaw::Utf8)?;
    let mut scanner = Scanner::of(text);
    scanner.space();
    let members = match scanner.rest {
        [b'{', ..] => Some(scanner.object(Level::Outermost)?),
        _ => scanner.value(0).map(|()| None)?,
    };
    scanner.space();
    if !scanner.rest.is_empty() {
        return Err(PayloadFlaw::Syntax);
    }
    members.map(|members| Object { text, members }).ok_or(PayloadFlaw::NotAnObject)
}

/// A whole number with fewer digits is finite as a double.
const DIGITS_OF_MAX: usize = 309;

/// The deepest nesting that every host's parser takes in its stride.
const MAX_DEPTH: u8 = 127;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Outermost,
    Inner,
}

/// Reads values off the front of `rest`. Nothing recurses, but for one level of members.
struct Scanner<'t> {
    text: &'t str,
    rest: &'t [u8],
}

impl<'t> Scanner<'t> {
    const fn of(text: &'t str) -> Self {
        Self { text, rest: text.as_bytes() }
    }

    fn space(&mut self) {
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

    fn must(&mut self, byte: u8) -> Result<(), PayloadFlaw> {
        if self.skip(byte) { Ok(()) } else { Err(PayloadFlaw::Syntax) }
    }

    /// What `read` takes off the front, and what it makes of it.
    fn taken<T>(
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
        let mut members = Vec::with_capacity(USUAL_MEMBERS);
        self.must(b'{')?;
        self.space();
        if self.skip(b'}') {
            return Ok(members);
        }
        loop {
            let (name, ()) = self.taken(Self::name)?;
            let name = Value(name).string().unwrap_or_default();
            self.colon()?;
            let (value, inner) = match (level, self.rest) {
                (Level::Outermost, [b'{', ..]) => self.taken(|own| own.object(Level::Inner))?,
                (Level::Outermost, _) => self.taken(|own| own.value(1).map(|()| Vec::new()))?,
                (Level::Inner, _) => self.taken(|own| own.value(2).map(|()| Vec::new()))?,
            };
            members.push(Member { name, value: Value(value), members: inner });
            self.space();
            match self.next()? {
                b',' => self.space(),
                b'}' if level == Level::Outermost && has_twins(&members) => {
                    return Err(PayloadFlaw::DuplicateKey);
                }
                b'}' => return Ok(members),
                _ => return Err(PayloadFlaw::Syntax),
            }
        }
    }

    fn name(&mut self) -> Result<(), PayloadFlaw> {
        self.must(b'"')?;
        self.string()
    }

    fn colon(&mut self) -> Result<(), PayloadFlaw> {
        self.space();
        self.must(b':')?;
        self.space();
        Ok(())
    }

    /// Any value, inside `depth` arrays and objects.
    fn value(&mut self, depth: u8) -> Result<(), PayloadFlaw> {
        let mut open = Nesting::inside(depth);
        loop {
            if let [b'-' | b'0'..=b'9', ..] = self.rest {
                self.number()?;
            } else {
                match self.next()? {
                    b'{' => {
                        open.push(Container::Object)?;
                        self.space();
                        if self.rest.first() != Some(&b'}') {
                            self.name()?;
                            self.colon()?;
                            continue;
                        }
                    }
                    b'[' => {
                        open.push(Container::Array)?;
                        self.space();
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
            // A value has ended, and so may what it is in.
            loop {
                let Some(container) = open.innermost() else {
                    return Ok(());
                };
                self.space();
                match (self.next()?, container) {
                    (b'}', Container::Object) | (b']', Container::Array) => open.pop(),
                    (b',', Container::Array) => {
                        self.space();
                        break;
                    }
                    (b',', Container::Object) => {
                        self.space();
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

    /// A string, behind its opening quote.
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

    /// An escape, behind its backslash. Half a surrogate pair is no character.
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

    /// One that is infinite as a double is read differently by different parsers, if at all.
    fn number(&mut self) -> Result<(), PayloadFlaw> {
        let (text, ()) = self.taken(Self::number_text)?;
        let surely_finite =
            text.len() < DIGITS_OF_MAX && text.bytes().all(|byte| !matches!(byte, b'e' | b'E'));
        if surely_finite || is_finite(text) { Ok(()) } else { Err(PayloadFlaw::Syntax) }
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

    /// At least one.
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

/// An envelope's.
const USUAL_MEMBERS: usize = 8;

/// Whether two members have one name: sought without a heap while they are few.
fn has_twins(members: &[Member<'_>]) -> bool {
    if members.len() <= USUAL_MEMBERS {
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

/// Whether a number is finite as a double: whether it is below [`INFINITE`].
///
/// Not by parsing it, whose tables are as large as a verifier in WebAssembly.
fn is_finite(number: &str) -> bool {
    // The number is 0.123…, by its digits from the first that is not 0, times this power of ten.
    let (mut power, mut exponent) = (0_i64, 0_i64);
    let (mut is_zero, mut is_fraction, mut is_exponent, mut divides) = (true, false, false, false);
    let mut bound = INFINITE.iter();
    let mut digits = Ordering::Equal;
    for byte in number.bytes() {
        match byte {
            b'.' => is_fraction = true,
            b'e' | b'E' => is_exponent = true,
            b'-' => divides = is_exponent,
            b'0'..=b'9' if is_exponent => {
                exponent = exponent.saturating_mul(10).saturating_add((byte & 15).into());
            }
            b'0'..=b'9' => {
                is_zero &= byte == b'0';
                let step = i64::from(!is_zero).saturating_sub(is_fraction.into());
                power = power.saturating_add(step);
                if !is_zero {
                    digits = digits.then(byte.cmp(bound.next().unwrap_or(&b'0')));
                }
            }
            _ => {}
        }
    }
    let power = match divides {
        true => power.saturating_sub(exponent),
        false => power.saturating_add(exponent),
    };
    // The bound does not end in a 0, so fewer digits than its own are below it.
    let digits = digits.then(bound.next().map_or(Ordering::Equal, |_| Ordering::Less));
    is_zero || power.cmp(&INFINITE_POWER).then(digits).is_lt()
}

/// The least number that is read as infinite: 2^1024 - 2^970, midway between the largest double and
/// what would come next. Its decimal digits, and the power of ten above them.
#[expect(clippy::indexing_slicing, reason = "run by the compiler")]
const INFINITE: [u8; DIGITS_OF_MAX] = {
    let mut digits = [b'0'; DIGITS_OF_MAX];
    let mut doublings = 0;
    while doublings < 1024 {
        // 54 times with one added, which makes 2^54 - 1.
        let mut carry = if doublings < 54 { 1 } else { 0 };
        let mut at = DIGITS_OF_MAX;
        while at > 0 {
            at -= 1;
            let double = (digits[at] - b'0') * 2 + carry;
            digits[at] = b'0' + double % 10;
            carry = double / 10;
        }
        doublings += 1;
    }
    digits
};

const INFINITE_POWER: i64 = 309;

/// Arrays and objects that are open, the innermost in the lowest bit.
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

/// Eight bytes are looked at together.
const WORD: usize = size_of::<u64>();

/// How many bytes, from the first, are a string's own: no quote, backslash or control character.
fn plain_bytes(word: u64) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; WORD]);
    const TOPS: u64 = u64::from_ne_bytes([0x80; WORD]);
    const SPACES: u64 = u64::from_ne_bytes([b' '; WORD]);
    const QUOTES: u64 = u64::from_ne_bytes([b'"'; WORD]);
    const BACKSLASHES: u64 = u64::from_ne_bytes([b'\\'; WORD]);
    // The top bit of each byte that is below the bound, and perhaps of some behind the first one.
    let below = |word: u64, bound: u64| word.wrapping_sub(bound) & !word & TOPS;
    let special =
        below(word, SPACES) | below(word ^ QUOTES, ONES) | below(word ^ BACKSLASHES, ONES);
    usize::try_from(special.trailing_zeros() / u8::BITS).unwrap_or(WORD)
}

/// A judged string without its quotes.
fn unescaped(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte != b'\\') {
        return Cow::Borrowed(text);
    }
    let mut unescaped = String::with_capacity(text.len());
    let mut rest = text.chars();
    let mut units = Vec::new();
    while let Some(character) = rest.next() {
        unescaped.extend(match character {
            '\\' => escaped(&mut rest, &mut units),
            plain => Some(plain),
        });
    }
    Cow::Owned(unescaped)
}

/// What an escape stands for, read behind its backslash. Half a pair stands for nothing, and waits
/// among the units for the other half.
fn escaped(rest: &mut Chars<'_>, units: &mut Vec<u16>) -> Option<char> {
    let character = match rest.next()? {
        'u' => {
            let text = rest.as_str();
            *rest = text.get(4..)?.chars();
            units.push(code_unit(text.as_bytes().first_chunk()?)?);
            char::decode_utf16(units.iter().copied()).next()?.ok()?
        }
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        itself => itself,
    };
    units.clear();
    Some(character)
}

fn code_unit(digits: &[u8; 4]) -> Option<u16> {
    digits.iter().try_fold(0_u16, |unit, digit| {
        let value = char::from(*digit).to_digit(16)?;
        unit.checked_mul(16)?.checked_add(u16::try_from(value).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use alloc::{
        format,
        string::{String, ToString as _},
    };

    use proptest::prelude::*;

    use super::*;

    fn flaw_or_text(body: &[u8]) -> Result<&str, PayloadFlaw> {
        outermost(body).map(|object| object.text)
    }

    #[test]
    fn an_object_passes_and_keeps_its_text() {
        let text =
            r#" {"id":"é\n","n":[1,-0,1e308,123456789012345678901234567890],"o":{"a":1,"a":2}} "#;
        assert_eq!(flaw_or_text(text.as_bytes()), Ok(text));
    }

    #[test]
    fn each_flaw_has_its_name() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        for (body, flaw) in [
            (b"{\"a\":\"\xff\"}".as_slice(), PayloadFlaw::Utf8),
            (b"", PayloadFlaw::Syntax),
            (b"{} {}", PayloadFlaw::Syntax),
            (b"{}\0", PayloadFlaw::Syntax),
            (b"\xef\xbb\xbf{}", PayloadFlaw::Syntax),
            (br#"{"a":NaN}"#, PayloadFlaw::Syntax),
            (br#"{"a":1e400}"#, PayloadFlaw::Syntax),
            (br#"{"a":"\ud800"}"#, PayloadFlaw::Syntax),
            (br#"{"o":{"\udc00":1}}"#, PayloadFlaw::Syntax),
            (br#"{"id":1,"\u0069d":2}"#, PayloadFlaw::DuplicateKey),
            (b"[]", PayloadFlaw::NotAnObject),
            (b"null", PayloadFlaw::NotAnObject),
            (nested(128).as_bytes(), PayloadFlaw::Depth),
            (nested(100_000).as_bytes(), PayloadFlaw::Depth),
        ] {
            assert_eq!(flaw_or_text(body), Err(flaw), "{:?}", body.get(..40).unwrap_or(body));
        }
        assert_eq!(flaw_or_text(nested(127).as_bytes()), Err(PayloadFlaw::NotAnObject));
        let deep = format!(r#"{{"a":{}}}"#, nested(126));
        assert_eq!(flaw_or_text(deep.as_bytes()), Ok(deep.as_str()));
    }

    #[test]
    fn the_deepest_body_fits_a_small_stack() {
        let run = || judge(format!(r#"{{"a":{}"#, "[{\"a\":".repeat(5_000)).as_bytes()).is_err();
        let thread = std::thread::Builder::new().stack_size(256 * 1024).spawn(run).unwrap();
        assert!(thread.join().unwrap());
    }

    #[test]
    fn a_hundred_thousand_keys_are_judged() {
        let members: String = (0..100_000).map(|n| format!("\"{n}\":0,")).collect();
        let distinct = format!("{{{members}\"x\":0}}");
        assert_eq!(flaw_or_text(distinct.as_bytes()), Ok(distinct.as_str()));
        let repeated = format!("{{{members}\"99999\":0}}");
        assert_eq!(flaw_or_text(repeated.as_bytes()), Err(PayloadFlaw::DuplicateKey));
    }

    #[test]
    fn members_are_named_without_escapes_and_kept_as_text() {
        let text = " {\"\\u0061\\\\\\\"\\n\" : [1, {\"b\":\"}\"}] ,\"\":\"x\\ud83d\\ude80\\\\\\\\y\",\"n\":null, \"t\":true}\n";
        let object = outermost(text.as_bytes()).unwrap();
        let members: Vec<_> =
            object.members.iter().map(|member| (&*member.name, member.value.0)).collect();
        let string = r#""x\ud83d\ude80\\\\y""#;
        let expected =
            [("a\\\"\n", r#"[1, {"b":"}"}]"#), ("", string), ("n", "null"), ("t", "true")];
        assert_eq!(members, expected);
        let get = |name: &str| {
            object.members.iter().find(|member| member.name == name).map(|member| member.value)
        };
        assert_eq!(get("").and_then(Value::string).as_deref(), Some("x🚀\\\\y"));
        assert_eq!(get("t").and_then(Value::boolean), Some(true));
        assert!(get("n").is_some_and(Value::is_null));
    }

    #[test]
    fn a_number_is_finite_or_refused() {
        let nines = |count| "9".repeat(count);
        for (number, finite) in [
            (nines(308), true),
            (nines(309), false),
            (format!("-{}", nines(309)), false),
            (format!("0.{}", nines(400)), true),
            ("1.7976931348623157e308".into(), true),
            ("1.7976931348623159e308".into(), false),
            ("-1E+309".into(), false),
            ("0e999999999999".into(), true),
            ("1e-999999999999".into(), true),
            (format!("1{}e-400", "0".repeat(400)), true),
        ] {
            let judged = flaw_or_text(format!("{{\"a\":{number}}}").as_bytes()).map(drop);
            assert_eq!(judged.is_ok(), finite, "{number}");
        }
    }

    #[test]
    fn the_bound_is_the_least_infinite_number() {
        let bound = core::str::from_utf8(&INFINITE).unwrap();
        let below = bound.strip_suffix('2').map(|start| format!("{start}1")).unwrap();
        for (number, finite) in [(bound, false), (&below, true)] {
            let (first, rest) = number.split_at(1);
            for number in [
                number.into(),
                format!("-{number}"),
                format!("{number}.0"),
                format!("{first}.{rest}e308"),
                format!("{first}.{rest}00E+308"),
                format!("0.00{number}e311"),
                format!("{number}000e-3"),
                format!("{number}.999"),
            ] {
                assert_eq!(number.parse().is_ok_and(f64::is_finite), finite, "{number}");
                assert_eq!(is_finite(&number), finite, "{number}");
            }
        }
    }

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
    fn the_end_of_a_string_is_found_wherever_it_stands() {
        for filler in ["a", "é", "\u{7f}", "\u{80}", "!", "#", "[", "]", "🚀"] {
            for before in 0..20 {
                for behind in ["", "\"", "\u{1f}", "  \\", "and more than a word"] {
                    let text: String = filler.repeat(before) + "\"" + behind;
                    let mut scanner = Scanner::of(&text);
                    assert_eq!(scanner.string(), Ok(()), "{text:?}");
                    assert_eq!(scanner.rest, behind.as_bytes(), "{text:?}");
                }
                for special in ['\u{1f}', '\0', '\n'] {
                    let text: String = filler.repeat(before) + &special.to_string() + "a\"";
                    assert_eq!(Scanner::of(&text).string(), Err(PayloadFlaw::Syntax), "{text:?}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_number_is_as_finite_as_its_double(
            number in "-?(0|[1-9][0-9]{0,3}|1797693134862315[0-9]{293})(\\.0{0,3}[0-9]{1,20})?([eE][+-]?0?(30[0-9]|31[0-9]|[0-9]{1,4}|[0-9]{20}))?"
        ) {
            prop_assert_eq!(is_finite(&number), number.parse().is_ok_and(f64::is_finite));
        }
    }

    /// Text that is JSON often enough, and nearly JSON the rest of the time.
    fn nearly_json() -> impl Strategy<Value = String> {
        let token = prop::sample::select(Vec::from([
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"a\"",
            "\"\\u00e9\"",
            "\"\\ud83d\\ude80\"",
            "\"\\ud83d\"",
            "\"\\\\\"",
            "\"\\x\"",
            "\"\t\"",
            "true",
            "nul",
            "null",
            "0",
            "-",
            "01",
            "1.5e3",
            "1e999",
            ".5",
            "1.",
            " ",
            "\n",
            "\u{b}",
            "é",
            "\"long enough for a word, and more\"",
        ]));
        prop::collection::vec(token, 0..12).prop_map(|tokens| tokens.concat())
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
            "[\\\\\"a\u{1}é🚀]{0,20}".prop_map(Into::into),
        ];
        leaf.prop_recursive(5, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                prop::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|members| members.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn the_grammar_is_that_of_serde_json(text in nearly_json()) {
            let theirs = serde_json::from_str::<serde_json::Value>(&text);
            match flaw_or_text(text.as_bytes()) {
                Ok(_) => prop_assert!(theirs.is_ok_and(|value| value.is_object())),
                Err(PayloadFlaw::Syntax) => prop_assert!(theirs.is_err()),
                Err(PayloadFlaw::NotAnObject) => prop_assert!(theirs.is_ok_and(|value| !value.is_object())),
                Err(flaw) => prop_assert_eq!(flaw, PayloadFlaw::DuplicateKey),
            }
        }

        #[test]
        fn what_was_written_is_read_again(value in json()) {
            let text = format!("{{\"a\": {value} , \"b\":{value}}}");
            let object = outermost(text.as_bytes()).unwrap();
            for member in &object.members {
                prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(member.value.0).unwrap(), &value);
                let string = member.value.string();
                prop_assert_eq!(string.as_deref(), value.as_str());
            }
            let inner: Vec<_> = object.members[0].members.iter().map(|member| &*member.name).collect();
            let names: Vec<&str> =
                value.as_object().into_iter().flat_map(|object| object.keys()).map(|name| &**name).collect();
            prop_assert_eq!(inner, names);
        }
    }
}
