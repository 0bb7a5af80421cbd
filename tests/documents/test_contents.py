"""What the documents say: the outline of the guide, the four subjects, dates and numbers, nobody's secrets."""

from dataclasses import replace

import pytest

from models.procedures import procedure
from models.vocabulary.statuses import CaseStatus
from services.casefile import CaseFile
from services.documents.builders import words
from tests.documents import sample
from tests.documents.reading import context, paragraphs, printed, text

OUTLINE_A = (
    "1　减排项目申请方基本信息",
    "1.1　减排项目申请主体基本信息",
    "1.2　减排项目申请主体情况说明",
    "1.3　企业或单位性质",
    "1.4　碳普惠减排项目联系人",
    "1.5　碳普惠管理运营平台账户",
    "2　减排项目基本信息",
    "2.1　项目名称",
    "2.2　项目类型",
    "2.3　项目开工、运行时间",
    "2.4　项目方法学",
    "2.5　碳普惠减排量（tCO₂e）",
    "2.6　技术服务机构（如有）",
    "3　对可持续发展的贡献",
    "4　其他相关证明材料",
    "5　申请人申明",
)
OUTLINE_B = (
    "1　项目概况",
    "1.1　项目活动概述",
    "1.2　项目相关批复情况",
    "1.3　项目合并申报情况",
    "2　基准线和监测方法学的应用",
    "2.1　项目开发依据的方法学",
    "2.2　方法学适用性",
    "2.3　项目边界",
    "2.4　基本要求论证",
    "3　项目活动期限和减排量计入期",
    "3.1　项目活动期限",
    "3.2　项目活动减排计入期（如适用）",
    "4　减排量",
    "4.1　计算方法说明",
    "4.2　参数和数据选取",
    "4.3　年度减排量预估",
    "4.4　监测计划",
    "4.5　数据的记录、监测和管理",
    "5　其他相关证明材料（可附件）",
)
SUBJECTS = ["方法学核算边界", "减排量核算", "数据来源", "监测"]


def _marked(data, path=""):
    """The form with every value replaced by the path it stands at (yes/no answers stay)."""
    if isinstance(data, dict):
        return {key: _marked(value, f"{path}.{key}") for key, value in data.items()}
    if isinstance(data, list):
        return [_marked(value, f"{path}.{no}") for no, value in enumerate(data)]
    return data if isinstance(data, bool) else f"@{path.lstrip('.')}@"


def _leaves(data):
    if isinstance(data, dict | list):
        for value in data.values() if isinstance(data, dict) else data:
            yield from _leaves(value)
    elif isinstance(data, str):
        yield data


def _with_form(file: CaseFile, form) -> CaseFile:
    return replace(file, form=form, versions=[replace(file.versions[0], form=form)])


@pytest.mark.rule("G05")
@pytest.mark.parametrize("kind", [sample.ordinary, sample.extreme, sample.empty])
def test_appendix_a_has_every_section_in_order(kind):
    said = [line for line in paragraphs(printed("appendix_a", kind())) if line in OUTLINE_A]
    assert said == list(OUTLINE_A)


@pytest.mark.rule("G05")
@pytest.mark.parametrize("kind", [sample.ordinary, sample.extreme, sample.empty])
def test_appendix_b_has_every_section_in_order(kind):
    document = printed("appendix_b", kind())
    headings = [p.text for p in document.paragraphs if p.style.name in ("Heading 1", "Heading 2")]
    contents = [p for p in paragraphs(document) if p in headings][: len(headings)]
    assert [heading for heading in headings if heading in OUTLINE_B] == list(OUTLINE_B)
    assert contents == headings


@pytest.mark.rule("G05")
def test_appendices_print_every_field_of_the_form():
    form = _marked(sample.ordinary().form)
    form["design"]["bundle"]["sub_projects"] = [
        {
            name: f"@design.bundle.sub_projects.0.{name}@"
            for name in ("name", "site", "owner_uscc", "scale", "operated_on")
        }
    ]
    file = _with_form(sample.ordinary(), form)
    said = text(printed("appendix_a", file)) + text(printed("appendix_b", file))
    assert [leaf for leaf in _leaves(form) if leaf not in said] == []


