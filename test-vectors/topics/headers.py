"""Cases of header names, missing and repeated headers, and the two families of svix names."""

from builders import (
    AT,
    ID,
    PIVOT_BODY,
    STRANGER_KEY,
    Topic,
    accepted_pivot,
    accepted_pivotal,
    accepted_svix,
    b64,
    mismatch,
    pivot,
    pivot_delivery,
    pivot_headers,
    pivot_mac,
    pivotal,
    pivotal_delivery,
    refused,
    svix,
    svix_headers,
    svix_mac,
    v1,
)

topic = Topic(
    "headers",
    "The cases test how headers are found: letter case, similar names, missing and repeated "
    "headers, and mixed families.",
)

SVIX_ID, SVIX_TIMESTAMP, SVIX_SIGNATURE = svix()
WEBHOOK_ID, WEBHOOK_TIMESTAMP, WEBHOOK_SIGNATURE = svix(family="webhook")
OTHER_ID = "msg_2"
BAD_SIGNATURE = v1(svix_mac(key=STRANGER_KEY))


def check(name, why, headers, expect, threats, **rest):
    topic.verify_signature(name, why, headers=headers, expect=expect, threats=threats, **rest)


def missing(header):
    return refused("header_missing", header=header)


def duplicated(header):
    return refused("header_duplicated", header=header)


def renamed(headers, rename):
    return [[rename(name), value] for name, value in headers]


# Names

check(
    "header-names-are-found-in-title-case",
    "Header names are compared without regard to case.",
    renamed(svix(), str.title),
    accepted_svix(),
    ["H1"],
)
check(
    "header-names-are-found-in-capitals",
    "Header names are compared without regard to case.",
    renamed(svix(), str.upper),
    accepted_svix(),
    ["H1"],
)
check(
    "header-names-are-found-in-mixed-case",
    "Header names are compared without regard to case.",
    [
        ["sViX-iD", ID],
        ["SVIX-timestamp", str(AT)],
        ["Svix-SIGNATURE", SVIX_SIGNATURE[1]],
    ],
    accepted_svix(),
    ["H1"],
)
check(
    "header-names-of-the-unbranded-family-are-found-in-title-case",
    "Header names are compared without regard to case.",
    renamed(svix(family="webhook"), str.title),
    accepted_svix(),
    ["H1"],
)
check(
    "header-names-of-pivotal-are-found-in-title-case",
    "Header names are compared without regard to case.",
    renamed(pivotal_delivery(), str.title),
    accepted_pivotal(),
    ["H1"],
)
check(
    "header-names-of-pivot-are-found-in-title-case",
    "Header names are compared without regard to case.",
    renamed(pivot_delivery(), str.title),
    accepted_pivot(),
    ["H1"],
    webhook=pivot(),
    body=PIVOT_BODY,
)
check(
    "header-names-come-in-any-order",
    "Headers are found by name, not by position.",
    [SVIX_SIGNATURE, SVIX_TIMESTAMP, SVIX_ID],
    accepted_svix(),
    ["H1"],
)
check(
    "header-names-that-nobody-asked-for-are-ignored",
    "A request has many headers.",
    [
        ["host", "receiver.example"],
        ["content-type", "application/json"],
        ["x-request-id", "é"],
        *svix(),
        ["svix-extra", "1"],
        ["", ""],
    ],
    accepted_svix(),
    ["H1"],
)
check(
    "header-name-with-a-long-s-is-another-name",
    "Only ASCII letters have a letter case here; \u017f lower-cases to s elsewhere.",
    [["\u017fvix-id", ID], SVIX_TIMESTAMP, SVIX_SIGNATURE],
    missing("svix-id"),
    ["H1"],
)
check(
    "header-name-with-a-long-s-does-not-shadow-the-real-one",
    "A look-alike with another value has no effect.",
    [["\N{LATIN SMALL LETTER LONG S}vix-id", OTHER_ID], *svix()],
    accepted_svix(),
    ["H1"],
)
check(
    "header-name-with-a-kelvin-sign-is-another-name",
    "Only ASCII letters have a letter case here; the Kelvin sign lower-cases to k elsewhere.",
    [["webhoo\u212a-id", ID], WEBHOOK_TIMESTAMP, WEBHOOK_SIGNATURE],
    missing("webhook-id"),
    ["H1"],
)
check(
    "header-name-with-a-dotless-i-is-another-name",
    "Only ASCII letters have a letter case here.",
    [["sv\u0131x-signature", SVIX_SIGNATURE[1]], SVIX_ID, SVIX_TIMESTAMP],
    missing("svix-signature"),
    ["H1"],
)
check(
    "header-name-with-a-dotted-capital-i-is-another-name",
    "Only ASCII letters have a letter case here.",
    [["SV\u0130X-ID", ID], SVIX_TIMESTAMP, SVIX_SIGNATURE],
    missing("svix-id"),
    ["H1"],
)
check(
    "header-name-with-an-underscore-is-another-name",
    "Gateways change _ to -, but this package does not.",
    [["svix_id", ID], SVIX_TIMESTAMP, SVIX_SIGNATURE],
    missing("svix-id"),
    ["H3"],
)
check(
    "header-names-with-underscores-are-other-names",
    "Gateways change _ to -, but this package does not.",
    [
        ["svix_id", ID],
        ["svix_timestamp", str(AT)],
        ["svix_signature", SVIX_SIGNATURE[1]],
    ],
    missing("svix-signature"),
    ["H3"],
)
check(
    "header-name-with-an-underscore-does-not-shadow-the-real-one",
    "A look-alike with another value has no effect.",
    [["svix_id", OTHER_ID], *svix()],
    accepted_svix(),
    ["H3"],
)
check(
    "header-value-that-a-gateway-merged-is-malformed",
    "A gateway that changes svix_id to svix-id joins the values with a comma.",
    svix(id=f"{OTHER_ID},{ID}"),
    refused("header_malformed", header="svix-id"),
    ["H3", "H2"],
)
check(
    "header-name-with-a-trailing-space-is-another-name",
    "All bytes of a name are compared.",
    [["svix-id ", ID], SVIX_TIMESTAMP, SVIX_SIGNATURE],
    missing("svix-id"),
    ["H1"],
)
check(
    "header-name-with-a-prefix-is-another-name",
    "All bytes of a name are compared.",
    [["x-svix-id", ID], SVIX_TIMESTAMP, SVIX_SIGNATURE],
    missing("svix-id"),
    ["H1"],
)
check(
    "header-name-of-a-wsgi-variable-is-another-name",
    "HTTP_SVIX_ID is a variable of a gateway, not a header.",
    [["HTTP_SVIX_ID", ID], SVIX_TIMESTAMP, SVIX_SIGNATURE],
    missing("svix-id"),
    ["H3"],
)

