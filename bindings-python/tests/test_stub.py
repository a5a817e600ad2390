"""The docstrings of the stub, which editors show, are those that `help` shows."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from pivotal_webhooks import _core

STUB = Path(str(_core.__file__)).with_name("_core.pyi")


def documented() -> Iterator[tuple[str, str]]:
    """Every class, function and property of the stub and its docstring."""
    for node in ast.parse(STUB.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, ast.get_docstring(node) or ""
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, ast.get_docstring(node) or ""
            members = [it for it in node.body if isinstance(it, ast.FunctionDef)]
            # Of overloads the first one is the method that `help` shows.
            for member in {it.name: it for it in reversed(members)}.values():
                if not member.name.startswith("__"):
                    yield f"{node.name}.{member.name}", ast.get_docstring(member) or ""


@pytest.mark.parametrize(("name", "docstring"), [*documented()])
def test_a_docstring_is_there_at_run_time(name: str, docstring: str) -> None:
    found: object = _core
    for piece in name.split("."):
        found = inspect.getattr_static(found, piece)
    found = getattr(found, "__func__", found)
    if isinstance(found, type) or not hasattr(found, "__objclass__"):
        found = getattr(_core, name.split(".")[0])
        for piece in name.split(".")[1:]:
            found = getattr(found, piece)
    assert docstring
    assert inspect.cleandoc(found.__doc__ or "") == docstring
