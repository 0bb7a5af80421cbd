"""A message whose course has ended is set aside by an administrator, with a reason, and counts no longer."""

from contextlib import nullcontext

import pytest
from sqlmodel import Session, col, select

from models.tables import AuditEvent, Case, OperatorAct, Outbox
from models.vocabulary.errors import Conflict, Invalid, NotAllowed
from models.vocabulary.operator import ActKind
from models.vocabulary.roles import Role
from services import health, operator_acts, operator_reading, operator_verify, outbox
from services.access import Actor
from services.operator_acts import Order
from services.operator_verify import EngineSight
from services.reading import oversight
from tests.services import desk_rows as rows


def dead(session: Session, case: Case, signal: str = "task_closed") -> Outbox:
    row = outbox.send(session, case.id, signal)
    outbox.dead(session, row.id or 0, "the case's workflow has ended")
    session.flush()
    return row


def aside(session: Session, actor: Actor, case: Case, reason: str = "办理结果已核对无误") -> OperatorAct:
    return operator_acts.ask(session, actor, Order("set_aside", reason, case.case_no))


def counted(session: Session) -> int:
    health.measure(lambda: nullcontext(session))
    return int(health.DEAD._value.get())


def test_dead_letters_of_an_ended_case_are_set_aside_and_count_no_longer(session, case, admin):
    case.status = "published"
    before = counted(session)
    dead(session, case)
    dead(session, case, "case_ended")
    living = outbox.send(session, case.id, "nudge")
    session.flush()
    assert counted(session) == before + 2
    assert [c.kind for c in operator_reading.choices(session, admin, case)] == [ActKind.SET_ASIDE]
    act = aside(session, admin, case)
    operator_verify.settle(session, act.id or 0, EngineSight(None))
    assert (act.state, act.outcome_zh) == ("seen", "已核销 2 条死信，内容载入审计记录。")
    assert counted(session) == before
    assert session.exec(select(Outbox.id).where(Outbox.case_id == case.id)).all() == [living.id]
    assert case.status == "published"
    assert operator_reading.choices(session, admin, case) == []


def test_what_was_set_aside_stands_in_the_trail(session, case, admin):
    case.status = "published"
    dead(session, case)
    aside(session, admin, case)
    event = session.exec(
        select(AuditEvent).where(AuditEvent.case_id == case.id).order_by(col(AuditEvent.seq).desc())
    ).first()
    assert (event.event, event.data["reason"]) == ("operator.asked", "办理结果已核对无误")
    assert [m["signal"] for m in event.data["messages"]] == ["task_closed"]


def test_messages_of_a_case_under_way_are_sent_again_and_not_set_aside(session, case, admin):
    dead(session, case)
    with pytest.raises(Conflict, match="wake its course"):
        aside(session, admin, case)
    assert ActKind.SET_ASIDE not in {c.kind for c in operator_reading.choices(session, admin, case)}


def test_setting_aside_needs_a_dead_letter_a_reason_and_an_administrator(session, case, admin):
    case.status = "published"
    with pytest.raises(Conflict):
        aside(session, admin, case)
    dead(session, case)
    with pytest.raises(Invalid):
        aside(session, admin, case, " ")
    chief = rows.person(session, "chief", Role.SUPERVISOR)
    with pytest.raises(NotAllowed):
        aside(session, chief, case)
    assert operator_reading.choices(session, chief, case) == []
    assert [(no, ended) for _, no, ended in oversight.system(session).dead] == [(case.case_no, True)]
