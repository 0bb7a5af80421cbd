"""Everything one task's page shows, read once: the step and its neighbours, the papers, the replies, who else could."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from models.procedures import procedure
from models.tables import (
    Attachment,
    AuditEvent,
    Case,
    CaseVersion,
    DocumentRow,
    EtsUnit,
    Expert,
    Finding,
    Objection,
    ObjectionPaper,
    PanelMember,
    Submission,
    TaskDraft,
    TaskRow,
    User,
)
from models.vocabulary.errors import NotFound, Problem
from models.vocabulary.roles import OVERSIGHT, STAFF
from models.vocabulary.specs import Material, Task
from models.vocabulary.statuses import TASK_STATE_TITLES, TaskState
from models.vocabulary.text import Text
from services import (
    access,
    answers,
    blinding,
    deadlines,
    eligibility,
    escalation,
    estimates,
    findings,
    form_diff,
    holders,
    issuance_facts,
    objection_papers,
    panels,
    tasks,
)
from services.access import Actor
from services.deadlines import Explanation
from services.escalation import Ladder
from services.estimates import Estimate
from services.issuances import IssuanceFacts
from services.reading import blind, inbox, prepared
from services.reading.inbox import Item, part_of
from services.reading.people import Candidate, candidates


@dataclass(frozen=True)
class Step:
    """A task of the stage in the checklist at the left. `current`: the one on the desk."""

    task: TaskRow
    title: Text
    state: Text
    by: str
    current: bool

    @property
    def part(self) -> Text:
        """Which of several alike."""
        return part_of(self.task.slot)


@dataclass(frozen=True)
class Vote:
    """A member's opinion as the lead sees it, once all are in."""

    slot: str
    name: str
    outcome: Text
    form: dict[str, Any]


@dataclass(frozen=True)
class Desk:
    """The page of one task for one reader.

    Args:
        refusal: why the reader may not answer (role, four eyes, held by another); None = may.
        takers: who else could, with their load; filled where the reader may pass the task on or may not answer.
        papers: may the reader see form and materials (experts: only after their declaration).
    """

    item: Item
    spec: Task
    refusal: Text | None
    closed: bool
    draft: TaskDraft | None
    start: dict[str, Any]
    ledger: Explanation | None
    ladders: list[Ladder]
    steps: list[Step]
    takers: list[Candidate]
    answer: Submission | None
    papers: bool
    materials: list[tuple[Material, list[Attachment]]]
    eligibility: list[Problem]
    checked: list[Text]
    ets: list[EtsUnit]
    findings: list[Finding]
    versions: list[CaseVersion]
    changes: list[form_diff.Change]
    outside: set[str]
    documents: list[DocumentRow]
    objection: Objection | None
    objection_papers: list[ObjectionPaper] | None  # None for who may not open them
    votes: list[Vote]
    panel: dict[str, int]
    counts: list[tuple[Text, int]]
    veiled: bool
    beside: list[tuple[Task, TaskRow, Submission]]
    issuance: IssuanceFacts | None = None
    estimate: Estimate | None = None

    @property
    def task(self) -> TaskRow:
        return self.item.task

    @property
    def case(self) -> Case:
        return self.item.case

    @property
    def form(self) -> dict[str, Any]:
        """What the form shows: the reader's draft, else how it starts."""
        return self.draft.form if self.draft else self.start


def load(session: Session, actor: Actor, task_id: UUID) -> Desk:
    """The desk of a task the actor may know of. Raises NotFound."""
    task = access.task_for(session, actor, task_id)
    item = inbox.one(session, actor, task.id)
    if item is None:
        raise NotFound
    case, spec = item.case, access.spec_of(task)
    papers = opens_papers(session, actor, task)
    closed = task.state not in (TaskState.OPEN.value, TaskState.CLAIMED.value)
    refusal = None if closed else _refusal(session, actor, item)
    versions = _versions(session, case) if papers else []
    changes = _changes(case, versions)
    asked = _findings(session, case, task)
    fatal = _ended_by_objection(session, case, task)
    objection = _objection(session, case, task, fatal)
    ledger = deadlines.find(session, task.id)
    reviewing = papers and task.key == "formal_review"
    return Desk(
        item=item,
        spec=spec,
        refusal=refusal,
        closed=closed,
        draft=tasks.draft_of(session, actor, task),
        start=prepared.start(session, case, task),
        ledger=deadlines.explain(session, ledger) if ledger else None,
        ladders=escalation.of_task(session, task),
        steps=_steps(session, actor, case, task),
        takers=candidates(session, task) if not closed and actor.is_any(*STAFF) else [],
        answer=_answer(session, actor, task) if closed else None,
        papers=papers,
        materials=_materials(session, actor, case) if papers else [],
        eligibility=eligibility.run(session, case) if reviewing else [],
        checked=eligibility.words_of(case.procedure) if reviewing else [],
        ets=eligibility.ets_matches(session, case) if reviewing else [],
        findings=asked,
        versions=versions,
        changes=changes,
        outside=_outside(changes, asked),
        documents=access.visible_documents(session, actor, case) if papers else [],
        objection=objection,
        objection_papers=objection_papers.for_reader(session, actor, case, objection),
        votes=[] if fatal else _votes(session, case, task),
        panel=_panel(session, case, task),
        counts=_counts(session, case, task),
        veiled=blind.hides(session, actor, task),
        beside=_beside(session, case, task, spec, fatal) if papers else [],
        issuance=issuance_facts.of_case(session, case) if papers else None,
        estimate=estimates.estimate(session, case.form) if papers else None,
    )


