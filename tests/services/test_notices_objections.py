"""Objections: taken with all defects told at once, numbered, promised an answer, kept when late."""

import pytest
from sqlmodel import select

from models.tables import TaskRow
from models.vocabulary.errors import Invalid, NotFound, TooManyTries
from models.vocabulary.facts import TaskRequest
from services import cases, course, deadlines, notices, objections
from services.clock import SHANGHAI
from services.reading import public
from tests import factories
from tests import public_rows as rows


@pytest.mark.rule("M05")
def test_objection_gets_a_number_and_a_promised_date(session):
    notice = rows.a_notice(session)
    made = rows.object_to(session, notice)
    assert (made.slot, made.state, made.late, made.receipt_no[:8]) == ("1", "received", False, "YY-2026-")
    assert made.reply_due == rows.at("2026-10-31T00:00:00")  # 5 days to reply, 10 to answer
    assert objections.by_lookup(session, made.lookup)[0].id == made.id


@pytest.mark.rule("M05")
@pytest.mark.parametrize(
    ("opened", "closes", "answered"),
    [
        ("2026-11-02T10:00:00", "2026-11-10T00:00:00", "2026-12-03T00:00:00"),  # asked on a Tuesday at 0:00
        ("2026-11-06T10:00:00", "2026-11-14T00:00:00", "2026-12-05T00:00:00"),  # asked on a Saturday at 0:00
    ],
)
def test_who_keeps_the_limits_keeps_the_promise_to_the_objector(session, opened, closes, answered):
    """The day a task is asked on is not counted, not even where that is at 0:00."""
    notice = rows.a_notice(session, opened)
    assert notice.closes_at == rows.at(closes)
    when, promised = closes, rows.object_to(session, notice, opened).reply_due
    for key in ("objection_reply", "objection_answer"):
        with rows.moment(when):
            course.project(session, str(notice.case_id), None, [TaskRequest(key=key, slot="1", round=1)])
        task = session.exec(
            select(TaskRow).where(TaskRow.case_id == notice.case_id, TaskRow.key == key)
        ).one()
        when = task.due_at.astimezone(SHANGHAI).replace(tzinfo=None).isoformat()
    assert when == answered
    assert promised == rows.at(answered)


@pytest.mark.rule("M05")
def test_promise_moves_with_days_that_stood_still(session):
    notice = rows.a_notice(session, "2026-11-02T10:00:00")
    made = rows.object_to(session, notice, "2026-11-03T10:00:00")
    assert made.reply_due == rows.at("2026-12-03T00:00:00")
    case = rows.case_of(session, notice)
    with rows.moment("2026-11-04T10:00:00"):
        deadlines.pause_case(session, case, "核实情况")
    with rows.moment("2026-11-11T10:00:00"):  # a week later
        deadlines.resume_case(session, case)
    assert notice.closes_at == rows.at("2026-11-17T00:00:00")
    notices.close_publicity(session, case, 1, notice.closes_at)
    assert made.reply_due == rows.at("2026-12-10T00:00:00")


def test_every_defect_of_an_objection_is_told_at_once(session):
    notice = rows.a_notice(session)
    with pytest.raises(Invalid) as refused:
        rows.object_to(
            session, notice, content="太短", contact="", topics=["weather"], name="王" * 61, extra="?"
        )
    assert {p.loc for p in refused.value.problems} == {"content", "contact", "topics", "name", "extra"}


def test_objection_without_content_and_contact_names_both(session):
    notice = rows.a_notice(session)
    with pytest.raises(Invalid) as refused:
        objections.file(session, notice.id or 0, {}, "")
    assert {p.loc for p in refused.value.problems} == {"content", "contact"}


@pytest.mark.parametrize("contact", ["不告诉你", "a@b", "123"])
def test_contact_that_reaches_nobody_is_refused(session, contact):
    notice = rows.a_notice(session)
    with pytest.raises(Invalid) as refused:
        rows.object_to(session, notice, contact=contact)
    assert [p.loc for p in refused.value.problems] == ["contact"]


def test_lead_without_contact_is_taken(session):
    notice = rows.a_notice(session)
    assert rows.object_to(session, notice, contact="", lead_only=True).topics == ["data"]


