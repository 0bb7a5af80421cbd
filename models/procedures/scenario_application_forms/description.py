"""Appendix C, part 3 减排场景描述: places, platforms, data, transport, consent (rules G05, S03)."""

from models.procedures.scenario_application_forms.codes import (
    AUTH_MODES,
    GEO_SCOPES,
    REPORT_FREQUENCIES,
    AuthMode,
    GeoScope,
    ReportFrequency,
)
from models.procedures.scenario_application_forms.platform import (
    DATA_FIELDS,
    DESCRIPTION,
    FACILITIES,
    Consent,
    DataField,
    Facility,
    Transport,
)
from models.procedures.shared.codes import DISTRICTS, District
from models.vocabulary.forms import Group, field


class Description(Group):
    """减排场景描述."""

    geo_scope: GeoScope = field(
        "场景地理范围",
        "Geographical scope",
        example="city",
        choices=GEO_SCOPES,
        widget="radio",
        section=DESCRIPTION,
        hint="覆盖全市，或者部分区。",
        hint_en="The whole city or some districts.",
    )
    districts: list[District] = field(
        "覆盖的区",
        "Districts",
        example=[],
        default_factory=list,
        choices=DISTRICTS,
        widget="checkbox",
        section=DESCRIPTION,
        hint="部分区的，逐一选择。",
        hint_en="Each of them, unless it is the whole city.",
    )
    geo_text: str = field(
        "地理范围说明",
        "About the scope",
        example="上海市行政区域内的骑行行为，起点和终点均在本市的计入。",
        min_length=2,
        max_length=1000,
        widget="textarea",
        section=DESCRIPTION,
        hint="行为发生地的认定方法。",
        hint_en="How the place of an act is told.",
    )
    facilities: list[Facility] = field(
        "场景设施或平台",
        "Facilities and platforms",
        example=FACILITIES,
        min_length=1,
        section=DESCRIPTION,
        hint="每个平台、设施一行。",
        hint_en="One row each.",
    )
    compliance: str = field(
        "接入技术要求符合性",
        "Conformity with the technical requirements",
        example="按碳普惠管理运营平台接口规范改造，满足字段、签名、时效和数据质量要求。",
        min_length=2,
        max_length=2000,
        widget="textarea",
        section=DESCRIPTION,
        hint="如何符合数据接入碳普惠管理运营平台的技术要求。",
        hint_en="How the platform's technical requirements are met.",
    )
    api_change: str = field(
        "API 数据接口改造",
        "Changes of the interface",
        example="新增授权同步、行为数据报送和撤回通知三个接口。",
        min_length=2,
        max_length=2000,
        widget="textarea",
        section=DESCRIPTION,
        hint="需要新增或改造的接口。",
        hint_en="Interfaces to add or change.",
    )
    report_scope: str = field(
        "数据报送范围",
        "What is reported",
        example="已授权用户在本市的全部有效骑行记录。",
        min_length=2,
        max_length=1000,
        widget="textarea",
        section=DESCRIPTION,
        hint="报送哪些用户、哪些行为。",
        hint_en="Which users and which acts.",
    )
    report_frequency: ReportFrequency = field(
        "数据报送频次",
        "How often",
        example="day",
        choices=REPORT_FREQUENCIES,
        widget="radio",
        section=DESCRIPTION,
        hint="实时、按日或按月。",
        hint_en="In real time, daily or monthly.",
    )
    registered_users: int = field(
        "注册用户数",
        "Registered users",
        example=3_260_000,
        ge=0,
        le=100_000_000,
        unit="人",
        section=DESCRIPTION,
        hint="用户保有量。",
        hint_en="All users.",
    )
    mau: int = field(
        "月活跃用户数",
        "Monthly active users",
        example=812_000,
        ge=0,
        le=100_000_000,
        unit="人",
        section=DESCRIPTION,
        hint="不大于注册用户数。",
        hint_en="No more than the registered users.",
    )
    dau: int = field(
        "日活跃用户数",
        "Daily active users",
        example=96_000,
        ge=0,
        le=100_000_000,
        unit="人",
        section=DESCRIPTION,
        hint="不大于月活跃用户数。",
        hint_en="No more than the monthly active users.",
    )
    auth_mode: list[AuthMode] = field(
        "用户认证模式",
        "How users are identified",
        example=["mobile", "real_name"],
        min_length=1,
        choices=AUTH_MODES,
        widget="checkbox",
        section=DESCRIPTION,
        hint="可多选。",
        hint_en="One or more.",
    )
    behaviour: str = field(
        "行为数据",
        "Behaviour data",
        example="用户开锁至关锁为一次骑行，记录起止时间、里程、车辆编号。",
        min_length=2,
        max_length=2000,
        widget="textarea",
        section=DESCRIPTION,
        hint="一次减排行为如何记录。",
        hint_en="How one act is recorded.",
    )
    data_fields: list[DataField] = field(
        "用户数据采集内容字段",
        "Fields collected",
        example=DATA_FIELDS,
        min_length=1,
        section=DESCRIPTION,
        hint="逐一列明；属于个人信息的须在授权条款中列明。",
        hint_en="Each field; personal ones appear in the consent.",
    )
    storage_mode: str = field(
        "储存模式",
        "Storage",
        example="境内自建机房加密存储，异地备份，日志留存不少于 6 个月。",
        min_length=2,
        max_length=1000,
        widget="textarea",
        section=DESCRIPTION,
        hint="数据的存储地点和方式。",
        hint_en="Where and how data is stored.",
    )
    transport: Transport = field(
        "数据传输、接入模式", "Transport", section=DESCRIPTION, hint="详细说明。", hint_en="In detail."
    )
    consent: Consent = field(
        "用户授权与服务协议",
        "Consent of users",
        section=DESCRIPTION,
        hint="需征得用户授权同意，并可撤回。",
        hint_en="Users consent, and can withdraw.",
    )
