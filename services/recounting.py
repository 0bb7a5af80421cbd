"""A balance changed past the program is worked out again from its movements 余额重算: one proposes, another confirms.

Movements are never written here. The database adds them up itself and keeps what the balance was (revision 0016).
"""

from typing import Any

from sqlmodel import Session

from models.tables import Position, Recount, SettingChange
from models.vocabulary.errors import Conflict, NotFound
from models.vocabulary.text import Text
from services import ledger_errors, proof_patrol, setting_changes
from services.access import Actor

KIND = "balance"
_IN_ORDER = Text("The balance is the sum of its movements.", "余额与逐笔登记合计一致，无需重算。")


def found(session: Session, position: int) -> dict[str, Any]:
    """What is written of a balance and what its movements give. Raises Conflict: they agree. NotFound."""
    if session.get(Position, position) is None:
        raise NotFound
    wrong = proof_patrol.of_positions(session, [position])
    if not wrong:
        raise Conflict(_IN_ORDER, "changed")
    return wrong[0]


def propose(session: Session, actor: Actor, position: int, reason: str) -> SettingChange:
    """Propose to work the balance out anew. Raises NotAllowed, Invalid, Conflict."""
    wrong = found(session, position)
    name = f"{wrong['account']} · {wrong['lot']}"
    title = Text(f"Balance of {name}, worked out anew", f"重算余额：{name}")
    before = {"posted": wrong["posted"], "held": wrong["held"]}
    after = {"posted": wrong["posted_due"], "held": wrong["held_due"]}
    return setting_changes.propose(session, actor, KIND, str(position), title, before, after, reason)


@setting_changes.applies(KIND)
def _apply(session: Session, actor: Actor, row: SettingChange) -> Text:
    done = Recount(
        position_id=int(row.subject),
        reason=row.reason,
        approver_a=row.proposed_by,
        approver_b=actor.user_id,
    )
    with ledger_errors.guarded(session):
        session.add(done)
        session.flush()
    session.refresh(done)
    row.before = {"posted": done.posted_was, "held": done.held_was}
    row.after = {"posted": done.posted, "held": done.held}
    proof_patrol.ledger(session)
    more = done.posted - done.posted_was
    return Text(
        f"{row.title_en}: {done.posted_was:,} g became {done.posted:,} g ({more:+,} g)",
        f"{row.title_zh}：{done.posted_was:,} 克更正为 {done.posted:,} 克（{more:+,} 克）",
    )
