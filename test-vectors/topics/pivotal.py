"""Cases of the `pivotal` scheme: one header with parameters, and two unsigned headers."""

from builders import (
    AT,
    EVENT,
    KEY,
    PARSED,
    PIVOT_BODY,
    PIVOTAL_MISMATCH,
    SECRET,
    STRANGER_SECRET,
    Topic,
    accepted_pivot,
    accepted_pivotal,
    accepted_svix,
    b64,
    mac,
    pivot,
    pivot_delivery,
    pivotal,
    pivotal_delivery,
    pivotal_headers,
    pivotal_mac,
    pivotal_signature,
    refused,
    svix,
    utf8,
)

topic = Topic(
    "pivotal",
    "The pivotal scheme: the cases test the grammar of its header, its keys and its unsigned "
    "headers.",
)

MAC = b64(pivotal_mac())
BAD_MAC = b64(pivotal_mac(key=STRANGER_SECRET.encode()))
MALFORMED = refused("header_malformed", header="pivotal-signature")
BAD_TIMESTAMP = refused("timestamp_malformed", header="pivotal-signature")
TOO_MANY = refused("too_many_signatures", header="pivotal-signature")


def header(name, why, signature, expect, threats=("H10",), **rest):
    topic.verify_signature(
        name,
        why,
        headers=pivotal_headers(signature),
        expect=expect,
        threats=threats,
        **rest,
    )


header(
    "pivotal-accepts-an-honest-delivery",
    "The ordinary case: version, timestamp, signature.",
    f"v1,t={AT},sig={MAC}",
    accepted_pivotal(),
    (),
)
header(
    "pivotal-accepts-a-delivery-when-it-is-the-only-scheme",
    "The option schemes with one scheme does not change that scheme.",
    f"v1,t={AT},sig={MAC}",
    accepted_pivotal(),
    (),
    webhook=pivotal(schemes=["pivotal"]),
)
topic.verify(
    "pivotal-gives-the-parsed-body",
    "verify returns the JSON of the signed bytes.",
    headers=pivotal_delivery(),
    expect=PARSED,
)
header(
    "pivotal-accepts-an-empty-body",
    "The content of an empty body is the timestamp and a dot.",
    pivotal_signature(utf8("")),
    accepted_pivotal(),
    ("F12",),
    body=utf8(""),
)

# The grammar

header(
    "pivotal-grammar-accepts-the-signature-before-the-timestamp",
    "Parameters may have any order after the version.",
    f"v1,sig={MAC},t={AT}",
    accepted_pivotal(),
)
header(
    "pivotal-grammar-accepts-a-space-after-a-comma",
    "White space after a comma is dropped.",
    f"v1, t={AT}, sig={MAC}",
    accepted_pivotal(),
)
header(
    "pivotal-grammar-accepts-tabs-and-spaces-after-a-comma",
    "White space after a comma is dropped.",
    f"v1,\t t={AT}, \tsig={MAC}",
    accepted_pivotal(),
)
header(
    "pivotal-grammar-ignores-an-unknown-parameter",
    "Unknown parameters are ignored, because senders may add some.",
    f"v1,t={AT},alg=hs256,sig={MAC}",
    accepted_pivotal(),
)
header(
    "pivotal-grammar-ignores-an-unknown-parameter-that-comes-twice",
    "Only known parameters are counted.",
    f"v1,n=1,t={AT},n=2,sig={MAC}",
    accepted_pivotal(),
)
header(
    "pivotal-grammar-ignores-a-word-without-an-equals-sign",
    "An item without = is no parameter.",
    f"v1,t={AT},junk,sig={MAC}",
    accepted_pivotal(),
)
header(
    "pivotal-grammar-ignores-empty-items",
    "An empty item is no parameter.",
    f"v1,,t={AT},,sig={MAC},",
    accepted_pivotal(),
)
header(
    "pivotal-grammar-ignores-the-version-again",
    "A later v1 is an item without =.",
    f"v1,t={AT},v1,sig={MAC}",
    accepted_pivotal(),
)
header(
    "pivotal-grammar-ignores-an-item-without-a-name",
    "An item that starts with = has an empty name.",
    f"v1,t={AT},=x,sig={MAC}",
    accepted_pivotal(),
)
header(
    "pivotal-grammar-ignores-a-capital-t-beside-t",
    "Names are case-sensitive, so T is another parameter.",
    f"v1,T=1,t={AT},sig={MAC}",
    accepted_pivotal(),
)
header(
    "pivotal-grammar-ignores-letters-beyond-ascii-in-an-unknown-parameter",
    "Ignored parameters may have any value.",
    f"v1,t={AT},n=é,sig={MAC}",
    accepted_pivotal(),
)
header(
    "pivotal-grammar-ignores-an-equals-sign-in-an-unknown-parameter",
    "A parameter is split at its first =.",
    f"v1,t={AT},n=a=b,sig={MAC}",
    accepted_pivotal(),
)

