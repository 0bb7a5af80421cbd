"""Case files to print from: an ordinary one with a whole life, an extreme one, and one with nothing in it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from models.procedures import procedure
from models.vocabulary.forms import example_data
from services.casefile import (
    Answer,
    CaseFile,
    DueInfo,
    FindingInfo,
    MaterialInfo,
    NoticeInfo,
    ObjectionInfo,
    PartyInfo,
    SeatInfo,
    Version,
)

PROCEDURE = "project_application"
START = datetime(2026, 9, 1, 2, 25, tzinfo=UTC)
NUMBER = "沪碳普惠测〔2026〕0001号"
ID_NO, MOBILE = "310199197803120172", "13800138000"
#: What people type when they are tired or mean: markup, Jinja, breaks, tabs, control and rare characters.
NASTY = "A<b>&\"'</b>{{ 7*7 }}{% for x in y %}{_{ 1 }_}]]>\r\n第二行\t制表\x07\x0c𠮷㐂"
LONG = "超长名称测试" * 20 + NASTY

EXPERTS = (
    ("许光启", "光伏与新能源发电", "示例大学电气学院", "教授"),
    ("顾清", "电力系统与电网排放因子", "示例电力设计研究院", "正高级工程师"),
    ("程砚", "温室气体核算与核查", "示例标准化研究院", "研究员"),
    ("韩冬", "建筑节能", "示例建筑科学研究院", "正高级工程师"),
    ("沈岚", "计量与数据质量", "示例计量测试技术研究院", "高级工程师"),
)


def _day(days: float) -> datetime:
    return START + timedelta(days=days)


def _example(key: str) -> dict[str, Any]:
    return example_data(procedure(PROCEDURE).task(key).form)


def other(key: str, outcome: str) -> dict[str, Any]:
    """The task form's own example for an outcome that is not the first."""
    return dict(procedure(PROCEDURE).task(key).form.OUTCOME_EXAMPLES[outcome])  # type: ignore[attr-defined]


def answer(
    key: str,
    outcome: str,
    days: float,
    form: dict[str, Any] | None = None,
    *,
    slot: str = "1",
    round: int = 1,
    by: str = "王经办",
    role: str = "officer",
) -> Answer:
    """A completed task `days` after the start, with the form's example unless told otherwise."""
    return Answer(
        f"{key}-{slot}-{round}",
        key,
        slot,
        round,
        outcome,
        _example(key) if form is None else form,
        by,
        role,
        _day(days),
    )


def _parties() -> dict[str, PartyInfo]:
    return {
        "filer": PartyInfo(
            1,
            "上海浦晖新能源科技有限公司",
            "91310199MARFNGNQ8F",
            "organisation",
            "浦东新区",
            "上海市浦东新区示例路100号",
            "SHJG-2026-639870",
        ),
        "principal": PartyInfo(
            2,
            "上海市示例职业技术学校",
            "12310199750490248M",
            "organisation",
            "闵行区",
            "上海市闵行区示例路300号",
            "SHJG-2026-028786",
        ),
        "agency": PartyInfo(
            3,
            "上海衡测认证技术服务有限公司",
            "91310199MAH6107701",
            "organisation",
            "静安区",
            "上海市静安区示例路500号",
            "SHJG-2026-501379",
        ),
    }


def _versions(form: dict[str, Any]) -> list[Version]:
    declaration = {
        "text": procedure(PROCEDURE).declaration.zh,
        "signatory": "陈启明",
        "accepted_at": START.isoformat(),
    }
    kinds = (("submission", 0), ("correction", 9), ("revision", 40))
    return [
        Version(no, kind, form, f"{no:x}" * 64, _day(days), "周雅", declaration)
        for no, (kind, days) in enumerate(kinds, 1)
    ]


