"""Role × route × object: what everybody is answered everywhere equals the table, and tells nothing it must not."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import sqlmodel
from fastapi.testclient import TestClient
from sqlmodel import col, select

from api.app import app
from models.tables import AuditEvent, Case, Expert, PanelMember, TaskRow, User
from models.vocabulary.errors import NotFound
from models.vocabulary.roles import CENTRE, OVERSIGHT, STAFF, Role
from services import live_events
from services.access import actor_of
from services.session import reading
from tests.rights import data, walk
from tests.rights.table import APART, PERSONAL_READERS, TABLE, Object, Person, files, reads
from tests.rights.walk import Who
from tests.rights.world import OBJECTOR, PERSONAL, SECRET, World

NO_TASK = "00000000-0000-4000-8000-000000000000"
NO_CASE = "SHTPH-XM-2026-9999"
ROUTES = [f"{m} {p}" for m, p in walk.routes(app.routes)]
WALKED = [r for r in ROUTES if r not in APART]


@pytest.fixture(scope="module")
def people(city: World) -> Iterator[dict[str, Who]]:
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as client:
        yield walk.everybody(client, city)


@pytest.fixture
def nothing_kept(people: dict[str, Who], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every commit only flushes: what a walk changes is gone when the session closes."""
    walk.just_seen()
    monkeypatch.setattr(sqlmodel.Session, "commit", sqlmodel.Session.flush)


@pytest.fixture(scope="module")
def known(city: World, people: dict[str, Who]) -> dict[str, Person]:
    found = {"nobody": Person(None)}
    for name in people.keys() - {"nobody"}:
        user = city.users[city.seats.get(name.removeprefix("expert "), name)]
        found[name] = Person(user.id, frozenset(Role(r) for r in user.roles), user.party_id)
    return found


@pytest.fixture(scope="module")
def objects(city: World) -> dict[str, Object]:
    """The cases as the rules see them, by the world's name."""
    with reading() as session:
        seats = session.exec(
            select(Case.case_no, Expert.user_id, PanelMember.state)
            .join(PanelMember, col(PanelMember.case_id) == col(Case.id))
            .join(Expert, col(Expert.id) == col(PanelMember.expert_id))
            .order_by(col(PanelMember.id))
        ).all()
        found = {"missing": Object(exists=False)}
        for name, play in city.plays.items():
            case = session.exec(select(Case).where(Case.case_no == play.case_no)).one()
            found[name] = Object(
                draft=case.status == "draft",
                filer=case.filer_id,
                principal=case.principal_id if case.submitted_at else None,
                agency=case.agency_id,
                seats={user: state for no, user, state in seats if no == play.case_no},
            )
        return found


def of_task(case: Object, task_id: str) -> Object:
    with reading() as session:
        row = session.get_one(TaskRow, UUID(task_id))
        return replace(
            case, task=row.key, closed_by=row.closed_by, holder=row.assignee_id, reserved_for=row.reserved_for
        )


def targets(city: World, objects: dict[str, Object], path: str) -> Iterator[tuple[str, Object]]:
    """(address, object) for everything a route can be asked about."""
    if "{case_no}" in path:
        asked = "correction" if "{task_id}" in path else "agency"
        published = ("published",) if "{paper_id}" in path else ()
        for name in ("missing", "draft", asked, "opinions", *published):
            yield _case_target(city, objects, path, name)
    elif "{task_id}" in path:
        yield path.format(task_id=NO_TASK, act="release"), objects["missing"]
        for name, task in _tasks(city):
            task_id = city.plays[name].tasks[task]
            yield path.format(task_id=task_id, act="release"), of_task(objects[name], task_id)
    elif "{number}" in path and ("/data" in path or "/issuance" in path or path.startswith(data.ROUTES)):
        yield from data.targets(city, objects, path)
    elif "{" in path:
        yield from _single(city, path)
    else:
        yield path, Object()


def _tasks(city: World) -> list[tuple[str, str]]:
    writing = next(t for t in city.plays["opinions"].tasks if t.startswith("expert_opinion/4"))
    return [
        ("claimed", "formal_review"),
        ("correction", "correction"),
        ("agency", "agency_review"),
        ("opinions", writing),
        ("opinions", "expert_opinion/1.1"),
    ]


def _case_target(city: World, objects: dict[str, Object], path: str, name: str) -> tuple[str, Object]:
    it = objects[name]
    if name == "missing":
        return path.format(
            case_no=NO_CASE,
            task_id=NO_TASK,
            document_id=99999,
            attachment_id=99999,
            paper_id=99999,
            act="suspend",
        ), it
    play = city.plays[name]
    key = "expert_opinion/1.1" if name == "opinions" else "appendix_a"
    if key in play.documents:
        it = replace(it, document=key.split("/", maxsplit=1)[0], blind=name == "opinions")
    it = replace(it, objected=bool(play.objected))
    task_id = play.tasks.get("correction") or next(iter(play.tasks.values()), NO_TASK)
    if "{task_id}" in path and task_id != NO_TASK:
        it = of_task(it, task_id)
    address = path.format(
        case_no=play.case_no,
        task_id=task_id,
        document_id=play.documents.get(key, 99999),
        attachment_id=play.attachments["legal_rep_identity"],
        paper_id=play.objected or 99999,
        act="suspend",
    )
    return address, it


