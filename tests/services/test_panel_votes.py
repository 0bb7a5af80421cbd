"""What a group may conclude from the votes of its members (G13)."""

import pytest

from services import panel_votes

ALL = ("pass", "pass_after_revision", "pass_after_re_review", "fail")


@pytest.mark.rule("G13")
@pytest.mark.parametrize(
    ("votes", "may"),
    [
        ((5, 0, 0, 0), {"pass", "pass_after_revision", "pass_after_re_review"}),
        ((4, 0, 0, 1), {"pass", "pass_after_revision", "pass_after_re_review"}),
        ((4, 0, 0, 2), {"pass", "pass_after_revision", "pass_after_re_review"}),  # exactly two thirds of six
        ((3, 1, 0, 1), {"pass_after_revision", "pass_after_re_review"}),
        ((3, 0, 0, 2), {"pass_after_re_review", "fail"}),
        ((1, 1, 1, 2), {"pass_after_re_review", "fail"}),
        ((0, 0, 5, 0), {"pass_after_re_review", "fail"}),
        ((2, 0, 0, 4), {"fail"}),  # exactly two thirds of six
        ((1, 0, 0, 4), {"fail"}),
        ((0, 0, 0, 5), {"fail"}),
    ],
)
def test_group_concludes_nothing_that_two_thirds_are_against(votes: tuple[int, ...], may: set[str]) -> None:
    count = dict(zip(ALL, votes, strict=True))
    assert {o for o in ALL if not panel_votes.against(o, count)} == may
