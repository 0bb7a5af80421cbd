"""Requests no client should send: malformed, absurd, at the wrong address. A clear answer, never a 5xx."""

import re
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.blackbox.play import PROCEDURE, draft
from tests.blackbox.scenarios import Cases
from tests.blackbox.test_bad_forms import refused
from tests.system import API, System

ISO = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)$")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[", b"nonsense", b'{"procedure": "project_application", "form": {}', b"\xff\xfe\x00", b"null", b"1", b'"x"', b"[]",
        b"{'procedure': 1}", b'{"procedure": 1, "form": 2}', b'{"procedure": null}', b"[" * 100_000, b'{"a":' * 50_000,
        b'{"procedure": "project_application", "form": {"a": NaN}}', b'{"procedure": "project_application", "form": {"a": Infinity}}',
        b'{"procedure": "project_application", "form": {"a": 1e999}}',
        b'{"procedure": "project_application", "form": {"a": "\\u0000"}}', b'{"procedure": "project_application", "form": {"\\u0000": 1}}',
        b'{"procedure": "project_application", "form": {"a": "\\ud800"}}', b'{"procedure": "\\u0000", "form": {}}',
        b'{"procedure": "project_application", "form": {"a": ' + b"9" * 5000 + b"}}",
    ],
)  # fmt: skip
def test_malformed_json_is_refused(system: System, body: bytes) -> None:
    answer = system.as_("applicant").post(
        "/cases", content=body, headers={"Content-Type": "application/json"}
    )
    assert 400 <= answer.status_code < 500, (body[:60], answer.status_code, answer.text[:300])
    assert answer.headers["content-type"] == "application/problem+json"


def test_malformed_json_is_422_with_its_place(system: System) -> None:
    answer = system.as_("applicant").post(
        "/cases", content=b'{"procedure": ', headers={"Content-Type": "application/json"}
    )
    assert refused(answer)


def test_deep_form_is_refused_or_kept(system: System) -> None:
    deep: Any = 1
    for _ in range(400):
        deep = {"a": deep}
    answer = system.as_("applicant").post("/cases", json={"procedure": PROCEDURE, "form": deep})
    assert answer.status_code in {201, 422}
    if answer.status_code == 201:
        assert system.as_("applicant").get(f"/cases/{answer.json()['case_no']}").status_code == 200


def test_absurdly_large_body_is_refused(system: System) -> None:
    body = b'{"procedure": "project_application", "form": {"a": "' + b"x" * (60 * 1024 * 1024) + b'"}}'
    answer = system.as_("applicant").post(
        "/cases", content=body, headers={"Content-Type": "application/json"}
    )
    refused(answer, 413)


def test_large_draft_is_refused_or_kept_whole(system: System) -> None:
    form = {"project": {"project_name": "长" * 1_000_000}}
    answer = system.as_("applicant").post("/cases", json={"procedure": PROCEDURE, "form": form})
    assert answer.status_code in {201, 413, 422}
    if answer.status_code == 201:
        found = system.get("applicant", f"/cases/{answer.json()['case_no']}")
        assert found["form"] == form
        assert len(found["title"]) <= 200


