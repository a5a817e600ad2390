//! Whether a body is the JSON of an event, without building anything.
//!
//! What is accepted here, every host's parser reads to the same value (numbers as precisely as it
//! can), so that one verdict holds in all languages.

use alloc::{borrow::Cow, collections::BTreeSet, string::ToString as _};
use core::{cell::Cell, fmt};

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use crate::{
    error::{Error, PayloadFlaw},
    time::UnixTime,
};

/// The body as text, if it is a strict JSON object no deeper than 127 with distinct keys.
pub(crate) fn judge(body: &[u8]) -> Result<&str, Error> {
    flaw_or_text(body).map_err(|flaw| Error::PayloadMalformed { flaw })
}

/// The outermost object's `timestamp`; the text was judged before.
pub(crate) fn timestamp(text: &str) -> Option<UnixTime> {
    let text = serde_json::Deserializer::from_str(text).deserialize_map(Timestamp).ok()??;
    UnixTime::from_rfc3339(&text)
}

fn flaw_or_text(body: &[u8]) -> Result<&str, PayloadFlaw> {
    let text = core::str::from_utf8(body).map_err(|_| PayloadFlaw::Utf8)?;
    let flaw = Cell::new(PayloadFlaw::Syntax);
    let mut json = serde_json::Deserializer::from_str(text);
    // The limit is our own, so that its error can be told from a syntax error.
    json.disable_recursion_limit();
    let value = Value { depth: 0, flaw: &flaw }.deserialize(&mut json).map_err(|_| flaw.get())?;
    json.end().map_err(|_| PayloadFlaw::Syntax)?;
    match value {
        Kind::Object => Ok(text),
        Kind::Other => Err(PayloadFlaw::NotAnObject),
    }
}

/// The deepest nesting that every host's parser takes in its stride.
const MAX_DEPTH: u8 = 127;

enum Kind {
    Object,
    Other,
}

/// Reads a value inside `depth` arrays and objects.
#[derive(Clone, Copy)]
struct Value<'f> {
    depth: u8,
    flaw: &'f Cell<PayloadFlaw>,
}

impl Value<'_> {
    fn refuse<E: serde::de::Error>(self, flaw: PayloadFlaw) -> E {
        self.flaw.set(flaw);
        E::custom("")
    }

    fn inside<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.depth.checked_add(1).filter(|depth| *depth <= MAX_DEPTH) {
            Some(depth) => Ok(Self { depth, ..self }),
            None => Err(self.refuse(PayloadFlaw::Depth)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = Kind;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Kind, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Kind, E> {
        Ok(Kind::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Kind, E> {
        Ok(Kind::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Kind, E> {
        Ok(Kind::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Kind, E> {
        Ok(Kind::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Kind, E> {
        Ok(Kind::Other)
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Kind, A::Error> {
        let inside = self.inside()?;
        while items.next_element_seed(inside)?.is_some() {}
        Ok(Kind::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Kind, A::Error> {
        let inside = self.inside()?;
        let mut seen = BTreeSet::new();
        while let Some(Key(key)) = members.next_key()? {
            if self.depth == 0 && !seen.insert(key) {
                return Err(self.refuse(PayloadFlaw::DuplicateKey));
            }
            members.next_value_seed(inside)?;
        }
        Ok(Kind::Object)
    }
}

/// An object's key, unescaped. `Cow`'s own impl would always allocate.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_str(KeyVisitor).map(Key)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_string()))
    }
}

struct Timestamp;

impl<'de> Visitor<'de> for Timestamp {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut timestamp = None;
        while let Some(Key(key)) = members.next_key()? {
            if key == "timestamp" {
                let Key(text) = members.next_value()?;
                timestamp = Some(text);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(timestamp)
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use super::*;

    #[test]
    fn an_object_passes_and_keeps_its_text() {
        let text =
            r#" {"id":"é\n","n":[1,-0,1e308,123456789012345678901234567890],"o":{"a":1,"a":2}} "#;
        assert_eq!(judge(text.as_bytes()), Ok(text));
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
    fn the_timestamp_is_found_or_not_there() {
        assert_eq!(
            timestamp(r#"{"a":{},"timestamp":"1970-01-01T00:01:00Z"}"#),
            Some(UnixTime::from_secs(60))
        );
        assert_eq!(
            timestamp(r#"{"timest\u0061mp":"1970-01-01T00:01:00Z"}"#),
            Some(UnixTime::from_secs(60))
        );
        assert_eq!(timestamp(r#"{"timestamp":60}"#), None);
        assert_eq!(timestamp(r#"{"timestamp":null}"#), None);
        assert_eq!(timestamp(r#"{"data":{"timestamp":"1970-01-01T00:01:00Z"}}"#), None);
    }
}
