"""Closed lists of issuance: what changed, what is missing, how it is treated."""

from typing import Literal

from models.vocabulary.text import Text

ChangeKind = Literal["owner", "equipment", "scale", "boundary", "metering", "methodology", "other"]
CHANGE_KINDS = {
    "owner": Text("Owner or operator", "业主或运营方"),
    "equipment": Text("Equipment", "设备"),
    "scale": Text("Scale", "规模"),
    "boundary": Text("Boundary", "边界"),
    "metering": Text("Metering", "计量器具"),
    "methodology": Text("How the methodology is applied", "方法学应用"),
    "other": Text("Other", "其他"),
}

GapTreatment = Literal["left_out", "lowest", "substitute"]
GAP_TREATMENTS = {
    "left_out": Text("Not counted", "不计"),
    "lowest": Text("Lowest value taken", "取低值"),
    "substitute": Text("Substituted by settlement papers", "以结算凭证替代"),
}

DataSource = Literal["reported", "typed", "records"]
DATA_SOURCES = {
    "reported": Text("As reported to the platform", "平台已报送数据"),
    "typed": Text("Typed into this application", "随本申请填报"),
    "records": Text("Records of a scenario's platform", "减排场景行为记录"),
}
