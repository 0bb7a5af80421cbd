"""Data nested deeper, or far larger, than anybody fills in: every door that takes free data answers in words, never with a fault."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from api import envelope
from api.v1.monitoring_models import READING
from services.monitoring import keys
from services.monitoring.rows import MOST_ROWS
from services.session import transaction
from tests import public_rows
from tests.api import case_world
from tests.conftest import Browser
from tests.monitoring import rows

DEPTHS = (40, 300, 600, 900, 980)
Send = Callable[[str], Any]


def nested(depth: int, kind: str) -> str:
    return "[" * depth + "]" * depth if kind == "lists" else '{"a":' * depth + "1" + "}" * depth


def sending(someone: Browser, method: str, path: str) -> Send:
    head = {"Content-Type": "application/json", "If-Match": '"1"'}
    return lambda body: someone.send(method, path, content=body.encode(), headers=head)


@pytest.fixture
def doors(client: Any, browser: Callable[..., Browser]) -> dict[str, tuple[Send, str]]:
    """How each is sent something, and its body around what is nested."""
    with transaction() as session:
        notice = public_rows.a_notice(session).id
        person = case_world.filer(session)
        project = rows.published(session, readings=False)
        token = keys.make(session, rows.owner(session, project), project, "采集平台").token
    filer, officer = browser(user=person), browser("intake")
    task = case_world.asked(case_world.filed(filer), "formal_review", "formal_review")
    plain = {"Content-Type": "application/json"}
    objections = f"/api/v1/public/notices/{notice}/objections"
    platform = plain | {"Authorization": f"Bearer {token}", "Idempotency-Key": "k"}
    readings = f"/api/v1/projects/{project.number}/readings"
    answer = '{"outcome": "accept", "form": {"reason": %s, "defects": %s}}'
    return {
        "objection": (lambda b: client.post(objections, content=b, headers=plain), '{"content": %s, "topics": %s}'),
        "readings": (lambda b: client.post(readings, content=b, headers=platform), '{"rows": [{"a": %s}, %s]}'),
        "a new case": (sending(filer, "POST", "/api/v1/cases"), '{"procedure": "project_application", "form": {"x": %s, "y": %s}}'),
        "a draft": (sending(officer, "PUT", f"/api/v1/tasks/{task}/draft"), answer),
        "an answer": (sending(officer, "POST", f"/api/v1/tasks/{task}/complete"), answer),
    }  # fmt: skip


def test_body_that_would_fill_the_memory_is_refused(doors: dict[str, tuple[Send, str]]) -> None:
    """Fifty megabytes of empty lists are a gigabyte once they are read, and anybody may send an objection."""
    lists = "[" + "[]," * (envelope.PLAIN // 3) + "[]]"
    for name, (send, around) in doors.items():
        answer = send(around % (lists, "[]"))
        assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json"), name


def test_body_that_is_told_to_be_two_things_is_no_form(client: Any) -> None:
    body = ("[" + "[]," * (envelope.PLAIN // 3) + "[]]").encode()
    kinds = [("Content-Type", "application/json"), ("Content-Type", "multipart/form-data; boundary=x")]
    assert client.post("/api/v1/public/notices/1/objections", content=body, headers=kinds).status_code == 413


def test_largest_delivery_of_readings_is_taken(doors: dict[str, tuple[Send, str]]) -> None:
    send, _ = doors["readings"]
    answer = send(json.dumps({"rows": [READING] * MOST_ROWS}, indent=1))
    assert answer.status_code in {200, 201}, answer.text[:300]


def test_what_is_nested_too_deep_is_refused_in_words_at_every_door(
    doors: dict[str, tuple[Send, str]],
) -> None:
    told = {
        (name, depth, kind): answer.status_code
        for name, (send, around) in doors.items()
        for depth in DEPTHS
        for kind in ("lists", "objects")
        if (answer := send(around % ((nested(depth, kind),) * 2))).status_code
        not in {200, 201, 400, 409, 422, 429}
    }
    assert told == {}, "\n".join(f"{k}: {v}" for k, v in told.items())
