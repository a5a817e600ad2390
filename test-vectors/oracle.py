"""A second verifier, written from the rules in the simplest way; it shares no code with the core.

It computes HMAC from its definition, decodes base64 bit by bit, and reads JSON by recursive
descent. `outcome(case)` returns the expected result of a case; the generator compares it with the
expectation in the case.
"""

import datetime
import hashlib
import json
import pathlib
import re
import unicodedata

DEFAULT_TOLERANCE = 300
DEFAULT_MAX_BODY = 1024 * 1024
SIGNATURE_HEADERS = {
    "svix": ["svix-signature", "webhook-signature"],
    "pivotal": ["pivotal-signature"],
    "pivot": ["x-pivot-signature"],
}
ROOT = pathlib.Path(__file__).resolve().parent.parent
CATALOGUE = json.loads((ROOT / "core" / "events.json").read_bytes())
KEY = json.loads((ROOT / "idempotency" / "key.json").read_bytes())


class RefusedError(Exception):
    """The one way to say no: a code and what belongs to it."""

    def __init__(self, code, **details):
        super().__init__(code)
        self.error = {"code": code, **details}


def outcome(case):
    """What the case comes to: `{"ok": …}` or `{"error": …}`."""
    try:
        webhook = open_webhook(case["webhook"])
        if case["do"] == "construct":
            return {"ok": {}}
        body = case["body"]
        if case["do"] == "restore":
            return {"ok": restore(case["webhook"]["endpoint"], body)}
        if case["do"] == "sign":
            return {"ok": {"signature": sign(webhook, case["sign"], body)}}
        verified = verify_signature(webhook, body, case["headers"], case["now"])
        if case["do"] == "verify":
            judge_json(body)
            return {"ok": {}}
        if case["do"] == "unwrap":
            event = read_event(case["webhook"]["endpoint"], body)
            event["idempotency_key"] = idempotency_key(webhook["source"], event["id"], body)
            if verified["scheme"] == "pivotal":
                compare_types(event["type"], collect_fields(case["headers"]))
            return {"ok": event}
        return {"ok": verified}
    except RefusedError as refused:
        return {"error": refused.error}


# Construction


def open_webhook(given):
    pivot = given["endpoint"] == "pivot"
    schemes = check_schemes(pivot, given.get("schemes"))
    key_format = given.get("key", "auto")
    if key_format not in ("auto", "base64", "text"):
        raise RefusedError("config_invalid")
    tolerance = whole(given.get("tolerance", DEFAULT_TOLERANCE), 0, 3600)
    max_body = whole(given.get("max_body", DEFAULT_MAX_BODY), 1, 1024**3)
    max_event_age = given.get("max_event_age")
    if max_event_age is not None:
        if not pivot:
            raise RefusedError("config_invalid")
        max_event_age = whole(max_event_age, 1, 365 * 24 * 3600)

    source = given.get("source", given["endpoint"])
    if re.fullmatch(KEY["source"], source) is None:
        raise RefusedError("config_invalid")

    if len(given["secrets"]) > 255:
        raise RefusedError("config_invalid")
    secrets = without_repeats(given["secrets"])
    if not secrets:
        raise RefusedError("secret_empty")
    if len(secrets) > 8:
        raise RefusedError("config_invalid")
    labels = [secret["label"] for secret in secrets if "label" in secret]
    if any(not 1 <= len(label) <= 64 for label in labels) or len(set(labels)) < len(labels):
        raise RefusedError("config_invalid")

    texts = [check_secret_text(secret["secret"]) for secret in secrets]
    keys = {scheme: [] for scheme in schemes}
    for text in texts:
        for scheme in schemes:
            keys[scheme].append(keys_of_secret(scheme, key_format, text))
    for scheme in schemes:
        for one in range(len(secrets)):
            for other in range(one):
                blocks = {key_block(key) for key in keys[scheme][one]}
                if any(key_block(key) in blocks for key in keys[scheme][other]):
                    raise RefusedError("config_invalid")

    return {
        "schemes": schemes,
        "keys": keys,
        "labels": [secret.get("label") for secret in secrets],
        "tolerance": tolerance,
        "ignore_timestamp": given.get("ignore_timestamp", False),
        "max_body": max_body,
        "max_event_age": max_event_age,
        "source": source,
    }


def without_repeats(secrets):
    """The secrets, each text and label once."""
    distinct = {}
    for secret in secrets:
        text = secret["secret"].strip(" \t\n\r\f")
        distinct.setdefault((secret.get("label"), text), secret)
    return list(distinct.values())


