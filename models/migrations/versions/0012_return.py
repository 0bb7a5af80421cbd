"""Return to a step: what becomes void frees its natural key, and stays."""
import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ANSWERED = "select max(e.seq) from audit_event e join task t on t.id = e.task_id"
#: table: name of the index, columns of the natural key, name of the constraint it takes the place of.
KEYS = {
    "task": ("task_asked_once", ["case_id", "key", "slot", "round"], "task_case_id_key_slot_round_key"),
    "finding": (
        "finding_listed_once", ["case_id", "stage", "round", "number"], "finding_case_id_stage_round_number_key",
    ),
    "panel": ("panel_of_round", ["case_id", "round"], "panel_case_id_round_key"),
    "notice": ("notice_of_round", ["case_id", "round"], "notice_case_id_round_key"),
}
DOCUMENT = ["case_id", "key", "slot", "round"]


def upgrade() -> None:
    for table in (*KEYS, "panel_member", "objection"):
        op.add_column(table, sa.Column("void_at", sa.DateTime(timezone=True), nullable=True))
    for table, (index, columns, constraint) in KEYS.items():
        op.drop_constraint(constraint, table, type_="unique")
        op.create_index(index, table, columns, unique=True, postgresql_where=sa.text("void_at is null"))
    for table in ("finding", "panel"):
        op.add_column(table, sa.Column("made_seq", sa.Integer(), nullable=False, server_default="0"))
    # what is there already was made by an answer: a correction by the formal review, all else by the newest answer
    op.execute(f"""
        update finding f set made_seq = coalesce(({ANSWERED}
            where e.case_id = f.case_id and e.event in ('task.completed', 'task.overridden')
              and case when f.stage = 'correction' then t.key = 'formal_review' and t.round = f.round
                       else t.key <> f.stage end), 0)""")
    op.execute(f"""
        update panel p set made_seq = coalesce(({ANSWERED}
            where e.case_id = p.case_id and e.event in ('task.completed', 'task.overridden')
              and t.key = 'panel_setup' and t.round = p.round), 0)""")
    op.add_column("case_file", sa.Column("generation", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("document", sa.Column("generation", sa.Integer(), nullable=False, server_default="0"))
    op.drop_constraint("document_case_id_key_slot_round_key", "document", type_="unique")
    op.create_unique_constraint(
        "document_case_id_key_slot_round_generation_key", "document", [*DOCUMENT, "generation"]
    )
    op.create_table(
        "document_void",
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("act_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"]),
        sa.ForeignKeyConstraint(["act_id"], ["operator_act.id"]),
        sa.PrimaryKeyConstraint("document_id"),
    )
    op.execute("create trigger document_void_stays before update or delete on document_void "
               "for each row execute function refuse_change()")
    op.execute("alter table document_void enable always trigger document_void_stays")
    op.execute("create trigger document_void_not_emptied before truncate on document_void "
               "for each statement execute function refuse_change()")


def downgrade() -> None:
    """Only while nothing is void: two rows of one natural key cannot go back under one constraint."""
    op.drop_table("document_void")
    op.drop_constraint("document_case_id_key_slot_round_generation_key", "document", type_="unique")
    op.create_unique_constraint("document_case_id_key_slot_round_key", "document", DOCUMENT)
    op.drop_column("document", "generation")
    op.drop_column("case_file", "generation")
    for table in ("finding", "panel"):
        op.drop_column(table, "made_seq")
    for table, (index, columns, constraint) in KEYS.items():
        op.drop_index(index, table_name=table)
        op.create_unique_constraint(constraint, table, columns)
    for table in (*KEYS, "panel_member", "objection"):
        op.drop_column(table, "void_at")
