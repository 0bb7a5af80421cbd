"""What the answers to tasks have in common: outcomes in words, reasons, examples for every outcome."""

from datetime import date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from models.vocabulary.errors import Problem
from models.vocabulary.forms import Form, field
from models.vocabulary.specs import Outcome
from models.vocabulary.text import Text

_SHANGHAI = ZoneInfo("Asia/Shanghai")

#: What outsiders read while a refusal waits for the second person.
CONFIRMING = Text("Confirm the result of the review", "复核审查结果")


def today() -> date:
    """Today in Shanghai, whatever zone the machine is in."""
    return datetime.now(_SHANGHAI).date()


def way(key: str, zh: str, en: str, leads_zh: str, leads_en: str, *, negative: bool = False) -> Outcome:
    """One way to answer a task; `leads_*` says in a sentence what happens next."""
    return Outcome(key, Text(en, zh), Text(leads_en, leads_zh), negative)


def problem(loc: str, zh: str, en: str) -> Problem:
    """A defect at `loc`, in both languages."""
    return Problem(loc, Text(en, zh))


def wanted(loc: str, value: object, zh: str, en: str) -> list[Problem]:
    """The defect of an empty `value`, or none."""
    return [] if value else [problem(loc, zh, en)]


class Answer(Form):
    """The form of a task. `OUTCOME_EXAMPLES` holds a valid example for each outcome but the first."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {}


class Approval(Answer):
    """审核意见: a second person agrees, or sends the matter back and says why."""

    #: Outcomes that agree; every other one needs a reason.
    AGREEING: ClassVar[frozenset[str]] = frozenset({"approve", "confirm", "sign", "draw_again"})
    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "return": {"reason": "理由表述不够具体，请补充所依据的条款后重新提交。"},
        "redraw": {"reason": "抽取结果中同一单位专家偏多，请重新抽取。"},
    }

    reason: str = field(
        "审核意见",
        "Reason",
        example="经审核，同意。",
        default="",
        max_length=1000,
        widget="textarea",
        hint="同意时可简要说明；退回时须写明理由和需要调整的内容。",
        hint_en="Optional when you agree; when you send it back, say why and what to change.",
    )

    def problems(self, outcome: str) -> list[Problem]:
        """Sending back without a reason is refused."""
        if outcome in self.AGREEING:
            return []
        return wanted(
            "reason",
            self.reason,
            "请写明退回的理由和需要调整的内容。",
            "Please say why you send it back and what should change.",
        )


class ReasonedDecision(Answer):
    """决定及理由: whichever way it goes, the reason is part of the record."""

    OUTCOME_EXAMPLES: ClassVar[dict[str, dict[str, Any]]] = {
        "refuse": {"reason": "经两轮补正，开工、运行时间证明仍未提供，申请材料不符合要求。"},
    }

    reason: str = field(
        "理由",
        "Reason",
        example="剩余问题较少，申请主体已着手补充，同意再补正一轮。",
        min_length=1,
        max_length=1000,
        widget="textarea",
        hint="写明作出决定的理由，将载入案卷并告知申请主体。",
        hint_en="Why you decide so; it is kept in the file and told to the applicant.",
    )
