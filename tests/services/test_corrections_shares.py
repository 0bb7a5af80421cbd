"""What a correction takes back is borne by each holder as it was given, to the gram, and never beyond it (G27, I34)."""

from uuid import uuid4

import pytest

from models.tables import Transfer
from services import corrections


def given(*grams: int) -> list[Transfer]:
    return [
        Transfer(id=uuid4(), act_id=uuid4(), move="direct", book_id=1, from_id=1, to_id=n, amount=g)
        for n, g in enumerate(grams, 2)
    ]


@pytest.mark.rule("G27")
@pytest.mark.parametrize(
    ("amounts", "back", "borne"),
    [
        ([60, 40], 50, [30, 20]),
        ([1] * 1000, 999, [1] * 999 + [0]),
        ([10] * 100 + [11], 500, None),
        ([7, 7, 7], 20, [7, 7, 6]),
        ([5], 5, [5]),
        ([3, 1], 1, [1, 0]),
    ],
)
def test_no_holder_bears_more_than_it_was_given(
    amounts: list[int], back: int, borne: list[int] | None
) -> None:
    issued = given(*amounts)
    parts = {transfer.id: grams for transfer, grams in corrections._parts(issued, back)}
    each = [parts.get(t.id, 0) for t in issued]
    assert sum(each) == back
    assert all(0 <= g <= t.amount for g, t in zip(each, issued, strict=True))
    exact = [back * t.amount / sum(amounts) for t in issued]
    assert all(abs(g - e) < 1 for g, e in zip(each, exact, strict=True))
    if borne is not None:
        assert each == borne
