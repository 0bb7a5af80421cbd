"""The key column: why a case stands still, in a sentence computed from what it really waits for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.procedures import PROCEDURES
from models.tables import Case, EngineTrouble, Outbox, TaskRow
from models.vocabulary.roles import ROLE_TITLES, Role
from models.vocabulary.specs import Task
from models.vocabulary.text import Text
from services import trouble_words
from services.clock import SHANGHAI
from services.counting import Calendar, last_day_of

#: Activities, as an office would call them.
STEPS: dict[str, Text] = {
    "issue_documents": Text("making the documents", "制作文书"),
    "project": Text("opening the next tasks", "开启下一事项"),
    "appoint_panel": Text("drawing the experts", "抽取专家"),
    "refill_seat": Text("replacing an expert", "补抽专家"),
    "widen_panel": Text("widening the panel", "补足专家组"),
    "open_publicity": Text("publishing the notice", "发布公示"),
    "close_publicity": Text("ending the publicity", "结束公示"),
    "publish_result": Text("publishing the result", "公布结果"),
    "close_case": Text("closing the case", "办结归档"),
    "close_overdue": Text("closing an overdue task", "处理到期事项"),
    "park_case": Text("reporting a fault", "上报故障"),
}


@dataclass(frozen=True)
class Sight:
    """What the sentences of a page are computed with. `asked`: (case, key) -> (open, answered) of a panel's tasks."""

    now: datetime
    by: Calendar
    asked: dict[tuple[object, str], tuple[int, int]]


def spec_of(task: TaskRow) -> Task:
    return PROCEDURES[task.procedure].task(task.key)


def step(name: str) -> Text:
    return STEPS.get(name, Text(name, name))


def who(task: TaskRow, holder: str) -> Text:
    """The role asked, and the person who has it."""
    role = ROLE_TITLES[Role(task.role)]
    return Text(f"{role.en} {holder}".strip(), f"{role.zh}{holder}")


def until(due: datetime | None, by: Calendar) -> Text:
    if due is None:
        return Text("no limit runs", "期限暂停计算")
    if by.demonstration:
        at = due.astimezone(SHANGHAI).strftime("%H:%M:%S")
        return Text(f"until {at}", f"期限 {at}")
    day = last_day_of(due)
    return Text(f"until {day.isoformat()}", f"期限 {day.month} 月 {day.day} 日")


def of_task(task: TaskRow, case: Case, holder: str, cause: str, sight: Sight) -> Text:
    """Why this task holds its case up."""
    title = spec_of(task).title
    if case.suspended_at is not None:
        return Text(
            "Suspended by a supervisor; all limits stand still.", "已由审核负责人中止办理，全部期限停止计算。"
        )
    person = who(task, holder)
    if cause == "unclaimed":
        days = sight.by.working_days_between(task.opened_at, sight.now)
        return Text(
            f"“{title.en}” has waited {days} working days and nobody of “{person.en}” has claimed it.",
            f"“{title.zh}”已等候 {days} 个工作日，{person.zh}组内无人领取。",
        )
    late = task.due_at is not None and task.due_at <= sight.now
    over = -sight.by.left(task.due_at, sight.now) if task.due_at is not None and late else 0
    limit = until(task.due_at, sight.by)
    head = Text(f"Waits for {person.en} to “{title.en}”", f"等待{person.zh}{title.zh}")
    tail = (
        Text(f"{over} working day(s) past the limit.", f"已超过期限 {over} 个工作日。")
        if late
        else Text(f"{limit.en}.", f"{limit.zh}。")
    )
    more = _more(task, case, sight)
    return Text(f"{head.en}; {tail.en} {more.en}".strip(), f"{head.zh}，{tail.zh}{more.zh}")


def _more(task: TaskRow, case: Case, sight: Sight) -> Text:
    """What else bears on it: the panel's arithmetic, a wish for more time, somebody who put it aside."""
    en, zh = [], []
    if (case.id, task.key) in sight.asked:
        waiting, answered = sight.asked[case.id, task.key]
        en.append(f"{waiting} of {waiting + answered} experts have not answered ({answered} have).")
        zh.append(f"本件等待 {waiting + answered} 名专家中的 {waiting} 名（已回 {answered} 名）。")
    if task.extension_asked:
        days = task.extension_asked.get("days")
        en.append(f"{days} more days are asked for and not decided.")
        zh.append(f"已申请延长 {days} 个工作日，尚未批复。")
    if task.hold_reason:
        en.append(f"Put aside: {task.hold_reason}.")
        zh.append(f"承办人已搁置：{task.hold_reason}。")
    return Text(" ".join(en), "".join(zh))


