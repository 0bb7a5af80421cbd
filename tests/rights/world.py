"""Cases of two applicants in several stages, with the demonstration's people; played by hand through the services."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from models.procedures import PROCEDURES, examples_for
from models.tables import Case, Expert, PanelMember, Party, TaskRow, User
from models.vocabulary.facts import TaskRequest
from models.vocabulary.roles import Role
from models.vocabulary.statuses import SeatState
from runtime.seeds import static
from runtime.seeds.projects import form_of, project
from services import (
    cases,
    clock,
    course,
    documents_issue,
    materials,
    notices,
    objection_papers,
    objections,
    panels,
    projects,
)
from services import tasks as desk
from services.access import Actor, actor_of
from services.session import transaction
from tests import factories

KEY = "project_application"
SPEC = PROCEDURES[KEY]
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
STAFF = {
    Role.INTAKE: "intake",
    Role.OFFICER: "officer",
    Role.SUPERVISOR: "supervisor",
    Role.AGENCY: "agency",
}
#: Of the two filing parties; the numbers pass their check digits and belong to nobody.
PERSONAL = {
    "applicant": {
        "legal_rep_id_no": "31019919660228001X",
        "contact_mobile": "13900000001",
        "contact_email": "nobody-1@example.org",
    },
    "agent": {
        "legal_rep_id_no": "310199196602280036",
        "contact_mobile": "13900000002",
        "contact_email": "nobody-2@example.org",
    },
}
OBJECTOR = "13912345678"
SECRET = "某专家尚未公开的意见"
PASSWORD = "only-for-tests"


@dataclass
class Play:
    """One case; every act is a transaction of its own at the case's own time."""

    key: str
    at: datetime
    case_no: str = ""
    tasks: dict[str, str] = field(default_factory=dict)
    documents: dict[str, int] = field(default_factory=dict)
    attachments: dict[str, int] = field(default_factory=dict)
    notice: int = 0
    objected: int = 0  # a paper of an objection
    project: str = ""

    def form(self) -> dict[str, Any]:
        """The demonstration's form with personal data that occurs nowhere else."""
        form = form_of(self.key)
        form["applicant"] |= PERSONAL[self.filer]
        return form

    @property
    def filer(self) -> str:
        return str(project(self.key)["filer"])

    def act(self, do: Any, *more: Any) -> Any:
        """Run `do(session, case, …)` with the case locked."""
        with clock.at(self.at), transaction() as session:
            query = select(Case).where(Case.case_no == self.case_no).with_for_update()
            return do(session, session.exec(query).one(), *more)

    def draft(self) -> "Play":
        with clock.at(self.at), transaction() as session:
            who = person(session, self.filer)
            self.case_no = cases.create(session, who, KEY, self.form()).case_no
            for item in SPEC.materials:
                if item.needed(self.form()) and not item.generated:
                    row = materials.add(session, who, self.case_no, item.kind, f"{item.kind}.pdf", PDF, True)
                    self.attachments[item.kind] = row.id or 0
        return self

    def submit(self) -> "Play":
        with clock.at(self.at), transaction() as session:
            declared = {"accepted": True, "signatory": "陈启明"}
            cases.submit(session, person(session, self.filer), self.case_no, declared)
        for key in ("receipt", "appendix_a", "appendix_b"):
            self.issue(key)
        return self

    def issue(self, key: str, slot: str = "1", round_: int = 1) -> None:
        made = self.act(lambda s, c: documents_issue.issue(s, c, key, round_, slot))
        self.documents[key if slot == "1" else f"{key}/{slot}"] = made.id

    def ask(self, key: str, *slots: str, stage: str | None = None, round_: int = 1) -> None:
        """Open tasks as the course would."""
        wanted = [TaskRequest(key=key, slot=s, round=round_) for s in slots or ("1",)]
        opened = self.act(lambda s, c: course.project(s, str(c.id), stage, wanted))
        for request, task in zip(wanted, opened.tasks, strict=True):
            self.tasks[key if request.slot == "1" else f"{key}/{request.slot}"] = task.task_id

    def answer(self, name: str, outcome: str = "", **change: Any) -> None:
        """Answer a task as the person it is for."""
        with clock.at(self.at), transaction() as session:
            row = session.get_one(TaskRow, UUID(self.tasks[name]))
            spec = SPEC.task(row.key)
            outcome = outcome or spec.outcomes[0].key
            reserved = session.get(User, row.reserved_for) if row.reserved_for else None
            party = self.filer if row.role == Role.APPLICANT.value else STAFF.get(Role(row.role), "")
            who = actor_of(reserved) if reserved else person(session, party)
            desk.complete(session, who, row.id, outcome, examples_for(spec, outcome) | change)

    def step(self, key: str, outcome: str = "", *, stage: str | None = None, **change: Any) -> "Play":
        """Ask and answer."""
        self.ask(key, stage=stage)
        self.answer(key, outcome, **change)
        return self

    def draw(self) -> list[str]:
        self.act(lambda s, c: panels.draw(s, c, 1))
        return self.slots()

    def slots(self) -> list[str]:
        """Slots of those who sit now, by seat."""

        def seated(session: Session, case: Case) -> list[str]:
            panel = panels.current(session, case)
            return [m.slot for m in panels.seated(session, panel)] if panel else []

        return list(self.act(seated))


def person(session: Session, username: str) -> Actor:
    return actor_of(session.exec(select(User).where(User.username == username)).one(), ip="127.0.0.1")


