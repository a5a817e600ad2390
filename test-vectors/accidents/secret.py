"""Accidents with the secret: each delivery is genuine, and the endpoint's secret is not right."""

import base64

from builders import (
    KEY,
    OLD_KEY,
    OLD_SECRET,
    PIVOT_KEY,
    PIVOT_SECRET,
    SECRET,
    STRANGER_KEY,
    STRANGER_SECRET,
    TEXT_KEY,
    b64,
    pivot,
    pivotal,
    whsec,
)

from accidents.delivery import (
    CUSTOMER_BODY,
    TASK_BODY,
    Accidents,
    by_pivot,
    by_pivotal,
    by_svix,
)

topic = Accidents(
    "secret", "The secret is not what the sender shows, or belongs to something else."
)

ODD_KEY = bytes([0xFB, 0xEF, 0xBE, 0xFF, 0xFE, 0x3F]) * 5 + b"ab"
ODD_SECRET = whsec(ODD_KEY)
BARE = SECRET.removeprefix("whsec_")


def became(code, what, why, secret, sent=None, **options):
    sent = sent or by_svix()
    topic.add(f"{code.replace('_', '-')}-{what}", why, code, sent.secret(secret, **options), sent)


became(
    "secret_whitespace",
    "with-a-no-break-space",
    "A secret that was copied from a web page has a no-break space at its end.",
    f"{SECRET}\N{NO-BREAK SPACE}",
)
became(
    "secret_whitespace",
    "with-a-line-break",
    "A terminal has wrapped the secret, and the line break was copied with it.",
    f"{SECRET[:30]}\n  {SECRET[30:]}",
)
became(
    "secret_whitespace",
    "with-a-zero-width-space",
    "A chat has put an invisible character into the secret.",
    f"{SECRET[:9]}\N{ZERO WIDTH SPACE}{SECRET[9:]}",
    by_pivotal(),
)
became("secret_quoted", "double", "The quotation marks of a file were kept.", f'"{SECRET}"')
became(
    "secret_quoted",
    "single-in-the-pivotal-scheme",
    "The quotation marks of a shell were kept.",
    f"'{SECRET}'",
    by_pivotal(),
    schemes=["pivotal"],
)
became("secret_quoted", "curly", "A text editor has made the marks curly.", f"“{SECRET}”")
became(
    "secret_quoted",
    "at-a-pivot-endpoint",
    "The secret of Pivot is text, so that the marks become a part of the key.",
    f'"{PIVOT_SECRET}"',
    by_pivot(),
)
became(
    "secret_assignment",
    "of-an-environment-file",
    "The whole line of a file was pasted.",
    f"PIVOTAL_WEBHOOK_SECRET={SECRET}",
)
became(
    "secret_assignment",
    "of-a-shell",
    "The whole line of a shell script was pasted, quotation marks included.",
    f'export WEBHOOK_SECRET="{SECRET}"',
    by_pivotal(),
)
became(
    "secret_version_prefix",
    "of-v1",
    "Some dashboards show the version in front of the secret.",
    f"v1,{SECRET}",
)
became(
    "secret_version_prefix",
    "of-v1-in-the-pivotal-scheme",
    "Some dashboards show the version in front of the secret.",
    f"v1,{SECRET}",
    by_pivotal(),
    schemes=["pivotal"],
)
became(
    "secret_prefix_case",
    "capitals",
    "A tool has turned the prefix into capitals.",
    f"WHSEC_{BARE}",
)
became(
    "secret_prefix_case",
    "capital-letter",
    "A phone has turned the first letter into a capital.",
    f"Whsec_{BARE}",
    by_pivotal(),
)
became(
    "secret_prefix_doubled",
    "in-svix",
    "The code adds a prefix that the secret has already.",
    f"whsec_{SECRET}",
)
became(
    "secret_prefix_doubled",
    "in-pivotal",
    "The code adds a prefix that the secret has already.",
    f"whsec_{SECRET}",
    by_pivotal(),
)
became(
    "secret_prefix_lost",
    "in-pivotal",
    "The whole text is the key in this scheme, so that the prefix matters.",
    BARE,
    by_pivotal(),
)
became(
    "secret_prefix_lost",
    "in-part",
    "The first characters were not selected.",
    SECRET.removeprefix("wh"),
)
became(
    "secret_prefix_lost",
    "of-a-text-key",
    "The key is the whole text with its prefix, and the prefix was removed.",
    BARE,
    by_svix(key=TEXT_KEY).secret(SECRET, key="text"),
    key="text",
)
became(
    "secret_prefix_kept",
    "in-pivotal",
    "The sender signs with the text behind the prefix.",
    SECRET,
    by_pivotal(key=BARE.encode()).secret(BARE, key="text"),
)
became(
    "secret_prefix_kept",
    "at-a-pivot-endpoint",
    "The sender signs with the text behind the prefix.",
    f"whsec_{PIVOT_SECRET}",
    by_pivot(),
)
became(
    "secret_base64url",
    "in-svix",
    "A URL has carried the secret.",
    "whsec_" + base64.urlsafe_b64encode(ODD_KEY).decode(),
    by_svix(key=ODD_KEY, secret=ODD_SECRET),
)
became(
    "secret_base64url",
    "in-pivotal",
    "A URL has carried the secret.",
    "whsec_" + base64.urlsafe_b64encode(ODD_KEY).decode(),
    by_pivotal(key=ODD_SECRET.encode(), secret=ODD_SECRET),
    schemes=["pivotal"],
)
SHORT = b"a test signing key of 31 bytes!"
became(
    "secret_padding",
    "one-of-two",
    "A key of 31 bytes ends in two equals signs, and one was not selected.",
    whsec(SHORT)[:-1],
    by_svix(key=SHORT, secret=whsec(SHORT)),
)
became(
    "secret_padding",
    "lost-in-a-text-key",
    "The whole text is the key in this scheme, and its last character was not selected.",
    SECRET.rstrip("="),
    by_pivotal(key=TEXT_KEY).secret(SECRET, key="text", schemes=["pivotal"]),
    key="text",
    schemes=["pivotal"],
)
became("secret_hex", "in-svix", "A tool shows keys in hexadecimal.", KEY.hex())
became(
    "secret_hex",
    "with-the-prefix-in-capitals",
    "The key was written again in hexadecimal, and the prefix was kept.",
    f"whsec_{ODD_KEY.hex().upper()}",
    by_svix(key=ODD_KEY, secret=ODD_SECRET),
)
became(
    "secret_base64_wrapped",
    "of-a-kubernetes-manifest",
    "The value of a manifest was copied, which is in base64.",
    b64(SECRET.encode()),
)
became(
    "secret_base64_wrapped",
    "at-a-pivot-endpoint",
    "The value of a manifest was copied, which is in base64.",
    b64(PIVOT_KEY),
    by_pivot(),
)
became(
    "secret_is_text",
    "in-svix",
    "The sender signs with the text, prefix included.",
    SECRET,
    by_svix(key=TEXT_KEY).secret(SECRET, key="text"),
)
became(
    "secret_is_text",
    "which-is-not-base64",
    "The sender's secret is no base64, so that the default schemes refuse it.",
    "a-secret-that-is-text-alone!",
    by_pivotal(key=b"a-secret-that-is-text-alone!").secret(
        "a-secret-that-is-text-alone!", schemes=["pivotal"]
    ),
)
became(
    "secret_is_base64",
    "in-pivotal-without-a-prefix",
    "Without a prefix only the text is tried, and the sender decodes it.",
    BARE,
    by_pivotal(key=KEY).secret(BARE, key="base64"),
)
became(
    "secret_is_base64",
    "although-text-was-chosen",
    "The option says text, and the sender decodes the secret.",
    SECRET,
    by_svix(),
    key="text",
)