header(
    "pivotal-grammar-refuses-a-header-without-a-version",
    "The first item is the version.",
    f"t={AT},sig={MAC}",
    MALFORMED,
)
header(
    "pivotal-grammar-refuses-an-empty-header",
    "An empty value is present and has no version.",
    "",
    MALFORMED,
)
header(
    "pivotal-grammar-refuses-a-space-before-the-version",
    "The first item is exactly v1.",
    f" v1,t={AT},sig={MAC}",
    MALFORMED,
)
header(
    "pivotal-grammar-refuses-a-space-after-the-version",
    "The first item is exactly v1.",
    f"v1 ,t={AT},sig={MAC}",
    MALFORMED,
)
header(
    "pivotal-grammar-refuses-the-version-v2",
    "No other version is known.",
    f"v2,t={AT},sig={MAC}",
    MALFORMED,
)
header(
    "pivotal-grammar-refuses-a-capital-version",
    "The first item is exactly v1.",
    f"V1,t={AT},sig={MAC}",
    MALFORMED,
)
header(
    "pivotal-grammar-refuses-the-version-as-a-parameter",
    "The first item is exactly v1.",
    f"v=1,t={AT},sig={MAC}",
    MALFORMED,
)
header(
    "pivotal-grammar-refuses-the-version-after-the-timestamp",
    "The version comes first.",
    f"t={AT},v1,sig={MAC}",
    MALFORMED,
)
header(
    "pivotal-grammar-refuses-semicolons",
    "Items are separated by commas.",
    f"v1;t={AT};sig={MAC}",
    MALFORMED,
)
header(
    "pivotal-grammar-refuses-spaces-for-commas",
    "Items are separated by commas.",
    f"v1 t={AT} sig={MAC}",
    MALFORMED,
)
header(
    "pivotal-grammar-refuses-a-version-alone",
    "A timestamp and a signature are needed.",
    "v1",
    MALFORMED,
)
header(
    "pivotal-grammar-refuses-a-missing-timestamp",
    "A timestamp is required to check the age.",
    f"v1,sig={MAC}",
    MALFORMED,
)
header(
    "pivotal-grammar-refuses-a-missing-signature",
    "A signature is required.",
    f"v1,t={AT}",
    MALFORMED,
)
header(
    "pivotal-grammar-refuses-a-second-timestamp",
    "Two timestamps could be read in two ways.",
    f"v1,t={AT},t={AT + 1},sig={MAC}",
    MALFORMED,
)
header(
    "pivotal-grammar-refuses-a-second-timestamp-that-is-equal",
    "Two equal timestamps are refused too.",
    f"v1,t={AT},t={AT},sig={MAC}",
    MALFORMED,
)
header(
    "pivotal-grammar-refuses-a-second-timestamp-after-the-signature",
    "The whole header is read before its values are used.",
    f"v1,t={AT},sig={MAC},t={AT}",
    MALFORMED,
)
header(
    "pivotal-grammar-refuses-two-headers-joined-by-a-comma",
    "Two header lines joined by an HTTP stack carry two timestamps.",
    f"v1,t={AT},sig={MAC}, v1,t={AT},sig={MAC}",
    MALFORMED,
    ("H2", "H10"),
)
header(
    "pivotal-grammar-refuses-a-capital-t-alone",
    "Names are case-sensitive, so there is no t.",
    f"v1,T={AT},sig={MAC}",
    MALFORMED,
)
header(
    "pivotal-grammar-refuses-a-capital-sig-alone",
    "Names are case-sensitive, so there is no sig.",
    f"v1,t={AT},SIG={MAC}",
    MALFORMED,
)
header(
    "pivotal-grammar-refuses-a-space-before-the-equals-sign-of-sig",
    "The name is then `sig `, which is unknown.",
    f"v1,t={AT},sig ={MAC}",
    MALFORMED,
)
header(
    "pivotal-grammar-refuses-a-space-before-the-equals-sign-of-t",
    "The name is then `t `, which is unknown.",
    f"v1,t ={AT},sig={MAC}",
    MALFORMED,
)
header(
    "pivotal-grammar-refuses-a-line-feed-after-a-comma",
    "Only spaces and tabs are dropped, so the name is unknown.",
    f"v1,\nt={AT},sig={MAC}",
    MALFORMED,
)
header(
    "pivotal-grammar-refuses-the-svix-form",
    "v1,<signature> has no parameters.",
    f"v1,{MAC}",
    MALFORMED,
)
header(
    "pivotal-grammar-refuses-a-signature-without-its-name",
    "A signature is a parameter called sig.",
    f"v1,t={AT},{MAC}",
    MALFORMED,
)