def _beside(
    session: Session, case: Case, task: TaskRow, spec: Task, fatal: bool
) -> list[tuple[Task, TaskRow, Submission]]:
    """The newest answers that are weighed together with this one, in the order of the nouns (G23).

    What was said to an objection belongs to that one alone: of this publicity, of this slot. Who confirms that one
    ends the case weighs it and nothing else.
    """
    keys: tuple[str, ...] = spec.beside
    own: tuple[str | None, int | None] = (None, None)
    if spec.each_objection:
        own = (task.slot, task.round)
    elif fatal:
        keys, own = ("objection_reply", "objection_answer"), (task.slot, None)
    found = [(key, answers.latest(session, case.id, key, *own)) for key in keys]
    nouns = procedure(case.procedure)
    return [(nouns.task(key), pair[1], pair[0]) for key, pair in found if pair is not None]


def opens_papers(session: Session, actor: Actor, task: TaskRow) -> bool:
    """May the reader see the case's papers here? An invited expert only after the declaration (pain P39)."""
    if task.key == "expert_invitation" and actor.user_id == task.reserved_for:
        return False
    return session.exec(access.visible_cases(actor).where(col(Case.id) == task.case_id)).first() is not None


def _refusal(session: Session, actor: Actor, item: Item) -> Text | None:
    """Why the reader may not answer now."""
    refusal = access.may_claim(session, actor, item.task)
    if refusal is not None:
        return refusal
    other = item.task.assignee_id not in (None, actor.user_id)
    same_party = item.task.party_id is not None and item.task.party_id == actor.party_id
    if other and not same_party:
        return Text(f"{item.holder} has this task in hand.", f"本事项由 {item.holder} 办理中。")
    return None


def _steps(session: Session, actor: Actor, case: Case, task: TaskRow) -> list[Step]:
    """The tasks of the present stage, in the order they were opened. Experts and agencies see their own only."""
    query = (
        select(TaskRow)
        .where(col(TaskRow.case_id) == case.id)
        .order_by(col(TaskRow.opened_at), col(TaskRow.slot))
    )
    if case.stage_since is not None and task.opened_at >= case.stage_since:
        query = query.where(col(TaskRow.opened_at) >= case.stage_since)
    rows = [r for r in session.exec(query) if actor.is_any(*STAFF, *OVERSIGHT) or r.id == task.id]
    ids = {i for r in rows for i in (r.assignee_id, r.closed_by) if i}
    people = {u.id: u for u in session.exec(select(User).where(col(User.id).in_(ids)))}
    who = [people.get(r.closed_by or r.assignee_id) for r in rows]
    names = [holders.known_as(actor, user).of(actor.lang) if user else "" for user in who]
    return [
        _step(r, name, r.id == task.id, blind.hides(session, actor, r))
        for r, name in zip(rows, names, strict=True)
    ]


def _step(row: TaskRow, by: str, current: bool, hidden: bool) -> Step:
    spec = access.spec_of(row)
    outcome = None if hidden else spec.outcome(row.outcome or "")
    return Step(
        row, spec.title, outcome.label if outcome else TASK_STATE_TITLES[TaskState(row.state)], by, current
    )


def _answer(session: Session, actor: Actor, task: TaskRow) -> Submission | None:
    """The answer given, unless it is still blind for this reader (G12)."""
    if blind.hides(session, actor, task):
        return None
    return session.exec(select(Submission).where(col(Submission.task_id) == task.id)).first()


def _materials(session: Session, actor: Actor, case: Case) -> list[tuple[Material, list[Attachment]]]:
    """What the reader may open of the materials; papers of a person stay with those whose task needs them (M10)."""
    listed, mine = dict(prepared.present(session, case)), access.reads_personal(actor, case)
    return [
        (m, listed[m.kind])
        for m in procedure(case.procedure).materials
        if m.kind in listed and (mine or not m.personal)
    ]


