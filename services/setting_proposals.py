"""What can be proposed, checked when it is proposed, and what each does once a second person has agreed."""

from datetime import date
from typing import Any

from sqlmodel import Session, col, select, update

from models.tables import EtsUnit, LimitSetting, LoginSession, SettingChange, User
from models.vocabulary.errors import Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.limits import DEFAULT_LIMITS
from models.vocabulary.roles import CENTRE, FILERS, OVERSIGHT, ROLE_TITLES, Role
from models.vocabulary.text import Text, day_in_words
from services import administration, blobs, calendar, clock, limits, pictures
from services.access import Actor
from services.administration import DayChange
from services.limit_titles import LIMIT_TITLES
from services.setting_changes import applies, propose

#: Kind and subject of a change of the working calendar: there is one.
CALENDAR = "calendar", "shanghai"


def limit(
    session: Session, actor: Actor, key: str, value: int, effective_from: date, reason: str
) -> SettingChange:
    """A new value of a limit from a day on; limits that run keep theirs (M05, G12: never below the law)."""
    administration.check_limit(key, value, effective_from, reason)
    before = limits.value(session, key, effective_from)
    if before == value:
        words = Text("That is its value on that day already.", "该日数值即为此数，无需变更。")
        raise Invalid((Problem("value", words),))
    title = LIMIT_TITLES.get(key, Text(key, key))
    return propose(
        session, actor, "limit", key, title, {"value": before}, {"value": value}, reason, effective_from
    )


@applies("limit")
def _limit(session: Session, actor: Actor, row: SettingChange) -> Text:
    if row.subject not in DEFAULT_LIMITS:
        raise NotFound
    value = int(row.after["value"])
    session.add(
        LimitSetting(
            key=row.subject,
            value=value,
            effective_from=row.effective_from,
            note=row.reason,
            by_user=row.proposed_by,
            data={"change": row.id, "confirmed_by": actor.user_id},
            created_at=clock.now(),
        )
    )
    pictures.changed(session)
    return Text(
        f"“{row.title_en}” becomes {value} from {row.effective_from}",
        f"“{row.title_zh}”自 {row.effective_from} 起改为 {value}",
    )


def calendar_days(
    session: Session, actor: Actor, changes: list[DayChange], covered_until: date | None, note: str
) -> SettingChange:
    """Days of the working calendar; in force, as a new version, when it is confirmed."""
    administration.check_calendar(session, changes, covered_until, note)
    base = calendar.in_force(session)
    before = {c.day.isoformat(): _kind_of(base, c.day) for c in changes}
    after = {
        "days": [[c.day.isoformat(), c.kind, c.name] for c in changes],
        "covered_until": covered_until.isoformat() if covered_until else None,
    }
    return propose(session, actor, *CALENDAR, _which_days([c.day for c in changes]), before, after, note)


def _which_days(days: list[date]) -> Text:
    """What a change of the calendar is called: who confirms it reads in the list which days it is about."""
    if not days:
        return Text("Working calendar: official until", "工作日历：官方安排的截止日期")
    first, more = day_in_words(min(days)), len(days) - 1
    return Text(
        f"Working calendar: {first.en}" + (f" and {more} more day(s)" if more else ""),
        f"工作日历：调整 {first.zh}" + (f"等 {more + 1} 天" if more else ""),
    )


def _kind_of(base: calendar.WorkingCalendar, day: date) -> str:
    known = base.days.get(day)
    return "plain" if known is None else "work" if known.working else "rest"


def days_of(row: SettingChange) -> tuple[list[DayChange], date | None]:
    """A calendar proposal as the changes it stands for."""
    until = row.after.get("covered_until")
    days = [DayChange(date.fromisoformat(d), kind, name) for d, kind, name in row.after["days"]]
    return days, date.fromisoformat(until) if until else None


@applies("calendar")
def _calendar(session: Session, actor: Actor, row: SettingChange) -> Text:
    days, until = days_of(row)
    number, moved = administration.publish_calendar(session, row.proposed_by, days, until, row.reason)
    row.after = {**row.after, "version": number, "moved": len(moved)}
    return Text(
        f"Calendar version {number}: {len(days)} day(s) changed, {len(moved)} limit(s) moved",
        f"工作日历第 {number} 版：调整 {len(days)} 天，{len(moved)} 个期限随之变化",
    )


