//! Checks `content-encoding` and `content-length` of a request before its body is read.

use crate::{error::Error, header::HeaderText};

/// The length that `content-length` announces, if it announces one.
///
/// # Errors
///
/// `header_malformed` for a compressed body, `payload_too_large` for a length over the limit.
pub(crate) fn announced_length<'h, N, V>(
    headers: impl IntoIterator<Item = (N, V)>,
    max_body: usize,
) -> Result<Option<usize>, Error>
where
    N: HeaderText<'h>,
    V: HeaderText<'h>,
{
    let mut announced = AnnouncedLength::default();
    for (name, value) in headers {
        let name = name.header_bytes();
        if name.eq_ignore_ascii_case(b"content-encoding") {
            check_encoding(value.header_bytes())?;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            announced.add(value.header_bytes());
        }
    }
    announced.within(max_body)
}

/// Refuses every coding but `identity`, the only one that leaves the signed bytes unchanged.
pub(crate) fn check_encoding(value: &[u8]) -> Result<(), Error> {
    let is_identity = |coding: &[u8]| coding.is_empty() || coding.eq_ignore_ascii_case(b"identity");
    if elements(value).all(is_identity) { Ok(()) } else { Err(Error::BodyCompressed) }
}

/// The largest length of all lines of `content-length` and of all their elements, so that the
/// verdict is the same where a host joins lines.
#[derive(Default)]
pub(crate) struct AnnouncedLength(Option<usize>);

impl AnnouncedLength {
    /// Adds a line. A value that is not a number announces nothing: the length of the body that
    /// arrives is limited, too.
    pub(crate) fn add(&mut self, value: &[u8]) {
        self.0 = self.0.max(elements(value).filter_map(length).max());
    }

    /// The length, if it is within the limit.
    pub(crate) fn within(self, max_body: usize) -> Result<Option<usize>, Error> {
        if self.0.is_some_and(|length| length > max_body) {
            Err(Error::PayloadTooLarge)
        } else {
            Ok(self.0)
        }
    }
}

fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
}

/// Reads any number of digits. A length that does not fit becomes the greatest one.
fn length(digits: &[u8]) -> Option<usize> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_usize, |length, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        Some(length.saturating_mul(10).saturating_add(digit.try_into().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(headers: &[(&str, &str)]) -> Result<Option<usize>, Error> {
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
