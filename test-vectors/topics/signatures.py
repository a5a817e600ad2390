"""Cases of the svix signature header: a list in which some entries can be invalid."""

from builders import (
    STRANGER_KEY,
    Topic,
    accepted_svix,
    b64,
    mismatch,
    refused,
    svix_headers,
    svix_mac,
    utf8,
    v1,
)

topic = Topic(
    "signatures",
    "The svix signature header: the cases test versions, entries, separators, base64 and the "
    "two limits.",
)

GOOD = v1(svix_mac())
GOOD_MAC = b64(svix_mac())
BAD = v1(svix_mac(key=STRANGER_KEY))
BAD_MAC = b64(svix_mac(key=STRANGER_KEY))


def accepts(name, why, signature, threats=()):
    topic.verify_signature(
        name,
        why,
        headers=svix_headers(signature),
        expect=accepted_svix(),
        threats=threats,
    )


def refuses(name, why, signature, threats=()):
    topic.verify_signature(
        name, why, headers=svix_headers(signature), expect=mismatch(), threats=threats
    )


def too_many(name, why, signature):
    topic.verify_signature(
        name,
        why,
        headers=svix_headers(signature),
        expect=refused("too_many_signatures", header="svix-signature"),
        threats=["H6"],
    )


# One good signature among others

accepts(
    "signature-list-accepts-the-good-one-first",
    "One match is sufficient.",
    f"{GOOD} {BAD} {BAD}",
    ["F8"],
)
accepts(
    "signature-list-accepts-the-good-one-in-the-middle",
    "One match is sufficient.",
    f"{BAD} {GOOD} {BAD}",
    ["F8"],
)
accepts(
    "signature-list-accepts-the-good-one-last",
    "One match is sufficient.",
    f"{BAD} {BAD} {GOOD}",
    ["F8"],
)
accepts(
    "signature-list-accepts-the-good-one-twice",
    "An even number of matches is a match.",
    f"{GOOD} {GOOD}",
    ["F9"],
)
accepts(
    "signature-list-accepts-the-good-one-three-times",
    "Three matches are a match.",
    f"{GOOD} {GOOD} {GOOD}",
    ["F9"],
)
accepts(
    "signature-list-accepts-the-good-one-four-times",
    "An even number of matches is a match.",
    " ".join([GOOD] * 4),
    ["F9"],
)
refuses(
    "signature-list-refuses-two-bad-ones",
    "Two that don't match are no match.",
    f"{BAD} {BAD}",
    ["F1"],
)

JUNK = {
    "a-bare-version": "v1",
    "a-version-and-a-comma": "v1,",
    "a-comma": ",",
    "three-commas": ",,,",
    "signs-that-are-not-base64": "v1,@@@",
    "letters-beyond-ascii": "v1,ééé",
    "an-emoji": "v1,\N{GRINNING FACE}",
    "a-word": "garbage",
    "an-unpadded-entry": f"v1,{BAD_MAC[:-1]}",
    "an-url-safe-entry": "v1," + "-_" * 21 + "A=",
    "a-short-entry": "v1,AAAA",
    "an-entry-of-88-characters": "v1," + "A" * 88,
    "an-ed25519-entry": "v1a," + b64(bytes(range(64))),
    "a-second-version": f"v2,{BAD_MAC}",
    "a-nul": "v1,\0",
}
for what, junk in JUNK.items():
    accepts(
        f"signature-list-accepts-the-good-one-beside-{what}",
        "Invalid entries do not hide a valid one.",
        f"{junk} {GOOD} {junk}",
        ["F8"],
    )

# Versions

