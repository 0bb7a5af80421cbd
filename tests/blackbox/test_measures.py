"""What a worker tells Prometheus, once a case has been filed: steps, messages, how long they took."""

import re

import httpx
import pytest

from tests.blackbox.play import filed
from tests.system import System, wait_for

COUNTED = (
    'puhui_activity_seconds_count{activity="project",outcome="done"}',
    'puhui_activity_seconds_count{activity="issue_documents",outcome="done"}',
    'puhui_relay_messages_total{outcome="delivered"}',
    "puhui_relay_seconds_count",
)


def told(where: str) -> dict[str, float]:
    """Measures and what they stand at."""
    text = httpx.get(f"http://{where}/metrics", trust_env=False, timeout=90).text
    return {name: float(value) for name, value in re.findall(r"^(puhui_\S+) (\S+)$", text, re.MULTILINE)}


@pytest.mark.rule("M10")
def test_a_worker_tells_of_its_steps_and_of_messages_and_of_nobody(
    system: System, worker_measures: str
) -> None:
    case_no = filed(system)

    def counted() -> dict[str, float] | None:
        found = told(worker_measures)
        return found if all(found.get(name) for name in COUNTED) else None

    found = wait_for("measures of the steps after it was filed", counted, 30)
    assert found["puhui_relay_seconds_sum"] / found["puhui_relay_seconds_count"] < 30
    assert case_no not in "".join(found)
