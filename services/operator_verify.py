"""What came of an act: judged by what the rows and the engine show, never by what was asked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from models.procedures import procedure
from models.tables import Case, EngineTrouble, Notification, OperatorAct, Outbox, PanelMember, TaskRow, User
from models.vocabulary.events import Event
from models.vocabulary.operator import ACTS, ActKind, ActState
from models.vocabulary.statuses import ENDS, CaseStatus
from models.vocabulary.text import Text
from services import audit, clock, restoring, trouble_words
from services.clock import SHANGHAI


@dataclass(frozen=True)
class EngineSight:
    """What the engine shows of a case, seen just now.

    Args:
        running: True while its workflow runs; None when the engine cannot be asked.
        failing: what still fails, in words; empty = nothing.
        attempts: tries of it.
        wrong: why an order to the engine could not be carried out.
    """

    running: bool | None
    failing: str = ""
    attempts: int = 0
    wrong: str = ""


@dataclass(frozen=True)
class Judgement:
    state: ActState
    text: Text


def judge(session: Session, act: OperatorAct, sight: EngineSight) -> Judgement:
    """What can be said of an act now. ASKED means: not decided yet, look again."""
    return _JUDGES[ActKind(act.kind)](session, act, sight)


def settle(session: Session, act_id: int, sight: EngineSight) -> OperatorAct | None:
    """Write the judgement into the act, and into the trail when it is final. None when another was first."""
    seen = session.get(OperatorAct, act_id)
    if seen is None or seen.state != ActState.ASKED.value:
        return None
    session.exec(
        select(Case.id).where(Case.id == seen.case_id).with_for_update()
    ).one()  # case before act, always
    act = session.get_one(OperatorAct, act_id, with_for_update=True, populate_existing=True)
    if act.state != ActState.ASKED.value:
        return None
    said = judge(session, act, sight)
    act.state, act.outcome_zh, act.outcome_en = said.state.value, said.text.zh, said.text.en
    act.verified_at = clock.now()
    if said.state is not ActState.ASKED:
        _record(session, act, said)
    session.flush()
    return act


def _record(session: Session, act: OperatorAct, said: Judgement) -> None:
    case = session.exec(select(Case).where(Case.id == act.case_id).with_for_update()).one()
    title = ACTS[ActKind(act.kind)].title
    audit.record(
        session,
        Event.OPERATOR_SEEN,
        case=case,
        data={
            "act": act.id,
            "kind": act.kind,
            "state": said.state.value,
            "text": {"zh": f"{title.zh}：{said.text.zh}", "en": f"{title.en}: {said.text.en}"},
        },
    )


def waiting(session: Session, limit: int = 50) -> list[OperatorAct]:
    """Acts whose result is not seen yet, the oldest first."""
    return list(
        session.exec(
            select(OperatorAct)
            .where(OperatorAct.state == ActState.ASKED.value)
            .order_by(col(OperatorAct.id))
            .limit(limit)
        )
    )


def _at(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%H:%M:%S")


def _seen(en: str, zh: str) -> Judgement:
    return Judgement(ActState.SEEN, Text(en, zh))


def _not_yet(en: str, zh: str) -> Judgement:
    return Judgement(ActState.ASKED, Text(f"Not yet: {en}", f"尚未生效：{zh}"))


def _failed(en: str, zh: str) -> Judgement:
    return Judgement(ActState.FAILED, Text(en, zh))


def _undelivered(session: Session, act: OperatorAct) -> int:
    """Messages of the case that the engine has not taken."""
    return session.exec(
        select(func.count()).select_from(Outbox).where(Outbox.case_id == act.case_id, ~col(Outbox.dead))
    ).one()


def _dead(session: Session, act: OperatorAct) -> str | None:
    return session.exec(
        select(Outbox.last_error).where(Outbox.case_id == act.case_id, col(Outbox.dead))
    ).first()


def _heard(session: Session, act: OperatorAct, en: str, zh: str) -> Judgement:
    """The rows have it; has the engine heard it, too?"""
    waits = _undelivered(session, act)
    if waits:
        return _not_yet(
            f"{en} {waits} message(s) wait until the engine can be reached.",
            f"{zh}，但有 {waits} 条消息尚待流程引擎接收。",
        )
    now = _at(clock.now())
    return _seen(f"{en} The engine heard it by {now}.", f"{zh}，流程引擎已于 {now} 前收到。")


def _remind(session: Session, act: OperatorAct, _sight: EngineSight) -> Judgement:
    rows = session.exec(
        select(User.name, Notification.read_at)
        .join(Notification, col(Notification.user_id) == col(User.id))
        .where(
            Notification.task_id == act.task_id,
            Notification.kind == "reminder",
            col(Notification.at) >= act.asked_at,
        )
        .order_by(col(User.id))
    ).all()
    if not rows:
        return _failed(
            "Nobody could be told: nobody has this role.", "没有可以通知的人员（该角色下没有有效账户）。"
        )
    names = "、".join(name for name, _ in rows[:5]) + (f" 等 {len(rows)} 人" if len(rows) > 5 else "")
    read = sum(at is not None for _, at in rows)
    return _seen(
        f"The message lies with {len(rows)} person(s) ({names}); {read} have read it.",
        f"消息已送达 {names}；其中 {read} 人已读。",
    )


def _reassign(session: Session, act: OperatorAct, _sight: EngineSight) -> Judgement:
    task = session.get_one(TaskRow, act.task_id)
    holder = session.get(User, task.assignee_id) if task.assignee_id else None
    if holder is not None and task.assignee_id == act.data.get("to"):
        return _seen(f"{holder.name} has it in hand now.", f"现由 {holder.name} 承办。")
    who = holder.name if holder else "—"
    return _failed(f"It is with {who} instead.", f"未改派成功，现承办人为 {who}。")


def _extend(session: Session, act: OperatorAct, _sight: EngineSight) -> Judgement:
    task = session.get_one(TaskRow, act.task_id)
    if task.due_at is None or task.due_at.isoformat() != _same(act.data.get("due")):
        return _seen("The limit has moved on since.", "期限已按新的安排执行。")
    until = task.due_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return _heard(session, act, f"The limit now ends at {until}.", f"期限已延至 {until}")


def _same(text: object) -> str:
    return datetime.fromisoformat(str(text)).isoformat() if text else ""


def _suspend(session: Session, act: OperatorAct, _sight: EngineSight) -> Judgement:
    case = session.get_one(Case, act.case_id)
    if case.suspended_at is None:
        return _failed("The case is not suspended any more.", "本件现未处于中止状态。")
    return _heard(
        session,
        act,
        f"Suspended at {_at(case.suspended_at)}; all limits stand still.",
        f"已于 {_at(case.suspended_at)} 中止，全部期限停止计算",
    )


def _resume(session: Session, act: OperatorAct, _sight: EngineSight) -> Judgement:
    case = session.get_one(Case, act.case_id)
    if case.suspended_at is not None:
        return _failed("The case is suspended again.", "本件已再次中止。")
    return _heard(session, act, "Resumed; the limits have moved.", "已恢复办理，各项期限已顺延")


def _replace(session: Session, act: OperatorAct, _sight: EngineSight) -> Judgement:
    new = session.exec(
        select(PanelMember)
        .where(
            PanelMember.case_id == act.case_id,
            PanelMember.seat == act.data.get("seat"),
            PanelMember.attempt == int(act.data.get("attempt", 1)) + 1,
        )
        .order_by(col(PanelMember.id).desc())
    ).first()
    if new is not None and new.state != "drawn":
        return _seen(
            f"Seat {new.seat}: another expert was drawn and invited at {_at(new.changed_at)}.",
            f"第 {new.seat} 席已补抽专家，并于 {_at(new.changed_at)} 发出邀请。",
        )
    short = session.exec(
        select(TaskRow.id).where(
            TaskRow.case_id == act.case_id,
            TaskRow.key == "panel_shortfall",
            col(TaskRow.closed_at).is_(None),
            col(TaskRow.opened_at) >= act.asked_at,
        )
    ).first()
    if short is not None:
        return _failed(
            "The library has nobody left without a conflict; the supervisor is asked to widen it.",
            "专家库中已无可补抽的专家，已转审核负责人处理。",
        )
    return _not_yet("the course has not drawn another expert.", "流程尚未补抽专家。")


def _retry(session: Session, act: OperatorAct, sight: EngineSight) -> Judgement:
    row = session.exec(
        select(EngineTrouble).where(EngineTrouble.case_id == act.case_id, EngineTrouble.kind == "activity")
    ).first()
    if sight.wrong:
        return _not_yet(sight.wrong, f"指令未能送达流程引擎（{sight.wrong}）。")
    if sight.running is None:
        return _not_yet("the engine cannot be reached.", "流程引擎暂时无法连接，恢复后自动执行。")
    if row is None and not sight.failing:
        now = _at(clock.now())
        return _seen(f"Retried: the step ran by {now}.", f"已重试：失败的步骤已于 {now} 前执行成功。")
    since = row.seen_at if row else clock.now()
    why = trouble_words.told(sight.failing or (row.message if row else "")).words
    sent = act.data.get("sent")
    if sent and row is not None and since > datetime.fromisoformat(sent):
        return _failed(
            f"Retried at {_at(since)} and failed again: {why.en}",
            f"已于 {_at(since)} 重试，仍然失败：{why.zh}",
        )
    return _not_yet(f"still failing: {why.en}", f"仍在失败：{why.zh}")


def _nudge(session: Session, act: OperatorAct, sight: EngineSight) -> Judgement:
    dead = _dead(session, act)
    if dead is not None:
        why = trouble_words.told(dead).words
        return _failed(f"The engine refused a message: {why.en}", f"流程引擎拒收消息：{why.zh}")
    if sight.running is None:
        return _not_yet("the engine cannot be reached.", "流程引擎暂时无法连接，恢复后自动送达。")
    if _undelivered(session, act):
        return _not_yet("messages are on their way.", "消息正在送达。")
    if not sight.running:
        case = session.get_one(Case, act.case_id)
        if CaseStatus(case.status) in ENDS:
            return _seen("The course has come to its end.", "流程已执行完毕。")
        return _failed(
            "Every message was taken, but no workflow runs.", "消息均已送达，但没有正在运行的流程。"
        )
    asked = session.exec(
        select(func.count())
        .select_from(TaskRow)
        .where(TaskRow.case_id == act.case_id, col(TaskRow.closed_at).is_(None))
    ).one()
    if sight.failing:
        why = trouble_words.told(sight.failing).words
        return _failed(f"The course runs but fails: {why.en}", f"流程在运行，但步骤仍然失败：{why.zh}")
    return _seen(
        f"The engine has taken every message; the course runs and waits for {asked} open task(s).",
        f"流程引擎已收到全部消息，流程正在运行，现等待 {asked} 项待办。",
    )


def _restore(session: Session, act: OperatorAct, _sight: EngineSight) -> Judgement:
    case = session.get_one(Case, act.case_id)
    left = restoring.still_wrong(session, case)
    if left:
        return _failed(
            f"Restored in part; still wrong: {'; '.join(left)}", f"部分恢复，仍不一致：{'；'.join(left)}"
        )
    done = len(act.data.get("mended", []))
    return _heard(
        session,
        act,
        f"{done} thing(s) restored; the rows agree.",
        f"已恢复 {done} 项，案卷数据与办理记录一致",
    )


def _set_aside(session: Session, act: OperatorAct, _sight: EngineSight) -> Judgement:
    if _dead(session, act) is not None:
        return _failed("Dead letters of this case are still there.", "本件仍有死信未核销。")
    done = len(act.data.get("messages", []))
    return _seen(
        f"{done} message(s) set aside; what they were is in the trail.",
        f"已核销 {done} 条死信，内容载入审计记录。",
    )


def _end(session: Session, act: OperatorAct, sight: EngineSight) -> Judgement:
    case = session.get_one(Case, act.case_id)
    if CaseStatus(case.status) not in ENDS:
        return _failed("The case has not ended.", "本件尚未终止。")
    if sight.running is None:
        return _not_yet(
            "ended in the file; the engine cannot be reached.", "案卷已终止，流程引擎暂时无法连接。"
        )
    if sight.running:
        return _not_yet("ended in the file; the course is still closing.", "案卷已终止，流程正在收尾。")
    return _seen("The case has ended and its course is closed.", "本件已终止，流程已关闭。")


def _return(session: Session, act: OperatorAct, sight: EngineSight) -> Judgement:
    """The rows went back; has the new run asked somebody for something since?"""
    if sight.wrong:
        return _not_yet(sight.wrong, f"流程引擎未能停止原流程（{sight.wrong}）。")
    if "done" not in act.data:
        if sight.running is None:
            return _not_yet("the engine cannot be reached.", "流程引擎暂时无法连接，恢复后自动执行。")
        return _not_yet("the old run is being stopped.", "正在停止原流程。")
    case = session.get_one(Case, act.case_id)
    title = procedure(case.procedure).stage(str(act.data["to"])).title
    if case.needs_operator:
        why = trouble_words.told(case.needs_operator).words
        return _failed(f"Returned, but the course stopped: {why.en}", f"已退回，但流程未能继续：{why.zh}")
    asked = session.exec(
        select(TaskRow).where(
            TaskRow.case_id == case.id, col(TaskRow.opened_at) >= datetime.fromisoformat(act.data["done"])
        )
    ).first()
    if asked is None:
        return _not_yet("the course has not asked for anything yet.", "案卷已退回，流程正在重新开始。")
    gone = (act.data.get("tasks", 0), act.data.get("documents", 0))
    return _seen(
        f"Returned to “{title.en}”; {gone[0]} tasks and {gone[1]} documents are void, and the course runs from there.",
        f"已退回“{title.zh}”环节，{gone[0]} 个事项、{gone[1]} 份文书作废，流程已从该环节重新办理。",
    )


_Judge = Callable[[Session, OperatorAct, EngineSight], Judgement]
_JUDGES: dict[ActKind, _Judge] = {
    ActKind.REMIND: _remind,
    ActKind.REASSIGN: _reassign,
    ActKind.EXTEND: _extend,
    ActKind.SUSPEND: _suspend,
    ActKind.RESUME: _resume,
    ActKind.REPLACE: _replace,
    ActKind.RETRY: _retry,
    ActKind.NUDGE: _nudge,
    ActKind.RESTORE: _restore,
    ActKind.SET_ASIDE: _set_aside,
    ActKind.END: _end,
    ActKind.RETURN: _return,
}
#: What the rows alone can tell: judged in the request itself, in a look of its own after the commit.
BY_ROWS = frozenset({ActKind.REMIND, ActKind.REASSIGN, ActKind.SET_ASIDE})
