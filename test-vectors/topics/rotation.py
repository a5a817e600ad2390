"""Cases of rotation: a sender signs with two secrets, and a receiver accepts both."""

import hashlib

from builders import (
    AT,
    KEY,
    OLD_KEY,
    OLD_SECRET,
    PIVOT_BODY,
    PIVOT_KEY,
    PIVOT_MISMATCH,
    PIVOT_SECRET,
    PIVOTAL_MISMATCH,
    SECRET,
    STRANGER_KEY,
    Topic,
    accepted_pivot,
    accepted_pivotal,
    accepted_svix,
    b64,
    mismatch,
    pivot,
    pivot_delivery,
    pivotal,
    pivotal_headers,
    pivotal_mac,
    secrets,
    svix_headers,
    svix_mac,
    v1,
    whsec,
)

topic = Topic(
    "rotation",
    "While a secret is rotated, all secrets are tried, and the label of the matching one is "
    "reported.",
)

BOTH = {"endpoint": "pivotal", "secrets": secrets(new=SECRET, old=OLD_SECRET)}
NEW_ONLY = {"endpoint": "pivotal", "secrets": secrets(new=SECRET)}
NEW, OLD, STRANGE = (v1(svix_mac(key=key)) for key in (KEY, OLD_KEY, STRANGER_KEY))
EIGHT_KEYS = [hashlib.sha256(b"rotation test key %d" % number).digest() for number in range(8)]
EIGHT = pivotal(*map(whsec, EIGHT_KEYS))
TWO_PIVOT = {
    "endpoint": "pivot",
    "secrets": secrets(new=PIVOT_SECRET, old="pivot-test-secret-of-last-year"),
}
TWO_PIVOT_OLD_KEY = b"pivot-test-secret-of-last-year"


def check(name, why, signature, expect, webhook=BOTH, threats=("S5",)):
    topic.verify_signature(
        name,
        why,
        webhook=webhook,
        headers=svix_headers(signature),
        expect=expect,
        threats=threats,
    )


check(
    "rotation-accepts-the-new-secret-alone",
    "After the rotation.",
    NEW,
    accepted_svix(label="new"),
)
check(
    "rotation-accepts-the-old-secret-alone",
    "Before the rotation.",
    OLD,
    accepted_svix(label="old"),
)
check(
    "rotation-accepts-both-and-names-the-first-secret",
    "During the rotation, both secrets match, and the first one is reported.",
    f"{NEW} {OLD}",
    accepted_svix(label="new"),
)
check(
    "rotation-names-the-first-secret-however-the-signatures-stand",
    "The first matching secret is reported, not the secret of the first signature.",
    f"{OLD} {NEW}",
    accepted_svix(label="new"),
)
check(
    "rotation-names-the-old-secret-when-it-was-given-first",
    "The first matching secret is reported.",
    f"{NEW} {OLD}",
    accepted_svix(label="old"),
    {"endpoint": "pivotal", "secrets": secrets(old=OLD_SECRET, new=SECRET)},
)
check(
    "rotation-accepts-the-old-secret-beside-a-stranger",
    "One match is sufficient.",
    f"{STRANGE} {OLD}",
    accepted_svix(label="old"),
)
check(
    "rotation-accepts-an-even-number-of-matches",
    "Two secrets and two matches are a match.",
    f"{NEW} {OLD} {NEW} {OLD}",
    accepted_svix(label="new"),
    threats=("S5", "F9"),
)
check(
    "rotation-refuses-the-removed-secret",
    "Signatures of a removed secret are refused.",
    OLD,
    mismatch(),
    NEW_ONLY,
)
check(
    "rotation-accepts-both-where-the-old-secret-is-removed",
    "The signature of the new secret is sufficient.",
    f"{OLD} {NEW}",
    accepted_svix(label="new"),
    NEW_ONLY,
)
check(
    "rotation-refuses-a-stranger",
    "A signature by another secret is refused.",
    STRANGE,
    mismatch(),
)
check(
    "rotation-without-labels-names-none",
    "Without a label, none is reported.",
    OLD,
    accepted_svix(),
    pivotal(SECRET, OLD_SECRET),
)
check(
    "rotation-names-the-label-of-a-single-secret",
    "One secret may have a label, too.",
    NEW,
    accepted_svix(label="new"),
    NEW_ONLY,
)
check(
    "rotation-gives-back-a-label-beyond-ascii",
    "A label is text of the receiver's own.",
    NEW,
    accepted_svix(label="Schlüssel 2025 \N{KEY}"),
    {
        "endpoint": "pivotal",
        "secrets": [{"secret": SECRET, "label": "Schlüssel 2025 \N{KEY}"}],
    },
)
for number in (1, 2, 8):
    check(
        f"rotation-accepts-secret-{number}-of-eight",
        "All secrets are tried.",
        v1(svix_mac(key=EIGHT_KEYS[number - 1])),
        accepted_svix(),
        EIGHT,
        ("S5", "H7"),
    )
