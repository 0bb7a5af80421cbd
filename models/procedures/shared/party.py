"""Who applies, and for whom: parts 1 and 4 of Appendix A, restated in other appendices (rules G01, G05, G08)."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from models.procedures.shared.codes import APPLICANT_TYPES, ORG_NATURES, ApplicantType, OrgNature
from models.vocabulary.forms import Group, example_data, field
from models.vocabulary.types import CnId, Email, Mobile, PastDate, Percent, Uscc

_PARTY = "1 减排项目申请方基本信息"
_PROOF = "4 其他相关证明材料"

Money = Annotated[Decimal, Field(ge=0, max_digits=16, decimal_places=4)]


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
        pattern=r"^[0-9]{6}$",
        section=_PARTY,
        hint="6 位数字。",
        hint_en="Six digits.",
    )
    industry_code: str | None = field(
        "所属行业",
        "Industry",
        example="D4416",
        default=None,
        pattern=r"^[A-T][0-9]{2,4}$",
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
        hint="申请主体、委托方，或者已登记单位的名称，与登记名称一致。",
        hint_en="The applicant, the principal, or an organisation as it is registered.",
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
