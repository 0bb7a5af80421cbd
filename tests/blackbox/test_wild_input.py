"""The description of the interface read as an invitation: whatever is sent, no call answers with a 5xx."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.blackbox.play import filed, task_of
from tests.blackbox.scenarios import openapi
from tests.system import API, Json, System

#: Accounts a stranger might have; "" is nobody.
WHO = ("", "applicant", "operator", "intake", "supervisor", "expert01", "auditor")
#: Streams never end, the token would end with the test, and a converter is another program.
LEFT_OUT = {
    ("get", f"{API}/cases/{{case_no}}/events"),
    ("delete", f"{API}/auth/token"),
    ("post", f"{API}/auth/token"),
}

ODD = st.sampled_from(
    [
        "",
        " ",
        "0",
        "-1",
        "9" * 30,
        "null",
        "true",
        "\0",
        "a\0b",
        "../..",
        "%",
        "' or 1=1 --",
        "😀",
        "甲" * 300,
        "2026-02-30",
        "NaN",
        "[]",
        "{}",
    ]
)
TEXT = st.one_of(ODD, st.text(max_size=20).filter(lambda t: t.isprintable() or not t))
JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXT
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def described(system: System) -> Json:
    return openapi(system)


@pytest.fixture(scope="module")
def known(system: System) -> Json:
    """Values that lead somewhere, by the name of the parameter."""
    case_no = filed(system)
    task = task_of(system, case_no, "formal_review")
    notices = system.get("", "/public/notices", limit=1)["items"]
    return {
        "case_no": case_no,
        "task_id": task["id"],
        "key": "project_application",
        "notice_id": str(notices[0]["id"]),
    }


def _calls(described: Json) -> list[tuple[str, str, Json]]:
    return [
        (method, path, call)
        for path, calls in described["paths"].items()
        for method, call in calls.items()
        if path.startswith(API) and (method, path) not in LEFT_OUT
    ]


def _resolved(schema: Json, root: Json) -> Json:
    while "$ref" in schema:
        target: Any = root
        for part in schema["$ref"].split("/")[1:]:
            target = target[part]
        schema = target
    return schema


def _body(schema: Json, root: Json, depth: int = 0) -> st.SearchStrategy[Any]:
    """Bodies that have the right shape more often than not, with odd values in them."""
    schema = _resolved(schema, root)
    if depth > 3:
        return JSON
    if "anyOf" in schema:
        return st.one_of(*(_body(s, root, depth + 1) for s in schema["anyOf"]), JSON)
    kind = schema.get("type")
    if kind == "object" and "properties" in schema:
        fields = {k: _body(v, root, depth + 1) for k, v in schema["properties"].items()}
        return st.one_of(st.fixed_dictionaries(fields), st.fixed_dictionaries({}, optional=fields), JSON)
    if kind == "array":
        return st.one_of(st.lists(_body(schema.get("items", {}), root, depth + 1), max_size=3), JSON)
    examples = schema.get("examples", [])
    plain = {"integer": st.integers(), "string": TEXT, "boolean": st.booleans()}.get(str(kind), JSON)
    return st.one_of(plain, *([st.sampled_from(examples)] if examples else []), JSON)


def _request(data: st.DataObject, path: str, call: Json, root: Json, known: Json) -> tuple[str, Json]:
    """A path with its parameters and what goes with it."""
    query: dict[str, str] = {}
    headers: dict[str, bytes] = {}
    for parameter in call.get("parameters", []):
        name, place = parameter["name"], parameter["in"]
        if place == "path":
            value = data.draw(st.one_of(st.just(known.get(name, "1")), TEXT)) or "x"
            part = quote(value, safe="")
            path = path.replace(f"{{{name}}}", part).replace(f"{{{name}:path}}", part)
        elif data.draw(st.booleans()):
            value = data.draw(TEXT)
            if place == "query":
                query[name] = value
            else:
                headers[name] = re.sub(rb"[\x00-\x20\x7f]", b"_", value.encode())
    more: Json = {"params": query, "headers": headers}
    for kind, content in call.get("requestBody", {}).get("content", {}).items():
        body = data.draw(_body(content["schema"], root))
        if kind == "application/json":
            more["json"] = body
        elif isinstance(body, dict):
            more["data"] = {str(k): str(v) for k, v in body.items()}
    return path, more


@pytest.mark.usefixtures("quiet")
def test_no_call_answers_with_a_5xx(system: System, described: Json, known: Json) -> None:
    calls = _calls(described)
    assert len(calls) > 30

    @seed(20261121)
    @settings(max_examples=400, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def send(data: st.DataObject) -> None:
        method, path, call = data.draw(st.sampled_from(calls))
        path, more = _request(data, path, call, described, known)
        client = system.as_(data.draw(st.sampled_from(WHO)))
        answer = client.request(method, path.removeprefix(API), **more)
        assert answer.status_code < 500 or answer.status_code == 501, (method, path, more, answer.text[:500])
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json", (
                method,
                path,
                answer.status_code,
            )
            assert answer.json()["status"] == answer.status_code

    send()


@pytest.mark.usefixtures("quiet")
def test_office_is_as_well_afterwards_as_before(system: System) -> None:
    """A workflow never fails because of what a person sent: nothing waits for an operator."""
    stalled = system.get("auditor", "/admin/stalled")["items"]
    assert not [s for s in stalled if s["cause"] == "operator"]
    assert system.get("auditor", "/admin/audit/verify")["intact"] is True
    filed(system)
