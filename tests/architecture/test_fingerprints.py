"""The order of commands of every course is under version control, so that a change of it is never an accident."""

import difflib

import pytest

from tests.architecture import fingerprint

WHAT_TO_DO = """
What happened: the commands of a course, or what they stand under, are no longer those of fingerprints.json:

{difference}

A case under way repeats its course from the beginning after every restart; another order of commands stops it.

What to do:
  - Not meant? Put it back.
  - Meant, and the old cases must end as they began: keep both ways,
        if workflow.patched("2027-03-what-changed"):
            ...the new steps
        else:
            ...the steps as they were
    then `make histories`, which adds the new histories and renews fingerprints.json, and `make replay`.
  - Meant, and nothing commanded changes (a rename, an expression written otherwise): `make replay` is green;
    `make histories` renews fingerprints.json.
docs/determinism.md says more.
"""


def difference(before: dict[str, dict[str, list[str]]], now: dict[str, dict[str, list[str]]]) -> str:
    def lines(tree: dict[str, dict[str, list[str]]]) -> list[str]:
        return [f"{file} {name}: {c}" for file, fs in tree.items() for name, cs in fs.items() for c in cs]

    return "\n".join(difflib.unified_diff(lines(before), lines(now), "committed", "now", lineterm="", n=1))


def test_commands_are_those_committed() -> None:
    changed = difference(fingerprint.committed(), fingerprint.of_tree())
    if changed:
        pytest.fail(WHAT_TO_DO.format(difference=changed), pytrace=False)


COURSE = '''
async def course(case, its):
    """What it does."""
    await case.ask(its.A)
    if (await case.ask(its.B)).outcome == "x":
        await case.issue("letter")
'''


def test_fingerprint_when_only_words_change() -> None:
    reworded = COURSE.replace("What it does.", "Said otherwise.").replace("    if", "    # why\n    if")
    assert fingerprint.of_source(COURSE) == fingerprint.of_source(reworded)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("its.A", "its.C"),
        ('"x"', '"y"'),
        ('"letter"', '"letter", round_=2'),
        ('outcome == "x":', 'outcome == "x" or more:'),
    ],
    ids=["another task", "another condition", "another argument", "less conditional"],
)
def test_fingerprint_when_a_command_changes(before: str, after: str) -> None:
    assert fingerprint.of_source(COURSE) != fingerprint.of_source(COURSE.replace(before, after))
