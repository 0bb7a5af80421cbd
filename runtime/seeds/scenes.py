"""How far each demonstration case goes, and what happens on the way."""

from collections.abc import Callable
from dataclasses import dataclass

from runtime.seeds import filings, others
from runtime.seeds.filings import Filing
from runtime.seeds.play import Play

REVIEWED = (
    "appendix_a",
    "appendix_b",
    "commencement_operation_proof",
    "licence",
    "legal_rep_identity",
    "entrustment_letter",
)
QA = "与电费结算单逐月核对，偏差超过 1% 时查明原因；电能表逾期未检期间的发电量按最大允许误差作保守扣减。"
CHANGES = [{"path": "design.monitoring.0.qa_qc", "value": QA}]


@dataclass(frozen=True)
class Scene:
    """A demonstration case.

    Args:
        key: of the project.
        days_ago: working days before today that its draft is opened.
        acts: what people do after the draft is opened.
        parts: of the form that are typed; all where none are named.
        quick: also played with the demonstration clock.
        filing: what is filed; the project of that key where none is named.
        after: another scene it goes on from, so that it is opened once that one is over.
    """

    key: str
    days_ago: float
    acts: Callable[[Play], None]
    quick: bool = False
    parts: tuple[str, ...] = ()
    filing: Filing | None = None
    after: str = ""


def draft(play: Play) -> None:
    """Somebody has begun to type; nothing more happens."""


def submitted(play: Play) -> None:
    """Filed, and nobody has it in hand."""
    _filed(play)
    play.next_task("formal_review")


def in_formal_review(play: Play) -> None:
    """The intake officer is looking at it."""
    _filed(play)
    play.claim("formal_review", after=0.6)


def correction(play: Play) -> None:
    """Two defects, told at once."""
    _filed(play)
    _correct(play)
    play.next_task("correction")


def second_round(play: Play) -> None:
    """The correction has come back and waits for the second look."""
    _filed(play)
    _correct(play)
    replies = ["已在附件中补充载明并网日期的并网验收意见。", "已补充逾期未检期间的保守处理方法。"]
    play.reply("correction", replies, CHANGES, after=3)
    play.next_task("formal_review")


def _filed(play: Play) -> None:
    play.later(0.4)
    play.submit()


def _correct(play: Play) -> None:
    items = [
        {"kind": kind, "complete": True, "conforming": True, "sealed": True, "note": ""} for kind in REVIEWED
    ]
    items[2] |= {"complete": False, "note": "未载明并网日期。"}
    defects = [
        {
            "target": "materials.commencement_operation_proof",
            "requirement": "并网验收意见未载明并网日期，请补充。",
            "basis": "申请指南“申请材料”第 c 项",
        },
        {
            "target": "design.monitoring.0.qa_qc",
            "requirement": "监测计划未说明电能表逾期未检期间的数据处理方法，请补充。",
            "basis": "附录 B 第 4.4 节",
        },
    ]
    play.answer("formal_review", "request_correction", after=1, items=items, defects=defects)


def _accepted(play: Play) -> None:
    _filed(play)
    play.answer("formal_review", "accept", after=1)


def _plain(play: Play) -> None:
    _accepted(play)
    play.answer("triage", "plain", after=0.7)


def at_agency(play: Play) -> None:
    """A complex project, at the technical service institution."""
    _accepted(play)
    play.answer("triage", "complex", after=0.7)
    play.answer("agency_approval", "approve", after=0.5)
    play.next_task("agency_review")


def _panel(play: Play) -> list[str]:
    _plain(play)
    play.answer("panel_setup", "draw", after=0.8)
    play.answer("panel_approval", "approve", after=0.5)
    return play.slots("expert_invitation", 5)


def inviting(play: Play) -> None:
    """Three have accepted, one has declined and was replaced, one has yet to answer."""
    slots = _panel(play)
    for slot in slots[:3]:
        play.answer("expert_invitation", "accept", slot=slot, after=0.2)
    play.answer("expert_invitation", "decline", slot=slots[3], after=0.1)
    play.slots("expert_invitation", 6)


def _seated(play: Play) -> list[str]:
    for slot in _panel(play):
        play.answer("expert_invitation", "accept", slot=slot, after=0.2)
    slots = play.slots("expert_opinion", 5)
    play.later(1)
    return slots


def opinions(play: Play) -> None:
    """Three of five opinions are in; nobody but their authors can read them yet."""
    for slot in _seated(play)[:3]:
        _opine(play, slot, "pass")


def _opine(play: Play, slot: str, outcome: str) -> None:
    """Time goes on when the opinion is on paper: whatever an act leads to happens at its own moment."""
    play.answer("expert_opinion", outcome, slot=slot, after=0.2)
    play.document("expert_opinion", slot)


