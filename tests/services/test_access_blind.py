"""Opinions are blind until the last one is in, also while a seat is being filled again."""

import pytest
from sqlmodel import select

from api.v1 import task_out
from models.procedures import examples_for
from models.tables import AuditEvent, LimitSetting, Notification, Submission
from models.vocabulary.errors import Conflict, NotFound
from services import (
    access,
    cases,
    clock,
    course,
    documents_issue,
    limits,
    panel_votes,
    panels,
    pictures,
    tasks,
)
from services.access import actor_of
from services.reading import blind, desk, inbox
from tests.services import desk_rows as rows

SECRET = "某专家尚未公开的意见"


@pytest.fixture
def case(session):
    rows.city(session)
    return rows.filed(session)


def reserved(session, task):
    from models.tables import User

    return actor_of(session.get_one(User, task.reserved_for))


def seated(session, case):
    """Five experts who have accepted; their opinion tasks by slot."""
    panels.draw(session, case, 1)
    slots = [m.slot for m in panels.seated(session, panels.current(session, case))]
    return {slot: accepted(session, case, slot) for slot in slots}


def accepted(session, case, slot):
    invited = rows.asked(session, case, "expert_invitation", stage="expert_review", slot=slot)
    rows.answer(session, reserved(session, invited), invited, "accept")
    return rows.asked(session, case, "expert_opinion", slot=slot)


def file(session, case, task):
    form = examples_for(rows.SPEC.task("expert_opinion"), "pass") | {"summary": SECRET}
    tasks.complete(session, reserved(session, task), task.id, "pass", form)
    return documents_issue.issue(session, case, "expert_opinion", 1, task.slot)


def readers(session, case, document):
    """Who of these may read the opinion."""
    found = []
    for name in ("officer", "supervisor", "admin", "auditor", "applicant", "school"):
        try:
            documents_issue.content(session, rows.who(session, name), case.case_no, document.id)
            found.append(name)
        except NotFound:
            pass
    return found


@pytest.mark.rule("G12")
def test_opinions_stay_blind_while_a_silent_seat_is_filled_again(session, case):
    asked = seated(session, case)
    *spoken, silent = asked
    documents = [file(session, case, asked[slot]) for slot in spoken]
    assert readers(session, case, documents[0]) == ["auditor"]
    asked[silent].due_at = clock.now()
    course.close_overdue(session, str(asked[silent].id), clock.now())
    assert readers(session, case, documents[0]) == ["auditor"]
    new = panels.refill(session, case, 1, silent)
    invited = rows.asked(session, case, "expert_invitation", slot=new.slot)
    newcomer = reserved(session, invited)
    assert readers(session, case, documents[0]) == ["auditor"]
    rows.answer(session, newcomer, invited, "accept")
    assert access.visible_documents(session, newcomer, case) == []
    last = rows.asked(session, case, "expert_opinion", slot=new.slot)
    assert blind.open_in(session, [case.id]) == {case.id}
    file(session, case, last)
    assert readers(session, case, documents[0]) == ["officer", "supervisor", "admin", "auditor"]
    assert blind.open_in(session, [case.id]) == set()


@pytest.mark.rule("G12")
def test_a_case_that_ends_hides_nothing_any_more(session, case):
    asked = seated(session, case)
    document = file(session, case, next(iter(asked.values())))
    cases.withdraw(session, rows.who(session, "applicant"), case.case_no, "计划变更")
    assert "officer" in readers(session, case, document)
    assert "applicant" not in readers(session, case, document)


@pytest.mark.rule("G12")
@pytest.mark.rule("M10")
def test_trail_and_messages_say_nothing_of_an_opinion(session, case):
    asked = seated(session, case)
    task = next(iter(asked.values()))
    file(session, case, task)
    outcomes = [o.label.zh for o in rows.SPEC.task("expert_opinion").outcomes]
    trail = session.exec(select(AuditEvent).where(AuditEvent.task_id == task.id)).all()
    assert [e.data.get("outcome") for e in trail if e.event == "task.completed"] == [None]
    said = [n.text_zh for n in session.exec(select(Notification).where(Notification.case_id == case.id))]
    assert [t for t in said if SECRET in t or any(o in t for o in outcomes)] == []
    kept = session.exec(select(Submission).where(Submission.task_id == task.id)).one()
    assert kept.outcome == "pass"


