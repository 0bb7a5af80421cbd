"""Acts on several at once: what could not be done is kept beside what was, each with its own reason."""

from sqlmodel import Session

from models.tables import Case, OperatorAct
from models.vocabulary.errors import DomainError
from models.vocabulary.operator import ACTS, ActState
from models.vocabulary.text import Text
from services import operator_acts
from services.access import Actor, case_for, task_for


def refused(session: Session, actor: Actor, order: operator_acts.Order, why: DomainError) -> OperatorAct:
    """Keep that one of several could not be done, and why, beside those that were."""
    kind = operator_acts.kind_of(order.kind)
    operator_acts.may_order(actor, kind)
    task = task_for(session, actor, order.task_id, lock=True) if ACTS[kind].on_task else None
    case = session.get_one(Case, task.case_id) if task else case_for(session, actor, order.case_no, lock=True)
    act = operator_acts.row_of(actor, order, case, task)
    said = reason_of(why)
    operator_acts.settle(act, ActState.FAILED, Text(f"Not carried out: {said.en}", f"未办理：{said.zh}"))
    session.add(act)
    session.flush()
    operator_acts.told(session, actor, case, act)
    return act


def reason_of(why: DomainError) -> Text:
    """The specific words of a refusal: those of its fields where it has any."""
    if not why.problems:
        return why.detail
    return Text(" ".join(p.msg.en for p in why.problems), "".join(p.msg.zh for p in why.problems))
