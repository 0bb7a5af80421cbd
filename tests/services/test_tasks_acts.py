"""Claiming, passing on, answering: who may, and what each conflict is called."""

import pytest
from sqlmodel import select

from models.procedures import examples_for
from models.tables import AuditEvent, Outbox, Submission
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from services import audit, cases, clock, course, tasks
from tests.services import desk_rows as rows


@pytest.fixture
def case(session):
    rows.city(session)
    return rows.filed(session)


@pytest.fixture
def review(session, case):
    return rows.asked(session, case, "formal_review", stage="formal_review")


@pytest.fixture
def triage(session, case):
    return rows.asked(session, case, "triage")


def _kind(act):
    with pytest.raises(Conflict) as caught:
        act()
    return caught.value.kind


def _typed(session, username, task):
    """A draft typed before the conflict."""
    actor = rows.who(session, username)
    tasks.save_draft(session, actor, task.id, "plain", {"reasons": "typed"})
    return actor


def test_a_task_is_claimed_once(session, triage):
    a, b = rows.who(session, "officer"), rows.who(session, "officer2")
    tasks.claim(session, a, triage.id)
    assert tasks.claim(session, a, triage.id).assignee_id == a.user_id
    assert _kind(lambda: tasks.claim(session, b, triage.id)) == "taken"
    tasks.release(session, a, triage.id)
    assert tasks.claim(session, b, triage.id).assignee_id == b.user_id


def test_only_the_group_claims_and_others_are_told_before_they_learn_who_has_it(session, triage):
    tasks.claim(session, rows.who(session, "officer"), triage.id)
    for username in ("intake", "supervisor", "admin", "auditor"):
        with pytest.raises(NotAllowed):
            tasks.claim(session, rows.who(session, username), triage.id)
        with pytest.raises(NotAllowed):
            rows.answer(session, rows.who(session, username), triage, "plain")


@pytest.mark.parametrize("username", ["school", "expert01", "agency"])
def test_a_task_of_somebody_elses_case_does_not_exist(session, triage, username):
    actor = rows.who(session, username)
    for act in (tasks.claim, tasks.release, tasks.remind):
        with pytest.raises(NotFound):
            act(session, actor, triage.id)


def test_conflict_taken_keeps_the_draft(session, triage):
    actor = _typed(session, "officer", triage)
    tasks.claim(session, rows.who(session, "officer2"), triage.id)
    assert _kind(lambda: rows.answer(session, actor, triage, "plain")) == "taken"
    assert tasks.draft_of(session, actor, triage).form == {"reasons": "typed"}


def test_conflict_reassigned_keeps_the_draft(session, triage):
    actor = rows.who(session, "officer")
    tasks.claim(session, actor, triage.id)
    _typed(session, "officer", triage)
    tasks.reassign(session, rows.who(session, "supervisor"), triage.id, "officer2", "工作量调整")
    assert _kind(lambda: rows.answer(session, actor, triage, "plain")) == "reassigned"
    assert tasks.draft_of(session, actor, triage).form == {"reasons": "typed"}


def test_conflict_ended_keeps_the_draft(session, triage):
    actor = _typed(session, "officer", triage)
    rows.answer(session, rows.who(session, "officer2"), triage, "plain")
    assert _kind(lambda: rows.answer(session, actor, triage, "plain")) == "ended"
    assert tasks.draft_of(session, actor, triage).form == {"reasons": "typed"}


def test_conflict_suspended_keeps_the_draft_and_ends_with_the_suspension(session, case, triage):
    actor, boss = _typed(session, "officer", triage), rows.who(session, "supervisor")
    cases.suspend(session, boss, case.case_no, "争议处理")
    assert _kind(lambda: rows.answer(session, actor, triage, "plain")) == "suspended"
    assert tasks.draft_of(session, actor, triage).form == {"reasons": "typed"}
    cases.resume(session, boss, case.case_no, "争议已解决")
    assert rows.answer(session, actor, triage, "plain").state == "done"


