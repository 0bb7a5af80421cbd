"""A joint test of two systems: every kind of record tried, every answer as expected (J10, S03)."""

from collections.abc import Iterable, Mapping, Sequence

from models.procedures.shared.answers import problem, wanted
from models.vocabulary.errors import Problem
from models.vocabulary.text import Text


def judged(
    outcome: str,
    wrong: Sequence[int],
    tried: Iterable[str],
    needed: Iterable[str],
    kinds: Mapping[str, Text],
    what: Text,
    measure: Text,
) -> list[Problem]:
    """What stands against the outcome of a test.

    Args:
        wrong: rows answered otherwise than expected.
        tried, needed: kinds of records that were tried, and that have to be.
        kinds: the words of each kind.
        what: what the rows are: 记录, 订单. measure: what is compared besides the answer: 克数, 积分.
    """
    if outcome != "passed":
        return wanted(
            "records",
            wrong,
            f"没有与预期不符的{what.zh}，请选择“测试通过”。",
            "Everything is as expected; it has passed.",
        )
    untried = set(needed) - set(tried)
    found = [
        problem("records", f"测试未覆盖“{kinds[kind].zh}”情形。", f"Nothing tests “{kinds[kind].en}”.")
        for kind in needed
        if kind in untried
    ]
    return found + [
        problem(
            f"records.{row}.answered",
            f"平台应答或{measure.zh}与预期不符，不能判定通过。",
            f"The answer or the {measure.en} not as expected; it has not passed.",
        )
        for row in wrong
    ]