for name, sent in [
    ("svix", by_svix(key=OLD_KEY)),
    ("pivotal", by_pivotal(key=OLD_SECRET.encode())),
]:
    topic.add(
        f"secret-rotated-in-{name}",
        "The sender still signs with the secret that was replaced.",
        "secret_rotated",
        sent,
        sent.secret(OLD_SECRET),
        previous_secrets=[STRANGER_SECRET, OLD_SECRET],
    )
for name, sent in [
    ("svix", by_svix(key=STRANGER_KEY)),
    ("pivotal", by_pivotal(key=STRANGER_SECRET.encode())),
]:
    topic.add(
        f"secret-of-other-endpoint-in-{name}",
        "The secret of the test endpoint is configured in the live one, and the reverse.",
        "secret_of_other_endpoint",
        sent,
        sent.secret(STRANGER_SECRET),
        other_secrets=[OLD_SECRET, STRANGER_SECRET],
    )

for what, text in [("empty", ""), ("of-white-space", " \n"), ("of-the-prefix-alone", "whsec_")]:
    topic.add(
        f"secret-not-set-{what}",
        "The variable is not set where the receiver runs.",
        "secret_not_set",
        by_svix().secret(text),
        by_svix(),
    )
for what, text in [
    ("changeme", "changeme"),
    ("null", "null"),
    ("your-secret-here", "whsec_your-secret-here"),
    ("of-x", "whsec_xxxxxxxxxxxxxxxxxxxxxxxx"),
    ("of-a-template", "${PIVOTAL_WEBHOOK_SECRET}"),
    ("in-angle-brackets", "<signing secret>"),
]:
    topic.add(
        f"secret-placeholder-{what}",
        "The example's secret was never replaced.",
        "secret_placeholder",
        by_svix().secret(text),
        by_svix(),
    )
