"""Cases of `verify` with authentic bodies: JSON that all languages must accept or refuse."""

from builders import (
    PARSED,
    Topic,
    accepted_svix,
    pivot,
    pivot_delivery,
    pivotal_delivery,
    svix,
    unreadable,
    utf8,
)

topic = Topic(
    "json",
    "verify accepts only strict JSON with an outermost object that has no key twice, with the "
    "same verdict in every language.",
)


def judged(name, why, body, expect, threats):
    body = utf8(body) if isinstance(body, str) else body
    topic.verify(name, why, headers=svix(body), body=body, expect=expect, threats=threats)


def parses(name, why, body, threats=("B9",)):
    judged(name, why, body, PARSED, threats)


def unparsable(name, why, body, threats=("B9",)):
    judged(name, why, body, unreadable("syntax"), threats)


def out_of_range(name, why, body):
    judged(name, why, body, unreadable("number_out_of_range"), ("B8",))


def not_utf8(name, why, data):
    judged(name, why, b'{"a":"' + data + b'"}', unreadable("utf8"), ("B6",))


def duplicate(name, why, body):
    judged(name, why, body, unreadable("duplicate_key"), ("B5",))


def no_object(name, why, body):
    judged(name, why, body, unreadable("not_an_object"), ("B9",))


# Objects

parses("json-empty-object-is-parsed", "The smallest object.", "{}")
parses(
    "json-of-every-kind-is-parsed",
    "Strings, numbers, literals, arrays and objects.",
    '{"s":"x","n":-1.5e+3,"t":true,"f":false,"z":null,"a":[1,"2",[]],"o":{"k":{}}}',
)
parses(
    "json-with-white-space-everywhere-is-parsed",
    "Space, tab, line feed and carriage return are white space.",
    ' \t\r\n{ "a"\t:\r\n[ 1 , 2 ] , "b" : { } }\n',
)
parses("json-with-a-line-feed-at-the-end-is-parsed", "White space may follow.", '{"a":1}\n')
parses(
    "json-beyond-ascii-is-parsed",
    "Keys and strings may hold any character.",
    '{"名前":"Acme · Übung","\N{ROCKET}":"\U0010ffff"}',
    ("B6",),
)
parses(
    "json-with-noncharacters-is-parsed",
    "U+FFFF and U+FDD0 are noncharacters, which are valid in JSON.",
    '{"a":"\uffff\ufdd0\ufffd"}',
    ("B6",),
)
parses(
    "json-with-line-separators-is-parsed",
    "U+2028 and U+2029 are fine inside a string.",
    '{"a":"\u2028\u2029"}',
    ("B6",),
)
parses(
    "json-with-a-byte-order-mark-inside-a-string-is-parsed",
    "Inside a string U+FEFF is a character.",
    '{"a":"\ufeff"}',
    ("B6",),
)
parses(
    "json-with-a-raw-delete-character-is-parsed",
    "Control characters end at U+001F.",
    '{"a":"\x7f\x80"}',
)
parses(
    "json-with-every-escape-is-parsed",
    "The eight short escapes and the long one.",
    r'{"a":"\"\\\/\b\f\n\r\t\u00e9\u0000"}',
)
parses(
    "json-with-a-surrogate-pair-escape-is-parsed",
    "A surrogate pair is one character.",
    r'{"a":"\ud83d\ude80\uDBFF\uDFFF"}',
    ("B7",),
)
parses(
    "json-with-proto-as-a-key-is-parsed",
    "__proto__ is an ordinary member.",
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    ("B10",),
)
parses("json-with-an-empty-key-is-parsed", "The empty string is a key.", '{"":1}')
parses(
    "json-with-512-integer-like-keys-is-parsed",
    "Different keys with equal hashes are accepted.",
    "{" + ",".join(f'"{number}":{number % 10}' for number in range(0, 512 * 8, 8)) + "}",
    ("B4",),
)
parses(
    "json-of-a-long-string-is-parsed",
    "Strings have no length limit of their own.",
    utf8('{"a":"' + "x" * 500_000 + '"}'),
)
parses(
    "json-of-a-long-array-is-parsed",
    "Arrays have no length limit of their own.",
    utf8('{"a":[' + "0," * 200_000 + "0]}"),
    ("B4",),
)
parses(
    "json-of-an-event-is-parsed",
    "The envelope of an ordinary event.",
    '{"id":"evt_2nQv8c9aZmYHKr1","type":"customer.health_score_dropped",'
    '"created_at":"2026-05-26T18:42:00.000Z","org_id":"org_2bH","livemode":true,"api_version":"v1",'
    '"data":{"object":{"id":"cus_2N","display_id":4218,"name":"Acme Corp","health_score":38,'
    '"previous_health_score":72},"previous_attributes":{"health_score":72}}}',
)