for what, why, text in [
    ("an-empty-timestamp", "A timestamp has digits.", ""),
    ("a-space-before-the-timestamp", "A timestamp is digits only.", f" {AT}"),
    ("a-space-after-the-timestamp", "A timestamp is digits only.", f"{AT} "),
    (
        "an-equals-sign-in-the-timestamp",
        "A parameter is split at its first =.",
        f"={AT}",
    ),
    ("a-timestamp-in-quotes", "A timestamp is digits only.", f'"{AT}"'),
]:
    header(
        f"pivotal-grammar-refuses-{what}",
        why,
        f"v1,t={text},sig={b64(pivotal_mac(at=text))}",
        BAD_TIMESTAMP,
    )

header(
    "pivotal-signature-that-is-empty-is-a-mismatch",
    "An empty sig is an entry that is no MAC.",
    f"v1,t={AT},sig=",
    PIVOTAL_MISMATCH,
    ("H10", "F5"),
)
header(
    "pivotal-signature-with-a-space-before-it-is-a-mismatch",
    "45 characters are not 44.",
    f"v1,t={AT},sig= {MAC}",
    PIVOTAL_MISMATCH,
    ("H9",),
)
header(
    "pivotal-signature-with-a-space-after-it-is-a-mismatch",
    "45 characters are not 44.",
    f"v1,t={AT},sig={MAC} ,n=1",
    PIVOTAL_MISMATCH,
    ("H9",),
)
header(
    "pivotal-signature-unpadded-is-a-mismatch",
    "43 characters are not 44.",
    f"v1,t={AT},sig={MAC[:-1]}",
    PIVOTAL_MISMATCH,
    ("H9",),
)
header(
    "pivotal-signature-over-padded-is-a-mismatch",
    "45 characters are not 44.",
    f"v1,t={AT},sig={MAC}=",
    PIVOTAL_MISMATCH,
    ("H9",),
)
header(
    "pivotal-signature-in-quotes-is-a-mismatch",
    "Quotes belong to the value.",
    f'v1,t={AT},sig="{MAC}"',
    PIVOTAL_MISMATCH,
    ("H9",),
)
header(
    "pivotal-signature-in-hex-is-a-mismatch",
    "The pivotal scheme writes MACs in base64.",
    f"v1,t={AT},sig={pivotal_mac().hex()}",
    PIVOTAL_MISMATCH,
    ("H9",),
)
header(
    "pivotal-signature-with-a-prefix-is-a-mismatch",
    "sha256= belongs to another scheme.",
    f"v1,t={AT},sig=sha256={MAC}",
    PIVOTAL_MISMATCH,
    ("H9",),
)
header(
    "pivotal-signature-with-a-nul-is-a-mismatch",
    "A NUL is none of the alphabet.",
    f"v1,t={AT},sig={MAC[:20]}\0{MAC[21:]}",
    PIVOTAL_MISMATCH,
    ("H9",),
)
header(
    "pivotal-signature-with-a-letter-beyond-ascii-is-a-mismatch",
    "Only ASCII is in the alphabet.",
    f"v1,t={AT},sig={MAC[:20]}é{MAC[21:]}",
    PIVOTAL_MISMATCH,
    ("H9",),
)
for length in (1, 16, 31):
    header(
        f"pivotal-signature-of-the-first-{length}-bytes-of-the-mac-is-a-mismatch",
        "A shortened MAC is no MAC.",
        f"v1,t={AT},sig={b64(pivotal_mac()[:length])}",
        PIVOTAL_MISMATCH,
        ("F5",),
    )
