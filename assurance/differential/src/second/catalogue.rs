//! The catalogue of events, as `core/events.json` has it.

use std::sync::LazyLock;

use serde_json::Value;

static CATALOGUE: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../../core/events.json")).unwrap_or_default()
});

/// The items of the list of that name.
pub(super) fn items<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

/// The text of that name, or an empty one.
pub(super) fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

pub(super) fn sender(name: &str) -> &'static Value {
    find(&CATALOGUE, "senders", "name", name).unwrap_or(&Value::Null)
}

pub(super) fn is_listed(sender: &str, event_type: &str) -> bool {
    find(self::sender(sender), "events", "type", event_type).is_some()
}

/// The other names of the fields of an event's record, each with the name that is presented.
pub(super) fn aliases(sender: &str, event_type: &str) -> Vec<(&'static str, &'static str)> {
    let event = find(self::sender(sender), "events", "type", event_type);
    let object = event.and_then(|event| find(&CATALOGUE, "objects", "name", text(event, "object")));
    let fields = object.map_or(&[][..], |object| items(object, "fields"));
    fields
        .iter()
        .filter(|field| field.get("alias").is_some())
        .map(|field| (text(field, "alias"), text(field, "name")))
        .collect()
}

fn find(value: &'static Value, list: &str, name: &str, wanted: &str) -> Option<&'static Value> {
    items(value, list).iter().find(|item| text(item, name) == wanted)
}