def check_schemes(pivot, named):
    if pivot:
        if named is not None and named != ["pivot"]:
            raise RefusedError("config_invalid")
        return ["pivot"]
    if named is None:
        return ["svix", "pivotal"]
    if not named or any(scheme not in ("svix", "pivotal") for scheme in named):
        raise RefusedError("config_invalid")
    return [scheme for scheme in ("svix", "pivotal") if scheme in named]


def whole(number, least, most):
    if number != int(number) or not least <= number <= most:
        raise RefusedError("config_invalid")
    return int(number)


def check_secret_text(text):
    text = text.strip(" \t\n\r\f")
    rest = text.removeprefix("whsec_")
    if rest == "":
        raise RefusedError("secret_empty")
    if any(character.isspace() or is_control(character) for character in text):
        raise RefusedError("secret_malformed")
    if rest[:6].lower() == "whsec_" or len(text) > 1024:
        raise RefusedError("secret_malformed")
    if len(rest) < 16:
        raise RefusedError("secret_weak")
    return text


def is_control(character):
    return unicodedata.category(character) == "Cc"


def keys_of_secret(scheme, key_format, text):
    rest = text.removeprefix("whsec_")
    decoded = decode_base64(rest, padding_optional=True)
    if key_format == "text":
        keys = [text.encode("utf-8")]
    elif key_format == "base64" or scheme == "svix":
        if decoded is None:
            raise RefusedError("secret_malformed")
        keys = [decoded]
    else:
        keys = [text.encode("utf-8")]
        if rest != text and decoded is not None:
            keys.append(decoded)
    for key in keys:
        if len(key) < 16 or key == bytes(len(key)):
            raise RefusedError("secret_weak")
    return keys


# Verification


def verify_signature(webhook, body, headers, now):
    if not 0 <= now <= 999_999_999_999:
        raise RefusedError("internal")
    if len(body) > webhook["max_body"]:
        raise RefusedError("payload_too_large")
    fields = collect_fields(headers)
    for scheme in webhook["schemes"]:
        if any(name in fields for name in SIGNATURE_HEADERS[scheme]):
            break
    else:
        raise RefusedError("header_missing", header=SIGNATURE_HEADERS[webhook["schemes"][0]][0])

    claims = {"svix": read_svix, "pivotal": read_pivotal, "pivot": read_pivot}[scheme](fields)
    position = matching_secret(
        webhook["keys"][scheme], claims["prefix"] + body, claims["candidates"]
    )
    if position is None:
        raise RefusedError("signature_mismatch", header=claims["signature_header"])
    if claims["timestamp"] is not None and not webhook["ignore_timestamp"]:
        check_age(now - claims["timestamp"], webhook["tolerance"], webhook["tolerance"])
    if webhook["max_event_age"] is not None:
        check_age(now - event_time(body), webhook["max_event_age"], webhook["tolerance"])
    return {
        "scheme": scheme,
        "id": claims["id"],
        "timestamp": claims["timestamp"],
        "label": webhook["labels"][position],
        "event_type": unauthenticated(fields, "pivotal-event") if scheme == "pivotal" else None,
        "delivery_id": unauthenticated(fields, "pivotal-delivery-id")
        if scheme == "pivotal"
        else None,
    }


def collect_fields(headers):
    """Lower-case name -> the values of its lines."""
    fields = {}
    for name, value in headers:
        name = re.sub("[A-Z]", lambda letter: chr(ord(letter[0]) + 32), name)
        fields.setdefault(name, []).append(value)
    return fields


def only_value(fields, name):
    if len(fields[name]) > 1:
        raise RefusedError("header_duplicated", header=name)
    return fields[name][0]


