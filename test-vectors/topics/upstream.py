"""The cases made from published vectors, which are in `upstream/`."""

import hashlib
import json
import pathlib

from builders import (
    PIVOT_MISMATCH,
    Topic,
    accepted_pivot,
    accepted_svix,
    b64,
    mismatch,
    pivot,
    pivot_headers,
    pivotal,
    refused,
    svix_headers,
    utf8,
)

UPSTREAM = pathlib.Path(__file__).resolve().parent.parent / "upstream"
CHECKSUMS = UPSTREAM / "SHA256SUMS"


def read(name):
    data = (UPSTREAM / name).read_bytes()
    if f"{hashlib.sha256(data).hexdigest()}  {name}" not in CHECKSUMS.read_text().splitlines():
        raise ValueError(f"upstream/{name} is not the file that its checksum is of")
    return json.loads(data)


def bare_mac(topic, name, why, key, message, tag, expect, threats=()):
    """A plain HMAC is a pivot signature by a decoded key."""
    topic.verify_signature(
        name,
        why,
        webhook=pivot(b64(bytes.fromhex(key)), key="base64"),
        headers=pivot_headers(tag),
        body=bytes.fromhex(message),
        expect=expect,
        threats=threats,
    )


TRUNCATED = refused("header_malformed", header="x-pivot-signature")

wycheproof = Topic(
    "wycheproof",
    "Every HMAC-SHA256 test of C2SP/wycheproof runs as a pivot delivery; all 128-bit tags are "
    "refused, also those marked valid.",
)
for group in read("wycheproof_hmac_sha256.json")["testGroups"]:
    for test in group["tests"]:
        truncated, valid = group["tagSize"] == 128, test["result"] == "valid"
        if truncated:
            name, expect, threats = "is-truncated-and-refused", TRUNCATED, ["F5"]
        elif valid:
            name, expect, threats = "is-accepted", accepted_pivot(), ["F12"]
        else:
            name, expect, threats = "is-refused", PIVOT_MISMATCH, ["F2"]
        bare_mac(
            wycheproof,
            f"wycheproof-{test['tcId']:03}-{name}",
            f"Wycheproof marks these {group['tagSize']} bits {test['result']}: {test['comment']}.",
            test["key"],
            test["msg"],
            test["tag"],
            expect,
            threats,
        )

rfc4231 = Topic(
    "rfc4231",
    "The seven test cases of RFC 4231 run as pivot deliveries; the truncated tag and the "
    "four-byte key are refused.",
)
for test in read("rfc4231.json")["tests"]:
    name, expect = "is-accepted", accepted_pivot()
    if test["truncated"]:
        name, expect = "is-truncated-and-refused", TRUNCATED
    if len(bytes.fromhex(test["key"])) < 16:
        name, expect = "has-a-weak-key", refused("secret_weak")
    bare_mac(
        rfc4231,
        f"rfc4231-case-{test['tcId']}-{name}",
        f"RFC 4231: {test['comment']}.",
        test["key"],
        test["data"],
        test["mac"],
        expect,
        ["F5"] if test["truncated"] else ["F12"],
    )

published = Topic(
    "published",
    "The samples that Svix, Standard Webhooks and OpenAI publish are verified with the clock at "
    "their timestamp.",
)
for sample in read("svix_published.json")["vectors"]:
    repeat = sample.get("bodyRepeat")
    body = utf8(repeat["unit"] * repeat["count"]) if repeat else utf8(sample["body"])
    # OpenAI sends the unbranded names.
    family = "webhook" if sample["name"] == "openai-sdk" else "svix"
    id, timestamp = sample["id"], int(sample["timestamp"])
    valid = sample["result"] == "valid"
    published.verify_signature(
        f"published-{sample['name']}-is-{'accepted' if valid else 'refused'}",
        f"From {sample['origin'][0].split(' ')[0]}.",
        webhook=pivotal(sample["secret"]),
        headers=svix_headers(sample["signature"], id, timestamp, family),
        body=body,
        now=timestamp,
        expect=accepted_svix(id, timestamp) if valid else mismatch(f"{family}-signature"),
    )