@dataclass
class World:
    """The people by username and the cases by a short name."""

    users: dict[str, User] = field(default_factory=dict)
    plays: dict[str, Play] = field(default_factory=dict)
    seats: dict[str, str] = field(
        default_factory=dict
    )  # "submitted" | "writing" | "invited" | "gone" -> username


def build() -> World:
    """The whole world, committed."""
    world, now = World(), clock.now()
    with transaction() as session:
        static.seed(session, PASSWORD)
    world.plays["draft"] = Play("draft", now - timedelta(days=2)).draft()
    world.plays["claimed"] = _claimed(now)
    world.plays["correction"] = _correction(now)
    world.plays["agency"] = _agency(now)
    world.plays["opinions"] = _opinions(now)
    world.plays["published"] = _published(now)
    with transaction() as session:
        _principal(session, world.plays["opinions"])
        world.users = {u.username: u for u in session.exec(select(User))}
        world.seats = _seats(session, world.plays["opinions"])
    return world


def _principal(session: Session, play: Play) -> None:
    """Somebody of the organisation that has entrusted the applicant."""
    case = session.exec(select(Case).where(Case.case_no == play.case_no)).one()
    factories.user(
        session, "applicant", party=session.get_one(Party, case.principal_id), username="principal"
    )


def _claimed(now: datetime) -> Play:
    play = Play("claimed", now - timedelta(days=1)).draft().submit()
    play.ask("formal_review", stage="formal_review")
    play.act(lambda s, c: desk.claim(s, person(s, "intake"), play.tasks["formal_review"]))
    return play


def _correction(now: datetime) -> Play:
    play = Play("correction", now - timedelta(days=1)).draft().submit()
    defect = {"target": "project.address", "requirement": "请补充门牌号。", "basis": "附录A"}
    play.step("formal_review", "request_correction", stage="formal_review", defects=[defect])
    play.issue("correction_notice")
    play.ask("correction")
    return play


def _agency(now: datetime) -> Play:
    play = Play("agency", now - timedelta(days=1)).draft().submit()
    play.step("formal_review", "accept", stage="formal_review").step(
        "triage", "complex", stage="technical_review"
    )
    play.step("agency_approval", "approve").ask("agency_review")
    return play


def _opinions(now: datetime) -> Play:
    """Three opinions are in, one is being written, one fell silent and somebody else is invited to the seat."""
    play = Play("inviting", now - timedelta(hours=20)).draft().submit()
    play.step("formal_review", "accept", stage="formal_review").step(
        "triage", "plain", stage="technical_review"
    )
    play.step("panel_setup", "draw", stage="expert_review")
    slots = play.draw()
    play.step("panel_approval", "approve").ask("expert_invitation", *slots)
    for slot in slots:
        play.answer(f"expert_invitation/{slot}", "accept")
    play.ask("expert_opinion", *slots)
    for slot in slots[:3]:
        play.answer(f"expert_opinion/{slot}", summary=f"{SECRET}{slot}")
        play.issue("expert_opinion", slot)
    silent = slots[4]
    task = play.tasks[f"expert_opinion/{silent}"]
    play.act(lambda s, c: _fell_silent(s, task))
    replacement = play.act(lambda s, c: panels.refill(s, c, 1, silent))
    play.ask("expert_invitation", replacement.slot)
    return play


def _fell_silent(session: Session, task_id: str) -> None:
    row = session.get_one(TaskRow, UUID(task_id))
    row.due_at = clock.now()
    course.close_overdue(session, task_id, clock.now())


def _seats(session: Session, play: Play) -> dict[str, str]:
    """One expert for each part somebody can have in the panel, by username, and one with none."""
    query = select(PanelMember, User).where(col(PanelMember.case_id) == Case.id, Case.case_no == play.case_no)
    rows = session.exec(
        query.join(Expert, col(Expert.id) == col(PanelMember.expert_id)).join(
            User, col(User.id) == col(Expert.user_id)
        )
    ).all()
    part = {
        SeatState.SUBMITTED.value: "submitted",
        SeatState.ACCEPTED.value: "writing",
        SeatState.INVITED.value: "invited",
        SeatState.SILENT.value: "gone",
    }
    found = {part[m.state]: u.username for m, u in reversed(rows)}
    sat = {u.username for _, u in rows}
    return found | {"stranger": next(f"expert{n:02d}" for n in range(1, 13) if f"expert{n:02d}" not in sat)}


def _published(now: datetime) -> Play:
    """Shown to the public, objected to, and on the public list in the end."""
    play = Play("published_2", now - timedelta(days=60)).draft().submit()
    play.step("formal_review", "accept", stage="formal_review").step(
        "triage", "plain", stage="technical_review"
    )
    play.step("publicity_release", stage="publicity").step("publicity_approval")
    play.notice = play.act(lambda s, c: notices.open_publicity(s, c, 1)).id
    said = {
        "name": "李四",
        "contact": OBJECTOR,
        "topics": ["data"],
        "content": "电表读数与结算单不符，请核实电表读数。",
    }
    with clock.at(play.at + timedelta(hours=1)), transaction() as session:
        made = objections.file(session, play.notice, said, "", [("照片.pdf", PDF)])
        slot = made.slot
        play.objected = objection_papers.of_objections(session, [made])[made.id or 0][0].id or 0
    play.issue("publicity_notice")
    play.ask("objection_answer", slot)
    play.answer("objection_answer" if slot == "1" else f"objection_answer/{slot}", "not_upheld")
    play.at += timedelta(days=21)
    play.act(lambda s, c: notices.close_publicity(s, c, 1, play.at))
    play.project = play.act(lambda s, c: projects.publish(s, c).number)
    play.act(lambda s, c: course.close(s, str(c.id), "published"))
    return play
