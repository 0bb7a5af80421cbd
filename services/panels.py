"""Expert panels: drawn at random from the library, verifiable, conflicts left out with the reason (G12, M02)."""

import hashlib
import random
import secrets
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from models.tables import Case, Expert, Panel, PanelMember, Party, TaskRow, User
from models.vocabulary.events import Event
from models.vocabulary.statuses import OPEN_STATES, SeatState
from models.vocabulary.text import Text
from services import answers, audit, clock, interested, limits

GONE = (SeatState.DECLINED.value, SeatState.CONFLICTED.value, SeatState.SILENT.value)
#: The slot of what is asked about a panel and not about one seat.
WHOLE = "1"


def prepare(session: Session, case: Case, round_: int, data: dict[str, Any]) -> Panel:
    """The panel of this round with its size (never below the rule's five), quota and meeting."""
    panel = of_round(session, case, round_)
    if panel is None:
        panel = Panel(case_id=case.id, round=round_, made_seq=audit.position(session, case))
        session.add(panel)
    panel.size = max(int(data.get("size") or 5), limits.value(session, "panel_min"))
    panel.quota = {k: int(v) for k, v in (data.get("quota") or {}).items() if v}
    panel.meeting = {k: data.get(k) for k in ("meeting_at", "meeting_place", "mode") if data.get(k)}
    session.flush()
    return panel


def of_round(session: Session, case: Case, round_: int) -> Panel | None:
    """The panel of a round."""
    return session.exec(select(Panel).where(Panel.case_id == case.id, Panel.round == round_)).first()


def current(session: Session, case: Case) -> Panel | None:
    """The newest panel of the case."""
    return session.exec(
        select(Panel).where(Panel.case_id == case.id).order_by(col(Panel.round).desc())
    ).first()


def draw(session: Session, case: Case, round_: int) -> Panel:
    """Draw the seats with a recorded seed; drawing a drawn panel changes nothing."""
    panel = of_round(session, case, round_) or prepare(session, case, round_, {})
    if panel.drawn_at is not None:
        return panel
    free, out = screen(session, case)
    panel.eligible = [{"expert": e.key, "name": e.name, "topics": e.topics} for e in free]
    panel.excluded = [{"expert": e.key, "name": e.name, "reason": r.zh, "reason_en": r.en} for e, r in out]
    panel.seed = hashlib.sha256(f"{case.case_no}/{round_}/{secrets.token_hex(16)}".encode()).hexdigest()
    by_key = {e.key: e for e in free}
    for seat, key in enumerate(pick(panel.seed, panel.eligible, panel.quota, panel.size), 1):
        session.add(
            PanelMember(
                panel_id=panel.id or 0,
                case_id=case.id,
                slot=f"{seat}.1",
                seat=seat,
                expert_id=by_key[key].id or 0,
                is_lead=seat == 1,
                changed_at=clock.now(),
            )
        )
    panel.drawn_at = clock.now()
    session.flush()
    audit.record(
        session,
        Event.PANEL_DRAWN,
        case=case,
        data={
            "round": round_,
            "seed": panel.seed,
            "eligible": len(free),
            "excluded": len(out),
            "size": panel.size,
        },
    )
    return panel


def pick(seed: str, eligible: list[dict[str, Any]], quota: dict[str, int], size: int) -> list[str]:
    """The draw itself, pure: the same seed and list give the same experts.

    First the quota (each topic gets its number of experts who know it), then the rest from everybody left.

    Args:
        eligible: [{"expert": key, "topics": [...]}] in the order recorded.

    Returns:
        At most `size` expert keys, in the order of the seats.
    """
    order = [e["expert"] for e in eligible]
    random.Random(seed).shuffle(order)  # noqa: S311 - must be repeatable from the seed
    topics = {e["expert"]: set(e["topics"]) for e in eligible}
    chosen: list[str] = []
    for topic in sorted(quota):
        have = sum(1 for k in chosen if topic in topics[k])
        more = [k for k in order if topic in topics[k] and k not in chosen]
        chosen += more[: max(0, min(quota[topic] - have, size - len(chosen)))]
    chosen += [k for k in order if k not in chosen][: size - len(chosen)]
    return chosen


def verify(session: Session, panel: Panel) -> bool:
    """Does the recorded seed give the recorded first seats? Anybody can recompute it.

    Of a library that was too small the seed gave fewer; the seats filled later are not of this draw.
    """
    drawn = session.exec(
        select(Expert.key)
        .join(PanelMember, col(PanelMember.expert_id) == col(Expert.id))
        .where(PanelMember.panel_id == panel.id, PanelMember.attempt == 1)
        .order_by(col(PanelMember.seat))
    ).all()
    picked = pick(panel.seed, panel.eligible, panel.quota, panel.size)
    return picked == list(drawn)[: len(picked)]


