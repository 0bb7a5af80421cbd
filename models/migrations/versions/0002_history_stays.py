"""History stays: rows that record what happened are never changed or deleted (I28, I29)."""
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEPT = ("audit_event", "submission", "case_version", "document")


def upgrade() -> None:
    op.execute("""
        create function refuse_change() returns trigger language plpgsql as $$
        begin
            raise exception 'rows of % are history and cannot be changed', tg_table_name
                using errcode = 'integrity_constraint_violation';
        end $$""")
    for table in KEPT:
        op.execute(f"create trigger {table}_stays before update or delete on {table} "
                   "for each row execute function refuse_change()")
        op.execute(f"alter table {table} enable always trigger {table}_stays")
        op.execute(f"create trigger {table}_not_emptied before truncate on {table} "
                   "for each statement execute function refuse_change()")


def downgrade() -> None:
    for table in KEPT:
        op.execute(f"drop trigger {table}_not_emptied on {table}")
        op.execute(f"drop trigger {table}_stays on {table}")
    op.execute("drop function refuse_change()")
