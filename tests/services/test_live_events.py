"""One look serves every open page: each gets what it would be told if it were the only one, and no more."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import event
from sqlmodel import col, func, select

from models.tables import AuditEvent, Case, Expert, Notice, Panel, PanelMember
from models.vocabulary.events import Event
from services import access, audit, clock, live_events
from services.access import actor_of
from services.live_events import News, Page, told
from services.reading import turns
from services.reading.explain import waits
from services.reading.status import waiting_words
from tests import factories
from tests.services.deadline_rows import open_notice, open_task

PUBLIC_ONLY = ("applicant", "colleague", "seated", "agency")
EVERYTHING = ("intake", "other_intake", "officer", "supervisor", "auditor", "admin", "bureau")
NOTHING = ("stranger", "left", "invited", "mall_of_another", "other_agency", "exchange")


def expert(session, case, panel, state, slot):
    person = factories.user(session, "expert")
    row = Expert(user_id=person.id, key=f"E-{person.id}", name="专家", specialty="光伏", employer="示例大学")
    session.add(row)
    session.flush()
    seat = PanelMember(
        panel_id=panel.id, case_id=case.id, slot=slot, seat=int(slot), expert_id=row.id, state=state
    )
    session.add(seat)
    session.flush()
    return actor_of(person)


@pytest.fixture
def people(session, case):
    """Everybody who could have the case open, by what they are to it."""
    from models.tables import Party

    own = session.get_one(Party, case.filer_id)
    panel = Panel(case_id=case.id)
    session.add(panel)
    session.flush()
    asked = factories.user(session, "agency")
    task = open_task(session, case, "formal_review")
    task.role, task.party_id, task.key = "agency", asked.party_id, "formal_review"
    found = {name: factories.actor(session, name) for name in EVERYTHING if name != "other_intake"}
    found |= {
        "other_intake": factories.actor(session, "intake"),
        "applicant": factories.actor(session, "applicant", party=own),
        "colleague": factories.actor(session, "applicant", party=own),
        "stranger": factories.actor(session, "applicant"),
        "agency": actor_of(asked),
        "other_agency": factories.actor(session, "agency"),
        "exchange": factories.actor(session, "exchange"),
        "mall_of_another": factories.actor(session, "merchant"),
        "seated": expert(session, case, panel, "accepted", "1"),
        "left": expert(session, case, panel, "declined", "2"),
        "invited": expert(session, case, panel, "invited", "3"),
    }
    return found


def happen(session, case, what=Event.TASK_CLAIMED, **more):
    return audit.record(session, what, case=case, **more).id


def as_before(session, page: Page) -> News | None:
    """The rule, told for one reader by plain questions."""
    if session.exec(access.visible_cases(page.actor).where(Case.id == page.case_id)).first() is None:
        return None
    new = select(AuditEvent).where(AuditEvent.case_id == page.case_id, col(AuditEvent.id) > page.last)
    rows = session.exec(new.order_by(col(AuditEvent.id))).all()
    everything = live_events.reads_all(page.actor)
    ids = [(r.id, r.event) for r in rows if everything or r.public]
    if not rows:
        return News(ids, page.last, page.turn)
    newest = rows[-1].id
    if everything:
        return News(ids, newest, page.turn)
    case = session.get_one(Case, page.case_id)
    words = waiting_words(case, waits(session, page.actor, case))
    if words.zh != page.turn and not ids:
        ids = [(newest, "turn.changed")]
    return News(ids, newest, words.zh)


def plain(news: News | None) -> News | None:
    return news and replace(news, events=[(e.id, e.data["event"]) for e in news.events])


@contextmanager
def counted(session) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_c, _cursor, statement, *_):
        sent.append(statement)

    engine = session.get_bind().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.rule("M10")
def test_everybody_is_told_what_they_were_told_alone(session, case, people):
    begun = session.exec(select(func.max(AuditEvent.id))).one() or 0
    moments = [begun]
    for what, public in [
        (Event.TASK_CLAIMED, False),
        (Event.STAGE_ENTERED, True),
        (Event.TASK_COMPLETED, False),
        (Event.DOCUMENT_ISSUED, True),
        (Event.TASK_REMINDED, False),
    ]:
        moments.append(happen(session, case, what, public=public))
        pages = [
            Page(actor, case.id, last, turn)
            for actor in people.values()
            for last in moments
            for turn in ("", live_events.present_turn(session, people["applicant"], case.id))
        ]
        assert [plain(n) for n in told(session, pages)] == [as_before(session, p) for p in pages]


@pytest.mark.rule("M10")
def test_each_kind_of_reader_gets_its_part(session, case, people):
    begun = happen(session, case)
    hidden, public = happen(session, case), happen(session, case, Event.STAGE_ENTERED, public=True)
    news = dict(
        zip(people, told(session, [Page(a, case.id, begun, "") for a in people.values()]), strict=True)
    )
    ids = {name: n and [e.id for e in n.events] for name, n in news.items()}
    assert {name for name, found in ids.items() if found is None} == set(NOTHING)
    assert {name for name, found in ids.items() if found == [public]} == set(PUBLIC_ONLY)
    assert {name for name, found in ids.items() if found == [hidden, public]} == set(EVERYTHING)


@pytest.mark.rule("M10")
def test_expert_who_leaves_hears_nothing_from_that_moment(session, case, people):
    page = Page(people["seated"], case.id, happen(session, case), "")
    happen(session, case, Event.STAGE_ENTERED, public=True)
    assert told(session, [page])[0].events
    seat = session.exec(
        select(PanelMember).where(PanelMember.slot == "1", PanelMember.case_id == case.id)
    ).one()
    seat.state = "declined"
    session.flush()
    staff = Page(people["officer"], case.id, page.last, "")
    assert [n is None for n in told(session, [page, staff])] == [True, False]


def test_pages_of_one_case_cost_the_same_however_many(session, case, people):
    own = people["applicant"]
    begun = happen(session, case)
    happen(session, case, Event.TASK_CLAIMED)
    costs = []
    for number in (1, 20):
        pages = [Page(people["intake"], case.id, begun, ""), Page(own, case.id, begun, "")] + [
            Page(replace(people[name], user_id=people[name].user_id + 1000 + n), case.id, begun, "")
            for n in range(number)
            for name in ("intake", "applicant")
        ]
        told(session, pages)  # settings that are asked once
        session.expire_all()
        with counted(session) as sent:
            found = told(session, pages)
        assert all(n and n.events for n in found)
        costs.append(len(sent))
    assert costs[0] == costs[1] <= 7


def test_cases_are_looked_at_together_for_the_same_price(session, people, case):
    officer, costs = people["officer"], []
    filer = factories.user(session, "applicant")
    others = [factories.case(session, filer, status="in_progress") for _ in range(6)]
    for row in others:
        open_task(session, row)
        happen(session, row)
    for chosen in (others[:2], others):
        pages = [Page(a, c.id, 0, "") for c in chosen for a in (officer, actor_of(filer))]
        with counted(session) as sent:
            found = told(session, pages)
        costs.append(len(sent))
        assert [n.events[0].data["event"] for n in found] == ["task.claimed", "turn.changed"] * len(chosen)
    assert costs[0] == costs[1]


def test_sentence_is_the_one_of_the_page(session, case, people):
    asked = open_task(session, case, "correction", slot="1")
    asked.party_id = case.filer_id
    for slot in ("1", "2", "3"):
        opinion = open_task(session, case, "expert_opinion", slot=slot)
        if slot == "1":
            opinion.state, opinion.closed_at = "done", clock.now()
        if slot == "2":
            opinion.reserved_for = people["seated"].user_id
    void = open_task(session, case, "triage")
    void.void_at = clock.now()
    open_notice(session, case, "2026-11-18T09:00:00")
    session.flush()
    for actor in people.values():
        for status in ("in_progress", "suspended", "withdrawn"):
            case.status = status
            page = turns.turns(session, [case.id])[case.id].words(actor)
            assert page == waiting_words(case, waits(session, actor, case))
    case.status = "in_progress"
    assert session.exec(select(Notice).where(Notice.case_id == case.id)).one().state == "open"


def test_long_backlog_is_told_in_order_and_whole(session, case, people, monkeypatch):
    monkeypatch.setattr(live_events, "AT_ONCE", 3)
    begun = happen(session, case)
    ids = [happen(session, case, public=n % 2 == 0) for n in range(8)]
    pages = {"officer": begun, "applicant": begun, "supervisor": ids[4]}
    heard: dict[str, list[int]] = {name: [] for name in pages}
    for _ in range(5):
        found = told(session, [Page(people[n], case.id, last, "") for n, last in pages.items()])
        for name, news in zip(pages, found, strict=True):
            heard[name] += [e.id for e in news.events if e.data["event"] != "turn.changed"]
            pages[name] = news.last
        if not any(n.more for n in found):
            break
    assert heard == {"officer": ids, "applicant": ids[::2], "supervisor": ids[5:]}


def test_text_of_an_event_is_written_once(session, case, people):
    begun = happen(session, case)
    happen(session, case, data={"text": {"zh": "已领取", "en": "Claimed"}})
    one, two = told(session, [Page(people[n], case.id, begun, "") for n in ("officer", "supervisor")])
    assert one.events[0] is two.events[0]
    assert one.events[0].data["text"] == {"zh": "已领取", "en": "Claimed"}
