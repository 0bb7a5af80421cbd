"""Causes a case stands still for, and the SQL that sorts every open task into exactly one of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, literal
from sqlmodel import Session, col

from models.tables import Case, TaskRow
from models.vocabulary.roles import FILERS, STAFF, Role
from models.vocabulary.text import Text
from services import calendar, clock
from services.counting import Calendar, DemonstrationClock, day_of, end_of

#: A task nobody has claimed for so many working days stands still.
UNCLAIMED_AFTER = 2


@dataclass(frozen=True)
class Cause:
    """A group of the console.

    Args:
        counts: False for lawful waits, which are shown and not counted.
        technical: something of the machine, not a person, holds the case up.
    """

    key: str
    title: Text
    hint: Text
    counts: bool = True
    technical: bool = False


CAUSES: dict[str, Cause] = {
    c.key: c
    for c in (
        Cause(
            "engine",
            Text("Workflow engine", "流程引擎"),
            Text("Nothing goes on by itself until it runs again; decisions are kept.", "恢复前流程不会自动推进；已作决定均已保存，不会丢失。"),
            technical=True,
        ),
        Cause(
            "operator",
            Text("Parked by a fault", "流程因故障停住"),
            Text("The course cannot go on by itself.", "流程无法自动继续，须排除原因后唤起。"),
            technical=True,
        ),
        Cause(
            "activity",
            Text("A step fails", "步骤执行失败"),
            Text("Tried again and again by itself; the message says what to mend.", "系统会自动重试；请按错误信息排除原因。"),
            technical=True,
        ),
        Cause(
            "workflow_task",
            Text("The course itself fails", "流程程序出错"),
            Text("For engineers: the program cannot carry this course on.", "须由技术人员处理：当前程序无法推进该流程。"),
            technical=True,
        ),
        Cause(
            "disagree",
            Text("Rows that disagree", "数据不一致"),
            Text("Something was changed past the program.", "数据被绕过系统直接改动，请核对并更正。"),
            technical=True,
        ),
        Cause(
            "proof",
            Text("Records and accounts", "审计记录与账目"),
            Text("An entry of the trail, or a balance, was changed past the program.", "审计记录或者账户余额被绕过系统直接改动，须由系统管理员会同审计人员核查。"),
            technical=True,
        ),
        Cause(
            "delivery",
            Text("Not delivered to the engine", "未送达流程引擎"),
            Text("Delivered by itself once the engine is back.", "引擎恢复后自动送达。"),
            technical=True,
        ),
        Cause(
            "dead",
            Text("Dead letters", "死信"),
            Text("Messages nobody is left to hear.", "流程已结束，无人接收的消息。"),
            technical=True,
        ),
        Cause("overdue", Text("Overdue", "已逾期"), Text("Past the limit.", "已超过办理期限。")),
        Cause("due_soon", Text("Due within a day", "临期（1 个工作日内）"), Text("Ends today or on the next working day.", "今天或下一工作日到期。")),
        Cause("unclaimed", Text("Nobody has claimed it", "无人领取"), Text("Longer than two working days.", "超过 2 个工作日无人领取。")),
        Cause("applicant", Text("Waits for the applicant", "等待申请人"), Text("Past their limit, or asking for more time.", "申请人逾期未办，或已申请延期待批。")),
        Cause("experts", Text("Waits for experts", "等待专家"), Text("One row an expert, over all cases.", "同一专家的全部待办合并为一行。")),
        Cause("exchange", Text("Waits for the exchange", "等待环交所"), Text("Tasks of the exchange.", "由环交所办理的事项。")),
        Cause("agency", Text("Waits for the institution", "等待技术服务机构"), Text("Technical reviews by institutions.", "由专业技术服务机构办理的事项。")),
        Cause("lawful", Text("Lawful waits", "正常等待"), Text("Publicity, time of the applicant, suspended cases: nothing to do.", "公示期内、申请人期限内、已中止的办件，无需处理，不计入滞办。"), counts=False),
    )
}  # fmt: skip
OF_TASKS = ("overdue", "due_soon", "unclaimed", "applicant", "experts", "exchange", "agency", "lawful")
_EXCHANGE = (Role.EXCHANGE.value, Role.MALL.value)
_FILERS = tuple(sorted(r.value for r in FILERS))
_STAFF = tuple(sorted(r.value for r in STAFF))


@dataclass(frozen=True)
class Moments:
    """The instants the causes turn on, worked out once a page from the calendar."""

    now: datetime
    soon: datetime
    unclaimed_before: datetime
    by: Calendar


def moments(session: Session) -> Moments:
    """`soon` is the end of the next working day; what was opened before `unclaimed_before` has waited too long."""
    by, now = calendar.current(session), clock.now()
    soon = by.due(now, 1)
    if isinstance(by, DemonstrationClock):
        return Moments(now, soon, now - by.length * (UNCLAIMED_AFTER + 1), by)
    day = day_of(now)
    passed = 0
    while passed <= UNCLAIMED_AFTER:  # the working days after the day of opening are counted
        passed += by.is_working(day)
        day -= timedelta(days=1)
    return Moments(now, soon, end_of(day), by)


def of_task(at: Moments) -> ColumnElement[Any]:
    """The cause of an open task, as SQL; empty for a task that is simply being worked on."""
    role, due = col(TaskRow.role), col(TaskRow.due_at)
    late = and_(due.is_not(None), due <= at.now)
    nobody = and_(
        col(TaskRow.assignee_id).is_(None),
        col(TaskRow.reserved_for).is_(None),
        col(TaskRow.party_id).is_(None),
        role.in_(_STAFF),
        col(TaskRow.opened_at) < at.unclaimed_before,
    )
    asks = col(TaskRow.extension_asked) != literal({}, type_=TaskRow.__table__.c.extension_asked.type)  # type: ignore[attr-defined]
    return case(
        (col(Case.suspended_at).is_not(None), "lawful"),
        (role == Role.EXPERT.value, "experts"),
        (and_(role.in_(_FILERS), late | asks), "applicant"),
        (role.in_(_FILERS), "lawful"),
        (role.in_(_EXCHANGE), "exchange"),
        (role == Role.AGENCY.value, "agency"),
        (late, "overdue"),
        (and_(due.is_not(None), due <= at.soon), "due_soon"),
        (nobody, "unclaimed"),
        else_="",
    )
