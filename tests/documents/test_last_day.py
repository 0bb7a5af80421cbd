"""A letter names the last day people may still act on, the same as the page and the message do."""

from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from services.casefile import DueInfo
from services.clock import SHANGHAI
from services.documents.builders import evaluation
from tests.documents import sample


@pytest.mark.rule("G29")
@pytest.mark.parametrize("task", ["feedback", "rectification", "correction_answer"])
def test_letter_of_an_evaluation_ends_with_the_limit_and_not_a_day_later(task: str) -> None:
    end = datetime(2026, 12, 4, tzinfo=SHANGHAI)  # 3 December, 24:00
    file = replace(sample.ordinary(), dues={f"{task}/1/1": DueInfo(10, end)})
    head: Any = cast(Any, SimpleNamespace(round=1, slot="1"))
    assert evaluation._until(file, task, head) == "2026年12月3日"