def read_svix(fields):
    families = {
        family: [f"{family}-{part}" for part in ("id", "timestamp", "signature")]
        for family in ("svix", "webhook")
    }
    complete = [
        family for family, names in families.items() if all(name in fields for name in names)
    ]
    if not complete:
        family = "svix" if "svix-signature" in fields else "webhook"
        missing = [name for name in families[family] if name not in fields]
        raise RefusedError("header_missing", header=missing[0])
    used = complete[0]
    unused = "webhook" if used == "svix" else "svix"
    for name in [*families[used][:2], *families[unused][:2]]:
        if name in fields:
            only_value(fields, name)
    for name, code in zip(
        families[unused][:2], ["header_malformed", "timestamp_malformed"], strict=True
    ):
        if "," in "".join(fields.get(name, [])):
            raise RefusedError(code, header=name)
    if len(complete) == 2:
        for name, other_name in zip(families["svix"], families["webhook"], strict=True):
            if ",".join(fields[name]) != ",".join(fields[other_name]):
                raise RefusedError("header_duplicated", header=name)

    id_header, timestamp_header, signature_header = families[used]
    message_id = only_value(fields, id_header)
    timestamp = only_value(fields, timestamp_header)
    signature = ",".join(fields[signature_header])
    check_id(message_id, id_header)
    check_timestamp(timestamp, timestamp_header)
    return {
        "id": message_id,
        "timestamp": int(timestamp),
        "prefix": f"{message_id}.{timestamp}.".encode(),
        "candidates": svix_candidates(signature, signature_header),
        "signature_header": signature_header,
    }


def check_id(message_id, header):
    visible = all(
        "\x21" <= character <= "\x7e" and character not in '.,"{' for character in message_id
    )
    digits_alone = all(character in "0123456789" for character in message_id)
    if not 1 <= len(message_id) <= 256 or not visible or digits_alone:
        raise RefusedError("header_malformed", header=header)


def check_timestamp(text, header):
    if not re.fullmatch("[1-9][0-9]{0,11}", text):
        raise RefusedError("timestamp_malformed", header=header)


def svix_candidates(signature, header):
    check_length(signature, header)
    candidates = []
    entries = 0
    version = None
    for token in re.split("[ ,]", signature):
        if token == "":
            continue
        if re.fullmatch("v[0-9]+[a-z0-9]*", token) and len(token) <= 8:
            version = token
            continue
        entries += 1
        if entries > 32:
            raise RefusedError("too_many_signatures", header=header)
        if version == "v1":
            candidates.append(decode_mac(token))
        version = None
    return candidates


def read_pivotal(fields):
    header = "pivotal-signature"
    signature = only_value(fields, header)
    check_length(signature, header)
    first, *items = signature.split(",")
    if first != "v1":
        raise RefusedError("header_malformed", header=header)
    timestamp = None
    candidates = []
    for item in items:
        name, equals, value = item.lstrip(" \t").partition("=")
        if equals and name == "t":
            if timestamp is not None:
                raise RefusedError("header_malformed", header=header)
            timestamp = value
        if equals and name == "sig":
            if len(candidates) == 32:
                raise RefusedError("too_many_signatures", header=header)
            candidates.append(decode_mac(value))
    if timestamp is None or not candidates:
        raise RefusedError("header_malformed", header=header)
    check_timestamp(timestamp, header)
    return {
        "id": None,
        "timestamp": int(timestamp),
        "prefix": f"{timestamp}.".encode(),
        "candidates": candidates,
        "signature_header": header,
    }


def read_pivot(fields):
    header = "x-pivot-signature"
    signature = only_value(fields, header).removeprefix("sha256=")
    if re.fullmatch("[0-9a-fA-F]{64}", signature):
        mac = bytes.fromhex(signature)
    else:
        mac = decode_mac(signature)
    if mac is None:
        raise RefusedError("header_malformed", header=header)
    return {
        "id": None,
        "timestamp": None,
        "prefix": b"",
        "candidates": [mac],
        "signature_header": header,
    }


def check_length(signature, header):
    if len(signature.encode("utf-8")) > 8192:
        raise RefusedError("too_many_signatures", header=header)


def decode_mac(text):
    """The 32 bytes of exactly 44 characters, or None, which equals no MAC."""
    data = decode_base64(text, padding_optional=False) if len(text) == 44 else None
    return data if data is not None and len(data) == 32 else None


def matching_secret(keys_by_secret, content, candidates):
    for position, keys in enumerate(keys_by_secret):
        if any(hmac_sha256(key, content) == candidate for key in keys for candidate in candidates):
            return position
    return None


def check_age(age, oldest, newest):
    if age > oldest:
        raise RefusedError("timestamp_too_old", skew=age, tolerance=oldest)
    if -age > newest:
        raise RefusedError("timestamp_too_new", skew=age, tolerance=newest)


def unauthenticated(fields, name):
    values = fields.get(name, [])
    if len(values) == 1 and re.fullmatch("[\x20-\x7e]{0,256}", values[0]):
        return values[0]
    return None


# Signing


