//! The result of validation: the members of an object, each with its JSON text.

use alloc::{borrow::Cow, vec::Vec};

use super::unescape::unescape;

/// A JSON object: its text, and its members in the order of the text.
pub(crate) struct Object<'t> {
    pub(crate) text: &'t str,
    pub(crate) members: Vec<Member<'t>>,
}

/// A member of an object, its name unescaped.
pub(crate) struct Member<'t> {
    pub(crate) name: Cow<'t, str>,
    pub(crate) value: Value<'t>,
    /// Members of `value` if it is an object directly inside the outermost one, else empty. Names
    /// may repeat among them.
    pub(crate) members: Vec<Self>,
}

impl<'t> Object<'t> {
    /// The member with this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Member<'t>> {
        find(&self.members, name)
    }
}

/// The first member with this name.
pub(crate) fn find<'m, 't>(members: &'m [Member<'t>], name: &str) -> Option<&'m Member<'t>> {
    members.iter().find(|member| member.name == name)
}

/// A validated value, as its JSON text.
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

    /// The string without quotes and escapes, if it is one.
    pub(crate) fn string(self) -> Option<Cow<'t, str>> {
        self.0.strip_prefix('"')?.strip_suffix('"').map(unescape)
    }

    pub(crate) fn is_object(self) -> bool {
        self.0.starts_with('{')
    }
}
