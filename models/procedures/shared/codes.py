"""Closed lists used by forms: the values that are stored, and the words people see."""

from typing import Literal

from models.vocabulary.text import Text

ApplicantType = Literal["organ", "enterprise", "public_institution", "social_group", "other_organisation"]
#: Persons are left out: the rule set in force admits organisations only (rule G01).
APPLICANT_TYPES = {
    "organ": Text("State organ", "机关"),
    "enterprise": Text("Enterprise", "企业"),
    "public_institution": Text("Public institution", "事业单位"),
    "social_group": Text("Social group", "社会团体"),
    "other_organisation": Text("Other organisation", "其他社会组织"),
}

OrgNature = Literal[
    "state_owned",
    "collective",
    "private",
    "foreign",
    "mixed",
    "organ",
    "public_institution",
    "social_group",
    "other",
]
ORG_NATURES = {
    "state_owned": Text("State-owned", "国有"),
    "collective": Text("Collective", "集体"),
    "private": Text("Private", "民营"),
    "foreign": Text("Foreign-invested", "外资"),
    "mixed": Text("Mixed ownership", "混合所有制"),
    "organ": Text("State organ", "机关"),
    "public_institution": Text("Public institution", "事业单位"),
    "social_group": Text("Social group", "社会团体"),
    "other": Text("Other", "其他"),
}

ProjectType = Literal[
    "renewable_pv",
    "renewable_wind",
    "renewable_other",
    "efficiency_building",
    "efficiency_industry",
    "recycling",
    "travel_ev",
    "travel_other",
    "sink_forest",
    "sink_other",
    "other",
]
PROJECT_TYPES = {
    "renewable_pv": Text("Renewable energy – distributed photovoltaics", "可再生能源-分布式光伏"),
    "renewable_wind": Text("Renewable energy – distributed wind", "可再生能源-分散式风电"),
    "renewable_other": Text("Renewable energy – other", "可再生能源-其他"),
    "efficiency_building": Text("Energy saving – buildings", "节能降碳-建筑"),
    "efficiency_industry": Text("Energy saving – industry", "节能降碳-工业"),
    "recycling": Text("Recycling of resources", "资源循环"),
    "travel_ev": Text("Green travel – electric vehicles", "绿色出行-电动汽车"),
    "travel_other": Text("Green travel – other", "绿色出行-其他"),
    "sink_forest": Text("Carbon sink – forest and greenery", "碳汇-林地绿地"),
    "sink_other": Text("Carbon sink – other", "碳汇-其他"),
    "other": Text("Other", "其他"),
}

District = Literal[
    "黄浦区",
    "徐汇区",
    "长宁区",
    "静安区",
    "普陀区",
    "虹口区",
    "杨浦区",
    "闵行区",
    "宝山区",
    "嘉定区",
    "浦东新区",
    "金山区",
    "松江区",
    "青浦区",
    "奉贤区",
    "崇明区",
]
DISTRICTS = {
    "黄浦区": Text("Huangpu", "黄浦区"),
    "徐汇区": Text("Xuhui", "徐汇区"),
    "长宁区": Text("Changning", "长宁区"),
    "静安区": Text("Jing'an", "静安区"),
    "普陀区": Text("Putuo", "普陀区"),
    "虹口区": Text("Hongkou", "虹口区"),
    "杨浦区": Text("Yangpu", "杨浦区"),
    "闵行区": Text("Minhang", "闵行区"),
    "宝山区": Text("Baoshan", "宝山区"),
    "嘉定区": Text("Jiading", "嘉定区"),
    "浦东新区": Text("Pudong", "浦东新区"),
    "金山区": Text("Jinshan", "金山区"),
    "松江区": Text("Songjiang", "松江区"),
    "青浦区": Text("Qingpu", "青浦区"),
    "奉贤区": Text("Fengxian", "奉贤区"),
    "崇明区": Text("Chongming", "崇明区"),
}

DataChannel = Literal["connected", "manual"]
DATA_CHANNELS = {
    "connected": Text("System connection", "系统对接"),
    "manual": Text("Manual reporting", "人工报送"),
}

ApprovalType = Literal["record", "environmental", "grid", "acceptance", "other"]
APPROVAL_TYPES = {
    "record": Text("Project record-filing", "项目备案"),
    "environmental": Text("Environmental assessment", "环境影响评价"),
    "grid": Text("Grid connection", "并网验收"),
    "acceptance": Text("Completion acceptance", "竣工验收"),
    "other": Text("Other", "其他"),
}

Gas = Literal["CO2", "CH4", "N2O", "HFCs", "PFCs", "SF6", "NF3"]
GASES = {g: Text(g, g) for g in ("CO2", "CH4", "N2O", "HFCs", "PFCs", "SF6", "NF3")}

ParameterSource = Literal["default", "measured", "design"]
PARAMETER_SOURCES = {
    "default": Text("Default value of the methodology", "方法学默认值"),
    "measured": Text("Measured", "实测值"),
    "design": Text("Design value", "设计值"),
}

Rating = Literal["conform", "mostly", "not"]
RATINGS = {
    "conform": Text("Conforms", "符合"),
    "mostly": Text("Mostly conforms", "基本符合"),
    "not": Text("Does not conform", "不符合"),
}

MeetingMode = Literal["onsite", "online", "hybrid", "written"]
MEETING_MODES = {
    "onsite": Text("On site", "现场会议"),
    "online": Text("Video conference", "视频会议"),
    "hybrid": Text("On site and by video", "现场与视频相结合"),
    "written": Text("In writing", "书面评审"),
}

RefusalReason = Literal["ets", "methodology", "not_shanghai", "duplicate", "other"]
REFUSAL_REASONS = {
    "ets": Text("Covered by carbon-market quota management", "纳入碳排放权交易市场配额管理范围"),
    "methodology": Text("No published methodology in force applies", "无适用的已公布且有效的方法学"),
    "not_shanghai": Text("Outside the administrative area of Shanghai", "不在本市行政区域内"),
    "duplicate": Text("Filed or registered already", "重复申报"),
    "other": Text("Other reason outside the scope of acceptance", "其他不属于受理范围的情形"),
}

ComplexityTrigger = Literal["many_sites", "large", "first_use", "offline_data", "owner_differs", "other"]
COMPLEXITY_TRIGGERS = {
    "many_sites": Text("Five or more bundled sites", "合并申报场址 5 个及以上"),
    "large": Text("10 000 tCO2e a year or more", "年减排量 10000 吨二氧化碳当量及以上"),
    "first_use": Text("First use of the methodology", "方法学首次应用"),
    "offline_data": Text("Data not metered online", "数据未在线计量"),
    "owner_differs": Text("Owner and applicant differ", "项目业主与申请主体不一致"),
    "other": Text("Other", "其他"),
}

FindingType = Literal["nonconformity", "clarification", "observation"]
FINDING_TYPES = {
    "nonconformity": Text("Nonconformity", "不符合"),
    "clarification": Text("Clarification needed", "澄清"),
    "observation": Text("For later observation", "后续观察"),
}

Verdict = Literal["accepted", "rejected"]
VERDICTS = {
    "accepted": Text("Settled", "已落实"),
    "rejected": Text("Not settled", "未落实"),
}
