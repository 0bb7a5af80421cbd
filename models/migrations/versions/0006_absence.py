"""Troubles of the engine, acts of overseers with what was seen of them, absences and substitutes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _trouble()
    _act()
    _absence()
    op.add_column("task", sa.Column("substitution", postgresql.JSONB(), nullable=False, server_default="{}"))
    op.create_index("task_open_due", "task", ["due_at"],
                    postgresql_where=sa.text("state in ('open','claimed')"))


def _trouble() -> None:
    op.create_table(
        "engine_trouble",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
        sa.Column("case_id", sa.Uuid(), sa.ForeignKey("case_file.id"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("case_id", "kind", "what"),
        sa.CheckConstraint("kind in ('activity','workflow_task','disagree')", name="engine_trouble_kind_known"),
    )
    op.create_index(op.f("ix_engine_trouble_case_id"), "engine_trouble", ["case_id"])


def _act() -> None:
    op.create_table(
        "operator_act",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), sa.ForeignKey("case_file.id"), nullable=False),
        sa.Column("task_id", sa.Uuid(), sa.ForeignKey("task.id")),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("by_user", sa.Integer(), sa.ForeignKey("user_account.id"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("second_user", sa.Integer(), sa.ForeignKey("user_account.id")),
        sa.Column("second_at", sa.DateTime(timezone=True)),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("outcome_zh", sa.String(), nullable=False),
        sa.Column("outcome_en", sa.String(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("state in ('proposed','asked','seen','failed','withdrawn')", name="operator_act_state_known"),
    )
    op.create_index(op.f("ix_operator_act_case_id"), "operator_act", ["case_id"])
    op.create_index(op.f("ix_operator_act_by_user"), "operator_act", ["by_user"])
    op.create_index(op.f("ix_operator_act_asked_at"), "operator_act", ["asked_at"])
    op.create_index("operator_act_open", "operator_act", ["asked_at"],
                    postgresql_where=sa.text("state in ('proposed','asked')"))


def _absence() -> None:
    op.create_table(
        "absence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("user_account.id"), nullable=False),
        sa.Column("substitute_id", sa.Integer(), sa.ForeignKey("user_account.id"), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by_user", sa.Integer(), sa.ForeignKey("user_account.id"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.Column("cancelled_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("ends_on >= starts_on", name="absence_ends_after_start"),
        sa.CheckConstraint("user_id <> substitute_id", name="absence_has_another_substitute"),
    )
    op.create_index("absence_by_days", "absence", ["user_id", "starts_on", "ends_on"])
    op.create_index(op.f("ix_absence_substitute_id"), "absence", ["substitute_id"])


def downgrade() -> None:
    op.drop_index("task_open_due", table_name="task")
    op.drop_column("task", "substitution")
    op.drop_table("absence")
    op.drop_table("operator_act")
    op.drop_table("engine_trouble")