@pytest.mark.parametrize("text", ["\0", "a\0b"])
def test_null_bytes_do_no_harm_anywhere(system: System, text: str, cases: Cases) -> None:
    case_no, client = draft(system, {}, papers=False), system.as_("applicant")
    ended = cases["refusal"].case_no
    for answer in (
        client.put(f"/cases/{case_no}/form", json={"project": {"project_name": text}}, headers={"If-Match": "*"}),
        client.post(f"/cases/{case_no}/submit", json={"declaration": {"accepted": True, "signatory": text}}),
        client.post(f"/cases/{case_no}/withdraw", json={"reason": text}),
        client.get("/cases", params={"q": text, "status": text, "stage": text, "procedure": text, "cursor": text}),
        client.get("/tasks", params={"q": text, "kind": text, "holder": text, "cursor": text}),
        client.get(f"/cases/{quote(text)}"), client.get(f"/tasks/{quote(text)}"), client.get(f"/procedures/{quote(text)}"),
        client.get("/public/notices", params={"q": text, "cursor": text}), client.get("/public/projects", params={"q": text, "district": text}),
        client.get(f"/public/projects/{quote(text)}"), client.get(f"/public/certificates/{quote(text)}"), client.get(f"/public/objections/{quote(text)}"),
        system.as_("").post("/auth/token", data={"username": text, "password": text}),
        system.as_("auditor").get("/admin/audit", params={"case_no": text, "event": text, "person": text}),
        system.as_("auditor").get("/admin/audit/verify", params={"case_no": text}),
        client.get(f"/cases/{ended}", headers={"Accept-Language": "x" * 5000}),
    ):  # fmt: skip
        assert answer.status_code < 500, (answer.request.method, answer.request.url, answer.text)


@pytest.mark.parametrize(
    "number", ["0", "-1", "9" * 5, "9" * 10, "9" * 19, "9" * 40, "1e3", "x", "1.5", "%00", "１"]
)
def test_odd_numbers_in_addresses(system: System, cases: Cases, number: str) -> None:
    case_no = cases["refusal"].case_no
    for path in (
        f"/cases/{case_no}/documents/{number}", f"/cases/{case_no}/attachments/{number}", f"/public/notices/{number}",
        f"/public/projects/{number}", f"/tasks/{number}", f"/cases/{number}", f"/public/objections/{number}", f"/public/certificates/{number}",
    ):  # fmt: skip
        answer = system.as_("applicant").get(path)
        assert answer.status_code in {404, 422}, (path, answer.status_code)
        assert answer.headers["content-type"] == "application/problem+json"
    answer = system.as_("").post(f"/public/notices/{number}/objections", json={})
    assert answer.status_code in {404, 422}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/cases"),
        ("PATCH", "/me"),
        ("POST", "/procedures"),
        ("PUT", "/tasks"),
        ("GET", "/auth/token"),
        ("DELETE", "/public/notices"),
        ("TRACE", "/me"),
    ],
)
def test_wrong_method_is_refused(system: System, method: str, path: str) -> None:
    answer = system.as_("applicant").request(method, path)
    refused(answer, 405)
    assert answer.headers["allow"]


def test_unknown_address_is_a_problem_document(system: System) -> None:
    for path in ("/nothing", "/cases/a/b/c/d", "/public", "//cases"):
        refused(system.as_("applicant").get(path), 404)


@pytest.mark.parametrize("path", ["/cases", "/tasks", "/public/notices", "/public/projects", "/admin/audit"])
def test_lists_are_read_in_pages(system: System, cases: Cases, path: str) -> None:
    cases.all()
    who = "auditor" if path.startswith("/admin") else "supervisor"
    query: dict[str, Any] = {"queue": "all"} if path == "/tasks" else {}
    key = {"/cases": "case_no", "/public/projects": "number"}.get(path, "id")
    seen: list[Any] = []
    cursor: str | None = None
    for _ in range(4):
        page = system.get(who, path, limit=2, **({"cursor": cursor} if cursor else {}), **query)
        assert set(page) >= {"items", "next_cursor"}
        assert len(page["items"]) <= 2
        seen += [i[key] for i in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) > 2
    whole = [i[key] for i in system.get(who, path, limit=100, **query)["items"]]
    assert [i for i in whole if i in seen] == seen  # reading the trail is itself written down, at the top


@pytest.mark.parametrize(
    "path",
    [
        "/cases",
        "/tasks",
        "/public/notices",
        "/public/projects",
        "/public/malls",
        "/admin/audit",
        "/admin/stalled",
    ],
)
def test_odd_pages_are_refused(system: System, path: str) -> None:
    for limit in ("0", "-1", "x", "9" * 30, "1.5", ""):
        assert system.as_("auditor").get(path, params={"limit": limit}).status_code == 422, limit
    for cursor in ("x", "-1", "9" * 30, "😀", "' or 1=1 --", "e30=", "x" * 5000):
        assert system.as_("auditor").get(path, params={"cursor": cursor}).status_code in {200, 422}, cursor


