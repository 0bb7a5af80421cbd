"""The issuance of a year that was reported, filed and decided from the schemas alone."""

import pytest

from tests.blackbox.play import Player, draft, procedure, submit
from tests.system import System


@pytest.mark.rule("G19")
@pytest.mark.rule("G20")
def test_reported_year_is_issued_from_the_schemas_alone(system: System) -> None:
    form = procedure(system, "issuance")["form_schema"]["examples"][0]
    assert form["application"]["data_source"] == "reported"
    played = Player(system, {}, key="issuance").play(form)
    assert played.end["status"] == "issued"
    assert [k for k, _, _ in played.answered] == ["formal_review", "quantity_review", "issuance_approval"]
    assert played.kinds()[-3:] == ["quantity_opinion", "issuance_notice", "issuance_certificate"]
    [issued] = [line for line in played.end["timeline"] if line["event"] == "reduction.issued"]
    assert form["calculation"]["er_total_t"].rstrip("0") in issued["text"]
    again = submit(system, draft(system, form, key="issuance"))
    assert again.status_code == 422
    assert played.case_no in again.text
