"""Several alike are told apart: seats of a panel, objections of a notice."""

import pytest

from services.reading.inbox import part_of


@pytest.mark.parametrize(
    ("slot", "en", "zh"),
    [("1", "", ""), ("2", "objection 2", "异议 2"), ("1.1", "seat 1", "席位 1"), ("3.2", "seat 3", "席位 3")],
)
def test_a_task_says_which_of_several_it_is(slot: str, en: str, zh: str) -> None:
    assert (part_of(slot).en, part_of(slot).zh) == (en, zh)
