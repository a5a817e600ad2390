//! Reasons why an authentic body is refused, and the path of the field that is malformed.

use core::fmt;

use super::{ErrorCode, Text};

/// Why an authentic body is not the JSON of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PayloadFlaw {
    /// It is not UTF-8.
    Utf8,
    /// It is not strict JSON. An escape of half a surrogate pair is not strict either.
    Syntax,
    /// A number is beyond the range of a double.
    NumberOutOfRange,
    /// Arrays and objects are nested more than 127 deep.
    Depth,
    /// A key appears twice in the outermost object.
    DuplicateKey,
    /// It is JSON, but not an object.
    NotAnObject,
    /// `max_event_age` is set, and the body's own `timestamp` is missing or not RFC 3339.
    Timestamp,
}

impl PayloadFlaw {
    /// Every flaw, in the order of the checks.
    pub const ALL: &'static [Self] = &[
        Self::Utf8,
        Self::Syntax,
        Self::NumberOutOfRange,
        Self::Depth,
        Self::DuplicateKey,
        Self::NotAnObject,
        Self::Timestamp,
    ];

    /// The flaw's stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf8",
            Self::Syntax => "syntax",
            Self::NumberOutOfRange => "number_out_of_range",
            Self::Depth => "depth",
            Self::DuplicateKey => "duplicate_key",
            Self::NotAnObject => "not_an_object",
            Self::Timestamp => "timestamp",
        }
    }

    /// What is wrong, as the end of a sentence about the body.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Utf8 => "is not UTF-8",
            Self::Syntax => "is not strict JSON",
            Self::NumberOutOfRange => "has a number beyond the range of a double",
            Self::Depth => "is nested more than 127 deep",
            Self::DuplicateKey => "has the same key twice in its outermost object",
            Self::NotAnObject => "is not a JSON object",
            Self::Timestamp => "has no RFC 3339 `timestamp`, so its age can't be checked",
        }
    }

    pub(crate) const fn help(self) -> Text {
        match self {
            Self::Syntax => Text(
                "the sender signed a body that is not strict JSON; NaN and escapes of half a \
                 surrogate pair are refused too, because parsers disagree on them",
            ),
            Self::NumberOutOfRange => Text(
                "the sender signed a number of 1.8e308 or more, which parsers read differently or \
                 not at all; report it to the sender",
            ),
            Self::Timestamp => Text(
                "{max_event_age} needs the `timestamp` in the body; do not set it for events that \
                 carry none",
            ),
            _ => ErrorCode::PayloadMalformed.info().help,
        }
    }
}

/// What is wrong with a field of an authentic event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventFlaw {
    /// It is required, and absent or null.
    Missing,
    /// It has another JSON type.
    WrongType,
    /// It is an empty string.
    Empty,
    /// It is not an RFC 3339 date-time of the years 1 to 9999.
    NotRfc3339,
    /// It appears twice, so that two parsers could read two events.
    Duplicated,
}

impl EventFlaw {
    /// Every flaw.
    pub const ALL: &'static [Self] =
        &[Self::Missing, Self::WrongType, Self::Empty, Self::NotRfc3339, Self::Duplicated];

    /// The flaw's stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::WrongType => "wrong_type",
            Self::Empty => "empty",
            Self::NotRfc3339 => "not_rfc3339",
            Self::Duplicated => "duplicated",
        }
    }

    /// What is wrong, as the end of a sentence about the field.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Missing => "is missing or null",
            Self::WrongType => "has the wrong JSON type",
            Self::Empty => "is empty",
            Self::NotRfc3339 => "is not an RFC 3339 date-time of the years 1 to 9999",
            Self::Duplicated => "appears twice",
        }
    }
}

/// The names that lead to a field, from the outermost object inwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldPath([&'static str; 3]);

impl FieldPath {
    /// A field of the outermost object.
    pub(crate) const fn of(name: &'static str) -> Self {
        Self([name, "", ""])
    }

    /// A field inside the object of this one.
    #[must_use]
    pub(crate) fn then(self, name: &'static str) -> Self {
        match self.0 {
            [first, "", _] => Self([first, name, ""]),
            [first, second, _] => Self([first, second, name]),
        }
    }

    /// The names that lead to the field, outermost first.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        self.0.into_iter().take_while(|name| !name.is_empty())
    }
}

/// The names, joined by full stops.
impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, name) in self.names().enumerate() {
            f.write_str(if at == 0 { "" } else { "." })?;
            f.write_str(name)?;
        }
        Ok(())
    }
}
