"""The end of a methodology version 停止施行、废止: by two persons, on the document that says so; cases keep theirs (M04, G02)."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from models.tables import Methodology, SettingChange
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.roles import Role
from models.vocabulary.text import Text, day_in_words
from services import clock, methodology_rows, methodology_versions, pictures, setting_changes
from services.access import Actor
from services.methodology_versions import Publication

KIND = methodology_rows.END
ACTS: dict[str, Text] = {
    "end": Text(
        "Ends: its time is over, or another version takes its place", "停止施行：到期，或者由新版本替代"
    ),
    "withdraw": Text("Abolished: the body that published it withdraws it", "废止：由公布单位宣布废止"),
}


@dataclass(frozen=True)
class Ending:
    """What is entered to end a version; `ends_on` is its last day in force."""

    act: str
    ends_on: date | None
    publication: Publication
    reason: str = ""


def row_of(session: Session, methodology_id: int) -> Methodology:
    """A published version. Raises NotFound."""
    row = session.get(Methodology, methodology_id)
    if row is None or row.status == "draft":
        raise NotFound
    return row


def may_end(row: Methodology, act: str) -> Text | None:
    """None when the act can be proposed; else why not."""
    if row.status == "withdrawn":
        return Text("It is abolished already.", "该版本此前已废止。")
    if act == "end" and row.effective_to is not None and row.effective_to < clock.today().date():
        return Text(f"It ended on {row.effective_to}.", f"该版本已于 {row.effective_to} 停止施行。")
    return None


def propose(session: Session, actor: Actor, methodology_id: int, asked: Ending) -> SettingChange:
    """Ask a second person to end a version.

    Raises:
        NotAllowed, NotFound.
        Invalid: something is missing, or the day cannot be.
        Conflict: it has ended, or another proposal waits.
    """
    if not actor.is_any(Role.ADMIN):
        raise NotAllowed(
            Text("Only an administrator ends methodologies.", "仅系统管理员可以办理方法学停止施行。")
        )
    row = row_of(session, methodology_id)
    problems = [*_of_act(row, asked), *asked.publication.problems()]
    if not asked.reason.strip():
        problems.append(Problem("reason", Text("Please give the reason.", "请填写停止施行或者废止的原因。")))
    if problems:
        raise Invalid(tuple(problems))
    refusal = may_end(row, asked.act)
    if refusal is not None:
        raise Conflict(refusal, "changed")
    named = f"{row.name}（{row.code} 第 {row.version} 版）"
    verb = Text("End", "停止施行") if asked.act == "end" else Text("Abolition", "废止")
    before = {"ends_on": row.effective_to.isoformat() if row.effective_to else ""}
    last = asked.ends_on.isoformat() if asked.ends_on else ""
    return setting_changes.propose(
        session, actor, KIND, methodology_rows.subject(row.code, row.version),
        Text(f"{verb.en} of methodology {row.code} {row.version}", f"{verb.zh}方法学：{named}"), before,
        {"row": row.id, "act": asked.act, "ends_on": last, **asked.publication.told()}, asked.reason,
    )  # fmt: skip


def _of_act(row: Methodology, asked: Ending) -> list[Problem]:
    if asked.act not in ACTS:
        return [Problem("act", Text("Choose one.", "请选择停止施行或者废止。"))]
    today = clock.today().date()
    over = row.effective_to is not None and row.effective_to < today
    if asked.act == "withdraw" and (over or row.effective_from > today):
        return []  # nobody can file under it today: it is abolished as it stands
    return [Problem("ends_on", p.msg) for p in methodology_versions.last_day_problems(row, asked.ends_on)]


@setting_changes.applies(KIND)
def _end(session: Session, actor: Actor, change: SettingChange) -> Text:
    row = row_of(session, int(change.after["row"]))
    act, wanted = str(change.after["act"]), str(change.after["ends_on"])
    refusal = may_end(row, act)
    if refusal is not None:
        raise Conflict(refusal, "changed")
    today = clock.today().date()
    if row.is_in_force(today):
        methodology_versions.end(row, date.fromisoformat(wanted) if wanted else today)
    elif row.effective_from > today and act == "end":
        row.effective_to = date.fromisoformat(wanted)
    if act == "withdraw":
        row.status = "withdrawn"
        if row.effective_from > today:  # it never was in force, and will not be
            row.effective_to = None
    keys = ("act", "body", "document", "published_on")
    row.data = {**row.data, "ended": {k: str(change.after[k]) for k in keys}}
    session.add(row)
    session.flush()
    pictures.changed(session)
    last = day_in_words(row.effective_to) if row.effective_to else Text("—", "—")
    if act == "withdraw":
        return Text(
            f"{row.code} {row.version} is abolished, last day {last.en}",
            f"方法学 {row.code} 第 {row.version} 版废止，施行至{last.zh}",
        )
    return Text(
        f"{row.code} {row.version} ends on {last.en}",
        f"方法学 {row.code} 第 {row.version} 版施行至{last.zh}",
    )
