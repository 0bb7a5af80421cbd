"""What administrators change: limits, the calendar, the list of quota-managed units, locked accounts. Decides no case."""

import csv
import io
import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, delete, func, select

from models.tables import CalendarVersion, Case, EtsUnit, LimitSetting, TaskRow, User
from models.vocabulary.errors import BadUpload, Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.events import Event
from models.vocabulary.limits import DEFAULT_LIMITS
from models.vocabulary.roles import Role
from models.vocabulary.text import Text
from models.vocabulary.types import check_uscc
from models.vocabulary.whole import is_whole
from services import (
    audit,
    calendar,
    deadline_moves,
    from_when,
    guesses,
    limits,
    materials,
    notifications,
    packages,
)
from services.access import Actor
from services.calendar import WorkingCalendar
from services.deadline_moves import Moved
from services.holidays_cn import Arrangement
from services.limit_titles import LIMIT_TITLES, unit_of


def _admin(actor: Actor) -> None:
    if not actor.is_any(Role.ADMIN):
        raise NotAllowed(Text("Only an administrator can change settings.", "仅系统管理员可以变更设置。"))


def _reason(reason: str) -> list[Problem]:
    return [] if reason.strip() else [Problem("reason", Text("Please give the reason.", "请填写变更原因。"))]


# ---- limits --------------------------------------------------------------------------------------


def check_limit(key: str, value: int, effective_from: date, reason: str) -> None:
    """Refuse a value that cannot be: the law's minimum holds, the past stays. Raises Invalid, NotFound."""
    problems = _reason(reason)
    if key not in DEFAULT_LIMITS:
        raise NotFound
    if not 1 <= value <= 250:
        problems.append(Problem("value", Text("Give a number from 1 to 250.", "请填写 1 至 250 的整数。")))
    elif value < limits.LEAST.get(key, 1):
        problems.append(
            Problem(
                "value",
                Text(
                    f"The rules demand at least {limits.LEAST[key]}.",
                    f"规定不得少于 {limits.LEAST[key]}，不能调低。",
                ),
            )
        )
    problems += from_when.not_past(effective_from)
    if problems:
        raise Invalid(tuple(problems))


# ---- the calendar --------------------------------------------------------------------------------


@dataclass(frozen=True)
class DayChange:
    """What a day shall be: "rest", "work", or "plain" for Monday to Friday as usual."""

    day: date
    kind: str
    name: str = ""


def proposal(
    session: Session, changes: Iterable[DayChange], covered_until: date | None
) -> tuple[WorkingCalendar, list[Moved]]:
    """The calendar with the changes, and every open deadline it would move. Changes nothing."""
    asked = {c.day: _arrangement(c) for c in changes}
    base = calendar.in_force(session)
    new = calendar.proposed(session, asked, covered_until or base.covered_until)
    return new, deadline_moves.moves(session, new)


def _arrangement(change: DayChange) -> Arrangement | None:
    if change.kind == "plain":
        return None
    return Arrangement(change.kind == "work", change.name.strip())


def check_calendar(session: Session, changes: list[DayChange], covered_until: date | None, note: str) -> None:
    """Refuse a calendar that changes nothing or rests on nothing. Raises Invalid."""
    problems = [Problem("note", p.msg) for p in _reason(note)]
    base = calendar.in_force(session)
    if not changes and covered_until in (None, base.covered_until):
        problems.append(Problem("", Text("Nothing is changed.", "没有任何变更。")))
    if problems:
        raise Invalid(tuple(problems))


def publish_calendar(
    session: Session, user_id: int, changes: list[DayChange], covered_until: date | None, note: str
) -> tuple[int, list[Moved]]:
    """Put the changed calendar into force and move the open deadlines: (its version, what moved)."""
    new, _ = proposal(session, changes, covered_until)
    row: CalendarVersion = calendar.publish(session, new, note.strip(), user_id)
    moved = deadline_moves.recompute_all(session, row.number)
    for one in moved:
        _tell_of(session, one)
    return row.number, moved