# An empty body is the host's null, and nothing else without an object is anything

parses(
    "json-of-an-empty-body-is-null",
    "An empty body has no JSON to parse.",
    "",
)
topic.verify(
    "json-of-an-empty-body-is-null-in-pivotal",
    "The rule is the same in every scheme.",
    headers=pivotal_delivery(utf8("")),
    body=utf8(""),
    expect=PARSED,
    threats=["B9"],
)
topic.verify(
    "json-of-an-empty-body-is-null-in-pivot",
    "The rule is the same in every scheme.",
    webhook=pivot(),
    headers=pivot_delivery(utf8("")),
    body=utf8(""),
    expect=PARSED,
    threats=["B9"],
)
for what, body in {
    "null": "null",
    "an-empty-array": "[]",
    "an-array-of-objects": '[{"id":"evt_1"}]',
    "a-string": '"x"',
    "an-empty-string": '""',
    "a-number": "1",
    "a-negative-number": "-0.5",
    "true": "true",
    "false": "false",
    "null-with-white-space": " null\n",
}.items():
    no_object(f"json-{what}-is-not-an-object", "An event is an object.", body)

# Syntax

for what, why, body in [
    (
        "of-white-space-alone",
        "A body of white space is not a value and not an empty body.",
        " \n",
    ),
    ("of-a-word", "A word is no value.", "hello"),
    ("of-a-form", "Form encoding is no JSON.", "a=1&b=2"),
    ("that-is-not-closed", "An object is closed.", '{"a":1'),
    ("that-is-cut-off-after-a-colon", "A key has a value.", '{"a":'),
    ("that-is-cut-off-inside-a-string", "A string is closed.", '{"a":"x'),
    ("that-is-cut-off-inside-a-literal", "A literal is whole.", '{"a":tru'),
    ("that-is-closed-twice", "Nothing follows the object.", '{"a":1}}'),
    ("with-a-bracket-for-a-brace", "Brackets close brackets.", '{"a":1]'),
    ("with-a-second-document", "Nothing follows the object.", '{"a":1}{"a":2}'),
    (
        "with-a-second-document-on-a-new-line",
        "Nothing but white space follows the object.",
        '{"a":1}\n{"a":2}',
    ),
    ("with-a-word-after-it", "Nothing but white space follows the object.", "{} x"),
    ("with-a-comma-after-it", "Nothing but white space follows the object.", "{},"),
    ("with-a-nul-after-it", "A NUL is no white space.", "{}\0"),
    ("with-a-nul-before-it", "A NUL is no white space.", "\0{}"),
    ("with-a-trailing-comma-in-an-object", "A member must follow a comma.", '{"a":1,}'),
    (
        "with-a-trailing-comma-in-an-array",
        "A member must follow a comma.",
        '{"a":[1,]}',
    ),
    ("with-a-leading-comma", "A value must precede a comma.", '{,"a":1}'),
    ("with-two-commas", "A value must follow a comma.", '{"a":1,,"b":2}'),
    ("without-a-comma", "Members are separated.", '{"a":1 "b":2}'),
    ("without-a-colon", "Keys and values are separated.", '{"a" 1}'),
    ("with-an-equals-sign", "A colon separates keys and values.", '{"a"=1}'),
    ("with-a-key-alone", "A key has a value.", '{"a"}'),
    ("with-a-bare-key", "A key is a string.", "{a:1}"),
    ("with-a-number-as-a-key", "A key is a string.", "{1:1}"),
    ("with-single-quotes", "Strings have double quotes.", "{'a':1}"),
    ("with-a-line-comment", "JSON has no comments.", '{"a":1}//x'),
    ("with-a-block-comment", "JSON has no comments.", '{/*x*/"a":1}'),
    ("with-a-capital-literal", "Literals are in small letters.", '{"a":True}'),
    (
        "with-undefined",
        "null is the only literal for a missing value.",
        '{"a":undefined}',
    ),
    ("with-a-form-feed", "A form feed is no white space.", '{\f"a":1}'),
    ("with-a-vertical-tab", "A vertical tab is no white space.", '{\v"a":1}'),
    ("with-a-no-break-space", "Only four characters are white space.", '{\u00a0"a":1}'),
    (
        "with-a-line-separator-between-members",
        "Only four characters are white space.",
        '{"a":1,\u2028"b":2}',
    ),
    (
        "with-a-raw-line-feed-in-a-string",
        "Control characters are escaped.",
        '{"a":"x\ny"}',
    ),
    ("with-a-raw-tab-in-a-string", "Control characters are escaped.", '{"a":"x\ty"}'),
    ("with-a-raw-nul-in-a-string", "Control characters are escaped.", '{"a":"x\0y"}'),
    (
        "with-a-raw-unit-separator-in-a-string",
        "U+001F is the last control character to escape.",
        '{"a":"\x1f"}',
    ),
    ("with-a-raw-line-feed-in-a-key", "Control characters are escaped.", '{"a\n":1}'),
    ("with-an-unknown-escape", r"There is no escape \x.", r'{"a":"\x41"}'),
    ("with-a-capital-unicode-escape", r"There is no escape \U.", r'{"a":"\U0041"}'),
    ("with-an-escaped-single-quote", r"There is no escape \'.", r'{"a":"\'"}'),
    ("with-three-hex-digits", "A long escape has four digits.", r'{"a":"\u041"}'),
    (
        "with-a-letter-among-hex-digits",
        "A long escape has four hex digits.",
        r'{"a":"\u00g1"}',
    ),
    (
        "with-a-plus-sign-among-hex-digits",
        "A long escape has four hex digits.",
        r'{"a":"\u+041"}',
    ),
    (
        "with-braces-in-an-escape",
        "A long escape has four hex digits.",
        r'{"a":"\u{41}"}',
    ),
]:
    unparsable(f"json-{what}-is-refused", why, body)