check(
    "rotation-accepts-the-eighth-secret-as-the-32nd-entry",
    "All secrets are tried against all entries.",
    f"{STRANGE} " * 31 + v1(svix_mac(key=EIGHT_KEYS[7])),
    accepted_svix(),
    EIGHT,
    ("S5", "H6", "H7"),
)
check(
    "rotation-refuses-a-stranger-among-eight",
    "A signature by a ninth secret is refused.",
    STRANGE,
    mismatch(),
    EIGHT,
    ("S5", "H7"),
)


def pivotal_check(name, why, keys, expect, webhook=BOTH):
    signature = ",".join(["v1", f"t={AT}"] + [f"sig={b64(pivotal_mac(key=key))}" for key in keys])
    topic.verify_signature(
        name,
        why,
        webhook=webhook,
        headers=pivotal_headers(signature),
        expect=expect,
        threats=["S5"],
    )


pivotal_check(
    "rotation-in-pivotal-accepts-the-old-secret",
    "All secrets are tried in every scheme.",
    [OLD_SECRET.encode()],
    accepted_pivotal(label="old"),
)
pivotal_check(
    "rotation-in-pivotal-accepts-both",
    "The parameter sig may repeat.",
    [OLD_SECRET.encode(), SECRET.encode()],
    accepted_pivotal(label="new"),
)
pivotal_check(
    "rotation-in-pivotal-accepts-the-decoded-old-secret",
    "Every key of every secret is tried.",
    [OLD_KEY],
    accepted_pivotal(label="old"),
)
pivotal_check(
    "rotation-in-pivotal-names-the-first-secret-by-its-second-key",
    "The first matching secret is reported, independent of which of its keys matched.",
    [OLD_SECRET.encode(), KEY],
    accepted_pivotal(label="new"),
)
pivotal_check(
    "rotation-in-pivotal-refuses-the-removed-secret",
    "Signatures of a removed secret are refused.",
    [OLD_SECRET.encode()],
    PIVOTAL_MISMATCH,
    NEW_ONLY,
)


def pivot_check(name, why, key, expect, webhook=TWO_PIVOT):
    topic.verify_signature(
        name,
        why,
        webhook=webhook,
        headers=pivot_delivery(key=key),
        body=PIVOT_BODY,
        expect=expect,
        threats=["S5"],
    )


pivot_check(
    "rotation-in-pivot-accepts-the-new-secret",
    "A webhook deleted and created again has a new secret.",
    PIVOT_KEY,
    accepted_pivot(label="new"),
)
pivot_check(
    "rotation-in-pivot-accepts-the-old-secret",
    "Retries of the deleted webhook still arrive.",
    TWO_PIVOT_OLD_KEY,
    accepted_pivot(label="old"),
)
pivot_check(
    "rotation-in-pivot-refuses-the-removed-secret",
    "Signatures of a removed secret are refused.",
    TWO_PIVOT_OLD_KEY,
    PIVOT_MISMATCH,
    pivot(),
)
