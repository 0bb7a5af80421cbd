"""Issuance: a case may be about a published project or scenario."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_file", sa.Column("project_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key("case_file_project_id_fkey", "case_file", "project", ["project_id"], ["id"])
    op.create_index("ix_case_file_project_id", "case_file", ["project_id"])


def downgrade() -> None:
    op.drop_index("ix_case_file_project_id", "case_file")
    op.drop_constraint("case_file_project_id_fkey", "case_file")
    op.drop_column("case_file", "project_id")
