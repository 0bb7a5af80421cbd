"""Appendix C, parts 2 and 6: the scenario, and who helped with the papers (rules G05, G21)."""

from models.procedures.scenario_application_forms.codes import (
    SCENARIO_CATEGORIES,
    SCENARIO_SUBCATEGORIES,
    ScenarioCategory,
    ScenarioSubcategory,
)
from models.vocabulary.forms import Group, field
from models.vocabulary.types import PastDate, Tonnes, Uscc

BASICS = "2 碳普惠减排场景基本信息"
ADVISER = "6 技术服务机构（如有）"


class Scenario(Group):
    """碳普惠减排场景基本信息."""

    scenario_category: ScenarioCategory = field(
        "减排场景大类",
        "Category",
        example="travel",
        choices=SCENARIO_CATEGORIES,
        section=BASICS,
        hint="衣、食、住、行、用等领域。",
        hint_en="The field of daily life.",
    )
    scenario_subcategory: ScenarioSubcategory = field(
        "减排场景细分类别",
        "Subcategory",
        example="shared_bike",
        choices=SCENARIO_SUBCATEGORIES,
        section=BASICS,
        hint="应与所选方法学一致。",
        hint_en="As the methodology chosen.",
    )
    scenario_name: str = field(
        "减排场景名称",
        "Name of the scenario",
        example="绿色出行-上海市互联网租赁自行车碳普惠场景-上海骑迹共享出行科技有限公司",
        min_length=4,
        max_length=120,
        section=BASICS,
        fresh=True,
        hint="按“大类-细分类别场景-运营商名称”填写，在本市不得重名。",
        hint_en="Category – subcategory – operator; unlike any other scenario of the city.",
    )
    methodology_id: str = field(
        "减排场景方法学",
        "Methodology",
        example="DEMO-BIKE-2024",
        min_length=1,
        max_length=60,
        widget="lookup:methodology",
        section=BASICS,
        hint="选择已公布且在有效期内的减排场景方法学。",
        hint_en="A published scenario methodology in force.",
    )
    methodology_version: str = field(
        "方法学版本",
        "Version",
        example="1.0",
        min_length=1,
        max_length=20,
        section=BASICS,
        hint="所选方法学的版本号。",
        hint_en="Version of the methodology.",
    )
    operated_on: PastDate = field(
        "场景运行时间",
        "Operating since",
        example="2024-01-01",
        widget="date",
        section=BASICS,
        hint="场景投入运行的日期。",
        hint_en="When the scenario went into operation.",
    )
    est_annual_t: Tonnes = field(
        "预计年减排量",
        "Estimated annual reduction",
        example="526.782",
        unit="tCO2e",
        section=BASICS,
        hint="按方法学和已授权用户的行为数据估算。",
        hint_en="By the methodology, for users who have given consent.",
    )
    est_per_user_g: int = field(
        "预计人均年减排量",
        "Estimated per user and year",
        example=648,
        ge=0,
        le=100_000_000,
        unit="gCO2e",
        section=BASICS,
        hint="预计年减排量除以月活跃用户数，以克计。",
        hint_en="The annual estimate divided by monthly active users, in grams.",
    )


class Adviser(Group):
    """技术服务机构（如有）."""

    service_agency_name: str | None = field(
        "技术服务机构名称",
        "Technical adviser",
        example="上海申碳咨询服务有限公司",
        default=None,
        max_length=100,
        section=ADVISER,
        hint="协助编制申请材料的机构（如有）。",
        hint_en="Who helped with the papers, if anybody.",
    )
    service_agency_uscc: Uscc | None = field(
        "技术服务机构信用代码",
        "Adviser's credit code",
        example="91310199MA7TC20260",
        default=None,
        section=ADVISER,
        hint="18 位，含校验码。",
        hint_en="18 characters with check digit.",
    )
    service_agency_contact: str | None = field(
        "技术服务机构联系人",
        "Adviser's contact",
        example="沈工",
        default=None,
        max_length=50,
        section=ADVISER,
        hint="联系人姓名（如有）。",
        hint_en="Name of the contact, if anybody.",
    )