# Missing

check(
    "header-missing-without-any-header",
    "The error names the signature header of the first accepted scheme.",
    [],
    missing("svix-signature"),
    ["H5"],
)
check(
    "header-missing-names-pivotal-signature-when-svix-is-not-accepted",
    "The error names the signature header of the first accepted scheme.",
    [],
    missing("pivotal-signature"),
    ["H5"],
    webhook=pivotal(schemes=["pivotal"]),
)
check(
    "header-missing-names-svix-signature-however-the-schemes-are-listed",
    "The order of the schemes is fixed and does not depend on the order in the option.",
    [],
    missing("svix-signature"),
    ["H5"],
    webhook=pivotal(schemes=["pivotal", "svix"]),
)
check(
    "header-missing-names-x-pivot-signature-on-a-pivot-endpoint",
    "The error names the signature header of the only scheme.",
    [],
    missing("x-pivot-signature"),
    ["H5"],
    webhook=pivot(),
    body=PIVOT_BODY,
)
check(
    "header-missing-names-svix-id",
    "All three headers are needed.",
    [SVIX_TIMESTAMP, SVIX_SIGNATURE],
    missing("svix-id"),
    ["H5"],
)
check(
    "header-missing-names-svix-timestamp",
    "All three headers are needed.",
    [SVIX_ID, SVIX_SIGNATURE],
    missing("svix-timestamp"),
    ["H5"],
)
check(
    "header-missing-names-svix-signature",
    "Without a signature header no scheme is chosen.",
    [SVIX_ID, SVIX_TIMESTAMP],
    missing("svix-signature"),
    ["H5"],
)
check(
    "header-missing-names-the-id-before-the-timestamp",
    "The first of id, timestamp and signature that is missing is named.",
    [SVIX_SIGNATURE],
    missing("svix-id"),
    ["H5"],
)
check(
    "header-missing-names-webhook-id",
    "All three headers are needed.",
    [WEBHOOK_TIMESTAMP, WEBHOOK_SIGNATURE],
    missing("webhook-id"),
    ["H5"],
)
check(
    "header-missing-names-webhook-timestamp",
    "All three headers are needed.",
    [WEBHOOK_ID, WEBHOOK_SIGNATURE],
    missing("webhook-timestamp"),
    ["H5"],
)
check(
    "header-missing-names-svix-signature-when-only-the-unbranded-one-is-missing",
    "Without a signature header no scheme is chosen, so the error has the first name.",
    [WEBHOOK_ID, WEBHOOK_TIMESTAMP],
    missing("svix-signature"),
    ["H5"],
)

