"""Who objects may add papers 异议附件 (M05), and a form that is sent twice registers one objection."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "objection_paper",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("objection_id", sa.BigInteger(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("mime", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["objection_id"], ["objection.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("objection_id", "sha256"),
    )
    op.add_column("objection", sa.Column("sent_key", sa.String(), nullable=False, server_default=""))
    op.alter_column("objection", "sent_key", server_default=None)
    op.create_index(
        "objection_sent_once",
        "objection",
        ["notice_id", "sent_key"],
        unique=True,
        postgresql_where=sa.text("sent_key <> ''"),
    )


def downgrade() -> None:
    op.drop_index("objection_sent_once", "objection")
    op.drop_column("objection", "sent_key")
    op.drop_table("objection_paper")
