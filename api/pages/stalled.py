"""The console of stalled cases, and what overseers do about them: each act with its consequence, verified by what happened."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from api import once
from api.dependencies import Has, Posted, Reader
from api.pages.admin import tabs_of
from api.templating import page
from models.procedures import PROCEDURES
from models.tables import Case, OperatorAct, TaskRow, User
from models.vocabulary.errors import DomainError, Invalid, NotFound, Problem
from models.vocabulary.operator import ACT_STATE_TITLES, ACTS, ActKind, ActState
from models.vocabulary.roles import OVERSIGHT, Role
from models.vocabulary.text import Text
from models.vocabulary.whole import whole
from services import (
    comparing,
    escalation,
    operator_acts,
    operator_bulk,
    operator_reading,
    operator_verify,
    returning,
    sent,
)
from services.access import Actor, case_for, spec_of, task_for
from services.operator_acts import Order
from services.operator_verify import BY_ROWS, EngineSight
from services.reading.console import board
from services.reading.console.board import Wanted
from services.reading.people import candidates
from services.reading.stage_names import stage_names
from services.reading.statistics import figures
from services.session import reading, transaction

router = APIRouter(prefix="/admin/stalled")
Watcher = Annotated[Actor, Depends(Has(*OVERSIGHT, Role.SUPERVISOR))]
Orderer = Annotated[Actor, Depends(Has(Role.ADMIN, Role.SUPERVISOR))]
MOST_AT_ONCE = 50
#: So many at once ask for the number to be typed.
COUNTED_FROM = 21
#: Acts of a page.
ACTS_SHOWN = 200
#: Acts on cases that several may be chosen for.
OF_SEVERAL_CASES = frozenset({ActKind.RETRY, ActKind.NUDGE, ActKind.SET_ASIDE})


def show(request: Request, me: Actor, name: str, **context: Any) -> Response:
    """A page of this section."""
    sections = tabs_of(me)
    return page(request, f"admin/{name}.html", actor=me, section="stalled", sections=sections, **context)


@router.get("")
def console(
    request: Request,
    session: Reader,
    me: Watcher,
    cause: str = "",
    q: str = "",
    procedure: str = "",
    stage: str = "",
    person: str = "",
    late: str = "",
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
    compared: Annotated[int | None, Query(ge=0, le=100_000)] = None,
) -> Response:
    """Everything that stands still, by cause; lawful waits apart; what is known of the engine, and how old that is."""
    wanted = Wanted(cause, q[:120], procedure, stage, person[:80], late == "1", number)
    found = board.board(session, me, wanted)
    in_time = figures.answered(session) if not found.stalled else (0, 0)
    return show(
        request,
        me,
        "stalled",
        board=found,
        ladders=escalation.of_tasks(session, (r.task for g in found.groups for r in g.rows if r.task)),
        wanted=wanted,
        page_size=board.PAGE,
        procedures={k: p.title for k, p in PROCEDURES.items()},
        stages=stage_names(),
        in_time=in_time,
        acts=operator_reading.listed(session, me, limit=8),
        kinds=ACTS,
        states=ACT_STATE_TITLES,
        flash=None if compared is None else _compared(compared),
        orders=me.is_any(Role.ADMIN, Role.SUPERVISOR),
        may_retry=bool(me.roles & ACTS[ActKind.RETRY].roles & ACTS[ActKind.NUDGE].roles),
    )


def _compared(wrong: int) -> dict[str, Any]:
    if not wrong:
        words = Text("Compared just now: nothing disagrees.", "已核对：案卷数据、审计记录和账目相符。")
        return {"kind": "ok", "text": words}
    return {
        "kind": "warn",
        "text": Text(f"Compared just now: {wrong} found.", f"已核对：发现 {wrong} 处不符，列示如下。"),
    }


@router.post("/compare")
def compare(me: Orderer) -> Response:
    """Hold rows, trail and ledger against one another now; it needs neither worker nor engine."""
    with transaction() as session:
        wrong = comparing.now(session)
    return RedirectResponse(f"/admin/stalled?compared={wrong}", 303)


@router.get("/case/{case_no}")
def case_acts(request: Request, session: Reader, me: Watcher, case_no: str) -> Response:
    """What can be done about one case: only acts that are valid now, each with its consequence."""
    case = case_for(session, me, case_no)
    return show(
        request,
        me,
        "case_acts",
        case=case,
        choices=operator_reading.choices(session, me, case),
        acts=operator_reading.listed(session, me, case),
        kinds=ACTS,
        states=ACT_STATE_TITLES,
    )


@router.get("/order/{kind}")
def ask(
    request: Request,
    session: Reader,
    me: Orderer,
    kind: str,
    case_no: str = "",
    task: Annotated[list[str] | None, Query()] = None,
    case: Annotated[list[str] | None, Query()] = None,
) -> Response:
    """The page before an act: consequence, reason, and what else it needs.

    `task` may be several, for reassign and remind; `case` may be, for acts on the engine.
    """
    several = (
        list(dict.fromkeys(case)) if case and kind in OF_SEVERAL_CASES else []
    )  # a case may have two messages
    return _ask(request, session, me, kind, case_no, task or several, said=request.query_params)


def _ask(
    request: Request,
    session: Session,
    me: Actor,
    kind: str,
    case_no: str,
    ids: list[str],
    error: DomainError | None = None,
    said: Any = None,
) -> Response:
    if kind not in set(ActKind):
        raise NotFound
    noun = ACTS[ActKind(kind)]
    operator_acts.may_order(me, ActKind(kind))
    rows = [task_for(session, me, i) for i in ids[:MOST_AT_ONCE]] if noun.on_task else []
    if noun.on_task and not rows:
        raise NotFound
    chosen = [] if rows else [case_for(session, me, no) for no in (ids or [case_no])[:MOST_AT_ONCE]]
    case = session.get_one(Case, rows[0].case_id) if rows else chosen[0]
    problems = error.problems or (Problem("", error.detail),) if error else ()
    return show(
        request,
        me,
        "order",
        kind=kind,
        noun=noun,
        case=case,
        cases=chosen if ids else [],
        counted=max(len(rows), len(chosen)) >= COUNTED_FROM,
        targets=[(r, session.get_one(Case, r.case_id), spec_of(r)) for r in rows],
        holders=operator_reading.holders_of(session, rows),
        most=operator_reading.longest_extension(session, rows[0]) if "days" in noun.asks else 0,
        people=candidates(session, rows[0]) if "to" in noun.asks and rows else [],
        **(_back(session, case, str((said or {}).get("stage", ""))) if "stage" in noun.asks else {}),
        problems=problems,
        said=said or {},
        nonce=once.fresh(),
        status_code=error.status if error else 200,
    )


def _back(session: Session, case: Case, stage: str) -> dict[str, Any]:
    """What a return would make void, and the steps it can go to; or why it cannot be."""
    against = returning.hindrance(session, case)
    known = [] if against else returning.stages(session, case)
    chosen = stage in {s.key for s in known}
    return {
        "against": against,
        "stages": known,
        "void": returning.preview(session, case, stage) if chosen else None,
        "spec": PROCEDURES[case.procedure],
    }


@router.post("/order/{kind}")
def order(request: Request, me: Orderer, kind: str, form: Posted) -> Response:
    """Order the act; several tasks or cases are ordered one by one, each with its own result."""
    on_task = kind in set(ActKind) and ACTS[ActKind(kind)].on_task
    several = on_task or kind in OF_SEVERAL_CASES
    named = dict.fromkeys(str(v) for v in form.getlist("task" if on_task else "case"))
    ids = list(named)[:MOST_AT_ONCE] if several else []
    case_no = str(form.get("case_no", ""))
    wanted = {
        i: _of(kind, form, case_no if on_task or not i else i, i if on_task else "") for i in ids or [""]
    }
    done: list[int] = []
    refused: list[tuple[str, DomainError]] = _miscounted(form, ids)
    for one_id, one_order in wanted.items() if not refused else ():
        try:
            done.append(_order(me, one_order, once.key_of(me, form.get("nonce"), f"{kind}/{one_id}")))
        except NotFound:
            raise
        except DomainError as error:
            refused.append((one_id, error))
    if not done:
        with reading() as session:
            return _ask(request, session, me, kind, case_no, ids, _together(session, me, refused), form)
    if len(ids) > 1:
        done += [_keep(me, wanted[one_id], why) for one_id, why in refused]
        query = "&".join(f"act={i}" for i in done)
        return RedirectResponse(f"/admin/stalled/acts?{query}", 303)
    return RedirectResponse(f"/admin/stalled/acts/{done[0]}", 303)


def _miscounted(form: Any, ids: list[str]) -> list[tuple[str, DomainError]]:
    """Many at once are confirmed by typing how many they are."""
    if len(ids) < COUNTED_FROM or str(form.get("count", "")).strip() == str(len(ids)):
        return []
    words = Text(f"Type {len(ids)}, the number chosen.", f"所选共 {len(ids)} 项，请输入 {len(ids)} 以确认。")
    return [(ids[0], Invalid((Problem("count", words),)))]


def _together(session: Session, me: Actor, refused: list[tuple[str, DomainError]]) -> DomainError:
    """Why none of several could be done: each row with its own reason; the same reason for all is said once."""
    if len({operator_bulk.reason_of(why).zh for _, why in refused}) == 1:
        return refused[0][1]
    rows = []
    for one_id, why in refused:
        said, about = operator_bulk.reason_of(why), _about(session, me, one_id)
        rows.append(Problem("", Text(f"{about.en}: {said.en}", f"{about.zh}：{said.zh}")))
    first = refused[0][1]
    first.problems = tuple(rows)
    return first


def _about(session: Session, me: Actor, one_id: str) -> Text:
    """A case by its number, a task by its case and title."""
    if one_id.startswith("SHTPH"):
        return Text(one_id, one_id)
    task = task_for(session, me, one_id)
    no, title = session.get_one(Case, task.case_id).case_no, spec_of(task).title
    return Text(f"{no} {title.en}", f"{no} {title.zh}")


def _keep(me: Actor, wanted: Order, why: DomainError) -> int:
    with transaction() as session:
        return operator_bulk.refused(session, me, wanted, why).id or 0


def _of(kind: str, form: Any, case_no: str, task_id: str) -> Order:
    days = str(form.get("days", "")).strip()
    return Order(
        kind,
        str(form.get("reason", "")),
        case_no,
        task_id,
        str(form.get("to", "")),
        whole(days, digits=4),
        str(form.get("stage", "")),
    )


def _order(me: Actor, wanted: Order, key: str) -> int:
    """Order and commit; then look, in a transaction of its own, at what rows alone can tell.

    The form sent again (`key`) has the number of the act it ordered before.
    """
    with transaction() as session:
        before = sent.earlier(session, key, asdict(wanted))
        if before is not None:
            return int(before)
        act_id = operator_acts.ask(session, me, wanted).id or 0
        sent.keep(session, me, key, asdict(wanted), str(act_id))
    if ActKind(wanted.kind) in BY_ROWS:
        with transaction() as session:
            operator_verify.settle(session, act_id, EngineSight(None))
    return act_id


@router.get("/acts")
def acts(
    request: Request,
    session: Reader,
    me: Watcher,
    act: Annotated[list[int] | None, Query()] = None,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Response:
    """Acts with their live state, the newest first; those of a bulk order when they are named."""
    found = operator_reading.listed(session, me, limit=ACTS_SHOWN + 1, below=before, ids=act or ())
    return show(
        request,
        me,
        "acts",
        acts=found[:ACTS_SHOWN],
        more=found[ACTS_SHOWN - 1][0].id if len(found) > ACTS_SHOWN else None,
        kinds=ACTS,
        states=ACT_STATE_TITLES,
    )


@router.get("/acts/{act_id}")
def one(request: Request, session: Reader, me: Watcher, act_id: int) -> Response:
    """One act: what was ordered, and what has been seen to happen."""
    return _one(request, session, me, act_id)


def _one(
    request: Request,
    session: Session,
    me: Actor,
    act_id: int,
    error: DomainError | None = None,
    said: str = "",
) -> Response:
    act = operator_reading.one(session, me, act_id)
    by = session.get_one(User, act.by_user)
    task = session.get(TaskRow, act.task_id) if act.task_id else None
    second = session.get(User, act.second_user) if act.second_user else None
    case = session.get_one(Case, act.case_id)
    returns = act.kind == ActKind.RETURN.value and act.state == ActState.PROPOSED.value
    return show(
        request,
        me,
        "act",
        act=act,
        noun=ACTS[ActKind(act.kind)],
        case=case,
        about=spec_of(task) if task else None,
        concerned=operator_reading.holders_of(session, [task]).get(task.id, "") if task else "",
        said=said,
        **(_back(session, case, str(act.data.get("to", ""))) if returns else {}),
        by=by,
        second=second,
        states=ACT_STATE_TITLES,
        now_said=_now(session, act),
        may_confirm=act.state == ActState.PROPOSED.value
        and me.is_any(Role.ADMIN, Role.SUPERVISOR)
        and by.person_key != me.person_key,
        problems=(error.problems or (Problem("", error.detail),)) if error else (),
        status_code=error.status if error else 200,
    )


def _now(session: Session, act: OperatorAct) -> Any:
    """A reminder's readers change after it was seen to arrive."""
    if act.kind != ActKind.REMIND.value or act.state != ActState.SEEN.value:
        return None
    return operator_verify.judge(session, act, EngineSight(None)).text


@router.post("/acts/{act_id}")
def confirm(
    request: Request,
    me: Orderer,
    act_id: int,
    agree: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """The second person confirms or refuses."""
    try:
        with transaction() as session:
            operator_acts.confirm(session, me, act_id, agree == "yes", reason[:500])
    except NotFound:
        raise
    except DomainError as error:
        with reading() as session:
            return _one(request, session, me, act_id, error, reason)
    return RedirectResponse(f"/admin/stalled/acts/{act_id}", 303)
