"""The vector files are what their schema says, and so is every event."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import vector_cases
from referencing import Registry, Resource
from vector_cases import DIRECTORY, Case

SCHEMA = json.loads((DIRECTORY / "schema" / "vectors.schema.json").read_bytes())
FILES = sorted((DIRECTORY / "vectors").glob("*.json"))
ACCIDENTS = json.loads((DIRECTORY / "schema" / "diagnosis.schema.json").read_bytes())
ACCIDENT_FILES = sorted((DIRECTORY / "diagnosis").glob("*.json"))
EVENTS = {
    file.name.removesuffix(".schema.json"): json.loads(file.read_bytes())
    for file in (DIRECTORY / "schema" / "events").iterdir()
}
CATALOGUE = json.loads((DIRECTORY.parent / "core" / "events.json").read_bytes())


def test_there_are_vectors() -> None:
    assert FILES
    assert ACCIDENT_FILES


@pytest.mark.parametrize(
    "schema",
    [SCHEMA, ACCIDENTS, *EVENTS.values()],
    ids=["vectors", "diagnosis", *EVENTS],
)
def test_a_schema_is_one(schema: Any) -> None:
    jsonschema.validators.validator_for(schema).check_schema(schema)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_vector_file_fits_its_schema(file: Path) -> None:
    jsonschema.validate(json.loads(file.read_bytes()), SCHEMA)


@pytest.mark.parametrize("file", ACCIDENT_FILES, ids=lambda file: file.name)
def test_a_file_of_diagnosis_fits_its_schema(file: Path) -> None:
    schemas = {"vectors.schema.json": SCHEMA, "diagnosis.schema.json": ACCIDENTS}
    resources = [(name, Resource.from_contents(schema)) for name, schema in schemas.items()]
    validator = jsonschema.Draft202012Validator(
        {"$ref": "diagnosis.schema.json"}, registry=Registry().with_resources(resources)
    )
    validator.validate(json.loads(file.read_bytes()))


def test_every_event_has_a_schema() -> None:
    listed = [event["type"] for sender in CATALOGUE["senders"] for event in sender["events"]]
    assert sorted(EVENTS) == sorted(listed)


def deliveries() -> list[Case]:
    cases: list[Case] = json.loads((DIRECTORY / "vectors" / "events.json").read_bytes())["cases"]
    return cases


def fits(body: Any, event_type: str) -> bool:
    schema = EVENTS[event_type]
    return bool(jsonschema.validators.validator_for(schema)(schema).is_valid(body))


@pytest.mark.parametrize("case", deliveries(), ids=lambda case: case["name"])
def test_a_delivery_fits_the_schema_of_its_event_and_no_other(case: Case) -> None:
    body = json.loads(vector_cases.body(case["body"]))
    assert [event for event in EVENTS if fits(body, event)] == [case["expect"]["ok"]["type"]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"id": None},
        {"livemode": "true"},
        {"data": None},
        {"data": {"object": {}}},
        {"data": {"object": {"id": "cus_2N", "health_score": "38"}}},
        {"data": {"object": {"id": "cus_2N"}, "previous_attributes": []}},
        {"data": {"id": "cus_2N", "at_risk": 1}},
    ],
    ids=repr,
)
def test_a_wrong_delivery_does_not_fit(wrong: dict[str, Any]) -> None:
    body = {"id": "evt_1", "type": "customer.at_risk", "data": {"object": {"id": "cus_2N"}}}
    assert fits(body, "customer.at_risk")
    assert not fits({**body, **wrong}, "customer.at_risk")