# Numbers

for what, why, number in [
    ("negative-zero", "Zero may have a sign.", "-0"),
    ("zero-with-a-fraction", "Zero may have a fraction.", "0.0"),
    ("capital-exponent", "The exponent has either letter case.", "1E5"),
    ("exponent-with-a-zero", "An exponent may start with 0.", "1e05"),
    (
        "2-to-the-53-plus-1",
        "Large integers are not changed.",
        "9007199254740993",
    ),
    (
        "beyond-64-bits",
        "Large integers are not changed.",
        "18446744073709551617",
    ),
    ("of-300-digits", "An integer may be as large as a double.", "1" * 300),
    ("largest-double", "The largest double is in range.", "1.7976931348623157e308"),
    ("smallest-double", "The smallest double is in range.", "5e-324"),
    (
        "below-the-smallest-double",
        "A number that rounds to zero is in range.",
        "1e-400",
    ),
    ("zero-with-a-large-exponent", "Zero with any exponent is zero.", "0e400"),
    (
        "with-20-decimals",
        "Digits beyond a double's precision are no error.",
        "3.14159265358979323846",
    ),
]:
    parses(f"json-number-{what}-is-parsed", why, f'{{"a":{number}}}', ("B8",))
for what, why, number in [
    ("nan", "JSON has no NaN.", "NaN"),
    ("infinity", "JSON has no Infinity.", "Infinity"),
    ("negative-infinity", "JSON has no Infinity.", "-Infinity"),
    ("with-a-leading-zero", "Zero stands alone.", "01"),
    ("with-a-negative-leading-zero", "Zero stands alone.", "-01"),
    ("with-a-plus-sign", "Only a minus may precede a number.", "+1"),
    ("with-two-signs", "One sign is enough.", "--1"),
    ("of-a-sign-alone", "A sign has digits after it.", "-"),
    ("without-digits-before-the-dot", "A dot has digits before it.", ".5"),
    ("without-digits-after-the-dot", "A dot has digits after it.", "1."),
    ("with-two-dots", "A number has one fraction.", "1.2.3"),
    ("without-digits-in-the-exponent", "An exponent has digits.", "1e"),
    ("with-a-fraction-in-the-exponent", "An exponent is whole.", "1e1.5"),
    ("in-hex", "Numbers are decimal.", "0x10"),
    ("with-underscores", "There are no separators between digits.", "1_000"),
    ("in-full-width-digits", "Digits are ASCII.", "\N{FULLWIDTH DIGIT ONE}"),
    ("as-bigint", "A letter is no digit.", "1n"),
]:
    unparsable(f"json-number-{what}-is-refused", why, f'{{"a":{number}}}', ("B8",))
