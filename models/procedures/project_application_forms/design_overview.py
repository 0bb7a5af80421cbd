"""Rows of Appendix B, chapters 1 and 2: equipment, approvals, bundling, applicability."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from models.procedures.shared.codes import APPROVAL_TYPES, ApprovalType
from models.vocabulary.forms import Group, field
from models.vocabulary.types import PastDate, Uscc

Rated = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=4)]


class Equipment(Group):
    """设备清单."""

    name: str = field(
        "设备名称",
        "Name",
        example="单晶硅光伏组件",
        min_length=1,
        max_length=80,
        hint="主要设备的名称。",
        hint_en="Name of the equipment.",
    )
    model: str = field(
        "型号",
        "Model",
        example="HT-660M",
        min_length=1,
        max_length=80,
        hint="规格型号。",
        hint_en="Type and model.",
    )
    qty: int = field(
        "数量", "Quantity", example=1212, ge=1, le=10_000_000, hint="台、套或块数。", hint_en="Pieces."
    )
    rated: Rated = field(
        "单台额定功率",
        "Rated power",
        example="0.66",
        unit="kW",
        hint="无额定功率的填 0。",
        hint_en="Of one piece; 0 where it has none.",
    )
    counts: bool = field(
        "计入装机规模",
        "Counts towards the scale",
        example=True,
        default=True,
        widget="checkbox",
        hint="逆变器等辅助设备不计入。",
        hint_en="Inverters and other auxiliaries do not.",
    )
    maker: str = field(
        "生产厂家",
        "Maker",
        example="示例光伏制造有限公司",
        min_length=1,
        max_length=100,
        hint="生产厂家名称。",
        hint_en="Name of the maker.",
    )
    installed_on: PastDate = field(
        "安装日期",
        "Installed on",
        example="2024-11-30",
        widget="date",
        hint="安装完成日期。",
        hint_en="When it was installed.",
    )


EQUIPMENT = [
    {
        "name": "单晶硅光伏组件",
        "model": "HT-660M",
        "qty": 1212,
        "rated": "0.66",
        "counts": True,
        "maker": "示例光伏制造有限公司",
        "installed_on": "2024-11-30",
    },
    {
        "name": "组串式逆变器",
        "model": "NB-110K",
        "qty": 7,
        "rated": "110",
        "counts": False,
        "maker": "示例电气有限公司",
        "installed_on": "2024-12-05",
    },
]


class ProjectApproval(Group):
    """项目相关批复."""

    type: ApprovalType = field(
        "类型",
        "Type",
        example="record",
        choices=APPROVAL_TYPES,
        hint="备案、环评、并网或者验收。",
        hint_en="Record-filing, assessment, grid or acceptance.",
    )
    no: str = field(
        "文号",
        "Number",
        example="示例备〔2024〕0123号",
        min_length=1,
        max_length=80,
        hint="文件编号。",
        hint_en="Number of the paper.",
    )
    authority: str = field(
        "出具单位",
        "Authority",
        example="闵行区发展和改革委员会",
        min_length=1,
        max_length=100,
        hint="批复或出具意见的单位。",
        hint_en="Who issued it.",
    )
    date: PastDate = field(
        "日期",
        "Date",
        example="2024-08-15",
        widget="date",
        hint="文件出具日期。",
        hint_en="When it was issued.",
    )


APPROVALS = [
    {
        "type": "record",
        "no": "示例备〔2024〕0123号",
        "authority": "闵行区发展和改革委员会",
        "date": "2024-08-15",
    },
    {"type": "grid", "no": "示例并网〔2024〕0456号", "authority": "国网上海市电力公司", "date": "2024-12-20"},
]


class SubProject(Group):
    """合并申报的子项目."""

    name: str = field(
        "子项目名称",
        "Name",
        example="实训楼屋顶光伏子项目",
        min_length=1,
        max_length=120,
        hint="子项目名称。",
        hint_en="Name of the sub-project.",
    )
    site: str = field(
        "场址",
        "Site",
        example="上海市闵行区示例路300号实训楼",
        min_length=1,
        max_length=200,
        hint="详细地址。",
        hint_en="Full address.",
    )
    owner_uscc: Uscc = field(
        "业主信用代码",
        "Owner's credit code",
        example="12310199750490248M",
        hint="18 位，含校验码。",
        hint_en="18 characters with check digit.",
    )
    scale: Rated = field(
        "规模", "Scale", example="399.96", unit="kW", hint="子项目装机规模。", hint_en="Installed scale."
    )
    operated_on: PastDate = field(
        "运行时间",
        "Operating since",
        example="2024-12-20",
        widget="date",
        hint="投入运行日期。",
        hint_en="Date of operation.",
    )


class Bundle(Group):
    """项目合并申报情况."""

    is_bundled: bool = field(
        "是否合并申报",
        "Bundled",
        example=False,
        widget="radio",
        hint="多个场址合并申报的选“是”。",
        hint_en="Yes when several sites are filed together.",
    )
    sub_projects: list[SubProject] = field(
        "子项目",
        "Sub-projects",
        example=[],
        default_factory=list,
        hint="合并申报时逐一列明。",
        hint_en="One by one, when bundled.",
    )


APPLICABILITY = [
    {
        "condition": "单个项目装机规模在 1MW 及以下",
        "how_met": "装机规模 799.92 kW，符合。",
        "evidence": "项目备案证明",
    },
    {"condition": "位于本市行政区域内", "how_met": "场址位于闵行区，符合。", "evidence": "并网验收意见"},
    {
        "condition": "不属于碳市场配额管理单位场址",
        "how_met": "申请主体和场址业主均未纳入配额管理，符合。",
        "evidence": "配额管理单位名单",
    },
    {"condition": "项目寿命期不超过 25 年", "how_met": "设计寿命 25 年，符合。", "evidence": "设计说明书"},
]