def test_filters_filter(system: System, cases: Cases) -> None:
    cases.all()
    for status in ("published", "rejected", "lapsed"):
        items = system.get("supervisor", "/cases", status=status, limit=100)["items"]
        assert {c["status"] for c in items} == {status}
    case_no = cases["lapse"].case_no
    assert [c["case_no"] for c in system.get("supervisor", "/cases", q=case_no)["items"]] == [case_no]
    assert system.get("supervisor", "/cases", q="没有这样的项目%_")["items"] == []
    assert system.get("supervisor", "/cases", procedure="nothing")["items"] == []


def _times(value: Any, where: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [t for k, v in value.items() if k not in {"form", "context", "data"} for t in _times(v, k)]
    if isinstance(value, list):
        return [t for v in value for t in _times(v, where)]
    named = where == "at" or where.endswith("_at") or where in {"reply_due", "since"}
    return [(where, value)] if named and isinstance(value, str) else []


def test_times_are_iso_with_offset(system: System, cases: Cases) -> None:
    case_no = cases["straight"].case_no
    for who, path in (
        ("applicant", f"/cases/{case_no}"), ("applicant", "/cases"), ("supervisor", "/tasks?queue=all"), ("", "/public/notices"),
        ("", "/public/projects"), ("auditor", "/admin/audit"), ("auditor", "/admin/stalled"), ("applicant", f"/cases/{case_no}/versions"),
    ):  # fmt: skip
        found = _times(system.get(who, path))
        for name, moment in found:
            assert ISO.match(moment), (path, name, moment)
            assert moment.endswith("+08:00"), (path, name, moment)


def test_language_follows_the_client(system: System, cases: Cases) -> None:
    path = f"/cases/{cases['lapse'].case_no}"
    english = system.as_("applicant").get(path, headers={"Accept-Language": "en"}).json()
    assert not re.search("[一-鿿]", english["waiting_for"])
    assert re.search("[一-鿿]", system.get("applicant", path)["waiting_for"])
    assert system.as_("").get("/me", headers={"Accept-Language": "en"}).json()["title"].isascii()


def test_too_many_tries_lock_the_account(system: System) -> None:
    with system.client() as client:
        codes = [
            client.post("/auth/token", data={"username": "mall", "password": f"wrong-{n}"}).status_code
            for n in range(7)
        ]
        assert codes[:4] == [401] * 4
        assert codes[-1] == 429
        locked = client.post("/auth/token", data={"username": "mall", "password": system.password})
    refused(locked, 429)
    assert locked.headers["retry-after"]


def test_sign_in_tells_nobody_which_accounts_exist(system: System) -> None:
    with system.client() as client:
        known = client.post("/auth/token", data={"username": "issuer", "password": "wrong"})
        unknown = client.post("/auth/token", data={"username": "nobody-at-all", "password": "wrong"})
        refused(client.post("/auth/token", data={}))
        refused(client.post("/auth/token", json={"username": "a", "password": "b"}))
    assert (known.status_code, known.json()["detail"]) == (unknown.status_code, unknown.json()["detail"])


def test_ended_token_is_nobody(system: System) -> None:
    with system.client(system.token("applicant")) as client:
        assert client.get("/me").status_code == 200
        assert client.delete("/auth/token").status_code == 204
        refused(client.get("/me"), 401)


def test_headers_protect_every_answer(system: System) -> None:
    for path in ("/", f"{API}/nothing", f"{API}/me", "/login"):
        answer = httpx.get(system.address + path, trust_env=False, timeout=90)
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert answer.headers["x-frame-options"] == "DENY", path