accepts(
    "signature-version-v1a-is-skipped",
    "Asymmetric signatures beside v1 are ignored.",
    f"v1a,{BAD_MAC} {GOOD}",
    ["F7"],
)
accepts(
    "signature-version-v2-is-skipped",
    "Unknown versions are ignored, because senders may add some.",
    f"v2,{BAD_MAC} {GOOD}",
    ["F7"],
)
accepts(
    "signature-version-of-eight-characters-is-skipped",
    "A version has at most 8 characters.",
    f"v1234567,{BAD_MAC} {GOOD}",
    ["F7"],
)
refuses(
    "signature-under-v0-is-refused",
    "Only an entry with the version v1 is an HMAC-SHA256.",
    f"v0,{GOOD_MAC}",
    ["F7"],
)
refuses(
    "signature-under-v2-is-refused",
    "Only an entry with the version v1 is an HMAC-SHA256.",
    f"v2,{GOOD_MAC}",
    ["F7"],
)
refuses(
    "signature-under-v1a-is-refused",
    "Only an entry with the version v1 is an HMAC-SHA256.",
    f"v1a,{GOOD_MAC}",
    ["F7"],
)
refuses(
    "signature-under-v11-is-refused",
    "v11 is another version than v1.",
    f"v11,{GOOD_MAC}",
    ["F7"],
)
refuses(
    "signature-under-v01-is-refused",
    "v01 is another version than v1.",
    f"v01,{GOOD_MAC}",
    ["F7"],
)
refuses(
    "signature-under-a-capital-version-is-refused",
    "V1 is no version.",
    f"V1,{GOOD_MAC}",
    ["F7"],
)
refuses(
    "signature-under-a-letter-alone-is-refused",
    "A version has a digit.",
    f"v,{GOOD_MAC}",
    ["F7"],
)
refuses(
    "signature-under-a-digit-alone-is-refused",
    "A version starts with v.",
    f"1,{GOOD_MAC}",
    ["F7"],
)
refuses(
    "signature-under-a-full-width-digit-is-refused",
    "A version is ASCII.",
    f"v\N{FULLWIDTH DIGIT ONE},{GOOD_MAC}",
    ["F7"],
)
refuses(
    "signature-without-a-version-is-refused",
    "A signature without a version is skipped.",
    GOOD_MAC,
    ["F7"],
)
refuses(
    "signature-after-a-comma-without-a-version-is-refused",
    "A comma alone names no version.",
    f",{GOOD_MAC}",
    ["F7"],
)
refuses(
    "signature-after-an-equals-sign-is-refused",
    "v1=… is one token, and no version.",
    f"v1={GOOD_MAC}",
    ["F7"],
)
refuses(
    "signature-after-a-colon-is-refused",
    "v1:… is one token, and no version.",
    f"v1:{GOOD_MAC}",
    ["F7"],
)
refuses(
    "signature-glued-to-its-version-is-refused",
    "Without a separator version and signature are one token.",
    f"v1{GOOD_MAC}",
    ["F7"],
)
refuses(
    "signature-second-after-one-version-is-refused",
    "A version applies to the next token only.",
    f"v1,{BAD_MAC} {GOOD_MAC}",
    ["F7"],
)
refuses(
    "signature-after-a-replaced-version-is-refused",
    "A version that no token used is replaced by the next one.",
    f"v1,v2,{GOOD_MAC}",
    ["F7"],
)
accepts(
    "signature-after-a-replacing-version-is-accepted",
    "A version that no token used is replaced by the next one.",
    f"v2,v1,{GOOD_MAC}",
    ["F7"],
)
refuses(
    "signature-after-a-capital-version-that-used-up-v1-is-refused",
    "V1 is an entry, takes the v1 before it, and leaves none.",
    f"v1,V1,{GOOD_MAC}",
    ["F7"],
)
refuses(
    "signature-after-nine-version-like-characters-that-used-up-v1-is-refused",
    "Nine characters are an entry, which takes the v1 before it.",
    f"v1,v12345678,{GOOD_MAC}",
    ["F7"],
)
refuses(
    "signature-after-a-version-with-capital-letters-that-used-up-v1-is-refused",
    "v1A is an entry, which takes the v1 before it.",
    f"v1,v1A,{GOOD_MAC}",
    ["F7"],
)
for what, token in {
    "a-word-with-v": "va",
    "another-letter": "x1",
    "a-hyphen": "v1-",
}.items():
    refuses(
        f"signature-after-{what}-that-used-up-v1-is-refused",
        "It looks like a version and is an entry, which takes the v1 before it.",
        f"v1,{token},{GOOD_MAC}",
        ["F7"],
    )
