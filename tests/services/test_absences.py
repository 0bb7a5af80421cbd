"""Absence of officers: new tasks go to the stand-in, open ones are offered, four eyes by natural person hold."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from models.tables import Absence, Notification
from models.vocabulary.errors import Invalid, NotAllowed
from models.vocabulary.roles import Role
from services import absences, clock, handing, notifications, reminders, stand_ins
from services.access import Actor
from tests.services import desk_rows as rows
from tests.services.deadline_rows import at, open_task

TODAY = "2026-11-17T10:00:00"


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with clock.at(at(TODAY)):
        yield


@pytest.fixture
def zhang(session: Session) -> Actor:
    return rows.person(session, "zhang", Role.INTAKE)


@pytest.fixture
def li(session: Session) -> Actor:
    return rows.person(session, "li", Role.INTAKE)


def away(session: Session, who: Actor, by: Actor, first: int = 0, last: int = 3) -> Absence:
    day = clock.today().date()
    return absences.enter(
        session,
        who,
        who.username,
        by.username,
        day + timedelta(days=first),
        day + timedelta(days=last),
        "年休假",
    )


def test_task_handed_to_somebody_away_goes_to_the_stand_in(session, case, zhang, li, chief):
    away(session, zhang, li)
    task = open_task(session, case)
    handing.reassign(session, chief, task.id, zhang.username, "分工调整")
    assert (task.assignee_id, task.substitution) == (
        li.user_id,
        {
            "kind": "stands_in",
            "zh": "zhang人员请假，由li人员代办",
            "en": "zhang人员 is away; li人员 stands in.",
        },
    )
    assert task.delegations[-1]["person"] == zhang.person_key
    told = session.exec(select(Notification.user_id).where(Notification.task_id == task.id)).all()
    assert list(told) == [li.user_id]


@pytest.mark.rule("M01")
def test_stand_in_who_would_break_four_eyes_is_skipped_and_the_task_waits_in_the_queue(session, chief):
    rows.city(session)
    case = rows.filed(session)
    drafter = rows.person(session, "drafter", Role.OFFICER, Role.SUPERVISOR)
    signer = rows.person(session, "signer", Role.SUPERVISOR)
    drafted = rows.asked(session, case, "technical_opinion", stage="opinion")
    rows.answer(session, drafter, drafted)
    signing = rows.asked(session, case, "technical_opinion_signature")
    away(session, signer, drafter)
    handing.reassign(session, chief, signing.id, signer.username, "由其签署")
    assert (signing.assignee_id, signing.state, signing.substitution["kind"]) == (None, "open", "skipped")
    assert signing.substitution["zh"].startswith("signer人员请假，替班人drafter人员不能代办：您已办理本件")
    assert signing.substitution["zh"].endswith("已退回组内待领取。")


@pytest.mark.rule("M01")
def test_stand_in_acts_for_the_absent_whose_own_hand_counts_too(session, chief):
    rows.city(session)
    case = rows.filed(session)
    author = rows.person(session, "author", Role.OFFICER, Role.SUPERVISOR)
    clean = rows.person(session, "clean", Role.SUPERVISOR)
    rows.answer(session, author, rows.asked(session, case, "technical_opinion", stage="opinion"))
    signing = rows.asked(session, case, "technical_opinion_signature")
    signing.assignee_id, signing.state = author.user_id, "claimed"  # got it before four eyes were looked at
    absence = away(session, author, clean)
    assert absence.told_at is not None
    assert (signing.assignee_id, signing.substitution["kind"]) == (None, "skipped")


def test_open_tasks_are_offered_and_taken_over(session, case, zhang, li):
    task = open_task(session, case)
    task.assignee_id, task.state = zhang.user_id, "claimed"
    away(session, zhang, li)
    assert (task.assignee_id, task.substitution["kind"]) == (zhang.user_id, "offered")
    assert [(o.task.id, o.away, o.refusal) for o in absences.offers(session, li)] == [
        (task.id, "zhang人员", None)
    ]
    assert absences.offers(session, zhang) == []
    absences.take(session, li, task.id)
    assert (task.assignee_id, task.substitution["zh"]) == (li.user_id, "zhang人员请假，由li人员代办")


def test_only_the_stand_in_may_take_over(session, case, zhang, li):
    task = open_task(session, case)
    task.assignee_id, task.state = zhang.user_id, "claimed"
    away(session, zhang, li)
    other = rows.person(session, "wang", Role.INTAKE)
    with pytest.raises(NotAllowed):
        absences.take(session, other, task.id)


def test_reminders_go_to_the_stand_in_while_the_holder_is_away(session, case, zhang, li):
    task = open_task(session, case)
    task.assignee_id, task.state = zhang.user_id, "claimed"
    away(session, zhang, li)
    with clock.at(at("2026-11-19T13:30:00")):
        reminders.sweep(session)
    query = select(Notification.user_id).where(
        Notification.task_id == task.id, Notification.kind == "reminder"
    )
    assert list(session.exec(query)) == [li.user_id]
    with clock.at(at("2026-11-23T09:00:00")):  # back at work
        assert notifications.recipients(session, task) == [zhang.user_id]


def test_message_to_a_group_leaves_out_who_is_away(session, case, zhang, li):
    away(session, zhang, li)
    task = open_task(session, case)
    told = notifications.recipients(session, task)
    assert (zhang.user_id in told, li.user_id in told) == (False, True)


def test_absence_that_begins_later_is_offered_on_its_first_morning(session, case, zhang, li):
    task = open_task(session, case)
    task.assignee_id, task.state = zhang.user_id, "claimed"
    row = away(session, zhang, li, first=2, last=4)
    assert (row.told_at, task.substitution) == (None, {})
    with clock.at(at("2026-11-19T00:10:00")):
        reminders.sweep(session)
        assert task.substitution["kind"] == "offered"
        told = session.exec(
            select(Notification).where(
                Notification.user_id == li.user_id, col(Notification.task_id).is_(None)
            )
        )
        assert [n.text_zh for n in told] == [
            "zhang人员请假至2026年11月21日，由您代办；现有 1 件在办事项可接手。"
        ]


def test_stand_in_who_is_away_too_is_stood_in_for(session, zhang, li):
    wang = rows.person(session, "wang", Role.INTAKE)
    away(session, zhang, li)
    session.add(
        Absence(
            user_id=li.user_id,
            substitute_id=wang.user_id,
            starts_on=clock.today().date(),
            ends_on=clock.today().date(),
            by_user=li.user_id,
        )
    )
    session.flush()
    assert stand_ins.present(session, [zhang.user_id]) == [wang.user_id]


def test_every_defect_of_an_absence_is_told_at_once(session, zhang, li, chief):
    with pytest.raises(Invalid) as refused:
        absences.enter(session, zhang, "", zhang.username, None, None)
    assert {p.loc for p in refused.value.problems} == {"substitute", "starts_on", "ends_on"}
    away(session, zhang, li)
    with pytest.raises(Invalid) as again:
        away(session, zhang, li)
    assert [p.loc for p in again.value.problems] == ["starts_on"]
    with pytest.raises(Invalid) as role:
        away(session, rows.person(session, "bureau-1", Role.BUREAU), chief)
    assert [p.loc for p in role.value.problems] == ["substitute"]


def test_only_a_chief_enters_the_absence_of_others(session, zhang, li, chief):
    day = clock.today().date()
    with pytest.raises(NotAllowed):
        absences.enter(session, li, zhang.username, li.username, day, day)
    row = absences.enter(session, chief, zhang.username, li.username, day, day)
    absences.cancel(session, zhang, row.id)
    assert stand_ins.away(session) == {}