def _concluded(play: Play, outcome: str) -> None:
    """All opinions, the group's opinion, all signatures."""
    for slot in _seated(play):
        _opine(play, slot, outcome)
    lead = play.slots("group_opinion", 1)[0]
    meeting = play.line.at.date().isoformat()
    play.answer("group_opinion", outcome, slot=lead, after=0.5, meeting_date=meeting)
    for slot in play.slots("group_signature", 4):
        play.answer("group_signature", slot=slot, after=0.1)


def revision(play: Play) -> None:
    """The experts want changes; the applicant has them in hand."""
    _concluded(play, "pass_after_revision")
    play.next_task("revision")


def _released(play: Play) -> None:
    play.answer(
        "publicity_release",
        after=0.7,
        title=f"关于{play.title}的公示",
        summary=f"{play.title}经形式审查和专家技术论证，符合要求，现按规定公示 5 个工作日。"
        "公示期内如有异议，请以书面形式反映。",
    )
    play.answer("publicity_approval", after=0.4)
    play.document("publicity_notice")


def publicity(play: Play) -> None:
    """The text was improved after the panel; now on show, with one objection."""
    _concluded(play, "pass_after_revision")
    play.reply("revision", ["已补充保守处理方法。"], CHANGES, after=2)
    play.answer("revision_check", "ok", after=1)
    _released(play)
    play.later(0.9)
    play.object_to(
        topics=["data"],
        content="公示文本所列装机容量与现场可见的组件数量似不一致，请核实设备清单和安装照片。",
        name="示例居民",
        contact="jumin@example.com",
    )


def _publicised(play: Play) -> None:
    _concluded(play, "pass")
    _released(play)
    play.publicity_over()
    project = play.form["project"]
    amounts = {"verified_annual_t": project["est_annual_t"], "verified_total_t": project["est_total_t"]}
    play.answer("technical_opinion", "positive", after=0.6, **amounts)


def signature(play: Play) -> None:
    """The technical review opinion waits for its second signature."""
    _publicised(play)
    play.next_task("technical_opinion_signature")


def published(play: Play) -> None:
    """All the way to the public list."""
    _listed(play)
    play.ended()


def _listed(play: Play) -> None:
    _publicised(play)
    play.answer("technical_opinion_signature", after=0.5)
    play.answer("publication", after=0.5, title=f"关于公布{play.title}的公告")
    play.answer("publication_approval", after=0.3)


def issued(play: Play) -> None:
    """Published, and its first reduction issued along with it."""
    _listed(play)
    play.answer("quantity_review", after=1.5, approved_t=play.form["project"]["first_amount_t"])
    play.answer("issuance_approval", after=0.6)
    play.ended()


def withdrawn(play: Play) -> None:
    """Taken back while it was being reviewed."""
    _plain(play)
    play.next_task("panel_setup")
    play.later(0.5)
    play.withdraw("业主单位屋顶改造计划调整，待改造完成后重新申请。")
    play.ended()


def refused(play: Play) -> None:
    """Outside the scope: two persons of the centre decide."""
    _filed(play)
    why = "项目场址所属单位的供能设施已纳入碳排放权交易配额管理范围，不属于受理范围。"
    play.answer("formal_review", "refuse", after=1, reason_code="ets", reason=why)
    play.answer("refusal_approval", "confirm", after=0.5, reason="情况属实，同意不予受理。")
    play.ended()


#: In the order in which the drafts were opened.
SCENES = (
    Scene("published_1", 32, published, quick=True),
    Scene("refused", 27, refused),
    Scene("published_2", 25, issued),
    Scene("signature", 20, signature),
    Scene("withdrawn", 15, withdrawn),
    Scene("publicity", 14, publicity),
    Scene("revision", 9, revision),
    Scene("opinions", 7, opinions),
    Scene("second_round", 6.4, second_round),
    Scene("inviting", 6, inviting),
    Scene("agency", 5, at_agency),
    Scene("correction", 4, correction),
    Scene("claimed", 2.5, in_formal_review, quick=True),
    Scene("submitted", 1.4, submitted, quick=True),
    Scene("draft", 1, draft, quick=True, parts=("applicant", "entrustment", "project")),
    Scene("mall_online", 18, others.mall_online, filing=filings.MALL_FILING),
    Scene("scenario", 6, others.joint_review, quick=True, filing=filings.SCENARIO_FILING),
    Scene("event", 3, others.event_assessment, filing=filings.EVENT_FILING),
    Scene("evaluation", 5, others.feedback, filing=filings.EVALUATION_FILING, after="published_1"),
    Scene("issuance", 3.5, others.quantity_review, filing=filings.ISSUANCE_FILING, after="published_2"),
)
