"""The order of commands of every workflow, read from its source.

What a course does is its calls in order and the conditions they stand under; names, comments and docstrings may
change freely. The committed copy is `fingerprints.json`; tests compare, `make histories` writes.
"""

import ast
import json
from pathlib import Path

FOLDER = Path(__file__).parent.parent.parent / "workflows"
COPY = Path(__file__).with_name("fingerprints.json")
#: Not part of any course: the list of workflows, the sandbox, and what stages expect by name.
_NO_COURSE = {"workflows/__init__.py", "workflows/sandbox.py", "workflows/stages/nouns.py"}


def of_tree() -> dict[str, dict[str, list[str]]]:
    """`{file: {function: [command, …]}}` of workflows/."""
    root = FOLDER.parent
    found = {
        name: of_source(path.read_text())
        for path in sorted(FOLDER.rglob("*.py"))
        if (name := path.relative_to(root).as_posix()) not in _NO_COURSE
    }
    return {name: functions for name, functions in found.items() if functions}


def of_source(source: str) -> dict[str, list[str]]:
    """The commands of each function of a module that has any."""
    found: dict[str, list[str]] = {}
    _collect(ast.parse(source), "", found)
    return {name: commands for name, commands in found.items() if commands}


def _collect(node: ast.AST, prefix: str, found: dict[str, list[str]]) -> None:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            _collect(child, f"{prefix}{child.name}.", found)
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            found[f"{prefix}{child.name}"] = [c for statement in child.body for c in _commands(statement)]
        elif prefix == "" and isinstance(child, ast.Assign | ast.AnnAssign):
            found.setdefault("(module)", []).extend(_commands(child))


def _commands(node: ast.AST) -> list[str]:
    """Calls in the order they are evaluated, and what decides whether and how often they are."""
    if isinstance(node, ast.If | ast.While):
        head = [*_commands(node.test), f"{type(node).__name__.lower()} {ast.unparse(node.test)}:"]
        other = [c for n in node.orelse for c in _commands(n)]
        body = [c for n in node.body for c in _commands(n)]
        return [*head, *_indented(body), *(["else:", *_indented(other)] if other else [])]
    if isinstance(node, ast.For | ast.AsyncFor):
        head = [*_commands(node.iter), f"for {ast.unparse(node.target)} in {ast.unparse(node.iter)}:"]
        return [*head, *_indented([c for n in node.body for c in _commands(n)])]
    if isinstance(node, ast.Return | ast.Raise | ast.Break | ast.Continue):
        inner = [c for child in ast.iter_child_nodes(node) for c in _commands(child)]
        return [*inner, ast.unparse(node)]
    inner = [c for child in ast.iter_child_nodes(node) for c in _commands(child)]
    return [*inner, ast.unparse(node)] if isinstance(node, ast.Call) else inner


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def committed() -> dict[str, dict[str, list[str]]]:
    """The copy under version control."""
    copy: dict[str, dict[str, list[str]]] = json.loads(COPY.read_text())
    return copy


def write() -> None:
    """Renew the copy."""
    COPY.write_text(json.dumps(of_tree(), indent=1, ensure_ascii=False) + "\n")
