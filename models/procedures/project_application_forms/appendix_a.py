"""Appendix A 碳普惠减排项目申请表: who applies, for whom, for which project (rules G01, G05, G08)."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from models.procedures.shared.codes import (
    APPLICANT_TYPES,
    DATA_CHANNELS,
    DISTRICTS,
    ORG_NATURES,
    PROJECT_TYPES,
    ApplicantType,
    DataChannel,
    District,
    OrgNature,
    ProjectType,
)
from models.vocabulary.forms import Group, example_data, field
from models.vocabulary.types import CnId, Email, Latitude, Longitude, Mobile, PastDate, Percent, Tonnes, Uscc

_PARTY = "1 减排项目申请方基本信息"
_PROJECT = "2 减排项目基本信息"
_GAIN = "3 对可持续发展的贡献"
_PROOF = "4 其他相关证明材料"

Money = Annotated[Decimal, Field(ge=0, max_digits=16, decimal_places=4)]
Scale = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=3)]


class Applicant(Group):
    """减排项目申请主体."""

    applicant_type: ApplicantType = field(
        "申请主体类型",
        "Type of applicant",
        example="enterprise",
        choices=APPLICANT_TYPES,
        section=_PARTY,
        hint="仅限机关、企事业单位、社会团体和其他社会组织。",
        hint_en="Organisations only.",
    )
    applicant_name: str = field(
        "申请主体名称",
        "Name",
        example="上海浦晖新能源科技有限公司",
        min_length=2,
        max_length=100,
        section=_PARTY,
        hint="与营业执照或法人证书一致。",
        hint_en="As on the licence.",
    )
    applicant_uscc: Uscc = field(
        "统一社会信用代码",
        "Unified social credit code",
        example="91310199MARFNGNQ8F",
        section=_PARTY,
        hint="18 位，含校验码。",
        hint_en="18 characters with check digit.",
    )
    org_nature: OrgNature = field(
        "企业或单位性质",
        "Nature of the organisation",
        example="private",
        choices=ORG_NATURES,
        section=_PARTY,
        hint="按所有制或单位性质选择。",
        hint_en="By ownership or kind.",
    )
    established_on: PastDate | None = field(
        "成立日期",
        "Established on",
        example="2016-05-18",
        default=None,
        widget="date",
        section=_PARTY,
        hint="营业执照或法人证书载明的成立日期。",
        hint_en="As on the licence.",
    )
    registered_capital_wan: Money | None = field(
        "注册资本",
        "Registered capital",
        example="2000",
        default=None,
        unit="万元",
        section=_PARTY,
        hint="以万元人民币计。",
        hint_en="In units of 10 000 yuan.",
    )
    registered_address: str = field(
        "注册地址",
        "Registered address",
        example="上海市浦东新区示例路100号",
        min_length=4,
        max_length=200,
        section=_PARTY,
        hint="登记机关核准的住所。",
        hint_en="As registered.",
    )
    mailing_address: str = field(
        "通讯地址",
        "Mailing address",
        example="上海市浦东新区示例路100号",
        min_length=4,
        max_length=200,
        section=_PARTY,
        hint="用于接收文书。",
        hint_en="Where letters reach you.",
    )
    postcode: str = field(
        "邮编",
        "Postcode",
        example="200120",
        pattern=r"^\d{6}$",
        section=_PARTY,
        hint="6 位数字。",
        hint_en="Six digits.",
    )
    industry_code: str | None = field(
        "所属行业",
        "Industry",
        example="D4416",
        default=None,
        pattern=r"^[A-T]\d{2,4}$",
        section=_PARTY,
        hint="国民经济行业分类（GB/T 4754）代码，例如 D4416 太阳能发电。",
        hint_en="Code of GB/T 4754, e.g. D4416 solar power.",
    )
    legal_rep_name: str = field(
        "法定代表人（负责人）姓名",
        "Legal representative",
        example="陈启明",
        min_length=2,
        max_length=50,
        section=_PARTY,
        hint="与身份证明材料一致。",
        hint_en="As on the proof of identity.",
    )
    legal_rep_id_no: CnId = field(
        "法定代表人（负责人）证件号码",
        "Identity number",
        example="310199197803120172",
        personal=True,
        section=_PARTY,
        hint="18 位居民身份证号码，不对外公开。",
        hint_en="Resident identity number; never public.",
    )
    is_ets_sh: bool = field(
        "是否纳入上海市碳市场配额管理",
        "Under Shanghai quota management",
        example=False,
        widget="radio",
        section=_PARTY,
        hint="纳入配额管理范围内的项目不得参与碳普惠。",
        hint_en="Projects under quota management cannot take part.",
    )
    is_ets_national: bool = field(
        "是否纳入全国碳市场配额管理",
        "Under national quota management",
        example=False,
        widget="radio",
        section=_PARTY,
        hint="纳入配额管理范围内的项目不得参与碳普惠。",
        hint_en="Projects under quota management cannot take part.",
    )
    applicant_profile: str = field(
        "申请主体情况说明",
        "About the applicant",
        min_length=10,
        max_length=2000,
        widget="textarea",
        section=_PARTY,
        example="公司成立于2016年，从事分布式光伏电站的投资、建设和运维，在本市持有并运维屋顶光伏项目二十余个，配有专职计量和数据管理人员。",
        hint="主营业务、项目开发与运维能力、与项目的关系等。",
        hint_en="Business, capability to develop and run the project, relation to it.",
    )
    contact_name: str = field(
        "联系人姓名",
        "Contact",
        example="周雅",
        min_length=2,
        max_length=50,
        section=_PARTY,
        hint="负责本次申请的经办人。",
        hint_en="The person in charge of this application.",
    )
    contact_title: str = field(
        "联系人职务",
        "Position",
        example="项目经理",
        min_length=1,
        max_length=50,
        section=_PARTY,
        hint="在申请主体担任的职务。",
        hint_en="Position in the organisation.",
    )
    contact_mobile: Mobile = field(
        "联系人手机",
        "Mobile",
        example="13800138000",
        personal=True,
        section=_PARTY,
        hint="11 位手机号码。",
        hint_en="Mainland mobile number.",
    )
    contact_tel: str | None = field(
        "联系人电话",
        "Telephone",
        example="021-00000000",
        default=None,
        pattern=r"^[0-9\-+() ]{7,20}$",
        personal=True,
        section=_PARTY,
        hint="固定电话，可不填。",
        hint_en="Landline, optional.",
    )
    contact_email: Email = field(
        "联系人邮箱",
        "E-mail",
        example="zhou.ya@example.com",
        personal=True,
        section=_PARTY,
        hint="用于接收通知。",
        hint_en="Where notices are sent.",
    )
    platform_account_no: str = field(
        "碳普惠管理运营平台账户",
        "Platform account",
        example="SHJG-2026-639870",
        min_length=4,
        max_length=40,
        section=_PARTY,
        hint="须为申请主体名下的有效账户。",
        hint_en="An active account of the applicant.",
    )
    is_agency: bool = field(
        "是否受托申请",
        "Applying on behalf of another",
        example=True,
        widget="radio",
        section=_PARTY,
        hint="受项目业主委托申请的选“是”，并填写委托信息。",
        hint_en="Yes when the owner of the project has entrusted you; then fill in the entrustment.",
    )


class BenefitShare(Group):
    """减排量收益分配: one party and its part."""

    party: str = field(
        "分配方",
        "Party",
        example="上海市示例职业技术学校",
        min_length=2,
        max_length=100,
        hint="分配方名称。",
        hint_en="Name of the party.",
    )
    pct: Percent = field(
        "比例",
        "Share",
        example="40",
        unit="%",
        hint="各方比例合计应为 100%。",
        hint_en="All shares sum to 100 percent.",
    )


class Entrustment(Group):
    """减排项目申请委托信息 (rule G08)."""

    principal_name: str = field(
        "委托方名称",
        "Principal",
        example="上海市示例职业技术学校",
        min_length=2,
        max_length=100,
        section=_PROOF,
        hint="项目业主或开发主体名称。",
        hint_en="Owner or developer of the project.",
    )
    principal_uscc: Uscc = field(
        "委托方统一社会信用代码",
        "Credit code of the principal",
        example="12310199750490248M",
        section=_PROOF,
        hint="18 位，含校验码；不能与申请主体相同。",
        hint_en="18 characters; not the applicant's own.",
    )
    signed_on: PastDate = field(
        "委托书签订日期",
        "Entrustment signed on",
        example="2024-12-10",
        widget="date",
        section=_PROOF,
        hint="委托书载明的签订日期。",
        hint_en="As on the letter of entrustment.",
    )
    benefit_split: list[BenefitShare] = field(
        "减排量收益分配",
        "Split of benefits",
        min_length=1,
        section=_PROOF,
        example=[
            {"party": "上海市示例职业技术学校", "pct": "40"},
            {"party": "上海浦晖新能源科技有限公司", "pct": "60"},
        ],
        hint="逐一列明各方名称和比例，合计 100%。",
        hint_en="Each party with its share; together 100 percent.",
    )


ENTRUSTMENT_EXAMPLE = example_data(Entrustment)


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
