"""What the interface tells of itself: schemas, examples, limits — enough for a client that knows no procedure."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.blackbox.play import PROCEDURE, draft, procedure
from tests.blackbox.scenarios import openapi
from tests.system import Json, System

TASKS = {
    "formal_review", "correction", "triage", "agency_review", "expert_opinion", "group_opinion", "revision",
    "revision_check", "publicity_release", "objection_answer", "technical_opinion", "publication",
}  # fmt: skip


@pytest.fixture(scope="module")
def spec(system: System) -> Json:
    return procedure(system)


def _objects(schema: Json) -> Iterator[tuple[str, Json]]:
    """Every field of a schema and of its definitions: (name, field)."""
    for owner in (schema, *schema.get("$defs", {}).values()):
        yield from owner.get("properties", {}).items()


def _conforms(value: Any, schema: Json, root: Json) -> bool:
    """As much of JSON Schema as these schemas use."""
    if "$ref" in schema:
        target: Any = root
        for part in schema["$ref"].split("/")[1:]:
            target = target[part]
        return _conforms(value, target, root)
    if "anyOf" in schema:
        return any(_conforms(value, s, root) for s in schema["anyOf"])
    if "allOf" in schema and not all(_conforms(value, s, root) for s in schema["allOf"]):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if "const" in schema and value != schema["const"]:
        return False
    return _has_type(value, schema, root)


def _has_type(value: Any, schema: Json, root: Json) -> bool:
    kind = schema.get("type")
    if kind == "object":
        inside = schema.get("properties", {})
        return (
            isinstance(value, dict)
            and set(schema.get("required", ())) <= set(value)
            and all(_conforms(v, inside[k], root) for k, v in value.items() if k in inside)
        )
    if kind == "array":
        return isinstance(value, list) and all(_conforms(v, schema.get("items", {}), root) for v in value)
    if kind == "string":
        return isinstance(value, str) and schema.get("minLength", 0) <= len(value) <= schema.get(
            "maxLength", 10**6
        )
    if kind in {"integer", "number"}:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return {"boolean": isinstance(value, bool), "null": value is None}.get(str(kind), True)


def test_every_field_has_title_description_and_example(spec: Json) -> None:
    schemas = {"form": spec["form_schema"]} | {t["kind"]: t["form_schema"] for t in spec["tasks"]}
    for name, schema in schemas.items():
        for field, node in _objects(schema):
            assert node.get("title"), (name, field)
            assert node.get("description"), (name, field)
            assert node.get("examples") or "example" in node, (name, field)


def test_examples_follow_their_schema(spec: Json) -> None:
    form = spec["form_schema"]
    assert _conforms(form["examples"][0], form, form)
    for task in spec["tasks"]:
        schema = task["form_schema"]
        for example in (*schema["examples"], *(o["example"] for o in task["outcomes"])):
            assert _conforms(example, schema, schema), (task["kind"], example)


def test_example_passes_the_checks_of_a_submission(system: System) -> None:
    case_no = draft(system)
    assert system.get("applicant", f"/cases/{case_no}/check") == {"ready": True, "errors": []}


def test_procedure_names_stages_materials_and_tasks(spec: Json) -> None:
    assert spec["key"] == PROCEDURE
    assert [s["key"] for s in spec["stages"]][:2] == ["formal_review", "technical_review"]
    assert {m["kind"] for m in spec["materials"]} >= {
        "appendix_a",
        "appendix_b",
        "licence",
        "legal_rep_identity",
    }
    for material in spec["materials"]:
        assert {"kind", "title", "required", "when"} <= set(material)
    assert {t["kind"] for t in spec["tasks"]} >= TASKS
    for task in spec["tasks"]:
        assert task["role"], task["kind"]
        assert task["outcomes"], task["kind"]
        assert task["limit"]["days"] > 0, task["kind"]


def test_task_carries_the_schema_the_procedure_announced(system: System, spec: Json) -> None:
    from tests.blackbox.play import filed, task_of

    case_no = filed(system)
    task = system.get("intake", f"/tasks/{task_of(system, case_no, 'formal_review')['id']}")
    announced = next(t for t in spec["tasks"] if t["kind"] == "formal_review")
    assert task["outcomes"] == [o["key"] for o in announced["outcomes"]]
    assert set(task["form_schema"]["properties"]) == set(announced["form_schema"]["properties"])
    assert {
        "id",
        "kind",
        "case_no",
        "title",
        "state",
        "assignee",
        "due_at",
        "outcomes",
        "form_schema",
        "context",
    } <= set(task)


def test_unknown_procedure_is_not_found(system: System) -> None:
    for key in ("nothing", "..%2f..", "%00", "a" * 5000):
        assert system.as_("").get(f"/procedures/{key}").status_code == 404, key
    answer = system.as_("applicant").post("/cases", json={"procedure": "nothing", "form": {}})
    assert answer.status_code in {404, 422}


def test_description_has_an_example_for_every_body(system: System) -> None:
    described = openapi(system)
    schemas = described["components"]["schemas"]
    for path, calls in described["paths"].items():
        for method, call in calls.items():
            for kind, content in call.get("requestBody", {}).get("content", {}).items():
                schema = content["schema"]
                names = [schema.get("$ref", ""), *(s.get("$ref", "") for s in schema.get("anyOf", ()))]
                model = next((schemas[n.rsplit("/", 1)[-1]] for n in names if n), schema)
                told = model.get("examples") or schema.get("examples")
                fields = model.get("properties", {})
                named = fields and any(f.get("examples") for f in fields.values())
                assert told or named or not fields or kind != "application/json", (method, path)


def test_health_and_measures(system: System) -> None:
    import httpx

    for path in ("/healthz", "/readyz", "/metrics"):
        assert httpx.get(system.address + path, trust_env=False, timeout=90).status_code == 200, path
