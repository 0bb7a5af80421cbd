"""How a case of the city goes: stages, tasks and events with the times an office would take."""

import hashlib
import json
import random
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from services.calendar import WorkingCalendar
from services.clock import SHANGHAI


class Office:
    """Working days as numbers, so that a duration is an addition."""

    def __init__(self, by: WorkingCalendar, first: date, now: datetime) -> None:
        days = [first + timedelta(n) for n in range((now.date() - first).days + 400)]
        self.days = [d for d in days if by.is_working(d)]
        self.mornings = [datetime.combine(d, time(9), SHANGHAI).astimezone(UTC) for d in self.days]
        self.ends = [datetime.combine(d + timedelta(1), time(), SHANGHAI).astimezone(UTC) for d in self.days]
        self.now = now
        self.today = bisect_left(self.days, now.astimezone(SHANGHAI).date())

    def at(self, place: float) -> datetime:
        """The instant of a place in office time: whole = the day, fraction = the part of its eight hours."""
        day = int(place)
        return self.mornings[day] + timedelta(minutes=int((place - day) * 480))


@dataclass(frozen=True)
class Step:
    """A stage of the city's course.

    Args:
        task: (key, role) of the answer the stage mostly waits for.
        limit: working days of that task.
        days: median working days taken.
        ways: (probability, status) of ending here.
    """

    stage: str
    task: tuple[str, str]
    limit: int
    days: float
    ways: tuple[tuple[float, str], ...] = ()


PROJECT = (
    Step("formal_review", ("formal_review", "intake"), 5, 3, ((0.17, "not_accepted"), (0.11, "lapsed"), (0.07, "withdrawn"))),
    Step("technical_review", ("triage", "officer"), 2, 1.2),
    Step("expert_review", ("group_opinion", "expert"), 5, 16, ((0.09, "rejected"), (0.02, "withdrawn"))),
    Step("publicity", ("publicity_release", "officer"), 3, 7, ((0.02, "rejected"),)),
    Step("opinion", ("technical_opinion", "officer"), 5, 4),
    Step("publication", ("publication", "officer"), 5, 3),
)  # fmt: skip
SCENARIO = (
    Step("readiness", ("readiness_check", "intake"), 5, 3, ((0.08, "lapsed"), (0.05, "withdrawn"))),
    Step("formal_review", ("formal_review", "intake"), 5, 3, ((0.12, "not_accepted"),)),
    Step("joint_review", ("exchange_review", "exchange"), 15, 11, ((0.12, "rejected"),)),
    Step("publicity", ("publicity_release", "officer"), 3, 7),
    Step("publication", ("publication", "officer"), 5, 3),
    Step("connection", ("connection_test", "exchange"), 20, 14),
)
#: The paper an answer leads to, where it is of its own kind.
PAPERS = {
    "group_opinion": "group_opinion",
    "publicity_release": "publicity_notice",
    "technical_opinion": "technical_opinion",
    "publication": "publication_notice",
}
COURSES = {"project_application": (PROJECT, "published"), "scenario_application": (SCENARIO, "online")}


@dataclass
class Asked:
    """A task of the city."""

    id: UUID
    key: str
    role: str
    stage: str
    limit: int
    opened: datetime
    due: datetime
    claimed: datetime | None = None
    closed: datetime | None = None
    state: str = "open"
    outcome: str = ""
    holder: int | None = None
    round: int = 1


@dataclass
class Life:
    """A case of the city with all that happened."""

    id: UUID
    procedure: str
    filed: datetime
    status: str = "in_progress"
    stage: str = ""
    stage_since: datetime | None = None
    accepted: datetime | None = None
    ended: datetime | None = None
    tasks: list[Asked] = field(default_factory=list)
    events: list[tuple[datetime, str, str, int | None, str, UUID | None, dict[str, Any]]] = field(
        default_factory=list
    )

    def note(
        self,
        at: datetime,
        event: str,
        who: int | None = None,
        role: str = "system",
        task: UUID | None = None,
        **data: Any,
    ) -> None:
        self.events.append((at, event, self.stage, who, role, task, data))


