"""A case returned to a step while it is before the public: the course is stopped, begun again, and ends published."""

import asyncio
import itertools
import time
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, select
from temporalio.common import WorkflowIDConflictPolicy

from activities.operator import Operator
from models.tables import Case, DocumentRow, Finding, Notice, Objection, OperatorAct, Panel, TaskRow
from services import audit, operator_acts, voiding
from services.operator_acts import Order
from services.session import transaction
from tests.scenarios import world
from tests.scenarios.conftest import Stage
from tests.scenarios.play import QUEUE, Cast, Played, Scenario, collect, replay

pytestmark = pytest.mark.scenario
NUMBERS = itertools.count(9001)


def go_back(cast: Cast, case_id: UUID, stage: str) -> None:
    """A supervisor proposes, another confirms, and the worker's operator carries it out."""
    with transaction() as session:
        number = session.get_one(Case, case_id).case_no
        order = Order("return", "专家组组成不符合回避要求", number, stage=stage)
        act = operator_acts.ask(session, world.actor(session, "supervisor"), order)
    with transaction() as session:
        operator_acts.confirm(session, world.actor(session, "supervisor2"), act.id or 0, True)
    asyncio.run_coroutine_threadsafe(Operator(cast.client).work(), cast.loop).result(60)


async def played(cast: Cast, script: Scenario, n: int, to: str) -> Played:
    """The first run is stopped while its notice is open; the one begun after it is played to its end and replayed."""
    case = await asyncio.to_thread(cast.file, script, n)
    await cast.relay.deliver()  # the course runs; its time stands still as long as nobody waits for its end
    await asyncio.to_thread(_published, case)
    await asyncio.to_thread(go_back, cast, case.id, to)
    await cast.relay.deliver()
    handle = await cast.client.start_workflow(
        case.procedure,
        str(case.id),
        id=f"case-{case.id}",
        task_queue=QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    await asyncio.wait_for(handle.result(), 120)
    history = await handle.fetch_history()
    await replay(cast.client, history)
    return await asyncio.to_thread(collect, case, history)


def _published(case: Case) -> None:
    """Until the notice and its letter are out, and nothing is left to do but wait."""
    for _ in range(200):
        with transaction() as session:
            letter = select(DocumentRow.id).where(
                DocumentRow.case_id == case.id, DocumentRow.key == "publicity_notice"
            )
            if session.exec(letter).first() is not None:
                return
        time.sleep(0.1)
    raise AssertionError("no notice")


def returned(stage: Stage, to: str, **script: Any) -> Played:
    """Played, with one return while the first notice is open."""
    out: Played = stage.run(lambda cast: played(cast, Scenario(**script), next(NUMBERS), to))
    return out


def rows(session: Session, table: Any, case: Played) -> list[Any]:
    query = select(table).where(table.case_id == case.case_id).order_by(table.id)
    return list(session.exec(query.execution_options(**voiding.SHOWN)))


def test_case_returned_from_publicity_to_the_experts_ends_published(stage: Stage) -> None:
    case = returned(stage, "expert_review", objections={1: 1})
    assert case.status == "published"
    before, again = ["formal_review", "technical_review"], ["expert_review", "publicity"]
    assert case.stages == [*before, *again, *again, "opinion", "publication"]
    with transaction() as session:
        documents = rows(session, DocumentRow, case)
        void = [d.key for d in documents if d.void_at]
        assert void == [*["expert_opinion"] * 5, "group_opinion", "publicity_notice"]
        assert len({d.number for d in documents}) == len(documents)
        assert sorted(d.key for d in documents if not d.void_at and d.key in void) == sorted(void)
        first, second = rows(session, Notice, case)
        assert (first.state, first.result, first.round) == ("withdrawn", "returned", 1)
        assert (second.state, second.void_at, second.round) == ("closed", None, 1)
        assert [bool(p.void_at) for p in rows(session, Panel, case)] == [True, False]
        assert audit.verify(session, case.case_id) == []
        found = objections(session, case)
        assert [("作废" in o.answer, o.state) for o in found] == [(True, "answered")]
        open_ones = [t for t in rows(session, TaskRow, case) if t.closed_at is None]
        assert open_ones == []
        act = session.exec(select(OperatorAct).where(OperatorAct.case_id == case.case_id)).one()
        assert len(act.data["runs"]) == 1


def objections(session: Session, case: Played) -> list[Any]:
    return [o for o in rows(session, Objection, case) if o.void_at is not None]


def test_papers_of_the_form_are_made_anew_when_it_changed_in_the_void_part(stage: Stage) -> None:
    """What the experts read again is the form as last submitted, not as it was before the revision."""
    changes = {"changes": [{"target": "design.boundary_text", "text": "请补充关口计量表之后的边界说明。"}]}
    case = returned(
        stage,
        "expert_review",
        answers={"group_opinion/.*": ("pass_after_revision", changes)},
    )
    assert case.status == "published"
    with transaction() as session:
        own = [d for d in rows(session, DocumentRow, case) if d.key == "appendix_a"]
        assert [(d.round, d.generation, bool(d.void_at)) for d in own] == [
            (1, 0, True),
            (2, 0, True),
            (1, 1, False),
            (2, 1, False),
        ]
        assert [f.round for f in rows(session, Finding, case)] == [1, 1]
        assert [bool(f.void_at) for f in rows(session, Finding, case)] == [True, False]