@pytest.mark.rule("M05")
def test_objection_after_the_last_day_is_kept_as_late(session):
    notice = rows.a_notice(session)
    made = rows.object_to(session, notice, rows.OVER)
    assert (made.late, made.reply_due) == (True, None)
    case = rows.case_of(session, notice)
    assert notices.close_publicity(session, case, 1, rows.at(rows.OVER))[2] == []
    assert objections.unanswered(session, case) == []


def test_sixth_objection_from_one_address_within_an_hour_is_refused(session):
    notice = rows.a_notice(session)
    for minute in range(objections.PER_NOTICE_HOUR):
        rows.object_to(session, notice, f"2026-09-29T09:0{minute}:00", ip="192.0.2.7")
    with pytest.raises(TooManyTries):
        rows.object_to(session, notice, "2026-09-29T09:30:00", ip="192.0.2.7")
    assert rows.object_to(session, notice, "2026-09-29T10:30:00", ip="192.0.2.7").slot == "6"


def test_slots_count_on_through_the_rounds_of_a_case(session):
    notice = rows.a_notice(session)
    rows.object_to(session, notice)
    case = rows.case_of(session, notice)
    notices.close_publicity(session, case, 1, rows.at(rows.OVER))
    with rows.moment("2026-10-20T09:00:00"):
        rows.release(session, case, 2)
        second = notices.open_publicity(session, case, 2)
    assert rows.object_to(session, second, "2026-10-21T09:00:00").slot == "2"


@pytest.mark.rule("M05")
def test_answer_is_kept_and_found_by_the_objector(session):
    notice = rows.a_notice(session)
    made = rows.object_to(session, notice)
    case = rows.case_of(session, notice)
    assert [o.id for o in objections.unanswered(session, case)] == [made.id]
    objections.record_answer(
        session, case, "1", "not_upheld", {"finding": "…", "decision": "…", "answer": "经核实无误。"}
    )
    found, _ = objections.by_lookup(session, made.lookup)
    assert (found.state, found.finding, found.answer) == ("answered", "not_upheld", "经核实无误。")
    assert objections.unanswered(session, case) == []
    assert public.cards(session, [notice])[0].waiting == 0


def test_wrong_link_leads_to_nothing(session):
    with pytest.raises(NotFound):
        objections.by_lookup(session, "guess")


def test_objection_to_a_notice_that_does_not_exist_is_not_found(session):
    with pytest.raises(NotFound):
        objections.file(session, 987654, rows.OBJECTION, "")


@pytest.mark.rule("M05")
@pytest.mark.parametrize(
    "stood", [("2026-11-12T10:00:00", "2026-11-19T10:00:00"), ("2026-11-20T10:00:00", "2026-11-30T15:00:00")]
)
def test_promise_moves_with_a_suspension_while_the_answer_is_prepared(session, stood):
    """Whether the applicant was replying or the officer answering: the promise ends where their limits end."""
    notice = rows.a_notice(session, "2026-11-02T10:00:00")
    made = rows.object_to(session, notice, "2026-11-03T10:00:00")
    case, asked = rows.case_of(session, notice), notice.closes_at
    notices.close_publicity(session, case, 1, asked)
    supervisor, ends = factories.actor(session, "supervisor"), []
    for key in ("objection_reply", "objection_answer"):
        with rows.moment(_local(asked)):
            course.project(session, str(case.id), None, [TaskRequest(key=key, slot="1", round=1)])
        task = session.exec(select(TaskRow).where(TaskRow.case_id == case.id, TaskRow.key == key)).one()
        if asked <= rows.at(stood[0]) < task.due_at:
            with rows.moment(stood[0]):
                cases.suspend(session, supervisor, case.case_no, "等待法院裁定")
            with rows.moment(stood[1]):
                cases.resume(session, supervisor, case.case_no, "裁定已生效")
            session.refresh(task)
        asked = task.due_at
        ends.append(asked)
    assert made.reply_due == ends[-1] > rows.at("2026-12-03T00:00:00")


def _local(moment):
    return moment.astimezone(SHANGHAI).replace(tzinfo=None).isoformat()
