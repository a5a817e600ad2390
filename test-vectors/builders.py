"""Builders of the topics: an ordinary delivery per scheme, and what a vector can expect of it."""

import base64
import hashlib
import hmac

# Obviously test values, all of them.
KEY = b"a test signing key of 32 bytes!!"
OLD_KEY = b"the previous test key, 32 bytes!"
STRANGER_KEY = b"a key that no endpoint here has."


def b64(data):
    return base64.b64encode(data).decode("ascii")


def whsec(key):
    return "whsec_" + b64(key)


SECRET = whsec(KEY)
TEXT_KEY = SECRET.encode()
OLD_SECRET = whsec(OLD_KEY)
STRANGER_SECRET = whsec(STRANGER_KEY)
PIVOT_SECRET = "pivot-test-secret-for-vectors"
PIVOT_KEY = PIVOT_SECRET.encode()

ID = "msg_1"
AT = 1750000000
EVENT = '{"id":"evt_1"}'
PIVOT_EVENT = '{"subject":"r1"}'


# Bodies, which are bytes


def utf8(text):
    return text.encode()


BODY = utf8(EVENT)
PIVOT_BODY = utf8(PIVOT_EVENT)


# Endpoints


def secrets(*texts, **labelled):
    return [{"secret": text} for text in texts] + [
        {"secret": text, "label": label} for label, text in labelled.items()
    ]


def pivotal(*texts, **options):
    """A Pivotal endpoint with the test secret, or with the secrets given."""
    return {"endpoint": "pivotal", "secrets": secrets(*(texts or (SECRET,))), **options}


def pivot(*texts, **options):
    """A Pivot endpoint with the test secret, or with the secrets given."""
    return {
        "endpoint": "pivot",
        "secrets": secrets(*(texts or (PIVOT_SECRET,))),
        **options,
    }


# Signing


def mac(key, content):
    return hmac.new(key, content, hashlib.sha256).digest()


def svix_mac(body=BODY, id=ID, at=AT, key=KEY):
    return mac(key, f"{id}.{at}.".encode() + body)


def pivotal_mac(body=BODY, at=AT, key=TEXT_KEY):
    return mac(key, f"{at}.".encode() + body)


def pivot_mac(body=PIVOT_BODY, key=PIVOT_KEY):
    return mac(key, body)


def v1(tag):
    return "v1," + b64(tag)


def svix_headers(signature, id=ID, at=AT, family="svix"):
    return [
        [f"{family}-id", id],
        [f"{family}-timestamp", str(at)],
        [f"{family}-signature", signature],
    ]


def svix(body=BODY, id=ID, at=AT, key=KEY, family="svix"):
    """The headers of a genuine `svix` delivery."""
    return svix_headers(v1(svix_mac(body, id, at, key)), id, at, family)


def pivotal_signature(body=BODY, at=AT, key=TEXT_KEY):
    return f"v1,t={at},sig={b64(pivotal_mac(body, at, key))}"


def pivotal_headers(signature):
    return [["pivotal-signature", signature]]


def pivotal_delivery(body=BODY, at=AT, key=TEXT_KEY):
    """The headers of a genuine `pivotal` delivery, without the unsigned ones."""
    return pivotal_headers(pivotal_signature(body, at, key))


def pivot_headers(signature):
    return [["x-pivot-signature", signature]]


def pivot_delivery(body=PIVOT_BODY, key=PIVOT_KEY):
    """The headers of a genuine `pivot` delivery."""
    return pivot_headers(pivot_mac(body, key).hex())


# Expectations

OPENED = {"ok": {}}
PARSED = {"ok": {}}


def accepted_svix(id=ID, timestamp=AT, label=None):
    return accepted("svix", id, timestamp, label)


def accepted_pivotal(timestamp=AT, label=None, event_type=None, delivery_id=None):
    return accepted("pivotal", None, timestamp, label, event_type, delivery_id)


def accepted_pivot(label=None):
    return accepted("pivot", None, None, label)