for length in (33, 64):
    header(
        f"pivotal-signature-of-{length}-bytes-that-start-with-the-mac-is-a-mismatch",
        "A MAC with something after it is no MAC.",
        f"v1,t={AT},sig={b64((pivotal_mac() * 2)[:length])}",
        PIVOTAL_MISMATCH,
        ("F5",),
    )

SAFE = next(
    event
    for event in (utf8(f'{{"number":{number}}}') for number in range(1000))
    if {"+", "/"} <= set(b64(pivotal_mac(event)))
)
SAFE_MAC = b64(pivotal_mac(SAFE))
header(
    "pivotal-signature-with-plus-and-slash-is-accepted",
    "The MAC holds both characters in which the alphabets differ.",
    f"v1,t={AT},sig={SAFE_MAC}",
    accepted_pivotal(),
    ("H9",),
    body=SAFE,
)
header(
    "pivotal-signature-url-safe-is-a-mismatch",
    "- and _ are another alphabet.",
    f"v1,t={AT},sig={SAFE_MAC.replace('+', '-').replace('/', '_')}",
    PIVOTAL_MISMATCH,
    ("H9",),
    body=SAFE,
)

# Several signatures

for place, macs in {
    "first": [MAC, BAD_MAC, BAD_MAC],
    "in-the-middle": [BAD_MAC, MAC, BAD_MAC],
    "last": [BAD_MAC, BAD_MAC, MAC],
}.items():
    header(
        f"pivotal-signatures-accept-the-good-one-{place}",
        "sig may repeat, and any one match accepts.",
        ",".join(["v1", f"t={AT}"] + [f"sig={one}" for one in macs]),
        accepted_pivotal(),
        ("F8", "H10"),
    )
