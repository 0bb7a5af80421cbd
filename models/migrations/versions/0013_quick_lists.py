"""Lists and searches that take as long in a large office as in a small one.

Words are looked for by the pairs of letters they are made of: Chinese words have two characters, of which the
trigrams of the extension pg_trgm make nothing, and under the locale C it does not know them as letters at all.
"""
import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

#: `cost`: reading all cases is dear when each has to be taken to pieces; the index has done it already.
PAIRS = """
create function search_pairs(words text) returns text[]
language sql immutable strict parallel safe cost 50 as $$
    select array(select distinct substr(lower(words), i, 2) from generate_series(1, length(words) - 1) i)
$$
"""

#: Cases that nothing happens in: ended in some way, or not submitted.
AT_REST = "'published','online','issued','closed','not_accepted','rejected','withdrawn','lapsed','draft'"


def upgrade() -> None:
    op.execute(PAIRS)
    op.execute("create index case_searched on case_file using gin (search_pairs(case_no || ' ' || title)) "
               "with (fastupdate = off)")
    op.execute("create index party_searched on party using gin (search_pairs(name)) with (fastupdate = off)")
    op.create_index("submission_by_person", "submission", ["by_user", "case_id"])
    op.create_index("case_under_way", "case_file", ["id"], postgresql_where=sa.text(f"status not in ({AT_REST})"))
    op.create_index("project_saves", "project", ["est_annual_g"])


def downgrade() -> None:
    op.drop_index("project_saves", "project")
    op.drop_index("case_under_way", "case_file")
    op.drop_index("submission_by_person", "submission")
    op.execute("drop index party_searched")
    op.execute("drop index case_searched")
    op.execute("drop function search_pairs(text)")
