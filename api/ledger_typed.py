"""What was typed into the page of an act on the ledger, as the body of the act; every defect at its field."""

from typing import Any

from pydantic import ValidationError

from api.ledger_acts import ActSpec, Asked
from models.vocabulary.amounts import grams_of_tonnes
from models.vocabulary.errors import Invalid, Problem
from models.vocabulary.text import Text
from models.vocabulary.whole import is_whole
from models.vocabulary.written import number_written

#: Of a form that was carried out and is sent again with something else in it.
BEFORE = Text(
    "This form was sent before and carried out; what you have now is different and was not carried out. Look at "
    "the latest movements of the account, and send it again if you still want it.",
    "本表单此前已提交并办结，本次填写的内容与之不同，未予办理。请先核对账户的最近变动，仍需办理的请再次提交。",
)
WRONG: dict[str, Text] = {
    "tonnes": Text(
        "A number of tonnes above nothing, six decimals at most.", "请填写大于零的吨数，小数不超过六位。"
    ),
    "points": Text("A whole number above nothing.", "请填写大于零的整数。"),
    "yuan": Text("A price above nothing, two decimals at most.", "请填写大于零的金额，小数不超过两位。"),
    "choice": Text("Choose one.", "请选择一项。"),
    "text": Text("Too long.", "内容过长，请精简。"),
    "lot": Text("Choose a lot.", "请选择批次。"),
    "duty": Text("Choose what is replaced.", "请选择要抵补的项目。"),
    "account": Text("Name the account.", "请填写对方账户编号。"),
    "buyer": Text("Choose the account that buys.", "请选择买入账户。"),
    "purpose": Text("Choose a purpose.", "请选择捐赠用途。"),
}
SURE = Problem("sure", Text("Confirm that this cannot be undone.", "请勾选确认：该操作办理后不可撤销。"))


def body_of(spec: ActSpec, typed: dict[str, str]) -> Any:
    """The body of an act from what was typed.

    Args:
        typed: by field; tonnes, points and yuan as people write them, with or without their unit.

    Raises:
        Invalid: every field that cannot be read, and the confirmation where the act cannot be taken back.
    """
    problems: list[Problem] = []
    data: dict[str, Any] = {}
    for field in spec.fields:
        value = typed.get(field.name, "").strip().replace("\x00", "")
        if not value and not field.required:
            continue
        try:
            data[field.name] = _read(field, value)
        except ValueError:
            problems.append(Problem(field.name, WRONG[field.kind]))
    if spec.final and typed.get("sure") != "1":
        problems.append(SURE)
    if problems:
        raise Invalid(tuple(problems))
    try:
        return spec.body.model_validate(data)
    except ValidationError as error:
        kinds = {f.name: f.kind for f in spec.fields}
        found = {str(e["loc"][0]) for e in error.errors() if e["loc"]}
        raise Invalid(tuple(Problem(n, WRONG[kinds[n]]) for n in kinds if n in found)) from error


def _read(field: Asked, value: str) -> Any:
    number = number_written(value, {"tonnes": "tCO2e", "yuan": "元"}.get(field.kind, "积分"))
    if field.kind == "tonnes":
        return grams_of_tonnes(number)
    if field.kind in ("points", "duty"):
        if not is_whole(number, 19):
            raise ValueError(field.name)
        return int(number)
    if field.kind == "yuan":
        return fen_of(number)
    if not value:
        raise ValueError(field.name)
    return value


def fen_of(typed: str) -> int:
    """Yuan with two decimals at most as fen. Raises ValueError."""
    whole, _, rest = typed.partition(".")
    if not is_whole(whole, 15) or len(rest) > 2 or (rest and not is_whole(rest)):
        raise ValueError(typed)
    return int(whole) * 100 + int(rest.ljust(2, "0") or 0)