header(
    "pivotal-signatures-accept-the-good-one-twice",
    "An even number of matches is a match.",
    f"v1,t={AT},sig={MAC},sig={MAC}",
    accepted_pivotal(),
    ("F9",),
)
header(
    "pivotal-signatures-accept-the-good-one-after-an-empty-one",
    "Invalid entries do not hide a valid one.",
    f"v1,t={AT},sig=,sig={MAC}",
    accepted_pivotal(),
    ("F8",),
)
header(
    "pivotal-signatures-accept-the-good-one-before-junk",
    "Invalid entries do not hide a valid one.",
    f"v1,t={AT},sig={MAC},sig=@@@",
    accepted_pivotal(),
    ("F8",),
)
header(
    "pivotal-signatures-accept-the-timestamp-between-them",
    "Parameters may have any order.",
    f"v1,sig={BAD_MAC},t={AT},sig={MAC}",
    accepted_pivotal(),
    ("H10",),
)
header(
    "pivotal-signatures-refuse-two-bad-ones",
    "Two that don't match are no match.",
    f"v1,t={AT},sig={BAD_MAC},sig={BAD_MAC}",
    PIVOTAL_MISMATCH,
    ("F1",),
)
header(
    "pivotal-limit-32-signatures-are-read",
    "The 32nd sig still counts.",
    f"v1,t={AT}" + f",sig={BAD_MAC}" * 31 + f",sig={MAC}",
    accepted_pivotal(),
    ("H6",),
)
header(
    "pivotal-limit-33-signatures-are-too-many",
    "The 33rd sig is refused.",
    f"v1,t={AT}" + f",sig={BAD_MAC}" * 32 + f",sig={MAC}",
    TOO_MANY,
    ("H6",),
)
header(
    "pivotal-limit-33-signatures-are-too-many-with-the-good-one-first",
    "The valid entry may be at any position.",
    f"v1,t={AT},sig={MAC}" + f",sig={BAD_MAC}" * 32,
    TOO_MANY,
    ("H6",),
)
header(
    "pivotal-limit-33-signatures-of-junk-are-too-many",
    "Skipped entries count as entries.",
    f"v1,t={AT},sig={MAC}" + ",sig=junk" * 32,
    TOO_MANY,
    ("H6",),
)
header(
    "pivotal-limit-40-unknown-parameters-do-not-count",
    "Only sig is counted.",
    f"v1,t={AT}" + ",n=1" * 40 + f",sig={MAC}",
    accepted_pivotal(),
    ("H6",),
)
HONEST = f"v1,t={AT},sig={MAC}"
header(
    "pivotal-limit-8192-bytes-are-read",
    "The header may have 8 KiB.",
    HONEST + "," * (8192 - len(HONEST)),
    accepted_pivotal(),
    ("H6",),
)
header(
    "pivotal-limit-8193-bytes-are-too-many",
    "One byte more than 8 KiB.",
    HONEST + "," * (8193 - len(HONEST)),
    TOO_MANY,
    ("H6",),
)

# What is signed

header(
    "pivotal-refuses-a-forged-signature",
    "A MAC made up without the secret is no MAC.",
    f"v1,t={AT},sig={b64(bytes(range(32)))}",
    PIVOTAL_MISMATCH,
    ("F1",),
)
header(
    "pivotal-refuses-a-mac-under-a-strangers-key",
    "A sender with a secret of its own is not this endpoint's sender.",
    pivotal_signature(key=STRANGER_SECRET.encode()),
    PIVOTAL_MISMATCH,
    ("F1", "F6"),
)
topic.verify(
    "pivotal-refuses-a-mac-under-a-strangers-key-in-verify",
    "verify compares the MAC too.",
    headers=pivotal_delivery(key=STRANGER_SECRET.encode()),
    expect=PIVOTAL_MISMATCH,
    threats=["F1", "F6"],
)
header(
    "pivotal-refuses-a-timestamp-one-second-later",
    "The timestamp is signed.",
    f"v1,t={AT + 1},sig={MAC}",
    PIVOTAL_MISMATCH,
    ("F2", "R2"),
)
header(
    "pivotal-refuses-a-changed-body",
    "The body is signed.",
    f"v1,t={AT},sig={MAC}",
    PIVOTAL_MISMATCH,
    ("F2",),
    body=utf8(EVENT.replace("1", "2")),
)
header(
    "pivotal-refuses-a-mac-over-the-body-alone",
    "Timestamp and body are signed together.",
    f"v1,t={AT},sig={b64(mac(SECRET.encode(), EVENT.encode()))}",
    PIVOTAL_MISMATCH,
    ("F2",),
)
header(
    "pivotal-refuses-a-mac-without-the-dot",
    "The dot between the parts is signed.",
    f"v1,t={AT},sig={b64(mac(SECRET.encode(), f'{AT}{EVENT}'.encode()))}",
    PIVOTAL_MISMATCH,
    ("F2",),
)
for position in (0, 15, 31):
    flipped = bytearray(pivotal_mac())
    flipped[position] ^= 0x80
    header(
        f"pivotal-refuses-one-bit-flipped-in-byte-{position + 1}-of-the-mac",
        "All 32 bytes of the MAC are compared.",
        f"v1,t={AT},sig={b64(bytes(flipped))}",
        PIVOTAL_MISMATCH,
        ("F2",),
    )

