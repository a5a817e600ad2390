//! Converts the text of a JSON string to its characters.

use alloc::{borrow::Cow, string::String, vec::Vec};
use core::str::Chars;

/// The text of a validated string, given without its quotes.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte != b'\\') {
        return Cow::Borrowed(text);
    }
    let mut unescaped = String::with_capacity(text.len());
    let mut rest = text.chars();
    let mut units = Vec::new();
    while let Some(character) = rest.next() {
        unescaped.extend(match character {
            '\\' => read_escape(&mut rest, &mut units),
            plain => Some(plain),
        });
    }
    Cow::Owned(unescaped)
}

/// The character of an escape, read after its backslash. Keeps the first half of a surrogate pair in
/// `units` until the second.
fn read_escape(rest: &mut Chars<'_>, units: &mut Vec<u16>) -> Option<char> {
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

/// The value of four hexadecimal digits.
pub(super) fn code_unit(digits: &[u8; 4]) -> Option<u16> {
    digits.iter().try_fold(0_u16, |unit, digit| {
        let value = char::from(*digit).to_digit(16)?;
        unit.checked_mul(16)?.checked_add(u16::try_from(value).ok()?)
    })
}
