"""Appendix C, part 3: platforms, data fields, transport and consent (rules G05, S03)."""

from models.procedures.scenario_application_forms.codes import (
    DATA_FIELD_TYPES,
    FACILITY_TYPES,
    DataFieldType,
    FacilityType,
)
from models.vocabulary.forms import Group, field
from models.vocabulary.types import PastDate

DESCRIPTION = "3 减排场景描述"


class Facility(Group):
    """场景设施或平台."""

    type: FacilityType = field(
        "类型",
        "Type",
        example="app",
        choices=FACILITY_TYPES,
        hint="App、小程序、终端等。",
        hint_en="App, terminal …",
    )
    name: str = field(
        "名称",
        "Name",
        example="骑迹App",
        min_length=1,
        max_length=80,
        hint="平台或设施的名称。",
        hint_en="Name of the platform or facility.",
    )
    version: str = field(
        "版本",
        "Version",
        example="8.2",
        default="",
        max_length=40,
        hint="现行版本或型号。",
        hint_en="Version or model in use.",
    )
    qty: int = field(
        "数量",
        "Quantity",
        example=1,
        ge=1,
        le=100_000_000,
        hint="平台填 1，终端填数量。",
        hint_en="1 for a platform.",
    )
    icp_no: str = field(
        "备案号或设备编号段",
        "Registration number",
        example="沪ICP备20260001号",
        min_length=2,
        max_length=80,
        fresh=True,
        hint="同一平台只能用于一个减排场景。",
        hint_en="One platform serves one scenario only.",
    )


FACILITIES = [
    {"type": "app", "name": "骑迹App", "version": "8.2", "qty": 1, "icp_no": "沪ICP备20260001号"},
    {
        "type": "mini_program",
        "name": "骑迹微信小程序",
        "version": "3.6",
        "qty": 1,
        "icp_no": "沪ICP备20260001号X",
    },
]


class DataField(Group):
    """用户数据采集内容字段."""

    name: str = field(
        "字段",
        "Field",
        example="distance_m",
        min_length=1,
        max_length=60,
        hint="字段名称。",
        hint_en="Its name.",
    )
    meaning: str = field(
        "含义",
        "Meaning",
        example="骑行里程",
        min_length=1,
        max_length=200,
        hint="字段的业务含义。",
        hint_en="What it says.",
    )
    type: DataFieldType = field(
        "类型",
        "Type",
        example="integer",
        choices=DATA_FIELD_TYPES,
        hint="数据类型。",
        hint_en="Kind of data.",
    )
    unit: str = field(
        "单位", "Unit", example="m", default="", max_length=20, hint="计量单位。", hint_en="Unit."
    )
    required: bool = field(
        "必填", "Required", example=True, widget="checkbox", hint="是否必须报送。", hint_en="Must it be sent?"
    )
    personal_info: bool = field(
        "个人信息",
        "Personal",
        example=False,
        widget="checkbox",
        hint="属于个人信息的，须在用户授权条款中列明。",
        hint_en="Personal data needs a clause in the consent.",
    )
    retention: str = field(
        "保存期限",
        "Retention",
        example="末次签发后 10 年",
        min_length=1,
        max_length=60,
        hint="保存多久。",
        hint_en="How long it is kept.",
    )


def _column(name: str, meaning: str, kind: str, unit: str = "", personal: bool = False) -> dict[str, object]:
    return {
        "name": name,
        "meaning": meaning,
        "type": kind,
        "unit": unit,
        "required": True,
        "personal_info": personal,
        "retention": "末次签发后 10 年",
    }


DATA_FIELDS = [
    _column("record_no", "行为记录编号", "text"),
    _column("user_token", "用户去标识化标识", "text", personal=True),
    _column("start_at", "骑行开始时间", "datetime"),
    _column("end_at", "骑行结束时间", "datetime"),
    _column("distance_m", "骑行里程", "integer", "m"),
    _column("bike_no", "车辆编号", "text"),
]


class Transport(Group):
    """数据传输、接入模式."""

    protocol: str = field(
        "传输协议",
        "Protocol",
        example="HTTPS API，JSON 格式",
        min_length=2,
        max_length=200,
        section=DESCRIPTION,
        hint="协议和数据格式。",
        hint_en="Protocol and format.",
    )
    auth: str = field(
        "接入认证",
        "Authentication",
        example="双向 TLS 证书 + HMAC-SHA256 签名",
        min_length=2,
        max_length=200,
        section=DESCRIPTION,
        hint="接口的认证方式。",
        hint_en="How callers are authenticated.",
    )
    encryption: str = field(
        "加密方式",
        "Encryption",
        example="传输 TLS 1.3，敏感字段 SM4 加密",
        min_length=2,
        max_length=200,
        section=DESCRIPTION,
        hint="传输和存储的加密。",
        hint_en="In transit and at rest.",
    )
    idempotency: str = field(
        "防重复机制",
        "Idempotency",
        example="以行为记录编号为唯一键，重复报送不重复计量",
        min_length=2,
        max_length=200,
        section=DESCRIPTION,
        hint="重复报送如何处理。",
        hint_en="What happens to a record sent twice.",
    )
    sla: str = field(
        "服务水平",
        "Service level",
        example="T+1 日 10:00 前报送完毕，可用性 99.9%",
        min_length=2,
        max_length=200,
        section=DESCRIPTION,
        hint="时效和可用性。",
        hint_en="Timeliness and availability.",
    )


class Consent(Group):
    """用户授权与服务协议 (rule S03)."""

    agreement_version: str = field(
        "服务协议版本",
        "Version of the agreement",
        example="2026-01",
        min_length=1,
        max_length=40,
        section=DESCRIPTION,
        hint="与个人签订的服务协议的版本号。",
        hint_en="Version of the agreement with users.",
    )
    effective_on: PastDate = field(
        "协议生效日期",
        "In force since",
        example="2026-01-01",
        widget="date",
        section=DESCRIPTION,
        hint="该版本协议的生效日期。",
        hint_en="Since when this version holds.",
    )
    names_platform: bool = field(
        "列明碳普惠管理运营平台",
        "Names the carbon-inclusion platform",
        example=True,
        widget="radio",
        section=DESCRIPTION,
        hint="授权条款须列明碳普惠管理运营平台。",
        hint_en="The consent names the carbon-inclusion platform.",
    )
    names_operator: bool = field(
        "列明场景运营方",
        "Names the operator",
        example=True,
        widget="radio",
        section=DESCRIPTION,
        hint="授权条款须列明场景运营方。",
        hint_en="The consent names the operator of the scenario.",
    )
    consent_text: str = field(
        "授权条款",
        "Text of the consent",
        example="本人同意碳普惠管理运营平台和上海骑迹共享出行科技有限公司为核算和签发个人碳普惠减排量，"
        "搜集、访问、使用本人的骑行起止时间、里程和去标识化用户标识（user_token）。",
        min_length=20,
        max_length=4000,
        widget="textarea",
        section=DESCRIPTION,
        hint="载明搜集、访问、使用数据的主体、目的和范围。",
        hint_en="Who collects and uses what, and for which purpose.",
    )
    withdraw_way: str = field(
        "撤回授权的方式",
        "How to withdraw",
        example="App“我的-隐私-碳普惠授权”一键撤回，即时生效，不影响撤回前的处理。",
        min_length=4,
        max_length=1000,
        widget="textarea",
        section=DESCRIPTION,
        hint="个人如何撤回授权。",
        hint_en="How a person withdraws the consent.",
    )
