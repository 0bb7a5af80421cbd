"""What surrounds every page: headers, languages, errors, navigation, measures, the interface's description."""

import json
import re
from datetime import timedelta

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import text

import api.pages
import api.v1
from api.app import routers
from api.navigation import menu
from models.tables import EngineHealth, Notification, User
from models.vocabulary.roles import Role
from services import clock
from services.access import actor_of
from services.session import reading, transaction
from tests import factories
from tests.conftest import environment


def test_every_answer_carries_the_guarding_headers(client) -> None:
    for path in ("/", "/login", "/nothing", "/static/puhui.css", "/api/v1/me"):
        headers = client.get(path).headers
        assert "unsafe-inline" not in headers["content-security-policy"], path
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "same-origin", path
        assert len(headers["x-request-id"]) >= 8, path


def test_request_id_of_a_proxy_is_kept_and_a_strange_one_is_not(client) -> None:
    assert (
        client.get("/healthz", headers={"X-Request-Id": "abc-12345"}).headers["x-request-id"] == "abc-12345"
    )
    assert (
        client.get("/healthz", headers={"X-Request-Id": "a b<script>"}).headers["x-request-id"]
        != "a b<script>"
    )


def test_static_files_with_version_are_kept_for_a_year(client) -> None:
    assert "immutable" in client.get("/static/puhui.css?v=1").headers["cache-control"]
    assert "max-age=3600" in client.get("/static/puhui.css").headers["cache-control"]


def test_pages_are_never_kept_by_caches(client) -> None:
    assert client.get("/").headers["cache-control"] == "no-store"


def test_pages_hold_no_inline_script_or_style(browser) -> None:
    officer = browser("officer")
    for path in ("/", "/home", "/account", "/notifications", "/nothing"):
        html = officer.get(path).text
        assert "<style" not in html, path
        assert " style=" not in html, path
        assert "<script>" not in html, path
        assert " onclick=" not in html, path


def test_language_switch_is_remembered_and_chinese_comes_first(browser) -> None:
    client = browser("officer").client
    assert 'lang="zh-CN"' in client.get("/").text
    answer = client.get("/lang/en?next=/login")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert '<html lang="en">' in client.get("/").text
    client.cookies.clear()


def test_unknown_address_is_a_page_for_people_and_a_problem_for_programs(client) -> None:
    page, problem = client.get("/nothing"), client.get("/api/v1/nothing")
    assert (page.status_code, problem.status_code) == (404, 404)
    assert "未找到" in page.text
    assert problem.headers["content-type"] == "application/problem+json"
    assert set(problem.json()) >= {"type", "title", "status", "detail", "instance", "request_id"}


def test_not_there_and_not_mine_look_the_same(browser) -> None:
    with transaction() as session:
        case = factories.case(session, factories.user(session, "applicant"), status="submitted")
    stranger = browser("applicant")
    theirs, none = stranger.get(f"/api/v1/cases/{case.case_no}"), stranger.get("/api/v1/cases/TP-2026-9999")
    assert theirs.status_code == none.status_code == 404
    assert theirs.json()["detail"] == none.json()["detail"]


def test_error_inside_shows_the_request_id_and_no_trace(client, database: str) -> None:
    with transaction() as session:
        session.execute(text("alter table notice rename to notice_away"))
    try:
        answer = client.get("/")
    finally:
        with transaction() as session:
            session.execute(text("alter table notice_away rename to notice"))
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] in answer.text
    assert "notice" not in answer.text.replace("/notices", "")
    assert "Traceback" not in answer.text
    assert "frame-ancestors" in answer.headers["content-security-policy"]


def test_without_database_pages_say_so_and_the_process_lives(client) -> None:
    with environment(DATABASE_URL="postgresql+psycopg://puhui@127.0.0.1:1/none"):
        answer, problem = client.get("/"), client.get("/api/v1/public/notices")
        ready, alive = client.get("/readyz"), client.get("/healthz")
    assert (answer.status_code, problem.status_code) == (503, 503)
    assert "请稍后重试" in answer.text
    assert (ready.status_code, ready.json()["database"], alive.status_code) == (503, "unreachable", 200)


def test_ready_follows_what_the_worker_last_saw(client, database: str) -> None:
    def tell(ok: bool, age: int) -> tuple[int, str]:
        with transaction() as session:
            session.merge(EngineHealth(key="reachable", ok=ok, at=clock.now() - timedelta(seconds=age)))
        answer = client.get("/readyz")
        return answer.status_code, answer.json()["temporal"]

    assert tell(True, 1) == (200, "ok")
    assert tell(False, 1) == (503, "unreachable")
    assert tell(True, 600) == (503, "unknown")