@pytest.mark.rule("G04")
def test_appendix_a_carries_the_declaration_as_accepted():
    said = context("appendix_a", sample.ordinary())
    assert said.declaration_text == procedure(sample.PROCEDURE).declaration.zh
    assert (said.declared_by, said.declared_on) == ("陈启明", "2026年9月1日")


@pytest.mark.rule("G08")
def test_appendix_a_shows_the_split_of_benefits():
    said = context("appendix_a", sample.ordinary())
    assert [(row.party, row.pct) for row in said.benefit_split] == [
        ("上海市示例职业技术学校", "40"),
        ("上海浦晖新能源科技有限公司", "60"),
    ]


@pytest.mark.rule("G07")
def test_receipt_lists_each_paper_with_its_seal_and_hash():
    said = context("receipt", sample.ordinary())
    assert [row.sealed for row in said.materials] == ["是"] * 7
    assert [len(row.digest) for row in said.materials] == [16] * 7
    assert (said.received_at, said.review_due_on) == ("2026年9月1日10时25分", "至2026年9月8日")


@pytest.mark.rule("G09")
def test_correction_notice_ties_each_defect_to_its_item():
    said = context("correction_notice", sample.ordinary())
    assert [(row.no, row.target) for row in said.defects] == [
        ("1", "减排项目开工、运营时间证明文件"),
        ("2", "运行时间"),
    ]
    assert (
        said.deadline_text
        == "请自收到本通知书的次日起15个工作日内完成补正，即于2026年9月25日24时前通过平台提交。"
    )


@pytest.mark.rule("G13")
@pytest.mark.parametrize("kind", [sample.ordinary, sample.empty])
@pytest.mark.parametrize("key", ["agency_report", "expert_opinion", "group_opinion"])
def test_opinion_speaks_of_the_four_subjects(key, kind):
    said = context(key, kind())
    assert [row.topic for row in said.topics][:4] == SUBJECTS
    assert [line for line in paragraphs(printed(key, kind())) if line in SUBJECTS] == SUBJECTS


@pytest.mark.rule("G13")
def test_technical_opinion_speaks_of_the_four_subjects():
    assert [row.name for row in context("technical_opinion", sample.ordinary()).topics] == SUBJECTS


@pytest.mark.rule("G13")
def test_group_opinion_counts_votes_and_names_its_lead():
    said = context("group_opinion", sample.ordinary())
    assert [(vote.outcome, vote.count) for vote in said.votes] == [
        ("通过", "3"),
        ("修改后通过", "2"),
        ("修改后复审", "0"),
        ("不通过", "0"),
    ]
    assert (said.lead_name, said.vote_total, said.member_count) == ("许光启", "5", "5")
    assert said.conclusion == "□通过　■修改后通过　□修改后复审　□不通过"


@pytest.mark.rule("G12")
def test_group_opinion_has_a_line_to_sign_for_every_member():
    table = printed("group_opinion", sample.ordinary()).tables[-1]
    assert [cell.text for cell in table.rows[0].cells] == [
        "序号",
        "姓名",
        "职务",
        "专业领域",
        "工作单位",
        "平台签署",
        "签署日期",
        "签名",
    ]
    assert [row.cells[1].text for row in table.rows[1:]] == [name for name, *_ in sample.EXPERTS]
    assert [row.cells[5].text for row in table.rows[1:]] == ["已签署"] * 4 + ["附保留意见签署"]


@pytest.mark.rule("G12")
def test_group_opinion_does_not_count_signatures_of_an_earlier_draft():
    plain = sample.ordinary()
    again = sample.answer("group_opinion", "pass", 33, round=2, slot="2.1", role="expert")
    said = context("group_opinion", replace(plain, answers=[*plain.answers, again]), round=2)
    assert [row.signature for row in said.members] == ["待签署", "已签署", "待签署", "待签署", "待签署"]
    assert said.lead_name == "顾清"