def roles(session: Session, actor: Actor, user_id: int, wanted: list[str], reason: str) -> SettingChange:
    """The roles of an account; nobody proposes their own, and who decides cases does not oversee them (M01)."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound
    if user.person_key == actor.person_key:
        raise NotAllowed(Text("Nobody changes their own rights.", "不能变更本人的权限，请由其他管理员提出。"))
    if problems := role_problems(user, wanted):
        raise Invalid(tuple(problems))
    before: dict[str, Any] = {"roles": sorted(user.roles)}
    title = Text(f"Roles of {user.username}", f"账户角色：{user.name}（{user.username}）")
    return propose(
        session, actor, "roles", user.username, title, before, {"roles": sorted(set(wanted))}, reason
    )


def role_problems(user: User, wanted: list[str]) -> list[Problem]:
    """What speaks against these roles for the account, at the field `roles`: which may stand together (M01)."""
    if not wanted or not set(wanted) <= set(Role):
        return [Problem("roles", Text("Choose at least one role of the list.", "请至少选择一个角色。"))]
    if sorted(set(wanted)) == sorted(user.roles):
        return [Problem("roles", Text("Nothing is changed.", "没有任何变更。"))]
    chosen = {Role(r) for r in wanted}
    if chosen & OVERSIGHT and chosen - OVERSIGHT:
        words = Text(
            "Administrators and auditors decide no case; these roles stand alone.",
            "系统管理员、审计员不得兼任办理案件的角色。",
        )
        return [Problem("roles", words)]
    if chosen & FILERS and chosen & CENTRE:
        words = Text("An applicant cannot be of the centre.", "申请主体不得兼任中心工作人员。")
        return [Problem("roles", words)]
    return []


@applies("roles")
def _roles(session: Session, actor: Actor, row: SettingChange) -> Text:
    """The new roles hold at once: sessions of the account are ended, so that none keeps the old rights."""
    user = session.exec(select(User).where(User.username == row.subject).with_for_update()).one()
    if user.person_key == actor.person_key:
        raise NotAllowed(Text("The change concerns your own rights.", "本项变更涉及您本人的权限，应当回避。"))
    user.roles = list(row.after["roles"])
    session.exec(
        update(LoginSession).where(col(LoginSession.user_id) == user.id).values(expires_at=clock.now())
    )
    names = [ROLE_TITLES[Role(r)] for r in user.roles]
    return Text(
        f"{user.username} is now {', '.join(n.en for n in names)}",
        f"账户 {user.username} 的角色改为{'、'.join(n.zh for n in names)}",
    )


def units(session: Session, actor: Actor, filename: str, content: bytes, reason: str) -> SettingChange:
    """A list of quota-managed units, to replace those of its scopes and years (G03). Raises BadUpload, Invalid."""
    found = administration.read_units(filename, content)
    lists = administration.lists_of(found)
    after = {"lists": _lists(lists), "filename": filename[-120:], "sha256": blobs.put(content)}
    before = {"lists": _lists(administration.units_before(session, lists))}
    title = Text(f"Quota list: {len(found)} units", f"配额管理单位名单：{len(found)} 家")
    return propose(session, actor, "ets", "、".join(lists), title, before, after, reason)


def _lists(counts: dict[str, int]) -> str:
    return "；".join(f"{name}：{n}" for name, n in counts.items()) or "—"


def units_of(row: SettingChange) -> list[EtsUnit]:
    """The units of a list that waits, or was taken in."""
    return administration.read_units(row.after["filename"], blobs.get(row.after["sha256"]))


@applies("ets")
def _units(session: Session, actor: Actor, row: SettingChange) -> Text:
    count = administration.take_units(session, units_of(row))
    return Text(
        f"Quota list of {count} units in force: {row.subject}",
        f"配额管理单位名单（{row.subject}）启用，共 {count} 家",
    )
