"""Every vector of diagnosis has its findings, and a finding accepts nothing."""

from __future__ import annotations

import json
import os
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, cast

import pytest
import vector_cases
from pivotal_webhooks import Webhook, WebhookConfigurationError, WebhookVerificationError
from pivotal_webhooks.diagnosis import FINDING_CODES, Finding, diagnose
from pivotal_webhooks.testing import sample_event, signed_request
from signing import SECRET
from vector_cases import DIRECTORY, Case

FILES = sorted((DIRECTORY / "diagnosis").glob("*.json"))
CASES: list[Case] = [case for file in FILES for case in json.loads(file.read_bytes())["cases"]]


def diagnosed(case: Case, body: Any = None, headers: Any = None) -> list[Finding]:
    options = dict(case["webhook"])
    endpoint, secrets = options.pop("endpoint"), options.pop("secrets")
    return diagnose(
        vector_cases.secrets(secrets),
        vector_cases.body(case["body"]) if body is None else body,
        vector_cases.headers(case) if headers is None else headers,
        now=case["now"],
        sender=endpoint,
        other_secrets=case["other_secrets"],
        previous_secrets=case["previous_secrets"],
        **options,
    )


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_delivery_has_the_findings_of_its_vector(case: Case) -> None:
    expected = case["expect"]["findings"]
    assert codes(diagnosed(case)) == expected
    for shape, body in vector_cases.body_shapes(vector_cases.body(case["body"])):
        assert codes(diagnosed(case, body=body)) == expected, shape
    names = [name.lower() for name, _ in vector_cases.headers(case)]
    # An environ says underscores and a prefix for every header.
    plain = not any("_" in name for name in names) and len(set(names)) == len(names)
    for shape, headers in vector_cases.header_shapes(vector_cases.headers(case)):
        if shape != "WSGI environ" or plain:
            assert codes(diagnosed(case, headers=headers)) == expected, shape


def test_the_number_of_vectors_is_written_for_the_comparison() -> None:
    assert len(CASES) >= 210
    if file := os.environ.get("PIVOTAL_DIAGNOSIS_COUNT_FILE"):
        Path(file).write_text(str(len(CASES)), encoding="utf-8")


VENDORS_LIST = {
    "the secret is wrong": {
        "secret-quoted-*": "secret_quoted",
        "secret-of-other-endpoint-*": "secret_of_other_endpoint",
        "secret-rotated-*": "secret_rotated",
        "secret-api-key-*": "secret_api_key",
    },
    "the parsed body is verified instead of the raw one": {
        "body-json-spacing-*": "body_json_spacing",
        "body-json-escapes-*": "body_json_escapes",
        "body-json-key-order-*": "body_json_key_order",
        "body-printed-*": "body_printed",
        "body-empty-*": "body_empty",
    },
    "the algorithm is another one than HMAC-SHA256": {
        "scheme-other-algorithm-*": "scheme_other_algorithm",
    },
}
"""The lines of the senders' own troubleshooting pages that are about one delivery, and the vectors
for which a diagnosis names that cause first. `check` of the command-line tool tests receivers for
the others: no answer of 2xx in time, and an endpoint that can't be reached."""


@pytest.mark.parametrize("line", VENDORS_LIST)
def test_a_line_of_the_senders_troubleshooting_is_found_first(line: str) -> None:
    for pattern, code in VENDORS_LIST[line].items():
        cases = [case for case in CASES if fnmatch(case["name"], pattern)]
        assert len(cases) >= 2, pattern
        assert {diagnosed(case)[0].code for case in cases} == {code}


def test_the_block_of_the_troubleshooting_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (DIRECTORY.parent / "docs" / "troubleshooting.md").read_text("utf-8")
    [block] = re.findall(r"^```python\n(.*?)^```$", page, re.S | re.M)
    request = signed_request(sample_event("customer.at_risk"), SECRET)
    names = {"secret": SECRET, "body": request.body + b"\n", "headers": request.headers}
    exec(block, names)
    assert capsys.readouterr().out.startswith("the body has got white space at its start")
    for code in FINDING_CODES:
        assert f"\n### `{code}`\n" in page


def test_a_finding_has_texts_only() -> None:
    request = signed_request(sample_event("customer.at_risk"), SECRET)
    [finding] = diagnose(f'"{SECRET}"', request.body, request.headers)
    assert finding.code == "secret_quoted"
    assert finding.code in FINDING_CODES
    assert str(finding) == f"{finding.message} (secret_quoted)"
    assert vars(finding) == {
        "code": finding.code,
        "message": finding.message,
        "help": finding.help,
    }
    assert SECRET not in repr(finding)


def test_options_are_spelled_as_python_spells_them() -> None:
    case = next(case for case in CASES if case["name"] == "secret-is-text-in-svix")
    assert diagnosed(case)[0].help == 'set `key="text"`'


def test_a_genuine_delivery_has_no_finding_by_the_system_clock() -> None:
    request = signed_request(sample_event("customer.at_risk"), SECRET)
    assert diagnose(SECRET, request.body, request.headers) == []
    assert codes(diagnose(None, request.body, request.headers)) == ["secret_not_set"]


def test_headers_of_an_iterator_are_read_once() -> None:
    request = signed_request(sample_event("customer.at_risk"), SECRET)
    assert diagnose(SECRET, request.body, iter(request.headers.items())) == []


def test_an_environ_is_read_as_verification_reads_it() -> None:
    request = signed_request(sample_event("customer.at_risk"), SECRET)
    keys = {f"HTTP_{name.upper().replace('-', '_')}": it for name, it in request.headers.items()}
    environ: dict[str, Any] = {"wsgi.version": (1, 0), **keys}
    assert Webhook(SECRET).unwrap(request.body, environ).type == "customer.at_risk"
    assert diagnose(SECRET, request.body, environ) == []
    assert codes(diagnose(SECRET, request.body, keys)) == ["header_prefixed"]


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(WebhookConfigurationError, match="config_invalid"):
        diagnose(SECRET, b"", {}, schemes=[])
    with pytest.raises(WebhookVerificationError, match="internal"):
        diagnose(SECRET, b"", {}, now=-1)
    with pytest.raises(TypeError, match="body must be the raw bytes"):
        diagnose(SECRET, cast("Any", {}), {})
    with pytest.raises(TypeError, match="headers must be"):
        diagnose(SECRET, b"", cast("Any", 5))
    with pytest.raises(TypeError, match="schemes must be"):
        diagnose(SECRET, b"", {}, schemes=cast("Any", "svix"))
    with pytest.raises(ValueError, match="sender must be"):
        diagnose(SECRET, b"", {}, sender=cast("Any", "svix"))
