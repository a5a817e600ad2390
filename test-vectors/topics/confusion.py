"""Cases with one key under three schemes: a MAC of one scheme is refused under another."""

from builders import (
    AT,
    BODY,
    EVENT,
    ID,
    KEY,
    PIVOT_MISMATCH,
    PIVOTAL_MISMATCH,
    SECRET,
    STRANGER_KEY,
    Topic,
    accepted_pivot,
    accepted_pivotal,
    accepted_svix,
    b64,
    mac,
    mismatch,
    pivot,
    pivot_delivery,
    pivot_headers,
    pivot_mac,
    pivotal,
    pivotal_delivery,
    pivotal_headers,
    pivotal_mac,
    refused,
    svix,
    svix_headers,
    svix_mac,
    unreadable,
    utf8,
    v1,
)

topic = Topic(
    "confusion",
    "One key is used under several schemes: no scheme accepts a MAC or headers of another scheme.",
)

# With `base64` the three schemes derive one and the same key, which is the worst case.
SHARED = {"key": "base64"}
PIVOTAL_ENDPOINT = pivotal(**SHARED)
PIVOT_ENDPOINT = pivot(SECRET, **SHARED)
SVIX_MAC = svix_mac()
PIVOTAL_MAC = pivotal_mac(key=KEY)
PIVOT_MAC = pivot_mac(BODY, key=KEY)


def check(
    name,
    why,
    headers,
    expect,
    webhook=PIVOTAL_ENDPOINT,
    body=BODY,
    do=topic.verify_signature,
):
    do(
        name,
        why,
        webhook=webhook,
        headers=headers,
        body=body,
        expect=expect,
        threats=["H5"],
    )


# The key is valid in each scheme (for the other two: topics svix and pivotal), so that what follows
# is refused for the scheme alone

check(
    "confusion-control-pivot-is-accepted-as-pivot",
    "The same key also signs with pivot here.",
    pivot_delivery(BODY, KEY),
    accepted_pivot(),
    PIVOT_ENDPOINT,
)

# A MAC under another scheme's header

check(
    "confusion-a-svix-mac-is-no-pivotal-mac",
    "Only one of the two signed contents includes the id.",
    pivotal_headers(f"v1,t={AT},sig={b64(SVIX_MAC)}"),
    PIVOTAL_MISMATCH,
)
check(
    "confusion-a-svix-mac-is-no-pivot-mac",
    "pivot signs only the body.",
    pivot_headers(SVIX_MAC.hex()),
    PIVOT_MISMATCH,
    PIVOT_ENDPOINT,
)
check(
    "confusion-a-pivotal-mac-is-no-svix-mac",
    "Only one of the two signed contents includes the id.",
    svix_headers(v1(PIVOTAL_MAC)),
    mismatch(),
)
check(
    "confusion-a-pivotal-mac-is-no-pivot-mac",
    "pivot signs only the body.",
    pivot_headers(PIVOTAL_MAC.hex()),
    PIVOT_MISMATCH,
    PIVOT_ENDPOINT,
)
check(
    "confusion-a-pivot-mac-is-no-svix-mac",
    "svix signs more than the body.",
    svix_headers(v1(PIVOT_MAC)),
    mismatch(),
)
check(
    "confusion-a-pivot-mac-is-no-pivotal-mac",
    "pivotal signs more than the body.",
    pivotal_headers(f"v1,t={AT},sig={b64(PIVOT_MAC)}"),
    PIVOTAL_MISMATCH,
)

# The headers of one scheme at an endpoint for another

