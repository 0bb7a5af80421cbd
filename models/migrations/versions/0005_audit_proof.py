"""Audit proof: every event lies in a chain, the database refuses what does not continue one, signed roots, jobs.

Events without a case were outside of every chain; from here on they form the chain of the system. Their
numbers and hashes are given once, here; what they say is not touched. The check stands after the statement,
on all its rows at once, so that two million rows cost one join.
"""
import hashlib
import json
from datetime import UTC

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SYSTEM = "00000000-0000-0000-0000-000000000000"
CONTINUES = """
create function audit_continues() returns trigger language plpgsql as $$
declare odd record;
begin
    select n.chain, n.seq into odd
      from inserted n left join audit_event p on p.chain = n.chain and p.seq = n.seq - 1
     where n.prev_hash <> coalesce(p.hash, '') or (n.seq > 1 and p.id is null)
     limit 1;
    if found then
        raise exception 'audit event % of chain % does not continue its chain', odd.seq, odd.chain
            using errcode = 'integrity_constraint_violation';
    end if;
    return null;
end $$
"""


def upgrade() -> None:
    op.execute("alter table audit_event disable trigger audit_event_stays")
    _chain_the_rest(op.get_bind())
    op.execute("alter table audit_event enable always trigger audit_event_stays")
    op.execute(f"alter table audit_event add column chain uuid not null "
               f"generated always as (coalesce(case_id, '{SYSTEM}'::uuid)) stored")
    op.execute("alter table audit_event alter column seq set not null")
    op.create_check_constraint("audit_numbers_from_one", "audit_event", "seq >= 1")
    op.create_check_constraint("audit_is_hashed", "audit_event", "hash ~ '^[0-9a-f]{64}$'")
    op.create_unique_constraint("audit_event_chain_seq_key", "audit_event", ["chain", "seq"])
    op.drop_constraint("audit_event_case_id_seq_key", "audit_event")
    op.create_index("audit_by_case", "audit_event", ["case_id"])
    op.create_index("audit_by_task", "audit_event", ["task_id"], postgresql_where=sa.text("task_id is not null"))
    op.execute(CONTINUES)
    op.execute("create trigger audit_event_continues after insert on audit_event referencing new table as inserted "
               "for each statement execute function audit_continues()")
    op.execute("alter table audit_event enable always trigger audit_event_continues")
    _roots()
    _jobs()
    for table in ("audit_event", "audit_root"):
        op.execute(f"revoke update, delete, truncate on {table} from public, current_user")


def _roots() -> None:
    op.create_table(
        "audit_root",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("chains", sa.Integer(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("merkle", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False, unique=True),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.CheckConstraint("number >= 1", name="audit_root_from_one"),
    )
    op.execute("create trigger audit_root_stays before update or delete on audit_root "
               "for each row execute function refuse_change()")
    op.execute("alter table audit_root enable always trigger audit_root_stays")
    op.execute("create trigger audit_root_not_emptied before truncate on audit_root "
               "for each statement execute function refuse_change()")


def _jobs() -> None:
    op.create_table(
        "proof_job",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), sa.ForeignKey("case_file.id"), nullable=True),
        sa.Column("asked_by", sa.BigInteger(), sa.ForeignKey("user_account.id"), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("result", postgresql.JSONB(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('verify', 'replay', 'seal')", name="proof_job_kind_known"),
        sa.CheckConstraint("state in ('waiting', 'running', 'done', 'failed')", name="proof_job_state_known"),
    )
    op.create_index("proof_job_to_do", "proof_job", ["id"], postgresql_where=sa.text("state in ('waiting', 'running')"))
    op.create_index("proof_job_by_case", "proof_job", ["case_id", "id"])


def _chain_the_rest(bind: sa.Connection) -> None:
    """Number and hash the events that belong to no case, in the order they were written."""
    rows = bind.execute(sa.text("select * from audit_event where case_id is null order by id")).mappings().all()
    before = ""
    for seq, row in enumerate(rows, 1):
        digest = _digest(row, seq, before)
        bind.execute(sa.text("update audit_event set seq = :s, prev_hash = :p, hash = :h where id = :i"),
                     {"s": seq, "p": before, "h": digest, "i": row["id"]})
        before = digest


def _digest(row: sa.RowMapping, seq: int, prev: str) -> str:
    body = {
        "case": "", "seq": seq, "at": row["at"].astimezone(UTC).isoformat(timespec="microseconds"),
        "event": row["event"], "stage": row["stage"], "user": row["user_id"], "role": row["role"],
        "on_behalf": row["on_behalf"], "task": str(row["task_id"] or ""), "public": row["public"],
        "data": row["data"], "ip": row["ip"], "rests_on": row["rests_on"], "prev": prev,
    }
    canonical = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def downgrade() -> None:
    op.execute("grant update, delete, truncate on audit_event to current_user")
    op.drop_table("proof_job")
    op.drop_table("audit_root")
    op.execute("drop trigger audit_event_continues on audit_event")
    op.execute("drop function audit_continues()")
    op.drop_index("audit_by_task", table_name="audit_event")
    op.drop_index("audit_by_case", table_name="audit_event")
    op.drop_constraint("audit_event_chain_seq_key", "audit_event")
    op.drop_constraint("audit_is_hashed", "audit_event")
    op.drop_constraint("audit_numbers_from_one", "audit_event")
    op.drop_column("audit_event", "chain")
    op.alter_column("audit_event", "seq", nullable=True)
    op.create_unique_constraint("audit_event_case_id_seq_key", "audit_event", ["case_id", "seq"])