def test_group_opinion_prints_reservations():
    assert context("group_opinion", sample.ordinary()).minority_opinions == (
        "沈岚（保留意见）：建议首次签发时对十二月发电量采用保守值。"
    )


@pytest.mark.rule("M05")
def test_publicity_notice_lists_the_five_days_one_by_one():
    said = context("publicity_notice", sample.ordinary())
    assert [(day.date, day.weekday) for day in said.days] == [
        (f"2026年10月{day}日", f"星期{name}") for day, name in zip(range(19, 24), "一二三四五", strict=True)
    ]


@pytest.mark.rule("G14")
def test_technical_opinion_tells_review_and_publicity():
    said = context("technical_opinion", sample.ordinary())
    assert [row.step for row in said.history] == [
        "形式审查",
        "形式审查",
        "项目分类",
        "专业技术服务机构审查",
        "专家技术论证",
        "文本完善复核",
        "公示",
        "异议处理",
    ]
    assert {row.step: row.limit for row in said.history}["公示"] == "2026年10月23日"
    assert (said.officer, said.supervisor, said.conclusion) == ("王经办", "张负责", "通过")
    assert (said.verified_annual_t, said.verified_total_t) == ("356.049", "3560.490")
    assert (
        said.publicity_text
        == "2026年10月19日至2026年10月23日公示5个工作日，收到异议1件，均已依法处理并答复。"
    )


@pytest.mark.rule("G15")
def test_publication_notice_carries_the_project_number():
    said = context("publication_notice", sample.ordinary())
    assert [(row.project_no, row.est_annual_t) for row in said.projects] == [("SHTPH-P-2026-0001", "356.049")]
    assert said.opinion_number == "沪碳普惠审〔2026〕0002号"


@pytest.mark.rule("G15", "M05")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (None, "2026年11月4日"),  # the day it is published
        ("2026-10-01", "2026年11月4日"),  # before its publicity had ended: nothing holds before it is public
        ("2026-11-04", "2026年11月4日"),
        ("2026-12-01", "2026年12月1日"),
    ],
)
def test_publication_takes_effect_no_earlier_than_it_is_public(typed, said):
    file = sample.ordinary()
    answers = [
        replace(a, form=a.form | {"effective_on": typed}) if a.key == "publication" else a
        for a in file.answers
    ]
    assert context("publication_notice", replace(file, answers=answers)).effective_on == said


@pytest.mark.rule("M10")
@pytest.mark.parametrize(
    "key", ["expert_opinion", "publicity_notice", "publication_notice", "objection_answer"]
)
def test_outside_readers_see_no_numbers_of_persons(key):
    plain = sample.ordinary()
    secret = (
        f"联系人周雅，身份证{sample.ID_NO}，手机{sample.MOBILE}，邮箱zhou.ya@example.com，法定代表人陈启明"
    )
    told = [
        replace(given, form={**given.form, **dict.fromkeys(("summary", "note", "finding", "reply"), secret)})
        for given in plain.answers
    ]
    said = text(printed(key, replace(plain, answers=told)))
    hidden = (sample.ID_NO, sample.MOBILE, "zhou.ya@example.com", "周雅", "陈启明", "钱多多")
    assert [value for value in hidden if value in said] == []


@pytest.mark.rule("M10")
def test_publicity_notice_keeps_back_what_was_agreed():
    plain = sample.ordinary()
    told = [
        replace(given, form={**given.form, "hidden_fields": ["project.address"]})
        if given.key == "publicity_release"
        else given
        for given in plain.answers
    ]
    said = {row.name: row.value for row in context("publicity_notice", replace(plain, answers=told)).facts}
    assert said["项目地址"] == "依申请不公开"
    assert said["所在区"] == "闵行区"


def test_letters_mask_numbers_typed_into_a_text():
    found = [replace(sample.ordinary().findings[0], text=f"请核对证件{sample.ID_NO}和手机{sample.MOBILE}")]
    said = context("correction_notice", replace(sample.ordinary(), findings=found))
    assert said.defects[0].requirement == "请核对证件3101**********0172和手机138****8000"


