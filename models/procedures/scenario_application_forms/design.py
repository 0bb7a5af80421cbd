"""Appendix C, parts 4 and 5: the methodology applied and the reductions (rule G05)."""

from models.procedures.shared.amounts import MonitoredParameter, Parameter
from models.procedures.shared.method import Applicability, BasicRequirements, DataManagement, Formulas
from models.procedures.shared.restated import restate
from models.vocabulary.forms import Group, field

METHOD = "4 基准线和监测方法学的应用"
AMOUNT = "5 减排量"


class ScenarioRequirements(BasicRequirements):
    """基本要求论证."""


restate(
    ScenarioRequirements,
    METHOD,
    {
        "authenticity": "骑行行为由车锁和平台双重记录，起止时间、里程可追溯。",
        "uniqueness": "以行为记录编号为唯一键，未在其他平台重复申报，未申请其他减排机制。",
        "additionality": "属于方法学规定可简化额外性论证的绿色出行场景。",
        "inclusiveness": "面向全体市民，减排量签发给经授权的个人。",
        "compliance": "互联网租赁自行车运营和个人信息处理符合法律法规要求。",
    },
)


class ScenarioFormulas(Formulas):
    """计算方法说明."""


restate(
    ScenarioFormulas,
    AMOUNT,
    {
        "baseline_formula": "BE = D × EFb / 1000（D 为骑行里程，m；EFb 为基准线排放因子，gCO2/人公里）",
        "project_formula": "SE = D × EFs / 1000（EFs 为场景排放因子，gCO2/人公里）",
        "leakage_formula": "LE = 0",
        "er_formula": "ER = BE − SE − LE，按次向下取整到克",
    },
    {
        "baseline_formula": ("基准线排放计算说明", "Baseline"),
        "project_formula": ("场景排放计算", "Scenario"),
        "er_formula": ("场景减排量计算", "Reduction"),
    },
)


class ScenarioData(DataManagement):
    """数据的记录和管理."""


restate(
    ScenarioData,
    AMOUNT,
    {
        "org_chart": "数据产品经理负责报送，数据安全官复核，运营总监审批。",
        "storage": "原始行为数据存于加密数据仓库，报送批次留存回执。",
        "backup": "每日增量备份至异地机房。",
        "cross_check": "每月将报送里程与车辆端里程、支付订单交叉核对。",
    },
)

APPLICABILITY = [
    {
        "condition": "骑行行为发生在本市行政区域内",
        "how_met": "按起终点坐标判定，均在本市的计入，符合。",
        "evidence": "行为数据样例",
    },
    {
        "condition": "用户已授权碳普惠管理运营平台使用数据",
        "how_met": "仅报送已授权用户数据，撤回后停止报送，符合。",
        "evidence": "服务协议（2026-01 版）",
    },
]
PARAMS = [
    {
        "symbol": "D",
        "name": "单次骑行距离",
        "unit": "m",
        "value": "按次监测",
        "source": "measured",
        "evidence": "车锁与平台记录",
    },
    {
        "symbol": "EFb",
        "name": "基准线排放因子",
        "unit": "gCO2/人公里",
        "value": "106",
        "source": "default",
        "evidence": "减排场景方法学",
    },
    {
        "symbol": "EFs",
        "name": "场景排放因子",
        "unit": "gCO2/人公里",
        "value": "9",
        "source": "default",
        "evidence": "减排场景方法学",
    },
]
MONITORING = [
    {
        "param": "D 单次骑行距离",
        "unit": "m",
        "method": "车锁定位与平台轨迹计算",
        "instrument": "智能车锁定位模块",
        "location": "自行车车锁",
        "accuracy": "±5%",
        "frequency": "逐次记录",
        "qa_qc": "时速超过 30 公里、单次超过 20 公里和时间重叠的记录剔除",
        "calibration_cycle": "固件升级和更换时校验",
        "responsible": "数据产品经理",
    }
]


class Design(Group):
    """基准线和监测方法学的应用、减排量."""

    applicability: list[Applicability] = field(
        "方法学适用性",
        "Applicability",
        example=APPLICABILITY,
        min_length=1,
        section=METHOD,
        hint="逐条说明方法学适用条件的符合情况。",
        hint_en="Condition by condition.",
    )
    boundary_text: str = field(
        "减排行为边界",
        "Boundary of the behaviour",
        example="用户使用本平台自行车在本市完成的单次骑行，自开锁至关锁；不含调度和运维里程。",
        min_length=2,
        max_length=4000,
        widget="textarea",
        section=METHOD,
        hint="哪些行为计入，哪些不计入。",
        hint_en="Which acts count and which do not.",
    )
    basic_requirements: ScenarioRequirements = field(
        "基本要求论证",
        "Basic requirements",
        section=METHOD,
        hint="真实性、唯一性、额外性、普惠性和合规性。",
        hint_en="Authenticity, uniqueness, additionality, inclusiveness, compliance.",
    )
    formulas: ScenarioFormulas = field(
        "计算方法说明", "Formulas", section=AMOUNT, hint="按方法学填写。", hint_en="As in the methodology."
    )
    params: list[Parameter] = field(
        "参数和数据选取",
        "Parameters",
        example=PARAMS,
        min_length=1,
        section=AMOUNT,
        hint="默认值应与方法学一致。",
        hint_en="Defaults as in the methodology.",
    )
    monitoring: list[MonitoredParameter] = field(
        "监测计划",
        "Monitoring plan",
        example=MONITORING,
        min_length=1,
        section=AMOUNT,
        hint="每个监测参数一行。",
        hint_en="One row a monitored parameter.",
    )
    data_mgmt: ScenarioData = field(
        "数据的记录和管理",
        "Data management",
        section=AMOUNT,
        hint="数据管理制度。",
        hint_en="How data is managed.",
    )
