"""The quota list, too, is put into force by two persons, whatever the program does (G03, M01); a ledger that has an
owner of its own can be backed up by whoever migrates it: a dump reads where its numbers stand.

Lists that one person put into force before two were asked for stay as they are.
"""

import importlib.util
from pathlib import Path
from types import ModuleType

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_BEFORE = "'limit','calendar','roles','template','balance','methodology','methodology_end'"
_NUMBERS = """
do $$
declare
    who text := nullif(current_setting('puhui.before', true), '');
begin
    if who is not null then
        execute format('{act} select on all sequences in schema ledger {to} %I', who);
    end if;
end $$;
"""


def upgrade() -> None:
    _two_persons(f"{_BEFORE},'ets'")
    _as_owner(_NUMBERS.format(act="grant", to="to"))


def downgrade() -> None:
    _as_owner(_NUMBERS.format(act="revoke", to="from"))
    _two_persons(_BEFORE)


def _two_persons(kinds: str) -> None:
    op.execute(
        "alter table setting_change drop constraint setting_change_two_persons, "
        "add constraint setting_change_two_persons "
        f"check (kind not in ({kinds}) or state <> 'confirmed' or decided_person <> proposed_person) not valid"
    )


def _as_owner(statements: str) -> None:
    """The schema may be another role's (revision 0011)."""
    before = _revision("0011_ledger_more.py")
    before._run(before.AS_OWNER, statements, before.AS_BEFORE)


def _revision(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("ledger_0011", Path(__file__).with_name(name))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
