"""The quota list, too, is put into force by two persons, whatever the program does (G03, M01).

It decides who may apply. Lists that one person put into force before two were asked for stay as they are.
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_BEFORE = "'limit','calendar','roles','template','balance','methodology','methodology_end'"


def upgrade() -> None:
    _two_persons(f"{_BEFORE},'ets'")


def downgrade() -> None:
    _two_persons(_BEFORE)


def _two_persons(kinds: str) -> None:
    op.execute(
        "alter table setting_change drop constraint setting_change_two_persons, "
        "add constraint setting_change_two_persons "
        f"check (kind not in ({kinds}) or state <> 'confirmed' or decided_person <> proposed_person) not valid"
    )