SVIX_ONLY = pivotal(schemes=["svix"], **SHARED)
PIVOTAL_ONLY = pivotal(schemes=["pivotal"], **SHARED)
check(
    "confusion-svix-headers-say-nothing-to-an-endpoint-for-pivotal",
    "The headers of a scheme that is not accepted are ignored.",
    svix(),
    refused("header_missing", header="pivotal-signature"),
    PIVOTAL_ONLY,
)
check(
    "confusion-unbranded-headers-say-nothing-to-an-endpoint-for-pivotal",
    "The headers of a scheme that is not accepted are ignored.",
    svix(family="webhook"),
    refused("header_missing", header="pivotal-signature"),
    PIVOTAL_ONLY,
)
check(
    "confusion-svix-headers-say-nothing-to-an-endpoint-for-pivot",
    "A Pivot endpoint accepts no other scheme.",
    svix(),
    refused("header_missing", header="x-pivot-signature"),
    PIVOT_ENDPOINT,
)
check(
    "confusion-pivotal-headers-say-nothing-to-an-endpoint-for-svix",
    "The headers of a scheme that is not accepted are ignored.",
    pivotal_delivery(key=KEY),
    refused("header_missing", header="svix-signature"),
    SVIX_ONLY,
)
check(
    "confusion-pivotal-headers-say-nothing-to-an-endpoint-for-pivot",
    "A Pivot endpoint accepts no other scheme.",
    pivotal_delivery(key=KEY),
    refused("header_missing", header="x-pivot-signature"),
    PIVOT_ENDPOINT,
)
check(
    "confusion-pivot-headers-say-nothing-to-a-pivotal-endpoint",
    "A Pivotal endpoint never accepts a MAC over bare bytes.",
    pivot_delivery(BODY, KEY),
    refused("header_missing", header="svix-signature"),
)
check(
    "confusion-pivot-headers-say-nothing-to-an-endpoint-for-svix",
    "The headers of a scheme that is not accepted are ignored.",
    pivot_delivery(BODY, KEY),
    refused("header_missing", header="svix-signature"),
    SVIX_ONLY,
)
check(
    "confusion-pivot-headers-say-nothing-to-an-endpoint-for-pivotal",
    "The headers of a scheme that is not accepted are ignored.",
    pivot_delivery(BODY, KEY),
    refused("header_missing", header="pivotal-signature"),
    PIVOTAL_ONLY,
)

# Several signature headers: the first accepted scheme decides, and there is no second try

BAD_SVIX = svix(key=STRANGER_KEY)
BAD_PIVOTAL = pivotal_delivery(key=STRANGER_KEY)
check(
    "confusion-svix-decides-over-pivotal",
    "svix comes first, so its id is reported.",
    svix() + pivotal_delivery(key=KEY),
    accepted_svix(),
)
check(
    "confusion-svix-decides-however-the-headers-stand",
    "The order of the schemes is fixed and does not depend on the order of the headers.",
    pivotal_delivery(key=KEY) + svix(),
    accepted_svix(),
)
check(
    "confusion-svix-decides-however-the-schemes-are-listed",
    "The order of the schemes is fixed and does not depend on the order in the option.",
    pivotal_delivery(key=KEY) + svix(),
    accepted_svix(),
    pivotal(schemes=["pivotal", "svix"], **SHARED),
)
check(
    "confusion-a-bad-pivotal-beside-a-good-svix-is-not-looked-at",
    "Only the first accepted scheme is checked.",
    svix() + BAD_PIVOTAL,
    accepted_svix(),
)
check(
    "confusion-a-good-pivotal-does-not-save-a-bad-svix",
    "No other scheme is tried after the first one.",
    BAD_SVIX + pivotal_delivery(key=KEY),
    mismatch(),
)
check(
    "confusion-a-good-pivotal-does-not-save-an-incomplete-svix",
    "No other scheme is tried after the first one.",
    [["svix-signature", v1(SVIX_MAC)], *pivotal_delivery(key=KEY)],
    refused("header_missing", header="svix-id"),
)
check(
    "confusion-a-good-pivotal-does-not-save-an-empty-svix-signature",
    "An empty signature header counts as present, so its scheme is checked.",
    svix_headers("") + pivotal_delivery(key=KEY),
    mismatch(),
)
check(
    "confusion-a-good-pivotal-does-not-save-an-unbranded-signature-alone",
    "webhook-signature is a signature header of svix.",
    [["webhook-signature", v1(SVIX_MAC)], *pivotal_delivery(key=KEY)],
    refused("header_missing", header="webhook-id"),
)
check(
    "confusion-a-good-pivotal-does-not-save-an-old-svix",
    "No other scheme is tried after the first one.",
    svix(at=AT - 301) + pivotal_delivery(key=KEY),
    refused("timestamp_too_old", skew=301, tolerance=300),
)
check(
    "confusion-a-svix-id-without-a-signature-leaves-pivotal-to-decide",
    "Only a signature header makes a scheme present.",
    [["svix-id", ID], ["svix-timestamp", str(AT)], *pivotal_delivery(key=KEY)],
    accepted_pivotal(),
)
check(
    "confusion-svix-headers-change-nothing-where-pivotal-alone-is-accepted",
    "The headers of a scheme that is not accepted are ignored.",
    BAD_SVIX + pivotal_delivery(key=KEY),
    accepted_pivotal(),
    PIVOTAL_ONLY,
)
check(
    "confusion-a-good-pivot-does-not-save-a-bad-svix",
    "A Pivotal endpoint never accepts a MAC over bare bytes.",
    BAD_SVIX + pivot_delivery(BODY, KEY),
    mismatch(),
)
check(
    "confusion-svix-headers-change-nothing-at-a-pivot-endpoint",
    "A Pivot endpoint accepts no other scheme.",
    BAD_SVIX + pivot_delivery(BODY, KEY),
    accepted_pivot(),
    PIVOT_ENDPOINT,
)
check(
    "confusion-svix-headers-do-not-save-a-bad-pivot",
    "A Pivot endpoint accepts no other scheme.",
    svix() + pivot_headers("0" * 64),
    PIVOT_MISMATCH,
    PIVOT_ENDPOINT,
)

