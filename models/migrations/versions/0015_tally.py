"""Sums of the statistics: kept by cases, months and years; triggers note every case that has changed since.

A trigger only adds a row to `tally_change`: it neither waits for anybody nor makes anybody wait. While such a row is
there, the case is counted from its own rows and what it had contributed is left out (services/tally.py).
"""
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

#: table: (its column that names the case, the columns that numbers are made of).
WATCHED = {
    "case_file": ("id", ("procedure", "status", "stage", "filer_id", "submitted_at", "ended_at")),
    "task": ("case_id", ("case_id", "key", "round", "role", "state", "opened_at", "closed_at", "closed_by", "due_at",
                         "assignee_id", "void_at")),
    "finding": ("case_id", ("case_id", "stage", "target", "void_at")),
    "notice": ("case_id", ("case_id", "opened_at", "closed_at", "void_at")),
    "stage_visit": ("case_id", ("case_id", "procedure", "stage", "entered_at", "left_at")),
    "stage_pause": ("case_id", ("case_id", "n", "from_at", "to_at")),
}  # fmt: skip
NOTE = """
create function note_{table}_change() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        insert into tally_change (case_id) values (old.{case});
    end if;
    if tg_op = 'INSERT' or new.{case} <> old.{case} then
        insert into tally_change (case_id) values (new.{case});
    end if;
    return null;
end $$
"""


def upgrade() -> None:
    op.create_table(
        "tally",
        sa.Column("grain", sa.String(), primary_key=True),
        sa.Column("dimension", sa.String(), primary_key=True),
        sa.Column("start", sa.Date(), primary_key=True),
        sa.Column("procedure", sa.String(), primary_key=True),
        sa.Column("value", sa.String(), primary_key=True),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("grain in ('a','y','m','d')", name="tally_grain_known"),
    )
    op.create_table(
        "tally_case",
        sa.Column("case_id", sa.Uuid(), primary_key=True),
        sa.Column("procedure", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
    )
    op.create_table(
        "tally_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("case_id", sa.Uuid(), nullable=False),
    )
    op.create_table(
        "tally_state",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("calendar", sa.String(), nullable=False),
        sa.CheckConstraint("id = 1", name="tally_state_is_one"),
    )
    op.execute("insert into tally_state (id, calendar) values (1, '')")
    for table, (case, columns) in WATCHED.items():
        op.execute(NOTE.format(table=table, case=case))
        op.execute(f"create trigger {table}_noted after insert or delete on {table} "
                   f"for each row execute function note_{table}_change()")
        before, after = (", ".join(f"{row}.{c}" for c in columns) for row in ("old", "new"))
        op.execute(f"create trigger {table}_change_noted after update on {table} for each row "
                   f"when (({before}) is distinct from ({after})) execute function note_{table}_change()")


def downgrade() -> None:
    for table in WATCHED:
        op.execute(f"drop trigger {table}_change_noted on {table}")
        op.execute(f"drop trigger {table}_noted on {table}")
        op.execute(f"drop function note_{table}_change()")
    for table in ("tally_state", "tally_change", "tally_case", "tally"):
        op.drop_table(table)
