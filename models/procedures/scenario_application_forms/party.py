"""Appendix C, part 1 减排场景申请主体基本信息, and the entrustment of S02, told on the ground of Appendix A."""

from models.procedures.shared.party import Applicant, Entrustment
from models.procedures.shared.restated import restate
from models.vocabulary.forms import example_data, field

PARTY = "1 减排场景申请主体基本信息"
PROOF = "7 其他相关证明材料"


class ScenarioApplicant(Applicant):
    """减排场景申请主体."""

    is_bundled: bool = field(
        "是否打捆申请",
        "Bundled",
        example=False,
        widget="radio",
        hint="把多个子场景合并为一个减排场景申请的选“是”，并逐一填写子场景。",
        hint_en="Yes when several sub-scenarios are filed as one; then list each of them.",
    )


restate(
    ScenarioApplicant,
    PARTY,
    {
        "applicant_name": "上海骑迹共享出行科技有限公司",
        "applicant_uscc": "91310199MA6YU08J91",
        "registered_address": "上海市杨浦区示例路200号",
        "mailing_address": "上海市杨浦区示例路200号",
        "postcode": "200082",
        "industry_code": "L7119",
        "legal_rep_name": "林岚",
        "legal_rep_id_no": "310199198307210245",
        "applicant_profile": "公司成立于2016年，在本市投放和运营互联网租赁自行车，自建骑行服务平台和数据中台，"
        "配有专职数据安全、计量核算和用户服务人员。",
        "contact_name": "赵一帆",
        "contact_title": "数据产品经理",
        "contact_email": "zhao.yifan@example.com",
        "platform_account_no": "SHJG-2026-726495",
        "is_agency": False,
    },
    {"is_agency": ("是否受减排场景开发主体委托申请", "Applying for the developer of the scenario")},
    {
        "applicant_profile": (
            "主营业务、场景建设与运维能力、数据管理能力、与开发主体的关系等。",
            "Business, capability to run the scenario and its data, relation to the developer.",
        ),
        "industry_code": (
            "国民经济行业分类（GB/T 4754）代码，例如 L7119。",
            "Code of GB/T 4754, e.g. L7119.",
        ),
        "is_agency": (
            "开发主体与申请主体不一致的选“是”，并填写委托信息。",
            "Yes when developer and applicant differ; then fill in the entrustment.",
        ),
    },
)


class ScenarioEntrustment(Entrustment):
    """减排场景申请委托信息 (rules G08, S02)."""


restate(
    ScenarioEntrustment,
    PROOF,
    {
        "principal_name": "上海示例慢行出行服务有限公司",
        "principal_uscc": "91310199MARFNGNQ8F",
        "signed_on": "2026-01-08",
        "benefit_split": [
            {"party": "上海示例慢行出行服务有限公司", "pct": "70"},
            {"party": "上海骑迹共享出行科技有限公司", "pct": "30"},
        ],
    },
    None,
    {"principal_name": ("减排场景开发主体名称。", "The developer of the scenario.")},
)

ENTRUSTMENT_EXAMPLE = example_data(ScenarioEntrustment)