# The same bytes read under another scheme. The MAC is good each time: only the grammar and the JSON
# keep the schemes apart.

SVIX_CONTENT = utf8(f"{ID}.{AT}.{EVENT}")
PIVOTAL_CONTENT = utf8(f"{AT}.{EVENT}")
check(
    "confusion-svix-content-as-a-pivot-body-is-no-json",
    "pivot signs bare bytes, so the content of a captured svix delivery is a pivot message; "
    "but no object starts with an id.",
    pivot_headers(SVIX_MAC.hex()),
    unreadable("syntax"),
    PIVOT_ENDPOINT,
    SVIX_CONTENT,
    topic.verify,
)
check(
    "confusion-pivotal-content-as-a-pivot-body-is-no-json",
    "pivot signs bare bytes, so the content of a captured pivotal delivery is a pivot "
    "message; but no object starts with a number.",
    pivot_headers(PIVOTAL_MAC.hex()),
    unreadable("syntax"),
    PIVOT_ENDPOINT,
    PIVOTAL_CONTENT,
    topic.verify,
)
check(
    "confusion-svix-content-as-a-pivot-body-is-authentic-bytes",
    "verify_signature does not parse JSON, and these bytes were signed with this key: one secret "
    "per endpoint is what keeps them apart.",
    pivot_headers(SVIX_MAC.hex()),
    accepted_pivot(),
    PIVOT_ENDPOINT,
    SVIX_CONTENT,
)
HIDING = '{"note":"x.1750000000.{"}'
check(
    "confusion-a-pivot-body-split-into-svix-parts-has-no-id",
    "A signed object that hides a dot, a timestamp and a dot would need an id that starts "
    "with a brace.",
    svix_headers(v1(mac(KEY, HIDING.encode())), id='{"note":"x', at="1750000000"),
    refused("header_malformed", header="svix-id"),
    body=utf8('{"}'),
)
check(
    "confusion-a-pivot-body-split-into-pivotal-parts-has-no-timestamp",
    "A signed object would need a timestamp that starts with a brace.",
    pivotal_headers(f'v1,t={{"note":"x,sig={b64(mac(KEY, HIDING.encode()))}'),
    refused("timestamp_malformed", header="pivotal-signature"),
    body=utf8('1750000000.{"}'),
)
check(
    "confusion-a-pivotal-content-split-into-svix-parts-has-no-id",
    "A body that starts with digits and a dot would need an id of digits alone.",
    svix_headers(v1(mac(KEY, f"{AT}.{AT}.{{}}".encode())), id=str(AT)),
    refused("header_malformed", header="svix-id"),
    body=utf8("{}"),
)
check(
    "confusion-a-svix-content-split-into-pivotal-parts-has-no-timestamp",
    "The id would have to be the timestamp, and an id is never digits alone.",
    pivotal_headers(f"v1,t={ID},sig={b64(SVIX_MAC)}"),
    refused("timestamp_malformed", header="pivotal-signature"),
    body=PIVOTAL_CONTENT,
)
check(
    "confusion-a-pivotal-body-that-starts-like-a-number-is-no-json",
    "Where digits alone were signed as an id, the rest of the content is no object.",
    pivotal_headers(f"v1,t={AT},sig={b64(mac(KEY, f'{AT}.{AT}.{{}}'.encode()))}"),
    unreadable("syntax"),
    body=utf8(f"{AT}.{{}}"),
    do=topic.verify,
)
check(
    "confusion-a-svix-content-shifted-by-a-dot-has-no-id",
    "With a dot in the id, the same bytes could be split in two ways.",
    svix_headers(v1(mac(KEY, b"a.1750000000.1750000001.{}")), id="a.1750000000", at="1750000001"),
    refused("header_malformed", header="svix-id"),
    body=utf8("{}"),
)
