//! Validates a body as strict JSON and locates the members of its outermost object, without building
//! values.
//!
//! The default parsers of all hosts read the same value from a body that is accepted here; only the
//! precision of numbers differs. Grammar: RFC 8259.

mod number;
mod scanner;
mod unescape;
mod value;

use crate::error::Error;
use scanner::parse_document;
pub(crate) use value::{Member, Object, Value, find};

/// The body's outermost object. The body must be strict JSON, nested no deeper than 127, and its
/// outermost object must have distinct keys.
pub(crate) fn validate(body: &[u8]) -> Result<Object<'_>, Error> {
    parse_document(body).map_err(|flaw| Error::PayloadMalformed { flaw })
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String, vec::Vec};

    use proptest::prelude::*;

    use super::*;
    use crate::error::PayloadFlaw;

    fn flaw_or_text(body: &[u8]) -> Result<&str, PayloadFlaw> {
        parse_document(body).map(|object| object.text)
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
            (br#"{"a":1e400}"#, PayloadFlaw::NumberOutOfRange),
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
        let run = || validate(format!(r#"{{"a":{}"#, "[{\"a\":".repeat(5_000)).as_bytes()).is_err();
        let thread = std::thread::Builder::new().stack_size(256 * 1024).spawn(run).unwrap();
        assert!(thread.join().unwrap());
    }

    #[test]
    fn a_hundred_thousand_keys_are_compared() {
        let members: String = (0..100_000).map(|n| format!("\"{n}\":0,")).collect();
        let distinct = format!("{{{members}\"x\":0}}");
        assert_eq!(flaw_or_text(distinct.as_bytes()), Ok(distinct.as_str()));
        let repeated = format!("{{{members}\"99999\":0}}");
        assert_eq!(flaw_or_text(repeated.as_bytes()), Err(PayloadFlaw::DuplicateKey));
    }

    #[test]
    fn members_are_named_without_escapes_and_kept_as_text() {
        let text = " {\"\\u0061\\\\\\\"\\n\" : [1, {\"b\":\"}\"}] ,\"\":\"x\\ud83d\\ude80\\\\\\\\y\",\"n\":null, \"t\":true}\n";
        let object = parse_document(text.as_bytes()).unwrap();
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
            let result = flaw_or_text(format!("{{\"a\":{number}}}").as_bytes()).map(drop);
            assert_eq!(result.is_ok(), finite, "{number}");
        }
    }

    /// Text that is sometimes JSON, and otherwise nearly JSON.
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
                Err(PayloadFlaw::Syntax | PayloadFlaw::NumberOutOfRange) => prop_assert!(theirs.is_err()),
                Err(PayloadFlaw::NotAnObject) => prop_assert!(theirs.is_ok_and(|value| !value.is_object())),
                Err(flaw) => prop_assert_eq!(flaw, PayloadFlaw::DuplicateKey),
            }
        }

        #[test]
        fn what_was_written_is_read_again(value in json()) {
            let text = format!("{{\"a\": {value} , \"b\":{value}}}");
            let object = parse_document(text.as_bytes()).unwrap();
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
