"""What a workflow may not contain, because a replay could not repeat it."""

import ast
import inspect
from collections.abc import Iterator

import pytest

import models.vocabulary.facts as facts
from activities import ACTIVITIES
from models.procedures import PROCEDURES
from tests.architecture.tree import ROOT, modules, parsed
from workflows import WORKFLOWS, sandbox
from workflows.procedure import Procedure

#: What a replay cannot repeat, by the last or the first part of the name called.
_CALLS = {
    "now",
    "utcnow",
    "today",
    "uuid1",
    "uuid4",
    "urandom",
    "token_hex",
    "getenv",
    "open",
    "settings",
    "monotonic",
}
_MODULES = {
    "random",
    "secrets",
    "uuid",
    "time",
    "os",
    "threading",
    "subprocess",
    "socket",
    "services",
    "pathlib",
}
#: Not repeatable in asyncio: they give results in the order of a set.
_UNORDERED = {"asyncio.wait", "asyncio.as_completed"}


def _places(wrong: object) -> Iterator[str]:
    for path in modules("workflows"):
        for node in ast.walk(parsed(path)):
            if found := wrong(node):  # type: ignore[operator]
                yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)} {found}"


def _clock_or_chance(node: ast.AST) -> str | None:
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        if name in _UNORDERED or (name.rsplit(".", 1)[-1] in _CALLS and name != "workflow.now"):
            return name
    return None


def _module(node: ast.AST) -> str | None:
    names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
    names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
    return next((n for n in names if n.split(".")[0] in _MODULES), None)


def test_no_clock_no_chance_no_environment() -> None:
    assert list(_places(_clock_or_chance)) == []


def test_no_module_that_reads_the_world() -> None:
    assert list(_places(_module)) == []


def _branches_on_nouns(node: ast.AST) -> str | None:
    """A condition on anything of the nouns but their keys would change with them."""
    if not isinstance(node, ast.If | ast.While | ast.IfExp):
        return None
    asked = {ast.unparse(call) for call in ast.walk(node.test) if isinstance(call, ast.Call)}
    bare = ast.unparse(node.test)
    for call in asked:
        bare = bare.replace(call, "")
    return bare if "its." in bare else None


def test_conditions_rest_on_recorded_facts_not_on_nouns() -> None:
    assert list(_places(_branches_on_nouns)) == []


def test_sandbox_shares_the_rooms_below_and_never_the_workflows() -> None:
    shared = sandbox.PASSED_THROUGH
    assert not [name for name in shared if name.split(".")[0] == "workflows"]
    assert {"models", "activities", "services"} <= set(shared)


def test_only_the_sandbox_passes_modules_through() -> None:
    found = [
        path.relative_to(ROOT).as_posix()
        for path in modules("models", "services", "activities", "workflows", "api", "runtime")
        if "passthrough" in path.read_text() or "imports_passed_through" in path.read_text()
    ]
    assert found == ["workflows/sandbox.py"]


def test_signal_handlers_only_store() -> None:
    handlers = [m for _, m in inspect.getmembers(Procedure) if hasattr(m, "__temporal_signal_definition")]
    assert len(handlers) == 4
    for handler in handlers:
        assert not inspect.iscoroutinefunction(handler), f"{handler.__name__} must be a plain def"
        body = ast.parse(inspect.getsource(handler).lstrip().replace("\n    ", "\n")).body[0]
        assert not [
            n
            for n in ast.walk(body)
            if isinstance(n, ast.Raise | ast.Subscript) and isinstance(getattr(n, "ctx", None), ast.Load)
        ]


@pytest.mark.parametrize("activity", ACTIVITIES, ids=lambda a: a.__name__)
def test_activity_takes_and_gives_one_model_of_the_facts(activity: object) -> None:
    signature = inspect.signature(activity)  # type: ignore[arg-type]
    parameters = list(signature.parameters.values())
    assert len(parameters) == 1
    for model in (parameters[0].annotation, signature.return_annotation):
        assert getattr(facts, model.__name__) is model


def test_fields_of_facts_that_were_added_have_defaults() -> None:
    """Old histories still read: only the identifying fields are required."""
    required = {"task_id", "outcome", "due_at", "result", "case_id", "at", "key", "keys"}
    for name, model in vars(facts).items():
        if inspect.isclass(model) and model.__module__ == facts.__name__:
            assert {f for f, info in model.model_fields.items() if info.is_required()} <= required, name


def test_every_procedure_has_its_workflow_under_its_key() -> None:
    names = {w.__temporal_workflow_definition.name for w in WORKFLOWS}  # type: ignore[attr-defined]
    assert names == set(PROCEDURES)
    for key in PROCEDURES:
        assert (ROOT / "workflows" / f"{key}.py").exists()
        assert (ROOT / "models" / "procedures" / f"{key}.py").exists()
