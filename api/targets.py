"""What a defect can point at: the materials and the fields of a procedure; and phrases officers use often."""

from functools import lru_cache

from models.procedures import PROCEDURES
from models.vocabulary.forms import Form
from models.vocabulary.specs import ProcedureSpec
from models.vocabulary.text import Text
from services.form_fields import fields_of, title_of

Choice = tuple[str, Text]
MATERIALS, WHOLE = Text("Materials", "申请材料"), Text("The application as a whole", "申请材料整体")

#: Requirement and basis as offices write them; the officer finishes the sentence.
PHRASES: tuple[tuple[Text, str, str], ...] = (
    (
        Text("Seal missing", "缺少公章或骑缝章"),
        "该项材料未加盖公章或骑缝章，请加盖后重新上传清晰扫描件。",
        "申请指南：申请材料须加盖公章和骑缝章",
    ),
    (
        Text("Illegible scan", "扫描件不清晰"),
        "扫描件模糊、缺页或方向错误，请重新扫描全部页面后上传。",
        "申请指南：申请材料应当清晰完整",
    ),
    (
        Text("Not consistent", "前后不一致"),
        "该项内容与其他材料所载不一致，请核实并统一；确有变化的，请附书面说明。",
        "申请指南：申请材料应当真实、准确、一致",
    ),
    (
        Text("Proof missing", "缺少证明文件"),
        "请补充能够证明该项内容的文件（如批复、验收意见、检定证书）。",
        "申请指南“申请材料”相应条款",
    ),
    (
        Text("Expired", "证件或证书超过有效期"),
        "所提供的证件（证书）已超过有效期，请提供在有效期内的文件。",
        "申请指南：证明文件应当在有效期内",
    ),
    (
        Text("Calculation unclear", "计算过程不完整"),
        "请补充计算公式、参数取值及其来源，使结果可复核。",
        "所适用方法学关于减排量核算的要求",
    ),
)


@lru_cache
def _choices(key: str) -> tuple[tuple[Text, tuple[Choice, ...]], ...]:
    spec = PROCEDURES[key]
    papers = tuple((f"materials.{m.kind}", m.title) for m in spec.materials)
    groups = [(MATERIALS, papers)]
    for top in fields_of(spec.form):
        inner = (
            tuple(_inside(top.group, f"{top.name}.")) if top.group is not None else ((top.name, top.title),)
        )
        groups.append((top.title, inner))
    return tuple(groups)


def _inside(form: type[Form], base: str) -> list[Choice]:
    """Fields of a group, one level of groups deeper written out; tables are pointed at as a whole."""
    found: list[Choice] = []
    for spec in fields_of(form):
        path = f"{base}{spec.name}"
        if spec.kind == "group" and spec.group is not None and base.count(".") < 2:
            found += [
                (p, Text(f"{spec.title.en}: {t.en}", f"{spec.title.zh}：{t.zh}"))
                for p, t in _inside(spec.group, f"{path}.")
            ]
        else:
            found.append((path, spec.title))
    return found


def choices(spec: ProcedureSpec) -> list[tuple[Text, tuple[Choice, ...]]]:
    """Groups of (path, words) for a select."""
    return list(_choices(spec.key))


def title(spec: ProcedureSpec, target: str) -> Text:
    """A target in words."""
    if target.startswith("materials."):
        kind = target.removeprefix("materials.")
        return next((m.title for m in spec.materials if m.kind == kind), Text(kind, kind))
    return title_of(spec.form, target) if target else WHOLE