def accepted(scheme, id, timestamp, label, event_type=None, delivery_id=None):
    return {
        "ok": {
            "scheme": scheme,
            "id": id,
            "timestamp": timestamp,
            "label": label,
            "event_type": event_type,
            "delivery_id": delivery_id,
        }
    }


def signed(signature):
    return {"ok": {"signature": signature}}


def unwrapped(
    type,
    listed=True,
    id=None,
    idempotency_key=None,
    created_at=None,
    created_at_micros=None,
    org_id=None,
    space_id=None,
    livemode=None,
    api_version=None,
    subject=None,
    object="data.object",
    renamed=(),
    previous_attributes=False,
    extra=(),
):
    return {
        "ok": {
            "type": type,
            "listed": listed,
            "id": id,
            "idempotency_key": idempotency_key,
            "created_at": created_at,
            "created_at_micros": created_at_micros,
            "org_id": org_id,
            "space_id": space_id,
            "livemode": livemode,
            "api_version": api_version,
            "subject": subject,
            "object": object,
            "renamed": dict(renamed),
            "previous_attributes": previous_attributes,
            "extra": list(extra),
        }
    }


def idempotency_key(webhook, id, body):
    """The key of an event with this id, or without one."""
    identity = b"body\0" + body if id is None else b"id\0" + id.encode()
    source = webhook.get("source", webhook["endpoint"])
    return f"{source}_{hashlib.sha256(identity).hexdigest()[:32]}"


def refused(code, **details):
    return {"error": {"code": code, **details}}


def mismatch(header="svix-signature"):
    return refused("signature_mismatch", header=header)


def unreadable(reason):
    return refused("payload_malformed", reason=reason)


def malformed(path, reason):
    return refused("event_malformed", path=path, reason=reason)


PIVOTAL_MISMATCH = mismatch("pivotal-signature")
PIVOT_MISMATCH = mismatch("x-pivot-signature")
TYPE_MISMATCH = refused("event_type_mismatch", header="pivotal-event")


# Topics


class Topic:
    """The cases of one file."""

    schema = "vectors.schema.json"

    def __init__(self, name, about):
        self.name = name
        self.about = about
        self.cases = []

    def construct(self, name, why, webhook, expect, threats=()):
        self.add(name, why, threats, "construct", webhook, expect=expect)

    def verify_signature(
        self, name, why, headers, expect, body=BODY, webhook=None, now=AT, threats=()
    ):
        self.add(
            name,
            why,
            threats,
            "verify_signature",
            webhook or pivotal(),
            now=now,
            headers=headers,
            body=body,
            expect=expect,
        )

    def verify(self, name, why, headers, expect, body=BODY, webhook=None, now=AT, threats=()):
        self.add(
            name,
            why,
            threats,
            "verify",
            webhook or pivotal(),
            now=now,
            headers=headers,
            body=body,
            expect=expect,
        )

    def unwrap(self, name, why, headers, expect, body=BODY, webhook=None, now=AT, threats=()):
        event = expect.get("ok")
        if event is not None and event["idempotency_key"] is None:
            key = idempotency_key(webhook or pivotal(), event["id"], body)
            expect = {"ok": {**event, "idempotency_key": key}}
        self.add(
            name,
            why,
            threats,
            "unwrap",
            webhook or pivotal(),
            now=now,
            headers=headers,
            body=body,
            expect=expect,
        )

    def restore(self, name, why, dump, expect, webhook=None, threats=()):
        self.add(name, why, threats, "restore", webhook or pivotal(), body=dump, expect=expect)

    def sign(
        self,
        name,
        why,
        expect,
        id=ID,
        timestamp=AT,
        scheme=None,
        body=BODY,
        webhook=None,
        threats=(),
    ):
        wanted = {"id": id, "timestamp": timestamp}
        if scheme is not None:
            wanted = {"scheme": scheme, **wanted}
        self.add(
            name,
            why,
            threats,
            "sign",
            webhook or pivotal(),
            body=body,
            sign=wanted,
            expect=expect,
        )

    def add(self, name, why, threats, do, webhook, **rest):
        self.cases.append(
            {
                "name": name,
                "why": why,
                "threats": list(threats),
                "do": do,
                "webhook": webhook,
                **rest,
            }
        )