def _findings() -> list[FindingInfo]:
    return [
        FindingInfo(
            1,
            1,
            "correction",
            "formal",
            1,
            "materials.commencement_operation_proof",
            "请补充载明并网日期的并网验收意见。",
            "申请指南“申请材料”第c项",
            "已补充并网验收意见。",
            "accepted",
        ),
        FindingInfo(
            2,
            2,
            "correction",
            "formal",
            1,
            "project.operated_on",
            "运行时间与并网验收意见载明的日期不一致，请核对更正。",
            "申请指南附录A",
            "已更正。",
            "accepted",
        ),
        FindingInfo(
            3,
            1,
            "revision",
            "agency",
            1,
            "design.monitoring",
            "监测计划未说明电能表逾期未检时的数据处理方法，请澄清。",
            "",
            "已补充。",
            "accepted",
        ),
        FindingInfo(
            4,
            2,
            "revision",
            "expert",
            1,
            "design.data_mgmt.cross_check",
            "请说明发电量与电费结算单的交叉核对频次和偏差处理。",
            "",
            "已补充。",
            "accepted",
        ),
    ]


def _seats() -> list[SeatInfo]:
    return [
        SeatInfo(f"{seat}.1", seat, "submitted", name, specialty, employer, title, seat == 1, "", _day(20))
        for seat, (name, specialty, employer, title) in enumerate(EXPERTS, 1)
    ]


def _panel_answers() -> list[Answer]:
    found: list[Answer] = []
    for seat, (name, *_rest) in enumerate(EXPERTS, 1):
        outcome = "pass" if seat > 2 else "pass_after_revision"
        form = _example("expert_opinion") if outcome == "pass" else other("expert_opinion", outcome)
        slot = f"{seat}.1"
        found += [
            answer("expert_invitation", "accept", 21, slot=slot, by=name, role="expert"),
            answer("expert_opinion", outcome, 27 + seat / 10, form, slot=slot, by=name, role="expert"),
        ]
        if seat > 1:  # the lead signs by drafting the opinion
            found.append(_signature(seat, slot, name))
    return found


def _signature(seat: int, slot: str, name: str) -> Answer:
    outcome = "sign_with_reservation" if seat == 5 else "sign"
    form = other("group_signature", outcome) if seat == 5 else None
    return answer("group_signature", outcome, 32, form, slot=slot, by=name, role="expert")


def _answers() -> list[Answer]:
    review = other("formal_review", "request_correction")
    found = [
        answer("formal_review", "request_correction", 3, review, by="李受理", role="intake"),
        answer("formal_review", "accept", 11, round=2, by="李受理", role="intake"),
        answer("triage", "complex", 13, other("triage", "complex")),
        answer("agency_approval", "approve", 14, by="张负责", role="supervisor"),
        answer(
            "agency_review",
            "pass_with_findings",
            19,
            other("agency_review", "pass_with_findings"),
            by="冯洁",
            role="agency",
        ),
        *_panel_answers(),
        answer(
            "group_opinion",
            "pass_after_revision",
            30,
            other("group_opinion", "pass_after_revision"),
            slot="1.1",
            by="许光启",
            role="expert",
        ),
        answer("revision_check", "ok", 42),
        answer("publicity_release", "release", 44),
        answer("publicity_approval", "approve", 45, by="张负责", role="supervisor"),
        answer("objection_reply", "reply", 58, by="周雅", role="applicant"),
        answer("objection_answer", "not_upheld", 60),
        answer("technical_opinion", "positive", 62),
        answer("technical_opinion_signature", "sign", 63, by="张负责", role="supervisor"),
        answer("publication", "publish", 65),
    ]
    return sorted(found, key=lambda given: given.at)


def _materials() -> list[MaterialInfo]:
    return [
        MaterialInfo(
            material.kind,
            material.title.zh,
            f"{material.title.zh}（盖章）.pdf",
            f"{no:x}" * 64,
            1024 * no,
            True,
            START,
        )
        for no, material in enumerate(procedure(PROCEDURE).materials, 1)
    ]


def _publicity() -> dict[str, Any]:
    opened = _day(46)
    days = ["2026-10-19", "2026-10-20", "2026-10-21", "2026-10-22", "2026-10-23"]
    return {
        "notices": [
            NoticeInfo(
                1, "关于示例项目的公示", {}, opened, datetime(2026, 10, 23, 16, tzinfo=UTC), days, "closed"
            )
        ],
        "objections": [
            ObjectionInfo(
                "1",
                "YY-2026-0001",
                "钱多多",
                f"电能表检定日期存疑，联系我{MOBILE}，证件{ID_NO}。",
                ["data"],
                _day(48),
                _day(60),
                "answered",
            )
        ],
    }


