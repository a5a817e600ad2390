"""Accidents with the headers and with the accepted schemes."""

import hmac
import urllib.parse

from builders import AT, ID, KEY, OLD_KEY, OLD_SECRET, PIVOT_SECRET, SECRET, b64, pivot, pivotal

from accidents.delivery import Accidents, by_pivot, by_pivotal, by_svix

topic = Accidents("header", "Headers are renamed, changed or lost, or belong to another scheme.")

SVIX = by_svix()
WEBHOOK = by_svix(family="webhook")
PIVOTAL = by_pivotal()
PIVOT = by_pivot()


def add(code, what, why, received, sent=SVIX, **given):
    topic.add(f"{code.replace('_', '-')}-{what}", why, code, received, sent, **given)


def underscored(name):
    return name.replace("-", "_")


for what, sent in [("in-svix", SVIX), ("in-pivotal", PIVOTAL), ("in-pivot", PIVOT)]:
    add(
        "header_underscores",
        what,
        "A program that stores headers as identifiers has replaced the hyphens.",
        sent.named(underscored),
        sent,
    )
    add(
        "header_prefixed",
        f"as-in-cgi-{what}",
        "The variables of CGI and WSGI have a prefix.",
        sent.named(lambda name: f"HTTP_{underscored(name).upper()}"),
        sent,
    )
add(
    "header_prefixed",
    "by-a-gateway",
    "A gateway passes the original headers on under names of its own.",
    WEBHOOK.named(lambda name: f"X-Original-{name}"),
    WEBHOOK,
)
add(
    "header_families_mixed",
    "id-of-webhook",
    "One header was renamed, so that no family is complete.",
    SVIX.named(lambda name: "webhook-id" if name == "svix-id" else name),
)
add(
    "header_families_mixed",
    "signature-of-svix",
    "Two headers were renamed, so that no family is complete.",
    WEBHOOK.named(lambda name: "svix-signature" if name == "webhook-signature" else name),
    WEBHOOK,
)


def joined(*names):
    return SVIX.but(
        headers=[[name, f"{v}, {v}" if name in names else v] for name, v in SVIX.headers]
    )


