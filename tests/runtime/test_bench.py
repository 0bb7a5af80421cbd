"""The benchmark does not rot: its parts work on a small scale, and its report says what was found."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url
from sqlmodel import select

from models.tables import TaskRow
from models.vocabulary.facts import TaskRequest
from runtime.bench import command, decisions, documents, figures, floors, people, report
from runtime.bench.openings import Openings
from runtime.seeds import static
from services import course, forms
from services.session import transaction
from tests.conftest import clone_of, environment

SPREAD = {"p50": 10.0, "p95": 20.0, "n": 3}


@pytest.fixture(scope="module")
def address(template: str) -> Iterator[str]:
    """A database with the people of the demonstration."""
    with clone_of(template) as url, environment(DATABASE_URL=url):
        with transaction() as session:
            static.seed(session, "only-for-tests")
        yield make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def test_bare_decision_is_timed(address: str) -> None:
    assert floors.bare_sql(address, times=3)["n"] == 3


@pytest.mark.parametrize("key", people.ANSWERS)
def test_answers_of_the_benchmark_are_valid(key: str) -> None:
    body = people.answer(key)
    _, problems = forms.validate(people.ANSWERS[key][0].form, body["form"], body["outcome"])
    assert problems == []


def test_case_of_the_benchmark_is_filed_asked_and_decided(address: str) -> None:
    who = people.people()
    with Openings(address) as openings:
        with transaction() as session:
            case_id = people.file(session, who.filer, people.example_form())
        for key in people.ANSWERS:
            with transaction() as session:
                course.project(session, case_id, None, [TaskRequest(key=key)])
            opening = openings.next(case_id, seconds=60)
            assert (opening.key, opening.round) == (key, 1)
            assert people.decide(who, opening) > 0
    with transaction() as session:
        assert {t.state for t in session.exec(select(TaskRow))} == {"done"}


def test_waiting_together_raises_what_one_raised() -> None:
    def wrong() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        decisions.together([wrong, lambda: None])


def test_appendix_of_the_benchmark_has_its_rows_and_is_compared() -> None:
    found = documents.measure(times=1, many=1)
    assert (found["devices"], found["months"]) == (30, 12)
    assert found["ours_ms"] > 0
    assert found["plain_ms"] > 0


def test_spread_of_nothing_has_no_numbers() -> None:
    assert figures.spread([]) == {"p50": None, "p95": None, "n": 0}


def _found() -> dict[str, Any]:
    """What a run finds, in round numbers."""
    cpu = {"web": 1.0, "worker": 2.0, "temporal": 3.0, "postgres": 4.0, "all": 10.0}
    steady = {"rate": 10, "achieved": 10.0, "carried": True, "answered_ms": SPREAD, "visible_ms": SPREAD}
    visible = {"answered_ms": SPREAD, "visible_ms": SPREAD}
    return {
        "machine": command.machine(),
        "profile": "tiny",
        "floors": {"P_ms": SPREAD, "H_ms": SPREAD, "L_ms": SPREAD, "C_cases_per_s": 10.0, "visible_ms_at_once": SPREAD, "cpu_ms_per_task": cpu},
        "alone": visible,
        "at_once": {**visible, "tasks_per_s": 30.0, "cpu_ms_per_task": cpu},
        "steady": [steady, {**steady, "rate": 20, "carried": False}],
        "services": {"cases_per_s": 8.0},
        "peer": {"cases_per_s": 5.0},
        "history": {"events": 63, "kb": 11.0, "personal_data_found": [], "replay_ms": 30.0, "sandbox_ms": 20.0},
    }  # fmt: skip


def test_report_says_which_goals_are_met(tmp_path: Path) -> None:
    rows = report.rows(_found())
    by_name = {row.en: row for row in rows}
    assert by_name["decision acknowledged, p50"].share == pytest.approx(10 / 110, abs=0.01)
    assert by_name["ten-task case, real services"].met is False
    assert by_name["the same against DBOS"].met is True
    assert by_name["steady clicks carried"].value == "10/s"
    report.keep(tmp_path / "bench.json", _found(), rows)
    assert json.loads((tmp_path / "bench.json").read_text())["goals"][0]["en"] == "P, bare SQL of a decision"
    assert "</svg>" in (tmp_path / "bench.svg").read_text()


def test_report_is_published_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "quality.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n", encoding="utf-8")
    for _ in range(2):
        report.publish(tmp_path, _found(), report.rows(_found()))
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith(f"{report.END}\nafter\n")
    assert "old" not in text
    assert text.count(report.BEGIN) == 1