def _single(city: World, path: str) -> Iterator[tuple[str, Object]]:
    play = city.plays["published"]
    there = {
        "notice_id": play.notice,
        "document_id": play.documents["publicity_notice"],
        "number": play.project,
        "methodology": "DEMO-PV-2024",
        "key": "project_application",
        "lang": "zh",
        "user_id": 1,
        "expert_id": 1,
        "party_id": 1,
        "view_id": 99999,
        "consent_id": 99999,
        "kind": "no-such-kind",
        "act_id": 99999,
        "position": 99999,
        "absence_id": 99999,
        "act": "suspend",
        "lookup": "nothing",
        "code": "nothing",
        "change_id": 99999,
        "template_id": 99999,
        "version_id": 99999,
        "methodology_id": 99999,
        "version": "1.0",
        "file": "calculator",
        "owner": "no-such-procedure",
        "name": "workbench" if "pictures" in path else "applicant",
    }
    if path.startswith(("/notifications", "/admin/audit")):
        there["number"] = 99999
    yield path.format(**there), Object()
    if "{notice_id}" in path:
        yield path.format(notice_id=99999), Object(exists=False)


# ---- the walk ------------------------------------------------------------------------------------


def test_every_route_is_in_the_table() -> None:
    assert sorted(ROUTES) == sorted({*TABLE, *APART})


@pytest.mark.rule("M01")
@pytest.mark.rule("M10")
@pytest.mark.parametrize("route", WALKED)
def test_everybody_is_answered_as_the_table_says(
    route: str,
    city: World,
    people: dict[str, Who],
    known: dict[str, Person],
    objects: dict[str, Object],
    nothing_kept: None,
) -> None:
    method, path = route.split(" ")
    wrong, told, never = [], [], {}
    for address, it in targets(city, objects, path):
        for name, answer in walk.ask_all(people, method, address).items():
            strange = answer.status_code == 404 and shape(answer, address)
            if strange and never.setdefault(name, strange) != strange:  # like what never was
                wrong.append(f"{name} {address}: differs from what never was")
            found, due = walk.verdict(answer), TABLE[route](known[name], it)
            if found != due:
                wrong.append(f"{name} {address}: {found} ({answer.status_code}), should be {due}")
            told += [f"{name} {address}: {s}" for s in leaks(city, known[name], it, path, answer)]
    assert (wrong, told) == ([], [])


# ---- what nobody may be told ---------------------------------------------------------------------


def leaks(city: World, p: Person, it: Object, path: str, answer: Any) -> list[str]:
    """Words in the answer that this person must not read."""
    text = text_of(answer)
    secrets = {SECRET: Role.AUDITOR in p.roles or it.closed_by == p.user_id}
    opens_papers = "attachment" in path or "document" in path or "materials/{" in path
    for name in ("applicant", "agent"):
        for value in personal_values(name):
            own = p.party_id is not None and p.party_id == city.users[name].party_id
            secrets[value] = own or opens_papers
    if not p.is_any(STAFF | OVERSIGHT):
        for user in city.users.values():
            if set(user.roles) & {r.value for r in CENTRE}:
                secrets[user.name] = False
    return [s for s, allowed in secrets.items() if not allowed and s in text]


def personal_values(filer: str) -> set[str]:
    """Identity number, contact and mailbox of the filing party as typed, and the objector's."""
    return {*PERSONAL[filer].values(), OBJECTOR}


def text_of(answer: Any) -> str:
    kind = answer.headers.get("content-type", "")
    if "wordprocessingml" in kind:
        with zipfile.ZipFile(io.BytesIO(answer.content)) as package:
            return re.sub(r"<[^>]+>", "", package.read("word/document.xml").decode())
    return answer.text if kind.startswith(("text/", "application/")) and "pdf" not in kind else ""


def shape(answer: Any, address: str) -> str:
    """The body without what differs from request to request, or echoes the address asked for."""
    text = answer.text.replace(address, "…")
    for part in re.findall(r"SHTPH-XM-\d{4}-\d{4}|[0-9a-f]{8}-[0-9a-f-]{27}", address):
        text = text.replace(part, "…")
    return re.sub(r'nonce="[^"]+"|"instance":"[^"]*"|"request_id":"[^"]*"|[0-9A-Za-z_-]{16,}', "", text)


# ---- doors apart ---------------------------------------------------------------------------------


@pytest.mark.rule("M10")
def test_the_stream_of_events_opens_for_readers_only(
    city: World, known: dict[str, Person], objects: dict[str, Object]
) -> None:
    wrong = []
    for name, p in known.items():
        if p.user_id is None:
            continue
        user = next(u for u in city.users.values() if u.id == p.user_id)
        for key, play in city.plays.items():
            if _streams(user, play.case_no) != reads(p, objects[key]):
                wrong.append((name, key))
    assert wrong == []