def screen(session: Session, case: Case) -> tuple[list[Expert], list[tuple[Expert, Text]]]:
    """(eligible, [(excluded, reason)]) of the whole library for this case (G12, I22)."""
    parties = _parties(session, case)
    free, out = [], []
    for expert in session.exec(select(Expert).order_by(col(Expert.key))):
        reason = _excluded(session, expert, parties)
        if reason is None:
            free.append(expert)
        else:
            out.append((expert, reason))
    return free, out


def _parties(session: Session, case: Case) -> list[Party]:
    """Everybody with an interest, and the institution that reviews the case."""
    agency = session.get(Party, case.agency_id) if case.agency_id else None
    return [*interested.of_case(session, case), *([agency] if agency else [])]


def _excluded(session: Session, expert: Expert, parties: list[Party]) -> Text | None:
    if not expert.active:
        return Text("not active in the library", "不在库")
    if not expert.available:
        return Text("not available at present", "暂不能参加评审")
    user = session.get(User, expert.user_id)
    if user is None or not user.active:
        return Text("account disabled", "账户已停用")
    for party in parties:
        if expert.employer == party.name:
            return Text(f"works for {party.name}", f"任职于{party.name}，应当回避")
        for conflict in expert.conflicts:
            if conflict.get("party") == party.key:
                return Text(
                    f"interest in {party.name}: {conflict.get('relation', '')}",
                    f"与{party.name}存在利害关系（{conflict.get('relation', '')}），应当回避",
                )
    if user.party_id in [p.id for p in parties]:
        return Text("belongs to a party", "属于案件一方单位，应当回避")
    return None


def members(session: Session, panel: Panel) -> list[PanelMember]:
    """All members ever seated, by seat and attempt."""
    return list(
        session.exec(
            select(PanelMember)
            .where(PanelMember.panel_id == panel.id)
            .order_by(col(PanelMember.seat), col(PanelMember.attempt))
        )
    )


def seated(session: Session, panel: Panel) -> list[PanelMember]:
    """The latest member of each seat who has not gone."""
    newest = {m.seat: m for m in members(session, panel)}
    return [m for m in newest.values() if m.state not in GONE]


def _left(session: Session, case: Case, seated_before: list[PanelMember]) -> list[Expert]:
    """Who can still be asked. After a supervisor has said "draw again", those who only stayed silent can, too."""
    free, _ = screen(session, case)
    spent = {m.expert_id for m in seated_before}
    fresh = [e for e in free if e.id not in spent]
    if fresh or answers.latest(session, case.id, "panel_shortfall") is None:
        return fresh
    latest = {m.expert_id: m.state for m in sorted(seated_before, key=lambda m: m.id or 0)}
    return [e for e in free if latest.get(e.id or 0) == SeatState.SILENT.value]


def _put_before_supervisor(session: Session, case: Case, slot: str) -> bool:
    """Is a shortfall open? A course that begins again waits for its answer as the first one does, whoever is left now."""
    asked = select(TaskRow.id).where(
        TaskRow.case_id == case.id,
        TaskRow.key == "panel_shortfall",
        TaskRow.slot == slot,
        col(TaskRow.state).in_([s.value for s in OPEN_STATES]),
    )
    return session.exec(asked.limit(1)).first() is not None


def _lacking(session: Session, panel: Panel, experts: Sequence[int]) -> set[str]:
    """The subjects of the quota that too few of these know."""
    known = session.exec(select(Expert.topics).where(col(Expert.id).in_(experts))).all()
    return {t for t, least in panel.quota.items() if sum(t in topics for topics in known) < least}


def _fitting(left: list[Expert], lacking: set[str]) -> list[Expert]:
    """Those who know most of the subjects that are lacking: a replacement keeps the panel what it was drawn to be (G12)."""
    most = max(len(lacking & set(e.topics)) for e in left)
    return [e for e in left if len(lacking & set(e.topics)) == most]