add(
    "header_repeated",
    "joined-ids",
    "A proxy adds its copy, and the host joins both.",
    joined("svix-id"),
)
add(
    "header_repeated",
    "joined-timestamps",
    "A proxy adds its copy of each header, and the host joins them.",
    joined("svix-id", "svix-timestamp", "svix-signature"),
)
add(
    "header_repeated",
    "two-lines",
    "A proxy adds its copy of each header as a second line.",
    SVIX.but(headers=[*SVIX.headers, *SVIX.headers]),
)
add(
    "header_repeated",
    "joined-in-pivotal",
    "The header of this scheme has commas of its own.",
    PIVOTAL.valued(lambda value: f"{value}, {value}"),
    PIVOTAL,
)
add(
    "header_repeated",
    "joined-in-pivot",
    "A proxy adds its copy, and the host joins both.",
    PIVOT.valued(lambda value: f"{value}, {value}"),
    PIVOT,
)
[id_line, timestamp_line, signature_line] = SVIX.headers
add(
    "header_values_swapped",
    "id-and-timestamp",
    "Two arguments are in the wrong order.",
    SVIX.but(headers=[["svix-id", str(AT)], ["svix-timestamp", ID], signature_line]),
)
add(
    "header_values_swapped",
    "all-three",
    "A list of values was read in another order.",
    SVIX.but(
        headers=[
            ["svix-id", signature_line[1]],
            ["svix-timestamp", ID],
            ["svix-signature", str(AT)],
        ]
    ),
)
add(
    "header_quoted",
    "in-svix",
    "Code that writes values as JSON has put them into quotation marks.",
    SVIX.valued(lambda value: f'"{value}"'),
)
add(
    "header_quoted",
    "in-pivotal",
    "Code that writes values as JSON has put them into quotation marks.",
    PIVOTAL.valued(lambda value: f'"{value}"'),
    PIVOTAL,
)
add(
    "header_percent_encoded",
    "in-svix",
    "The values went through a query string.",
    SVIX.valued(lambda value: urllib.parse.quote(value, safe="")),
)
add(
    "header_percent_encoded",
    "in-pivotal",
    "The values went through a query string.",
    PIVOTAL.valued(lambda value: urllib.parse.quote(value, safe="")),
    PIVOTAL,
)
add(
    "header_base64_encoded",
    "in-svix",
    "A queue stores values as base64.",
    SVIX.valued(lambda value: b64(value.encode())),
)
add(
    "header_base64_encoded",
    "signature-of-pivotal",
    "A queue stores values as base64.",
    PIVOTAL.valued(lambda value: b64(value.encode())),
    PIVOTAL,
)
add(
    "scheme_not_accepted",
    "pivotal-at-an-endpoint-for-svix",
    "The option names one scheme, and the sender uses the other.",
    PIVOTAL.secret(SECRET, schemes=["svix"]),
    PIVOTAL,
)
add(
    "scheme_not_accepted",
    "svix-at-an-endpoint-for-pivotal",
    "The option names one scheme, and the sender uses the other.",
    SVIX.secret(SECRET, schemes=["pivotal"]),
)
add(
    "scheme_not_accepted",
    "with-another-secret",
    "The headers show the scheme, also if the secret is another one.",
    by_pivotal(key=OLD_KEY).secret(SECRET, schemes=["svix"]),
    PIVOTAL.but(headers=by_pivotal(key=OLD_KEY).headers, webhook=pivotal(OLD_SECRET)),
)
add(
    "scheme_of_other_sender",
    "pivot-at-a-pivotal-endpoint",
    "The route for Pivotal got a delivery of Pivot, and both have one secret.",
    by_pivot(key=SECRET.encode()).but(webhook=pivotal()),
    by_pivot(key=SECRET.encode(), secret=SECRET),
)
add(
    "scheme_of_other_sender",
    "svix-at-a-pivot-endpoint",
    "The route for Pivot got a delivery of Pivotal, and both have one secret.",
    SVIX.but(webhook=pivot(SECRET)),
)
add(
    "scheme_of_other_sender",
    "with-another-secret",
    "The headers show the sender, also if the secret is another one.",
    PIVOT.but(webhook=pivotal()),
    PIVOT,
)
for what, of_scheme, hash in [
    ("sha1-in-svix", SVIX, "sha1"),
    ("sha384-in-svix", WEBHOOK, "sha384"),
    ("sha512-in-svix", SVIX, "sha512"),
    ("sha512-in-pivotal", PIVOTAL, "sha512"),
]:
    tag = b64(hmac.digest(KEY, of_scheme.body, hash))
    right = of_scheme.headers[-1][1].rsplit("v1," if "svix" in what else "sig=", 1)[-1]
    add(
        "scheme_other_algorithm",
        what,
        "The sender's code calls another hash.",
        of_scheme.valued(lambda value, right=right, tag=tag: value.replace(right, tag)),
        of_scheme,
    )
add(
    "scheme_other_algorithm",
    "sha1-in-pivot",
    "Another service signs with SHA-1, in hexadecimal digits.",
    PIVOT.but(
        headers=[["x-pivot-signature", "sha1=" + hmac.digest(KEY, PIVOT.body, "sha1").hex()]]
    ),
    PIVOT,
)
add(
    "scheme_other_algorithm",
    "ed25519-of-standard-webhooks",
    "The version `v1a` is of signatures by a private key.",
    WEBHOOK.valued(
        lambda value: (
            "v1a," + b64(KEY * 2 + OLD_KEY * 2)[:86] + "==" if value.startswith("v1,") else value
        )
    ),
    WEBHOOK,
)
for what, name in [
    ("id", "svix-id"),
    ("timestamp", "svix-timestamp"),
    ("signature", "svix-signature"),
]:
    add(
        "header_dropped",
        what,
        "A proxy passes on the headers of its list only.",
        SVIX.without(name),
    )
add(
    "header_dropped",
    "two-of-three",
    "A proxy passes on the headers of its list only.",
    WEBHOOK.without("webhook-timestamp", "webhook-signature"),
    WEBHOOK,
)
add(
    "header_dropped",
    "signature-of-pivotal",
    "The unsigned headers of the delivery arrived, and the signature did not.",
    PIVOTAL.but(headers=[["pivotal-event", "task.completed"], ["pivotal-delivery-id", "msg_1"]]),
    PIVOTAL,
)
OTHERS = [["host", "example.com"], ["content-type", "application/json"], ["user-agent", "Svix"]]
add("headers_absent", "all", "An empty object was passed as headers.", SVIX.but(headers=[]))
add(
    "headers_absent",
    "but-ordinary-ones",
    "A proxy removes every header that it does not know.",
    PIVOT.but(headers=OTHERS, webhook=pivot(PIVOT_SECRET)),
    PIVOT,
)
add(
    "headers_absent",
    "but-similar-ones",
    "The headers are those of another service.",
    SVIX.but(headers=[["x-hub-signature-256", "sha256=" + KEY.hex()], *OTHERS]),
)