def test_too_large_a_body_is_refused_before_it_is_read(client) -> None:
    with environment(MAX_UPLOAD_MB="1"):
        answer = client.post(
            "/login", content=b"x" * 4_000_000, headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
    assert answer.status_code == 413


def test_malformed_request_names_every_place(browser) -> None:
    answer = browser("applicant").post("/api/v1/cases", json={"form": 3})
    assert answer.status_code == 422
    assert {e["loc"] for e in answer.json()["errors"]} == {"procedure", "form"}


def test_demonstration_clock_is_told_on_every_page(client) -> None:
    assert "演示时钟" not in client.get("/").text
    with environment(WORKING_DAY_SECONDS="2"):
        for path in ("/", "/login", "/nothing"):
            assert "演示时钟：1 个工作日 = 2 秒" in client.get(path).text


@pytest.mark.parametrize(
    ("role", "there", "missing"),
    [
        ("applicant", ["/cases", "/cases/new"], ["/tasks", "/experts"]),
        ("officer", ["/tasks", "/experts"], ["/cases/new", "/admin"]),
        ("expert", ["/tasks"], ["/experts", "/cases/new"]),
        ("admin", ["/admin/stalled", "/admin"], ["/cases/new"]),
    ],
)
def test_navigation_shows_what_the_role_uses(
    browser, role: str, there: list[str], missing: list[str]
) -> None:
    nav = browser(role).get("/account").text.split('class="mainnav"')[1].split("</nav>")[0]
    for path in [*there, "/notices", "/projects"]:
        assert f'href="{path}"' in nav
    for path in missing:
        assert f'href="{path}"' not in nav


@pytest.mark.parametrize("role", list(Role))
def test_every_entry_of_the_navigation_opens(browser, role: Role) -> None:
    someone = browser(role.value)
    with reading() as session:
        actor = actor_of(session.get_one(User, someone.user.id))

    def opens(href: str) -> int:
        answer = someone.get(href)
        return int(
            (someone.get(answer.headers["location"]) if answer.status_code == 303 else answer).status_code
        )

    opened = {entry.href: opens(entry.href) for entry in menu(actor)}
    assert opened == dict.fromkeys(opened, 200)


def test_bell_counts_and_messages_can_be_opened(browser) -> None:
    officer = browser("officer")
    with transaction() as session:
        message = Notification(
            user_id=officer.user.id,
            kind="action_needed",
            dedupe="a",
            text_zh="请补正材料",
            text_en="Please correct",
            link="/account",
        )
        session.add(message)
        session.flush()
        number = message.id
    assert 'class="bell-count">1<' in officer.get("/account").text
    assert "请补正材料" in officer.get("/notifications").text
    assert officer.post(f"/notifications/{number}/open").headers["location"] == "/account"
    assert "bell-count" not in officer.get("/account").text
    assert browser("officer").post(f"/notifications/{number}/open").status_code == 404


def test_home_of_every_role_opens(browser) -> None:
    for role in (
        "applicant",
        "merchant",
        "intake",
        "officer",
        "supervisor",
        "issuer",
        "exchange",
        "mall",
        "bureau",
        "agency",
        "admin",
        "auditor",
    ):
        assert browser(role).get("/home").status_code == 200, role
    assert browser("expert").get("/home").headers["location"] == "/tasks"
    assert browser("resident").get("/home").headers["location"] == "/my/receipts"


def test_every_address_of_the_interface_documents_its_problems(client) -> None:
    spec = client.get("/openapi.json").json()
    assert "Problem" in spec["components"]["schemas"]
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            assert "application/problem+json" in json.dumps(operation["responses"]), (method, path)
    assert not [
        p
        for p in spec["paths"]
        if not p.startswith("/api/v1/") and p not in {"/healthz", "/readyz", "/metrics"}
    ]


def _example(path: str) -> str:
    return re.sub(r"{[^}]+}", "1", re.sub(r"{[^}]+:uuid}", "00000000-0000-0000-0000-000000000001", path))


def _unsafe_routes() -> list[tuple[str, str]]:
    """(method, address) of everything that changes something."""
    every = [r for package in (api.pages, api.v1) for router in routers(package) for r in router.routes]
    found = [(m, _example(r.path)) for r in every if isinstance(r, APIRoute) for m in r.methods]
    return sorted((m, path) for m, path in found if m not in {"GET", "HEAD"})


def test_no_change_is_accepted_without_the_token_of_the_session(browser) -> None:
    someone = browser("officer")
    someone.csrf = "forged"
    routes = _unsafe_routes()
    assert ("POST", "/logout") in routes
    assert {(m, p): someone.send(m, p).status_code for m, p in routes} == dict.fromkeys(routes, 403)


def test_procedures_tell_all_a_client_needs(client) -> None:
    listed = client.get("/api/v1/procedures").json()["items"]
    assert "project_application" in [p["key"] for p in listed]
    one = client.get("/api/v1/procedures/project_application").json()
    kinds = {t["kind"]: t for t in one["tasks"]}
    assert (kinds["formal_review"]["role"], kinds["formal_review"]["limit"]["days"]) == ("intake", 5)
    assert {"kind", "title", "required", "when", "generated"} <= set(one["materials"][0])
    assert one["form_schema"]["examples"]
    assert client.get("/api/v1/procedures/none").status_code == 404


def test_examples_of_every_form_pass_its_own_checks(client) -> None:
    from models.procedures import PROCEDURES

    for key, spec in PROCEDURES.items():
        told = client.get(f"/api/v1/procedures/{key}").json()
        spec.form.model_validate(told["form_schema"]["examples"][0])
        for task in told["tasks"]:
            for outcome in task["outcomes"]:
                answer = spec.task(task["kind"]).form.model_validate(outcome["example"])
                assert answer.problems(outcome["key"]) == [], (task["kind"], outcome["key"])


def test_measures_know_routes_not_numbers(client) -> None:
    client.get("/notices/123456")
    text_ = client.get("/metrics").text
    assert "puhui_http_requests_total" in text_
    assert "puhui_database_reachable 1.0" in text_
    assert 'route="/notices/{' in text_
    assert "123456" not in text_
