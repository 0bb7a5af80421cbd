"""Whoever signs, approves or sends back reads on the same page what is signed."""

import pytest

from models.procedures import PROCEDURES
from models.vocabulary.roles import FILERS

#: A way out that only makes sense for somebody who has read what another person wrote.
_WAYS = {"sign", "return", "redraw"}
_TASKS = [(name, task) for name, nouns in PROCEDURES.items() for task in nouns.tasks]


@pytest.mark.parametrize(("name", "task"), _TASKS, ids=lambda x: getattr(x, "key", x))
def test_task_that_signs_or_returns_shows_what_it_is_about(name, task):
    ways = {o.key for o in task.outcomes}
    if task.by in FILERS or not ways & _WAYS:
        pytest.skip("nothing of another person is signed here, or a filer who has the case's own page")
    assert task.beside, f"{name}.{task.key} signs what its page does not show"


def test_what_is_shown_beside_a_task_is_a_task_of_the_procedure():
    for nouns in PROCEDURES.values():
        keys = {task.key for task in nouns.tasks}
        for task in nouns.tasks:
            assert set(task.beside) <= keys, task.key