def sign(webhook, wanted, body):
    scheme = wanted.get("scheme", webhook["schemes"][0])
    if scheme not in webhook["schemes"]:
        raise RefusedError("config_invalid")
    keys = [keys[0] for keys in webhook["keys"][scheme]]
    if scheme == "pivot":
        return hmac_sha256(keys[0], body).hex()
    if scheme == "svix":
        check_id(wanted["id"], "svix-id")
    if not 1 <= wanted["timestamp"] <= 999_999_999_999:
        raise RefusedError(
            "timestamp_malformed",
            header="svix-timestamp" if scheme == "svix" else "pivotal-signature",
        )
    timestamp = str(wanted["timestamp"])
    if scheme == "svix":
        content = f"{wanted['id']}.{timestamp}.".encode() + body
        return " ".join("v1," + encode_base64(hmac_sha256(key, content)) for key in keys)
    content = f"{timestamp}.".encode() + body
    return f"v1,t={timestamp}" + "".join(
        ",sig=" + encode_base64(hmac_sha256(key, content)) for key in keys
    )


# HMAC and base64, from their definitions


def key_block(key):
    """The key as HMAC uses it: hashed if longer than a block, then padded with zeros to one."""
    if len(key) > 64:
        key = hashlib.sha256(key).digest()
    return key.ljust(64, b"\0")


def hmac_sha256(key, content):
    block = key_block(key)
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + content).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in block) + inner).digest()


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def encode_base64(data):
    bits = "".join(f"{byte:08b}" for byte in data)
    groups = [bits[start : start + 6].ljust(6, "0") for start in range(0, len(bits), 6)]
    text = "".join(ALPHABET[int(group, 2)] for group in groups)
    return text + "=" * (-len(text) % 4)


def decode_base64(text, padding_optional):
    """The bytes whose one canonical encoding is the text, else None."""
    symbols = text.rstrip("=")
    if any(symbol not in ALPHABET for symbol in symbols):
        return None
    bits = "".join(f"{ALPHABET.index(symbol):06b}" for symbol in symbols)
    data = bytes(int(bits[start : start + 8], 2) for start in range(0, len(bits) - 7, 8))
    canonical = encode_base64(data)
    if text == canonical or (padding_optional and text == canonical.rstrip("=")):
        return data
    return None


# JSON


def judge_json(body):
    """The parsed object, or None for an empty body, if every host reads it alike."""
    if body == b"":
        return None
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise RefusedError("payload_malformed", reason="utf8") from None
    judge = JsonJudge(text)
    judge.document()
    if not text.lstrip(" \t\r\n").startswith("{"):
        raise RefusedError("payload_malformed", reason="not_an_object")
    return json.loads(text)


NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?P<fraction>\.[0-9]+)?(?P<exponent>[eE][+-]?[0-9]+)?")
ESCAPES = dict(zip('"\\/bfnrt', '"\\/\b\f\n\r\t', strict=True))


class JsonJudge:
    """Strict JSON by recursive descent; nothing is built."""

    def __init__(self, text):
        self.text = text
        self.at = 0

    def wrong(self, reason="syntax"):
        return RefusedError("payload_malformed", reason=reason)

    def next_is(self, literal):
        if self.text.startswith(literal, self.at):
            self.at += len(literal)
            return True
        return False

    def must(self, literal):
        if not self.next_is(literal):
            raise self.wrong()

    def space(self):
        while self.at < len(self.text) and self.text[self.at] in " \t\r\n":
            self.at += 1

    def document(self):
        self.space()
        self.value(depth=1)
        self.space()
        if self.at < len(self.text):
            raise self.wrong()

    def value(self, depth):
        if self.next_is("{"):
            self.object(depth)
        elif self.next_is("["):
            self.array(depth)
        elif self.next_is('"'):
            self.string()
        elif not (self.next_is("true") or self.next_is("false") or self.next_is("null")):
            self.number()

    def object(self, depth):
        if depth > 127:
            raise self.wrong("depth")
        keys = []
        self.space()
        if self.next_is("}"):
            return
        while True:
            self.space()
            self.must('"')
            keys.append(self.string())
            self.space()
            self.must(":")
            self.space()
            self.value(depth + 1)
            self.space()
            if self.next_is("}"):
                break
            self.must(",")
        if depth == 1 and len(set(keys)) < len(keys):
            raise self.wrong("duplicate_key")

    def array(self, depth):
        if depth > 127:
            raise self.wrong("depth")
        self.space()
        if self.next_is("]"):
            return
        while True:
            self.space()
            self.value(depth + 1)
            self.space()
            if self.next_is("]"):
                return
            self.must(",")

    def string(self):
        read = []
        while True:
            if self.at == len(self.text):
                raise self.wrong()
            character = self.text[self.at]
            self.at += 1
            if character == '"':
                return "".join(read)
            if character < " ":
                raise self.wrong()
            read.append(self.escape() if character == "\\" else character)

    def escape(self):
        letter = self.text[self.at : self.at + 1]
        self.at += 1
        if letter in ESCAPES:
            return ESCAPES[letter]
        if letter != "u":
            raise self.wrong()
        unit = self.hex_unit()
        if 0xDC00 <= unit <= 0xDFFF:
            raise self.wrong()
        if 0xD800 <= unit <= 0xDBFF:
            self.must("\\u")
            low = self.hex_unit()
            if not 0xDC00 <= low <= 0xDFFF:
                raise self.wrong()
            unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)
        return chr(unit)

    def hex_unit(self):
        digits = self.text[self.at : self.at + 4]
        if not re.fullmatch("[0-9a-fA-F]{4}", digits):
            raise self.wrong()
        self.at += 4
        return int(digits, 16)

    def number(self):
        match = NUMBER.match(self.text, self.at)
        if match is None:
            raise self.wrong()
        behind = self.text[match.end() : match.end() + 1]
        is_cut = (behind == "." and not match["fraction"]) or behind in ("e", "E")
        if is_cut and not match["exponent"]:
            raise self.wrong()
        if abs(float(match[0])) == float("inf"):
            raise self.wrong("number_out_of_range")
        self.at = match.end()


