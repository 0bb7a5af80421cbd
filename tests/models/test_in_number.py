"""English sentences that count: one task is, three tasks are."""

import pytest

from models.vocabulary.text import Text, in_number


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("1 item(s) need your attention", "1 item needs your attention"),
        ("12 item(s) need your attention", "12 items need your attention"),
        ("0 notice(s)", "0 notices"),
        ("1 methodology(ies)", "1 methodology"),
        ("5 methodology(ies)", "5 methodologies"),
        ("Version 1 → 2: 3 change(s)", "Version 1 → 2: 3 changes"),
        ("2 approved project(s) and scenario(s), together", "2 approved projects and scenarios, together"),
        ("The account of A2 was disabled; 1 open task(s) are with it", "The account of A2 was disabled; 1 open task is with it"),
        ("reading(s) of a meter", "reading(s) of a meter"),
        ("1,000 block(s) between 1 and 2", "1,000 blocks between 1 and 2"),
        ("f(s) and 3 of it", "f(s) and 3 of it"),
    ],
)  # fmt: skip
def test_what_is_counted_is_in_its_number(written: str, said: str) -> None:
    assert in_number(written) == said
    assert (Text(written, "中").of("en"), Text(written, "中(s)").of("zh")) == (said, "中(s)")
