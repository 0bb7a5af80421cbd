"""What a start does to limits that run: another clock than before, or a demonstration clock that stood still.

Only an embedded system does this. Where limits bind people, nobody changes the clock, a setting made by mistake must
not move them, and they run whether the system does or not.
"""

from datetime import datetime, timedelta

import psycopg

from runtime.plan import Plan

#: A shorter absence is an interruption, in which time goes on.
A_WHILE = timedelta(minutes=10)
OPEN = """
    from deadline d left join task t on t.id = d.task_id left join notice n on n.id = d.notice_id
   where (t.id is not null and t.closed_at is null or n.state = 'open')"""
COUNTED_OTHERWISE = f"select exists (select 1 {OPEN} and d.day_seconds is distinct from %s)"
SWITCHED_OFF = f"""
    select last.at from (select at from audit_event order by id desc limit 1) last
     where last.at < now() - %s and exists (select 1 {OPEN} and d.day_seconds is not null and d.due_at > last.at)"""


def is_needed(plan: Plan) -> bool:
    """Whether limits that run were counted with another clock, or a demonstration was switched off for a while."""
    if plan.cluster is None:
        return False
    seconds = plan.settings.working_day_seconds
    with psycopg.connect(plan.database_url.replace("+psycopg", "", 1)) as connection:
        other = connection.execute(COUNTED_OTHERWISE, [seconds]).fetchone()
        slept = connection.execute(SWITCHED_OFF, [A_WHILE]).fetchone()
    return bool((other and other[0]) or slept)


def main() -> None:
    """Count them anew, and say how many ends moved."""
    from services import deadline_moves
    from services.session import transaction

    with transaction() as session:
        moved = deadline_moves.begin_anew(session)
        slept = session.connection().exec_driver_sql(SWITCHED_OFF, (A_WHILE,)).first()
        if slept is not None:
            since: datetime = slept[0]
            moved += deadline_moves.rest(session, since)
    count = len({m.deadline.id for m in moved})
    print(f"重新起算 {count} 项期限 · {count} limits counted anew", flush=True)


if __name__ == "__main__":
    main()
