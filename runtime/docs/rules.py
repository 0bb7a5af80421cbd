"""The rule list and the matrix rule → tests, read from the marks in the test files."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from models.procedures import PROCEDURES
from runtime.docs.markdown import document, table
from runtime.seeds.files import ROOT

TESTS = ROOT / "tests"


@dataclass(frozen=True)
class Rule:
    """One entry of docs/rules.yaml. `covered`: built and proven today."""

    id: str
    article: str
    zh: str
    en: str
    covered: bool


@dataclass(frozen=True)
class Proof:
    """A test that names a rule."""

    rule: str
    file: str
    test: str


@lru_cache
def rules() -> tuple[Rule, ...]:
    """The rules in the order of the file."""
    data: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "rules.yaml").read_text(encoding="utf-8"))
    return tuple(Rule(**row) for row in data["rules"])


@lru_cache
def proofs() -> tuple[Proof, ...]:
    """Every mark of every test file, by file and name."""
    return tuple(p for file in sorted(TESTS.rglob("test_*.py")) for p in proofs_in(file))


def proofs_in(file: Path) -> Iterator[Proof]:
    """The marks of one file; one on a module or class holds for every test in it."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    name = file.relative_to(ROOT).as_posix() if file.is_relative_to(ROOT) else file.name
    yield from _walk(tree.body, _module_marks(tree), name)


def _walk(body: list[ast.stmt], outer: frozenset[str], file: str) -> Iterator[Proof]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _walk(node.body, outer | _marks(node.decorator_list), file)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            for rule in sorted(outer | _marks(node.decorator_list)):
                yield Proof(rule, file, node.name)


def _module_marks(tree: ast.Module) -> frozenset[str]:
    """`pytestmark = pytest.mark.rule("G12")`, or a list of marks."""
    found = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "pytestmark" for t in node.targets)
    ]
    return _marks([e for v in found for e in (v.elts if isinstance(v, ast.List | ast.Tuple) else [v])])


def _marks(nodes: list[ast.expr]) -> frozenset[str]:
    calls = [c for node in nodes for c in ast.walk(node) if isinstance(c, ast.Call) and _is_rule(c.func)]
    return frozenset(str(a.value) for call in calls for a in call.args if isinstance(a, ast.Constant))


def _is_rule(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr == "rule"


def unproven() -> list[str]:
    """Covered rules without a test."""
    named = {p.rule for p in proofs()}
    return [r.id for r in rules() if r.covered and r.id not in named]


def unknown() -> list[str]:
    """Ids that tests or nouns name and the list does not have."""
    known = {r.id for r in rules()}
    named = {p.rule for p in proofs()} | {i for spec in PROCEDURES.values() for i in _named(spec)}
    return sorted(named - known)


def _named(spec: Any) -> set[str]:
    stages = {i for stage in spec.stages for i in stage.rules}
    return set(spec.rules) | stages | {i for task in spec.tasks for i in task.rules}


def page() -> str:
    """docs/rules.md."""
    by_rule: dict[str, dict[str, list[str]]] = {}
    for proof in proofs():
        by_rule.setdefault(proof.rule, {}).setdefault(proof.file, []).append(proof.test)
    covered = [r for r in rules() if r.covered]
    later = [r for r in rules() if not r.covered]
    overview = table(
        ["规则", "出处", "要求 · Rule", "测试数"],
        [[r.id, r.article, f"{r.zh}<br>{r.en}", str(_count(by_rule, r.id))] for r in covered],
    )
    return document(
        "规则与测试 · Rules and tests",
        "规则清单在 `docs/rules.yaml`；测试用 `@pytest.mark.rule(编号)` 注明所证明的规则。\n"
        "The list is `docs/rules.yaml`; a test names the rules it proves with `@pytest.mark.rule(id)`.",
        "## 已实现 · Covered",
        overview,
        "## 测试 · Tests",
        *[_tests_of(r, by_rule.get(r.id, {})) for r in covered],
        "## 属于后续事项 · Still to come",
        table(["规则", "出处", "要求 · Rule"], [[r.id, r.article, f"{r.zh}<br>{r.en}"] for r in later]),
    )


def _count(by_rule: dict[str, dict[str, list[str]]], rule: str) -> int:
    return sum(len(tests) for tests in by_rule.get(rule, {}).values())


def _tests_of(rule: Rule, files: dict[str, list[str]]) -> str:
    lines = [f"- `{file}`: {', '.join(f'`{t}`' for t in tests)}" for file, tests in files.items()]
    return "\n".join([f"### {rule.id}", "", *(lines or ["—"])])
