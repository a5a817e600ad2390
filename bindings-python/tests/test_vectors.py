"""Every vector, through every shape in which Python can hand a request over."""

from __future__ import annotations

import pytest
import vector_cases
from vector_cases import Case

CASES = vector_cases.load()


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_vector(case: Case) -> None:
    assert vector_cases.outcome(case) == case["expect"]
    if case["do"] == "construct":
        return
    for shape, body in vector_cases.body_shapes(vector_cases.body(case["body"])):
        assert vector_cases.outcome(case, given_body=body) == case["expect"], shape
    if case["do"] in ("restore", "sign"):
        return
    for shape, headers in vector_cases.header_shapes(vector_cases.headers(case)):
        assert vector_cases.outcome(case, given_headers=headers) == case["expect"], shape
