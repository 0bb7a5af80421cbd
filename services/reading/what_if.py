"""What if 假设推演: what an answer, a delay or an extension would mean for one case. Reads rows and changes none.

Limits come from the same settings, days from the same calendar, ends from the same ledgers as the course itself
uses; what follows an answer is the course's order in a table, held against played courses by tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from models.procedures import procedure
from models.tables import Case, Deadline, TaskRow
from models.vocabulary.errors import DomainError, Invalid, Problem
from models.vocabulary.roles import ROLE_TITLES, Role
from models.vocabulary.specs import OVERDUE, ProcedureSpec, Task
from models.vocabulary.text import Text
from services import calendar, cases, clock, deadlines, limits
from services.access import spec_of
from services.calendar import Calendar
from services.reading.forecast import StageForecast, forecast

KINDS: dict[str, Text] = {
    "answered": Text("answered today", "今日作出下列结论"),
    "late": Text("answered late", "逾期若干个工作日答复"),
    "extended": Text("extended", "延长期限"),
}
#: (task, outcome) -> what the course asks next, and the letters it sends. Who is not listed leads to the next step.
FOLLOWS: dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]] = {
    ("formal_review", "request_correction"): (("correction",), ("correction_notice",)),
    ("formal_review", "accept"): ((), ("acceptance_notice",)),
    ("formal_review", "refuse"): (("refusal_approval",), ()),
    ("refusal_approval", "confirm"): ((), ("refusal_notice",)),
    ("correction", OVERDUE): ((), ("termination_notice",)),
    ("correction", "resubmit"): (("formal_review",), ("appendix_a", "appendix_b", "appendix_c")),
    ("revision", OVERDUE): ((), ("termination_notice",)),
    ("revision", "resubmit"): (("revision_check",), ("appendix_a", "appendix_b", "appendix_c")),
    ("revision_check", "not_ok"): (("revision",), ()),
    ("expert_invitation", OVERDUE): (("expert_invitation",), ()),
    ("expert_opinion", OVERDUE): (("expert_invitation", "expert_opinion"), ()),
}


@dataclass(frozen=True)
class Supposed:
    """A supposition about one open task.

    Args:
        kind: answered | late | extended.
        outcome: of `answered`.
        days: of `late` (working days past the limit) and `extended` (in the unit of the limit).
    """

    task: TaskRow
    kind: str
    outcome: str = ""
    days: int = 0


@dataclass(frozen=True)
class Line:
    """Something that would be asked of somebody. `old` is its end today, where it is open already."""

    title: Text
    who: Text
    days: int
    unit: str
    opens_at: datetime
    due_at: datetime
    old: datetime | None = None
    note: Text | None = None


@dataclass(frozen=True)
class LetterOut:
    """A letter that would go out."""

    title: Text
    at: datetime
    note: Text


@dataclass
class WhatIf:
    """What would follow.

    Args:
        stages: (title, end as things stand, end then).
        ended: the case would end so.
    """

    lines: list[Line] = field(default_factory=list)
    letters: list[LetterOut] = field(default_factory=list)
    stages: list[tuple[Text, StageForecast, StageForecast]] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)


def suppose(session: Session, case: Case, wanted: Supposed) -> WhatIf:
    """Lay a supposition on the case as it stands now.

    Raises:
        Invalid: the outcome, the days, or the extension are impossible.
    """
    _demand_possible(session, wanted)
    sum_ = _Sum(session, case)
    if wanted.kind == "answered":
        end = sum_.answered(spec_of(wanted.task), wanted.outcome, sum_.now)
    elif wanted.kind == "late":
        end = sum_.late(wanted.task, wanted.days)
    else:
        end = sum_.extended(wanted.task, wanted.days)
    _lay_stages(session, case, sum_.found, end)
    return sum_.found


def _demand_possible(session: Session, wanted: Supposed) -> None:
    spec, problems = spec_of(wanted.task), []
    if wanted.kind not in KINDS:
        problems.append(Problem("kind", Text("Choose what is supposed.", "请选择假设的情形。")))
    elif wanted.kind == "answered" and spec.outcome(wanted.outcome) is None:
        problems.append(
            Problem("outcome", Text("Choose an outcome of this task.", "请选择本事项的一种结论。"))
        )
    elif wanted.kind != "answered" and not 1 <= wanted.days <= 250:
        problems.append(Problem("days", Text("Give 1 to 250 days.", "请填写 1 至 250 之间的天数。")))
    if problems:
        raise Invalid(tuple(problems))
    if wanted.kind == "extended":
        try:
            deadlines.may_extend(session, wanted.task, wanted.days, "假设")
        except DomainError as error:
            raise Invalid(error.problems or (Problem("days", error.detail),)) from error


class _Sum:
    """Counts one supposition."""

    def __init__(self, session: Session, case: Case) -> None:
        self.session, self.case, self.found = session, case, WhatIf()
        self.spec: ProcedureSpec = procedure(case.procedure)
        self.by: Calendar = calendar.current(session)
        self.now = clock.now()

    def ask(self, key: str, at: datetime, note: Text | None = None) -> datetime:
        """A task the course would open at `at`: the limit of that day, counted as `deadlines.open_for_task` does."""
        task = self.spec.task(key)
        budget = limits.value(self.session, task.limit.key, calendar.day_of(at))
        due = self.by.due(at, budget, (), task.limit.unit)
        who = ROLE_TITLES[task.by]
        self.found.lines.append(Line(task.title, who, budget, task.limit.unit, at, due, None, note))
        return due

    def answered(self, task: Task, outcome: str, at: datetime) -> datetime:
        """What follows an answer given at `at`; the end of what is asked then."""
        asked, letters = FOLLOWS.get((task.key, outcome), ((), ()))
        chosen = task.outcome(outcome)
        if chosen is not None:
            self.found.notes.append(chosen.leads_to)
        self.send(letters, at)
        end = at
        for key in asked:
            end = self.ask(key, end)
            self.silence(key, end)
        if task.key == "formal_review" and outcome == "request_correction":
            back = Text(
                "once the applicant has answered on the last day", "申请主体于最后一日提交后，再次审查"
            )
            end = self.ask("formal_review", end, back)
        if task.key == "revision_check" and outcome == "not_ok":
            end = self.ask("revision_check", end, Text("once it is revised", "申请主体提交后，再次复核"))
        return end

    def silence(self, key: str, due: datetime) -> None:
        """What happens at the limit of a task whose silence has an outcome."""
        if self.spec.task(key).lapses:
            _, letters = FOLLOWS.get((key, OVERDUE), ((), ()))
            self.send(letters, due, Text("only if nobody answers by then", "仅在期满仍未答复时发出"))

    def send(self, letters: Sequence[str], at: datetime, note: Text | None = None) -> None:
        known = {d.key: d.title for d in self.spec.documents}
        goes = note or Text("goes out", "随即发出")
        self.found.letters += [LetterOut(known[k], at, goes) for k in letters if k in known]

    def late(self, row: TaskRow, days: int) -> datetime:
        """Answered so many working days after the limit, by everybody who is asked the same."""
        task, end = spec_of(row), self.now
        for one in self._siblings(row):
            due = self._due(one)
            then = self.by.due(due, days, (), "wd")
            if not task.lapses:
                note = Text("past the limit; the supervisor is told", "超过期限，届满时报告审核负责人")
                who = ROLE_TITLES[task.by]
                self.found.lines.append(Line(task.title, who, days, "wd", due, then, due, note))
                end = max(end, then)
                continue
            note = Text("closed at the limit; a later answer is not taken", "期满关闭，逾期答复不再接收")
            self.found.lines.append(
                Line(task.title, ROLE_TITLES[task.by], 0, "wd", one.opened_at, due, due, note)
            )
            end = max(end, self._lapsed(task, due))
        return end

    def _lapsed(self, task: Task, at: datetime) -> datetime:
        asked, letters = FOLLOWS.get((task.key, OVERDUE), ((), ()))
        self.send(letters, at, Text("the case ends", "办件终止"))
        replaced = Text("of the expert who replaces", "由补选的专家办理")
        for key in asked:
            at = self.ask(key, at, replaced if task.by is Role.EXPERT else None)
        return at

    def extended(self, row: TaskRow, days: int) -> datetime:
        """The ledger with more days: the sum `deadlines.extend` would pin."""
        ledger, task = deadlines.of_task(self.session, row), spec_of(row)
        if deadlines.is_paused(ledger):
            words = Text(
                "The clock stands still; there is no end to move.", "期限处于中止状态，恢复后才能推算。"
            )
            raise Invalid((Problem("days", words),))
        due = self.by.due(ledger.anchor_at, ledger.budget + days, deadlines.pauses_of(ledger), ledger.unit)
        line = Line(
            task.title, ROLE_TITLES[task.by], ledger.budget + days, ledger.unit, ledger.anchor_at, due,
            ledger.due_at, Text("one extension, no second", "只能延长一次"),
        )  # fmt: skip
        self.found.lines.append(line)
        self.silence(task.key, due)
        return due

    def _siblings(self, row: TaskRow) -> list[TaskRow]:
        rows = cases.open_tasks(self.session, self.case.id)
        return [t for t in rows if (t.key, t.round) == (row.key, row.round)] or [row]

    def _due(self, row: TaskRow) -> datetime:
        return row.due_at or self.now


def _lay_stages(session: Session, case: Case, found: WhatIf, end: datetime) -> None:
    titles = {s.key: s.title for s in procedure(case.procedure).stages}
    now, then = forecast(session, case), forecast(session, case, end)
    found.stages = [(titles[a.stage], a, b) for a, b in zip(now, then, strict=True)]


def may_be_supposed(session: Session, case: Case) -> list[tuple[TaskRow, Deadline | None]]:
    """The open tasks of a case with their ledgers, one of each kind and round."""
    rows = session.exec(
        select(TaskRow, Deadline)
        .outerjoin(Deadline, col(Deadline.task_id) == col(TaskRow.id))
        .where(TaskRow.case_id == case.id, col(TaskRow.state).in_(["open", "claimed"]))
        .order_by(col(TaskRow.opened_at), col(TaskRow.slot))
    ).all()
    kept: dict[tuple[str, int], tuple[TaskRow, Deadline | None]] = {}
    for task, ledger in rows:
        kept.setdefault((task.key, task.round), (task, ledger))
    return list(kept.values())