refuses(
    "signature-header-that-is-empty-is-a-mismatch",
    "An empty value is present and holds no candidate.",
    "",
    ["F5"],
)
refuses(
    "signature-header-of-a-bare-version-is-a-mismatch",
    "A version alone is no signature.",
    "v1",
    ["F8"],
)
refuses(
    "signature-header-of-an-empty-entry-is-a-mismatch",
    "The input of CVE-2024-21491.",
    "v1,",
    ["F5"],
)
refuses(
    "signature-header-of-commas-is-a-mismatch",
    "A header without a token has no candidate.",
    ",,,",
    ["F8"],
)
refuses(
    "signature-header-of-a-word-is-a-mismatch",
    "Entries that are not a MAC are skipped.",
    "BAD_SIG_NATURE",
    ["F8"],
)

# Separators

accepts(
    "signature-separators-comma-joined-pairs-are-read",
    "Pivotal's example joins pairs by commas.",
    f"{BAD},{GOOD}",
    ["H8"],
)
accepts(
    "signature-separators-comma-and-space-are-read",
    "HTTP stacks join repeated header lines by a comma and a space.",
    f"{BAD}, {GOOD}",
    ["H8", "H2"],
)
accepts(
    "signature-separators-two-spaces-are-one",
    "Empty tokens are dropped.",
    f"{BAD}  {GOOD}",
    ["H8"],
)
accepts(
    "signature-separators-a-leading-space-is-dropped",
    "Empty tokens are dropped.",
    f" {GOOD}",
    ["H8", "F7"],
)
accepts(
    "signature-separators-a-trailing-space-is-dropped",
    "Empty tokens are dropped.",
    f"{GOOD} ",
    ["H8"],
)
accepts(
    "signature-separators-leading-and-trailing-commas-are-dropped",
    "Empty tokens are dropped.",
    f",,{GOOD},,",
    ["H8"],
)
accepts(
    "signature-separators-a-space-may-stand-for-the-comma",
    "Both separators split tokens and mean the same.",
    f"v1 {GOOD_MAC}",
    ["H8"],
)
accepts(
    "signature-separators-two-commas-inside-a-pair-are-read",
    "Empty tokens are dropped, inside a pair too.",
    f"v1,,{GOOD_MAC}",
    ["H8"],
)
refuses(
    "signature-separators-a-tab-is-none",
    "A tab belongs to its token.",
    f"v1\t{GOOD_MAC}",
    ["H8"],
)
refuses(
    "signature-separators-a-tab-between-pairs-is-none",
    "A tab belongs to its token, which is no canonical base64.",
    f"{BAD}\t{GOOD}",
    ["H8"],
)
refuses(
    "signature-separators-a-line-feed-is-none",
    "A line feed belongs to its token.",
    f"{BAD}\n{GOOD}",
    ["H8"],
)
refuses(
    "signature-separators-a-carriage-return-at-the-end-is-none",
    "A carriage return belongs to its token.",
    f"{GOOD}\r",
    ["H8"],
)
refuses(
    "signature-separators-a-semicolon-is-none",
    "A semicolon belongs to its token.",
    f"{BAD};{GOOD}",
    ["H8"],
)
refuses(
    "signature-separators-a-no-break-space-is-none",
    "Only the ASCII space splits.",
    f"v1,{BAD_MAC}\N{NO-BREAK SPACE}{GOOD}",
    ["H8"],
)
refuses(
    "signature-separators-an-ideographic-space-is-none",
    "Only the ASCII space splits.",
    f"v1\N{IDEOGRAPHIC SPACE}{GOOD_MAC}",
    ["H8"],
)

# Base64. The event is chosen so that its MAC holds both characters in which the alphabets differ.

MARKED = next(
    event
    for event in (utf8(f'{{"number":{number}}}') for number in range(1000))
    if {"+", "/"} <= set(b64(svix_mac(event))) and b64(svix_mac(event))[1] not in "+/"
)
MARKED_MAC = b64(svix_mac(MARKED))


def spelled(name, why, signature, expect, threats=("H9",)):
    topic.verify_signature(
        name,
        why,
        headers=svix_headers(signature),
        body=MARKED,
        expect=expect,
        threats=threats,
    )


