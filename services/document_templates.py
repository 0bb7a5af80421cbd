"""Word templates with a memory 文书模板: uploaded, looked at, in force from a day by two persons.

The templates the system came with are the first version of each; letters that were issued keep theirs, because
their bytes are kept. A template of a procedure goes before the shared one of the same letter.
"""

import zipfile
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any, get_args, get_origin

import docx
from jinja2 import TemplateError
from pydantic import BaseModel
from sqlmodel import Session, col, select

from models.procedures import PROCEDURES
from models.tables import SettingChange, TemplateVersion
from models.vocabulary.errors import BadUpload, Conflict, Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.events import Event
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from services import audit, blobs, clock, from_when, packages, setting_changes
from services.access import Actor
from services.documents.contexts import CONTEXTS, Issued
from services.documents.contexts.general import GeneralLetter
from services.documents.placeholders import fields_of
from services.documents.render import SHARED, built_in, placeholders_of, render, template_path, version_of

LARGEST, LARGEST_UNPACKED = 5 * 1024 * 1024, 60 * 1024 * 1024
_MACROS = ("vbaproject", "vbadata", "activex", "oleobject", "attachedtoolbars")


@dataclass(frozen=True)
class InForce:
    """The template a letter is printed on: its version, and its bytes where it is not the one that came along."""

    version: str
    content: bytes | None
    row: TemplateVersion | None = None


def in_force(session: Session, procedure: str, key: str, on: date | None = None) -> InForce:
    """The template of a day (today if None). Raises FileNotFoundError for a letter nobody has drawn up."""
    now = version_in_force(session, procedure, key, on)
    return now if now.row is None else InForce(now.version, blobs.get(now.row.sha256), now.row)


def version_in_force(session: Session, procedure: str, key: str, on: date | None = None) -> InForce:
    """The same without its bytes: a version whose file is lost has to be named and replaced all the same."""
    row = _row_in_force(session, procedure, key, on or clock.today().date())
    return InForce(row.version if row else version_of(built_in(procedure, key)), None, row)


LOST = Text(
    "The file of this version is missing or damaged: put another version into force, then retry the letters that wait.",
    "该版本的模板文件缺失或已损坏。请启用其他可用的版本，再对等待的办件“立即重试”。",
)


def content_of(row: TemplateVersion) -> bytes:
    """The file of a version. Raises NotFound, with words that say what to do, when it cannot be read."""
    try:
        return blobs.get(row.sha256)
    except (
        Exception
    ) as error:  # gone, damaged, or sealed with a key nobody has: each store tells it its own way
        raise NotFound(LOST) from error


def _row_in_force(session: Session, procedure: str, key: str, day: date) -> TemplateVersion | None:
    owners = [procedure, SHARED] if home(procedure, key) == SHARED else [procedure]
    rows = session.exec(
        select(TemplateVersion)
        .where(
            col(TemplateVersion.procedure).in_(owners),
            TemplateVersion.key == key,
            col(TemplateVersion.activated_at).is_not(None),
            col(TemplateVersion.effective_from) <= day,
        )
        .order_by(col(TemplateVersion.effective_from).desc(), col(TemplateVersion.activated_at).desc())
    ).all()
    return next((r for owner in owners for r in rows if r.procedure == owner), None)


def home(procedure: str, key: str) -> str:
    """Where the template that came along lies: with the procedure, or among the shared letters."""
    return template_path(procedure, key).parent.name


def titles() -> dict[tuple[str, str], Text]:
    """Every letter that has a template, by (procedure or "shared", key)."""
    found: dict[tuple[str, str], Text] = {}
    for spec in PROCEDURES.values():
        for document in spec.documents:
            try:
                found.setdefault((home(spec.key, document.key), document.key), document.title)
            except FileNotFoundError:
                continue
    return found


def procedures_of(owner: str, key: str) -> list[str]:
    """The procedures whose letter is printed on it. Raises NotFound."""
    if (owner, key) not in titles():
        raise NotFound
    return [
        s.key
        for s in PROCEDURES.values()
        if owner in (s.key, SHARED) and any(d.key == key for d in s.documents)
    ]


