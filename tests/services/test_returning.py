"""A case returned to a step: what was done since is void and stays; what stands is all the course and the rights see."""

import pytest
from sqlmodel import Session, col, select

from models.tables import AuditEvent, Case, Finding, OperatorAct, Outbox, TaskRow
from models.vocabulary.errors import Conflict, Invalid, NotAllowed
from models.vocabulary.facts import TaskRequest
from models.vocabulary.roles import Role
from services import (
    access,
    answers,
    audit,
    cases,
    clock,
    course,
    documents_issue,
    operator_acts,
    operator_verify,
    outbox,
    returning,
    voiding,
)
from services.operator_acts import Order
from services.operator_verify import EngineSight
from services.reading import case_desk, status
from tests.services import desk_rows as rows

RUNS = EngineSight(True)


@pytest.fixture
def case(session: Session) -> Case:
    """Corrected once, accepted, and with the triage in hand."""
    rows.city(session)
    case = rows.filed(session)
    intake, applicant = rows.who(session, "intake"), rows.who(session, "applicant")
    _at(session, case, "formal_review", 1, "formal_review")
    documents_issue.issue(session, case, "receipt")
    documents_issue.issue(session, case, "appendix_a")
    rows.answer(session, intake, _task(session, case, "formal_review"), "request_correction")
    correction = rows.asked(session, case, "correction")
    replies = [{"finding": f.number, "reply": "已补正。"} for f in _found(session, case)]
    rows.answer(session, applicant, correction, "resubmit", replies=replies)
    rows.answer(session, intake, rows.asked(session, case, "formal_review", round_=2), "accept")
    documents_issue.issue(session, case, "acceptance_notice")
    _at(session, case, "technical_review", 2, "triage")
    rows.answer(session, rows.who(session, "officer"), _task(session, case, "triage"))
    return case


def _at(session: Session, case: Case, stage: str, number: int, *keys: str) -> None:
    """As a course says it, that has come to its stage of this number."""
    course.project(session, str(case.id), stage, [TaskRequest(key=k) for k in keys], number)


def _task(session: Session, case: Case, key: str) -> TaskRow:
    return session.exec(select(TaskRow).where(TaskRow.case_id == case.id, TaskRow.key == key)).one()


def _found(session: Session, case: Case) -> list[Finding]:
    return list(session.exec(select(Finding).where(Finding.case_id == case.id)))


def proposed(session: Session, case: Case, stage: str) -> OperatorAct:
    order = Order("return", "形式审查遗漏材料", case.case_no, stage=stage)
    return operator_acts.ask(session, rows.who(session, "supervisor"), order)


def returned(session: Session, case: Case, stage: str) -> OperatorAct:
    act = proposed(session, case, stage)
    operator_acts.confirm(session, rows.who(session, "supervisor2"), act.id or 0, True)
    returning.carry_out(session, act.id or 0)
    return act


def shown(session: Session, case: Case) -> list[TaskRow]:
    query = select(TaskRow).where(TaskRow.case_id == case.id).order_by(col(TaskRow.opened_at))
    return list(session.exec(query.execution_options(**voiding.SHOWN)))


def test_void_rows_are_met_only_by_who_asks_for_them_or_names_them(session: Session, case: Case) -> None:
    row = _task(session, case, "triage")
    key = row.id
    returned(session, case, "technical_review")
    assert _void(session, case) == ["triage"]
    session.expunge_all()
    assert session.exec(select(TaskRow).where(TaskRow.id == key)).first() is None
    assert session.get_one(TaskRow, key).void_at is not None  # from the database, and from memory alike
    assert session.get_one(TaskRow, key).void_at is not None


def _void(session: Session, case: Case) -> list[str]:
    return [t.key for t in shown(session, case) if t.void_at]


def test_course_begun_again_finds_what_stands_and_asks_for_the_rest_anew(
    session: Session, case: Case
) -> None:
    returned(session, case, "technical_review")
    assert case.stage == "technical_review"
    again = course.project(session, str(case.id), "formal_review", [TaskRequest(key="formal_review")], 1)
    assert again.tasks[0].closed is not None
    assert case.stage == "technical_review"
    triage = course.project(session, str(case.id), "technical_review", [TaskRequest(key="triage")], 2)
    assert triage.tasks[0].closed is None
    assert [e.data["stage"] for e in course.path(session, case)] == ["formal_review", "technical_review"]
    assert [(t.key, bool(t.void_at)) for t in shown(session, case)][-2:] == [
        ("triage", True),
        ("triage", False),
    ]
    _at(session, case, "expert_review", 3)
    assert case.stage == "expert_review"
    assert audit.verify(session, case.id) == []