def test_conflict_case_ended_keeps_the_draft(session, case, triage):
    actor = _typed(session, "officer", triage)
    cases.withdraw(session, rows.who(session, "applicant"), case.case_no, "计划变更")
    assert _kind(lambda: rows.answer(session, actor, triage, "plain")) == "case_ended"
    assert tasks.draft_of(session, actor, triage).form == {"reasons": "typed"}


def test_an_older_version_of_the_task_is_stale(session, triage):
    actor, seen = rows.who(session, "officer"), triage.version
    tasks.claim(session, actor, triage.id)
    form = examples_for(rows.SPEC.task("triage"), "plain")
    with pytest.raises(Stale):
        tasks.complete(session, actor, triage.id, "plain", form, version=seen)


def test_the_same_request_again_is_answered_with_the_first_result(session, triage):
    actor = rows.who(session, "officer")
    form = examples_for(rows.SPEC.task("triage"), "plain")
    done = [
        tasks.complete(session, actor, triage.id, "plain", form, idempotency_key="k-1").outcome
        for _ in range(2)
    ]
    assert done == ["plain", "plain"]
    assert len(session.exec(select(Submission).where(Submission.task_id == triage.id)).all()) == 1
    other = {"idempotency_key": "k-2"}
    assert _kind(lambda: tasks.complete(session, actor, triage.id, "plain", form, **other)) == "ended"


def test_another_answer_under_the_same_key_is_told_that_it_is_too_late(session, triage):
    actor = rows.who(session, "officer")
    form = examples_for(rows.SPEC.task("triage"), "plain")
    tasks.complete(session, actor, triage.id, "plain", form, idempotency_key="k-1")
    other = form | {"reason": "另一种理由，与第一次提交的不同。"}
    assert _kind(
        lambda: tasks.complete(session, actor, triage.id, "plain", other, idempotency_key="k-1")
    ) == ("ended")


def test_another_persons_key_is_no_repetition(session, triage):
    form = examples_for(rows.SPEC.task("triage"), "plain")
    one, two = rows.who(session, "officer"), rows.who(session, "officer2")
    tasks.complete(session, one, triage.id, "plain", form, idempotency_key="k-1")
    assert (
        _kind(lambda: tasks.complete(session, two, triage.id, "plain", form, idempotency_key="k-1"))
        == "ended"
    )


def test_only_the_holder_passes_on_and_only_to_who_may(session, triage):
    a, b = rows.who(session, "officer"), rows.who(session, "officer2")
    with pytest.raises(NotAllowed):
        tasks.delegate(session, a, triage.id, "officer2", "")
    tasks.claim(session, a, triage.id)
    with pytest.raises(NotAllowed):
        tasks.delegate(session, b, triage.id, "officer2", "")
    for wrong in ("intake", "applicant", "auditor", "admin"):
        with pytest.raises(NotAllowed):
            tasks.delegate(session, a, triage.id, wrong, "")
    with pytest.raises(Invalid):
        tasks.delegate(session, a, triage.id, "nobody", "")
    assert tasks.delegate(session, a, triage.id, "officer2", "出差").assignee_id == b.user_id


@pytest.mark.parametrize(
    ("username", "may"), [("supervisor", True), ("admin", True), ("officer", False), ("auditor", False)]
)
def test_reassigning_needs_the_supervisor_or_administrator_and_a_reason(session, triage, username, may):
    actor = rows.who(session, username)
    if not may:
        with pytest.raises(NotAllowed):
            tasks.reassign(session, actor, triage.id, "officer2", "请假")
        return
    with pytest.raises(Invalid):
        tasks.reassign(session, actor, triage.id, "officer2", "  ")
    assert (
        tasks.reassign(session, actor, triage.id, "officer2", "请假").assignee_id
        == rows.who(session, "officer2").user_id
    )


def test_holding_needs_the_holder_a_reason_and_an_end(session, triage):
    actor, later = rows.who(session, "officer"), clock.now()
    with pytest.raises(NotAllowed):
        tasks.hold(session, actor, triage.id, later, "等待照片")
    tasks.claim(session, actor, triage.id)
    for until, why in ((later, " "), (None, "等待照片")):
        with pytest.raises(Invalid):
            tasks.hold(session, actor, triage.id, until, why)
    due = triage.due_at
    tasks.hold(session, actor, triage.id, later, "等待照片")
    assert (triage.hold_reason, triage.due_at) == ("等待照片", due)
    tasks.unhold(session, actor, triage.id)
    assert (triage.hold_reason, triage.held_until) == ("", None)


