"""Appendix B 减排项目设计文件, in the order of the guide's outline (rule G05)."""

from models.procedures.project_application_forms.design_overview import (
    APPLICABILITY,
    APPROVALS,
    EQUIPMENT,
    Bundle,
    Equipment,
    ProjectApproval,
)
from models.procedures.project_application_forms.readings import METERS, READINGS, Meter, MeterReading
from models.procedures.shared.amounts import (
    PARAMS,
    SOURCES,
    YEARLY,
    EmissionSource,
    MonitoredParameter,
    Parameter,
    YearEstimate,
)
from models.procedures.shared.method import Applicability, BasicRequirements, DataManagement, Formulas
from models.vocabulary.forms import Group, example_data, field
from models.vocabulary.types import PastDate

_OVERVIEW = "1 项目概况"
_METHOD = "2 基准线和监测方法学的应用"
_TERM = "3 项目活动期限和减排量计入期"
_AMOUNT = "4 减排量"
_ANNEX = "5 其他相关证明材料"


class Design(Group):
    """减排项目设计文件."""

    overview_text: str = field(
        "项目活动概述",
        "Overview",
        min_length=10,
        max_length=4000,
        widget="textarea",
        section=_OVERVIEW,
        example="利用学校教学楼和实训楼屋顶建设分布式光伏电站，装机容量 799.92 kW，采用自发自用、余电上网模式，替代电网供电。",
        hint="项目目的、内容、规模和地理边界。",
        hint_en="Purpose, content, scale and geographical boundary.",
    )
    technology: str = field(
        "技术说明",
        "Technology",
        example="采用单晶硅组件和组串式逆变器，经并网柜以 380 V 接入学校配电系统。",
        min_length=2,
        max_length=4000,
        widget="textarea",
        section=_OVERVIEW,
        hint="采用的技术和工艺。",
        hint_en="Technology used.",
    )
    equipment: list[Equipment] = field(
        "设备清单",
        "Equipment",
        example=EQUIPMENT,
        min_length=1,
        section=_OVERVIEW,
        hint="计入规模的设备数量与额定功率之积，应与装机规模一致。",
        hint_en="Quantity times rated power has to meet the installed scale.",
    )
    approvals: list[ProjectApproval] = field(
        "项目相关批复情况",
        "Approvals",
        example=APPROVALS,
        min_length=1,
        section=_OVERVIEW,
        hint="备案、环评、并网、验收等。",
        hint_en="Record-filing, assessment, grid, acceptance.",
    )
    bundle: Bundle = field(
        "项目合并申报情况",
        "Bundling",
        section=_OVERVIEW,
        hint="是否由多个场址合并申报。",
        hint_en="Are several sites filed together?",
    )
    applicability: list[Applicability] = field(
        "方法学适用性",
        "Applicability",
        example=APPLICABILITY,
        min_length=1,
        section=_METHOD,
        hint="逐条说明方法学适用条件的符合情况。",
        hint_en="Condition by condition.",
    )
    boundary_text: str = field(
        "项目边界",
        "Boundary",
        example="空间边界为学校教学楼、实训楼屋顶光伏系统至并网点；包括所替代电网供电的排放。",
        min_length=2,
        max_length=4000,
        widget="textarea",
        section=_METHOD,
        hint="空间边界；边界图作为附件上传。",
        hint_en="Spatial boundary; upload the map as a paper.",
    )
    sources: list[EmissionSource] = field(
        "排放源与温室气体",
        "Sources and gases",
        example=SOURCES,
        min_length=1,
        section=_METHOD,
        hint="逐项列明是否计入及理由。",
        hint_en="Each with whether it counts, and why.",
    )
    basic_requirements: BasicRequirements = field(
        "基本要求论证",
        "Basic requirements",
        section=_METHOD,
        hint="真实性、唯一性、额外性、普惠性和合规性。",
        hint_en="Authenticity, uniqueness, additionality, inclusiveness, compliance.",
    )
    activity_start: PastDate = field(
        "项目活动开始日期",
        "Activity starts",
        example="2024-12-20",
        widget="date",
        section=_TERM,
        hint="项目寿命期的起算日期。",
        hint_en="From which the lifetime runs.",
    )
    lifetime_years: int = field(
        "项目寿命",
        "Lifetime",
        example=25,
        ge=1,
        le=60,
        unit="年",
        section=_TERM,
        hint="设计寿命，以年计。",
        hint_en="Design lifetime in years.",
    )
    crediting: str = field(
        "减排量计入期说明",
        "About the crediting period",
        default="",
        max_length=1000,
        widget="textarea",
        example="计入期自并网后首个完整年度起算，共 10 年，在项目寿命期内。",
        section=_TERM,
        hint="计入期起止日期在申请表中填写，此处说明选取理由。",
        hint_en="The dates are those of the application form; say here why.",
    )
    formulas: Formulas = field(
        "计算方法说明", "Formulas", section=_AMOUNT, hint="按方法学填写。", hint_en="As in the methodology."
    )
    params: list[Parameter] = field(
        "参数和数据选取",
        "Parameters",
        example=PARAMS,
        min_length=1,
        section=_AMOUNT,
        hint="默认值应与方法学一致。",
        hint_en="Defaults as in the methodology.",
    )
    yearly: list[YearEstimate] = field(
        "年度减排量预估",
        "Yearly estimates",
        example=YEARLY,
        min_length=1,
        max_length=30,
        section=_AMOUNT,
        hint="计入期内逐年填写。",
        hint_en="Year by year over the crediting period.",
    )
    monitoring: list[MonitoredParameter] = field(
        "监测计划",
        "Monitoring plan",
        section=_AMOUNT,
        min_length=1,
        example=[example_data(MonitoredParameter)],
        hint="每个监测参数一行。",
        hint_en="One row a monitored parameter.",
    )
    data_mgmt: DataManagement = field(
        "数据的记录、监测和管理",
        "Data management",
        section=_AMOUNT,
        hint="数据管理制度。",
        hint_en="How data is managed.",
    )
    meters: list[Meter] = field(
        "计量表",
        "Meters",
        example=METERS,
        default_factory=list,
        section=_AMOUNT,
        hint="监测所用的计量器具；没有计量表的方法学可不填。",
        hint_en="Instruments used; none where the methodology needs none.",
    )
    readings: list[MeterReading] = field(
        "抄表记录",
        "Meter readings",
        example=READINGS,
        default_factory=list,
        max_length=600,
        section=_ANNEX,
        hint="逐月填写，连续不间断；尚无数据的可不填。",
        hint_en="Month by month without gaps; may be empty.",
    )
