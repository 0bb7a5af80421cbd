"""`make tour`: a client that knows only the interface plays a whole case on a system of its own."""

import io
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest

from runtime.client import Player, Refused
from runtime.tour import PROCEDURE, Tour, own_system

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

KINDS = {
    "receipt",
    "appendix_a",
    "appendix_b",
    "correction_notice",
    "acceptance_notice",
    "agency_report",
    "expert_opinion",
    "group_opinion",
    "publicity_notice",
    "objection_answer",
    "technical_opinion",
    "publication_notice",
    "quantity_opinion",
    "issuance_notice",
    "issuance_certificate",
}


@pytest.fixture(scope="module")
def player(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Player]:
    """A whole system of the module's own, with a working day of four seconds."""
    with own_system(Path(tmp_path_factory.mktemp("up")), "4") as (address, password):
        player = Player(address, password, patience=300)
        yield player
        player.close()


def test_tour_leads_from_draft_to_publication_with_every_letter(player: Player, tmp_path: Path) -> None:
    play = Tour(player)
    case = play.play()
    assert case["status"] == "published"
    assert {d["kind"] for d in case["documents"]} == KINDS
    assert player.project_of(play.case_no) is not None
    for file in play.download(case, tmp_path):
        assert docx.Document(io.BytesIO(file.read_bytes())).paragraphs != []


def test_tour_can_take_the_case_back_while_it_is_on_show(player: Player) -> None:
    play = Tour(player, choices={}, withdraw_in="publicity", objects=False)
    assert play.play()["status"] == "withdrawn"
    assert player.project_of(play.case_no) is None


def test_client_tells_what_the_other_side_refused(player: Player) -> None:
    case_no = player.file(PROCEDURE)
    task = player.task_of(case_no, "formal_review")
    player.complete(task["id"], "intake")
    with pytest.raises(Refused) as second:
        player.post(f"/tasks/{task['id']}/complete", "intake", {"outcome": "accept", "form": {}})
    assert second.value.status == 409
    with pytest.raises(Refused) as stranger:
        player.get(f"/cases/{case_no}", "agency")
    assert stranger.value.status == 404
