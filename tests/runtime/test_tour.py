"""A client that knows only the interface plays whole cases on a whole system."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import docx
import pytest

from runtime.client import Player, Refused
from runtime.tour import PROCEDURE, Tour, own_system

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

STRAIGHT = {"receipt", "appendix_a", "appendix_b", "acceptance_notice", "expert_opinion", "group_opinion"}
ENDING = {"publicity_notice", "technical_opinion", "publication_notice"}


@dataclass(frozen=True)
class Course:
    """What people answer, how the case ends, and which documents it has besides receipt and appendices."""

    ends: str
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    withdraw_in: str = ""
    objects: bool = False
    documents: frozenset[str] = frozenset()


PUBLISHED = frozenset(STRAIGHT | ENDING)
COURSES = {
    "straight": Course("published", documents=PUBLISHED),
    "two_corrections": Course(
        "published",
        {"formal_review": ("request_correction", "request_correction", "accept")},
        documents=PUBLISHED | {"correction_notice"},
    ),
    "complex_with_agency": Course(
        "published",
        {"triage": ("complex",), "agency_review": ("pass_with_findings",)},
        documents=PUBLISHED | {"agency_report"},
    ),
    "experts_decline_conflict_and_fall_silent": Course(
        "published",
        {"expert_invitation": ("decline", "conflict", "accept")},
        silent=frozenset({"expert_opinion"}),
        documents=PUBLISHED,
    ),
    "objection_not_upheld": Course(
        "published",
        {"objection_answer": ("not_upheld",)},
        objects=True,
        documents=PUBLISHED | {"objection_answer"},
    ),
    "objection_upheld": Course(
        "published",
        {"objection_answer": ("upheld_curable",)},
        objects=True,
        documents=PUBLISHED | {"objection_answer"},
    ),
    "objection_fatal": Course(
        "rejected",
        {"objection_answer": ("upheld_fatal",)},
        objects=True,
        documents=frozenset(STRAIGHT | {"publicity_notice", "objection_answer", "rejection_notice"}),
    ),
    "withdrawn_in_publicity": Course(
        "withdrawn", withdraw_in="publicity", documents=frozenset(STRAIGHT | {"publicity_notice"})
    ),
    "correction_lapses": Course(
        "lapsed",
        {"formal_review": ("request_correction",)},
        silent=frozenset({"correction"}),
        documents=frozenset(
            {"receipt", "appendix_a", "appendix_b", "correction_notice", "termination_notice"}
        ),
    ),
    "refused": Course(
        "not_accepted",
        {"formal_review": ("refuse",)},
        documents=frozenset({"receipt", "appendix_a", "appendix_b", "refusal_notice"}),
    ),
}


@pytest.fixture(scope="module")
def player(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Player]:
    """A whole system of the module's own, with a working day of one second."""
    with own_system(Path(tmp_path_factory.mktemp("up"))) as (address, password):
        player = Player(address, password, patience=25)
        yield player
        player.close()


@pytest.mark.parametrize("name", COURSES)
def test_case_ends_as_the_answers_say(player: Player, name: str, tmp_path: Path) -> None:
    course = COURSES[name]
    play = Tour(player, course.choices, course.silent, course.withdraw_in, course.objects)
    case = play.play()
    case = player.wait("documents", lambda: _with(player, play.case_no, course.documents))
    assert case["status"] == course.ends
    assert {d["kind"] for d in case["documents"]} == course.documents
    assert (player.project_of(play.case_no) is not None) is (course.ends == "published")
    for file in play.download(case, tmp_path):
        assert docx.Document(io.BytesIO(file.read_bytes())).paragraphs != []


def _with(player: Player, case_no: str, kinds: frozenset[str]) -> dict | None:  # type: ignore[type-arg]
    """The case once it has these documents: the last letter comes a moment after the end."""
    case = player.case(case_no)
    return case if kinds <= {d["kind"] for d in case["documents"]} else None


def test_second_answer_and_strangers_are_refused(player: Player) -> None:
    case_no = player.file(PROCEDURE)
    task = player.task_of(case_no, "formal_review")
    player.complete(task["id"], "intake")
    with pytest.raises(Refused) as second:
        player.post(f"/tasks/{task['id']}/complete", "intake", {"outcome": "accept", "form": {}})
    assert second.value.status == 409
    with pytest.raises(Refused) as stranger:
        player.get(f"/cases/{case_no}", "agent")
    assert stranger.value.status == 404


def test_every_defect_of_an_empty_draft_is_told_at_once(player: Player) -> None:
    case_no = player.post("/cases", "applicant", {"procedure": PROCEDURE, "form": {}})["case_no"]
    with pytest.raises(Refused) as refused:
        player.post(f"/cases/{case_no}/submit", "applicant", {"declaration": {"accepted": False}})
    told = {e["loc"] for e in refused.value.body["errors"]}
    assert refused.value.status == 422
    assert {"applicant.applicant_name", "project.lon", "declaration.accepted", "materials.licence"} <= told
