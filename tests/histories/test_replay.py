"""Every golden history is replayed by today's workflows: a case under way must never lose its way."""

import ast
import asyncio
from pathlib import Path

import pytest
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from models.procedures import PROCEDURES
from tests.histories import kept
from workflows import WORKFLOWS
from workflows.sandbox import runner

WHAT_TO_DO = """
What happened: today's workflows would not repeat what the case of “{name}” did. Cases under way would stop
with “nondeterminism” on the administrators' page.

What to do:
  1. Was the change meant? If not, put the order of steps in workflows/ back as it was.
  2. If it was, keep the old way for the cases under way:
         if workflow.patched("{today}-what-changed"):
             ...the new steps
         else:
             ...the steps as they were
  3. `make histories` adds a history of the new way beside the old one; commit both and look at the difference.
docs/determinism.md says more.
"""


def replayer() -> Replayer:
    return Replayer(workflows=WORKFLOWS, workflow_runner=runner(), data_converter=pydantic_data_converter)


@pytest.mark.parametrize("path", kept.files(), ids=kept.name_of)
def test_golden_history_is_repeated_by_todays_workflows(path: Path) -> None:
    try:
        asyncio.run(replayer().replay_workflow(kept.read(path)))
    except Exception as lost:
        from datetime import UTC, datetime

        advice = WHAT_TO_DO.format(name=kept.name_of(path), today=f"{datetime.now(UTC):%Y-%m}")
        pytest.fail(f"{lost}\n{advice}", pytrace=False)


def test_every_procedure_has_golden_histories() -> None:
    missing = set(PROCEDURES) - {p.parent.name for p in kept.files()}
    assert not missing, f"no histories of {sorted(missing)}: play their scenarios with `make histories`"


#: Tests beside the scenarios in which no course runs to its end.
UNPLAYED = {
    "accounts_stay_whole_after_corrections",
    "bundle_with_too_few_papers_is_told_how_many",
    "draft_of_the_office_is_its_authors_alone",
    "entry_that_is_not_published_cannot_be_evaluated",
    "readiness_not_met_cannot_be_filed",
    "schedule_finds_a_year_planned_already_as_it_is",
}


def test_every_scenario_has_its_history() -> None:
    """Whoever adds a scenario runs `make histories`."""
    there = {p.name.removesuffix(kept.ENDING).partition("~")[0] for p in kept.files()}
    played = {
        node.name.removeprefix("test_")
        for path in (kept.FOLDER.parent / "scenarios").glob("test_*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        and "stage" in {a.arg for a in node.args.args}
    }  # fmt: skip
    missing = {n for n in played if n not in there and not any(t.startswith(f"{n}-") for t in there)}
    assert missing == UNPLAYED


def test_golden_history_names_no_machine() -> None:
    import gzip
    import socket

    told = [
        kept.name_of(p)
        for p in kept.files()
        if (text := gzip.decompress(p.read_bytes()).decode())
        and (socket.gethostname() in text or '"/' in text or "site-packages" in text)
    ]
    assert told == []
