"""Appendix E 项目减排量计算过程说明: how it was run, metered and worked out (rules G19, G20)."""

from datetime import date
from typing import Any

from models.procedures.project_application_forms.readings import METERS, READINGS, Meter, MeterReading
from models.procedures.shared.issuing_codes import GAP_TREATMENTS, GapTreatment
from models.procedures.shared.restated import restate
from models.vocabulary.forms import Form, Group, field
from models.vocabulary.types import TonnesToTheGram

_RUNNING = "2 实施情况"
_SYSTEM = "3 监测系统"
_CHECKS = "4.2 监测参数"
_METERS = "4.3 计量器具检定"
_READINGS = "4.4 活动数据明细"
_GAPS = "4.5 数据缺失与保守处理"
_RESULT = "5 减排量计算"
_END = "6 结论与声明"


class PeriodMeter(Meter):
    """计量器具及一次检定; a meter verified twice in the period has two rows."""


class PeriodReading(MeterReading):
    """监测期内的抄表记录."""


def _settled(model: type[Form], section: str) -> None:
    """What is printed on a plate is not made up anew for every example."""
    restate(model, section)
    for info in model.model_fields.values():
        if isinstance(info.json_schema_extra, dict):
            info.json_schema_extra["fresh"] = False
    model.model_rebuild(force=True)


_settled(PeriodMeter, _METERS)
_settled(PeriodReading, _READINGS)

#: The meter of the example was verified again in time.
PERIOD_METERS: list[dict[str, Any]] = [
    METERS[0],
    {
        **METERS[0],
        "verified_on": "2025-11-20",
        "valid_to": "2026-11-19",
        "certificate": "JD-2025-0101",
    },
    METERS[1],
]


class RunningEvent(Group):
    """监测期内的事件: standstill, fault, deviation."""

    first: date = field(
        "起", "From", example="2025-08-14", widget="date", section=_RUNNING,
        hint="首日，应在监测期内。", hint_en="First day, within the period.",
    )  # fmt: skip
    last: date = field(
        "止", "To", example="2025-08-15", widget="date", section=_RUNNING,
        hint="末日。", hint_en="Last day.",
    )  # fmt: skip
    what: str = field(
        "事件", "What happened", example="2 号逆变器风扇故障停机检修。", min_length=2, max_length=500,
        section=_RUNNING, hint="停机、故障、偏离监测计划等。", hint_en="Standstill, fault, deviation from the plan.",
    )  # fmt: skip
    effect: str = field(
        "对减排量的影响", "Effect", example="停机期间不发电，减排量按实际发电量计算，无需调整。",
        min_length=2, max_length=500, section=_RUNNING,
        hint="对监测和减排量的影响及处理。", hint_en="What it meant for the data and how it was treated.",
    )  # fmt: skip


class Duty(Group):
    """监测职责."""

    post: str = field(
        "岗位", "Post", example="计量员", min_length=2, max_length=50, section=_SYSTEM,
        hint="岗位名称。", hint_en="The post.",
    )  # fmt: skip
    duty: str = field(
        "职责", "Duty", example="每月首日抄表并与电费结算单核对。", min_length=2, max_length=300, section=_SYSTEM,
        hint="该岗位承担的监测工作。", hint_en="What it does for the monitoring.",
    )  # fmt: skip


DUTIES = [
    {"post": "计量员", "duty": "每月首日抄表并与电费结算单核对。"},
    {"post": "运维主管", "duty": "复核抄表记录，处理异常并留存记录。"},
]


class CrossCheck(Group):
    """监测参数与交叉核对."""

    symbol: str = field(
        "参数", "Parameter", example="EG", min_length=1, max_length=20, section=_CHECKS,
        hint="方法学中的符号。", hint_en="As in the methodology.",
    )  # fmt: skip
    source_doc: str = field(
        "数据来源", "Source", example="发电侧计量表 SHPV0001-G 月度抄表记录", min_length=2, max_length=200,
        section=_CHECKS, hint="计算所采用数据的来源。", hint_en="Where the figures come from.",
    )  # fmt: skip
    cross_check_doc: str = field(
        "核对依据", "Checked against", example="国网上海电费结算单（12 份）", min_length=2, max_length=200,
        section=_CHECKS, hint="用于交叉核对的其他来源。", hint_en="The other source it was checked against.",
    )  # fmt: skip
    difference: str = field(
        "核对结果", "Result", example="逐月核对，最大偏差 0.1%，均采用较低值。", min_length=2, max_length=500,
        section=_CHECKS, hint="偏差及取值方法。", hint_en="Differences, and which value was taken.",
    )  # fmt: skip


class DataGap(Group):
    """数据缺失与保守处理."""

    first: date = field(
        "起", "From", example="2025-08-14", widget="date", section=_GAPS,
        hint="缺失首日。", hint_en="First day missing.",
    )  # fmt: skip
    last: date = field(
        "止", "To", example="2025-08-15", widget="date", section=_GAPS,
        hint="缺失末日。", hint_en="Last day missing.",
    )  # fmt: skip
    cause: str = field(
        "原因", "Cause", example="采集器通信中断，表计仍在计量。", min_length=2, max_length=300, section=_GAPS,
        hint="缺失原因。", hint_en="Why it is missing.",
    )  # fmt: skip
    treatment: GapTreatment = field(
        "处理方法", "Treatment", example="left_out", choices=GAP_TREATMENTS, section=_GAPS,
        hint="按保守原则处理。", hint_en="On the conservative side.",
    )  # fmt: skip


