"""Play a scenario: a table of what each asked person answers, in the time-skipping server, on real rows.

People answer inside the projection that opens their task, so that workflow time and their answers agree. `None`
lets the limit pass. The first pattern of the table that fits "key/slot/round" wins; else the straight path.
"""

import asyncio
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select
from temporalio import activity
from temporalio.client import Client, WorkflowHistory
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.worker import Replayer, Worker

from activities import ACTIVITIES, edge
from activities import course as act
from activities.relay import Relay
from models.procedures import PROCEDURES, examples_for
from models.tables import AuditEvent, Case, DocumentRow, Finding, Notice, TaskRow, User
from models.vocabulary.facts import (
    CaseStep,
    OverdueAnswer,
    OverdueCheck,
    Projected,
    Projection,
    PublicityOpened,
)
from models.vocabulary.forms import example_data
from models.vocabulary.roles import FILERS, Role
from services import cases, clock, materials, objections, tasks
from services.access import actor_of
from services.reading import prepared
from services.session import transaction
from tests.scenarios import world
from workflows import PERIODIC, WORKFLOWS
from workflows.sandbox import runner

QUEUE = "scenarios"
WHO = {
    Role.INTAKE: "intake",
    Role.OFFICER: "officer",
    Role.SUPERVISOR: "supervisor",
    Role.ISSUER: "issuer",
    Role.AGENCY: "agency",
    Role.APPLICANT: "applicant",
    Role.EXCHANGE: "exchange",
    Role.BUREAU: "bureau",
    Role.MALL: "mall",
}
#: Who files a procedure.
FILER = {"project_application": "applicant", "scenario_application": "operator", "issuance": "applicant"} | {
    "mall_onboarding": "merchant",
    "tracking_evaluation": "officer",
}
#: Tasks whose examples have to fit the case: its papers, its data, the quota of its event.
FITTED = {"formal_review", "quantity_review", "activity_report"}
Answer = str | tuple[str, dict[str, Any]] | Callable[["Cast", TaskRow], None] | None


@dataclass
class Scenario:
    """Answers by pattern, objections by notice round, what happens while a notice is open and when a limit comes."""

    answers: dict[str, Answer] = field(default_factory=dict)
    objections: dict[int, int] = field(default_factory=dict)
    in_publicity: Callable[["Cast", UUID], None] | None = None
    at_a_limit: Callable[["Cast", OverdueCheck], OverdueAnswer] | None = (
        None  # the first time, in the place of the activity
    )
    procedure: str = "project_application"
    form: Callable[[dict[str, Any]], None] | None = None


@dataclass
class Played:
    """What came of it."""

    case_no: str
    status: str
    stages: list[str]
    documents: list[str]
    tasks: dict[str, str]
    history: WorkflowHistory
    case_id: UUID


