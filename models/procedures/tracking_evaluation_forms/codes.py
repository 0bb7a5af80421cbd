"""Closed lists of the evaluation: the values that are stored, and the words people see."""

from typing import Literal

from models.vocabulary.text import Text

Trigger = Literal["plan", "complaint", "anomaly", "objection", "method_revision"]
TRIGGERS = {
    "plan": Text("Yearly plan", "年度计划"),
    "complaint": Text("Complaint", "投诉举报"),
    "anomaly": Text("Anomalous data", "数据异常"),
    "objection": Text("Objection after publication", "公布后异议"),
    "method_revision": Text("Revision of the methodology", "方法学修订"),
}

Way = Literal["evaluation", "correction"]
WAYS = {
    "evaluation": Text("Full evaluation", "开展跟踪评估"),
    "correction": Text("Correction of data at once", "直接启动数据修正"),
}

Scope = Literal["operation", "maintenance", "monitoring", "reporting"]
SCOPES = {
    "operation": Text("Operation", "运营"),
    "maintenance": Text("Maintenance", "维护"),
    "monitoring": Text("Monitoring", "监测"),
    "reporting": Text("Reporting", "报告"),
}

Criterion = Literal["consistency", "soundness", "authenticity", "accuracy"]
CRITERIA = {
    "consistency": Text("Consistency", "一致性"),
    "soundness": Text("Soundness", "科学性"),
    "authenticity": Text("Authenticity", "真实性"),
    "accuracy": Text("Accuracy", "准确性"),
}

Result = Literal["conform", "deviates", "unchecked"]
RESULTS = {
    "conform": Text("Conforms", "相符"),
    "deviates": Text("Deviates", "不相符"),
    "unchecked": Text("Not checked", "未核查"),
}

Severity = Literal["minor", "major", "serious"]
SEVERITIES = {
    "minor": Text("Minor", "一般"),
    "major": Text("Major", "较重"),
    "serious": Text("Serious", "严重"),
}
