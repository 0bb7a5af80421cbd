"""Rows of a calculation: sources, parameters, yearly estimates, monitoring (Appendix B, chapters 2 and 4)."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from models.procedures.shared.codes import GASES, PARAMETER_SOURCES, Gas, ParameterSource
from models.vocabulary.forms import Group, field

#: tCO2e that may be below zero in a single year, where the project emits more than the baseline.
SignedTonnes = Annotated[Decimal, Field(max_digits=18, decimal_places=3)]
Emission = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=3)]


class EmissionSource(Group):
    """边界内的排放源和温室气体."""

    source: str = field(
        "排放源",
        "Source",
        example="基准线：所替代的电网供电",
        min_length=1,
        max_length=200,
        hint="基准线或项目排放源。",
        hint_en="Of the baseline or of the project.",
    )
    gas: Gas = field(
        "温室气体", "Gas", example="CO2", choices=GASES, hint="温室气体种类。", hint_en="Kind of gas."
    )
    included: bool = field(
        "是否计入",
        "Included",
        example=True,
        widget="checkbox",
        hint="是否计入核算。",
        hint_en="Is it counted?",
    )
    reason: str = field(
        "理由",
        "Reason",
        example="主要排放源。",
        min_length=1,
        max_length=500,
        hint="计入或不计入的理由。",
        hint_en="Why it is, or is not.",
    )


SOURCES = [
    {"source": "基准线：所替代的电网供电", "gas": "CO2", "included": True, "reason": "主要排放源。"},
    {
        "source": "项目：光伏发电系统运行",
        "gas": "CO2",
        "included": False,
        "reason": "运行期不产生直接排放，按方法学不计。",
    },
]


class Parameter(Group):
    """参数和数据选取."""

    symbol: str = field(
        "符号",
        "Symbol",
        example="EF",
        min_length=1,
        max_length=20,
        hint="方法学中的符号。",
        hint_en="As in the methodology.",
    )
    name: str = field(
        "名称",
        "Name",
        example="电力排放因子",
        min_length=1,
        max_length=100,
        hint="参数名称。",
        hint_en="Name.",
    )
    unit: str = field(
        "单位", "Unit", example="kgCO2/kWh", min_length=1, max_length=40, hint="计量单位。", hint_en="Unit."
    )
    value: str = field(
        "取值",
        "Value",
        example="0.42",
        min_length=1,
        max_length=100,
        hint="数值；监测参数填预计值。",
        hint_en="The value; the estimate for monitored ones.",
    )
    source: ParameterSource = field(
        "来源",
        "Source",
        example="default",
        choices=PARAMETER_SOURCES,
        hint="默认值、实测值或设计值。",
        hint_en="Default, measured or design.",
    )
    evidence: str = field(
        "依据",
        "Evidence",
        example="沪环气〔2022〕34号",
        min_length=1,
        max_length=300,
        hint="取值依据。",
        hint_en="What the value rests on.",
    )


PARAMS = [
    {
        "symbol": "EG",
        "name": "年发电量",
        "unit": "kWh",
        "value": "847736.00",
        "source": "measured",
        "evidence": "发电侧计量表抄表记录及电费结算单",
    },
    {
        "symbol": "EF",
        "name": "电力排放因子",
        "unit": "kgCO2/kWh",
        "value": "0.42",
        "source": "default",
        "evidence": "沪环气〔2022〕34号",
    },
    {
        "symbol": "MPE",
        "name": "电能表最大允许误差",
        "unit": "1",
        "value": "0.005",
        "source": "design",
        "evidence": "电能表检定证书（0.5S 级）",
    },
]


class YearEstimate(Group):
    """年度减排量预估, tCO2e: ER = BE - PE - LE."""

    year: int = field(
        "年度", "Year", example=2025, ge=2010, le=2100, hint="公历年度。", hint_en="Calendar year."
    )
    BE: Emission = field(
        "基准线排放",
        "Baseline emissions",
        example="356.049",
        unit="tCO2e",
        hint="该年度基准线排放量。",
        hint_en="Of the baseline in that year.",
    )
    PE: Emission = field(
        "项目排放",
        "Project emissions",
        example="0",
        unit="tCO2e",
        hint="该年度项目排放量。",
        hint_en="Of the project in that year.",
    )
    LE: Emission = field(
        "泄漏", "Leakage", example="0", unit="tCO2e", hint="该年度泄漏量。", hint_en="Leakage in that year."
    )
    ER: SignedTonnes = field(
        "减排量",
        "Reduction",
        example="356.049",
        unit="tCO2e",
        hint="基准线排放减去项目排放和泄漏。",
        hint_en="Baseline less project and leakage.",
    )


YEARLY = [{"year": y, "BE": "356.049", "PE": "0", "LE": "0", "ER": "356.049"} for y in range(2025, 2035)]


class MonitoredParameter(Group):
    """监测计划: one monitored parameter."""

    param: str = field(
        "监测参数",
        "Parameter",
        example="EG 发电量",
        min_length=1,
        max_length=100,
        hint="符号和名称。",
        hint_en="Symbol and name.",
    )
    unit: str = field(
        "单位", "Unit", example="kWh", min_length=1, max_length=40, hint="计量单位。", hint_en="Unit."
    )
    method: str = field(
        "监测方法",
        "Method",
        example="电能表连续计量",
        min_length=1,
        max_length=300,
        hint="如何监测。",
        hint_en="How it is measured.",
    )
    instrument: str = field(
        "监测仪表",
        "Instrument",
        example="三相电子式电能表",
        min_length=1,
        max_length=100,
        hint="仪表名称。",
        hint_en="The instrument.",
    )
    location: str = field(
        "安装位置",
        "Location",
        example="并网柜发电侧出线端",
        min_length=1,
        max_length=200,
        hint="仪表安装位置。",
        hint_en="Where it is installed.",
    )
    accuracy: str = field(
        "准确度",
        "Accuracy",
        example="0.5S 级",
        min_length=1,
        max_length=40,
        hint="准确度等级或允许误差。",
        hint_en="Class or permissible error.",
    )
    frequency: str = field(
        "监测频次",
        "Frequency",
        example="连续监测，每月抄表",
        min_length=1,
        max_length=100,
        hint="监测与记录频次。",
        hint_en="How often it is measured and recorded.",
    )
    qa_qc: str = field(
        "质量保证与控制",
        "QA/QC",
        example="与电费结算单逐月核对，偏差超过 1% 时查明原因",
        min_length=1,
        max_length=500,
        hint="核对、复核等措施。",
        hint_en="Checks and controls.",
    )
    calibration_cycle: str = field(
        "检定周期",
        "Calibration",
        example="按检定证书有效期，到期前一个月送检",
        min_length=1,
        max_length=100,
        hint="检定或校准周期。",
        hint_en="Cycle of verification.",
    )
    responsible: str = field(
        "责任人",
        "Responsible",
        example="运维主管",
        min_length=1,
        max_length=50,
        hint="负责岗位。",
        hint_en="The post in charge.",
    )
