"""What changed from one version of a methodology to the next 版本差异, worked out from the two definitions."""

from dataclasses import dataclass
from typing import Literal

from models.vocabulary.text import Text
from services.quantification import wording
from services.quantification.definition import Condition, Definition, Fact, Parameter
from services.quantification.loader import DURATION, PER_HOUR, Methodology, Step
from services.quantification.printing import figure, formula_text

Kind = Literal["added", "removed", "changed"]

PARTS: dict[str, Text] = {
    "name": Text("Name", "名称"),
    "class": Text("Class", "类别"),
    "kind": Text("Kind", "种类"),
    "condition": Text("Condition of use", "适用条件"),
    "plausible": Text("Check of the data", "数据校核"),
    "factor": Text("Factor", "参数取值"),
    "origin": Text("Source of a factor", "取值依据"),
    "data": Text("Data", "监测数据"),
    "formula": Text("Formula", "计算公式"),
    "result": Text("Result", "计算结果"),
    "rounding": Text("Rounding", "取整"),
}
KINDS: dict[Kind, Text] = {
    "added": Text("added", "新增"),
    "removed": Text("removed", "取消"),
    "changed": Text("changed", "修改"),
}
LEVELS: dict[str, Text] = {
    "row": Text("for each row of data", "逐条数据计算"),
    "period": Text("once for the period", "按监测期合计计算"),
}
_NOTHING = Text("", "")
_STATUS = {
    "verified": Text("verified", "已核实"),
    "assumption": Text("assumed", "假定值"),
    "unverified": Text("not verified", "未核实"),
}


@dataclass(frozen=True)
class Change:
    """One difference. `symbol` is empty where the part has none; `before` or `after` is empty where it was not there."""

    part: str
    symbol: str
    label: Text
    kind: Kind
    before: Text
    after: Text


def changes(before: Methodology, after: Methodology) -> tuple[Change, ...]:
    """Every difference that matters to who uses it, in the order of the page: nothing is left out by hand."""
    old, new = _said(before), _said(after)
    found = []
    for part in PARTS:
        keys = [k for k in new if k[0] == part] + [k for k in old if k[0] == part and k not in new]
        found += [c for key in keys if (c := _change(key, old.get(key), new.get(key)))]
    return tuple(found)


_Said = tuple[Text, Text]


def _change(key: tuple[str, str], old: _Said | None, new: _Said | None) -> Change | None:
    if old is not None and new is not None:
        if old[1] == new[1]:
            return None
        return Change(*key, new[0], "changed", old[1], new[1])
    if new is not None:
        return Change(*key, new[0], "added", _NOTHING, new[1])
    assert old is not None
    return Change(*key, old[0], "removed", old[1], _NOTHING)


def _said(method: Methodology) -> dict[tuple[str, str], _Said]:
    """Everything a version lays down: (part, symbol) → what it is called, what it says."""
    d = method.definition
    found: dict[tuple[str, str], _Said] = {
        ("name", ""): (_NOTHING, Text(d.name_en or d.name, d.name)),
        ("class", ""): (_NOTHING, Text(f"class {d.method_class}", f"{d.method_class}类")),
        ("kind", ""): (_NOTHING, Text(d.kind, "减排场景" if d.kind == "scenario" else "减排项目")),
        ("result", ""): (_NOTHING, Text(d.result, d.result)),
        ("rounding", ""): (_NOTHING, wording.measured(*_step(d))),
    }
    found |= {("condition", c.id): (_NOTHING, _condition(method, c, True)) for c in d.applicability}
    found |= {("plausible", c.id): (_NOTHING, _condition(method, c, False)) for c in d.plausibility}
    found |= _parameters(d)
    for step in method.steps:
        f = step.formula
        found["formula", f.target] = (Text(f.label_en or f.label, f.label), _formula(step))
    return found


def _step(d: Definition) -> tuple[str, str]:
    number, unit = d.rounding.unit.split(" ", 1)
    return number, unit


def _condition(method: Methodology, c: Condition, of_use: bool) -> Text:
    """The words, and what is compared: a condition whose limit moved without its words has changed all the same."""
    tree = (method.conditions if of_use else method.plausible)[c.id]
    zh, en = _names(method.definition, "zh"), _names(method.definition, "en")
    said = formula_text(tree, "zh", zh), formula_text(tree, "en", en)
    return Text(f"{c.message_en or c.message} ({said[1]})", f"{c.message}（{said[0]}）")


def _names(d: Definition, lang: str) -> dict[str, str]:
    """What the names in conditions are called, with the unit they are compared in."""
    found = {DURATION: "duration (s)" if lang == "en" else "时长（秒）"}
    things: list[Fact | Parameter] = [*d.facts, *d.parameters]
    for thing in things:
        label = Text(thing.label_en or thing.label, thing.label).of(lang)
        unit = wording.unit(thing.unit).of(lang)
        text = label if thing.unit == "1" else (f"{label} ({unit})" if lang == "en" else f"{label}（{unit}）")
        found[thing.symbol] = text
        found[thing.symbol + PER_HOUR] = f"{text} per hour" if lang == "en" else f"每小时{text}"
    return found


def _formula(step: Step) -> Text:
    f, unit = step.formula, wording.unit(step.formula.unit)
    level = LEVELS[f.level]
    return Text(
        f"{f.target} = {formula_text(step.tree, 'en')} ({unit.en}, {level.en})",
        f"{f.target} = {formula_text(step.tree)}（{unit.zh}，{level.zh}）",
    )


def _parameters(d: Definition) -> dict[tuple[str, str], _Said]:
    found: dict[tuple[str, str], _Said] = {}
    for p in d.parameters:
        if p.is_factor:
            rows = [(wording.value(p, r), wording.validity(r)) for r in p.rows]
            role = wording.ROLES[p.role]
            found["factor", p.symbol] = (
                wording.label(p),
                Text(
                    "; ".join(f"{v.en} ({s.en})" for v, s in rows) + f", {role.en.lower()}",
                    "；".join(f"{v.zh}（{s.zh}）" for v, s in rows) + f"，{role.zh}",
                ),
            )
            said = [(r.source or "—", _STATUS[r.status], r.note) for r in p.rows]
            found["origin", p.symbol] = (
                wording.label(p),
                Text(
                    "; ".join(f"{s} ({w.en}){' ' + n if n else ''}" for s, w, n in said),
                    "；".join(f"{s}（{w.zh}）{n}" for s, w, n in said),
                ),
            )
        else:
            found["data", p.symbol] = (wording.label(p), _data(p))
    return found


def _data(p: Parameter) -> Text:
    en = [wording.unit(p.unit).en, wording.ROLES[p.role].en.lower()]
    zh = [wording.unit(p.unit).zh, wording.ROLES[p.role].zh]
    if p.period:
        en.append(wording.period(p).en)
        zh.append(wording.period(p).zh)
    if p.meter:
        en.append(f"meters called “{p.meter}”")
        zh.append(f"计量表名称含“{p.meter}”")
    if p.field:
        en.append(f"delivered as {p.field}")
        zh.append(f"报送字段 {p.field}")
    if p.minimum:
        en.append(f"at least {figure(p.minimum)}")
        zh.append(f"不低于 {figure(p.minimum)}")
    if p.derivation:
        en.append(f"mean of {p.derivation.mean_of} over {p.derivation.days} days before")
        zh.append(f"取 {p.derivation.mean_of} 前 {p.derivation.days} 日均值")
    return Text(", ".join(en), "，".join(zh))