def test_second_return_counts_from_what_the_first_left(session: Session, case: Case) -> None:
    returned(session, case, "technical_review")
    act = session.exec(select(OperatorAct)).one()
    act.state = "seen"
    _at(session, case, "technical_review", 2, "triage")
    returned(session, case, "formal_review")
    assert [e.data["stage"] for e in course.path(session, case)] == ["formal_review"]
    assert (case.stage, case.generation, _void(session, case).count("triage")) == ("formal_review", 2, 2)
    assert session.exec(select(TaskRow).where(TaskRow.case_id == case.id)).all() == []


def test_documents_findings_and_acceptance_behind_the_entry_are_void(session: Session, case: Case) -> None:
    numbers = {d.key: d.number for d in documents_issue.of_case(session, case)}
    returned(session, case, "formal_review")
    assert (case.accepted_at, _found(session, case)) == (None, [])
    assert {d.key for d in documents_issue.of_case(session, case) if d.void_at} == set(numbers)
    fresh = documents_issue.issue(session, case, "receipt")
    assert (fresh.round, fresh.generation) == (1, 1)
    assert fresh.number not in numbers.values()
    assert documents_issue.issue(session, case, "receipt").id == fresh.id


def test_documents_before_the_entry_stand(session: Session, case: Case) -> None:
    kept = documents_issue.issue(session, case, "acceptance_notice")
    returned(session, case, "technical_review")
    assert [d.key for d in documents_issue.of_case(session, case) if d.void_at] == []
    assert documents_issue.issue(session, case, "acceptance_notice").id == kept.id
    assert [f.verdict for f in _found(session, case)] == ["accepted"]


def test_void_document_is_read_and_marked_and_its_mark_stays(session: Session, case: Case) -> None:
    receipt = documents_issue.issue(session, case, "receipt")
    returned(session, case, "formal_review")
    session.expire_all()
    applicant = rows.who(session, "applicant")
    row, content = documents_issue.content(session, applicant, case.case_no, receipt.id or 0)
    assert (row.void_at is not None, len(content) > 0) == (True, True)
    over = status.overview(session, applicant, case)
    assert [d.void_at is not None for d in over.documents] == [True] * len(over.documents)
    desk = case_desk.load(session, rows.who(session, "officer"), case)
    assert {a.task.key for a in desk.answers if a.task.void_at} == {"formal_review", "correction", "triage"}


@pytest.mark.rule("M01")
def test_four_eyes_look_at_what_stands_only(session: Session, case: Case) -> None:
    """Who drafted an opinion that is void may sign the one another person drafts."""
    first = rows.person(session, "both", Role.OFFICER, Role.SUPERVISOR)
    second = rows.person(session, "other", Role.OFFICER)
    _at(session, case, "opinion", 3, "technical_opinion")
    rows.answer(session, first, _task(session, case, "technical_opinion"))
    signing = rows.asked(session, case, "technical_opinion_signature")
    assert access.may_claim(session, first, signing) is not None
    returned(session, case, "opinion")
    _at(session, case, "opinion", 3, "technical_opinion")
    rows.answer(session, second, _task(session, case, "technical_opinion"))
    signing = rows.asked(session, case, "technical_opinion_signature")
    assert access.may_claim(session, first, signing) is None
    latest = answers.latest(session, case.id, "technical_opinion")
    assert latest is not None
    assert latest[0].by_user == second.user_id


@pytest.mark.rule("M01")
def test_supervisor_proposes_and_another_natural_person_confirms(session: Session, case: Case) -> None:
    chief = rows.person(session, "chief", Role.SUPERVISOR, key="one person")
    twin = rows.person(session, "twin", Role.SUPERVISOR, key="one person")
    admin = rows.who(session, "admin")
    order = Order("return", "理由", case.case_no, stage="formal_review")
    with pytest.raises(NotAllowed):
        operator_acts.ask(session, admin, order)
    act = operator_acts.ask(session, chief, order)
    for wrong in (chief, twin, rows.who(session, "officer")):
        with pytest.raises(NotAllowed):
            operator_acts.confirm(session, wrong, act.id or 0, True)
    with pytest.raises(Conflict):
        operator_acts.ask(session, chief, order)
    assert _void(session, case) == []
    operator_acts.confirm(session, admin, act.id or 0, True)
    assert act.state == "asked"