topic.add(
    "secret-api-key-in-svix",
    "The API key of the workspace was pasted instead of the signing secret.",
    "secret_api_key",
    by_svix().secret("pivotal_sk_4f0c2a77b1e94d0f8a3c"),
    by_svix(),
)
topic.add(
    "secret-api-key-in-pivotal",
    "An API key is a possible key in this scheme, and signs nothing.",
    "secret_api_key",
    by_pivotal().secret("pivotal_sk_4f0c2a77b1e94d0f8a3c", schemes=["pivotal"]),
    by_pivotal(),
)
topic.add(
    "secret-of-other-kind-of-pivot",
    "The secret of a Pivot endpoint is text, and the scheme svix needs base64.",
    "secret_of_other_kind",
    by_svix().secret(PIVOT_SECRET),
    by_svix(),
)
topic.add(
    "secret-of-other-kind-of-another-service",
    "The secret of another service has characters that base64 has not.",
    "secret_of_other_kind",
    by_svix(body=TASK_BODY).secret("it's-a-shared-secret_of-another_service"),
    by_svix(body=TASK_BODY),
)
# Several secrets: one of them had the accident.
became_of_several = by_svix(body=CUSTOMER_BODY)
topic.add(
    "secret-quoted-beside-another-secret",
    "While a secret is rotated, the new one was pasted with its quotation marks.",
    "secret_quoted",
    became_of_several.but(webhook=pivotal(OLD_SECRET, f'"{SECRET}"')),
    became_of_several,
)
topic.add(
    "secret-hex-of-eight-secrets",
    "The last of eight secrets is in hexadecimal.",
    "secret_hex",
    by_svix().but(webhook=pivotal(*(whsec(bytes([n]) * 32) for n in range(1, 8)), KEY.hex())),
    by_svix(),
)
topic.add(
    "secret-assignment-at-a-pivot-endpoint",
    "The whole line of a file was pasted, and Pivot takes any text as a key.",
    "secret_assignment",
    by_pivot().but(webhook=pivot(f"PIVOT_SECRET={PIVOT_SECRET}")),
    by_pivot(),
)