# Of the years 1 and 9999.
FIRST_SECOND = -62_135_596_800
LAST_SECOND = 253_402_300_799


def event_time(body):
    """The top-level `timestamp` of the body in Unix seconds."""
    event = judge_json(body)
    text = event.get("timestamp") if event is not None else None
    time = read_rfc3339(text) if isinstance(text, str) else None
    if time is None or not FIRST_SECOND <= time["seconds"] <= LAST_SECOND:
        raise RefusedError("payload_malformed", reason="timestamp")
    return time["seconds"]


def read_rfc3339(text):
    """The whole Unix seconds and the digits of the fraction, or None."""
    match = re.fullmatch(
        r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))",
        text,
    )
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    sign, offset_hours, offset_minutes = (
        match[8],
        int(match[9] or 0),
        int(match[10] or 0),
    )
    if second > 60 or offset_hours > 23 or offset_minutes > 59:
        return None
    try:
        local = datetime.datetime(year, month, day, hour, minute, min(second, 59))
    except ValueError:
        return None
    offset = (offset_hours * 60 + offset_minutes) * 60
    since_1970 = (local - datetime.datetime(1970, 1, 1)) // datetime.timedelta(seconds=1)
    return {
        "seconds": since_1970 - (-offset if sign == "-" else offset),
        "fraction": match[7] or "",
    }


# Events


class Members(list):
    """A JSON object as the pairs of its members; any other list is an array."""

    def names(self):
        return [name for name, _ in self]

    def value(self, name):
        """The last value of that name. None if there is none, or null."""
        return dict(self).get(name)

    def check_once(self, name, path):
        if self.names().count(name) > 1:
            raise event_malformed(path, "duplicated")


def event_malformed(path, reason):
    return RefusedError("event_malformed", path=path, reason=reason)


