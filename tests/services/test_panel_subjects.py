"""A panel stays what it was drawn to be: whoever is replaced, its subjects are known to as many as the quota asks (G12)."""

import pytest
from sqlmodel import Session

from models.tables import Case, Expert, Panel, PanelMember
from models.vocabulary.statuses import SeatState
from services import clock, panels
from tests import factories

QUOTA = {"boundary": 1, "quantification": 1, "data": 1, "monitoring": 1}


def expert(session: Session, key: str, *topics: str) -> Expert:
    user = factories.user(session, "expert")
    row = Expert(
        user_id=user.id, key=key, name="专家", specialty="光伏", topics=list(topics), employer="示例大学"
    )
    session.add(row)
    session.flush()
    return row


def case_of(session: Session) -> Case:
    return factories.case(
        session, factories.user(session, "applicant"), status="submitted", submitted_at=clock.now()
    )


def drawn(session: Session, case: Case, people: list[Expert]) -> Panel:
    panel = Panel(
        case_id=case.id, round=1, size=5, seed="7" * 64, quota=QUOTA, drawn_at=clock.now(),
        eligible=[{"expert": e.key, "name": e.name, "topics": e.topics} for e in people],
    )  # fmt: skip
    session.add(panel)
    session.flush()
    for n, key in enumerate(panels.pick(panel.seed, panel.eligible, QUOTA, 5), 1):
        person = next(e for e in people if e.key == key)
        session.add(
            PanelMember(
                panel_id=panel.id or 0, case_id=case.id, slot=f"{n}.1", seat=n, attempt=1,
                expert_id=person.id or 0, is_lead=n == 1, changed_at=clock.now(),
            )
        )  # fmt: skip
    session.flush()
    return panel


@pytest.mark.rule("G12")
def test_replacement_knows_what_the_expert_who_left_alone_knew(session: Session) -> None:
    case = case_of(session)
    people = [
        expert(session, f"T-{letter}", topic)
        for letter, topic in zip("ABCDE", (*QUOTA, "boundary"), strict=True)
    ]
    panel = drawn(session, case, people)
    gone = next(m for m in panels.members(session, panel) if m.expert_id == people[2].id)  # of the data
    gone.state = SeatState.DECLINED.value
    for letter in "FGHIJK":
        expert(session, f"T-{letter}", "boundary", "monitoring")
    knowing = expert(session, "T-L", "data")
    new = panels.refill(session, case, 1, gone.slot)
    assert new is not None
    assert new.expert_id == knowing.id


@pytest.mark.rule("G12")
def test_seats_filled_later_bring_the_subjects_the_draw_could_not_and_leave_it_verifiable(
    session: Session,
) -> None:
    case = case_of(session)
    people = [expert(session, f"W-{n}", "boundary", "quantification") for n in range(3)]
    panel = drawn(session, case, people)
    for n in range(3, 9):
        expert(session, f"W-{n}", "boundary")
    wanted = {expert(session, "W-data", "data").id, expert(session, "W-monitoring", "monitoring").id}
    panels.widen(session, case, 1)
    later = [m.expert_id for m in panels.members(session, panel) if m.seat > 3]
    assert set(later) == wanted
    assert panels.verify(session, panel)
