"""Dumps: events that were verified in one process and are restored in another."""

import json

from builders import AT, Topic, idempotency_key, pivot, pivotal, refused, unwrapped, utf8

topic = Topic(
    "dumps",
    "A dump carries a verified event through a queue: a line of facts about its delivery, and its "
    "body. Nothing is verified when it is restored.",
)

BODY = '{"id":"evt_1","type":"task.completed","data":{"object":{"name":"Ren\u00e9e"}}}'
PIVOT_BODY = '{"eventType":"message_sent","data":{"messageId":"m1"}}'

FACTS = {
    "unsigned_id": None,
    "dump": 1,
    "unsigned_type": None,
    "id": "msg_1",
    "label": None,
    "scheme": "svix",
    "skew": 2,
    "source": "pivotal",
    "timestamp": AT,
}
PIVOT_FACTS = {
    **FACTS,
    "id": None,
    "scheme": "pivot",
    "skew": None,
    "source": "pivot",
    "timestamp": None,
}


def dump(facts=FACTS, body=BODY, **changed):
    """The dump of an event. A fact that is `...` is left out."""
    facts = {**facts, "length": len(utf8(body)), **changed}
    facts = {name: facts[name] for name in sorted(facts) if facts[name] is not ...}
    return utf8(json.dumps(facts, ensure_ascii=False, separators=(",", ":")) + "\n" + body)


def restores(name, why, dumped, type="task.completed", id="evt_1", body=BODY, **options):
    endpoint, source = options.pop("endpoint", pivotal), options.pop("source", None)
    webhook = endpoint() if source is None else endpoint(source=source)
    key = idempotency_key(webhook, id, utf8(body))
    expect = unwrapped(type, id=id, idempotency_key=key, **options)
    topic.restore(f"dump-{name}", why, dumped, expect, endpoint())


restores("of-an-event-of-pivotal-is-restored", "All facts have their usual form.", dump())
restores(
    "of-an-event-of-pivot-is-restored",
    "The scheme pivot signs no id and no time, so that three facts are null.",
    dump(PIVOT_FACTS, PIVOT_BODY),
    "message_sent",
    None,
    PIVOT_BODY,
    endpoint=pivot,
    object="data",
    renamed={"messageId": "message_id"},
)
restores(
    "keeps-the-source-of-the-endpoint",
    "The idempotency key is the same in the worker as in the receiver.",
    dump(source="eu-1_crm"),
    source="eu-1_crm",
)
restores(
    "keeps-a-label-and-unsigned-headers",
    "Quotation marks, backslashes, tabs and letters beyond ASCII are written as JSON writes them.",
    dump(
        scheme="pivotal",
        id=None,
        label='the \\ "n\u00e9w"\tsecret \U0001f511',
        unsigned_type="task.completed",
        unsigned_id="msg_1",
    ),
)
restores("keeps-a-negative-skew", "The signed time can be ahead of the clock.", dump(skew=-300))
restores(
    "of-a-type-that-is-not-listed-is-restored",
    "A sender may add types, and a worker gets the event as a receiver does.",
    dump(body='{"id":"evt_1","type":"brand.new","data":{}}'),
    "brand.new",
    body='{"id":"evt_1","type":"brand.new","data":{}}',
    listed=False,
    object="data",
)
spaced = ' {"id" : "evt_1",\n"type":"task.completed","data":{"object":{}}}\n'
restores(
    "keeps-line-feeds-of-the-body",
    "Only the first line feed ends the facts; the bytes of the body are kept.",
    dump(body=spaced),
    body=spaced,
)


def refuses(name, why, dumped, code, endpoint=pivotal):
    topic.restore(f"dump-{name}", why, dumped, refused(code), endpoint())