for what, why, number in [
    ("1e400", "Some hosts read infinity and some refuse, so all refuse.", "1e400"),
    (
        "negative-1e400",
        "Some hosts read infinity and some refuse, so all refuse.",
        "-1e400",
    ),
    ("1e309", "The largest double is below it.", "1e309"),
    (
        "just-beyond-the-largest-double",
        "A number that rounds to infinity is out of range.",
        "1.7976931348623159e308",
    ),
    (
        "of-400-digits",
        "Hosts read a number beyond a double's range differently.",
        "1" * 400,
    ),
    (
        "of-400-digits-with-a-sign",
        "Hosts read a number beyond a double's range differently.",
        "-" + "1" * 400,
    ),
    ("out-of-range-before-a-syntax-error", "The first fault is reported.", "1e400,]"),
]:
    out_of_range(f"json-number-{what}-is-refused", why, f'{{"a":{number}}}')
unparsable(
    "json-number-out-of-range-after-a-syntax-error-is-refused",
    "The first fault is reported.",
    '{"a":[1,],"b":1e400}',
    ("B8",),
)
out_of_range(
    "json-number-of-a-million-digits-is-refused",
    "Hosts read a number beyond a double's range differently, and reading it may take long.",
    utf8('{"a":' + "1" * 1_000_000 + "}"),
)
out_of_range(
    "json-number-out-of-range-deep-inside-is-refused",
    "Every number is checked at every level.",
    '{"a":[{"b":[1e400]}]}',
)

# Surrogates

for what, why, text in [
    ("high-surrogate-alone", "Half of a surrogate pair is not a character.", r"\ud800"),
    (
        "high-surrogate-before-a-letter",
        "Half of a surrogate pair is not a character.",
        r"\ud83dx",
    ),
    (
        "high-surrogate-before-another-escape",
        "Half of a surrogate pair is not a character.",
        r"\ud83d\n",
    ),
    (
        "high-surrogate-before-a-high-one",
        "Two high surrogates are not a pair.",
        r"\ud83d\ud83d",
    ),
    ("low-surrogate-alone", "Half of a surrogate pair is not a character.", r"\udc00"),
    (
        "surrogates-in-the-wrong-order",
        "A low surrogate before a high one is not a pair.",
        r"\ude80\ud83d",
    ),
]:
    unparsable(f"json-{what}-is-refused", why, f'{{"a":"{text}"}}', ("B7",))
unparsable(
    "json-surrogate-alone-in-a-key-is-refused",
    "A key follows the same rules as other strings.",
    r'{"\ud800":1}',
    ("B7",),
)
unparsable(
    "json-surrogate-alone-deep-inside-is-refused",
    "Every string is checked at every level.",
    r'{"a":[{"b":"\udfff"}]}',
    ("B7",),
)

# Encodings