def _tell_of(session: Session, moved: Moved) -> None:
    """Whoever was told a last day from outside the centre hears of the new one; the desks show theirs."""
    task = session.get(TaskRow, moved.deadline.task_id) if moved.deadline.task_id else None
    if task is None or moved.old is None or moved.new is None:
        return
    if task.party_id is not None or task.reserved_for is not None:
        notifications.on_limit_moved(session, session.get_one(Case, task.case_id), task, moved.old, moved.new)


# ---- quota-managed units -------------------------------------------------------------------------

COLUMNS = {
    "name": ("name", "单位名称", "名称"),
    "uscc": ("uscc", "统一社会信用代码", "信用代码"),
    "site": ("site", "场址", "地址"),
    "scope": ("scope", "范围"),
    "year": ("year", "年度", "年份"),
}
SCOPES = {
    "shanghai": "shanghai",
    "上海": "shanghai",
    "上海市": "shanghai",
    "national": "national",
    "全国": "national",
}
LONGEST_LIST, WIDEST_LIST = 20_000, 40
#: Ten times what the longest list unpacks to.
UNPACKED_LIST = 60 * 1024 * 1024
TOO_LONG = Text(
    f"The list is longer than {LONGEST_LIST:,} lines; import it in parts, each with its own years or scopes.",
    f"名单超过 {LONGEST_LIST:,} 行，请按年度或者范围拆分后分次导入。",
)
UNREADABLE = Text(
    "This is not a workbook that can be read; save it as .xlsx or CSV.",
    "无法读取该文件，请另存为 xlsx 或 CSV 后重新导入。",
)


def units(session: Session, q: str = "", limit: int = 200) -> tuple[list[EtsUnit], int]:
    """(units found, all there are), by name."""
    query = select(EtsUnit)
    for word in q.split()[:4]:
        query = query.where(
            col(EtsUnit.name).icontains(word, autoescape=True)
            | col(EtsUnit.uscc).icontains(word, autoescape=True)
        )
    total = session.exec(select(func.count()).select_from(EtsUnit)).one()
    return list(session.exec(query.order_by(EtsUnit.name).limit(limit))), total


def lists_of(found: Sequence[EtsUnit]) -> dict[str, int]:
    """How many units each list "scope/year" has."""
    return dict(sorted(Counter(f"{u.scope}/{u.year}" for u in found).items()))


def units_before(session: Session, lists: Iterable[str]) -> dict[str, int]:
    """How many units these lists have now."""
    wanted = set(lists)
    return {f"{s}/{y}": n for (s, y), n in sorted(_counts(session).items()) if f"{s}/{y}" in wanted}


def take_units(session: Session, found: Sequence[EtsUnit]) -> int:
    """Put lists into force: each (scope, year) in them replaces the one before. How many units it has."""
    for scope, year in {(u.scope, u.year) for u in found}:
        session.exec(delete(EtsUnit).where(col(EtsUnit.scope) == scope, col(EtsUnit.year) == year))
    session.add_all(found)
    session.flush()
    return len(found)


def read_units(filename: str, content: bytes) -> list[EtsUnit]:
    """The units of a list that is not taken in yet. Raises BadUpload, Invalid."""
    found, problems = _units_of(_table(filename, content))
    if problems:
        raise Invalid(tuple(problems))
    return found


def _counts(session: Session) -> dict[tuple[str, int], int]:
    query = select(EtsUnit.scope, EtsUnit.year, func.count()).group_by(col(EtsUnit.scope), col(EtsUnit.year))
    return {(s, y): n for s, y, n in session.exec(query)}


def _table(filename: str, content: bytes) -> list[list[str]]:
    """The cells of the file as text. Raises BadUpload: unreadable, or longer than a list can be."""
    excel = filename.lower().endswith(".xlsx")
    if excel:
        materials.checked(filename, content)
        if packages.unpacked(content) > UNPACKED_LIST:
            raise BadUpload(UNREADABLE, 413)
    try:
        lines = _in_workbook(content) if excel else csv.reader(io.StringIO(_decoded(content)))
        rows = [[v.strip() for v in line] for line in itertools.islice(lines, LONGEST_LIST + 1)]
    except Exception as error:  # whatever a damaged file makes the libraries raise
        raise BadUpload(UNREADABLE) from error
    if len(rows) > LONGEST_LIST:
        raise BadUpload(TOO_LONG, 413)
    return rows