def test_settling_a_wait_needs_the_supervisor_a_reason_and_a_way_the_nouns_allow(session, case):
    revision = rows.asked(session, case, "revision", stage="revision")
    with pytest.raises(NotAllowed):
        tasks.override(session, rows.who(session, "officer"), revision.id, "resubmit", "申请方失联")
    boss = rows.who(session, "supervisor")
    for outcome, why in (("resubmit", " "), ("no such outcome", "申请方失联")):
        with pytest.raises(Invalid):
            tasks.override(session, boss, revision.id, outcome, why)
    tasks.override(session, boss, revision.id, "resubmit", "申请方失联")
    kept = session.exec(select(Submission).where(Submission.task_id == revision.id)).one()
    assert (kept.reason, kept.by_user) == ("申请方失联", boss.user_id)


def test_more_time_is_asked_by_who_answers_and_granted_once_by_the_supervisor(session, case):
    correction = rows.asked(session, case, "correction", stage="formal_review")
    with pytest.raises(NotAllowed):
        tasks.ask_extension(session, rows.who(session, "officer"), correction.id, 5, "补办证书")
    tasks.ask_extension(session, rows.who(session, "applicant"), correction.id, 5, "补办证书")
    with pytest.raises(NotAllowed):
        tasks.extend(session, rows.who(session, "officer"), correction.id, 5, "同意")
    before = correction.due_at
    tasks.extend(session, rows.who(session, "supervisor"), correction.id, 5, "同意")
    assert correction.due_at > before
    assert (
        _kind(lambda: tasks.extend(session, rows.who(session, "supervisor"), correction.id, 5, "再延"))
        == "changed"
    )


@pytest.mark.parametrize(
    ("username", "may"),
    [("intake", True), ("supervisor", True), ("admin", True), ("auditor", False), ("school", None)],
)
def test_reminding_is_for_the_staff(session, triage, username, may):
    actor = rows.who(session, username)
    if may:
        assert tasks.remind(session, actor, triage.id, "请尽快").id == triage.id
        return
    with pytest.raises(NotFound if may is None else NotAllowed):
        tasks.remind(session, actor, triage.id)


@pytest.mark.rule("M10")
def test_every_act_is_in_the_chain_with_person_role_and_what_it_rests_on(session, case, triage):
    actor = rows.who(session, "officer")
    tasks.claim(session, actor, triage.id)
    rows.answer(session, actor, triage, "plain")
    done = session.exec(
        select(AuditEvent).where(AuditEvent.task_id == triage.id, AuditEvent.event == "task.completed")
    ).one()
    kept = session.exec(select(Submission).where(Submission.task_id == triage.id)).one()
    assert (done.user_id, done.role, done.rests_on) == (actor.user_id, "officer", kept.sha256)
    assert audit.verify(session, case.id) == []


def test_an_answer_is_told_to_the_course_once(session, case, triage):
    rows.answer(session, rows.who(session, "officer"), triage, "plain")
    told = session.exec(select(Outbox).where(Outbox.case_id == case.id, Outbox.signal == "task_closed")).all()
    assert [t.payload["task_id"] for t in told] == [str(triage.id)]


def test_opening_a_task_twice_is_opening_it_once(session, case):
    first = rows.asked(session, case, "triage")
    assert rows.asked(session, case, "triage").id == first.id


def test_an_ended_case_opens_nothing(session, case):
    cases.withdraw(session, rows.who(session, "applicant"), case.case_no, "计划变更")
    assert course.project(session, str(case.id), None, []).ended


def test_case_that_goes_on_shows_whose_turn_it_is_now(session, case, triage):
    """A decision made just before the suspension asked the applicant meanwhile."""
    boss = rows.who(session, "supervisor")
    cases.suspend(session, boss, case.case_no, "争议处理")
    rows.asked(session, case, "correction")
    assert case.status == "suspended"
    cases.resume(session, boss, case.case_no, "争议已解决")
    assert case.status == "waiting_applicant"
