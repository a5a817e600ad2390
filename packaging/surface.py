"""Lists the public surface of a Python package: `python packaging/surface.py FOLDER`.

It reads the sources and imports nothing. A module lists the names in `__all__`, or those without an
underscore; a stub lists all of its names, because the private ones are the types of its parameters.
Bodies and documentation are left out.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef

NOT_IMPORTED = {"__main__", "_pyinstaller"}
"""Modules that no program imports."""

TYPES = ast.Attribute | ast.BinOp | ast.Call | ast.Name | ast.Subscript
"""What an alias of a type looks like."""


def main() -> None:
    folder = Path(sys.argv[1])
    for file in sorted([*folder.rglob("*.py"), *folder.rglob("*.pyi")]):
        path = file.relative_to(folder.parent).with_suffix("")
        module = ".".join(path.parts).removesuffix(".__init__")
        found = [*surface(ast.parse(file.read_text("utf-8")), stub=file.suffix == ".pyi")]
        if found and not NOT_IMPORTED & {*path.parts}:
            print(f"\n[{module}]", *found, sep="\n")


def surface(module: ast.Module, *, stub: bool) -> Iterator[str]:
    """The lines of a module."""
    listed = exported(module)
    yield from sorted(imported(module, listed))

    def is_public(name: str) -> bool:
        if name in {"TYPE_CHECKING", "__all__"}:
            return False
        return stub or (name in listed if listed else not name.startswith("_"))

    for statement in module.body:
        yield from lines(statement, is_public)


def exported(module: ast.Module) -> list[str]:
    for statement in module.body:
        if isinstance(statement, ast.Assign) and names(statement) == ["__all__"]:
            return [str(name) for name in ast.literal_eval(statement.value)]
    return []


def imported(module: ast.Module, listed: list[str]) -> Iterator[str]:
    """The names of other modules that this one exports."""
    for statement in module.body:
        if isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                name = alias.asname or alias.name
                if name in listed:
                    yield f"{name} = {statement.module}.{alias.name}"


def lines(statement: ast.stmt, is_public, inside: bool = False) -> Iterator[str]:
    """A statement without its body, if it makes a public name."""
    if isinstance(statement, Function) and is_public(statement.name):
        yield from decorators(statement)
        word = "async def" if isinstance(statement, ast.AsyncFunctionDef) else "def"
        returns = f" -> {ast.unparse(statement.returns)}" if statement.returns else ""
        yield f"{word} {statement.name}({ast.unparse(statement.args)}){returns}"
    elif isinstance(statement, ast.ClassDef) and is_public(statement.name):
        yield from decorators(statement)
        bases = [*statement.bases, *statement.keywords]
        yield f"class {statement.name}({', '.join(map(ast.unparse, bases))})"
        for member in members(statement):
            yield f"    {member}"
    elif isinstance(statement, ast.AnnAssign) and is_public(ast.unparse(statement.target)):
        annotation = ast.unparse(statement.annotation)
        value = statement.value if inside or "TypeAlias" in annotation else None
        text = f" = {ast.unparse(value)}" if value else ""
        yield f"{ast.unparse(statement.target)}: {annotation}{text}"
    elif isinstance(statement, ast.Assign):
        for name in filter(is_public, names(statement)):
            is_type = isinstance(statement.value, TYPES)
            yield f"{name} = {ast.unparse(statement.value)}" if is_type else name
    elif isinstance(statement, ast.If | ast.Try):
        for nested in ast.iter_child_nodes(statement):
            if isinstance(nested, ast.stmt):
                yield from lines(nested, is_public, inside)


def members(statement: ast.ClassDef) -> Iterator[str]:
    """The lines of a class, with the attributes that only its methods set."""
    for member in statement.body:
        yield from lines(member, is_public_member, inside=True)
    stated = {
        ast.unparse(member.target) for member in statement.body if isinstance(member, ast.AnnAssign)
    }
    for node in ast.walk(statement):
        is_stored = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        if is_stored and ast.unparse(node.value) == "self" and is_public_member(node.attr):
            if node.attr not in stated:
                yield f"self.{node.attr}"
            stated.add(node.attr)


def is_public_member(name: str) -> bool:
    return not name.startswith("_") or (name.endswith("__") and name != "__slots__")


def names(statement: ast.Assign) -> list[str]:
    return [target.id for target in statement.targets if isinstance(target, ast.Name)]


def decorators(statement: Function | ast.ClassDef) -> Iterator[str]:
    for decorator in statement.decorator_list:
        yield f"@{ast.unparse(decorator)}"


if __name__ == "__main__":
    main()