def refill(session: Session, case: Case, round_: int, slot: str) -> PanelMember | None:
    """Replace whoever left `slot`; None when nobody eligible is left. Asked twice, it answers the same."""
    panel = of_round(session, case, round_)
    if panel is None:
        return None
    seat, attempt = (int(p) for p in slot.split("."))
    all_members = members(session, panel)
    known = next((m for m in all_members if m.seat == seat and m.attempt == attempt + 1), None)
    if known is not None:
        return known
    left = _left(session, case, all_members)
    if not left or _put_before_supervisor(session, case, slot):
        return None
    staying = [m for m in seated(session, panel) if m.seat != seat]
    fitting = _fitting(left, _lacking(session, panel, [m.expert_id for m in staying]))
    names = [{"expert": e.key, "name": e.name, "topics": e.topics} for e in fitting]
    key = pick(f"{panel.seed}/{seat}.{attempt + 1}", names, {}, 1)[0]
    gone = next(m for m in all_members if m.slot == slot)
    member = PanelMember(
        panel_id=panel.id or 0,
        case_id=case.id,
        slot=f"{seat}.{attempt + 1}",
        seat=seat,
        attempt=attempt + 1,
        expert_id=next(e.id for e in left if e.key == key) or 0,
        is_lead=gone.is_lead,
        changed_at=clock.now(),
    )
    gone.is_lead = False
    session.add(member)
    session.flush()
    audit.record(
        session,
        Event.PANEL_REPLACED,
        case=case,
        data={"seat": seat, "left": gone.state, "reason": gone.reason},
    )
    return member


def widen(session: Session, case: Case, round_: int) -> Panel:
    """Fill seats that nobody was left for, after the library has grown and the supervisor has said so."""
    panel = of_round(session, case, round_) or draw(session, case, round_)
    if _put_before_supervisor(session, case, WHOLE):
        return panel
    left = _left(session, case, members(session, panel))
    have = {m.seat for m in members(session, panel)}
    seats = [m.expert_id for m in seated(session, panel)]
    random.Random(panel.seed + "/more").shuffle(left)  # noqa: S311 - as above
    for seat in range(1, panel.size + 1):
        if seat not in have and left:
            expert = _fitting(left, _lacking(session, panel, seats))[-1]
            left.remove(expert)
            seats.append(expert.id or 0)
            session.add(
                PanelMember(
                    panel_id=panel.id or 0,
                    case_id=case.id,
                    slot=f"{seat}.1",
                    seat=seat,
                    expert_id=expert.id or 0,
                    is_lead=seat == 1,
                    changed_at=clock.now(),
                )
            )
    session.flush()
    return panel


def next_lead(session: Session, case: Case, slot: str) -> None:
    """The member seated after `slot`, in the order of seats and round again, leads from now on (G13)."""
    panel = current(session, case)
    seats = list(seated(session, panel)) if panel else []
    for place, member in enumerate(seats):
        if member.slot == slot:
            member.is_lead = False
            seats[(place + 1) % len(seats)].is_lead = True
            return


def mark(session: Session, task: TaskRow, state: SeatState, reason: str) -> None:
    """Move the member of the task's slot to a state. The newest panel of the case is meant."""
    member = member_of(session, task)
    if member is not None:
        member.state, member.reason, member.changed_at = state.value, reason, clock.now()


def member_of(session: Session, task: TaskRow) -> PanelMember | None:
    """The member a task's slot names, in the panel of its round or, for later steps, the newest."""
    return session.exec(
        select(PanelMember)
        .join(Panel, col(Panel.id) == col(PanelMember.panel_id))
        .where(PanelMember.case_id == task.case_id, PanelMember.slot == task.slot)
        .order_by(col(Panel.round).desc())
    ).first()


def user_of_slot(session: Session, case: Case, slot: str) -> int | None:
    """The account of the expert on a slot of the newest panel."""
    return session.exec(
        select(Expert.user_id)
        .join(PanelMember, col(PanelMember.expert_id) == col(Expert.id))
        .join(Panel, col(Panel.id) == col(PanelMember.panel_id))
        .where(PanelMember.case_id == case.id, PanelMember.slot == slot)
        .order_by(col(Panel.round).desc())
    ).first()


def votes(session: Session, case: Case) -> dict[str, int]:
    """Valid opinions of the newest panel by conclusion."""
    panel = current(session, case)
    if panel is None:
        return {}
    slots = {m.slot for m in seated(session, panel) if m.state == SeatState.SUBMITTED.value}
    count: dict[str, int] = {}
    for submission, task in answers.of_case(session, case.id):
        if task.key == "expert_opinion" and task.slot in slots and task.round == panel.round:
            count[submission.outcome] = count.get(submission.outcome, 0) + 1
    return count


def arithmetic(session: Session, panel: Panel) -> dict[str, int]:
    """needs · seated · accepted · valid · missing, for the screen."""
    now = seated(session, panel)
    valid = sum(1 for m in now if m.state == SeatState.SUBMITTED.value)
    accepted = sum(1 for m in now if m.state in (SeatState.ACCEPTED.value, SeatState.SUBMITTED.value))
    return {
        "needs": panel.size,
        "seated": len(now),
        "accepted": accepted,
        "valid": valid,
        "missing": max(panel.size - valid, 0),
    }
