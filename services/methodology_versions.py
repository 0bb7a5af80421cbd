"""Methodologies taken in 方法学收录: checked when uploaded, proposed with its publication, in force by two persons.

A version is published elsewhere (M04); here it is recorded as published. What was taken in is never edited: a number
that is taken keeps its content, a change is a new version, and cases keep the version they were filed under (M03, M06).
"""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from models.tables import Methodology, MethodologyVersion, SettingChange
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.events import Event
from models.vocabulary.roles import Role
from models.vocabulary.text import Text, day_in_words
from services import audit, clock, methodology_rows, pictures, setting_changes
from services.access import Actor
from services.quantification import checking, loader
from services.quantification.checking import Checked, Fault
from services.quantification.definition import Definition
from services.quantification.source import parse

LONGEST_VERSION = 20
KIND = methodology_rows.TAKE_IN


@dataclass(frozen=True)
class Publication:
    """The document a version, or its end, was published by 公布文件.

    Args:
        body: who issued it. document: its number. published_on: its date; None where what was typed is no date.
    """

    body: str = ""
    document: str = ""
    published_on: date | None = None

    def problems(self) -> list[Problem]:
        """What is missing, each at its field."""
        found = []
        if not self.body.strip():
            found.append(Problem("body", Text("Say who issued the document.", "请填写发文单位。")))
        if not self.document.strip():
            found.append(
                Problem(
                    "document", Text("Give the number of the document.", "请填写文号，没有文号的填文件名称。")
                )
            )
        if self.published_on is None:
            found.append(Problem("published_on", Text("Give the date of the document.", "请填写公布日期。")))
        elif self.published_on > clock.today().date():
            words = Text(
                "What is not published yet cannot be recorded as published.",
                "公布日期不能晚于今天；尚未公布的方法学不能收录。",
            )
            found.append(Problem("published_on", words))
        return found

    def told(self) -> dict[str, str]:
        """As it is kept."""
        day = self.published_on.isoformat() if self.published_on else ""
        return {"body": self.body.strip()[:120], "document": self.document.strip()[:120], "published_on": day}


@dataclass(frozen=True)
class Asked:
    """What is entered to put a version into force.

    Args:
        effective_from: as the document has it; the calculator has to say the same.
        replaces, ends_on: a version that ends with it, and its last day.
    """

    publication: Publication
    effective_from: date | None = None
    replaces: str = ""
    ends_on: date | None = None
    reason: str = ""


# ---- taking in -----------------------------------------------------------------------------------


def checked(session: Session, calculator: str, description: str) -> Checked:
    """Both texts against every rule of the loader, and their number against those that are taken."""
    found = checking.check(calculator, description)
    more = tuple(_against_rows(session, found))
    return Checked(found.method, found.words, (*found.faults, *more), () if more else found.hints, found.data)


def _against_rows(session: Session, found: Checked) -> list[Fault]:
    data = found.data or {}
    code, version = data.get("code"), data.get("version")
    if not isinstance(code, str) or not isinstance(version, str):
        return []
    digest = found.method.source.digest if found.method else ""
    problem = taken(session, code, version, digest)
    out = [_fault(found, "version", problem)] if problem else []
    if len(version) > LONGEST_VERSION:
        words = Text(f"Use {LONGEST_VERSION} characters at most.", f"版本号不超过 {LONGEST_VERSION} 个字符。")
        out.append(_fault(found, "version", words))
    if data.get("status", "published") != "published":
        words = Text(
            "Only a published version is taken in; write “published”.",
            "只收录已公布的版本，请改为 published；废止须在收录以后另行办理。",
        )
        out.append(_fault(found, "status", words))
    if found.method is not None:
        d = found.method.definition
        if d.effective_to is not None and d.effective_to < d.effective_from:
            words = Text("It ends before it begins; mend the days.", "早于施行日期，请核对。")
            out.append(_fault(found, "effective_to", words))
    return out


def _fault(found: Checked, key: str, what: Text) -> Fault:
    line = found.method.source.line((key,)) if found.method else 0
    return Fault("calculator", line, checking.place(found.data, (key,)), what)


