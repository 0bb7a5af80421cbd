"""The applicant mends: correction 补正 and text revision 文本完善, and the check of it (rule G10)."""

from typing import Any, ClassVar

from pydantic import JsonValue

from models.procedures.shared.answers import Answer, problem, wanted, way
from models.procedures.shared.codes import VERDICTS, Verdict
from models.vocabulary.errors import Problem
from models.vocabulary.forms import Group, field
from models.vocabulary.limits import WorkingDays
from models.vocabulary.roles import Role
from models.vocabulary.specs import Clock, Task
from models.vocabulary.text import Text

_CLOSED_FINDING = "已更正，见修改后的内容"


class Reply(Group):
    """The applicant's answer to one finding, by the number it was listed under."""

    finding: int = field(
        "序号",
        "Number",
        example=1,
        ge=1,
        hint="通知中所列事项的序号。",
        hint_en="The number in the list of findings.",
    )
    reply: str = field(
        "答复",
        "Reply",
        example=_CLOSED_FINDING,
        min_length=1,
        max_length=2000,
        widget="textarea",
        hint="说明如何更正，或者为何无需更正。",
        hint_en="How it was mended, or why it need not be.",
    )


class Change(Group):
    """One field of the application with its new value."""

    path: str = field(
        "字段",
        "Field",
        example="project.operated_on",
        min_length=1,
        max_length=200,
        pattern=r"^[a-z_]+(\.[a-z_0-9]+)*$",
        widget="lookup:target",
        hint="申请表中的字段路径，例如 design.meters.0.valid_to。",
        hint_en="Dotted path in the application, e.g. design.meters.0.valid_to.",
    )
    value: JsonValue = field(
        "修改后的内容",
        "New value",
        example="2024-12-20",
        default=None,
        hint="该字段的新值；留空表示删除内容。",
        hint_en="The new value; empty clears the field.",
    )


