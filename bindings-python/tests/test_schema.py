"""The vector files are what their schema says."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from vector_cases import DIRECTORY

SCHEMA = json.loads((DIRECTORY / "schema" / "vectors.schema.json").read_bytes())
FILES = sorted((DIRECTORY / "vectors").glob("*.json"))


def test_there_are_vectors() -> None:
    assert FILES


def test_the_schema_is_one() -> None:
    jsonschema.validators.validator_for(SCHEMA).check_schema(SCHEMA)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_vector_file_fits_its_schema(file: Path) -> None:
    jsonschema.validate(json.loads(file.read_bytes()), SCHEMA)
