"""A limit remembers whether the calendar counts it or a demonstration clock."""
import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deadline", sa.Column("day_seconds", sa.Float(), nullable=True))


def downgrade() -> None:
    op.drop_column("deadline", "day_seconds")
