"""A password somebody else made holds for some days and for one sign-in: its owner sets another one first."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user_account", sa.Column("one_time_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "login_session",
        sa.Column("password_due", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    op.drop_column("login_session", "password_due")
    op.drop_column("user_account", "one_time_until")
