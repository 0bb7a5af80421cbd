"""Methodologies are taken in by two persons: calculator and description are kept, and what is published stays."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_TWO = "'limit','calendar','roles','template','balance'"

#: What people filed under is not rewritten; nor is the row it is listed by, but for its end.
_KEEP = """
create function keep_methodology() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        raise exception 'a published methodology stays' using errcode = 'P0001';
    end if;
    if tg_table_name = 'methodology_version' then
        if row(new.code, new.version, new.sha256, new.words_sha256, new.calculator, new.description, new.activated_at)
           is distinct from
           row(old.code, old.version, old.sha256, old.words_sha256, old.calculator, old.description, old.activated_at)
        then
            raise exception 'a published methodology is not changed; a change is a new version' using errcode = 'P0001';
        end if;
    elsif row(new.code, new.version, new.name, new.kind, new.method_class, new.effective_from,
              new.data ->> 'calculator_sha256', new.data ->> 'description_sha256')
          is distinct from
          row(old.code, old.version, old.name, old.kind, old.method_class, old.effective_from,
              old.data ->> 'calculator_sha256', old.data ->> 'description_sha256')
    then
        raise exception 'a published methodology is not changed; a change is a new version' using errcode = 'P0001';
    end if;
    return new;
end $$
"""


def upgrade() -> None:
    op.create_table(
        "methodology_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("words_sha256", sa.String(), nullable=False),
        sa.Column("calculator", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False, server_default=""),
        sa.Column("note", sa.String(), nullable=False, server_default=""),
        sa.Column("by_user", sa.Integer(), sa.ForeignKey("user_account.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("code", "version", "sha256", "words_sha256", name="methodology_version_once"),
    )
    op.create_index(
        "methodology_version_published",
        "methodology_version",
        ["code", "version"],
        unique=True,
        postgresql_where=sa.text("activated_at is not null"),
    )
    op.create_index("methodology_version_digest", "methodology_version", ["sha256"])
    op.create_index("methodology_version_words", "methodology_version", ["words_sha256"])
    op.execute(_KEEP)
    for table, when in (
        ("methodology_version", "old.activated_at is not null"),
        ("methodology", "old.data ? 'calculator_sha256'"),
    ):
        op.execute(
            f"create trigger {table}_stays before update or delete on {table} for each row "
            f"when ({when}) execute function keep_methodology()"
        )
    _two_persons(f"{_TWO},'methodology','methodology_end'")


def downgrade() -> None:
    _two_persons(_TWO)
    for table in ("methodology", "methodology_version"):
        op.execute(f"drop trigger {table}_stays on {table}")
    op.execute("drop function keep_methodology()")
    op.drop_table("methodology_version")


def _two_persons(kinds: str) -> None:
    op.drop_constraint("setting_change_two_persons", "setting_change")
    op.create_check_constraint(
        "setting_change_two_persons",
        "setting_change",
        f"kind not in ({kinds}) or state <> 'confirmed' or decided_person <> proposed_person",
    )
