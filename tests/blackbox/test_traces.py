"""One click can be followed to the document it brought about; nothing of a person is told on the way."""

import pytest

from tests.blackbox.collector import Collector
from tests.blackbox.play import example_form, filed
from tests.blackbox.scenarios import SAMPLE
from tests.system import System, wait_for

#: What follows a submission: the request, its message, the step of the course, the letter.
CHAIN = ("POST /api/v1/cases/{case_no}/submit", "message start", "step issue_documents", "document receipt")


@pytest.mark.rule("M10")
def test_one_trace_leads_from_the_submission_to_the_receipt(system: System, collector: Collector) -> None:
    filed(system, example_form(system))

    def whole() -> list[str] | None:
        return next((names for names in list(collector.traces.values()) if set(CHAIN) <= set(names)), None)

    assert wait_for("a trace with every part", whole, 30)
    for organisation in SAMPLE["organisations"].values():
        person, contact = organisation["legal_representative"], organisation["contact"]
        for secret in (person["name"], person["id_number"], contact["mobile"], contact["email"]):
            assert secret not in collector.told