def test_refusal_notice_gives_ground_and_basis():
    refused = sample.answer("formal_review", "refuse", 3, sample.other("formal_review", "refuse"))
    said = context("refusal_notice", replace(sample.ordinary(), answers=[refused]))
    assert said.reason_title == "纳入碳排放权交易市场配额管理范围。"
    assert "不得参与本市碳普惠" in said.basis


def test_rejection_notice_rests_on_the_finding_and_its_confirmation():
    failed = sample.answer("agency_review", "fail", 19, sample.other("agency_review", "fail"), role="agency")
    confirmed = sample.answer("rejection_approval", "confirm", 21, by="张负责", role="supervisor")
    said = context("rejection_notice", replace(sample.ordinary(), answers=[failed, confirmed]))
    assert said.ground == "专业技术服务机构审查不通过。"
    assert said.reason == (
        "项目边界与实际不符，不符合方法学要求，建议不予通过。\n"
        "项目边界与实际不符，不符合所适用方法学的要求，同意不予通过。"
    )


def test_answer_to_an_objection_has_a_day_of_the_reply_only_where_there_was_one():
    told = sample.ordinary()
    assert "答复日期：" in text(printed("objection_answer", told))
    silent = replace(told, answers=[given for given in told.answers if given.key != "objection_reply"])
    said = text(printed("objection_answer", silent))
    assert "申请主体未在期限内答复。" in said
    assert "答复日期" not in said


def test_rejection_notice_rests_on_the_objections_that_stand():
    """One was found fatal too, sent back and dismissed: it is no reason any more."""

    def found(slot, outcome, day, why):
        form = {**sample.other("objection_answer", "upheld_fatal"), "finding": why}
        return sample.answer("objection_answer", outcome, day, form, slot=slot)

    def approval(slot, outcome, day, why):
        return sample.answer("rejection_approval", outcome, day, {"reason": why}, slot=slot, by="张负责")

    answers = [
        found("1", "upheld_fatal", 19, "已参与绿证交易。"),
        found("3", "upheld_fatal", 19.5, "重复申报。"),
        found("2", "upheld_fatal", 20, "噪声扰民。"),
        approval("1", "confirm", 20.5, "情况属实。"),
        approval("2", "return", 21, "与减排量无关。"),
        approval("3", "confirm", 21.5, "证据充分。"),
        found("2", "not_upheld", 22, "不属于异议事项。"),
    ]
    said = context("rejection_notice", replace(sample.ordinary(), answers=answers))
    assert said.ground == "公示期间的异议成立且不能补救。"
    assert said.reason == "已参与绿证交易。\n重复申报。\n情况属实。\n证据充分。"


@pytest.mark.parametrize(
    ("status", "stages", "ground"),
    [
        (CaseStatus.LAPSED, {"correction"}, "逾期未补正"),
        (CaseStatus.LAPSED, {"correction", "revision"}, "逾期未完成文本完善"),
        (CaseStatus.WITHDRAWN, {"correction"}, "申请主体撤回申请"),
    ],
)
def test_termination_notice_names_what_ended_the_case(status, stages, ground):
    plain = sample.ordinary()
    found = [replace(item, verdict="open") for item in plain.findings if item.stage in stages]
    said = context("termination_notice", replace(plain, status=status, findings=found))
    assert said.ground == ground
    assert bool(said.open_findings) == (status is CaseStatus.LAPSED)


def test_dates_are_those_of_shanghai():
    assert context("receipt", sample.ordinary()).issued_on == "2026年11月4日"


@pytest.mark.parametrize(
    ("value", "printed_as"),
    [
        ("356.049", "356.049"),
        ("3560.49", "3560.490"),
        ("0", "0.000"),
        ("1.23456", "1.234"),
        (None, "—"),
        ("x", "x"),
    ],
)
def test_tonnes_have_three_decimals_and_are_cut(value, printed_as):
    assert words.tonnes(value) == printed_as


@pytest.mark.parametrize(("value", "said"), [(True, "是"), (False, "否"), (None, "—")])
def test_yes_and_no_are_words(value, said):
    assert words.yes_no(value) == said
