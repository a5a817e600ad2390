//! The words of a command for a POSIX shell, with the quotes `$'…'` of bash, zsh and ksh.

use std::{iter::Peekable, str::CharIndices};

/// The words, or nothing if a quote is not closed.
pub(super) fn words(command: &str) -> Option<Vec<String>> {
    shlex::split(&plain_quotes(command))
}

/// A word in single quotes.
pub(super) fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// The command with `$'…'` written as ordinary quotes, which `shlex` reads. Browsers write `$'…'` around
/// bodies that have quotes, line ends or letters beyond ASCII.
fn plain_quotes(command: &str) -> String {
    let mut plain = String::with_capacity(command.len());
    let mut rest = command;
    while let Some(at) = rest.find(['\'', '"', '\\', '$']) {
        let (before, found) = rest.split_at_checked(at).unwrap_or_default();
        plain.push_str(before);
        let length = if let Some(inside) = found.strip_prefix("$'") {
            let (value, length) = ansi_quoted(inside);
            plain.push('\'');
            plain.push_str(&value.replace('\'', "'\\''"));
            plain.push('\'');
            length.saturating_add("$'".len())
        } else if found.starts_with("\\\n") {
            // The command goes on in the next line.
            "\\\n".len()
        } else {
            let length = length_of_part(found);
            plain.push_str(found.get(..length).unwrap_or(found));
            length
        };
        rest = found.get(length..).unwrap_or_default();
    }
    plain.push_str(rest);
    plain
}

/// The length of the quoted text, the escaped letter or the dollar sign at the start.
fn length_of_part(text: &str) -> usize {
    let mut letters = text.char_indices();
    let end = |place: usize, letter: char| place.saturating_add(letter.len_utf8());
    let Some((_, first)) = letters.next() else { return 0 };
    if first == '\\' {
        return letters.next().map_or(text.len(), |(place, letter)| end(place, letter));
    }
    if first == '$' {
        return end(0, first);
    }
    while let Some((place, letter)) = letters.next() {
        if letter == first {
            return end(place, letter);
        }
        if letter == '\\' && first == '"' {
            letters.next();
        }
    }
    text.len()
}

/// The value of a text in `$'…'`, and its length with the closing quote.
fn ansi_quoted(text: &str) -> (String, usize) {
    let mut value = Value::default();
    let mut letters = text.char_indices().peekable();
    while let Some((place, letter)) = letters.next() {
        if letter == '\'' {
            return (value.finish(), place.saturating_add(1));
        }
        if letter != '\\' {
            value.push(letter);
            continue;
        }
        let Some((_, escape)) = letters.next() else { break };
        match escape {
            'a' => value.push('\u{7}'),
            'b' => value.push('\u{8}'),
            'e' | 'E' => value.push('\u{1b}'),
            'f' => value.push('\u{c}'),
            'n' => value.push('\n'),
            'r' => value.push('\r'),
            't' => value.push('\t'),
            'v' => value.push('\u{b}'),
            'u' => value.unit(number(&mut letters, 4)),
            'U' => value.push(char::from_u32(number(&mut letters, 8)).unwrap_or_default()),
            'x' => value.byte(number(&mut letters, 2)),
            other => value.push(other),
        }
    }
    (value.finish(), text.len())
}

/// The number of up to `most` hexadecimal digits.
fn number(letters: &mut Peekable<CharIndices<'_>>, most: usize) -> u32 {
    let mut digits = String::new();
    while let Some((_, digit)) =
        letters.next_if(|(_, letter)| digits.len() < most && letter.is_ascii_hexdigit())
    {
        digits.push(digit);
    }
    u32::from_str_radix(&digits, 16).unwrap_or_default()
}

/// A text that grows by letters, by bytes of UTF-8 and by units of UTF-16.
#[derive(Default)]
struct Value {
    text: String,
    bytes: Vec<u8>,
    units: Vec<u16>,
}

impl Value {
    fn push(&mut self, letter: char) {
        self.decode();
        self.text.push(letter);
    }

    fn byte(&mut self, byte: u32) {
        if !self.units.is_empty() {
            self.decode();
        }
        self.bytes.extend(u8::try_from(byte));
    }

    fn unit(&mut self, unit: u32) {
        if !self.bytes.is_empty() {
            self.decode();
        }
        self.units.extend(u16::try_from(unit));
    }

    /// Decodes the bytes or the units. Bytes that are no UTF-8 are Latin-1: Firefox writes `\xe9` for
    /// `é`.
    fn decode(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        match std::str::from_utf8(&bytes) {
            Ok(text) => self.text.push_str(text),
            Err(_) => self.text.extend(bytes.iter().map(|byte| char::from(*byte))),
        }
        self.text.push_str(&String::from_utf16_lossy(&std::mem::take(&mut self.units)));
    }

    fn finish(mut self) -> String {
        self.decode();
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_those_of_bash() {
        let cases: &[(&str, &[&str])] = &[
            (r#"curl -H 'a: "b"' "c \"d\" $x""#, &["curl", "-H", r#"a: "b""#, r#"c "d" $x"#]),
            (r"$'it\'s\n' 'a'$'\u00e9\x21'b", &["it's\n", "aé!b"]),
            (r"$'\xc3\xa9 \xe9 \ud83d\ude00 \\ \U0001f600'", &["é é 😀 \\ 😀"]),
            ("a \\\n  b", &["a", "b"]),
            (r"'$' \$\'x", &["$", "$'x"]),
        ];
        for (command, expected) in cases {
            assert_eq!(
                words(command).as_deref(),
                Some(&expected.iter().map(ToString::to_string).collect::<Vec<_>>()[..]),
                "{command}"
            );
        }
        assert_eq!(words("'a"), None);
    }
}
