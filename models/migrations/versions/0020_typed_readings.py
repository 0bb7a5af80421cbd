"""Readings typed into the page have a channel of their own; before, only the key of the batch told them from a file."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TOLD_APART = "update data_batch set channel = 'page' where channel = 'excel' and starts_with(key, 'page-')"


def upgrade() -> None:
    _allow("'api', 'excel', 'page', 'application'")
    op.execute(TOLD_APART)


def downgrade() -> None:
    op.execute("update data_batch set channel = 'excel' where channel = 'page'")
    _allow("'api', 'excel', 'application'")


def _allow(channels: str) -> None:
    op.execute("alter table data_batch drop constraint batch_channel")
    op.execute(f"alter table data_batch add constraint batch_channel check (channel in ({channels}))")