WHOLE = dump()
for name, why, dumped in [
    ("that-is-empty", "Empty bytes have no line of facts.", b""),
    ("without-a-line-feed", "No line of facts ends.", WHOLE.replace(b"\n", b" ")),
    ("that-is-a-body-alone", "The first line of a body has no facts.", utf8(BODY + "\n")),
    ("cut-inside-its-facts", "The line of facts has no end.", WHOLE[:40]),
    ("whose-facts-are-a-list", "The facts are an object.", b"[1]\n" + utf8(BODY)),
    ("whose-facts-are-null", "The facts are an object.", b"null\n" + utf8(BODY)),
    ("whose-facts-are-no-json", "The line of facts is JSON.", WHOLE[1:]),
    (
        "whose-facts-are-not-utf8",
        "The line of facts is UTF-8.",
        WHOLE.replace(b"msg_1", b"msg_\xff"),
    ),
    ("without-a-version", "The member dump is the version.", dump(dump=...)),
    ("whose-version-is-a-text", "The version is a number.", dump(dump="1")),
    ("whose-version-is-null", "The version is a number.", dump(dump=None)),
]:
    refuses(f"{name}-is-unreadable", why, dumped, "dump_unreadable")
for version in (0, 2):
    refuses(
        f"of-version-{version}-is-refused",
        "This library reads version 1 alone.",
        dump(dump=version),
        "dump_version",
    )
refuses(
    "of-a-later-version-may-have-other-facts",
    "The version is judged before the facts.",
    dump(dump=2, scheme=..., source=7),
    "dump_version",
)
for fact in (
    "scheme",
    "source",
    "id",
    "timestamp",
    "skew",
    "label",
    "unsigned_type",
    "unsigned_id",
):
    refuses(
        f"without-the-fact-{fact.replace('_', '-')}-is-refused",
        "A fact that is unknown is null, and no fact is absent.",
        dump(**{fact: ...}),
        "dump_facts",
    )
refuses(
    "without-the-fact-length-is-refused",
    "The length tells whether the body is complete.",
    dump(length=...),
    "dump_facts",
)
for fact, value in [
    ("scheme", None),
    ("scheme", "svx"),
    ("source", None),
    ("source", 7),
    ("id", 7),
    ("timestamp", "1750000000"),
    ("timestamp", -1),
    ("skew", "2"),
    ("skew", 1.5),
    ("label", {}),
    ("unsigned_type", False),
    ("unsigned_id", []),
    ("length", None),
    ("length", -1),
]:
    form = json.dumps(value).strip('"').replace("{}", "object").replace("[]", "array")
    form = form.replace("-", "minus-").replace(".", "-")
    refuses(
        f"whose-{fact.replace('_', '-')}-is-{form}-is-refused",
        "Each fact has its type.",
        dump(**{fact: value}),
        "dump_facts",
    )
refuses(
    "of-pivot-is-refused-as-one-of-pivotal",
    "A worker that expects events of Pivotal has no code for those of Pivot.",
    dump(PIVOT_FACTS, PIVOT_BODY),
    "dump_sender",
)
refuses(
    "of-pivotal-is-refused-as-one-of-pivot",
    "A worker that expects events of Pivot has no code for those of Pivotal.",
    dump(),
    "dump_sender",
    pivot,
)
refuses("cut-inside-its-body-is-refused", "A queue cut a long message.", WHOLE[:-1], "dump_length")
refuses(
    "with-a-byte-after-its-body-is-refused",
    "A queue of lines added a line feed, and the bytes are not those that were verified.",
    WHOLE + b"\n",
    "dump_length",
)
for name, why, body in [
    ("an-empty-body", "An event has a body.", ""),
    ("a-body-that-is-no-json", "The body was changed on its way.", BODY.replace("{", "(")),
    ("a-body-without-a-type", "An event has a type.", '{"id":"evt_1","data":{}}'),
    ("a-body-of-the-other-sender", "Its fields have other names.", PIVOT_BODY),
    ("a-body-with-two-ids", "Two parsers could read two events.", BODY[:-1] + ',"id":"evt_2"}'),
]:
    refuses(f"with-{name}-is-refused", why, dump(body=body), "dump_event")
refuses(
    "with-a-body-that-is-not-utf8-is-refused",
    "The body of an event is UTF-8.",
    WHOLE.replace(utf8("\u00e9"), b"\xff\xfe"),
    "dump_event",
)
refuses(
    "with-another-unsigned-type-is-refused",
    "A receiver refuses a delivery whose unsigned header names another type.",
    dump(scheme="pivotal", id=None, unsigned_type="task.created"),
    "dump_event",
)