def taken(session: Session, code: str, version: str, digest: str) -> Text | None:
    """Why a number cannot be used for this content; None when it is free."""
    if methodology_rows.row_of(session, code, version) is not None:
        return Text(
            f"{code} {version} is published already and is never edited; give the change a new version.",
            f"{code} 第 {version} 版已公布，内容不再修改。请使用新的版本号。",
        )
    try:
        known = loader.methodology(code, version)
    except NotFound:
        return None
    if known.source.digest == digest:
        return None
    return Text(
        f"{code} {version} comes with the program and says something else; use another version.",
        f"{code} 第 {version} 版随系统提供，内容与此不同。请使用其他版本号，或者上传内容相同的文件。",
    )


def take_in(
    session: Session, actor: Actor, calculator: str, description: str, filename: str = "", note: str = ""
) -> MethodologyVersion:
    """Keep a version that passed every check; nobody can use it yet. The same content is kept once.

    Raises:
        NotAllowed: not an administrator.
        Invalid: every fault of both files, at "calculator" or "description".
    """
    _administers(actor)
    found = checked(session, calculator, description)
    if found.faults or found.method is None or found.words is None:
        raise Invalid(tuple(Problem(f.file, f.text) for f in found.faults))
    d, source = found.method.definition, found.method.source
    words = parse(description, "description")
    same = select(MethodologyVersion).where(
        MethodologyVersion.code == d.code, MethodologyVersion.version == d.version,
        MethodologyVersion.sha256 == source.digest, MethodologyVersion.words_sha256 == words.digest,
    )  # fmt: skip
    row = session.exec(same).first()
    if row is not None:
        return row
    row = MethodologyVersion(
        code=d.code, version=d.version, name=d.name, sha256=source.digest, words_sha256=words.digest,
        calculator=calculator, description=description,
        filename=filename.replace("\\", "/").rsplit("/", 1)[-1][-120:], note=note.strip()[:300],
        by_user=actor.user_id, at=clock.now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    said = {
        "zh": f"上传方法学文件：{d.name}（{d.code} 第 {d.version} 版）",
        "en": f"Methodology uploaded: {d.code} {d.version}",
    }
    data = {"what": KIND, "key": f"{d.code} {d.version}", "methodology": row.id, "text": said}
    audit.record(session, Event.SETTING_PROPOSED, actor=actor, rests_on=row.sha256, data=data)
    return row


def _administers(actor: Actor) -> None:
    if not actor.is_any(Role.ADMIN):
        raise NotAllowed(
            Text("Only an administrator takes in methodologies.", "仅系统管理员可以收录方法学。")
        )


# ---- into force ----------------------------------------------------------------------------------


def propose(session: Session, actor: Actor, version_id: int, asked: Asked) -> SettingChange:
    """Ask a second person to put a version into force, on the document it was published by.

    Raises:
        NotAllowed, NotFound.
        Invalid: something is missing, or differs from the calculator.
        Conflict: it is published, or another proposal for the number waits.
    """
    _administers(actor)
    row = methodology_rows.one(session, version_id)
    refuse_changed(session, row)
    d = methodology_rows.definition_of(row)
    problems = [*asked.publication.problems(), *_of_days(asked, d), *_of_replaced(session, asked, d.code)]
    if not asked.reason.strip():
        problems.append(Problem("reason", Text("Please give the reason.", "请填写收录说明。")))
    if problems:
        raise Invalid(tuple(problems))
    title = Text(
        f"Methodology: {d.name_en or d.name}, {d.code} {d.version}",
        f"方法学：{d.name}（{d.code} 第 {d.version} 版）",
    )
    after = {
        "row": row.id, "version": d.version, **asked.publication.told(),
        "starts": d.effective_from.isoformat(), "calculator": row.sha256,
        "replaces": asked.replaces, "ends_on": asked.ends_on.isoformat() if asked.ends_on else "",
    }  # fmt: skip
    today = clock.today().date()
    now = [r.version for r in methodology_rows.published(session, d.code) if r.is_in_force(today)]
    return setting_changes.propose(
        session, actor, KIND, methodology_rows.subject(d.code, d.version), title, {"version": "、".join(now)}, after,
        asked.reason, max(d.effective_from, today),
    )  # fmt: skip


def refuse_changed(session: Session, row: MethodologyVersion) -> None:
    """Published already, taken by another, or no longer what the program accepts. Raises Conflict."""
    if row.activated_at is not None:
        raise Conflict(Text("It is published already.", "该版本已公布，无需再次提出。"), "changed")
    faults = checked(session, row.calculator, row.description).faults
    if faults:
        raise Conflict(faults[0].text, "changed")


def _of_days(asked: Asked, d: Definition) -> list[Problem]:
    if asked.effective_from is None:
        return [Problem("effective_from", Text("Give the day it takes effect.", "请填写施行日期。"))]
    if asked.effective_from != d.effective_from:
        said = day_in_words(d.effective_from)
        words = Text(
            f"The calculator says {said.en}. Mend the date here, or upload the calculator mended.",
            f"计算文件所载施行日期为{said.zh}，与此不一致。请核对公布文件，更正此处，或者更正计算文件后重新上传。",
        )
        return [Problem("effective_from", words)]
    return []


def _of_replaced(session: Session, asked: Asked, code: str) -> list[Problem]:
    """A version that ends with this one: it is there, and its last day is none of the past."""
    if not asked.replaces:
        if asked.ends_on is None:
            return []
        words = Text("Say which version ends on that day.", "请选择在该日停止施行的版本，或者清除日期。")
        return [Problem("replaces", words)]
    old = methodology_rows.row_of(session, code, asked.replaces)
    if old is None or old.status != "published":
        words = Text("There is no such version in force.", "没有这个施行中的版本，请重新选择。")
        return [Problem("replaces", words)]
    return last_day_problems(old, asked.ends_on)


def last_day_problems(row: Methodology, ends_on: date | None) -> list[Problem]:
    """Why a version cannot end on a day: who filed under it until today did so in good faith (G02)."""
    today = clock.today().date()
    if ends_on is None:
        words = Text("Give its last day.", "请填写停止施行前的最后一日。")
    elif ends_on < today:
        words = Text(
            "Choose today or a later day: what was filed until now stays valid.",
            "不能早于今天：截至今天依据该版本提交的申请有效。",
        )
    elif row.effective_to is not None and ends_on > row.effective_to:
        words = Text(
            f"It ends on {row.effective_to} already; its time is not prolonged.",
            f"该版本已定于 {row.effective_to} 停止施行，不能延长。",
        )
    elif ends_on < row.effective_from:
        words = Text(
            f"It takes effect only on {day_in_words(row.effective_from).en}.",
            f"该版本自{day_in_words(row.effective_from).zh}起才施行，请核对。",
        )
    else:
        return []
    return [Problem("ends_on", words)]


@setting_changes.applies(KIND)
def _publish(session: Session, actor: Actor, change: SettingChange) -> Text:
    after = change.after
    row = methodology_rows.one(session, int(after["row"]))
    refuse_changed(session, row)
    if row.sha256 != after["calculator"]:
        raise Conflict(Text("It is not what was proposed.", "内容与提出时的不一致，请重新提出。"), "changed")
    publication = {k: str(after[k]) for k in ("body", "document", "published_on")}
    made = methodology_rows.as_row(row, publication)
    session.add(made)
    row.activated_at = clock.now()
    ended = None
    if after.get("replaces"):
        old = methodology_rows.row_of(session, row.code, str(after["replaces"]))
        if old is not None:
            ended = day_in_words(end(old, date.fromisoformat(after["ends_on"])))
    session.flush()
    pictures.changed(session)
    starts = day_in_words(made.effective_from)
    en, zh = (
        f"{row.code} {row.version} may be chosen from {starts.en}",
        f"方法学 {row.code} 第 {row.version} 版（{publication['document']}）自{starts.zh}起施行",
    )
    if ended:
        en, zh = (
            f"{en}; {after['replaces']} ends on {ended.en}",
            f"{zh}，第 {after['replaces']} 版施行至{ended.zh}",
        )
    return Text(en, zh)


def end(row: Methodology, last: date) -> date:
    """Write the last day: none of the past, and never later than the one it has."""
    last = max(last, clock.today().date())
    row.effective_to = last if row.effective_to is None else min(row.effective_to, last)
    return row.effective_to
