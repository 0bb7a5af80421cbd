"""The rule list and the tests fit together."""

from pathlib import Path

import pytest

from models.procedures import PROCEDURES
from runtime.docs import rules

#: Listed and not built: the procedure by which a methodology is applied for and published.
AHEAD = {"M04"}


def test_every_covered_rule_has_a_test() -> None:
    assert rules.unproven() == []


def test_no_test_and_no_noun_names_an_unknown_rule() -> None:
    assert rules.unknown() == []


def test_covered_rules_are_those_of_finished_procedures() -> None:
    assert {r.id for r in rules.rules() if not r.covered} == AHEAD


def test_ids_are_unique_and_in_order_within_their_document() -> None:
    ids = [r.id for r in rules.rules()]
    assert len(set(ids)) == len(ids)
    for letter in {i[0] for i in ids}:
        numbers = [int(i[1:]) for i in ids if i[0] == letter]
        assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("key", PROCEDURES)
def test_procedure_rests_on_rules_that_are_listed(key: str) -> None:
    known = {r.id for r in rules.rules()}
    assert set(PROCEDURES[key].rules) <= known


def test_marks_are_read_from_functions_classes_and_modules(tmp_path: Path) -> None:
    file = tmp_path / "test_sample.py"
    file.write_text(
        "import pytest\n"
        'pytestmark = pytest.mark.rule("G01")\n'
        '@pytest.mark.rule("G12", "G13")\n'
        "def test_a(): ...\n"
        '@pytest.mark.rule("M05")\n'
        "class TestB:\n"
        "    async def test_c(self): ...\n"
        "def helper(): ...\n"
    )
    found = sorted((p.rule, p.test) for p in rules.proofs_in(file))
    assert found == [
        ("G01", "test_a"),
        ("G01", "test_c"),
        ("G12", "test_a"),
        ("G13", "test_a"),
        ("M05", "test_c"),
    ]
