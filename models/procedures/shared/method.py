"""A methodology applied: conditions, requirements, formulas, data (Appendix B, chapters 2 and 4)."""

from models.vocabulary.forms import Group, field

_METHOD = "2 基准线和监测方法学的应用"
_AMOUNT = "4 减排量"


class Applicability(Group):
    """方法学适用性: one condition and how it is met."""

    condition: str = field(
        "适用条件",
        "Condition",
        example="单个项目装机规模在 1MW 及以下",
        min_length=1,
        max_length=300,
        hint="方法学规定的适用条件。",
        hint_en="As the methodology has it.",
    )
    how_met: str = field(
        "符合情况",
        "How it is met",
        example="装机规模 799.92 kW，符合。",
        min_length=1,
        max_length=1000,
        widget="textarea",
        hint="说明如何满足。",
        hint_en="How the project meets it.",
    )
    evidence: str = field(
        "证据",
        "Evidence",
        example="项目备案证明",
        min_length=1,
        max_length=200,
        hint="证明材料名称。",
        hint_en="The paper that proves it.",
    )


class BasicRequirements(Group):
    """基本要求论证."""

    authenticity: str = field(
        "真实性",
        "Authenticity",
        example="项目已建成并网，有备案证明、并网验收意见和电费结算单佐证。",
        min_length=2,
        max_length=1000,
        widget="textarea",
        section=_METHOD,
        hint="项目真实实施的依据。",
        hint_en="Proof that the project is real.",
    )
    uniqueness: str = field(
        "唯一性",
        "Uniqueness",
        example="未申请国内外其他温室气体自愿减排机制，未参与绿色电力和绿色电力证书交易。",
        min_length=2,
        max_length=1000,
        widget="textarea",
        section=_METHOD,
        hint="未重复申报、未重复计算的说明。",
        hint_en="Nothing is claimed or counted twice.",
    )
    additionality: str = field(
        "额外性",
        "Additionality",
        example="属于方法学规定可简化额外性论证的分布式光伏项目。",
        min_length=2,
        max_length=1000,
        widget="textarea",
        section=_METHOD,
        hint="可按方法学规定适当简化。",
        hint_en="Simplified where the methodology allows.",
    )
    inclusiveness: str = field(
        "普惠性",
        "Inclusiveness",
        example="收益由学校与投资方共享，并面向师生开展低碳教育。",
        min_length=2,
        max_length=1000,
        widget="textarea",
        section=_METHOD,
        hint="惠及公众和小微主体的情况。",
        hint_en="How the public benefits.",
    )
    compliance: str = field(
        "合规性",
        "Compliance",
        example="项目建设和运行符合法律法规和产业政策，手续齐全。",
        min_length=2,
        max_length=1000,
        widget="textarea",
        section=_METHOD,
        hint="符合法律法规和产业政策的说明。",
        hint_en="Conformity with laws and policies.",
    )


class Formulas(Group):
    """计算方法说明."""

    baseline_formula: str = field(
        "基准线排放计算",
        "Baseline",
        example="BE = Σ EG × EF / 1000",
        min_length=1,
        max_length=1000,
        widget="textarea",
        section=_AMOUNT,
        hint="方法学规定的公式。",
        hint_en="As in the methodology.",
    )
    project_formula: str = field(
        "项目排放计算",
        "Project",
        example="PE = 0",
        min_length=1,
        max_length=1000,
        widget="textarea",
        section=_AMOUNT,
        hint="方法学规定的公式。",
        hint_en="As in the methodology.",
    )
    leakage_formula: str = field(
        "泄漏计算",
        "Leakage",
        example="LE = 0",
        min_length=1,
        max_length=1000,
        widget="textarea",
        section=_AMOUNT,
        hint="方法学规定的公式。",
        hint_en="As in the methodology.",
    )
    er_formula: str = field(
        "减排量计算",
        "Reduction",
        example="ER = BE − PE − LE",
        min_length=1,
        max_length=1000,
        widget="textarea",
        section=_AMOUNT,
        hint="方法学规定的公式。",
        hint_en="As in the methodology.",
    )


class DataManagement(Group):
    """数据的记录、监测和管理."""

    org_chart: str = field(
        "组织与职责",
        "Organisation",
        example="运维主管负责抄表，计量员复核，项目经理审批后报送。",
        min_length=2,
        max_length=1000,
        widget="textarea",
        section=_AMOUNT,
        hint="岗位分工。",
        hint_en="Who does what.",
    )
    storage: str = field(
        "记录与存储",
        "Storage",
        example="电子记录存于监控平台，纸质结算单按月归档。",
        min_length=2,
        max_length=1000,
        widget="textarea",
        section=_AMOUNT,
        hint="记录方式和存储位置。",
        hint_en="How and where records are kept.",
    )
    backup: str = field(
        "备份",
        "Backup",
        example="监控数据每日自动备份至异地服务器。",
        min_length=2,
        max_length=1000,
        widget="textarea",
        section=_AMOUNT,
        hint="备份方式和频次。",
        hint_en="How and how often.",
    )
    retention_years: int = field(
        "保存年限",
        "Retention",
        example=10,
        ge=1,
        le=100,
        unit="年",
        section=_AMOUNT,
        hint="末次签发后至少 10 年。",
        hint_en="At least ten years after the last issuance.",
    )
    cross_check: str = field(
        "交叉核对",
        "Cross-check",
        example="发电量逐月与电网企业电费结算单核对。",
        min_length=2,
        max_length=1000,
        widget="textarea",
        section=_AMOUNT,
        hint="与其他来源数据的核对。",
        hint_en="Against other sources.",
    )
