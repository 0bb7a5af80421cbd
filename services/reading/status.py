"""The status page of a case: where it is, whose turn, must I act, by when at the latest, whom to ask (screens 3.2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from models.procedures import procedure
from models.tables import AuditEvent, Case, DocumentRow, Finding, TaskRow
from models.vocabulary.events import Event
from models.vocabulary.specs import ProcedureSpec, Stage
from models.vocabulary.statuses import CASE_STATUS_TITLES, ENDS, NEGATIVE_ENDS, CaseStatus
from models.vocabulary.text import Text
from services import cases, deadlines, form_fields
from services.access import Actor, visible_documents
from services.reading.explain import Wait, waits
from services.reading.forecast import StageForecast, forecast
from services.reading.timeline import TimelineItem, timeline
from services.settings import settings


@dataclass(frozen=True)
class Duty:
    """Something the reader must do. `count` requests wait in it."""

    task_id: str
    key: str
    title: Text
    count: int
    due_at: datetime | None
    paused: bool
    may_extend: bool


@dataclass(frozen=True)
class Header:
    """The five facts. `step` of `steps` counts stages; `left` are working days."""

    submitted_at: datetime | None
    now: Text
    step: int
    steps: int
    turn: Text
    duties: tuple[Duty, ...]
    latest: datetime | None
    left: int | None
    contact: str


@dataclass(frozen=True)
class Step:
    """A step of the tracker: done, current or future; never shown backwards, `round` tells of loops."""

    key: str
    title: Text
    words: Text
    state: str
    since: datetime | None = None
    ended: datetime | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    round: int = 1
    inside: Text | None = None
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """A request for correction or revision as a card."""

    finding: Finding
    field: Text
    status: str
    words: Text
    due_at: datetime | None
    task_id: str


@dataclass(frozen=True)
class CaseOverview:
    case: Case
    status: Text
    ended: bool
    negative: bool
    header: Header
    steps: tuple[Step, ...]
    waits: tuple[Wait, ...]
    requests: tuple[Request, ...]
    timeline: tuple[TimelineItem, ...]
    documents: tuple[DocumentRow, ...]
    tasks: tuple[TaskRow, ...]
    forecast: tuple[StageForecast, ...]
    may_withdraw: bool

    @property
    def waiting_for(self) -> Text:
        """One sentence: what the case waits for."""
        return waiting_words(self.case, self.waits)


def overview(session: Session, actor: Actor, case: Case) -> CaseOverview:
    """Everything the status page shows to this reader, who must have come by `access.case_for`."""
    status, found = CaseStatus(case.status), waits(session, actor, case)
    ahead = forecast(session, case)
    dated = [] if status is CaseStatus.SUSPENDED else ahead  # what is to come is known, nobody knows when
    tasks = cases.open_tasks(session, case.id)
    findings = _findings(session, case)
    steps = _steps(session, case, {f.stage for f in ahead}, dated)
    return CaseOverview(
        case=case,
        status=CASE_STATUS_TITLES[status],
        ended=status in ENDS,
        negative=status in NEGATIVE_ENDS,
        header=_header(session, case, found, dated, steps, tasks, findings),
        steps=tuple(steps),
        waits=tuple(found),
        requests=tuple(_requests(case, findings, tasks)),
        timeline=tuple(timeline(session, actor, case)),
        documents=tuple(reversed(visible_documents(session, actor, case))),
        tasks=tuple(tasks),
        forecast=tuple(dated),
        may_withdraw=cases.may_withdraw(actor, case),
    )


def waiting_words(case: Case, found: tuple[Wait, ...] | list[Wait]) -> Text:
    """What the case waits for, in public words."""
    return words_of(case, [w.sentence for w in found])


def words_of(case: Case, found: list[Text]) -> Text:
    """The same of the sentences alone."""
    status = CaseStatus(case.status)
    if status in ENDS:
        return Text("Nothing: the case has ended.", "无，本件已办结。")
    if status is CaseStatus.DRAFT:
        return Text("Waiting for the applicant to submit.", "等待申请主体提交申请。")
    if status is CaseStatus.SUSPENDED:
        return Text("The procedure is suspended; limits stand still.", "办理已中止，各项期限暂停计算。")
    if not found:
        return _of_its_own_accord(case) or Text(
            "Received; the system is preparing the next step.", "材料已收到，系统正在安排下一步。"
        )
    told = list(dict.fromkeys(found))  # both offices sign one report: the same sentence is said once
    return Text(" ".join(words.en for words in told), "".join(words.zh for words in told))


def _of_its_own_accord(case: Case) -> Text | None:
    """The public words of a step in which nobody has anything to do: an event that has not begun, or runs."""
    stage = next((s for s in procedure(case.procedure).stages if s.key == case.stage), None)
    return stage.public if stage is not None and not stage.limits else None


# ---- header --------------------------------------------------------------------------------------


def _header(
    session: Session,
    case: Case,
    found: list[Wait],
    ahead: list[StageForecast],
    steps: list[Step],
    tasks: list[TaskRow],
    findings: list[Finding],
) -> Header:
    latest = ahead[-1].ends_at if ahead and case.submitted_at is not None else None
    stages = [s for s in steps if s.key != "submitted"]
    return Header(
        submitted_at=case.submitted_at,
        now=_now(case, steps),
        turn=_turn(case, found),
        step=sum(1 for s in stages if s.state != "future"),
        steps=len(stages),
        duties=tuple(_duty(case, w, tasks, findings) for w in found if w.mine),
        latest=latest,
        left=deadlines.left(session, latest) if latest else None,
        contact=settings().contact,
    )


def _now(case: Case, steps: list[Step]) -> Text:
    status = CaseStatus(case.status)
    if status in ENDS or status in (CaseStatus.DRAFT, CaseStatus.SUSPENDED):
        return CASE_STATUS_TITLES[status]
    current = next((s for s in steps if s.state == "current"), None)
    return (current.inside or current.title) if current else CASE_STATUS_TITLES[status]


def _turn(case: Case, found: list[Wait]) -> Text:
    if CaseStatus(case.status) in ENDS:
        return Text("Nobody", "无")
    if CaseStatus(case.status) is CaseStatus.DRAFT:
        return Text("You", "您")
    if not found:
        return Text("The system", "系统安排中")
    who = list(dict.fromkeys(w.who for w in found))
    return Text(", ".join(w.en for w in who), "、".join(w.zh for w in who))


def _duty(case: Case, wait: Wait, tasks: list[TaskRow], findings: list[Finding]) -> Duty:
    task = next(t for t in tasks if str(t.id) == wait.task_ids[0])
    count = sum(1 for f in findings if f.stage == task.key and f.round == task.round)
    return Duty(
        wait.task_ids[0],
        wait.key,
        wait.title,
        max(1, count),
        wait.due_at,
        wait.paused,
        wait.extension and not task.extension_asked,
    )


# ---- steps ---------------------------------------------------------------------------------------


def _steps(session: Session, case: Case, coming: set[str], dated: list[StageForecast]) -> list[Step]:
    spec = procedure(case.procedure)
    entered, rounds = _history(session, case)
    expected = {f.stage: f for f in dated}
    shown = [s for s in spec.stages if not s.optional or s.key in entered or s.key in coming]
    furthest = max((i for i, s in enumerate(shown) if s.key in entered), default=-1)
    first = Step(
        "submitted",
        spec.opening,
        Text("", ""),
        "done" if case.submitted_at else "current",
        ended=case.submitted_at,
    )
    return [first] + [
        _step(spec, case, s, i, furthest, entered, rounds, shown, expected) for i, s in enumerate(shown)
    ]


def _history(session: Session, case: Case) -> tuple[dict[str, datetime], dict[str, int]]:
    """When each stage was first entered, and how many rounds it has seen."""
    entered: dict[str, datetime] = {}
    rounds: dict[str, int] = {}
    watched = [Event.STAGE_ENTERED.value, Event.TASK_OPENED.value, Event.CASE_RETURNED.value]
    path: list[Any] = []
    happened: Iterable[Any] = session.exec(
        select(AuditEvent.event, AuditEvent.stage, AuditEvent.at, AuditEvent.data)
        .where(AuditEvent.case_id == case.id, col(AuditEvent.event).in_(watched))
        .order_by(col(AuditEvent.id))
    )
    for row in happened:
        if row.event == Event.CASE_RETURNED.value:  # what was gone back on is ahead again
            del path[int(row.data["kept"]) :]
            rounds = {e.stage: rounds[e.stage] for e in path if e.stage in rounds}
        elif row.event == Event.STAGE_ENTERED.value:
            path.append(row)
        else:
            rounds[row.stage] = max(rounds.get(row.stage, 1), int(row.data.get("round") or 1))
    for row in path:
        entered.setdefault(str(row.data["stage"]), row.at)
    return entered, rounds


def _step(
    spec: ProcedureSpec,
    case: Case,
    stage: Stage,
    index: int,
    furthest: int,
    entered: dict[str, datetime],
    rounds: dict[str, int],
    shown: list[Stage],
    expected: dict[str, StageForecast],
) -> Step:
    ended = CaseStatus(case.status) in ENDS
    done = index < furthest or (ended and index == furthest)
    state = "done" if done else "current" if index == furthest else "future"
    guess = expected.get(stage.key)
    looped = state == "current" and case.stage not in ("", stage.key)
    return Step(
        key=stage.key,
        title=stage.title,
        words=stage.public,
        state=state,
        since=entered.get(stage.key),
        ended=_left_at(index, shown, entered, case) if done else None,
        starts_on=guess.starts_on if guess else None,
        ends_on=guess.ends_on if guess else None,
        round=rounds.get(stage.key, 1) + (1 if looped else 0),
        inside=spec.stage(case.stage).title if looped else None,
        rules=stage.rules,
    )


def _left_at(index: int, shown: list[Stage], entered: dict[str, datetime], case: Case) -> datetime | None:
    later = [entered[s.key] for s in shown[index + 1 :] if s.key in entered]
    return min(later) if later else case.ended_at


# ---- requests ------------------------------------------------------------------------------------

REQUEST_WORDS: dict[str, Text] = {
    "open": Text("Not answered", "未回复"),
    "answered": Text("Answered", "已回复"),
    "accepted": Text("Settled", "已落实"),
    "rejected": Text("Not settled", "未落实"),
    "cancelled": Text("No longer needed", "已取消"),
}


def _findings(session: Session, case: Case) -> list[Finding]:
    return list(session.exec(select(Finding).where(Finding.case_id == case.id).order_by(col(Finding.id))))


def _requests(case: Case, findings: list[Finding], tasks: list[TaskRow]) -> list[Request]:
    """Requests that were made known: those of an open task first, then earlier ones, newest round first."""
    open_ = {(t.key, t.round): t for t in tasks}
    out = []
    for f in findings:
        task = open_.get((f.stage, f.round))
        if task is None and f.verdict == "open" and CaseStatus(case.status) not in ENDS:
            continue  # noted by a reviewer, not sent to the applicant yet
        status = "cancelled" if task is None and f.verdict == "open" else f.verdict
        out.append(
            Request(
                f,
                target_title(case, f.target),
                status,
                REQUEST_WORDS[status],
                task.due_at if task else None,
                str(task.id) if task else "",
            )
        )
    return sorted(out, key=lambda r: (not r.task_id, -r.finding.round, r.finding.number))


def target_title(case: Case, target: str) -> Text:
    """A finding's target in words: a field of the form, or a material."""
    spec = procedure(case.procedure)
    if target.startswith("materials."):
        kind = target.removeprefix("materials.")
        title = next((m.title for m in spec.materials if m.kind == kind), Text(kind, kind))
        return Text(f"Material: {title.en}", f"材料：{title.zh}")
    return (
        form_fields.title_of(spec.form, target)
        if target
        else Text("The application as a whole", "申请材料整体")
    )
