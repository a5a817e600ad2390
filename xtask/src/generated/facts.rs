//! The variables that a template can use: the core's codes and schemes, the numbers of its border to
//! JavaScript, the events of `core/events.json`, and what the stores of idempotency share.

use std::collections::BTreeMap;

use pivotal_webhooks::{
    Dialect, DumpError, ErrorCode, EventFlaw, Finding, PayloadFlaw, Scheme,
    binding::{
        Options,
        javascript::{self, Fact, Input, Member, Operation, TextTag},
    },
};
use serde_json::{Value, json};

use crate::catalogue::{Catalogue, Event, Field, Object, Sender};

/// The variables of every template.
pub(super) fn all(catalogue: &Catalogue, idempotency: Value) -> Value {
    let answers: BTreeMap<u16, &str> =
        ErrorCode::ALL.iter().map(|code| (code.info().status, code.info().answer)).collect();
    json!({
        "idempotency": idempotency,
        "schemes": scheme_names(Scheme::ALL),
        "header_names": javascript::header_names(),
        "border": [
            numbered("Operation", Operation::ABOUT, Operation::MEMBERS),
            numbered("TextTag", TextTag::ABOUT, TextTag::MEMBERS),
            numbered("Input", Input::ABOUT, Input::MEMBERS),
            numbered("Fact", Fact::ABOUT, Fact::MEMBERS),
        ],
        "input_count": Input::MEMBERS.len(),
        "number_count": javascript::NUMBER_COUNT,
        "no_value": javascript::NO_VALUE,
        "longest_line": javascript::LONGEST_LINE,
        "codes": list(ErrorCode::ALL, code),
        "findings": list(Finding::all(), |finding| finding_texts(&finding)),
        "answers": list(&answers, |(status, text)| json!({ "status": status, "text": text })),
        "payload_reasons": list(PayloadFlaw::ALL, |flaw| {
            json!({ "name": flaw.as_str(), "message": flaw.message() })
        }),
        "event_reasons": list(EventFlaw::ALL, |flaw| {
            json!({ "name": flaw.as_str(), "message": flaw.message() })
        }),
        "dump_errors": list(DumpError::ALL, |error| {
            json!({ "code": error.code(), "message": error.message(), "help": error.help() })
        }),
        "objects": list(&catalogue.objects, |one| object(catalogue, one)),
        "senders": list(&catalogue.senders, |one| sender(catalogue, one)),
        "events": list(catalogue.events(), |(sender, one)| event(catalogue, sender, one)),
    })
}

fn list<T>(items: impl IntoIterator<Item = T>, describe: impl Fn(T) -> Value) -> Value {
    items.into_iter().map(describe).collect()
}

/// An enum of the border to JavaScript.
fn numbered(name: &str, about: &str, members: &[Member]) -> Value {
    let member = |member: &Member| json!({ "name": member.name, "number": member.number, "about": member.about.trim() });
    json!({ "name": name, "about": about.trim(), "members": list(members, member) })
}

fn code(code: &ErrorCode) -> Value {
    let info = code.info();
    json!({
        "name": code.as_str(),
        "is_authentic": code.is_authentic(),
        "is_configuration": code.is_configuration(),
        "status": info.status,
        "message": info.message.in_dialect(Dialect::Python).to_string(),
        "help": info.help.in_dialect(Dialect::Python).to_string(),
    })
}

fn finding_texts(finding: &Finding) -> Value {
    json!({
        "code": finding.code(),
        "subject": finding.code().split('_').next(),
        "message": finding.message(Dialect::Python).to_string(),
        "help": finding.help().in_dialect(Dialect::Python).to_string(),
    })
}

fn object(catalogue: &Catalogue, object: &Object) -> Value {
    let of_object = |event: &Event| event.object.as_ref() == Some(&object.name);
    let kinds = catalogue.events().filter(|(_, event)| of_object(event));
    json!({
        "name": object.name,
        "type": object.type_name(),
        "about": object.about,
        "fields": list(&object.fields, field),
        "has_required": object.has_required(),
        "aliases": list(object.fields.iter().filter(|field| field.alias.is_some()), field),
        "kinds": list(kinds, |(_, event)| event.kind().into()),
    })
}

fn field(field: &Field) -> Value {
    json!({
        "name": field.name,
        "alias": field.alias,
        "type": field.json,
        "format": field.format,
        "example": field.example.to_string(),
        "about": field.about,
        "required": field.required,
        "rest": field.rest,
    })
}

fn sender(catalogue: &Catalogue, sender: &Sender) -> Value {
    let shown =
        sender.events.iter().find(|event| event.example.len() > 1).or(sender.events.first());
    json!({
        "name": sender.name,
        "title": sender.title,
        "source": sender.source,
        "about": sender.about,
        // The first sender's is the plain name.
        "unknown": if sender.name == "pivot" { "UnknownPivotEvent" } else { "UnknownEvent" },
        "has_previous": sender.has_previous(),
        "schemes": schemes_of(sender),
        "envelope": sender.envelope,
        "fields": list(&sender.envelope, |field| field.name.clone().into()),
        "events": list(&sender.events, |one| event(catalogue, sender, one)),
        "example": shown.map(|event| format!("{:#}", sender.body(event))),
    })
}

/// The schemes that an endpoint of this sender accepts by default.
fn schemes_of(sender: &Sender) -> Value {
    let options = Options { pivot: sender.name == "pivot", ..Options::default() };
    let schemes: Vec<_> =
        options.prepare().map(|webhook| webhook.schemes().collect()).unwrap_or_default();
    scheme_names(&schemes)
}

fn scheme_names(schemes: &[Scheme]) -> Value {
    list(schemes, |scheme| scheme.as_str().into())
}

fn event(catalogue: &Catalogue, sender: &Sender, event: &Event) -> Value {
    json!({
        "type": event.name,
        "kind": event.kind(),
        "sender": sender.title,
        "sentence": event.sentence(),
        "when": event.when,
        "documented": event.documented,
        "object": event.object,
        "record": catalogue.object(event).map(Object::type_name),
        "previous": event.previous(),
        "may_have_previous": sender.has_previous() && !event.never_has_previous(),
    })
}