def test_step_and_reason_are_asked_for(session: Session, case: Case) -> None:
    chief = rows.who(session, "supervisor")
    for order in (
        Order("return", "", case.case_no, stage="formal_review"),
        Order("return", "理由", case.case_no),
    ):
        with pytest.raises(Invalid):
            operator_acts.ask(session, chief, order)
    with pytest.raises(Conflict):
        operator_acts.ask(session, chief, Order("return", "理由", case.case_no, stage="publicity"))


def test_messages_wait_while_the_course_is_stopped(session: Session, case: Case) -> None:
    act = proposed(session, case, "technical_review")
    outbox.send(session, case.id, "nudge")
    operator_acts.confirm(session, rows.who(session, "supervisor2"), act.id or 0, True)
    assert [m for m in outbox.claim(session) if m.case_id == case.id] == []
    returning.carry_out(session, act.id or 0)
    session.expire_all()
    assert [(m.signal, m.procedure) for m in outbox.claim(session) if m.case_id == case.id] == [
        ("start", case.procedure)
    ]


def test_message_on_its_way_is_waited_for(session: Session, case: Case) -> None:
    """A relay that has claimed it could begin a run from the old rows."""
    outbox.send(session, case.id, "nudge")
    outbox.claim(session)
    act = returned(session, case, "technical_review")
    assert ("done" in act.data, _void(session, case)) == (False, [])
    for row in session.exec(select(Outbox).where(Outbox.case_id == case.id)):
        row.lease_until = clock.now() - outbox.LEASE
    session.flush()
    returning.carry_out(session, act.id or 0)
    assert _void(session, case) == ["triage"]


def test_stopped_run_does_nothing_more(session: Session, case: Case) -> None:
    act = proposed(session, case, "technical_review")
    act.data = {**act.data, "runs": ["the old one"]}
    operator_acts.confirm(session, rows.who(session, "supervisor2"), act.id or 0, True)
    returning.admit(
        session, str(case.id), "the old one"
    )  # what it does before the return is void with the rest
    returning.carry_out(session, act.id or 0)
    with pytest.raises(returning.Overtaken):
        returning.admit(session, str(case.id), "the old one")
    returning.admit(session, str(case.id), "the new one")


def test_return_is_seen_when_the_course_has_asked_again(session: Session, case: Case) -> None:
    act = proposed(session, case, "technical_review")
    operator_acts.confirm(session, rows.who(session, "supervisor2"), act.id or 0, True)
    assert _said(session, act) == ("asked", "尚未生效：正在停止原流程。")
    returning.carry_out(session, act.id or 0)
    assert _said(session, act) == ("asked", "尚未生效：案卷已退回，流程正在重新开始。")
    _at(session, case, "technical_review", 2, "triage")
    state, words = _said(session, act)
    assert (state, words.startswith("已退回“技术审查”环节，1 个事项、0 份文书作废")) == ("seen", True)


def _said(session: Session, act: OperatorAct) -> tuple[str, str]:
    operator_verify.settle(session, act.id or 0, RUNS)
    return act.state, act.outcome_zh


def test_case_withdrawn_meanwhile_is_not_returned(session: Session, case: Case) -> None:
    act = proposed(session, case, "technical_review")
    operator_acts.confirm(session, rows.who(session, "supervisor2"), act.id or 0, True)
    cases.withdraw(session, rows.who(session, "applicant"), case.case_no, "不再申请")
    returning.carry_out(session, act.id or 0)
    assert (act.state, act.outcome_zh, _void(session, case)) == ("failed", "本件不在办理中，不能退回。", [])


def test_published_result_is_not_undone(session: Session, case: Case) -> None:
    audit.record(session, returning.LASTING[0], case=case)
    with pytest.raises(Conflict) as refused:
        proposed(session, case, "formal_review")
    assert "已向社会公布" in refused.value.detail.zh


def test_sides_and_whoever_worked_in_vain_are_told(session: Session, case: Case) -> None:
    gone = returning.preview(session, case, "technical_review")
    assert {u.username for u in gone.told} >= {"applicant", "officer"}
    returned(session, case, "technical_review")
    event = session.exec(
        select(AuditEvent).where(AuditEvent.case_id == case.id, AuditEvent.event == "case.returned")
    ).one()
    assert (event.public, event.data["to"], event.data["kept"]) == (True, "technical_review", 1)
    steps = {s.key: s.state for s in status.overview(session, rows.who(session, "applicant"), case).steps}
    assert (steps["technical_review"], steps["expert_review"]) == ("current", "future")
