"""What the timeline says of a panel: who was drawn from how many, and why a seat is filled anew."""

import pytest
from sqlmodel import select

from models.procedures import procedure
from models.tables import AuditEvent, Objection
from models.vocabulary.events import Event
from services.reading.timeline import sentence, timeline
from tests.services import desk_rows as rows
from tests.services.test_access_blind import case  # noqa: F401
from tests.services.test_desk_beside import objected

SEAT = {"key": "expert_opinion", "round": 1, "slot": "1.1", "reason": "专家出差"}


@pytest.mark.rule("G12")
@pytest.mark.parametrize(
    ("event", "data", "words"),
    [
        (Event.TASK_OVERRIDDEN, SEAT, "收回专家席位，记为逾期未复：填写专家评审意见。"),
        (Event.TASK_COMPLETED, {"key": "expert_opinion", "slot": "1.1"}, "填写专家评审意见：已提交。"),
        (
            Event.PANEL_REPLACED,
            {"seat": 2, "left": "declined", "reason": ""},
            "第 2 席补选专家，原专家已谢绝。",
        ),
        (
            Event.PANEL_DRAWN,
            {"size": 5, "eligible": 9, "excluded": 3},
            "从符合条件的 9 名专家中随机抽取 5 名，3 名因回避等原因不参加抽取。",
        ),
    ],
)
def test_what_happened_to_a_seat_is_told_in_words(event: Event, data: dict[str, object], words: str) -> None:
    row = AuditEvent(event=event.value, data=data)
    assert sentence(procedure("project_application"), row).zh == words


@pytest.mark.rule("M05")
def test_each_of_several_objections_is_told_by_its_number(session, case):  # noqa: F811
    applicant = rows.who(session, "applicant")

    def told() -> list[str]:
        found = timeline(session, applicant, case)
        return [i.text.zh for i in found if "异议作出说明" in i.text.zh]

    objected(session, case, "1")
    first = rows.asked(session, case, "objection_reply", stage="publicity", slot="1")
    assert ["异议）" in text for text in told()] == [False]  # one needs no number
    (one,) = session.exec(select(Objection).where(Objection.case_id == case.id)).all()
    other = one.model_dump(exclude={"id"}) | {"slot": "2", "receipt_no": "YY-2", "lookup": "two"}
    session.add(Objection(**other))
    session.flush()
    rows.asked(session, case, "objection_reply", stage="publicity", slot="2")
    rows.answer(session, applicant, first)
    assert [text.split("件异议）")[0][-2:] for text in told()] == ["1 ", "2 ", "1 "]
    (english, *_) = [i.text.en for i in timeline(session, applicant, case) if "objection 1" in i.text.en]
    assert "(objection 1)" in english
