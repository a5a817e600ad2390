//! What the headers of a request say about its body, before the body is read.

use crate::{encoding, error::Error, header::HeaderText};

/// The length that `content-length` announces, if it announces one.
///
/// Every line and every element of a list counts, so that the verdict is the same where a host
/// joins lines. The largest length counts. A value that is not a number announces nothing: whoever
/// reads the body has to limit it anyway. The only coding that leaves the signed bytes unchanged is
/// `identity`.
pub(crate) fn announced_length<'h, N, V>(
    headers: impl IntoIterator<Item = (N, V)>,
    max_body: usize,
) -> Result<Option<u64>, Error>
where
    N: HeaderText<'h>,
    V: HeaderText<'h>,
{
    let mut announced = None;
    for (name, value) in headers {
        let name = name.header_bytes();
        let value = value.header_bytes();
        let elements = || value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        if name.eq_ignore_ascii_case(b"content-encoding") {
            let is_unchanged =
                |coding: &[u8]| coding.is_empty() || coding.eq_ignore_ascii_case(b"identity");
            if !elements().all(is_unchanged) {
                return Err(Error::BodyCompressed);
            }
        } else if name.eq_ignore_ascii_case(b"content-length") {
            announced = announced.max(elements().filter_map(length).max());
        }
    }
    let is_too_long = |length| usize::try_from(length).map_or(true, |length| length > max_body);
    if announced.is_some_and(is_too_long) { Err(Error::PayloadTooLarge) } else { Ok(announced) }
}

/// Reads any number of digits. Lengths beyond `u64` become its maximum.
fn length(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    let significant = digits.get(zeros..)?;
    if significant.len() > 19 { Some(u64::MAX) } else { encoding::parse_digits(significant) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(headers: &[(&str, &str)]) -> Result<Option<u64>, Error> {
        announced_length(headers.iter().copied(), 100)
    }

    #[test]
    fn only_identity_leaves_a_body_uncompressed() {
        for unchanged in ["", "identity", " Identity ", "identity, IDENTITY", ",", "identity,"] {
            assert_eq!(announced(&[("Content-Encoding", unchanged)]), Ok(None), "{unchanged:?}");
        }
        for coding in
            ["gzip", "GZIP", "br", "identity, gzip", "gzip, identity", "x", "identity;q=1"]
        {
            let refused = announced(&[("content-encoding", coding)]);
            assert_eq!(refused, Err(Error::BodyCompressed), "{coding:?}");
        }
        let lines = [("content-encoding", "identity"), ("content-encoding", "deflate")];
        assert_eq!(announced(&lines), Err(Error::BodyCompressed));
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_the_body_is_read() {
        for (length, expected) in [
            ("0", Ok(Some(0))),
            ("100", Ok(Some(100))),
            (" 100 ", Ok(Some(100))),
            ("0000000000000000000000000100", Ok(Some(100))),
            ("7, 7", Ok(Some(7))),
            ("101", Err(Error::PayloadTooLarge)),
            ("7, 101", Err(Error::PayloadTooLarge)),
            ("18446744073709551616", Err(Error::PayloadTooLarge)),
            ("99999999999999999999999999999999", Err(Error::PayloadTooLarge)),
        ] {
            assert_eq!(announced(&[("CONTENT-LENGTH", length)]), expected, "{length:?}");
        }
        let lines = [("content-length", "1"), ("content-length", "101")];
        assert_eq!(announced(&lines), Err(Error::PayloadTooLarge));
    }

    #[test]
    fn a_malformed_length_announces_nothing() {
        for length in ["", " ", "-1", "+1", "1.0", "1e9", "0x1", "1 0", "١٠", "abc", ","] {
            assert_eq!(announced(&[("content-length", length)]), Ok(None), "{length:?}");
        }
        assert_eq!(announced(&[("content-length", "abc, 7")]), Ok(Some(7)));
        assert_eq!(announced(&[]), Ok(None));
    }
}
