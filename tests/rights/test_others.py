"""What belongs to another party answers as if it were not there; and whatever leaves the system is written down."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, func, select

from api.app import app
from models.tables import AuditEvent, User
from models.vocabulary.events import Event
from services import audit_export, audit_seal, people
from services.session import reading, transaction
from tests import factories
from tests.conftest import Browser
from tests.rights import things, walk
from tests.rights.test_walk import shape
from tests.rights.things import Things

NOTHING = "00000000-0000-4000-8000-000000000000"
NOBODYS = {
    "account": "SHPH-ZH-99999999", "offer": "HZ-2026-999999", "mandate": 999999, "key": 999999,
    "calibration": 999999, "batch": NOTHING, "reading": 999999, "notification": 999999, "view": 999999,
    "absence": 999999, "project": "SHPH-XM-2026-9999",
}  # fmt: skip

#: Of one party: asked for by somebody of another party with the same roles.
OF_A_PARTY = [
    "GET /my/projects/{project}/data",
    "GET /my/projects/{project}/issuance",
    "POST /my/projects/{project}/issuance",
    "GET /my/projects/{project}/data/template.xlsx",
    "POST /my/projects/{project}/data/upload",
    "GET /my/projects/{project}/data/typed",
    "POST /my/projects/{project}/data/typed",
    "GET /my/projects/{project}/data/batches/{batch}",
    "POST /my/projects/{project}/data/batches/{batch}/confirm",
    "POST /my/projects/{project}/data/batches/{batch}/discard",
    "GET /my/projects/{project}/data/batches/{batch}/rejected.xlsx",
    "POST /my/projects/{project}/data/keys",
    "POST /my/projects/{project}/data/keys/{key}/revoke",
    "GET /my/projects/{project}/data/devices/new",
    "POST /my/projects/{project}/data/devices",
    "GET /my/projects/{project}/data/calibrations/{calibration}/file",
    "POST /api/v1/projects/{project}/readings",
    "GET /api/v1/projects/{project}/readings",
    "GET /api/v1/projects/{project}/batches",
    "GET /api/v1/projects/{project}/batches/{batch}",
    "GET /ledger/accounts/{account}",
    "GET /ledger/accounts/{account}/statement",
    "GET /ledger/accounts/{account}/statement.xlsx",
    "GET /ledger/accounts/{account}/balances.xlsx",
    "GET /ledger/accounts/{account}/acts/cancel",
    "POST /ledger/accounts/{account}/acts/cancel",
    "GET /ledger/accounts/{account}/acts/replace",
    "POST /ledger/accounts/{account}/acts/replace",
    "GET /api/v1/ledger/accounts/{account}",
    "GET /api/v1/ledger/accounts/{account}/statement",
    "POST /ledger/offers/{offer}/accept",
    "POST /ledger/offers/{offer}/refuse",
    "POST /ledger/mandates/{mandate}/revoke",
    "POST /notifications/{notification}/open",
]
#: The number of one's own project with the number of another's thing behind it.
BEHIND_ONES_OWN = [r for r in OF_A_PARTY if "/my/projects/{project}/data/" in r and r.count("{") > 1] + [
    "GET /api/v1/projects/{project}/batches/{batch}",
]
#: Of one officer: asked for by another.
OF_AN_OFFICER = [
    "POST /tasks/views/{view}/delete",
    "POST /absences/{absence}/cancel",
    "POST /api/v1/absences/{absence}/cancel",
]


@pytest.fixture(scope="module")
def world(database: str) -> Things:
    return things.build()


@pytest.fixture(scope="module")
def client(database: str) -> Iterator[TestClient]:
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as found:
        yield found


def signed_in(client: TestClient, user: User) -> walk.Who:
    with transaction() as session:
        opened = people.open_session(session, user, ip="testclient")
    return walk.Who(user.username, client, Browser(client, opened.csrf, opened.token, user))


def told(who: walk.Who, method: str, path: str) -> tuple[int, str]:
    answer = who.ask(method, path)
    return answer.status_code, shape(answer, path)


@pytest.mark.rule("M10")
@pytest.mark.parametrize("route", OF_A_PARTY)
def test_what_is_another_partys_answers_as_if_it_were_not_there(route, world, client):
    method, path = route.split(" ")
    other = signed_in(client, world.two.user)
    theirs = told(other, method, path.format(**NOBODYS | world.one.ids))
    never = told(other, method, path.format(**NOBODYS))
    assert theirs[0] in (403, 404)
    assert theirs[0] == never[0]
    assert theirs[1].replace(str(world.one.ids["account"]), "…") == never[1].replace(NOBODYS["account"], "…")


@pytest.mark.rule("M10")
@pytest.mark.parametrize("route", BEHIND_ONES_OWN)
def test_ones_own_number_opens_no_thing_of_another(route, world, client):
    method, path = route.split(" ")
    other = signed_in(client, world.two.user)
    mine = world.two.ids | {"project": world.two.project.number}
    foreign = {k: world.one.ids[k] for k in ("batch", "key", "calibration")}
    theirs = told(other, method, path.format(**mine | foreign))
    never = told(other, method, path.format(**mine | {k: NOBODYS[k] for k in foreign}))
    assert theirs[0] == never[0] == 404
    assert theirs[1] == never[1]


@pytest.mark.rule("M10")
@pytest.mark.parametrize("route", OF_AN_OFFICER)
def test_what_is_another_officers_answers_as_if_it_were_not_there(route, world, client):
    method, path = route.split(" ")
    other = signed_in(client, world.officers[1])
    theirs = told(other, method, path.format(**world.ids))
    never = told(other, method, path.format(**NOBODYS))
    assert (theirs[0], theirs[1]) == (404, never[1])


# ---- what leaves the system ----------------------------------------------------------------------

#: Types of files that carry something away. Public papers have no reader to name.
CARRIED = ("spreadsheetml", "wordprocessingml", "zip", "csv", "x-ndjson", "pdf", "svg+xml", "image/")
TAKEN = [Event.EXPORTED.value, Event.PERSONAL_DATA_SEEN.value, Event.AUDIT_READ.value]
OWN = [
    "/my/projects/{project}/data/template.xlsx",
    "/my/projects/{project}/data/batches/{batch}/rejected.xlsx",
    "/my/projects/{project}/data/calibrations/{calibration}/file",
    "/ledger/accounts/{account}/statement.xlsx",
    "/ledger/accounts/{account}/balances.xlsx",
    "/my/receipts.xlsx",
]
OFFICE = [
    "/tasks/export.csv",
    "/admin/statistics.xlsx",
    "/admin/statistics/list.xlsx?of=status&value=published",
    "/admin/statistics/chart/{key}.svg",
    "/admin/audit/search.xlsx",
    "/admin/audit/roots/{root}",
    "/admin/audit/full",
    "/admin/templates/{owner}/{key}/builtin.docx",
]
#: Programs, pictures of the handbook and public papers: nothing of anybody is in them.
NOTHING_TAKEN = {  # a timestamp is asked for in tests/audit
    "/admin/audit/verifier.py", "/admin/audit/roots/{number}/timestamp", "/help/pictures/{name}.png", "/verify/{code}/certificate.docx",
    "/public/documents/{document_id}",
}  # fmt: skip
#: Taken away in tests of their own, with the case behind them (`tests/rights/test_walk.py`, `tests/audit`, `tests/api`).
ELSEWHERE = {
    "/cases/{case_no}/materials/{attachment_id}", "/cases/{case_no}/objections/papers/{paper_id}", "/cases/{case_no}/documents/{document_id}/file",
    "/api/v1/cases/{case_no}/attachments/{attachment_id}", "/api/v1/cases/{case_no}/documents/{document_id}",
    "/staff/cases/{case_no}/capsule", "/scenarios/{number}/issuance.xlsx", "/admin/templates/version/{template_id}/file.docx",
    "/admin/templates/version/{template_id}/case/{document_id}", "/admin/methodologies/version/{version_id}/{file}.json",
}  # fmt: skip


def events_of(user_id: int) -> int:
    with reading() as session:
        query = select(func.count()).where(AuditEvent.user_id == user_id, col(AuditEvent.event).in_(TAKEN))
        return session.exec(query).one()


def taken(who: walk.Who, path: str) -> Any:
    """The answer, which carried something away and was written down once."""
    assert who.browser is not None
    before = events_of(who.browser.user.id)
    answer = who.ask("GET", path)
    assert answer.status_code == 200, (path, answer.text[:300])
    assert any(kind in answer.headers["content-type"] for kind in CARRIED), (path, answer.headers)
    assert events_of(who.browser.user.id) == before + 1, path
    return answer


@pytest.mark.rule("M10")
@pytest.mark.parametrize("path", OWN)
def test_what_a_party_takes_away_is_written_down(path, world, client):
    taken(signed_in(client, world.one.user), path.format(**world.one.ids))


@pytest.mark.rule("M10")
@pytest.mark.parametrize("path", OFFICE)
def test_what_the_office_takes_away_is_written_down(path, world, client):
    with transaction() as session:
        root = audit_seal.newest(session) or audit_seal.seal(session, audit_seal.cut(session))
        audit_export.write(session, root)
        user = factories.user(session, "auditor", "supervisor")
        number = root.number
    taken(
        signed_in(client, user),
        path.format(root=number, owner="shared", key="receipt" if "owner" in path else "status"),
    )


def test_every_route_that_gives_files_away_is_asked_here() -> None:
    """Whoever adds a download adds it to a list of this file, and so to what is written down."""
    endings = (
        ".xlsx",
        ".docx",
        ".csv",
        ".zip",
        ".jsonl",
        ".svg",
        ".png",
        ".py",
        "/file",
        "/full",
        "/capsule",
    )
    papers = ("/materials/{attachment_id}", "/attachments/{attachment_id}", "/documents/{document_id}", "/papers/{paper_id}",
              "/case/{document_id}", "/roots/{number}")  # fmt: skip
    given = {
        path
        for method, path in walk.routes(app.routes)
        if method == "GET" and path.endswith((*endings, *papers))
    }
    pages = {"/cases/{case_no}/documents/{document_id}"}  # shows the letter, carries nothing away
    said = {p.split("?")[0].format_map(_names()) for p in [*OWN, *OFFICE]} | ELSEWHERE | NOTHING_TAKEN | pages
    assert given - said == set()


def _names() -> dict[str, str]:
    return {
        "project": "{number}", "batch": "{batch_id}", "calibration": "{calibration_id}", "account": "{number}",
        "root": "{number}", "owner": "{owner}", "key": "{key}",
    }  # fmt: skip