# Families

check(
    "header-family-svix-is-used-when-both-are-complete-and-equal",
    "Two equal trios of headers are accepted.",
    svix() + svix(family="webhook"),
    accepted_svix(),
    ["H4"],
)
check(
    "header-family-order-does-not-matter",
    "Two equal trios of headers are accepted.",
    svix(family="webhook") + svix(),
    accepted_svix(),
    ["H4"],
)
check(
    "header-family-webhook-completes-itself-beside-a-partial-svix",
    "Beside an incomplete svix trio, the complete webhook trio is read.",
    [["svix-id", OTHER_ID], SVIX_TIMESTAMP, *svix(family="webhook")],
    accepted_svix(),
    ["H4"],
)
check(
    "header-family-webhook-completes-itself-beside-a-lone-svix-signature",
    "Beside an incomplete svix trio, the complete webhook trio is read.",
    [["svix-signature", BAD_SIGNATURE], *svix(family="webhook")],
    accepted_svix(),
    ["H4"],
)
check(
    "header-family-svix-is-used-beside-a-partial-webhook",
    "An incomplete webhook trio is ignored.",
    [*svix(), ["webhook-id", OTHER_ID]],
    accepted_svix(),
    ["H4"],
)
check(
    "header-family-mixed-id-is-missing",
    "The two families are never mixed.",
    [WEBHOOK_ID, SVIX_TIMESTAMP, SVIX_SIGNATURE],
    missing("svix-id"),
    ["H4"],
)
check(
    "header-family-mixed-timestamp-is-missing",
    "The two families are never mixed.",
    [SVIX_ID, WEBHOOK_TIMESTAMP, SVIX_SIGNATURE],
    missing("svix-timestamp"),
    ["H4"],
)
check(
    "header-family-mixed-signature-is-missing",
    "The error names a missing header of the family whose signature header is present.",
    [SVIX_ID, SVIX_TIMESTAMP, WEBHOOK_SIGNATURE],
    missing("webhook-id"),
    ["H4"],
)
check(
    "header-family-svix-is-named-when-both-signatures-are-incomplete",
    "With both signature headers and no complete trio the svix family is named.",
    [SVIX_SIGNATURE, WEBHOOK_SIGNATURE, WEBHOOK_ID],
    missing("svix-id"),
    ["H4"],
)
check(
    "header-family-with-another-id-is-duplicated",
    "Two complete trios that differ could be read in two ways.",
    [*svix(), ["webhook-id", OTHER_ID], WEBHOOK_TIMESTAMP, WEBHOOK_SIGNATURE],
    duplicated("svix-id"),
    ["H4"],
)
check(
    "header-family-with-another-timestamp-is-duplicated",
    "Two complete trios that differ could be read in two ways.",
    [*svix(), WEBHOOK_ID, ["webhook-timestamp", str(AT + 1)], WEBHOOK_SIGNATURE],
    duplicated("svix-timestamp"),
    ["H4"],
)
check(
    "header-family-with-another-signature-is-duplicated",
    "Two complete trios that differ could be read in two ways.",
    [*svix(), WEBHOOK_ID, WEBHOOK_TIMESTAMP, ["webhook-signature", BAD_SIGNATURE]],
    duplicated("svix-signature"),
    ["H4"],
)
check(
    "header-family-that-differs-in-all-names-the-id",
    "The first difference is named.",
    svix() + svix(id=OTHER_ID, at=AT + 1, family="webhook"),
    duplicated("svix-id"),
    ["H4"],
)
check(
    "header-family-with-a-repeated-header-is-duplicated",
    "A repeated header in the second complete trio is a difference, too.",
    svix() + svix(family="webhook") + [["webhook-id", OTHER_ID]],
    duplicated("webhook-id"),
    ["H4", "H2"],
)
check(
    "header-family-with-empty-values-is-complete",
    "An empty value counts as present.",
    [*svix(), ["webhook-id", ""], WEBHOOK_TIMESTAMP, WEBHOOK_SIGNATURE],
    duplicated("svix-id"),
    ["H4"],
)

