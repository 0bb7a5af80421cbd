"""Settings with a memory: two persons, dates, previews, history."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from models.tables import AuditEvent, Case, Deadline, LoginSession, Notification, SettingChange, TaskRow
from models.vocabulary.errors import Conflict, Invalid, NotAllowed
from models.vocabulary.limits import DEFAULT_LIMITS
from models.vocabulary.text import day_in_words
from services import calendar, clock, deadlines, experts, limits, people, setting_changes, setting_proposals
from services.access import spec_of
from services.administration import DayChange
from services.limit_titles import LIMIT_TITLES
from services.reading import settings_preview
from tests import factories


@pytest.fixture
def admin(session: Session) -> Any:
    return factories.actor(session, "admin")


@pytest.fixture
def second(session: Session) -> Any:
    return factories.actor(session, "supervisor")


def _running(session: Session, stage: str = "formal_review", key: str = "formal_review") -> Deadline:
    filer = factories.user(session, "applicant")
    case = factories.case(session, filer, status="in_progress", stage=stage, stage_since=clock.now())
    row = TaskRow(case_id=case.id, procedure=case.procedure, key=key, role="intake", opened_at=clock.now())
    session.add(row)
    session.flush()
    return deadlines.open_for_task(session, row, spec_of(row), clock.now())


def test_every_limit_has_a_chinese_title() -> None:
    assert sorted(set(DEFAULT_LIMITS) - set(LIMIT_TITLES)) == []


@pytest.mark.rule("M01")
def test_a_limit_holds_from_its_day_once_another_person_confirmed(
    session: Session, admin: Any, second: Any
) -> None:
    today = clock.today().date()
    later = today + timedelta(days=30)
    row = setting_proposals.limit(session, admin, "triage_wd", 7, later, "人手不足")
    assert limits.value(session, "triage_wd", later) == 2
    with pytest.raises(NotAllowed):
        setting_changes.confirm(session, admin, row.id or 0)
    setting_changes.confirm(session, second, row.id or 0)
    values = [limits.value(session, "triage_wd", later + timedelta(days=n)) for n in (-1, 0, 400)]
    assert values == [2, 7, 7]
    with pytest.raises(Conflict):
        setting_changes.confirm(session, second, row.id or 0)


@pytest.mark.rule("M01")
def test_another_account_of_the_same_person_confirms_nothing(session: Session, admin: Any) -> None:
    row = setting_proposals.limit(session, admin, "triage_wd", 7, clock.today().date(), "人手不足")
    twin = factories.actor(session, "supervisor", person_key=admin.person_key)
    with pytest.raises(NotAllowed):
        setting_changes.confirm(session, twin, row.id or 0)


@pytest.mark.rule("M01")
def test_who_may_confirm_hears_of_it_and_who_proposed_hears_the_answer(
    session: Session, admin: Any, second: Any
) -> None:
    twin = factories.actor(session, "supervisor", person_key=admin.person_key)
    officer = factories.actor(session, "officer")
    agreed = setting_proposals.limit(session, admin, "triage_wd", 7, clock.today().date(), "人手不足")
    told = _told(session, agreed)
    assert told[second.user_id] == [f"{admin.name}提出变更“{agreed.title_zh}”，待他人确认。原因：人手不足"]
    assert not {admin.user_id, twin.user_id, officer.user_id} & set(told)  # they may not
    setting_changes.confirm(session, second, agreed.id or 0)
    assert _told(session, agreed)[admin.user_id] == [f"您提出的变更已确认：{agreed.title_zh}。"]
    refused = setting_proposals.limit(session, admin, "triage_wd", 9, clock.today().date(), "人手不足")
    setting_changes.reject(session, second, refused.id or 0, "理由不足")
    assert _told(session, refused)[admin.user_id] == [f"不同意变更：{refused.title_zh}。理由不足"]


def _told(session: Session, row: SettingChange) -> dict[int, list[str]]:
    """What each person was told of a proposal."""
    found: dict[int, list[str]] = {}
    for note in session.exec(select(Notification).where(Notification.link == f"/admin/changes/{row.id}")):
        found.setdefault(note.user_id, []).append(note.text_zh)
    return found


@pytest.mark.rule("M01")
@pytest.mark.parametrize("kind", sorted(setting_changes.TWO_PERSONS))
def test_the_database_itself_asks_for_two_persons(
    session: Session, admin: Any, second: Any, kind: str
) -> None:
    """Whatever a program does: of every kind that two persons decide, one alone puts nothing into force."""
    values: dict[str, Any] = {
        "kind": kind, "subject": "x", "before": {}, "after": {}, "reason": "x", "state": "confirmed",
        "effective_from": clock.today().date(), "proposed_by": admin.user_id, "proposed_person": admin.person_key,
        "decided_at": clock.now(),
    }  # fmt: skip
    session.add(SettingChange(**values, decided_by=second.user_id, decided_person=second.person_key))
    session.flush()
    session.add(SettingChange(**values, decided_by=admin.user_id, decided_person=admin.person_key))
    with pytest.raises(IntegrityError, match="setting_change_two_persons"), session.begin_nested():
        session.flush()


@pytest.mark.rule("M05")
def test_the_law_is_not_lowered_by_any_number_of_persons(session: Session, admin: Any) -> None:
    with pytest.raises(Invalid):
        setting_proposals.limit(session, admin, "publicity_wd", 4, clock.today().date(), "加快")


def test_only_one_proposal_waits_for_a_setting(session: Session, admin: Any) -> None:
    setting_proposals.limit(session, admin, "triage_wd", 7, clock.today().date(), "甲")
    with pytest.raises(Conflict):
        setting_proposals.limit(session, admin, "triage_wd", 8, clock.today().date(), "乙")


def test_preview_says_what_keeps_its_days_and_confirming_proves_it(
    session: Session, admin: Any, second: Any
) -> None:
    running = _running(session)
    row = setting_proposals.limit(session, admin, "formal_review_wd", 9, clock.today().date(), "试行")
    preview = settings_preview.of(session, row)
    assert preview is not None
    assert [(x.old, x.new) for x in preview.stays] == [(running.due_at, running.due_at)]
    assert preview.moving == 1  # the same case may come to a formal review again
    before = running.due_at
    setting_changes.confirm(session, second, row.id or 0)
    session.refresh(running)
    assert (running.due_at, running.budget) == (before, 5)
    assert _running(session).budget == 9


def test_calendar_preview_names_the_deadlines_that_then_move(
    session: Session, admin: Any, second: Any
) -> None:
    running = _running(session)
    assert running.due_at is not None
    last = calendar.last_day_of(running.due_at)
    row = setting_proposals.calendar_days(
        session, admin, [DayChange(last, "rest", "临时放假")], None, "市政府通知"
    )
    preview = settings_preview.of(session, row)
    assert preview is not None
    assert [x.old for x in preview.moves] == [running.due_at]
    setting_changes.confirm(session, second, row.id or 0)
    session.refresh(running)
    assert running.due_at == preview.moves[0].new


def test_applicant_whose_last_day_moves_with_the_calendar_is_told_both_days(
    session: Session, admin: Any, second: Any
) -> None:
    office, theirs = _running(session), _running(session, key="correction")
    task, asked = (session.get_one(TaskRow, d.task_id) for d in (theirs, office))
    filer = session.get_one(Case, task.case_id).filer_id
    task.role, task.party_id = "applicant", filer
    assert theirs.due_at is not None
    last = calendar.last_day_of(theirs.due_at)
    row = setting_proposals.calendar_days(session, admin, [DayChange(last, "rest", "临时放假")], None, "通知")
    assert row.title_zh == f"工作日历：调整 {day_in_words(last).zh}"
    setting_changes.confirm(session, second, row.id or 0)
    session.refresh(theirs)
    assert theirs.due_at is not None
    now = calendar.last_day_of(theirs.due_at)
    told = session.exec(select(Notification).where(Notification.task_id == task.id)).one()
    assert "工作日历已调整" in told.text_zh
    assert f"由{day_in_words(last).zh}改为{day_in_words(now).zh}" in told.text_zh
    assert session.exec(select(Notification).where(Notification.task_id == asked.id)).all() == []


def test_several_days_of_the_calendar_are_called_by_the_first(session: Session, admin: Any) -> None:
    days = [DayChange(clock.today().date() + timedelta(days=n), "rest", "放假") for n in (400, 401, 402)]
    row = setting_proposals.calendar_days(session, admin, days, None, "通知")
    assert row.title_zh == f"工作日历：调整 {day_in_words(days[0].day).zh}等 3 天"
    assert row.title_en == f"Working calendar: {day_in_words(days[0].day).en} and 2 more day(s)"


@pytest.mark.rule("M01")
def test_roles_change_by_two_persons_and_end_the_sessions(session: Session, admin: Any, second: Any) -> None:
    user = factories.user(session, "intake")
    people.open_session(session, user, ip="")
    with pytest.raises(Invalid):
        setting_proposals.roles(session, admin, user.id or 0, ["admin", "officer"], "兼任")
    row = setting_proposals.roles(session, admin, user.id or 0, ["officer"], "转岗")
    setting_changes.confirm(session, second, row.id or 0)
    session.refresh(user)
    ends = session.exec(select(LoginSession.expires_at).where(LoginSession.user_id == user.id)).all()
    assert (user.roles, all(e <= clock.now() for e in ends)) == (["officer"], True)


@pytest.mark.rule("M01")
def test_nobody_changes_their_own_roles(session: Session, admin: Any) -> None:
    with pytest.raises(NotAllowed):
        setting_proposals.roles(session, admin, admin.user_id, ["auditor"], "自己改")
    row = setting_proposals.roles(
        session,
        admin,
        factories.user(session, "supervisor", username="own-roles").id or 0,
        ["officer"],
        "转岗",
    )
    own = factories.actor(session, "supervisor", username="own-roles-2")
    row.subject = own.username
    assert setting_changes.may_decide(own, row) is not None


def test_a_refusal_needs_words_and_is_on_record(session: Session, admin: Any, second: Any) -> None:
    row = setting_proposals.limit(session, admin, "triage_wd", 7, clock.today().date(), "人手不足")
    with pytest.raises(Invalid):
        setting_changes.reject(session, second, row.id or 0, " ")
    setting_changes.reject(session, second, row.id or 0, "理由不充分")
    events = session.exec(select(AuditEvent.event).where(AuditEvent.case_id == None)).all()  # noqa: E711
    assert {"setting.proposed", "setting.refused"} <= set(events)
    assert limits.value(session, "triage_wd") == 2


@pytest.mark.rule("M02")
def test_a_change_of_an_expert_is_remembered_with_before_and_after(session: Session) -> None:
    from models.tables import Expert

    keeper = factories.actor(session, "bureau")
    row = Expert(
        user_id=factories.user(session, "expert").id or 0,
        key="E-1",
        name="甲",
        specialty="光伏",
        employer="所",
    )
    session.add(row)
    session.flush()
    experts.edit(session, keeper, row.id or 0, {"available": False}, "出差")
    kept = session.exec(select(SettingChange).where(SettingChange.kind == "expert")).one()
    assert (kept.subject, kept.before, kept.after, kept.state) == (
        "E-1",
        {"available": True},
        {"available": False},
        "confirmed",
    )