def _streams(user: User, case_no: str) -> bool:
    with reading() as session:
        try:
            case_id, _ = live_events.start(session, actor_of(user), case_no, 0)
        except NotFound:
            return False
        page = live_events.Page(actor_of(user), case_id, 0, "")
        return live_events.told(session, [page]) != [None]


def test_the_stream_says_nothing_of_an_opinion(city: World) -> None:
    with reading() as session:
        for name in ("applicant", "officer", "admin", city.seats["writing"]):
            case_id, _ = live_events.start(
                session, actor_of(city.users[name]), city.plays["opinions"].case_no, 0
            )
            told = str(
                live_events.told(session, [live_events.Page(actor_of(city.users[name]), case_id, 0, "")])
            )
            assert (SECRET in told, "'pass'" in told) == (False, False)


@pytest.mark.rule("M10")
def test_personal_data_is_unmasked_for_a_reason_and_each_look_is_kept(
    city: World, people: dict[str, Who], known: dict[str, Person], objects: dict[str, Object]
) -> None:
    play = city.plays["opinions"]
    wanted = {"case_no": play.case_no, "path": "applicant.legal_rep_id_no", "reason": "核对申请人身份"}
    wrong = []
    for name, who in people.items():
        if who.browser is None:
            continue
        it, p = objects["opinions"], known[name]
        without = who.browser.post("/personal-data", wanted | {"reason": ""}).status_code
        answer = who.browser.post("/personal-data", wanted)
        due = 404 if not reads(p, it) else 200 if files(p, it) or p.is_any(PERSONAL_READERS) else 403
        if (answer.status_code, without) != (due, 422 if due == 200 else due):
            wrong.append((name, answer.status_code, without, due))
        if due == 200 and PERSONAL["applicant"]["legal_rep_id_no"] not in answer.text:
            wrong.append((name, "nothing shown", 0, due))
    assert wrong == []
    with reading() as session:
        looks = session.exec(
            select(AuditEvent.user_id).where(
                AuditEvent.event == "personal_data.seen",
                col(AuditEvent.data)["reason"].astext == "核对申请人身份",
            )
        ).all()
    assert sorted(i for i in looks if i) == sorted(
        p.user_id
        for p in known.values()
        if p.user_id
        and reads(p, objects["opinions"])
        and (files(p, objects["opinions"]) or p.is_any(PERSONAL_READERS))
    )


@pytest.mark.rule("M10")
def test_a_paper_with_personal_data_is_opened_on_record(city: World, people: dict[str, Who]) -> None:
    play = city.plays["agency"]
    kept = f"/api/v1/cases/{play.case_no}/attachments/{play.attachments['legal_rep_identity']}"
    before = _looks(play.case_no)
    answers = [people[n].ask("GET", kept).status_code for n in ("agent", "officer", "agency", "admin")]
    answers.append(
        people["supervisor"]
        .ask("GET", f"/cases/{play.case_no}/documents/{play.documents['appendix_a']}/file")
        .status_code
    )
    assert answers == [200, 200, 404, 404, 200]
    added = _looks(play.case_no)[len(before) :]
    assert added == [
        (city.users["officer"].id, "materials.legal_rep_identity"),
        (city.users["supervisor"].id, "documents.appendix_a"),
    ]
    with reading() as session:  # the owner's own copy is no look, and leaves the system all the same
        copies = session.exec(
            select(AuditEvent.user_id).where(
                AuditEvent.event == "data.exported",
                col(AuditEvent.data)["what"].astext == "materials.legal_rep_identity",
            )
        ).all()
    assert city.users["agent"].id in copies


def _looks(case_no: str) -> list[tuple[int | None, str]]:
    with reading() as session:
        rows = session.exec(
            select(AuditEvent)
            .join(Case, col(Case.id) == col(AuditEvent.case_id))
            .where(Case.case_no == case_no, AuditEvent.event == "personal_data.seen")
            .order_by(col(AuditEvent.id))
        ).all()
        return [(r.user_id, r.data["path"]) for r in rows]


def test_bulk_acts_refuse_row_by_row(city: World, people: dict[str, Who], nothing_kept: None) -> None:
    browser = people["auditor"].browser
    assert browser is not None
    answer = browser.post(
        "/tasks/bulk", {"act": "claim", "ids": city.plays["claimed"].tasks["formal_review"]}
    )
    assert "不参与办件决定" in answer.text or answer.status_code == 403


#: Letters that name who handles the case, so that the applicant can ask for somebody else (the right of recusal).
NAMING = {"acceptance_notice", "correction_notice", "objection_answer", "technical_opinion"}


@pytest.mark.rule("M10")
def test_no_officer_is_named_but_in_letters_that_tell_of_recusal(city: World, people: dict[str, Who]) -> None:
    staff = [u.name for u in city.users.values() if set(u.roles) & {r.value for r in CENTRE}]
    found, read = set(), 0
    for play in city.plays.values():
        for name, number in play.documents.items():
            answer = people[play.filer].ask("GET", f"/api/v1/cases/{play.case_no}/documents/{number}")
            text = text_of(answer) if answer.status_code == 200 else ""
            read += bool(text)
            found |= {name for s in staff if s in text}
    assert (found - NAMING, read > 10) == (set(), True)