@pytest.mark.rule("M10")
def test_the_applicant_is_told_of_offices_and_never_of_people(session, case):
    review = rows.asked(session, case, "formal_review", stage="formal_review")
    tasks.claim(session, rows.who(session, "intake"), review.id)
    defect = {"target": "project.address", "requirement": "请补充门牌号。", "basis": "附录A"}
    rows.answer(session, rows.who(session, "intake"), review, "request_correction", defects=[defect])
    rows.asked(session, case, "correction")
    seated(session, case)
    sides = {rows.who(session, n).user_id for n in ("applicant", "school")}
    told = [n for n in session.exec(select(Notification)) if n.user_id in sides]
    assert told != []
    names = [
        f"{n}人员"
        for n in (
            "intake",
            "officer",
            "officer2",
            "supervisor",
            "admin",
            "auditor",
            *map("expert{:02}".format, range(1, 13)),
        )
    ] + [f"专家{n:02}" for n in range(1, 13)]
    assert [n.text_zh for n in told if any(name in n.text_zh + n.text_en for name in names)] == []


@pytest.mark.rule("G12")
def test_whoever_comes_too_late_to_an_opinion_is_not_told_what_it_says(session, case):
    asked = seated(session, case)
    first, *others = asked.values()
    file(session, case, first)
    form = examples_for(rows.SPEC.task("expert_opinion"), "pass")
    label = rows.SPEC.task("expert_opinion").outcome("pass").label

    def told() -> str:
        with pytest.raises(Conflict) as late:
            tasks.complete(session, rows.who(session, "officer"), first.id, "pass", form)
        return late.value.detail.zh + late.value.detail.en

    assert label.zh not in told()
    assert label.en not in told()
    for task in others:
        file(session, case, task)
    assert label.zh in told()


@pytest.mark.rule("M10")
@pytest.mark.parametrize(("key", "outcome"), [("correction", "resubmit"), ("expert_invitation", "decline")])
def test_whose_wait_was_settled_is_told_of_the_office_and_not_of_the_supervisor(session, case, key, outcome):
    panels.draw(session, case, 1)
    asked = rows.asked(session, case, key, slot="1.1" if key == "expert_invitation" else "1")
    chief = rows.who(session, "supervisor")
    tasks.override(session, chief, asked.id, outcome, "长期未答复")
    theirs = reserved(session, asked) if asked.reserved_for else rows.who(session, "applicant")
    with pytest.raises(Conflict) as late:
        rows.answer(session, theirs, asked, outcome)
    told = late.value.detail.zh + late.value.detail.en
    assert "市减污降碳中心" in told
    shown = [step.by for step in desk.load(session, theirs, asked.id).steps]
    assert [said for said in [told, *shown] if chief.name in said] == []
    assert chief.name in desk.load(session, rows.who(session, "officer"), asked.id).steps[-1].by
    item = inbox.one(session, theirs, asked.id)
    assert task_out.detail(session, theirs, item, "zh").assignee in (theirs.username, None)


@pytest.mark.rule("G12")
def test_panel_drawn_before_the_least_was_raised_can_conclude(session, case):
    for task in seated(session, case).values():
        file(session, case, task)
    today = clock.today().date()
    session.add(
        LimitSetting(key="panel_min", value=7, effective_from=today, note="提高", created_at=clock.now())
    )
    pictures.changed(session)
    session.flush()
    assert limits.value(session, "panel_min") == 7
    assert panel_votes.problems(session, case, "pass") == []
    assert panels.prepare(session, case, 2, {}).size == 7
