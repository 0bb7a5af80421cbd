"""What a correction left owed is replaced by cancelling: a purpose of its own in the ledger."""

import importlib.util
from pathlib import Path
from types import ModuleType

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_DROP = "alter table ledger.act drop constraint act_purpose_check;"
_ADD = """
alter table ledger.act add constraint act_purpose_check
    check (purpose in ('compliance', 'operations', 'event', 'damage', 'voluntary'{more})){rest};
"""


def upgrade() -> None:
    """One purpose more."""
    _as_owner(_DROP + _ADD.format(more=", 'replacement'", rest=""))


def downgrade() -> None:
    """As before; what has been entered stays."""
    _as_owner(_DROP + _ADD.format(more="", rest=" not valid"))


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
