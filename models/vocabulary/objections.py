"""What an objection is about 异议事项, and what the centre finds 处理结果 (M05)."""

from models.vocabulary.text import Text

TOPICS: dict[str, Text] = {
    "data": Text("Truth of the data", "数据真实性"),
    "additionality": Text("Additionality", "额外性"),
    "duplicate": Text("Filed or counted twice", "重复申报或重复计算"),
    "ownership": Text("Ownership of the reductions", "项目或减排量权属"),
    "procedure": Text("Procedure of the review", "审核程序"),
    "other": Text("Other", "其他"),
}

FINDINGS: dict[str, Text] = {
    "not_upheld": Text("Not upheld", "异议不成立"),
    "upheld_curable": Text("Upheld; the applicant has to mend the text", "异议成立，申请主体须修改完善"),
    "upheld_fatal": Text("Upheld; the application is not approved", "异议成立，申请不予通过"),
}
