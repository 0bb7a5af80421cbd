"""A form is carried out once, however often it is sent 防重复提交: a double click, a retry after a lost answer (I12).

Acts of the ledger, orders and decisions keep their key with what they make. What has no such row keeps it here.
"""

import hashlib
import json
from typing import Any

from sqlmodel import Session

from models.tables import SentForm
from models.vocabulary.errors import Conflict
from models.vocabulary.text import Text
from services import clock
from services.access import Actor
from services.alone import alone


def earlier(session: Session, key: str, asked: dict[str, Any]) -> str | None:
    """What the form made when it was sent before; None where it was not. A repetition waits for the first to end.

    Args:
        key: of the form and the person, "user/7/page/<nonce>/add"; empty: nobody asks for once. asked: what makes it the same form; plain values.

    Raises:
        Conflict: something else was carried out under this key.
    """
    if not key:
        return None
    alone(session, f"sent/{key}")
    row = session.get(SentForm, key)
    if row is None:
        return None
    if row.sha256 != _sha256(asked):
        raise Conflict(
            Text(
                f"This form was sent before and carried out ({row.answer}); what you have now is different. Look at what "
                "is there, and send it again if you still want it.",
                f"本表单此前已提交并办结（{row.answer}），本次填写的内容与之不同，未予办理。请先核对已办结的内容，仍需办理的请再次提交。",
            ),
            "changed",
        )
    return row.answer


def keep(session: Session, actor: Actor, key: str, asked: dict[str, Any], answer: str) -> None:
    """The form has been carried out: what it made or changed, by its number."""
    if not key:
        return
    session.add(
        SentForm(key=key, sha256=_sha256(asked), answer=answer, by_user=actor.user_id, at=clock.now())
    )
    session.flush()


def _sha256(asked: dict[str, Any]) -> bytes:
    whole = json.dumps(asked, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).digest()