# Keys: the secret as shown, and its decoded form where it has one.

header(
    "pivotal-key-accepts-the-decoded-secret",
    "The documentation does not say how the key is derived; the decoded text is the second key.",
    pivotal_signature(key=KEY),
    accepted_pivotal(),
    (),
)
header(
    "pivotal-key-refuses-the-text-without-its-prefix",
    "The key is the text as shown, including the prefix.",
    pivotal_signature(key=b64(KEY).encode()),
    PIVOTAL_MISMATCH,
    ("F2",),
)
header(
    "pivotal-key-refuses-the-decoded-form-of-a-secret-without-prefix",
    "Only the whsec_ prefix says that the rest is base64.",
    pivotal_signature(key=KEY),
    PIVOTAL_MISMATCH,
    ("F2",),
    webhook=pivotal(b64(KEY)),
)
header(
    "pivotal-key-accepts-the-text-of-a-secret-without-prefix",
    "The key is the text as shown.",
    pivotal_signature(key=b64(KEY).encode()),
    accepted_pivotal(),
    (),
    webhook=pivotal(b64(KEY)),
)
header(
    "pivotal-key-text-refuses-the-decoded-secret",
    "With the option text, only the text is a key.",
    pivotal_signature(key=KEY),
    PIVOTAL_MISMATCH,
    ("F2",),
    webhook=pivotal(key="text"),
)
header(
    "pivotal-key-text-accepts-the-text",
    "With the option text, only the text is a key.",
    pivotal_signature(key=SECRET.encode()),
    accepted_pivotal(),
    (),
    webhook=pivotal(key="text"),
)
header(
    "pivotal-key-base64-refuses-the-text",
    "With the option base64, only the decoded text is a key.",
    pivotal_signature(key=SECRET.encode()),
    PIVOTAL_MISMATCH,
    ("F2",),
    webhook=pivotal(key="base64"),
)
header(
    "pivotal-key-base64-accepts-the-decoded-secret",
    "With the option base64, only the decoded text is a key.",
    pivotal_signature(key=KEY),
    accepted_pivotal(),
    (),
    webhook=pivotal(key="base64"),
)
header(
    "pivotal-key-accepts-text-beyond-ascii",
    "A text key is its UTF-8 bytes.",
    pivotal_signature(key="ein Prüfschlüssel für Tests".replace(" ", "-").encode()),
    accepted_pivotal(),
    (),
    webhook=pivotal("ein-Prüfschlüssel-für-Tests", schemes=["pivotal"]),
)
header(
    "pivotal-key-accepts-a-prefixed-secret-that-is-not-base64",
    "Where the rest doesn't decode, the text is the only key.",
    pivotal_signature(key=b"whsec_this is not base64".replace(b" ", b"-")),
    accepted_pivotal(),
    (),
    webhook=pivotal("whsec_this-is-not-base64", schemes=["pivotal"]),
)

# The unsigned headers are handed on as such and change no verdict.


def unsigned(name, why, headers, threats=("H10",), **reported):
    topic.verify_signature(
        name,
        why,
        headers=pivotal_delivery() + headers,
        expect=accepted_pivotal(**reported),
        threats=threats,
    )