not_utf8("json-with-byte-ff-is-refused", "This byte never occurs in UTF-8.", b"\xff")
not_utf8(
    "json-with-a-continuation-byte-alone-is-refused",
    "A continuation byte needs a leading byte before it.",
    b"\x80",
)
not_utf8(
    "json-with-an-overlong-slash-is-refused",
    "C0 AF is a longer way to write a slash.",
    b"\xc0\xaf",
)
not_utf8(
    "json-with-an-overlong-nul-is-refused",
    "C0 80 is a longer way to write a NUL.",
    b"\xc0\x80",
)
not_utf8(
    "json-with-an-overlong-quote-is-refused",
    "E0 80 A2 is a longer way to write a quote.",
    b"\xe0\x80\xa2",
)
not_utf8(
    "json-with-an-encoded-surrogate-is-refused",
    "ED A0 80 encodes half a character.",
    b"\xed\xa0\x80",
)
not_utf8(
    "json-with-a-surrogate-pair-encoded-as-two-is-refused",
    "CESU-8 is not UTF-8.",
    b"\xed\xa0\xbd\xed\xba\x80",
)
not_utf8(
    "json-with-a-code-point-beyond-unicode-is-refused",
    "F4 90 80 80 is beyond U+10FFFF.",
    b"\xf4\x90\x80\x80",
)
not_utf8(
    "json-with-a-sequence-cut-off-is-refused",
    "E2 82 is an incomplete sequence.",
    b"\xe2\x82",
)
not_utf8("json-in-latin-1-is-refused", "E9 alone is Latin-1.", "é".encode("latin-1"))
judged(
    "json-in-utf-16-with-a-mark-is-refused",
    "FF FE is not UTF-8.",
    b"\xff\xfe" + '{"a":1}'.encode("utf-16-le"),
    unreadable("utf8"),
    ("B6",),
)
unparsable(
    "json-in-utf-16-without-a-mark-is-refused",
    "Every second byte is a NUL, which is UTF-8 and no JSON.",
    '{"a":1}'.encode("utf-16-le"),
    ("B6",),
)
unparsable(
    "json-in-utf-32-without-a-mark-is-refused",
    "Three of four bytes are NULs, which is UTF-8 and no JSON.",
    '{"a":1}'.encode("utf-32-be"),
    ("B6",),
)
unparsable(
    "json-with-a-byte-order-mark-is-refused",
    "Some hosts drop the byte order mark and some refuse it, so all refuse it.",
    b"\xef\xbb\xbf{}",
    ("B6",),
)
unparsable(
    "json-of-a-byte-order-mark-alone-is-refused",
    "A byte order mark is not a value and not an empty body.",
    b"\xef\xbb\xbf",
    ("B6",),
)
judged(
    "json-that-is-neither-utf-8-nor-json-is-not-utf-8",
    "The encoding is checked before the syntax.",
    b"{{{ \xff",
    unreadable("utf8"),
    ("B6",),
)

# Keys

duplicate(
    "json-with-an-id-twice-is-refused",
    "Parsers keep the first or the last, so two could read two events.",
    '{"id":1,"id":2}',
)
duplicate(
    "json-with-an-equal-member-twice-is-refused",
    "Two equal members are refused too.",
    '{"id":1,"id":1}',
)
duplicate(
    "json-with-a-key-twice-far-apart-is-refused",
    "All keys of the top level are compared.",
    '{"id":"a","type":"b","data":{"object":{}},"livemode":true,"id":"a"}',
)
duplicate(
    "json-with-a-key-twice-once-escaped-is-refused",
    "Keys are compared after unescaping.",
    r'{"id":1,"\u0069d":2}',
)
duplicate(
    "json-with-a-key-twice-both-escaped-is-refused",
    "Keys are compared after unescaping.",
    r'{"\u0069d":1,"i\u0064":2}',
)
duplicate(
    "json-with-a-key-twice-as-a-surrogate-pair-is-refused",
    "Keys are compared after unescaping.",
    '{"\N{ROCKET}":1,"\\ud83d\\ude80":2}',
)
duplicate(
    "json-with-a-slash-key-twice-once-escaped-is-refused",
    "Keys are compared after unescaping.",
    r'{"a/b":1,"a\/b":2}',
)
duplicate(
    "json-with-an-unknown-key-twice-is-refused",
    "All keys of the top level are compared, including unknown ones.",
    '{"x":1,"x":2}',
)
duplicate(
    "json-with-an-empty-key-twice-is-refused",
    "The empty string is a key.",
    '{"":1,"":2}',
)
duplicate(
    "json-with-proto-twice-is-refused",
    "__proto__ is an ordinary key.",
    '{"__proto__":1,"__proto__":2}',
)
parses(
    "json-with-a-key-twice-deeper-down-is-parsed",
    "Only keys of the outermost object must be distinct.",
    '{"data":{"a":1,"a":2}}',
    ("B5",),
)
parses(
    "json-with-a-key-twice-in-an-array-is-parsed",
    "Only keys of the outermost object must be distinct.",
    '{"data":[{"a":1,"a":2}]}',
    ("B5",),
)
parses(
    "json-with-a-key-on-two-levels-is-parsed",
    "Two objects have keys of their own.",
    '{"id":1,"data":{"id":2}}',
    ("B5",),
)
parses(
    "json-with-keys-in-two-letter-cases-is-parsed",
    "Keys are compared with regard to case.",
    '{"id":1,"ID":2}',
    ("B5",),
)
parses(
    "json-with-keys-in-two-normal-forms-is-parsed",
    "Keys are compared by code point.",
    '{"\u00fc":1,"u\u0308":2}',
    ("B5",),
)
parses(
    "json-with-keys-that-differ-in-white-space-is-parsed",
    "Keys are compared by code point.",
    '{"id":1,"id ":2}',
    ("B5",),
)
parses(
    "json-with-keys-that-differ-in-an-escaped-backslash-is-parsed",
    "An escaped backslash does not start an escape.",
    r'{"id":1,"\\u0069d":2}',
    ("B5",),
)
parses(
    "json-with-keys-that-differ-after-a-nul-is-parsed",
    "A NUL does not end a key.",
    r'{"a\u0000b":1,"a\u0000c":2}',
    ("B5",),
)