def _findings(session: Session, case: Case, task: TaskRow) -> list[Finding]:
    """What the applicant was asked before, newest round first: for a check its own round, else all of the stage."""
    if task.key.startswith("revision"):
        return findings.of(session, case, "revision", task.round if task.key != "revision" else None)
    stages = ("readiness_supplement", "correction", "revision")
    rows = [f for stage in stages for f in findings.of(session, case, stage)]
    return sorted(rows, key=lambda f: (f.stage, -f.round, f.number))


def _versions(session: Session, case: Case) -> list[CaseVersion]:
    return list(
        session.exec(
            select(CaseVersion).where(CaseVersion.case_id == case.id).order_by(col(CaseVersion.number))
        )
    )


def _changes(case: Case, versions: list[CaseVersion]) -> list[form_diff.Change]:
    """What the newest version changed against the one before."""
    if len(versions) < 2:
        return []
    return form_diff.diff(procedure(case.procedure).form, versions[-2].form, versions[-1].form)


def _outside(changes: list[form_diff.Change], asked: list[Finding]) -> set[str]:
    """Changed paths that no request had named (screens 4.11)."""
    targets = [f.target for f in asked if f.target]
    return {
        c.path
        for c in changes
        if not any(c.path == t or c.path.startswith(f"{t}.") or t.startswith(f"{c.path}.") for t in targets)
    }


def _objection(session: Session, case: Case, task: TaskRow, fatal: bool) -> Objection | None:
    if not access.spec_of(task).each_objection and not fatal:
        return None
    return session.exec(
        select(Objection)
        .where(col(Objection.case_id) == case.id, col(Objection.slot) == task.slot)
        .order_by(col(Objection.id).desc())
    ).first()


def _ended_by_objection(session: Session, case: Case, task: TaskRow) -> bool:
    """Is it to be confirmed that an objection ends the case (M05)?"""
    if task.key != "rejection_approval":
        return False
    found = answers.latest(session, case.id, "objection_answer", task.slot)
    return found is not None and found[0].outcome == "upheld_fatal"


def _votes(session: Session, case: Case, task: TaskRow) -> list[Vote]:
    """The members' opinions, for the lead and the signing members, once none is open any more."""
    panel = panels.current(session, case)
    if (
        task.key not in ("group_opinion", "group_signature", "rejection_approval")
        or panel is None
        or blinding.opinions_open(session, case.id)
    ):
        return []
    names = panels_names(session, case)
    label = {o.key: o.label for o in procedure(case.procedure).task("expert_opinion").outcomes}
    return [
        Vote(t.slot, names.get(t.slot, ""), label[s.outcome], s.form)
        for s, t in answers.of_case(session, case.id)
        if t.key == "expert_opinion" and t.round == panel.round and s.outcome in label
    ]


def panels_names(session: Session, case: Case) -> dict[str, str]:
    """slot -> name of the newest panel."""
    panel = panels.current(session, case)
    query = (
        select(PanelMember.slot, Expert.name)
        .join(Expert, col(Expert.id) == col(PanelMember.expert_id))
        .where(col(PanelMember.panel_id) == (panel.id if panel else 0))
    )
    return dict(session.exec(query).all())


def _panel(session: Session, case: Case, task: TaskRow) -> dict[str, int]:
    """The arithmetic, where the task belongs to a panel."""
    panel = panels.current(session, case)
    if panel is None or task.key not in (
        "group_opinion",
        "group_signature",
        "panel_approval",
        "panel_shortfall",
    ):
        return {}
    return panels.arithmetic(session, panel)


def _counts(session: Session, case: Case, task: TaskRow) -> list[tuple[Text, int]]:
    """How the members voted, in the words of their opinions: a signature has outcomes of its own."""
    if task.key not in ("group_opinion", "group_signature"):
        return []
    found = panels.votes(session, case)
    ways = procedure(case.procedure).task("expert_opinion").outcomes
    return [(way.label, found[way.key]) for way in ways if found.get(way.key)]


def previous(session: Session, task: TaskRow, since: datetime) -> list[tuple[str, datetime, str]]:
    """(event, when, who) of the task since an instant: what changed while somebody was typing."""
    query = (
        select(AuditEvent.event, AuditEvent.at, User.name)
        .outerjoin(User, col(User.id) == col(AuditEvent.user_id))
        .where(col(AuditEvent.task_id) == task.id, col(AuditEvent.at) > since)
        .order_by(col(AuditEvent.id))
    )
    return [(e, at, name or "") for e, at, name in session.exec(query)]