def context_of(key: str) -> type[Issued]:
    """What fills the letter."""
    return CONTEXTS.get(key, GeneralLetter)


@dataclass(frozen=True)
class Reading:
    """The placeholders of a template.

    Args:
        known: printed, and filled by the case.
        unknown: printed, and filled by nothing: such a template cannot be activated.
        unused: the case knows it, the template does not print it.
    """

    known: list[str]
    unknown: list[str]
    unused: list[str]


def read(key: str, content: bytes) -> Reading:
    """The placeholders of a template against what fills the letter. Raises BadUpload where it is no template."""
    fields = fields_of(context_of(key))
    try:
        used = placeholders_of(content)
    except TemplateError as error:
        words = Text(f"The marks cannot be read: {error}", f"占位符书写有误，无法识别：{error}")
        raise BadUpload(words, 422) from error
    known = {p for p in used if p in fields or any(f.startswith(f"{p}.") for f in fields)}
    unused = {f for f in fields if not any(f == p or f.startswith(f"{p}.") for p in known)}
    return Reading(sorted(known), sorted(used - known), sorted(unused))


def upload(
    session: Session, actor: Actor, owner: str, key: str, filename: str, content: bytes, note: str
) -> TemplateVersion:
    """Keep a template; it is in force for nothing yet. The same file uploaded twice is kept once.

    Raises:
        NotAllowed, NotFound.
        BadUpload: with macros, damaged, too large, or no Word file.
    """
    if not actor.is_any(Role.ADMIN):
        raise NotAllowed(Text("Only an administrator can upload templates.", "仅系统管理员可以上传模板。"))
    procedures_of(owner, key)
    refuse_bad(filename, content)
    found = read(key, content)
    sha256 = blobs.put(content)
    row = session.exec(
        select(TemplateVersion).where(
            TemplateVersion.procedure == owner, TemplateVersion.key == key, TemplateVersion.sha256 == sha256
        )
    ).first()
    if row is not None:
        return row
    row = TemplateVersion(
        procedure=owner, key=key, sha256=sha256, version=sha256[:12], size=len(content),
        filename=filename.replace("\\", "/").rsplit("/", 1)[-1][-120:], note=note.strip()[:300],
        unknown=found.unknown, by_user=actor.user_id, at=clock.now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    words = {"zh": f"上传模板：{row.filename}（{row.version}）", "en": f"Template uploaded: {row.version}"}
    data = {"what": "template", "key": f"{owner}/{key}", "template": row.id, "text": words}
    audit.record(session, Event.SETTING_PROPOSED, actor=actor, rests_on=sha256, data=data)
    return row


def refuse_bad(filename: str, content: bytes) -> None:
    """Refuse what is no plain Word file. Raises BadUpload, with words that say what to do."""
    name = filename.lower()
    if name.endswith((".docm", ".dotm")):
        raise _bad(
            "It may carry macros; save it as a Word document (.docx).",
            "该文件启用了宏，请另存为普通 Word 文档（.docx）后上传。",
        )
    if not name.endswith(".docx"):
        raise _bad(
            "Please upload a Word document (.docx).",
            "请上传 Word 文档（.docx）。旧版 .doc 文件请先另存为 .docx。",
        )
    if len(content) > LARGEST:
        raise BadUpload(
            Text("The template is larger than 5 MB.", "模板文件超过 5 MB，请压缩图片后重新上传。"), 413
        )
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            _refuse_parts(package)
        docx.Document(BytesIO(content))
    except BadUpload:
        raise
    except Exception as error:  # whatever a damaged package makes the libraries raise
        raise _bad(
            "The file is damaged and cannot be opened as a Word document.",
            "文件已损坏，无法作为 Word 文档打开，请重新导出后上传。",
        ) from error


def _refuse_parts(package: zipfile.ZipFile) -> None:
    if sum(i.file_size for i in package.infolist()) > LARGEST_UNPACKED:
        raise BadUpload(Text("The file unpacks to too much.", "文件解压后过大，无法使用。"), 413)
    if package.testzip() is not None:
        raise zipfile.BadZipFile
    names = [n.lower() for n in package.namelist()]
    types = package.read("[Content_Types].xml").lower()
    if any(m in n for m in _MACROS for n in names) or b"macroenabled" in types:
        raise _bad(
            "It carries macros or embedded objects; remove them and save as .docx.",
            "文件含有宏或者嵌入对象，请删除后另存为 .docx 重新上传。",
        )
    if packages.acts(package):
        raise _bad(
            "It is tied to a template, a picture or a file elsewhere; detach it, or put the picture into the document.",
            "文件关联了外部的模板、图片或者文件，请解除关联，或者将图片嵌入文档后重新上传。",
        )


def _bad(en: str, zh: str) -> BadUpload:
    return BadUpload(Text(en, zh), 415)


def one(session: Session, template_id: int) -> TemplateVersion:
    """Raises NotFound."""
    row = session.get(TemplateVersion, template_id)
    if row is None:
        raise NotFound
    return row


def versions(session: Session, owner: str, key: str) -> list[TemplateVersion]:
    """What was uploaded for a letter, newest first."""
    query = select(TemplateVersion).where(TemplateVersion.procedure == owner, TemplateVersion.key == key)
    return list(session.exec(query.order_by(col(TemplateVersion.id).desc())))


def propose(
    session: Session, actor: Actor, template_id: int, effective_from: date, reason: str
) -> SettingChange:
    """Ask a second person to put a template into force from a day.

    Raises:
        Invalid: the day has passed, no reason, or the template cannot be printed.
        Conflict: another proposal for the letter waits.
    """
    row = one(session, template_id)
    problems = printable(row) + from_when.not_past(effective_from)
    if problems:
        raise Invalid(tuple(problems))
    title = titles()[row.procedure, row.key]
    now = version_in_force(session, procedures_of(row.procedure, row.key)[0], row.key, effective_from)
    return setting_changes.propose(
        session, actor, "template", f"{row.procedure}/{row.key}",
        Text(f"Template: {title.en}", f"文书模板：{title.zh}"), {"version": now.version},
        {"template": row.id, "version": row.version, "filename": row.filename}, reason, effective_from,
    )  # fmt: skip


@setting_changes.applies("template")
def _activate(session: Session, actor: Actor, change: SettingChange) -> Text:
    row = one(session, int(change.after["template"]))
    if problems := printable(row):
        raise Conflict(problems[0].msg, "changed")
    row.effective_from, row.activated_at = change.effective_from, clock.now()
    return Text(
        f"“{change.title_en}” is printed on version {row.version} from {row.effective_from}",
        f"“{change.title_zh}”自 {row.effective_from} 起使用版本 {row.version}",
    )


def printable(row: TemplateVersion) -> list[Problem]:
    """Why a template cannot be printed; empty if it can. Tried with every field filled, and with every list empty."""
    try:
        content = content_of(row)
    except NotFound as lost:
        return [Problem("template", lost.detail)]
    found = read(row.key, content)
    if found.unknown:
        names = "、".join(found.unknown)
        words = Text(
            f"Nothing fills these placeholders: {names}.",
            f"以下占位符没有对应的数据：{names}。请改正后重新上传。",
        )
        return [Problem("template", words)]
    for rows in (1, 0):
        try:
            render(row.procedure, row.key, sample(context_of(row.key), rows), content)
        except Exception as error:  # a template can fail in any way its author can think of
            words = Text(
                f"The template cannot be printed: {error}", f"模板无法生成文书：{error}。请改正后重新上传。"
            )
            return [Problem("template", words)]
    return []


def sample(model: type[BaseModel], rows: int) -> Any:
    """A context with a word in every field and so many rows in every list."""
    return model.model_construct(**{n: _sample(f.annotation, n, rows) for n, f in model.model_fields.items()})


def _sample(kind: Any, name: str, rows: int) -> Any:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return sample(kind, rows)
    if get_origin(kind) in (list, tuple):
        return [_sample(get_args(kind)[0], name, rows) for _ in range(rows)]
    if kind is bool:
        return bool(rows)
    if kind in (int, float):
        return rows
    return "示例" if rows else ""