class CalculationNotes(Group):
    """项目减排量计算过程说明, as far as the applicant explains it; the steps themselves are worked out by the system."""

    implementation: str = field(
        "项目实施情况", "How it was run",
        example="监测期内光伏系统连续运行，组件、逆变器和并网点均与公布的设计文件一致。",
        min_length=2, max_length=4000, widget="textarea", section=_RUNNING,
        hint="运行状态以及与设计文件的一致性。", hint_en="How it ran, and whether as designed.",
    )  # fmt: skip
    events: list[RunningEvent] = field(
        "监测期内的事件", "Events", default_factory=list, max_length=100, section=_RUNNING,
        example=[
            {"first": "2025-08-14", "last": "2025-08-15", "what": "2 号逆变器风扇故障停机检修。",
             "effect": "停机期间不发电，减排量按实际发电量计算，无需调整。"}
        ],
        hint="停机、故障、偏离监测计划等；没有的可不填。", hint_en="Standstills, faults, deviations; none if none.",
    )  # fmt: skip
    monitoring_system: str = field(
        "监测系统说明", "Monitoring system",
        example="发电侧计量表装于并网柜出线端，数据经采集器每 15 分钟上传监控平台，再按月报送管理运营平台。",
        min_length=2, max_length=4000, widget="textarea", section=_SYSTEM,
        hint="监测点位、仪表和数据流；点位图作为附件上传。",
        hint_en="Points, instruments and the flow of data; upload the plan as a paper.",
    )  # fmt: skip
    duties: list[Duty] = field(
        "监测职责", "Duties", min_length=1, max_length=20, section=_SYSTEM, example=DUTIES,
        hint="参与监测的岗位及职责。", hint_en="Who does what.",
    )  # fmt: skip
    quality_control: str = field(
        "质量保证与人员培训", "Quality control and training",
        example="每月由运维主管复核抄表记录，年内组织计量培训 1 次；原始记录保存至末次签发后 10 年。",
        min_length=2, max_length=2000, widget="textarea", section=_SYSTEM,
        hint="质量控制、人员培训和数据留存。", hint_en="Quality control, training, retention of data.",
    )  # fmt: skip
    cross_checks: list[CrossCheck] = field(
        "监测参数与交叉核对", "Parameters and cross-checks", min_length=1, max_length=50, section=_CHECKS,
        example=[
            {"symbol": "EG", "source_doc": "发电侧计量表 SHPV0001-G 月度抄表记录",
             "cross_check_doc": "国网上海电费结算单（12 份）", "difference": "逐月核对，最大偏差 0.1%，均采用较低值。"}
        ],
        hint="每个监测参数一行。", hint_en="One row a monitored parameter.",
    )  # fmt: skip
    meters: list[PeriodMeter] = field(
        "计量器具检定情况", "Meters and verifications", default_factory=list, max_length=200, section=_METERS,
        example=PERIOD_METERS,
        hint="已对接或已报送数据的项目自动带入；同一计量表多次检定的分行填写。",
        hint_en="Filled in for projects that report; one row a verification.",
    )  # fmt: skip
    readings: list[PeriodReading] = field(
        "抄表记录", "Meter readings", default_factory=list, max_length=600, section=_READINGS, example=READINGS,
        hint="逐月填写，连续不间断；已对接或已报送数据的项目自动带入。",
        hint_en="Month by month; filled in for projects that report.",
    )  # fmt: skip
    gaps: list[DataGap] = field(
        "数据缺失与处理", "Gaps and their treatment", default_factory=list, max_length=100, section=_GAPS,
        example=[], hint="没有缺失的可不填。", hint_en="None if nothing is missing.",
    )  # fmt: skip
    er_total_t: TonnesToTheGram = field(
        "本期减排量计算结果", "Reduction worked out", example="356.049", unit="tCO2e", section=_RESULT,
        hint="项目舍去 0.001 吨以下部分，场景精确到克，与申请签发减排量合计一致。",
        hint_en="Rounded down; the same as the amounts applied for.",
    )  # fmt: skip
    conclusion: str = field(
        "结论", "Conclusion",
        example="监测期内项目按监测计划运行，数据完整可靠，本期减排量为 356.049 tCO2e。",
        min_length=2, max_length=2000, widget="textarea", section=_END,
        hint="对数据质量和计算结果的结论。", hint_en="On the data and the result.",
    )  # fmt: skip
    prepared_by: str = field(
        "编制人", "Prepared by", example="林晓", min_length=2, max_length=50, section=_END,
        hint="编制本说明的人员。", hint_en="Who drew it up.",
    )  # fmt: skip
    checked_by: str = field(
        "复核人", "Checked by", example="周明", min_length=2, max_length=50, section=_END,
        hint="与编制人不是同一人。", hint_en="Another person.",
    )  # fmt: skip
