"""A message remembers the trace of the act it tells of."""
import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("trace", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("outbox", "trace")