class Cast:
    """The people of all scenarios of one server; hooks into the activities that ask them."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.loop = asyncio.get_running_loop()
        self.relay = Relay(client, QUEUE)
        self.scripts: dict[str, Scenario] = {}
        self.lock = threading.Lock()

    def activities(self) -> list[Callable[..., Any]]:
        """The real activities, with people answering after a projection and during a publicity."""
        cast = self

        @activity.defn(name="project")
        def project(p: Projection) -> Projected:
            written = act.project(p)
            cast.answer_all(p.case_id, p.at)
            return (
                act.project(Projection(case_id=p.case_id, at=p.at, tasks=p.tasks))
                if not written.ended
                else written
            )

        @activity.defn(name="open_publicity")
        def open_publicity(step: CaseStep) -> PublicityOpened:
            opened = act.open_publicity(step)
            cast.public(step)
            return opened

        @activity.defn(name="close_overdue")
        def close_overdue(check: OverdueCheck) -> OverdueAnswer:
            return cast.limit_comes(check)

        replaced = {"project": project, "open_publicity": open_publicity, "close_overdue": close_overdue}
        return [replaced.get(a.__name__, a) for a in ACTIVITIES]

    def deliver(self) -> None:
        """Let the relay carry what people have done to the workflow."""
        asyncio.run_coroutine_threadsafe(self.relay.deliver(), self.loop).result(60)

    def answer_all(self, case_id: str, at: datetime) -> None:
        """Every open task of the case that the script answers is answered now."""
        script = self.scripts[case_id]
        with clock.at(at), transaction() as session:
            waiting = cases.open_tasks(session, UUID(case_id))
        for task in waiting:
            name = f"{task.key}/{task.slot}/{task.round}"
            answer = next((a for p, a in script.answers.items() if re.fullmatch(p, name)), "")
            if answer is None:
                continue
            with clock.at(at):
                if callable(answer):
                    answer(self, task)
                else:
                    outcome, change = answer if isinstance(answer, tuple) else (answer, {})
                    self.complete(task, outcome, change)
        self.deliver()

    def complete(self, task: TaskRow, outcome: str, change: dict[str, Any]) -> None:
        """Answer a task as the person it is meant for."""
        spec = PROCEDURES[task.procedure].task(task.key)
        outcome = outcome or spec.outcomes[0].key
        with transaction() as session:
            form = examples_for(spec, outcome)
            if task.key in FITTED:
                form = prepared.fitted(session, session.get_one(Case, task.case_id), task, form)
            form = form | change
            if "replies" in form and "replies" not in change:
                form |= {
                    "replies": [
                        {"finding": f.number, "reply": "已按要求修改。"}
                        for f in session.exec(
                            select(Finding).where(
                                Finding.case_id == task.case_id,
                                Finding.stage == task.key,
                                Finding.round == task.round,
                            )
                        )
                    ]
                }
            user = session.get(User, task.reserved_for) if task.reserved_for else None
            name = _of_party(session, task) if spec.by in FILERS else WHO.get(spec.by, "")
            who = actor_of(user) if user else world.actor(session, name)
            tasks.complete(session, who, task.id, outcome, form)

    def public(self, step: CaseStep) -> None:
        """Objections arrive while the notice is open."""
        script = self.scripts[step.case_id]
        with clock.at(step.at), transaction() as session:
            notice = session.exec(
                select(Notice).where(Notice.case_id == UUID(step.case_id), Notice.round == step.round)
            ).one()
            for n in range(script.objections.get(step.round, 0)):
                objections.file(
                    session,
                    notice.id or 0,
                    {
                        "name": f"市民{n}",
                        "contact": "citizen@example.com",
                        "topics": ["data"],
                        "content": "对监测数据来源有异议，请核实电表读数与结算单。",
                    },
                    "",
                )
        if script.in_publicity is not None:
            with clock.at(step.at):
                script.in_publicity(self, UUID(step.case_id))
            self.deliver()

    def limit_comes(self, check: OverdueCheck) -> OverdueAnswer:
        """The row is asked, with what the script lets happen around it."""
        with transaction() as session:
            script = self.scripts[str(session.get_one(TaskRow, UUID(check.task_id)).case_id)]
        play, script.at_a_limit = script.at_a_limit, None
        return play(self, check) if play is not None else act.close_overdue(check)

    def file(self, script: Scenario, n: int) -> Case:
        """A draft from the form's own examples, made unique, with its papers, submitted."""
        with transaction() as session:
            who = world.actor(session, FILER[script.procedure])
            form = FORMS[script.procedure](n)
            if script.form is not None:
                script.form(form)
            case = cases.create(session, who, script.procedure, form)
            for item in PROCEDURES[script.procedure].materials:
                if item.needed(case.form) and not item.generated:
                    for no in range(item.count(case.form)):
                        name = f"{item.kind}{no}.pdf"
                        materials.add(session, who, case.case_no, item.kind, name, world.PDF, True)
            cases.submit(session, who, case.case_no, {"accepted": True, "signatory": "陈启明"})
            self.scripts[str(case.id)] = script
            return case

    async def play(self, script: Scenario, n: int) -> Played:
        """File, play to the end, collect what there is, replay the history."""
        case = await asyncio.to_thread(self.file, script, n)
        await self.relay.deliver()
        handle = await self.client.start_workflow(  # the handle of a start skips time while it waits
            case.procedure,
            str(case.id),
            id=f"case-{case.id}",
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        await asyncio.wait_for(handle.result(), 140)
        history = await handle.fetch_history()
        await replay(self.client, history)
        return await asyncio.to_thread(collect, case, history)


def _of_party(session: Session, task: TaskRow) -> str:
    """Somebody of the party that is asked."""
    rows = session.exec(select(User).where(User.party_id == task.party_id).order_by(col(User.id)))
    return next(u.username for u in rows if FILERS & set(u.roles))


async def replay(client: Client, history: WorkflowHistory) -> None:
    """Raises when today's code would have gone another way; the sandbox loads this one course, not all of them."""
    begun = history.events[0].workflow_execution_started_event_attributes.workflow_type.name
    course = [w for w in WORKFLOWS if w.__temporal_workflow_definition.name == begun]  # type: ignore[attr-defined]
    replayer = Replayer(workflows=course, workflow_runner=runner(), data_converter=client.data_converter)
    await replayer.replay_workflow(history)


def collect(case: Case, history: WorkflowHistory) -> Played:
    """What the rows say at the end."""
    with transaction() as session:
        row = session.exec(select(Case).where(Case.id == case.id)).one()
        stages = session.exec(
            select(AuditEvent)
            .where(AuditEvent.case_id == case.id, AuditEvent.event == "stage.entered")
            .order_by(col(AuditEvent.id))
        ).all()
        documents = session.exec(
            select(DocumentRow.key).where(DocumentRow.case_id == case.id).order_by(col(DocumentRow.id))
        ).all()
        rows = session.exec(select(TaskRow).where(TaskRow.case_id == case.id)).all()
        return Played(
            case_no=row.case_no,
            status=row.status,
            stages=[s.data["stage"] for s in stages],
            documents=list(documents),
            tasks={f"{t.key}/{t.slot}/{t.round}": t.outcome or t.state for t in rows},
            history=history,
            case_id=case.id,
        )


def filing_form(n: int) -> dict[str, Any]:
    """The form's examples as scenario number `n`'s own project: another name, site and meters."""
    form = example_data(PROCEDURES["project_application"].form)
    form["project"] |= {
        "project_name": f"示例屋顶分布式光伏发电项目{n}",
        "lon": f"121.38{n:04d}",
        "lat": f"31.11{n:04d}",
        "apply_first_issuance": False,
        "first_period_from": None,
        "first_period_to": None,
        "first_amount_t": None,
    }
    form["design"]["meters"] = [m | {"meter_no": f"{m['meter_no']}-{n}"} for m in form["design"]["meters"]]
    form["design"]["readings"] = [
        r | {"meter_no": f"{r['meter_no']}-{n}"} for r in form["design"]["readings"]
    ]
    return form


def scenario_form(n: int) -> dict[str, Any]:
    """The examples of Appendix C as scenario number `n`'s own: another name and other platforms."""
    form = example_data(PROCEDURES["scenario_application"].form)
    form["scenario"]["scenario_name"] = f"绿色出行-示例骑行碳普惠场景{n}-示例运营商"
    form["description"]["facilities"] = [
        row | {"icp_no": f"{row['icp_no']}-{n}"} for row in form["description"]["facilities"]
    ]
    return form


def mall_form(n: int) -> dict[str, Any]:
    """The examples of the mall's form under a name of its own."""
    form = example_data(PROCEDURES["mall_onboarding"].form)
    form["display_name"] = f"绿享低碳权益商城{n}"
    return form


def no_form(n: int) -> dict[str, Any]:
    """The script brings the form itself: it fits a project that has to be there first."""
    return {}


#: The form a procedure is filed with.
FORMS: dict[str, Callable[[int], dict[str, Any]]] = {
    "tracking_evaluation": lambda n: example_data(PROCEDURES["tracking_evaluation"].form),
    "project_application": filing_form,
    "scenario_application": scenario_form,
    "issuance": no_form,
    "mall_onboarding": mall_form,
}


def worker(client: Client, cast: Cast, threads: ThreadPoolExecutor) -> Worker:
    """A worker with the cast's activities; workflow time is the only time."""
    edge.follow_workflow_time = True
    return Worker(
        client,
        task_queue=QUEUE,
        workflows=[*WORKFLOWS, *PERIODIC],
        activities=cast.activities(),
        activity_executor=threads,
        workflow_runner=runner(),
    )