def read_event(sender_name, body):
    """The envelope of the body, as its sender writes it."""
    if body == b"":
        raise RefusedError("payload_malformed", reason="syntax")
    judge_json(body)
    members = json.loads(body.decode("utf-8"), object_pairs_hook=Members)
    sender = next(sender for sender in CATALOGUE["senders"] if sender["name"] == sender_name)

    envelope = {}
    names_read = []
    names_known = []
    micros = None
    for field in sender["envelope"]:
        names_known += field["names"]
        present = [name for name in field["names"] if members.value(name) is not None]
        names_read += present[:1]
        name = (present or field["names"])[0]
        value = members.value(name)
        envelope[field["name"]] = value
        check_value(value, name, field["type"], field.get("required", False))
        if field.get("format") == "date-time" and value is not None:
            micros = unix_micros(value, name)
        if field["type"] == "subject" and value is not None:
            for part in ("type", "id"):
                value.check_once(part, f"{name}.{part}")
                check_value(value.value(part), f"{name}.{part}", "string", required=True)
            envelope["subject"] = {"type": value.value("type"), "id": value.value("id")}

    data = envelope["data"]
    if sender_name == "pivotal":
        data.check_once("object", "data.object")
        data.check_once("previous_attributes", "data.previous_attributes")
        previous_attributes = data.value("previous_attributes")
        check_value(previous_attributes, "data.previous_attributes", "object", required=False)
        in_object = isinstance(data.value("object"), Members)
        renamed = {}
    else:
        previous_attributes = None
        in_object = False
        renamed = renamed_members(sender, envelope["type"], data)
    return {
        "type": envelope["type"],
        "listed": any(event["type"] == envelope["type"] for event in sender["events"]),
        "id": envelope.get("id"),
        "created_at": envelope["created_at"],
        "created_at_micros": micros,
        "org_id": envelope["org_id"],
        "space_id": envelope.get("space_id"),
        "livemode": envelope.get("livemode"),
        "api_version": envelope.get("api_version"),
        "subject": envelope.get("subject"),
        "object": "data.object" if in_object else "data",
        "renamed": renamed,
        "previous_attributes": previous_attributes is not None,
        "extra": [
            name
            for name, value in members
            if name not in names_read and not (value is None and name in names_known)
        ],
    }


# Dumps


def restore(sender, dump):
    line, end, body = dump.partition(b"\n")
    try:
        facts = json.loads(line.decode() if end else "")
    except ValueError:
        raise RefusedError("dump_unreadable") from None
    if not isinstance(facts, dict) or not is_count(facts.get("dump")):
        raise RefusedError("dump_unreadable")
    if facts["dump"] != 1:
        raise RefusedError("dump_version")
    texts = ["id", "label", "unsigned_type", "unsigned_id"]
    if (
        facts.get("scheme") not in SIGNATURE_HEADERS
        or type(facts.get("source")) is not str
        or not is_count(facts.get("length"))
        or any(type(facts.get(name, 0)) not in (str, type(None)) for name in texts)
        or not (facts.get("timestamp", "") is None or is_count(facts.get("timestamp")))
        or type(facts.get("skew", "")) not in (int, type(None))
    ):
        raise RefusedError("dump_facts")
    if (facts["scheme"] == "pivot") != (sender == "pivot"):
        raise RefusedError("dump_sender")
    if facts["length"] != len(body):
        raise RefusedError("dump_length")
    try:
        event = read_event(sender, body)
        if facts["scheme"] == "pivotal" and facts["unsigned_type"] is not None:
            compare_types(event["type"], {"pivotal-event": [facts["unsigned_type"]]})
    except RefusedError:
        raise RefusedError("dump_event") from None
    event["idempotency_key"] = idempotency_key(facts["source"], event["id"], body)
    return event


def is_count(value):
    return type(value) is int and value >= 0


def idempotency_key(source, event_id, body):
    if event_id is None:
        identity = KEY["before_body"].encode() + body
    else:
        identity = (KEY["before_id"] + event_id).encode()
    digest = hashlib.sha256(identity).digest()[: KEY["digest_bytes"]]
    return source + KEY["separator"] + digest.hex()


def check_value(value, path, kind, required):
    if value is None:
        if required:
            raise event_malformed(path, "missing")
        return
    kinds = {"string": str, "boolean": bool, "object": Members, "subject": Members}
    if type(value) is not kinds[kind]:
        raise event_malformed(path, "wrong_type")
    if required and value == "":
        raise event_malformed(path, "empty")


def unix_micros(text, path):
    time = read_rfc3339(text)
    if time is None or not FIRST_SECOND <= time["seconds"] <= LAST_SECOND:
        raise event_malformed(path, "not_rfc3339")
    return time["seconds"] * 1_000_000 + int(time["fraction"].ljust(6, "0")[:6])


def renamed_members(sender, event_type, data):
    """The members of a listed event that come in camelCase alone: alias -> name."""
    objects = [event["object"] for event in sender["events"] if event["type"] == event_type]
    fields = [
        field
        for object in CATALOGUE["objects"]
        if object["name"] in objects
        for field in object["fields"]
    ]
    aliases = {field["alias"]: field["name"] for field in fields if "alias" in field}
    names = data.names()
    return {name: aliases[name] for name in names if name in aliases and aliases[name] not in names}


def compare_types(event_type, fields):
    """The unsigned type may be absent, but not another one, nor several."""
    header = "pivotal-event"
    if header in fields and fields[header] != [event_type]:
        raise RefusedError("event_type_mismatch", header=header)
