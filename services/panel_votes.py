"""What a group of experts may conclude from the votes of its members 表决规则 (G12, G13, I21)."""

from sqlmodel import Session

from models.tables import Case
from models.vocabulary.errors import Problem
from models.vocabulary.text import Text
from services import limits
from services.panels import current, votes

PASSING = ("pass", "pass_after_revision")


def _least(session: Session, case: Case) -> int:
    """Opinions the rule asks for; of a panel drawn before it asked for more, as many as it has seats."""
    panel, least = current(session, case), limits.value(session, "panel_min")
    return min(panel.size, least) if panel is not None else least


def problems(session: Session, case: Case, outcome: str) -> list[Problem]:
    """The group's conclusion must follow from at least five valid opinions and two thirds of them (G12, G13, I21)."""
    count = votes(session, case)
    total, least = sum(count.values()), _least(session, case)
    if total < least:
        return _told(
            f"The rule needs {least} valid opinions; there are {total}, {least - total} missing.",
            f"按规定需要不少于 {least} 份有效意见，现有 {total} 份，还差 {least - total} 份，不能形成专家组意见。",
        )
    return against(outcome, count)


def against(outcome: str, count: dict[str, int]) -> list[Problem]:
    """What two thirds have said is not concluded against, in whichever direction.

    Args:
        count: valid opinions by conclusion, as `panels.votes` counts them.
    """
    total = sum(count.values())
    passing, failing = sum(count.get(o, 0) for o in PASSING), count.get("fail", 0)
    if outcome in PASSING and passing * 3 < total * 2:
        return _told(
            f"“Pass” needs two thirds of {total} opinions; {passing} are for it.",
            f"“通过”类结论须有三分之二以上专家同意；{total} 份意见中同意 {passing} 份，不足三分之二。",
        )
    if outcome == "pass" and count.get("pass", 0) * 3 < total * 2:
        return _told(
            "Fewer than two thirds passed it without changes; conclude “pass after revision”.",
            "直接“通过”的意见不足三分之二，请选择“修改后通过”或“修改后复审”。",
        )
    if outcome == "fail" and passing * 3 >= total * 2:
        return _told(
            f"{passing} of {total} opinions pass it, two thirds or more: the group cannot conclude “fail”.",
            f"{total} 份意见中同意通过的 {passing} 份，已达三分之二，不能形成“不通过”的专家组意见。",
        )
    if outcome == "pass_after_re_review" and failing * 3 >= total * 2:
        return _told(
            f"{failing} of {total} opinions fail it, two thirds or more: the group concludes “fail”.",
            f"{total} 份意见中不通过的 {failing} 份，已达三分之二，应形成“不通过”的专家组意见。",
        )
    return []


def _told(en: str, zh: str) -> list[Problem]:
    return [Problem("outcome", Text(en, zh))]
