"""A form that is sent twice is carried out once; tasks answered in time are added up anew, by one definition (W02)."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

#: The worker makes all sums anew; what is read until then is counted from the rows.
ADD_UP_ANEW = "update tally_state set calendar = ''"


def upgrade() -> None:
    op.create_table(
        "sent_form",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("by_user", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_user"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("key"),
    )
    op.execute(ADD_UP_ANEW)


def downgrade() -> None:
    op.drop_table("sent_form")