def of_trouble(row: EngineTrouble) -> Text:
    """What fails, how often, and what to do; what the program said is the detail of the row."""
    if row.kind == "disagree":
        return Text(
            f"Rows disagree: {row.message}.", f"{row.message}。请核对案卷，由系统管理员“按办理记录恢复”。"
        )
    if row.kind == "workflow_task":
        return Text(
            "The course cannot be carried on by the present program: hand the technical detail to the engineers.",
            "当前程序无法推进本件流程，请将技术细节交技术人员处理。",
        )
    name = step(row.what)
    again = f"{row.next_try_at.astimezone(SHANGHAI):%H:%M:%S}" if row.next_try_at else ""
    words = trouble_words.told(row.message).words
    return Text(
        f"“{name.en}” has failed {row.attempts} time(s): {words.en}"
        + (f" Next try at {again}." if again else ""),
        f"“{name.zh}”第 {row.attempts} 次执行失败：{words.zh}"
        + (f" 下次自动重试 {again}。" if again else ""),
    )


def detail_of(row: EngineTrouble) -> str:
    """What the program said of it, for the engineers; empty where the sentence has it all."""
    if row.kind == "workflow_task":
        return " ".join(row.message.split())
    return trouble_words.told(row.message).detail if row.kind == "activity" else ""


def of_parked(case: Case) -> Text:
    words = trouble_words.told(case.needs_operator).words
    return Text(
        f"The course cannot go on by itself: {words.en.rstrip('.')}. Mend the cause, then wake it.",
        f"流程无法自动继续：{words.zh.rstrip('。')}。请排除原因后唤起流程。",
    )


_ENTRY = {
    "changed": ("was changed: its content has another hash", "内容被改动（与其散列不符）"),
    "gone": ("is gone", "被删除"),
    "broken": ("does not continue the one before it", "与前一条不相接（被插入或者改写）"),
}


def of_entry(found: dict[str, Any]) -> Text:
    """An entry of the trail that somebody changed, by its case and number."""
    en, zh = _ENTRY[found["what"]]
    case, chain = found["case_no"], "系统记录链"
    return Text(
        f"Entry {found['seq']} of {case or 'the chain of the system'} {en}. Run the full verification and compare"
        " with the daily files and the backup.",
        f"{'办件 ' + case + ' ' if case else chain}的第 {found['seq']} 条审计记录{zh}。请进行完整校验，并与每日导出文件、备份核对。",
    )


def of_balance(found: dict[str, Any]) -> Text:
    """A balance that is not the sum of its movements."""
    return Text(
        f"Account {found['account']}, {found['lot']}: the balance says {found['posted']:,} g (set aside"
        f" {found['held']:,}), its movements give {found['posted_due']:,} g (set aside {found['held_due']:,}).",
        f"账户 {found['account']}（{found['lot']}）的余额 {found['posted']:,} 克（冻结 {found['held']:,} 克）与逐笔登记合计"
        f" {found['posted_due']:,} 克（冻结 {found['held_due']:,} 克）不一致，余额被直接改动。",
    )


#: What the relay notes of a message whose course has come to its end.
COURSE_ENDED = "the case's workflow has ended"


def of_message(row: Outbox) -> Text:
    """Why a message was not heard; what the engine said of it is the detail of the row."""
    if row.dead:
        return Text(
            "A message found the course ended and lies with the dead letters.",
            "流程已结束，消息无人接收，已转入死信。",
        )
    return Text(
        f"A decision is recorded but not yet delivered to the engine ({row.attempts} tries).",
        f"决定已记录，尚未送达流程引擎（已尝试 {row.attempts} 次），引擎恢复后自动送达。",
    )


def said_of(row: Outbox) -> str:
    """What the engine said of a message, for the engineers."""
    return "" if row.last_error == COURSE_ENDED else row.last_error