# Repeated

for header, other in [("svix-id", OTHER_ID), ("svix-timestamp", str(AT + 1))]:
    check(
        f"header-repeated-{header}-with-another-value-is-duplicated",
        "Two values could be read in two ways.",
        [*svix(), [header, other]],
        duplicated(header),
        ["H2"],
    )
    check(
        f"header-repeated-{header}-with-another-value-first-is-duplicated",
        "The order of the values has no effect.",
        [[header, other], *svix()],
        duplicated(header),
        ["H2"],
    )
for header, other in [("webhook-id", OTHER_ID), ("webhook-timestamp", str(AT + 1))]:
    check(
        f"header-repeated-{header}-with-another-value-is-duplicated",
        "Two values could be read in two ways.",
        [*svix(family="webhook"), [header, other]],
        duplicated(header),
        ["H2"],
    )
check(
    "header-repeated-pivotal-signature-with-another-value-is-duplicated",
    "Two values could be read in two ways.",
    pivotal_delivery() + pivotal_delivery(at=AT + 1),
    duplicated("pivotal-signature"),
    ["H2"],
)
check(
    "header-repeated-x-pivot-signature-with-another-value-is-duplicated",
    "Two values could be read in two ways.",
    pivot_delivery() + pivot_headers("0" * 64),
    duplicated("x-pivot-signature"),
    ["H2"],
    webhook=pivot(),
    body=PIVOT_BODY,
)
check(
    "header-repeated-x-pivot-signature-in-another-form-is-duplicated",
    "Values are compared as text: hex and base64 of the same MAC differ.",
    pivot_delivery() + pivot_headers(b64(pivot_mac())),
    duplicated("x-pivot-signature"),
    ["H2"],
    webhook=pivot(),
    body=PIVOT_BODY,
)
check(
    "header-repeated-in-another-letter-case-is-duplicated",
    "The same name in another letter case is the same name.",
    [*svix(), ["Svix-Id", OTHER_ID]],
    duplicated("svix-id"),
    ["H2", "H1"],
)
check(
    "header-repeated-with-an-empty-value-is-duplicated",
    "An empty value counts as a value.",
    [*svix(), ["svix-id", ""]],
    duplicated("svix-id"),
    ["H2"],
)
check(
    "header-repeated-three-times-with-one-different-is-duplicated",
    "Every value counts.",
    [*svix(), SVIX_ID, ["svix-id", OTHER_ID]],
    duplicated("svix-id"),
    ["H2"],
)
check(
    "header-repeated-with-different-first-and-equal-later-is-duplicated",
    "Every value counts.",
    [["svix-id", OTHER_ID], *svix(), ["svix-id", OTHER_ID]],
    duplicated("svix-id"),
    ["H2"],
)
for family, header, line in [
    ("svix", "svix-id", SVIX_ID),
    ("svix", "svix-timestamp", SVIX_TIMESTAMP),
    ("webhook", "webhook-id", WEBHOOK_ID),
    ("webhook", "webhook-timestamp", WEBHOOK_TIMESTAMP),
]:
    check(
        f"header-repeated-{header}-alike-is-duplicated",
        "Hosts that join lines refuse equal ones too, so every host does.",
        [*svix(family=family), line],
        duplicated(header),
        ["H2"],
    )