@cache
def ordinary() -> CaseFile:
    """The photovoltaic project of the sample data, from submission to publication."""
    form = example_data(procedure(PROCEDURE).form)
    return CaseFile(
        case_no="SHTPH-XM-2026-0001",
        procedure=PROCEDURE,
        title="示例职业技术学校屋顶分布式光伏发电项目",
        status="in_progress",
        stage="publication",
        form=form,
        submitted_at=START,
        accepted_at=_day(11),
        complex=True,
        **_parties(),
        methodology={
            "key": "DEMO-PV-2024",
            "title": "分布式光伏发电碳普惠方法学（示例）",
            "version": "1.0",
            "class": "I",
        },
        versions=_versions(form),
        answers=_answers(),
        findings=_findings(),
        seats=_seats(),
        materials=_materials(),
        dues={
            "formal_review/1/1": DueInfo(5, _day(7)),
            "correction/1/1": DueInfo(15, datetime(2026, 9, 25, 16, tzinfo=UTC)),
        },
        project_no="SHTPH-P-2026-0001",
        documents=[
            {
                "key": "publicity_notice",
                "round": 1,
                "slot": "1",
                "number": "沪碳普惠公示〔2026〕0003号",
                "at": _day(46),
            },
            {
                "key": "technical_opinion",
                "round": 1,
                "slot": "1",
                "number": "沪碳普惠审〔2026〕0002号",
                "at": _day(63),
            },
        ],
        **_publicity(),
    )


def twisted(data: Any, rows: int = 0) -> Any:
    """The same shape with every text replaced by an ugly one, and every table `rows` rows long."""
    if isinstance(data, dict):
        return {key: twisted(value, rows) for key, value in data.items()}
    if isinstance(data, list):
        wide = [twisted(value, rows) for value in data]
        return [wide[no % len(wide)] for no in range(rows)] if wide and rows else wide
    return LONG if isinstance(data, str) else data


@cache
def extreme() -> CaseFile:
    """Very long names, tables of 200 rows, markup and Jinja in every text."""
    plain = ordinary()
    form = twisted(plain.form, 200)
    parties = {name: replace(party, name=LONG, address=LONG) for name, party in _parties().items()}
    findings = [
        replace(
            plain.findings[no % 4], id=no, number=no, text=NASTY, basis=NASTY, reply=NASTY, verdict="rejected"
        )
        for no in range(1, 201)
    ]
    return replace(
        plain,
        title=LONG,
        form=form,
        **parties,
        versions=_twisted_versions(plain, form),
        findings=findings,
        answers=[replace(given, form=twisted(given.form), by=NASTY) for given in plain.answers],
        seats=[
            replace(seat, name=NASTY, specialty=LONG, employer=LONG, title=NASTY, reason=LONG)
            for seat in plain.seats
        ],
        materials=[
            replace(plain.materials[no % len(plain.materials)], title=LONG, filename=LONG)
            for no in range(200)
        ],
        objections=[replace(plain.objections[0], name=NASTY, content=LONG * 10)],
        methodology={"key": NASTY, "title": LONG, "version": NASTY, "class": "II"},
    )


def _twisted_versions(plain: CaseFile, form: dict[str, Any]) -> list[Version]:
    declaration = {"text": LONG, "signatory": NASTY, "accepted_at": START.isoformat()}
    return [replace(version, form=form, by=NASTY, declaration=declaration) for version in plain.versions]


@cache
def empty() -> CaseFile:
    """A case about which nothing is known yet: every optional thing is missing."""
    return CaseFile(
        case_no="SHTPH-XM-2026-0002",
        procedure=PROCEDURE,
        title="",
        status="submitted",
        stage="formal_review",
        form={},
        submitted_at=None,
        accepted_at=None,
        complex=False,
        filer=PartyInfo(1, "申请人", "", "person", "", "", ""),
        principal=None,
        agency=None,
        methodology={},
    )
