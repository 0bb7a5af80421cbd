"""Issuance: a case may be about a published project or scenario; issuances under way and done."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_file", sa.Column("project_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key("case_file_project_id_fkey", "case_file", "project", ["project_id"], ["id"])
    op.create_index("ix_case_file_project_id", "case_file", ["project_id"])
    op.create_table(
        "issuance",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("case_id", sa.Uuid(), sa.ForeignKey("case_file.id"), nullable=False, unique=True),
        sa.Column("project_id", sa.BigInteger(), sa.ForeignKey("project.id"), nullable=False),
        sa.Column("first_time", sa.Boolean(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=True),
        sa.Column("claimed_g", sa.BigInteger(), nullable=False),
        sa.Column("recomputed_g", sa.BigInteger(), nullable=True),
        sa.Column("approved_g", sa.BigInteger(), nullable=True),
        sa.Column("data_sha256", sa.String(), nullable=False),
        sa.Column("calculation", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("act_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("period_to >= period_from", name="issuance_forward"),
        sa.CheckConstraint("state in ('pending', 'issued', 'ended')", name="issuance_state"),
        sa.CheckConstraint("approved_g <= recomputed_g", name="issuance_supported"),
        sa.CheckConstraint("approved_g <= claimed_g", name="issuance_not_above_claim"),
        sa.CheckConstraint("(state = 'issued') = (act_id is not null)", name="issuance_posted"),
    )
    op.create_index("ix_issuance_project_id", "issuance", ["project_id"])
    op.create_index("ix_issuance_state", "issuance", ["state"])


def downgrade() -> None:
    op.drop_table("issuance")
    op.drop_index("ix_case_file_project_id", "case_file")
    op.drop_constraint("case_file_project_id_fkey", "case_file")
    op.drop_column("case_file", "project_id")