check(
    "header-repeated-alike-in-another-letter-case-is-duplicated",
    "Equal lines are two lines, also if the case of their names differs.",
    svix() + renamed(svix(), str.upper),
    duplicated("svix-id"),
    ["H2", "H1"],
)
check(
    "header-repeated-pivotal-signature-alike-is-duplicated",
    "The parameters of one signature are on one line.",
    pivotal_delivery() * 2,
    duplicated("pivotal-signature"),
    ["H2"],
)
check(
    "header-repeated-x-pivot-signature-alike-is-duplicated",
    "The header holds one signature.",
    pivot_delivery() * 2,
    duplicated("x-pivot-signature"),
    ["H2"],
    webhook=pivot(),
    body=PIVOT_BODY,
)
check(
    "header-repeated-id-names-the-id-before-the-timestamp",
    "The first repeated header is named.",
    [*svix(), ["svix-timestamp", "1"], ["svix-id", OTHER_ID]],
    duplicated("svix-id"),
    ["H2"],
)
for family, other in [("svix", "webhook"), ("webhook", "svix")]:
    for part, first, second in [
        ("id", ID, OTHER_ID),
        ("timestamp", str(AT), str(AT + 1)),
    ]:
        name = f"{other}-{part}"
        check(
            f"header-repeated-{name}-beside-a-complete-{family}-family-is-duplicated",
            "A request with two ids or timestamps could be read in two ways, whichever is used.",
            [*svix(family=family), [name, first], [name, second]],
            duplicated(name),
            ["H2", "H4"],
        )
        check(
            f"header-repeated-{name}-alike-beside-a-complete-{family}-family-is-duplicated",
            "Equal lines are two lines.",
            [*svix(family=family), [name, first], [name, first]],
            duplicated(name),
            ["H2", "H4"],
        )
        check(
            f"header-joined-{name}-beside-a-complete-{family}-family-is-malformed",
            "A host may have joined the two lines.",
            [*svix(family=family), [name, f"{first}, {second}"]],
            refused(
                "header_malformed" if part == "id" else "timestamp_malformed",
                header=name,
            ),
            ["H2", "H4"],
        )
    check(
        f"header-repeated-{other}-signature-beside-a-complete-{family}-family-is-not-used",
        "A signature is a list, and this one has no id and no timestamp.",
        [
            *svix(family=family),
            [f"{other}-signature", "a"],
            [f"{other}-signature", "b"],
        ],
        accepted_svix(),
        ["H2", "H4"],
    )
check(
    "header-repeated-in-a-scheme-that-is-not-used-changes-nothing",
    "Only the headers of the chosen scheme are read.",
    svix() + pivotal_delivery() + pivotal_delivery(at=AT + 1),
    accepted_svix(),
    ["H2", "H5"],
)
check(
    "header-repeated-signature-still-decides-the-scheme",
    "A repeated signature header counts as present, so no other scheme is tried.",
    [["svix-signature", "a"], ["svix-signature", "b"], *pivotal_delivery()],
    missing("svix-id"),
    ["H2", "H5"],
)

# Several lines of a signature are one list

for family in ["svix", "webhook"]:
    honest = svix(family=family)
    header, signature = honest[2]
    for what, lines, expect in [
        ("good-line-first", [signature, BAD_SIGNATURE], accepted_svix()),
        ("good-line-last", [BAD_SIGNATURE, signature], accepted_svix()),
        ("good-line-twice", [signature, signature], accepted_svix()),
        ("good-line-among-many", [*["v1,junk"] * 30, signature], accepted_svix()),
        ("empty-line-beside-it", ["", signature], accepted_svix()),
        ("version-on-a-line-of-its-own", ["v1", signature[3:]], accepted_svix()),
        ("stranger-on-every-line", [BAD_SIGNATURE, BAD_SIGNATURE], mismatch(header)),
        (
            "33-lines",
            [*["v1,junk"] * 32, signature],
            refused("too_many_signatures", header=header),
        ),
        (
            "more-than-8-kib-in-two-lines",
            [" " * 4096, " " * 3900, signature + " " * 196],
            refused("too_many_signatures", header=header),
        ),
    ]:
        check(
            f"header-lines-of-{header}-with-a-{what}",
            "The signature header is a list, so its lines are one list (RFC 9110, 5.3).",
            [*honest[:2], *([header, line] for line in lines)],
            expect,
            ["H2", "H7"],
        )
check(
    "header-lines-of-both-families-that-are-equal-are-accepted",
    "Two complete families are compared as lists.",
    [
        *svix_headers(BAD_SIGNATURE),
        SVIX_SIGNATURE,
        *svix_headers(f"{BAD_SIGNATURE},{SVIX_SIGNATURE[1]}", family="webhook"),
    ],
    accepted_svix(),
    ["H2", "H4"],
)
check(
    "header-lines-of-both-families-in-another-order-are-duplicated",
    "Two complete families are compared as lists.",
    [
        *svix_headers(BAD_SIGNATURE),
        SVIX_SIGNATURE,
        *svix(family="webhook"),
        ["webhook-signature", BAD_SIGNATURE],
    ],
    duplicated("svix-signature"),
    ["H2", "H4"],
)

# Values that an HTTP stack joined

check(
    "header-joined-ids-are-malformed",
    "A comma shows that lines were joined.",
    svix(id=f"{ID}, {ID}"),
    refused("header_malformed", header="svix-id"),
    ["H2"],
)
check(
    "header-joined-timestamps-are-malformed",
    "A comma shows that lines were joined.",
    svix(at=f"{AT}, {AT}"),
    refused("timestamp_malformed", header="svix-timestamp"),
    ["H2"],
)