unsigned(
    "pivotal-unsigned-headers-are-reported",
    "The type and the delivery id arrive unsigned and are reported as such.",
    [["pivotal-event", "customer.at_risk"], ["pivotal-delivery-id", "msg_1"]],
    event_type="customer.at_risk",
    delivery_id="msg_1",
)
unsigned(
    "pivotal-unsigned-type-alone-is-reported",
    "Each of the two may be absent.",
    [["pivotal-event", "customer.at_risk"]],
    event_type="customer.at_risk",
)
unsigned(
    "pivotal-unsigned-delivery-id-alone-is-reported",
    "Each of the two may be absent.",
    [["pivotal-delivery-id", "msg_1"]],
    delivery_id="msg_1",
)
unsigned(
    "pivotal-unsigned-type-that-differs-from-the-body-changes-no-verdict",
    "The header is unsigned.",
    [["pivotal-event", "webhook.ping"]],
    event_type="webhook.ping",
)
unsigned(
    "pivotal-unsigned-headers-are-found-in-any-letter-case",
    "Header names are compared without regard to case.",
    [["Pivotal-Event", "task.completed"], ["PIVOTAL-DELIVERY-ID", "msg_1"]],
    ("H1",),
    event_type="task.completed",
    delivery_id="msg_1",
)
unsigned(
    "pivotal-unsigned-type-with-a-space-is-reported",
    "A reported header may contain spaces.",
    [["pivotal-event", "customer at risk"]],
    event_type="customer at risk",
)
unsigned(
    "pivotal-unsigned-type-that-is-empty-is-reported",
    "An empty value counts as present.",
    [["pivotal-event", ""]],
    event_type="",
)
unsigned(
    "pivotal-unsigned-type-of-256-bytes-is-reported",
    "A reported header has at most 256 bytes.",
    [["pivotal-event", "e" * 256]],
    event_type="e" * 256,
)
unsigned(
    "pivotal-unsigned-type-of-257-bytes-is-withheld",
    "A reported header has at most 256 bytes.",
    [["pivotal-event", "e" * 257]],
)
unsigned(
    "pivotal-unsigned-type-with-a-line-feed-is-withheld",
    "A reported header can't forge lines in logs.",
    [["pivotal-event", "customer\nat_risk"]],
)
unsigned(
    "pivotal-unsigned-type-with-an-escape-is-withheld",
    "A reported header can't contain control sequences of a terminal.",
    [["pivotal-event", "customer\x1b[2J"]],
)
unsigned(
    "pivotal-unsigned-type-with-a-delete-character-is-withheld",
    "DEL is the first character after the visible ones.",
    [["pivotal-event", "customer\x7f"]],
)
unsigned(
    "pivotal-unsigned-delivery-id-beyond-ascii-is-withheld",
    "A reported header is ASCII.",
    [["pivotal-delivery-id", "msg_é"]],
)
unsigned(
    "pivotal-unsigned-type-that-arrives-twice-is-withheld",
    "If the header has two different values, none is reported, and the delivery is accepted.",
    [["pivotal-event", "customer.at_risk"], ["pivotal-event", "webhook.ping"]],
    ("H2",),
)
unsigned(
    "pivotal-unsigned-type-that-arrives-twice-alike-is-withheld",
    "Equal lines are two lines, as hosts that join them show two.",
    [["pivotal-event", "webhook.ping"], ["Pivotal-Event", "webhook.ping"]],
    ("H2",),
)
topic.verify_signature(
    "pivotal-unsigned-headers-are-not-read-beside-svix",
    "The headers belong to the pivotal scheme, and another scheme was checked.",
    headers=[
        *svix(),
        ["pivotal-event", "customer.at_risk"],
        ["pivotal-delivery-id", "msg_1"],
    ],
    expect=accepted_svix(),
)
topic.verify_signature(
    "pivotal-unsigned-headers-are-not-read-beside-pivot",
    "The headers belong to the pivotal scheme, and another scheme was checked.",
    webhook=pivot(),
    headers=[
        *pivot_delivery(),
        ["pivotal-event", "customer.at_risk"],
        ["pivotal-delivery-id", "msg_1"],
    ],
    body=PIVOT_BODY,
    expect=accepted_pivot(),
)
topic.verify_signature(
    "pivotal-unsigned-headers-alone-authenticate-nothing",
    "Without a signature header there is no scheme.",
    headers=[["pivotal-event", "customer.at_risk"], ["pivotal-delivery-id", "msg_1"]],
    expect=refused("header_missing", header="svix-signature"),
    threats=["H5"],
)
