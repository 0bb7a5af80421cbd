"""Is the checker able to see? Each promise is broken once by hand, in a transaction that is taken back."""

from pathlib import Path

import psycopg

from tests.faults.checker import QUESTIONS, Evidence, Said
from tests.faults.engine_histories import History

A_DONE_TASK = """select t.id from task t join case_file c on c.id = t.case_id
    where t.state = 'done' and c.status in ('published', 'issued', 'online', 'closed') limit 1"""
AN_ENDED_CASE = (
    "select id from case_file where status in ('published', 'online') and submitted_at is not null limit 1"
)
#: What somebody with all rights could do behind the program's back.
SPOILED = {
    "no_decision_lost": "delete from submission where task_id = (select task_id from submission order by id desc limit 1)",
    "no_decision_applied_twice": """insert into audit_event (case_id, seq, at, event, stage, role, task_id, public, data, ip,
        rests_on, prev_hash, hash) select case_id, seq + 100000, at, event, stage, role, task_id, public, data, ip, rests_on,
        prev_hash, hash from audit_event where event = 'task.completed' limit 1""",
    "no_task_orphaned": f"update task set state = 'open', closed_at = null where id = ({A_DONE_TASK})",
    "every_course_ended_as_its_row": f"update case_file set status = 'rejected' where id = ({AN_ENDED_CASE})",
    "every_case_ended_or_waits_for_somebody": f"update case_file set status = 'in_progress' where id = ({AN_ENDED_CASE})",
    "every_message_delivered": f"""insert into outbox (case_id, signal, payload, lease_until, attempts, last_error, trace, dead,
        created_at) select id, 'task_closed', '{{}}', now(), 1, '', '', true, now() - interval '1 minute'
        from ({AN_ENDED_CASE}) c""",
    "no_document_twice_or_missing": "delete from document where id = (select max(id) from document)",
    "numbers_without_gaps_or_repeats": "delete from document where id = (select max(id) from document)",
    "ledger_conserved": "update ledger.balance set posted = posted + 1 where position_id = (select max(position_id) from ledger.balance)",
    "audit_chain_whole": """update audit_event set role = role || '.' where id = (select id from audit_event
        where case_id is not null order by id offset 10 limit 1)""",
}


def blind(
    chief: str,
    histories: dict[str, History],
    said: list[Said],
    files: Path | None,
    found: dict[str, list[str]],
) -> list[str]:
    """The promises whose breach was not seen.

    Args:
        chief: address of the database for its superuser. found: what was found before.
    """
    missed = []
    for name, spoil in SPOILED.items():
        table = spoil.split(" set ")[0].split(" where ")[0].split(" (")[0].split()[-1]
        with psycopg.connect(chief) as connection:
            try:
                connection.execute(
                    f"alter table {table} disable trigger all"
                )  # its own and those of foreign keys
                if connection.execute(spoil).rowcount != 1:
                    missed.append(f"{name}: nothing to break")
                elif len(QUESTIONS[name](Evidence(connection, histories, said, files))) <= len(found[name]):
                    missed.append(name)
            except psycopg.Error as error:
                missed.append(f"{name}: {error}")
            connection.rollback()
    return missed
