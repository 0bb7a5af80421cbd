"""Words of the letters that were once wrong: whose, of which table, in which unit, on which day."""

from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from api.form_schema import fresh_example
from models.procedures import procedure
from services.documents.builders import appendix_c, findings, issuance_parts, mall, reading, words
from services.documents.builders.appendix_a import declaration
from tests.documents import issuance_file, sample
from tests.documents.reading import context

SCENARIO = procedure("scenario_application").form


@pytest.mark.rule("G04")
def test_corrected_paper_keeps_the_signature_of_the_filing() -> None:
    """What a correction keeps of itself is no declaration, and does not take the place of one."""
    file = sample.ordinary()
    first, second = file.versions[0], replace(file.versions[1], declaration={"replies": 2})
    assert declaration(replace(file, versions=[first, second]), second) == declaration(file, first)


def test_place_in_a_table_names_the_table() -> None:
    file = sample.ordinary()
    assert reading.target_title(file, "design.equipment.3.model") == "设备清单第4行：型号"
    assert reading.target_title(file, "design.equipment") == "设备清单"
    assert reading.target_title(file, "materials.licence") == "营业执照或者其他主体资格证明材料"
    assert reading.target_title(file, "") == "申请材料整体"
    assert reading.target_title(file, "nowhere.at_all") == "nowhere.at_all"


def test_settled_requests_are_counted_once() -> None:
    file = sample.ordinary()
    assert findings.findings_text(file) == "审查过程中共提出补正和修改要求4项，均已解决。"
    left = [*file.findings[:3], replace(file.findings[3], verdict="rejected")]
    assert (
        findings.findings_text(replace(file, findings=left))
        == "审查过程中共提出补正和修改要求4项，已解决3项，1项未解决。"
    )


def test_ground_of_a_refusal_is_a_sentence() -> None:
    refused = sample.answer("formal_review", "refuse", 3, sample.other("formal_review", "refuse"))
    said = context("refusal_notice", replace(sample.ordinary(), answers=[refused]))
    assert said.reason_title.endswith("。")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("tCO2e", "tCO₂e"),
        ("kgCO2/kWh", "kgCO₂/kWh"),
        ("gCO2/人公里", "gCO₂/人公里"),
        ("CO₂", "CO₂"),
        ("kWh", "kWh"),
    ],
)
def test_carbon_dioxide_is_written_one_way(typed: str, printed: str) -> None:
    assert words.unit(typed) == printed


def test_appendix_c_names_the_methodology_and_writes_units_as_the_letters_do() -> None:
    form = fresh_example(SCENARIO)
    file = replace(
        sample.ordinary(),
        procedure="scenario_application",
        form=form,
        versions=[],
        methodology={"code": "DEMO-BIKE-2024", "name": "互联网租赁自行车减排场景方法学", "version": "1.0"},
    )
    head: Any = cast(Any, SimpleNamespace(round=1, slot="1", to_centre=lambda *_: _common()))
    paper = appendix_c.appendix_c(file, head)
    parts = {
        part.title: {line.name: line.value for line in part.lines} for s in paper.sections for part in s.parts
    }
    assert (
        parts["2.3　场景方法学"]["减排场景方法学"] == "《互联网租赁自行车减排场景方法学》（DEMO-BIKE-2024）"
    )
    assert parts["5.5　预计减排量"]["预计年减排量"].endswith(" tCO₂e")
    assert parts["5.5　预计减排量"]["预计人均年减排量"].endswith(" gCO₂e")


def _common() -> dict[str, str]:
    names = ("number", "case_no", "issuing_body", "issued_on", "template_version", "check_code", "recipient")
    return dict.fromkeys(names, "")


def test_estimates_have_three_decimals_and_accounts_as_many_as_they_need() -> None:
    assert issuance_parts.estimate(110_102_969) == "110.102 tCO₂e"
    assert issuance_parts.t(142_378_800) == "142.3788 tCO₂e"
    assert issuance_parts.t(1_000) == "0.001 tCO₂e"
    assert issuance_parts.t(1_234_567_890_000) == "1234567.890 tCO₂e"


def test_project_of_an_issuance_is_named_as_in_every_letter() -> None:
    facts = issuance_file.ordinary().issuance
    said = {line.name: line.value for line in issuance_parts.project_lines(facts)}
    assert said["适用方法学"].startswith("《")
    assert " " not in said["适用方法学"].partition("》")[2].replace("，", "")
    assert said["签发类别"] == "再次签发（第2期）"


def test_goods_of_an_event_can_be_had_while_it_lasts() -> None:
    form = fresh_example(procedure("mall_onboarding").form)
    open_ended = [{**row, "available_from": None, "available_to": None} for row in form["goods_plan"]]
    assert mall.goods({**form, "mode": "event", "goods_plan": open_ended})[0].period == "活动期内"
    assert (
        mall.goods({**form, "mode": "third_party_mall", "goods_plan": open_ended})[0].period == "上线起长期"
    )


def test_amounts_stay_exact() -> None:
    assert words.tonnes(Decimal("1234567.890")) == "1234567.890"
    assert words.tonnes("0.001") == "0.001"