# Depth. The outermost object is level 1.


def nested(opening, closing, innermost, levels):
    """An object of that many levels, where opening and closing stand for two, innermost for one."""
    pairs, odd = divmod(levels - 1, 2)
    return utf8('{"a":' + opening * pairs + (innermost if odd else "0") + closing * pairs + "}")


SHAPES = {
    "arrays": ("[[", "]]", "[]"),
    "objects": ('{"b":{"c":', "}}", "{}"),
    "arrays-and-objects": ('[{"b":', "}]", "[]"),
}
for what, shape in SHAPES.items():
    for levels in (126, 127):
        parses(
            f"json-of-{levels}-levels-of-{what}-is-parsed",
            "127 levels are the limit.",
            nested(*shape, levels),
            ("B3",),
        )
    for levels in (128, 100_000):
        judged(
            f"json-of-{levels}-levels-of-{what}-is-too-deep",
            "127 levels are the limit.",
            nested(*shape, levels),
            unreadable("depth"),
            ("B3",),
        )
judged(
    "json-of-100000-arrays-that-are-never-closed-is-too-deep",
    "The depth is exceeded before the text ends.",
    utf8("[" * 100_000),
    unreadable("depth"),
    ("B3",),
)
judged(
    "json-of-100000-objects-that-are-never-closed-is-too-deep",
    "The depth is exceeded before the text ends.",
    utf8('{"a":' * 100_000),
    unreadable("depth"),
    ("B3",),
)
judged(
    "json-of-128-levels-of-arrays-alone-is-too-deep",
    "The depth is exceeded before the outermost value is found not to be an object.",
    utf8("[" * 128 + "]" * 128),
    unreadable("depth"),
    ("B3",),
)
no_object(
    "json-of-127-levels-of-arrays-alone-is-not-an-object",
    "127 levels are fine, and an array is no object.",
    utf8("[" * 127 + "]" * 127),
)
parses(
    "json-of-many-arrays-side-by-side-is-parsed",
    "Many values on one level are not deep nesting.",
    utf8('{"a":[' + "[]," * 10_000 + "[]]}"),
    ("B3",),
)
parses(
    "json-with-brackets-inside-a-string-is-parsed",
    "Brackets inside a string do not count as nesting.",
    utf8('{"a":"' + "[{" * 10_000 + '"}'),
    ("B3",),
)

# The other schemes

topic.verify(
    "json-is-judged-in-pivotal-too",
    "The check of the JSON does not depend on the scheme.",
    headers=pivotal_delivery(utf8("[]")),
    body=utf8("[]"),
    expect=unreadable("not_an_object"),
    threats=["B9"],
)
topic.verify(
    "json-is-judged-in-pivot-too",
    "The check of the JSON does not depend on the scheme.",
    webhook=pivot(),
    headers=pivot_delivery(utf8("[]")),
    body=utf8("[]"),
    expect=unreadable("not_an_object"),
    threats=["B9"],
)
topic.verify_signature(
    "json-is-not-judged-by-verify-signature",
    "verify_signature doesn't read the body.",
    headers=svix(utf8("{{{")),
    body=utf8("{{{"),
    expect=accepted_svix(),
    threats=["B9"],
)
