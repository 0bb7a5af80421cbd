"""The yearly plan of evaluations: made by an activity, started by a schedule that the worker keeps (M13)."""

from datetime import datetime, timedelta

from temporalio import activity
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from activities import edge
from models.vocabulary.facts import PlanMade, PlanStep
from services import clock, evaluations
from services.clock import SHANGHAI

SCHEDULE_ID = "evaluation-plan"
#: Working days of a year, for the demonstration clock; a demonstration shorter than an hour is left in peace.
WORKING_DAYS = 250
AT_LEAST = timedelta(hours=1)


@activity.defn
def plan_evaluations(step: PlanStep) -> PlanMade:
    """Make the plan of the year that it is in Shanghai; once a year, however often it is asked."""
    with edge.work(step.at) as session:
        year = edge.moment(step.at).astimezone(SHANGHAI).year
        plan = evaluations.plan(session, None, year)
        return PlanMade(year=plan.year, cases=plan.flagged + plan.drawn)


def when(working_day_seconds: float | None, now: datetime) -> ScheduleSpec:
    """Ten in the morning of 10 January in Shanghai; with the demonstration clock, after a year of its working days.

    Intervals are counted from the epoch; the offset makes the first one whole from `now`.
    """
    if working_day_seconds:
        year = max(AT_LEAST, timedelta(seconds=WORKING_DAYS * working_day_seconds))
        offset = timedelta(seconds=int(now.timestamp()) % int(year.total_seconds()))
        return ScheduleSpec(intervals=[ScheduleIntervalSpec(every=year, offset=offset)])
    day = ScheduleCalendarSpec(
        month=[ScheduleRange(1)],
        day_of_month=[ScheduleRange(10)],
        hour=[ScheduleRange(10)],
        comment="跟踪评估年度计划",
    )
    return ScheduleSpec(calendars=[day], time_zone_name="Asia/Shanghai")


async def define_schedules(client: Client, queue: str, working_day_seconds: float | None) -> None:
    """The schedule exists, as the settings have it, however often a worker starts; a plan missed while down is made."""
    schedule = Schedule(
        action=ScheduleActionStartWorkflow("evaluation_plan", id="evaluation-plan", task_queue=queue),
        spec=when(working_day_seconds, clock.now()),
        policy=SchedulePolicy(catchup_window=timedelta(days=300)),
    )
    try:
        await client.create_schedule(SCHEDULE_ID, schedule)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(SCHEDULE_ID).update(lambda old: _as_now(old, schedule))


def _as_now(old: ScheduleUpdateInput, wanted: Schedule) -> ScheduleUpdate | None:
    """Only what is asked for and when may change; a schedule an operator paused stays paused."""
    known = old.description.schedule
    wanted.state = known.state
    return ScheduleUpdate(schedule=wanted)