class Mended(Answer):
    """What the applicant sends back: a reply to every finding, and the fields that changed."""

    replies: list[Reply] = field(
        "逐条答复",
        "Replies",
        min_length=1,
        example=[{"finding": 1, "reply": _CLOSED_FINDING}],
        hint="对通知所列事项逐条答复。",
        hint_en="Answer every finding listed.",
    )
    changes: list[Change] = field(
        "修改内容",
        "Changed fields",
        example=[],
        default_factory=list,
        hint="需要修改的申请内容；仅补充材料的可不填。",
        hint_en="Fields to change; none when only papers are added.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """Each finding is answered once and each field changed once."""
        return _twice(
            "replies",
            [str(r.finding) for r in self.replies],
            "finding",
            "该事项已答复，请合并为一条。",
            "This finding is answered already; please merge the two.",
        ) + _twice(
            "changes",
            [c.path for c in self.changes],
            "path",
            "该字段已修改，请只保留一条。",
            "This field is changed already; please keep one of the two.",
        )


def _twice(where: str, keys: list[str], name: str, zh: str, en: str) -> list[Problem]:
    return [problem(f"{where}.{i}.{name}", zh, en) for i, key in enumerate(keys) if key in keys[:i]]


class Correction(Mended):
    """补正材料."""


class Revision(Mended):
    """文本完善材料."""


class FindingVerdict(Group):
    """Is a finding settled by the answer to it?"""

    finding: int = field(
        "序号",
        "Number",
        example=1,
        ge=1,
        hint="所列事项的序号。",
        hint_en="The number in the list of findings.",
    )
    verdict: Verdict = field(
        "复核结论",
        "Verdict",
        example="accepted",
        choices=VERDICTS,
        widget="radio",
        hint="修改是否已落实该项意见。",
        hint_en="Does the change settle the finding?",
    )
    note: str = field(
        "说明",
        "Note",
        example="修改内容与意见一致。",
        default="",
        max_length=500,
        hint="未落实的须说明还需修改的内容。",
        hint_en="If not settled, say what is still to be done.",
    )


class RevisionCheck(Answer):
    """复核意见: a verdict on every finding."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "not_ok": {
            "verdicts": [{"finding": 1, "verdict": "rejected", "note": "监测点位图仍未标注电能表位置。"}],
            "summary": "部分意见尚未落实，请继续完善。",
        },
    }

    verdicts: list[FindingVerdict] = field(
        "逐条复核",
        "Verdicts",
        min_length=1,
        example=[{"finding": 1, "verdict": "accepted", "note": ""}],
        hint="对每一条意见作出是否落实的结论。",
        hint_en="Say of every finding whether it is settled.",
    )
    summary: str = field(
        "总体意见",
        "Summary",
        example="修改后的文本已落实各项意见。",
        default="",
        max_length=1000,
        widget="textarea",
        hint="对修改后文本的总体评价。",
        hint_en="The revised text as a whole.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """The outcome follows from the verdicts, and whatever is not settled says why."""
        rejected = [i for i, v in enumerate(self.verdicts) if v.verdict == "rejected"]
        found = [
            p
            for i in rejected
            for p in wanted(
                f"verdicts.{i}.note",
                self.verdicts[i].note,
                "请说明还需修改的内容。",
                "Please say what is still to be done.",
            )
        ]
        if outcome == "ok" and rejected:
            found.append(
                problem(
                    "verdicts",
                    "尚有意见未落实，不能通过复核。",
                    "Some findings are not settled; the check cannot pass.",
                )
            )
        if outcome == "not_ok" and not rejected:
            found.append(
                problem(
                    "verdicts",
                    "请至少标明一条未落实的意见。",
                    "Please mark at least one finding as not settled.",
                )
            )
        return found


def correction(by: Role = Role.APPLICANT, rules: tuple[str, ...] = ("G10",)) -> Task:
    """Correct the papers after a formal review; silence ends the case."""
    return Task(
        "correction",
        Text("Correct the application", "补正申请材料"),
        by,
        Correction,
        (
            way(
                "resubmit",
                "提交补正材料",
                "Resubmit",
                "形式审查人员复核所列补正事项。",
                "The formal review looks at the corrected items again.",
            ),
        ),
        WorkingDays("correction_wd"),
        rules,
        Text("The applicant is asked to correct the application.", "待申请主体补正材料。"),
        clock=Clock.APPLICANT,
        lapses=True,
        overrides=("resubmit",),
        checks=("every_finding_answered",),
        extension="correction_extension_wd",
    )


def revision(by: Role = Role.APPLICANT, rules: tuple[str, ...] = ("G10",)) -> Task:
    """Improve the text after the technical review; silence ends the case."""
    return Task(
        "revision",
        Text("Revise the text", "完善申请文本"),
        by,
        Revision,
        (
            way(
                "resubmit",
                "提交完善文本",
                "Resubmit",
                "经办人员或专家复核完善后的文本。",
                "The case officer or the experts check the revised text.",
            ),
        ),
        WorkingDays("revision_wd"),
        rules,
        Text(
            "The applicant is improving the text according to the opinions.",
            "待申请主体根据审查意见修改完善文本。",
        ),
        clock=Clock.APPLICANT,
        lapses=True,
        overrides=("resubmit",),
        checks=("every_finding_answered",),
        extension="correction_extension_wd",
    )


_CHECKED = (
    way("ok", "复核通过", "Settled", "进入公示环节。", "The case goes on to publicity."),
    way(
        "not_ok",
        "继续完善",
        "Not settled",
        "退回申请主体继续完善；超过规定轮次的，提请不予通过。",
        "The applicant revises again; when the rounds are used up, rejection is proposed.",
        negative=True,
    ),
)


def revision_check(by: Role = Role.OFFICER, rules: tuple[str, ...] = ("G10",)) -> Task:
    """Check the revised text against each finding."""
    return Task(
        "revision_check",
        Text("Check the revised text", "复核完善文本"),
        by,
        RevisionCheck,
        _CHECKED,
        WorkingDays("revision_check_wd"),
        rules,
        Text("The centre is checking the revised text.", "中心正在复核完善后的文本。"),
    )


def revision_recheck(rules: tuple[str, ...] = ("G10", "G13")) -> Task:
    """修改后复审: experts of the panel look at the revised text again."""
    return Task(
        "revision_recheck",
        Text("Re-review the revised text", "复审完善文本"),
        Role.EXPERT,
        RevisionCheck,
        _CHECKED,
        WorkingDays("panel_opinion_wd"),
        rules,
        Text("Experts are reviewing the revised text again.", "专家正在对完善后的文本进行复审。"),
        clock=Clock.SPECIAL,
        lapses=True,
    )
