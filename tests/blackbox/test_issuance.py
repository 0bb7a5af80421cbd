"""Issuances filed and decided from the schemas alone: a reported year, and another one within twelve months."""

import pytest

from tests.blackbox.play import Played
from tests.blackbox.scenarios import Cases
from tests.system import System

REVIEWED = ["formal_review", "quantity_review", "issuance_approval"]
REASON = "application.second_in_year_reason"


@pytest.fixture(scope="module")
def second(cases: Cases) -> Played:
    return cases["issuances"]


@pytest.fixture(scope="module")
def first(second: Played) -> Played:
    found: Played = second.notes["first"]
    return found


@pytest.mark.rule("G19")
@pytest.mark.rule("G20")
def test_reported_year_is_issued_from_the_schemas_alone(first: Played) -> None:
    form = first.end["form"]
    assert form["application"]["data_source"] == "reported"
    assert first.end["status"] == "issued"
    assert [k for k, _, _ in first.answered] == REVIEWED
    assert first.kinds()[-3:] == ["quantity_opinion", "issuance_notice", "issuance_certificate"]
    [issued] = [line for line in first.end["timeline"] if line["event"] == "reduction.issued"]
    assert form["calculation"]["er_total_t"].rstrip("0") in issued["text"]


@pytest.mark.rule("G19")
def test_period_once_asked_for_is_refused_by_name(first: Played, second: Played) -> None:
    for name in ("same", "overlap"):
        [told] = [e for e in second.notes[name] if first.case_no in e["msg"]]
        assert told["loc"].startswith("application.period"), told


@pytest.mark.rule("G18")
def test_second_issuance_within_a_year_needs_its_reason(second: Played) -> None:
    assert [e["loc"] for e in second.notes["reason"]] == [REASON]


@pytest.mark.rule("G18")
def test_second_issuance_with_a_reason_is_weighed_and_issued(first: Played, second: Played) -> None:
    assert second.end["status"] == "issued"
    assert [k for k, _, _ in second.answered] == [REVIEWED[0], "exception_decision", *REVIEWED[1:]]
    assert "exception" in second.stages()
    periods = [p.end["form"]["application"] for p in (first, second)]
    assert periods[0]["period_to"] < periods[1]["period_from"]


@pytest.mark.rule("G19")
def test_ledger_holds_what_both_certificates_say(system: System, first: Played, second: Played) -> None:
    [account] = system.get("applicant", "/ledger/accounts")["items"]
    rows = system.get("applicant", f"/ledger/accounts/{account['number']}/statement")["items"]
    for played in (first, second):
        [row] = [r for r in rows if r["case_no"] == played.case_no]
        form = played.end["form"]["application"]
        share = next(r["pct"] for r in form["receiving_accounts"] if r["account"] == account["number"])
        claimed_g = sum(round(float(c["tco2e"]) * 1_000_000) for c in form["claim"])
        assert row["in_g"] == claimed_g * int(share) // 100
        certificate = system.get("", f"/public/certificates/{row['code']}")
        assert (certificate["kind"], certificate["number"]) == ("issuance", row["certificate"])
        lot = system.get("", f"/ledger/lots/{row['lot']}")
        assert (lot["issued_g"], lot["adds_up"]) == (claimed_g, True)
    assert system.get("auditor", "/ledger/overview", check="true")["adds_up"]
