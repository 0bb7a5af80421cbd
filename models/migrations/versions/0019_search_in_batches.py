"""The index of words takes what is new in batches: a case row is written at every step, its words hardly ever change.

A row that moves within its table has to be entered in each index anew, and forty pairs of letters into the tree of
this one cost more than the rest of the step's update. They are noted first and entered together now; a search looks
through the noted ones as well, of which there are never more than a few hundred rows.
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter index case_searched set (fastupdate = on, gin_pending_list_limit = 256)")


def downgrade() -> None:
    op.execute("alter index case_searched reset (gin_pending_list_limit)")
    op.execute("alter index case_searched set (fastupdate = off)")
