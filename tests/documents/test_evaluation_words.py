"""What an evaluation puts before both sides reads as a letter does: whole sentences, days and words, no codes."""

from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from services import evaluation_filed
from services.casefile import Answer
from services.documents.builders import evaluation
from services.effects.evaluation import wanted
from tests.documents import sample


def test_days_of_missing_readings_are_chinese_days() -> None:
    assert evaluation_filed.days("SHPV0001-G", date(2025, 1, 1), date(2025, 1, 31)) == (
        "SHPV0001-G（2025年1月1日至2025年1月31日）"
    )


def test_records_are_counted_in_words() -> None:
    assert evaluation_filed.records([("received", 12)]) == "已接收12条"
    assert evaluation_filed.records([]) == "无记录"


@pytest.mark.rule("S04")
@pytest.mark.parametrize("text", ["2号逆变器运行日志缺失三个月。", "2号逆变器运行日志缺失三个月"])
def test_what_is_to_be_mended_is_one_text(text: str) -> None:
    told = wanted({"text": text, "demand": "补齐运行日志。"})
    assert told == "2号逆变器运行日志缺失三个月。整改要求：补齐运行日志。"


@pytest.mark.rule("G27")
def test_what_is_to_be_looked_into_is_one_text() -> None:
    form = {
        "affected_from": "2025-07-01",
        "affected_to": "2025-07-31",
        "shortcomings": [
            {"severity": "major", "text": "报送电量高于结算单。", "basis": "", "demand": "更正。"}
        ],
    }
    at = datetime(2026, 11, 3, tzinfo=UTC)
    report = Answer("1", "evaluation_report", "1", 1, "correct", form, "王经办", "officer", at)
    file = replace(sample.ordinary(), procedure="tracking_evaluation", answers=[report])
    (row,) = evaluation._to_look_into(file)
    assert row.text.startswith("报送电量高于结算单。自查2025年7月1日至2025年7月31日的数据")


def test_heading_with_its_unit_is_not_given_it_again() -> None:
    line: Any = cast(
        Any, SimpleNamespace(path="project.est_annual_t", title=SimpleNamespace(zh="预计年均减排量（tCO₂e）"))
    )
    form = sample.ordinary().form
    assert evaluation_filed.told("project_application", form, line) == "356.049"
    line = cast(Any, SimpleNamespace(path="project.scale_kw", title=SimpleNamespace(zh="规模")))
    assert evaluation_filed.told("project_application", form, line) == "799.92 kW"
