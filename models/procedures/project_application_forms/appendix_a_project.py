"""Appendix A 碳普惠减排项目申请表, parts 2 and 3: the project and what it contributes (rule G05)."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from models.procedures.shared.codes import (
    DATA_CHANNELS,
    DISTRICTS,
    PROJECT_TYPES,
    DataChannel,
    District,
    ProjectType,
)
from models.vocabulary.forms import Group, field
from models.vocabulary.types import Latitude, Longitude, PastDate, Tonnes, Uscc

_PROJECT = "2 减排项目基本信息"
_GAIN = "3 对可持续发展的贡献"

Scale = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=3)]


class Project(Group):
    """减排项目基本信息."""

    project_name: str = field(
        "项目名称",
        "Name of the project",
        example="示例职业技术学校屋顶分布式光伏发电项目",
        min_length=4,
        max_length=120,
        section=_PROJECT,
        fresh=True,
        hint="在本市不得与其他在办或已公布项目重名。",
        hint_en="Unlike any other project of the city.",
    )
    project_type: ProjectType = field(
        "项目类型",
        "Type of project",
        example="renewable_pv",
        choices=PROJECT_TYPES,
        section=_PROJECT,
        hint="应与所选方法学一致。",
        hint_en="As the methodology chosen.",
    )
    district: District = field(
        "项目所在区",
        "District",
        example="闵行区",
        choices=DISTRICTS,
        section=_PROJECT,
        hint="项目场址所在区。",
        hint_en="Where the site is.",
    )
    address: str = field(
        "项目地址",
        "Address",
        example="上海市闵行区示例路300号",
        min_length=4,
        max_length=200,
        section=_PROJECT,
        hint="项目场址的详细地址。",
        hint_en="Full address of the site.",
    )
    lon: Longitude = field(
        "经度",
        "Longitude",
        example="121.381234",
        unit="°E",
        section=_PROJECT,
        fresh=True,
        hint="项目中心点，保留 6 位小数。",
        hint_en="Centre of the site, six decimals.",
    )
    lat: Latitude = field(
        "纬度",
        "Latitude",
        example="31.112345",
        unit="°N",
        section=_PROJECT,
        fresh=True,
        hint="项目中心点，保留 6 位小数。",
        hint_en="Centre of the site, six decimals.",
    )
    commenced_on: PastDate = field(
        "开工时间",
        "Commenced on",
        example="2024-09-02",
        widget="date",
        section=_PROJECT,
        hint="不晚于运行时间，须有证明文件。",
        hint_en="Not after the start of operation; with proof.",
    )
    operated_on: PastDate = field(
        "运行时间",
        "Operating since",
        example="2024-12-20",
        widget="date",
        section=_PROJECT,
        hint="投入运行（并网）日期，须有证明文件。",
        hint_en="Date of operation or grid connection; with proof.",
    )
    methodology_id: str = field(
        "项目方法学",
        "Methodology",
        example="DEMO-PV-2024",
        min_length=1,
        max_length=60,
        widget="lookup:methodology",
        section=_PROJECT,
        hint="选择已公布且在有效期内的项目方法学。",
        hint_en="A published project methodology in force.",
    )
    methodology_version: str = field(
        "方法学版本",
        "Version",
        example="1.0",
        min_length=1,
        max_length=20,
        section=_PROJECT,
        hint="所选方法学的版本号。",
        hint_en="Version of the methodology.",
    )
    scale_kw: Scale = field(
        "装机规模",
        "Installed scale",
        example="799.92",
        unit="kW",
        section=_PROJECT,
        hint="与设备清单合计一致；无装机规模的填 0，并填写其他规模参数。",
        hint_en="As the equipment list sums to; 0 where it does not apply.",
    )
    scale_note: str | None = field(
        "其他规模参数",
        "Other scale",
        example="组件 1212 块，屋顶面积约 4200 平方米。",
        default=None,
        max_length=500,
        section=_PROJECT,
        hint="如车辆数、面积、处理量等。",
        hint_en="Vehicles, area, throughput …",
    )
    crediting_from: date = field(
        "减排量计入期起",
        "Crediting period from",
        example="2025-01-01",
        widget="date",
        section=_PROJECT,
        hint="不早于运行时间。",
        hint_en="Not before operation.",
    )
    crediting_to: date = field(
        "减排量计入期止",
        "Crediting period to",
        example="2034-12-31",
        widget="date",
        section=_PROJECT,
        hint="计入期最长 10 年，且在项目寿命期内。",
        hint_en="Ten years at most, within the lifetime.",
    )
    est_annual_t: Tonnes = field(
        "预计年均减排量",
        "Estimated annual reduction",
        example="356.049",
        unit="tCO2e",
        section=_PROJECT,
        hint="计入期内的年平均值。",
        hint_en="Average over the crediting period.",
    )
    est_total_t: Tonnes = field(
        "预计计入期总减排量",
        "Estimated total reduction",
        example="3560.490",
        unit="tCO2e",
        section=_PROJECT,
        hint="与设计文件年度减排量预估合计一致。",
        hint_en="As the yearly table of the design document sums to.",
    )
    apply_first_issuance: bool = field(
        "是否同步申请首次签发",
        "Apply for first issuance too",
        example=True,
        widget="radio",
        section=_PROJECT,
        hint="选“是”的，填写监测期和申请减排量。",
        hint_en="If so, give the monitoring period and the amount.",
    )
    first_period_from: date | None = field(
        "首次监测期起",
        "First period from",
        example="2025-01-01",
        default=None,
        widget="date",
        section=_PROJECT,
        hint="不早于运行时间和计入期起始日。",
        hint_en="Not before operation and the crediting period.",
    )
    first_period_to: PastDate | None = field(
        "首次监测期止",
        "First period to",
        example="2025-12-31",
        default=None,
        widget="date",
        section=_PROJECT,
        hint="原则上不超过 12 个月。",
        hint_en="Twelve months at most.",
    )
    first_amount_t: Tonnes | None = field(
        "首次申请减排量",
        "First amount",
        example="356.049",
        default=None,
        unit="tCO2e",
        section=_PROJECT,
        hint="按方法学计算，舍去 0.001 吨以下部分。",
        hint_en="By the methodology, rounded down to 0.001 t.",
    )
    data_channel: DataChannel = field(
        "数据报送方式",
        "Data reporting",
        example="connected",
        choices=DATA_CHANNELS,
        widget="radio",
        section=_PROJECT,
        hint="可在线计量监测的应当系统对接。",
        hint_en="Connect the system where data is metered online.",
    )
    service_agency_name: str | None = field(
        "技术服务机构名称",
        "Technical adviser",
        example="上海申碳咨询服务有限公司",
        default=None,
        max_length=100,
        section=_PROJECT,
        hint="协助编制申请材料的机构（如有）。",
        hint_en="Who helped with the papers, if anybody.",
    )
    service_agency_uscc: Uscc | None = field(
        "技术服务机构信用代码",
        "Adviser's credit code",
        example="91310199MA7TC20260",
        default=None,
        section=_PROJECT,
        hint="该机构不得承担本项目的技术审查。",
        hint_en="This body cannot review the project.",
    )
    service_agency_contact: str | None = field(
        "技术服务机构联系人",
        "Adviser's contact",
        example="沈工",
        default=None,
        max_length=50,
        section=_PROJECT,
        hint="联系人姓名（如有）。",
        hint_en="Name of the contact, if anybody.",
    )


class Contribution(Group):
    """对可持续发展的贡献."""

    sd_economic: str | None = field(
        "经济效益",
        "Economic benefit",
        example="年节约电费约 45 万元，收益按委托协议分配。",
        default=None,
        max_length=1000,
        widget="textarea",
        section=_GAIN,
        hint="项目带来的经济效益。",
        hint_en="Economic benefit of the project.",
    )
    sd_environment: str = field(
        "环境效益",
        "Environmental benefit",
        example="年均减少二氧化碳排放约 356 吨，无废水、废气排放。",
        min_length=2,
        max_length=1000,
        widget="textarea",
        section=_GAIN,
        hint="除减排量外，可说明对空气、资源等的影响。",
        hint_en="Besides reductions: air, resources and so on.",
    )
    sd_employment: str | None = field(
        "对就业的贡献",
        "Employment",
        example="建设期提供 30 个用工岗位，运维期长期聘用 2 名运维人员。",
        default=None,
        max_length=1000,
        widget="textarea",
        section=_GAIN,
        hint="新增岗位和培训情况。",
        hint_en="Jobs and training.",
    )
    sd_education_poverty: str | None = field(
        "对教育和扶贫的贡献",
        "Education and poverty relief",
        example="电站作为学校新能源专业的实训场所，每年接待学生约 200 人次。",
        default=None,
        max_length=1000,
        widget="textarea",
        section=_GAIN,
        hint="教育、帮扶等方面的贡献。",
        hint_en="Education, aid and the like.",
    )
