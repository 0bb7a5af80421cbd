"""What the ledger's pages say: the last day of a purpose, whose offer it is, how many of a good a person may have."""

from datetime import datetime
from typing import Any

import pytest

from api.templating import last_day
from services.clock import SHANGHAI
from services.settings import settings


@pytest.mark.parametrize("seconds", [None, 20])
def test_day_typed_as_the_last_one_is_the_day_shown(monkeypatch: Any, seconds: int | None) -> None:
    monkeypatch.setattr(settings(), "working_day_seconds", seconds)
    end = datetime(2027, 1, 1, tzinfo=SHANGHAI)  # how the end of 31 December is kept
    shown = last_day(end)
    assert shown is not None
    assert shown.date().isoformat() == "2026-12-31"


def test_day_of_the_demonstration_ends_at_its_second(monkeypatch: Any) -> None:
    monkeypatch.setattr(settings(), "working_day_seconds", 20)
    end = datetime(2027, 1, 1, 9, 30, 20, tzinfo=SHANGHAI)
    assert last_day(end) == end
