//! The numbers that cross the border to JavaScript.
//!
//! `cargo xtask gen` writes `bindings-node/js/border.ts` from this file, the table of headers and the
//! list of schemes. The numbers are arbitrary: both sides are always built from the same source.

use crate::header::HeaderName;

/// A member of one of the enums below, for the generator of `border.ts`.
pub struct Member {
    /// In upper camel case.
    pub name: &'static str,
    pub number: u8,
    pub about: &'static str,
}

/// Makes an enum whose members have numbers.
macro_rules! numbered {
    ($(#[doc = $about:literal])+ enum $enum:ident {
        $($(#[doc = $doc:literal])+ $(#[cfg($cfg:meta)])? $member:ident = $number:literal,)+
    }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $enum {
            $($(#[doc = $doc])+ $(#[cfg($cfg)])? $member,)+
        }

        impl $enum {
            pub const ABOUT: &'static str = concat!($($about,)+);

            /// Every member with its number.
            pub const MEMBERS: &'static [Member] = &[$($(#[cfg($cfg)])? Member {
                name: stringify!($member),
                number: $number,
                about: concat!($($doc,)+),
            },)+];

            #[must_use]
            pub const fn number(self) -> u8 {
                match self {
                    $($(#[cfg($cfg)])? Self::$member => $number,)+
                }
            }

            #[must_use]
            pub const fn from_number(number: u8) -> Option<Self> {
                match number {
                    $($(#[cfg($cfg)])? $number => Some(Self::$member),)+
                    _ => None,
                }
            }
        }
    };
}

numbered! {
    /// The operation that a call runs.
    enum Operation {
        /// Takes no texts, and needs no webhook. Reports the errors that JavaScript finds itself.
        Faults = 0,
        /// Takes the options of a webhook without secrets, and needs no webhook. Reports `schemes` and `maxBody`.
        Prepare = 1,
        /// Takes `content-encoding`, `content-length` and the number `MaxBody`, and needs no webhook. Reports `length` if one is announced.
        AnnouncedLength = 2,
        /// Takes headers and the time. Reports nothing for an authentic delivery whose body is a JSON object, or empty.
        Verify = 3,
        /// Takes headers and the time. Reports nothing for an authentic delivery, and returns its facts.
        VerifySignature = 4,
        /// Takes headers and the time. Reports where the event's fields are in the body, and returns the facts of the delivery and of the event.
        Unwrap = 5,
        /// Takes an id, the time and optionally a scheme. Reports `signature`.
        Sign = 6,
        /// Takes an id, the time and a scheme. Reports `headers`, including the unsigned ones.
        SentHeaders = 7,
        /// Takes options, secrets, further secrets, the lines of all headers and the time, and needs no webhook. Reports the findings by their codes.
        #[cfg(feature = "diagnosis")]
        Diagnose = 8,
        /// Takes nothing or, for an event of Pivot, `Pivot`, and needs no webhook. Verifies nothing. Reports the same as `Unwrap`.
        Restore = 9,
    }
}

numbered! {
    /// The kind of a text. The value of a header of a scheme has the index of the header as its tag instead.
    enum TextTag {
        /// A signing secret.
        Secret = 0x40,
        /// The label of the next secret.
        Label = 0x41,
        /// The name of a scheme.
        Scheme = 0x42,
        /// An empty text: only the schemes that follow are accepted.
        SchemeList = 0x43,
        /// The name of a key format.
        KeyFormat = 0x44,
        /// An empty text: the endpoint is a Pivot endpoint.
        Pivot = 0x45,
        /// An empty text: any signed time is accepted.
        IgnoreTimestamp = 0x46,
        /// The id of a delivery to sign.
        Id = 0x47,
        /// A line of `content-encoding`.
        ContentEncoding = 0x48,
        /// A line of `content-length`.
        ContentLength = 0x49,
        /// The name of the endpoint in idempotency keys.
        Source = 0x4a,
        /// A secret of another endpoint.
        #[cfg(feature = "diagnosis")]
        OtherSecret = 0x4b,
        /// A secret from before a rotation.
        #[cfg(feature = "diagnosis")]
        PreviousSecret = 0x4c,
        /// The name of a header, whose line is the next text.
        #[cfg(feature = "diagnosis")]
        HeaderName = 0x4d,
        /// A line of the header with the name before it.
        #[cfg(feature = "diagnosis")]
        HeaderLine = 0x4e,
        /// The end of the texts.
        End = 0xff,
    }
}

numbered! {
    /// The index of an input number. NaN means that the number is not set.
    enum Input {
        /// The receiver's time, or the time to sign, in Unix seconds.
        Time = 0,
        /// The tolerance in seconds.
        Tolerance = 1,
        /// The limit of a body's length in bytes.
        MaxBody = 2,
        /// The age limit of an event in seconds.
        MaxEventAge = 3,
    }
}

numbered! {
    /// The index of an output number: a fact of an authentic delivery or its event. NaN means that the number is not set.
    enum Fact {
        /// The index of the scheme.
        Scheme = 0,
        /// The index of the signed id among the texts.
        Id = 1,
        /// The signed time in Unix seconds.
        Timestamp = 2,
        /// The receiver's time minus the signed time, in seconds.
        Skew = 3,
        /// The index of the secret among the secrets, if it has a label.
        Secret = 4,
        /// The index of the unsigned event type among the texts.
        EventType = 5,
        /// The index of the unsigned delivery id among the texts.
        DeliveryId = 6,
        /// Bytes 0 to 3 of the digest in the event's idempotency key, as a number with the most significant byte first.
        Digest0 = 7,
        /// Bytes 4 to 7 of that digest.
        Digest4 = 8,
        /// Bytes 8 to 11 of that digest.
        Digest8 = 9,
        /// Bytes 12 to 15 of that digest.
        Digest12 = 10,
    }
}

/// How many numbers cross the border, in either direction.
pub const NUMBER_COUNT: usize = Fact::MEMBERS.len();

/// The length that marks a text without a value: a header value that can't be encoded as UTF-8.
pub const NO_VALUE: u32 = u32::MAX;

/// The kind of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    /// The value of a header.
    Header(HeaderName),
    /// Any other text.
    Text(TextTag),
}

impl Tag {
    /// The tag of a number, if it has one.
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        match HeaderName::ALL.get(usize::from(number)) {
            Some(name) => Some(Self::Header(*name)),
            None => TextTag::from_number(number).map(Self::Text),
        }
    }
}

const _: () = {
    assert!(Input::MEMBERS.len() <= NUMBER_COUNT, "the numbers that go in fit");
    let first_text = 0x40;
    assert!(HeaderName::ALL.len() <= first_text, "no header has the number of another text");
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_and_inputs_are_counted_from_0() {
        for members in [Fact::MEMBERS, Input::MEMBERS] {
            assert!(members.iter().zip(0..).all(|(member, index)| member.number == index));
        }
    }

    #[test]
    fn every_number_has_one_meaning_or_none() {
        for number in 0..=u8::MAX {
            let is_header = usize::from(number) < HeaderName::ALL.len();
            let text = TextTag::from_number(number);
            assert!(!is_header || text.is_none(), "{number}");
            assert!(text.is_none_or(|text| text.number() == number));
            assert_eq!(Tag::from_number(number).is_some(), is_header || text.is_some());
            let operation = Operation::from_number(number);
            assert!(operation.is_none_or(|operation| operation.number() == number));
        }
    }
}
