"""Every page, by everybody who has it: axe-core, 400 percent zoom, a telephone; empty, refusing and disagreeing too."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import app
from runtime.client import Player
from tests.conftest import environment
from tests.e2e import stage
from tests.e2e.conftest import SignIn
from tests.e2e.walk import Routes, Walker, judged
from tests.rights.walk import routes
from tests.system import System

ROUTES = Routes([p for m, p in routes(app.routes) if m == "GET" and not p.startswith("/api/")])
#: What a browser is given to keep, or a program to read: no pages.
FILES = frozenset(
    {t for t in ROUTES.templates if "." in t.rpartition("/")[2] or t.endswith(("/file", "/timestamp"))}
    | {"/healthz", "/readyz", "/metrics", "/lang/{lang}", "/public/documents/{document_id}"}
    | {"/admin/audit/full", "/cases/{case_no}/materials/{attachment_id}", "/staff/cases/{case_no}/capsule"}
    | {"/cases/{case_no}/objections/papers/{paper_id}"}
    | {"/admin/audit/roots/{number}"}
)
#: Pages that look different to each who sees them.
FACES = frozenset({"/home", "/tasks/{task_id}", "/cases/{case_no}", "/staff/cases/{case_no}"})
#: Pages no walk shows, and why.
ELSEWHERE = {
    "/login/portal": "leaves for the city's portal; the way back is a redirect",
    "/login/portal/return": "a redirect",
    "/objections/{lookup}": "shown to who objects: test_journey looks at it",
    "/cases/{case_no}/panel": "a part of the status page",
    "/cases/{case_no}/answer/{task_id}": "closes with its limit: test_keyboard looks at it",
    "/cases/{case_no}/answer/{task_id}/review": "the same",
    "/cases/{case_no}/answer/{task_id}/done": "the same",
    "/cases/{case_no}/answer/{task_id}/extension": "the same",
    "/tasks/{task_id}/done": "shown after a decision: test_keyboard looks at it",
    "/verify/{code}": "the QR code of a certificate leads there: /verify with a result",
    # what the demonstration never comes to: test_accessibility_waiting looks at these
    "/admin/balances/{position}": "a balance changed past the program",
    "/admin/changes/{change_id}": "a change that waits for its second person",
    "/admin/stalled/acts/{act_id}": "an act of the console that waits for its second person",
    "/admin/methodologies/version/{version_id}": "a methodology that was uploaded",
    "/admin/methodologies/version/{version_id}/preview": "its public page before it is published",
    "/admin/templates/version/{template_id}": "a template of one's own",
    "/admin/templates/version/{template_id}/case/{document_id}": "its preview",
    "/my/consents/{consent_id}/withdraw": "a resident's consent",
    "/account/new-password": "the first sign-in with a one-time password",
}
NOTHING = "q=nothing-is-called-so"

STARTS: dict[str, tuple[str, ...]] = {
    "": ("/", "/login", f"/notices?{NOTHING}", f"/projects?{NOTHING}", "/notices/1",
        f"/methodologies?{NOTHING}", "/methodologies/DEMO-BIKE-2024", "/methodologies/DEMO-PV-2024?version=1.0"),
    "applicant": ("/home", f"/cases?{NOTHING}", "/cases/{bare}/edit", "/cases/{bare}/edit?section=s5",
                  "/cases/{draft}/edit?section=s6", "/cases/{draft}/edit?section=s8", "/cases/{draft}/materials",
                  "/cases/{bare}/check", "/cases/{draft}/check", "/cases/{draft}/declare", "/cases/{correction}",
                  "/cases/{filed}/form", "/cases/{filed}/submitted",
                  "/cases/{filed}/versions", "/ledger/purposes", "/cases/{filed}/withdraw", "/cases/{panel}",
                  "/my/projects/{project}/data/typed"),
    "intake": ("/tasks?queue=queue", "/tasks/{formal}"),
    "officer": ("/home", "/tasks?queue=queue", "/tasks?queue=waiting", "/tasks?queue=archive", "/tasks?queue=all",
                "/tasks?queue=recent", f"/tasks?{NOTHING}", "/staff/cases/{panel}", "/panels/{panel}",
                "/tasks/{formal}", "/tasks/{triage}"),
    "expert": ("/home", "/tasks", "/tasks/{opinion}", "/tasks?queue=archive"),
    "supervisor": ("/home", "/tasks?queue=all", "/absences", "/admin/stalled/acts", "/ledger/overview", "/help",
                   "/evaluations/preview", "/staff/projects/{project}/data", "/staff/cases/{panel}/suspend"),
    "agency": ("/home",),
    "exchange": ("/home", "/tasks?queue=queue"),
    "bureau": ("/home", "/experts/new"),
    "issuer": ("/home",),
    "merchant": ("/home",),
    "resident": ("/home",),
    "auditor": ("/home", "/staff/cases/{panel}/replay"),
    "admin": ("/home", "/admin", "/admin/users/1/edit", "/admin/methodologies", "/admin/methodologies/new"),
    # when the other procedures have come to their end
    "operator": ("/home", "/mall", "/my/projects"),
    "holder": ("/home", "/ledger"),
}  # fmt: skip
#: Walks that begin with something to see that the first ones did not have.
LATE = {"operator": ("/mall", "/my/projects", "/scenarios"), "holder": ("/ledger", "/lots", "/verify")}
#: Refusals: nothing there, not for this person, a number of somebody else.
REFUSED: dict[str, tuple[str, ...]] = {
    "": (
        "/nothing-here",
        "/notices/999999",
        "/methodologies/NOTHING-2024",
        "/methodologies/DEMO-PV-2024?version=9.9",
    ),
    "applicant": ("/nothing-here", "/admin/users", "/staff/cases", "/tasks/{triage}"),
    "officer": ("/cases/SHTPH-XM-2026-9999", "/admin/users"),
}


@pytest.fixture(scope="module")
def beside(system: System, known: dict[str, Any]) -> Iterator[stage.Beside]:
    """The other procedures, under way since the first walk began."""
    found = stage.Beside(system.address, system.password)
    yield found
    found.close()


@pytest.fixture(scope="module")
def known(player: Player) -> dict[str, Any]:
    """Numbers for the addresses."""
    played = stage.play(player)
    formal = player.task_of(played.filed, "formal_review")["id"]
    project = player.get("/public/projects", limit=1)["items"][0]["number"]
    return {**vars(played), "formal": formal, "project": project}


@pytest.fixture(scope="module")
def walked() -> dict[str, set[str]]:
    """The routes each walk has shown."""
    return {}


@pytest.fixture(scope="module")
def seen() -> set[str]:
    """Kinds of pages some walk has looked at."""
    return set()


@pytest.mark.parametrize("who", STARTS, ids=lambda who: who or "public")
def test_pages_have_no_violations_and_fit_a_narrow_window(
    who: str,
    sign_in: SignIn,
    known: dict[str, Any],
    beside: stage.Beside,
    walked: dict[str, set[str]],
    seen: set[str],
) -> None:
    """At 1280 px axe finds nothing; at 320 (400 percent) and 390 px nothing but tables scrolls sideways."""
    if who in LATE:
        beside.finished()
        seen -= {kind for kind in seen if kind.startswith(LATE[who])}
    page = sign_in({"expert": known["expert"], "holder": "applicant"}.get(who, who))
    walker = Walker(page, ROUTES, seen, FACES, FILES)
    walker.walk([s.format(**known) for s in STARTS[who]], [s.format(**known) for s in REFUSED.get(who, ())])
    walked[who] = walker.shown
    assert not walker.found, "\n".join(walker.found)


def test_no_page_is_left_out(walked: dict[str, set[str]]) -> None:
    """A new page must be linked from somewhere, or be a start above, or be named in ELSEWHERE with a reason."""
    if walked.keys() != STARTS.keys():
        pytest.skip("only some of the walks were taken")
    shown = set().union(*walked.values())
    missing = {t for t in ROUTES.templates if t not in shown and t not in FILES} - ELSEWHERE.keys()
    assert missing == set()
    assert ELSEWHERE.keys() <= set(ROUTES.templates), "these are no pages any more"


def test_a_form_with_defects_has_no_violations(sign_in: SignIn, known: dict[str, Any]) -> None:
    page = sign_in("intake")
    page.goto(f"/tasks/{known['formal']}")
    page.get_by_role("button", name="添加补正事项").click()
    page.locator('[name="_outcome"][value="request_correction"]').check()
    page.get_by_role("button", name="提交", exact=True).click()
    page.wait_for_selector("#problems")
    assert judged(page) == []
    applicant = sign_in("applicant")
    applicant.goto(f"/cases/{known['draft']}/declare")
    applicant.get_by_role("button", name="提交申请").click()
    applicant.get_by_role("alert").first.wait_for()
    assert judged(applicant) == []


def test_a_conflict_page_has_no_violations(sign_in: SignIn, player: Player) -> None:
    case_no = player.file("project_application")
    task = player.task_of(case_no, "formal_review")
    page = sign_in("intake")
    page.goto(f"/tasks/{task['id']}")
    player.complete(task["id"], "intake", "accept")
    page.locator('[name="_outcome"][value="accept"]').check()
    page.get_by_role("button", name="提交", exact=True).click()
    page.get_by_role("heading", name="您填写的内容").wait_for()
    assert judged(page) == []


def test_a_failed_sign_in_has_no_violations(sign_in: SignIn) -> None:
    page = sign_in("")
    page.goto("/login")
    page.get_by_label("用户名").fill("nobody")
    page.get_by_label("密码").fill("wrong-password")
    page.get_by_role("button", name="登录").click()
    page.get_by_role("alert").first.wait_for()
    assert judged(page) == []


def test_a_request_with_an_old_token_has_no_violations(sign_in: SignIn) -> None:
    page = sign_in("applicant")
    page.goto("/account")
    page.evaluate("document.querySelectorAll('main [name=csrf]').forEach(e => e.value = 'old')")
    page.evaluate("document.querySelector('main form[method=post]').submit()")
    page.get_by_role("heading", name="未能确认请求来源").wait_for()
    assert judged(page) == []


def test_the_page_without_a_database_has_no_violations(sign_in: SignIn) -> None:
    """What the application answers while PostgreSQL refuses, shown with the styles of the running system."""
    with environment(DATABASE_URL="postgresql+psycopg://puhui@127.0.0.1:1/none"), TestClient(app) as client:
        answer = client.get("/")
    assert answer.status_code == 503
    page = sign_in("")
    page.route("**/nothing-here", lambda r: r.fulfill(status=503, body=answer.text, content_type="text/html"))
    page.goto("/nothing-here")
    page.get_by_role("heading", name="系统暂时无法使用").wait_for()
    assert judged(page) == []