class Player:
    """Plays cases; the same seed gives the same city."""

    def __init__(self, office: Office, people: dict[str, list[int]], seed: int) -> None:
        self.office, self.people, self.dice = office, people, random.Random(seed)  # noqa: S311 - rows, not secrets

    def uuid(self) -> UUID:
        return UUID(int=self.dice.getrandbits(128), version=4)

    def play(self, procedure: str, start: float, filer: int) -> Life:
        """A case filed at a place of office time, as far as it has come by now."""
        life = Life(self.uuid(), procedure, self.office.at(start))
        life.note(life.filed - timedelta(hours=self.dice.randint(2, 90)), "case.drafted", filer, "applicant")
        for kind in ("licence", "legal_rep_identity", "commencement_operation_proof"):
            life.note(
                life.filed - timedelta(minutes=self.dice.randint(5, 60)),
                "attachment.added",
                filer,
                "applicant",
                kind=kind,
            )
        life.events.sort(key=lambda e: e[0])
        life.note(life.filed, "case.submitted", filer, "applicant", signatory="张明")
        steps, success = COURSES[procedure]
        at = start
        for step in steps:
            left = self._stage(life, step, at, filer)
            if left is None:
                return life
            at = left
        self._end(life, success, self.office.at(at))
        return life

    def _stage(self, life: Life, step: Step, at: float, filer: int) -> float | None:
        """Through a stage; None when the case ended in it or is still there."""
        moment = self.office.at(at)
        before, life.stage, life.stage_since = life.stage, step.stage, moment
        entered = {"stage": step.stage, "from": before}
        life.events.append((moment, "stage.entered", step.stage, None, "system", None, entered))
        life.note(moment, "message.sent", kind="status_changed")
        at_ = self._answer(life, step.task, step.limit, step.days, at, filer)
        if step.stage == "formal_review" and at_ is not None and self.dice.random() < 0.34:
            at_ = self._answer(life, ("correction", "applicant"), 15, 8, at_, filer)
            if at_ is not None:
                at_ = self._answer(life, step.task, step.limit, 1.5, at_, filer, 2)
        if at_ is None:
            return None
        throw = self.dice.random()
        for chance, status in step.ways:
            if throw < chance:
                self._end(life, status, self.office.at(at_))
                return None
            throw -= chance
        if step.stage == "formal_review":
            life.accepted = self.office.at(at_)
            life.note(life.accepted, "document.issued", key="acceptance_notice")
        return at_

    def _answer(
        self,
        life: Life,
        kind: tuple[str, str],
        limit: int,
        median: float,
        at: float,
        filer: int,
        round_: int = 1,
    ) -> float | None:
        """One task from question to answer; None while it is open."""
        key, role = kind
        took = min(self.dice.lognormvariate(0, 0.55) * median, 110.0)
        opened, done = self.office.at(at), at + took
        due = self.office.ends[int(at) + limit]
        task = Asked(self.uuid(), key, role, life.stage, limit, opened, due, round=round_)
        life.tasks.append(task)
        life.note(opened, "task.opened", None, "system", task.id, key=key, slot="1", round=round_)
        life.note(opened, "message.sent", None, "system", task.id, kind="action_needed")
        holder = filer if role == "applicant" else self.dice.choice(self.people[role])
        taken = at + took * self.dice.uniform(0.02, 0.4)
        events = [(taken, "task.claimed", holder), (taken, "personal_data.seen", holder)]
        for share, event in ((0.5, "task.reminded"), (0.8, "task.reminded"), (1.0, "task.escalated")):
            if took > limit * share:
                events.append((at + limit * share, event, 0))
        for place, event, who in sorted(events):
            if self._is_past(place):
                if event == "task.claimed":
                    task.state, task.claimed, task.holder = "claimed", self.office.at(place), holder
                life.note(
                    self.office.at(place), event, who or None, role if who else "system", task.id, key=key
                )
        if not self._is_past(done):
            life.status = "waiting_applicant" if role == "applicant" else "in_progress"
            return None
        task.state, task.closed, task.outcome = "done", self.office.at(done), "done"
        task.holder, task.claimed = holder, task.claimed or task.closed
        life.note(task.closed, "task.completed", holder, role, task.id, key=key, outcome="done", round=round_)
        if self.dice.random() < 0.6:
            life.note(task.closed, "document.issued", key=PAPERS.get(key, "receipt"))
        return done

    def _is_past(self, place: float) -> bool:
        return int(place) < len(self.office.days) - 2 and self.office.at(place) <= self.office.now

    def _end(self, life: Life, status: str, at: datetime) -> None:
        life.status, life.ended = status, at
        life.note(at, "case.ended", result=status)
        life.note(at, "message.sent", kind="status_changed")


def chained(life: Life) -> list[tuple[str, ...]]:
    """The events as rows of the trail, each carrying the hash of the one before (equal to services.audit.digest)."""
    rows: list[tuple[str, ...]] = []
    before, case_id = "", str(life.id)
    public = {"stage.entered", "case.submitted", "case.ended", "document.issued"}
    for seq, (at, event, stage, who, role, task, data) in enumerate(life.events, 1):
        moment, told = (
            at.isoformat(timespec="microseconds"),
            json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        )
        seen = event in public
        canonical = (
            f'{{"at":"{moment}","case":"{case_id}","data":{told},"event":"{event}","ip":"","on_behalf":null,'
            f'"prev":"{before}","public":{"true" if seen else "false"},"rests_on":"","role":"{role}","seq":{seq},'
            f'"stage":"{stage}","task":"{task or ""}","user":{who or "null"}}}'
        )
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        rows.append((
            case_id, str(seq), moment, event, stage, str(who) if who else "\\N", role,
            str(task) if task else "\\N", "t" if seen else "f", told, before, digest,
        ))  # fmt: skip
        before = digest
    return rows