def swapped_last_bits(text):
    """The same bytes to a lenient decoder: only the two bits that say nothing differ."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return text[:-2] + alphabet[alphabet.index(text[-2]) + 1] + "="


spelled(
    "signature-base64-standard-and-padded-is-accepted",
    "The MAC holds + and / and ends in one =.",
    f"v1,{MARKED_MAC}",
    accepted_svix(),
)
spelled(
    "signature-base64-url-safe-is-refused",
    "- and _ are another alphabet.",
    "v1," + MARKED_MAC.replace("+", "-").replace("/", "_"),
    mismatch(),
)
spelled(
    "signature-base64-with-one-minus-is-refused",
    "One character of the other alphabet is enough.",
    "v1," + MARKED_MAC.replace("+", "-"),
    mismatch(),
)
spelled(
    "signature-base64-unpadded-is-refused",
    "43 characters are not 44.",
    "v1," + MARKED_MAC[:-1],
    mismatch(),
)
spelled(
    "signature-base64-over-padded-is-refused",
    "45 characters are not 44.",
    f"v1,{MARKED_MAC}=",
    mismatch(),
)
spelled(
    "signature-base64-padded-by-four-is-refused",
    "A whole group of padding is too much.",
    f"v1,{MARKED_MAC}====",
    mismatch(),
)
spelled(
    "signature-base64-with-data-after-the-padding-is-refused",
    "No character may follow padding.",
    f"v1,{MARKED_MAC}AAAA",
    mismatch(),
)
spelled(
    "signature-base64-with-padding-first-is-refused",
    "Padding may only be at the end.",
    f"v1,={MARKED_MAC[:-1]}",
    mismatch(),
)
spelled(
    "signature-base64-with-last-bits-set-is-refused",
    "The two spare bits are zero, or many texts would mean one MAC.",
    "v1," + swapped_last_bits(MARKED_MAC),
    mismatch(),
)
for what, sign in {
    "an-exclamation-mark": "!",
    "a-line-feed": "\n",
    "a-carriage-return": "\r",
    "a-tab": "\t",
    "a-nul": "\0",
    "a-letter-beyond-ascii": "é",
    "a-full-width-letter": "\N{FULLWIDTH LATIN CAPITAL LETTER A}",
}.items():
    spelled(
        f"signature-base64-with-{what}-put-in-is-refused",
        "Nothing is skipped inside base64.",
        f"v1,{MARKED_MAC[:20]}{sign}{MARKED_MAC[20:]}",
        mismatch(),
    )
    spelled(
        f"signature-base64-with-{what}-for-a-character-is-refused",
        "44 characters, and one of them is none of the alphabet.",
        f"v1,{MARKED_MAC[:20]}{sign}{MARKED_MAC[21:]}",
        mismatch(),
    )
spelled(
    "signature-base64-with-a-space-put-in-is-refused",
    "The space splits the entry in two halves, neither of which is a MAC.",
    f"v1,{MARKED_MAC[:20]} {MARKED_MAC[20:]}",
    mismatch(),
)
spelled(
    "signature-base64-in-the-other-letter-case-is-refused",
    "Letter case matters in base64.",
    f"v1,{MARKED_MAC.swapcase()}",
    mismatch(),
)
spelled(
    "signature-base64-percent-encoded-is-refused",
    "Nothing is unescaped.",
    "v1," + MARKED_MAC.replace("+", "%2B"),
    mismatch(),
)
spelled(
    "signature-base64-in-quotes-is-refused",
    "Quotes belong to the token.",
    f'v1,"{MARKED_MAC}"',
    mismatch(),
)
spelled(
    "signature-in-hex-is-refused",
    "The svix scheme writes MACs in base64.",
    "v1," + svix_mac(MARKED).hex(),
    mismatch(),
)
spelled(
    "signature-of-base64-of-hex-is-refused",
    "The MAC itself is encoded, not its hex text.",
    "v1," + b64(svix_mac(MARKED).hex().encode()),
    mismatch(),
)

# Lengths. Every prefix of the good MAC, properly encoded, is refused; so is everything longer.

for length in range(1, 32):
    refuses(
        f"signature-of-the-first-{length}-bytes-of-the-mac-is-refused",
        "A shortened MAC is no MAC: nothing compares prefixes.",
        v1(svix_mac()[:length]),
        ["F5"],
    )
for length in (1, 8, 16, 31):
    refuses(
        f"signature-of-the-last-{length}-bytes-of-the-mac-is-refused",
        "A shortened MAC is no MAC: nothing compares suffixes.",
        v1(svix_mac()[-length:]),
        ["F5"],
    )
for length in (1, 16, 31):
    refuses(
        f"signature-of-{length}-bytes-of-the-mac-and-zeros-is-refused",
        "A shortened MAC filled up with zero bytes is no MAC.",
        v1(svix_mac()[:length].ljust(32, b"\0")),
        ["F5"],
    )
for length in (33, 48, 63, 64):
    refuses(
        f"signature-of-{length}-bytes-that-start-with-the-mac-is-refused",
        "A MAC with something after it is no MAC.",
        v1((svix_mac() * 2)[:length]),
        ["F5"],
    )
refuses(
    "signature-of-the-mac-after-a-zero-byte-is-refused",
    "A MAC with something before it is no MAC.",
    v1(b"\0" + svix_mac()),
    ["F5"],
)
for length in (1, 22, 42, 43):
    refuses(
        f"signature-of-the-first-{length}-characters-is-refused",
        "A shortened text is no MAC.",
        f"v1,{GOOD_MAC[:length]}",
        ["F5"],
    )

# Limits

BADS = f"{BAD} " * 31
accepts(
    "signature-limit-32-entries-are-read",
    "The 32nd entry still counts.",
    BADS + GOOD,
    ["H6"],
)
too_many(
    "signature-limit-33-entries-are-too-many",
    "The 33rd entry is refused.",
    BADS + BAD + " " + GOOD,
)
too_many(
    "signature-limit-33-entries-are-too-many-with-the-good-one-first",
    "The valid entry may be at any position.",
    GOOD + " " + BADS + BAD,
)
too_many(
    "signature-limit-33-entries-of-other-versions-are-too-many",
    "Skipped entries count as entries.",
    GOOD + f" v2,{BAD_MAC}" * 32,
)
too_many(
    "signature-limit-33-entries-without-a-version-are-too-many",
    "Skipped entries count as entries.",
    GOOD + " junk" * 32,
)
accepts(
    "signature-limit-31-pieces-of-junk-and-a-good-entry-are-read",
    "Invalid entries do not hide a valid one, up to the limit.",
    "junk " * 31 + GOOD,
    ["H6", "F8"],
)
accepts(
    "signature-limit-versions-without-entries-do-not-count",
    "40 versions without a token are not entries.",
    "v1 " * 40 + GOOD,
    ["H6"],
)
accepts(
    "signature-limit-versions-with-letters-do-not-count",
    "v1a is a version, and versions are no entries.",
    "v1a " * 40 + GOOD,
    ["H6", "F7"],
)
accepts(
    "signature-limit-versions-of-eight-characters-do-not-count",
    "A version has at most 8 characters.",
    "v1234567 " * 40 + GOOD,
    ["H6", "F7"],
)
too_many(
    "signature-limit-nine-version-like-characters-count",
    "Nine characters are an entry.",
    "v12345678 " * 32 + GOOD,
)
accepts(
    "signature-limit-empty-tokens-do-not-count",
    "Separators are no entries.",
    GOOD + "," * 4000,
    ["H6"],
)
accepts(
    "signature-limit-8192-bytes-are-read",
    "The header may have 8 KiB.",
    GOOD + "," * (8192 - len(GOOD)),
    ["H6"],
)
too_many(
    "signature-limit-8193-bytes-are-too-many",
    "One byte more than 8 KiB.",
    GOOD + "," * (8193 - len(GOOD)),
)
too_many(
    "signature-limit-counts-bytes-and-not-characters",
    "8191 characters of which two take two bytes are 8193 bytes.",
    GOOD + "," * (8189 - len(GOOD)) + "éé",
)
too_many(
    "signature-limit-ten-megabytes-are-too-many",
    "A huge header is refused by its length alone.",
    "v1,AAAA " * 1_250_000,
)
too_many(
    "signature-limit-200000-entries-are-too-many",
    "A long list of entries is refused by its length alone.",
    "v1," * 200_000,
)
topic.verify_signature(
    "signature-limit-names-the-unbranded-header",
    "The error names the header that was read.",
    headers=svix_headers(f"{BAD} " * 33, family="webhook"),
    expect=refused("too_many_signatures", header="webhook-signature"),
    threats=["H6"],
)
topic.verify_signature(
    "signature-mismatch-names-the-unbranded-header",
    "The error names the header that was read.",
    headers=svix_headers(BAD, family="webhook"),
    expect=mismatch("webhook-signature"),
    threats=["F1"],
)
