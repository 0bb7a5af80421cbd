"""One demonstration case and what people do with it, each act through the services at its own time.

A play that was stopped goes on where it stopped: what has been done already is left as it is.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlmodel import Session, col, select

from models.procedures import examples_for, procedure
from models.tables import Case, DocumentRow, Finding, Notice, Objection, Party, TaskRow, User
from models.vocabulary.facts import DeadlineMoved
from models.vocabulary.roles import FILERS, Role
from models.vocabulary.statuses import CaseStatus, TaskState
from runtime.seeds.filings import Filing
from runtime.seeds.moment import Timeline
from runtime.seeds.papers import MATERIALS, paper
from runtime.seeds.theatre import Moments
from services import cases, clock, materials, objections, outbox, tasks
from services.access import Actor, actor_of
from services.reading import prepared
from services.session import reading, transaction

T = TypeVar("T")

PATIENCE = 75.0  # seconds: an activity that was cut off is tried again after sixty
BY_ROLE = {
    Role.INTAKE: "intake",
    Role.OFFICER: "officer",
    Role.SUPERVISOR: "supervisor",
    Role.ISSUER: "issuer",
    Role.AGENCY: "agency",
    Role.EXCHANGE: "exchange",
    Role.MALL: "mall",
    Role.BUREAU: "bureau",
}


class StuckError(RuntimeError):
    """The course did not come to where the play goes on."""


def _only(form: dict[str, Any], parts: tuple[str, ...]) -> dict[str, Any]:
    """Some parts of a form; all where none are named."""
    return {key: form[key] for key in parts} if parts else form


class Play:
    """The acts of one case.

    Args:
        line: the case's own time.
        moments: told of each move, so that the workflow lives in the same time.
        filing: what is filed, and by whom.
    """

    def __init__(self, line: Timeline, moments: Moments, filing: Filing) -> None:
        self.line, self.moments, self.filing = line, moments, filing
        self.filer, self.holder = filing.filer, filing.holder or filing.filer
        self.form: dict[str, Any] = {}
        self.title = filing.procedure
        self.case_no = self.case_id = ""
        self._rounds: dict[tuple[str, str], int] = {}

    # Time and rows.

    def later(self, days: float) -> None:
        """Let working time pass."""
        self._now(self.line.advance(days))

    def _now(self, moment: datetime) -> None:
        if self.case_id:
            self.moments[self.case_id] = moment.astimezone(UTC)

    @contextmanager
    def act(self) -> Iterator[Session]:
        """A transaction at the case's present."""
        with clock.at(self.line.at.astimezone(UTC)), transaction() as session:
            yield session

    def actor(self, session: Session, username: str) -> Actor:
        """The account as the services know it."""
        return actor_of(session.exec(select(User).where(User.username == username)).one())

    def wait(self, what: str, look: Callable[[Session], T | None]) -> T:
        """Look until there is an answer. Raises StuckError."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with reading() as session:
                found = look(session)
                session.expunge_all()
            if found is not None:
                return found
            time.sleep(0.015)
        raise StuckError(f"{self.title}: {what}")

    # What the filing party does.

    def draft(self, parts: tuple[str, ...] = ()) -> None:
        """Open the draft: complete, with its papers, or some parts of the form only."""
        with self.act() as session:
            actor, key = self.actor(session, self.filer), self.filing.procedure
            self.form = self.filing.form(session, actor)
            titles = self.filing.titles(self.form)
            self.title = titles[-1]
            case = session.exec(
                select(Case)
                .where(Case.procedure == key, Case.created_by == actor.user_id, col(Case.title).in_(titles))
                .order_by(col(Case.created_at))
            ).first()
            fresh = case is None
            case = case or cases.create(session, actor, key, _only(self.form, parts))
            self.case_no, self.case_id = case.case_no, str(case.id)
            if fresh and not parts:
                self._papers(session, actor, case)
        self._now(self.line.at)

    def _papers(self, session: Session, actor: Actor, case: Case) -> None:
        party = session.get_one(Party, case.filer_id).name
        for material in procedure(case.procedure).materials:
            if material.needed(self.form) and not material.generated:
                title, about = MATERIALS.get(material.kind, (material.title.zh, "申请材料"))
                day = clock.today().strftime("%Y年%m月%d日")
                name, content = paper(material.kind, party, self.title, day, title, about)
                materials.add(session, actor, case.case_no, material.kind, name, content, sealed=True)

    def submit(self) -> None:
        """File the case."""
        with self.act() as session:
            if self._case(session).status == CaseStatus.DRAFT.value:
                signatory = self.form.get("applicant", {}).get("legal_rep_name", "陈启明")
                actor = self.actor(session, self.filer)
                cases.submit(session, actor, self.case_no, {"accepted": True, "signatory": signatory})

    def withdraw(self, reason: str) -> None:
        """Take the case back."""
        with self.act() as session:
            if self._case(session).ended_at is None:
                cases.withdraw(session, self.actor(session, self.filer), self.case_no, reason)

    def reply(self, key: str, replies: list[str], changes: list[dict[str, Any]], after: float = 0.0) -> None:
        """Answer every finding of the round, with the changed fields."""
        task = self.next_task(key)
        self.later(after)
        with reading() as session:
            numbers = session.exec(
                select(Finding.number)
                .where(Finding.case_id == task.case_id, Finding.stage == key, Finding.round == task.round)
                .order_by(col(Finding.number))
            ).all()
        words = [*replies, *["已按要求修改完善。"] * len(numbers)]
        told = [{"finding": n, "reply": word} for n, word in zip(numbers, words, strict=False)]
        self._complete(task, "resubmit", {"replies": told, "changes": changes}, self.filer)

    # What the others do.

    def answer(
        self, key: str, outcome: str = "", slot: str = "1", after: float = 0.0, **changed: Any
    ) -> None:
        """Answer the next task of this kind the way its example does, with some fields changed.

        Args:
            after: working days it has lain open.
        """
        spec = procedure(self.filing.procedure).task(key)
        outcome = outcome or spec.outcomes[0].key
        task = self.next_task(key, slot)
        self.later(after)
        self._complete(task, outcome, self._fitted(task, examples_for(spec, outcome)) | changed)

    def _fitted(self, task: TaskRow, example: dict[str, Any]) -> dict[str, Any]:
        """The example with the papers and findings of this case."""
        with reading() as session:
            return prepared.fitted(session, session.get_one(Case, task.case_id), task, example)

    def claim(self, key: str, after: float = 0.0) -> None:
        """Take a task in hand and leave it there."""
        task = self.next_task(key)
        self.later(after)
        with self.act() as session:
            if task.state == TaskState.OPEN.value:
                tasks.claim(session, self.actor(session, BY_ROLE[Role(task.role)]), task.id)

    def object_to(self, **form: Any) -> None:
        """Somebody from the public objects to the open notice."""
        notice = self.notice()
        with self.act() as session:
            if session.exec(select(Objection).where(Objection.notice_id == notice.id)).first() is None:
                objections.file(session, notice.id or 0, form, "")

    def next_task(self, key: str, slot: str = "1") -> TaskRow:
        """The next task of this kind and slot, as soon as the course has opened it."""
        round_ = self._rounds[key, slot] = self._rounds.get((key, slot), 0) + 1

        def look(session: Session) -> TaskRow | None:
            return session.exec(
                select(TaskRow).where(
                    TaskRow.case_id == self.case_id,
                    TaskRow.key == key,
                    TaskRow.slot == slot,
                    TaskRow.round == round_,
                )
            ).first()

        return self.wait(f"{key} {slot}/{round_}", look)

    def slots(self, key: str, count: int) -> list[str]:
        """The slots of at least so many tasks of one kind, as soon as they are there."""

        def look(session: Session) -> list[str] | None:
            found = session.exec(
                select(TaskRow.slot)
                .where(TaskRow.case_id == self.case_id, TaskRow.key == key)
                .order_by(TaskRow.slot)
            ).all()
            return list(found) if len(found) >= count else None

        return self.wait(f"{count} × {key}", look)

    def notice(self, round_: int = 1) -> Notice:
        """The notice, as soon as it is published."""
        return self.wait(
            "notice",
            lambda session: session.exec(
                select(Notice).where(Notice.case_id == self.case_id, Notice.round == round_)
            ).first(),
        )

    def document(self, key: str, slot: str = "1") -> None:
        """Wait until a document has been issued."""

        def look(session: Session) -> int | None:
            rows = select(DocumentRow.id).where(DocumentRow.case_id == self.case_id, DocumentRow.key == key)
            return session.exec(rows.where(DocumentRow.slot == slot)).first()

        self.wait(f"{key} {slot}", look)

    def _complete(self, task: TaskRow, outcome: str, form: dict[str, Any], username: str = "") -> None:
        if task.state not in (TaskState.OPEN.value, TaskState.CLAIMED.value):
            return
        with self.act() as session:
            who = self._asked(session, task, username)
            with clock.at(max(self.line.at - timedelta(minutes=25), task.opened_at).astimezone(UTC)):
                tasks.claim(session, who, task.id)
            tasks.complete(session, who, task.id, outcome, form)

    def _asked(self, session: Session, task: TaskRow, username: str) -> Actor:
        """Who answers: the expert it is reserved for, else the account of the role."""
        if task.reserved_for is not None:
            return actor_of(session.get_one(User, task.reserved_for))
        mine = self.holder if Role(task.role) in FILERS else ""
        return self.actor(session, username or mine or BY_ROLE[Role(task.role)])

    def _case(self, session: Session) -> Case:
        return session.exec(select(Case).where(Case.case_no == self.case_no)).one()

    # Waiting for the engine.

    def publicity_over(self) -> None:
        """Let the days of the publicity pass; the workflow closes it at its end."""
        notice = self.notice()
        assert notice.closes_at is not None
        self._now(self.line.move_to(notice.closes_at))
        with self.act() as session:
            outbox.send(
                session,
                notice.case_id,
                "deadline_moved",
                DeadlineMoved(task_id="publicity/1", due_at=notice.closes_at),
            )
        self.wait(
            "end of publicity",
            lambda session: session.exec(
                select(Notice.id).where(Notice.id == notice.id, Notice.state != "open")
            ).first(),
        )

    def ended(self) -> None:
        """Wait for the end of the course."""
        self.wait(
            "end",
            lambda session: session.exec(
                select(Case.id).where(Case.case_no == self.case_no, col(Case.ended_at).is_not(None))
            ).first(),
        )

    def hand_over(self) -> None:
        """Tell the workflow the true limits of what is open."""
        with self.act() as session:
            case = self._case(session)
            if case.submitted_at is not None and case.ended_at is None:
                cases.tell_deadlines(session, case)
