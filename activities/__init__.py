"""Effects: thin and idempotent. Each opens a transaction, calls a service and returns a fact."""

from collections.abc import Callable
from typing import Any

from activities.course import (
    appoint_panel,
    carry_out,
    case_marks,
    close_case,
    close_overdue,
    close_publicity,
    issue_documents,
    open_publicity,
    park_case,
    project,
    publish_result,
    refill_seat,
    round_limits,
    unpark_case,
    widen_panel,
)
from activities.plans import plan_evaluations

ACTIVITIES: list[Callable[..., Any]] = [
    project,
    close_overdue,
    issue_documents,
    appoint_panel,
    refill_seat,
    widen_panel,
    open_publicity,
    close_publicity,
    publish_result,
    close_case,
    park_case,
    unpark_case,
    round_limits,
    case_marks,
    carry_out,
    plan_evaluations,
]

__all__ = ["ACTIVITIES"]
