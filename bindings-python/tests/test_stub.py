"""The docstrings of the stub, which editors show, are those that `help` shows."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from pivotal_webhooks import _core

STUB = Path(str(_core.__file__)).with_name("_core.pyi")


def documented() -> Iterator[tuple[str, str]]:
    """Every class, function and property of the stub and its docstring."""
    module = ast.parse(STUB.read_text(encoding="utf-8"))
    for function in functions(module):
        yield function.name, ast.get_docstring(function) or ""
    for node in module.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, ast.get_docstring(node) or ""
            for member in functions(node):
                if not member.name.startswith("__"):
                    yield f"{node.name}.{member.name}", ast.get_docstring(member) or ""


def functions(node: ast.Module | ast.ClassDef) -> Iterable[ast.FunctionDef]:
    """The functions in a module or a class. Of overloads the first is the one that `help` shows."""
    found = [it for it in node.body if isinstance(it, ast.FunctionDef)]
    return {it.name: it for it in reversed(found)}.values()


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
