"""Event 特定活动: open in its window only, closed by itself, reported on (J10, I26)."""

from workflows.procedure import Procedure
from workflows.stages.nouns import EventNouns


async def event(case: Procedure, its: EventNouns) -> None:
    """Scheduled, opened at its first instant, closed at its last; then the merchant reports."""
    await case.stage("event_schedule")
    scheduled = await case.carry_out("event_schedule")
    await case.issue("mall_admission")
    await case.pass_time("event/opens", scheduled.due_at)

    await case.stage("event")
    opened = await case.carry_out("event_open")
    await case.pass_time("event/closes", opened.due_at)
    await case.carry_out("event_close")

    await case.stage("activity_report")
    round_, _ = await case.signed(its.ACTIVITY_REPORT, its.ACTIVITY_CONFIRMATION)
    await case.issue("activity_report", round_=round_)