def _in_workbook(content: bytes) -> Iterable[list[str]]:
    from openpyxl import load_workbook  # late: loading it takes a while, and a start reads no workbooks

    sheet = load_workbook(io.BytesIO(content), read_only=True, data_only=True).active
    if sheet is not None:
        for row in sheet.iter_rows(values_only=True, max_row=LONGEST_LIST + 1, max_col=WIDEST_LIST):
            yield ["" if v is None else str(v) for v in row]


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030", errors="replace")


def _units_of(rows: list[list[str]]) -> tuple[list[EtsUnit], list[Problem]]:
    head = {
        name: next((i for i, c in enumerate(rows[0]) if c.lower() in titles), None) if rows else None
        for name, titles in COLUMNS.items()
    }
    if head["name"] is None or head["year"] is None:
        return [], [
            Problem(
                "file",
                Text(
                    "The first line must name the columns: name, uscc, site, scope, year.",
                    "首行应为列名：单位名称、统一社会信用代码、场址、范围、年度。",
                ),
            )
        ]
    found, problems = [], []
    for number, row in enumerate(rows[1:], 2):
        cells = {k: row[i] if i is not None and i < len(row) else "" for k, i in head.items()}
        if any(cells.values()):
            unit, wrong = _unit(cells, number)
            problems += wrong
            found += [unit] if unit else []
    return found, problems or ([] if found else [Problem("file", Text("The list is empty.", "名单为空。"))])


def _unit(cells: dict[str, str], line: int) -> tuple[EtsUnit | None, list[Problem]]:
    wrong: list[Problem] = []
    if not cells["name"]:
        wrong.append(_line(line, "name is missing", "缺少单位名称"))
    scope = SCOPES.get(cells["scope"] or "shanghai")
    if scope is None:
        wrong.append(_line(line, "scope must be shanghai or national", "范围应为“上海”或“全国”"))
    if not (is_whole(cells["year"], 4) and 2010 <= int(cells["year"]) <= 2100):
        wrong.append(_line(line, "year must be four digits", "年度应为四位数字"))
    try:
        code = check_uscc(cells["uscc"].upper()) if cells["uscc"] else ""
    except ValueError:
        wrong.append(
            _line(
                line, f"credit code {cells['uscc']} is not valid", f"统一社会信用代码 {cells['uscc']} 不正确"
            )
        )
    if wrong:
        return None, wrong
    return EtsUnit(
        name=cells["name"], uscc=code, site=cells["site"], scope=scope or "", year=int(cells["year"])
    ), []


def _line(number: int, en: str, zh: str) -> Problem:
    return Problem("file", Text(f"Line {number}: {en}.", f"第 {number} 行：{zh}。"))


# ---- accounts ------------------------------------------------------------------------------------


def unlock(session: Session, actor: Actor, user_id: int) -> User:
    """Let a locked account try again."""
    _admin(actor)
    user = session.get(User, user_id, with_for_update=True)
    if user is None:
        raise NotFound
    guesses.forgive(session, user)
    audit.record(
        session,
        Event.SETTING_CHANGED,
        actor=actor,
        data={
            "what": "unlock",
            "user": user.username,
            "text": {"zh": f"解除账户锁定：{user.username}", "en": f"Account unlocked: {user.username}"},
        },
    )
    return user


def limits_in_force(session: Session, on: date) -> list[dict[str, Any]]:
    """Every limit with its value on a day, what comes next, and its history."""
    rows = list(
        session.exec(
            select(LimitSetting).order_by(
                col(LimitSetting.effective_from).desc(), col(LimitSetting.id).desc()
            )
        )
    )
    out = []
    for key, standard in DEFAULT_LIMITS.items():
        mine = [r for r in rows if r.key == key]
        now = next((r for r in mine if r.effective_from <= on), None)
        out.append(
            {
                "key": key,
                "title": LIMIT_TITLES.get(key, Text(key, key)),
                "value": now.value if now else standard,
                "unit": unit_of(key),
                "now": now,
                "law": limits.LEAST.get(key),
                "later": [r for r in mine if r.effective_from > on],
                "history": mine,
            }
        )
    return out
