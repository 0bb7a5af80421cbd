"""Appendix D and E: what the fields must say together, all told at once."""

from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from models.procedures.issuance import SPEC
from models.procedures.issuance_forms import IssuanceForm
from models.vocabulary.forms import example_data
from services import forms, issuances

Change = Callable[[dict[str, Any]], None]


def locs(*changes: Change) -> list[str]:
    form = deepcopy(example_data(IssuanceForm))
    for change in changes:
        change(form)
    return [p.loc for p in forms.validate(IssuanceForm, form)[1]]


def put(group: str, **values: Any) -> Change:
    return lambda form: form[group].update(values)


@pytest.mark.rule("G19")
def test_example_is_valid() -> None:
    assert locs() == []


@pytest.mark.rule("M06")
@pytest.mark.parametrize(
    ("change", "loc"),
    [
        (put("application", period_to="2024-12-31"), "application.period_to"),
        (put("application", period_from="2024-12-01"), "application.period_to"),
        (
            put("application", claim=[{"vintage_year": 2024, "tco2e": "356.049"}]),
            "application.claim.0.vintage_year",
        ),
        (put("application", claim=[{"vintage_year": 2025, "tco2e": "0"}]), "application.claim"),
        (put("calculation", er_total_t="355.000"), "calculation.er_total_t"),
        (put("calculation", checked_by="林晓"), "calculation.checked_by"),
        (put("calculation", readings=[]), "calculation.readings"),
        (put("application", data_source="reported"), "calculation.readings"),
        (
            put("application", receiving_accounts=[{"account": "SHJG-2026-639870", "pct": "60"}]),
            "application.receiving_accounts",
        ),
    ],
)
def test_what_does_not_fit_is_told_at_its_place(change: Change, loc: str) -> None:
    assert loc in locs(change)


@pytest.mark.rule("G04")
def test_reductions_claimed_elsewhere_are_not_issued() -> None:
    assert locs(put("application", double_claim_declaration=True)) == ["application.double_claim_declaration"]


def test_all_defects_are_told_at_once() -> None:
    found = locs(put("application", double_claim_declaration=True), put("calculation", checked_by="林晓"))
    assert set(found) == {"application.double_claim_declaration", "calculation.checked_by"}


@pytest.mark.rule("G20")
def test_reported_data_needs_no_papers_of_its_own() -> None:
    needed = {m.kind for m in SPEC.materials if m.needed({"application": {"data_source": "reported"}})}
    assert needed == {"appendix_d", "appendix_e", "monitoring_report"}


def test_grams_are_shared_out_without_a_rest() -> None:
    thirds = [("a", Decimal("33.33")), ("b", Decimal("33.34")), ("c", Decimal("33.33"))]
    assert issuances.shared_out(100, thirds) == [33, 34, 33]
    assert issuances.shared_out(1, thirds) == [0, 1, 0]


def test_a_smaller_amount_is_cut_from_the_latest_year() -> None:
    assert issuances.cut_down({2024: 5, 2025: 7}, 6) == {2024: 5, 2025: 1}
    assert issuances.cut_down({2024: 5, 2025: 7}, 3) == {2024: 3, 2025: 0}
