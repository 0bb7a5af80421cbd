"""Acts from the console: valid ones only, with a reason, and the result is what was seen, never what was asked."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session, col, delete, select, update

from models.tables import AuditEvent, Case, EngineTrouble, Notification, OperatorAct, Outbox, TaskRow
from models.vocabulary.errors import Conflict, Invalid, NotAllowed
from models.vocabulary.operator import ACTS, ActKind, ActState
from models.vocabulary.roles import Role
from services import clock, disagreements, operator_acts, operator_reading, operator_verify, troubles
from services.access import Actor
from services.operator_acts import Order
from services.operator_verify import EngineSight
from services.troubles import Trouble
from tests.services import desk_rows as rows
from tests.services.deadline_rows import at, open_task, user

RUNS, UNREACHABLE = EngineSight(True), EngineSight(None)


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with clock.at(at("2026-11-17T10:00:00")):
        yield


def order(
    session: Session, actor: Actor, kind: str, case: Case, task: TaskRow | None = None, **more: object
) -> OperatorAct:
    wanted = Order(kind, "久拖未办", case.case_no, str(task.id) if task else "", **more)  # type: ignore[arg-type]
    return operator_acts.ask(session, actor, wanted)


def seen(session: Session, act: OperatorAct, sight: EngineSight = RUNS) -> tuple[str, str]:
    operator_verify.settle(session, act.id or 0, sight)
    return act.state, act.outcome_zh


def delivered(session: Session) -> None:
    """The relay has brought everything to the engine."""
    session.exec(delete(Outbox))


def test_reminder_is_seen_to_have_arrived_and_by_whom_it_was_read(session, case, chief):
    task, holder = open_task(session, case), user(session, "李四", "intake")
    task.assignee_id, task.state = holder.id, "claimed"
    act = order(session, chief, "remind", case, task)
    assert seen(session, act) == ("seen", "消息已送达 李四；其中 0 人已读。")
    session.exec(update(Notification).values(read_at=clock.now()))
    assert operator_verify.judge(session, act, RUNS).text.zh == "消息已送达 李四；其中 1 人已读。"


def test_reminder_of_nobody_is_said_to_have_failed(session, case, chief):
    task = open_task(session, case, "agency_review")
    task.party_id = case.filer_id
    act = order(session, chief, "remind", case, task)
    assert seen(session, act)[0] == "failed"


def test_reassignment_tells_who_has_it_now(session, case, chief):
    task, taker = open_task(session, case), user(session, "王五", "intake")
    act = order(session, chief, "reassign", case, task, to=taker.username)
    assert seen(session, act) == ("seen", "现由 王五 承办。")


def test_extension_is_offered_once_with_its_longest(session, case, chief):
    task = open_task(session, case)
    offered = {c.kind for c in operator_reading.choices(session, chief, case)}
    assert (ActKind.EXTEND in offered, operator_reading.longest_extension(session, task)) == (True, 10)
    order(session, chief, "extend", case, task, days=3)
    offered = {c.kind for c in operator_reading.choices(session, chief, case)}
    assert (ActKind.EXTEND in offered, operator_reading.longest_extension(session, task)) == (False, 0)


def test_extension_counts_once_the_engine_has_heard_it(session, case, chief):
    task = open_task(session, case)
    act = order(session, chief, "extend", case, task, days=3)
    assert seen(session, act)[0] == "asked"
    assert "尚待流程引擎接收" in act.outcome_zh
    delivered(session)
    state, said = seen(session, act)
    assert (state, said.startswith("期限已延至 2026-11-27 00:00")) == ("seen", True)


def test_suspension_and_resumption_are_seen_in_the_row_and_the_engine(session, case, chief):
    open_task(session, case)
    act = order(session, chief, "suspend", case)
    delivered(session)
    assert (seen(session, act)[0], case.suspended_at is not None) == ("seen", True)
    kinds = {c.kind for c in operator_reading.choices(session, chief, case)}
    assert kinds == {ActKind.RESUME, ActKind.END}
    back = order(session, chief, "resume", case)
    delivered(session)
    assert (seen(session, back)[0], case.suspended_at) == ("seen", None)


def test_retry_reports_what_happened_and_not_that_it_was_asked(session, case, admin):
    with pytest.raises(Conflict):
        order(session, admin, "retry", case)
    trouble = Trouble(case.id, troubles.ACTIVITY, "issue_documents", "模板缺少字段 X", 6)
    troubles.note(session, trouble)
    act = order(session, admin, "retry", case)
    assert seen(session, act, UNREACHABLE) == ("asked", "尚未生效：流程引擎暂时无法连接，恢复后自动执行。")
    still = EngineSight(True, "模板缺少字段 X", 6)
    assert seen(session, act, still) == ("asked", "尚未生效：仍在失败：模板缺少字段 X")
    act.data = {**act.data, "sent": clock.now().isoformat()}
    session.flush()
    with clock.at(at("2026-11-17T10:00:30")):
        troubles.note(session, trouble, happened=True)  # it ran again, and failed again
        session.expire_all()
        assert seen(session, act, still) == ("failed", "已于 10:00:30 重试，仍然失败：模板缺少字段 X")
    again = order(session, admin, "retry", case)
    troubles.clear(session, case.id, troubles.ACTIVITY)
    session.expire_all()
    with clock.at(at("2026-11-17T10:31:00")):
        assert seen(session, again) == ("seen", "已重试：失败的步骤已于 10:31:00 前执行成功。")


def test_nudge_is_confirmed_only_when_the_engine_took_everything_and_runs(session, case, admin):
    open_task(session, case)
    act = order(session, admin, "nudge", case)
    assert seen(session, act)[1] == "尚未生效：消息正在送达。"
    delivered(session)
    assert seen(session, act) == ("seen", "流程引擎已收到全部消息，流程正在运行，现等待 1 项待办。")
    dead = order(session, admin, "nudge", case)
    delivered(session)
    session.add(
        Outbox(case_id=case.id, signal="nudge", dead=True, last_error="the case's workflow has ended")
    )
    session.flush()
    assert seen(session, dead)[0] == "failed"


@pytest.mark.rule("M01")
def test_ending_a_case_needs_two_natural_persons_and_a_supervisor(session, case, chief, admin):
    open_task(session, case)
    act = order(session, admin, "end", case)
    assert (act.state, case.status) == ("proposed", "in_progress")
    with pytest.raises(NotAllowed):
        operator_acts.confirm(session, admin, act.id or 0, True)
    twin = rows.person(session, "head-2", Role.SUPERVISOR, key=admin.person_key)
    with pytest.raises(NotAllowed):
        operator_acts.confirm(session, twin, act.id or 0, True)
    with pytest.raises(NotAllowed):
        operator_acts.confirm(session, rows.person(session, "head-3", Role.ADMIN), act.id or 0, True)
    operator_acts.confirm(session, chief, act.id or 0, True)
    assert (case.status, act.state) == ("lapsed", "asked")
    assert seen(session, act, EngineSight(True))[0] == "asked"
    assert seen(session, act, EngineSight(False)) == ("seen", "本件已终止，流程已关闭。")


def test_refused_end_leaves_the_case_as_it_is(session, case, chief, admin):
    act = order(session, admin, "end", case)
    operator_acts.confirm(session, chief, act.id or 0, False, "仍在补充材料")
    assert (act.state, case.status) == ("withdrawn", "in_progress")


@pytest.mark.rule("G12")
def test_silent_expert_is_replaced_and_the_next_one_is_seen(session, chief):
    from services import panels

    rows.city(session)
    case = rows.filed(session)
    panel = panels.draw(session, case, 1)
    seat = panels.seated(session, panel)[0]
    task = rows.asked(session, case, "expert_invitation", stage="expert_review", slot=seat.slot)
    act = order(session, chief, "replace_expert", case, task)
    assert (task.state, task.outcome, seat.state) == ("overdue", "overdue", "silent")
    assert seen(session, act)[1] == "尚未生效：流程尚未补抽专家。"
    panels.refill(session, case, 1, seat.slot)
    rows.asked(session, case, "expert_invitation", slot=f"{seat.seat}.2")
    state, said = seen(session, act)
    assert (state, said.startswith(f"第 {seat.seat} 席已补抽专家")) == ("seen", True)


def test_act_without_a_reason_or_role_is_refused_and_leaves_no_row(session, case, chief, admin):
    task = open_task(session, case)
    with pytest.raises(Invalid):
        operator_acts.ask(session, chief, Order("remind", " ", task_id=str(task.id)))
    with pytest.raises(NotAllowed):
        order(session, chief, "nudge", case)
    with pytest.raises(NotAllowed):
        order(session, admin, "suspend", case)
    assert session.exec(select(OperatorAct)).all() == []


def test_every_act_leaves_two_events_asked_and_seen(session, case, chief):
    task, holder = open_task(session, case), user(session, "李四", "intake")
    task.assignee_id, task.state = holder.id, "claimed"
    seen(session, order(session, chief, "remind", case, task))
    events = session.exec(
        select(AuditEvent.event).where(
            AuditEvent.case_id == case.id, col(AuditEvent.event).startswith("operator")
        )
    ).all()
    assert list(events) == ["operator.asked", "operator.seen"]


def test_every_kind_has_its_consequence_and_its_judge():
    assert set(ACTS) == set(ActKind) == set(operator_verify._JUDGES) == set(operator_acts._DO)
    assert all(n.consequence.zh and n.consequence.en for n in ACTS.values())
    assert len(ActState) == 5


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda c, t: t.__setattr__("due_at", at("2027-01-01T00:00:00")), "limit_not_of_ledger"),
        (
            lambda c, t: (t.__setattr__("state", "done"), t.__setattr__("closed_at", clock.now())),
            "closed_without_answer",
        ),
        (lambda c, t: c.__setattr__("status", "published"), "ended_without_event"),
        (lambda c, t: c.__setattr__("stage", "publication"), "stage_not_entered"),
    ],
)
def test_row_changed_behind_the_back_is_named_and_restored(session, case, admin, change, what):
    from models.vocabulary.facts import TaskRequest
    from services import course

    course.project(session, str(case.id), "formal_review", [TaskRequest(key="formal_review")])
    task = session.exec(select(TaskRow).where(TaskRow.case_id == case.id)).one()
    before = (case.status, case.stage, task.state, task.due_at)
    assert disagreements.found(session) == []
    with pytest.raises(Conflict):
        order(session, admin, "restore", case)
    change(case, task)
    session.flush()
    found = disagreements.found(session)
    assert what in {t.what for t in found}
    assert {t.case_id for t in found} == {case.id}
    troubles.replace(session, troubles.DISAGREE, found)
    assert ActKind.RESTORE in {c.kind for c in operator_reading.choices(session, admin, case)}
    act = order(session, admin, "restore", case)
    delivered(session)
    assert act.data["mended"] == [what]
    assert seen(session, act)[0] == "seen"
    assert (case.status, case.stage, task.state, task.due_at) == before
    troubles.replace(session, troubles.DISAGREE, disagreements.found(session))
    assert session.exec(select(EngineTrouble)).all() == []


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "ProgrammingError: (psycopg.errors.RaiseException) 缺少字段\nCONTEXT:  PL/pgSQL\n[SQL: INSERT …]\n[parameters: {'name': '张三'}]",
            "缺少字段",
        ),
        ("Failure exceeds size limit. ← ValueError: 日期不连续", "ValueError: 日期不连续"),
        (
            "UndefinedError: 'x' is undefined",
            "文书模板引用了不存在的字段（UndefinedError: 'x' is undefined）",
        ),
    ],
)
def test_failure_is_told_in_words_and_without_the_data_of_the_statement(said, shown):
    assert troubles.readable(said) == shown
