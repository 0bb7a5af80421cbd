"""The totals of the public register are counted from an index, however many projects there are (G15)."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("project_totals", "project", ["state"], postgresql_include=["est_annual_g"])


def downgrade() -> None:
    op.drop_index("project_totals", "project")
