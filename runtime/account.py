"""``python -m runtime account``: accounts at the machine, for whoever holds the database; the first ones above all."""

import contextlib
from collections.abc import Iterator
from typing import NoReturn

import typer
from sqlmodel import Session

from models.vocabulary.errors import DomainError, Invalid, NotFound
from models.vocabulary.roles import ROLE_TITLES, Role
from runtime.errors import RuntimeTrouble

app = typer.Typer(help="Accounts: add, disable, enable, password.", no_args_is_help=True)

_FIELDS = {
    "username": "用户名 · user name",
    "name": "姓名 · name",
    "id_number": "身份证号 · identity number",
    "roles": "角色 · roles",
    "party": "单位 · party",
    "email": "邮箱 · mail",
    "mobile": "手机 · mobile",
    "new": "密码 · password",
}


@contextlib.contextmanager
def _work() -> Iterator[Session]:
    """A transaction on the database of the settings, or on the embedded one; trouble in plain words."""
    from runtime.attach import database
    from services.session import transaction
    from services.settings import Settings

    with database(Settings()):
        try:
            with transaction() as session:
                yield session
        except DomainError as error:
            _tell(error)


def _tell(error: DomainError) -> NoReturn:
    if isinstance(error, NotFound):
        raise RuntimeTrouble("没有这个账户。", "There is no such account.") from error
    if not isinstance(error, Invalid):
        raise RuntimeTrouble(error.detail.zh, error.detail.en) from error
    zh = "；".join(f"{_FIELDS.get(p.loc, p.loc)}：{p.msg.zh}" for p in error.problems)
    en = "; ".join(p.msg.en for p in error.problems)
    raise RuntimeTrouble(f"未登记。{zh}", f"Nothing was changed. {en}") from error


def _password(one_time: bool) -> str:
    """Typed twice without being shown; empty for a one-time password."""
    if one_time:
        return ""
    words = "密码（不显示）· password (not shown)"
    return str(typer.prompt(words, hide_input=True, confirmation_prompt="再输入一次 · once more"))


def _say_once(password: str) -> None:
    if password:
        print(
            f"一次性密码，仅显示这一次，7 日内有效 · one-time password, shown this once, good for 7 days:\n{password}"
        )


@app.command()
def add(
    username: str = typer.Argument(help="The name to sign in with."),
    name: str = typer.Option(..., help="Name of the person."),
    role: list[str] = typer.Option(..., help="A role; may be given several times."),
    id_number: str = typer.Option(
        "",
        envvar="ACCOUNT_ID_NUMBER",
        help="Identity number, asked for when left out; it tells natural persons apart and is not kept.",
    ),
    party: str = typer.Option(
        "", help="Unified social credit code of the party, for applicants and the like."
    ),
    email: str = typer.Option("", help="Mail address."),
    mobile: str = typer.Option("", help="Mobile number."),
    one_time: bool = typer.Option(False, "--one-time", help="Make a one-time password and print it once."),
) -> None:
    """Register an account with its roles."""
    from services import accounts, calendar, limits
    from services.account_checks import Asked

    _known(role)
    id_number = id_number or str(
        typer.prompt("身份证号（不显示）· identity number (not shown)", hide_input=True)
    )
    asked = Asked(username, name, id_number, role, email, mobile, party)
    typed = _password(one_time)
    with _work() as session:
        calendar.seed(session)  # their first version, where there is none yet: nothing can be filed without
        limits.seed(session)
        opened = accounts.register(session, None, asked, typed)
    titles = "、".join(ROLE_TITLES[Role(r)].zh for r in opened.user.roles)
    print(f"已登记 · registered: {opened.user.username}（{opened.user.name}，{titles}）")
    _say_once(opened.password)


def _known(roles: list[str]) -> None:
    unknown = [r for r in roles if r not in set(Role)]
    if unknown:
        every = "、".join(f"{r.value}（{ROLE_TITLES[r].zh}）" for r in Role)
        raise RuntimeTrouble(
            f"没有角色 {'、'.join(unknown)}。可用的角色：{every}",
            f"No role is called {', '.join(unknown)}. Roles: {', '.join(r.value for r in Role)}",
        )


@app.command()
def disable(
    username: str = typer.Argument(help="The account."),
    reason: str = typer.Option(..., help="Why; kept in the audit trail."),
) -> None:
    """Switch an account off: every session ends at once, what it did stays."""
    from services import accounts

    with _work() as session:
        user = accounts.named(session, username)
        accounts.disable(session, None, user.id or 0, reason)
        left = len(accounts.held(session, user))
    print(f"已停用 · disabled: {username}")
    if left:
        print(f"名下仍有 {left} 项待办，请审核负责人改派 · {left} open task(s) to be reassigned")


@app.command()
def enable(
    username: str = typer.Argument(help="The account."),
    reason: str = typer.Option(..., help="Why; kept in the audit trail."),
) -> None:
    """Let a disabled account in again, with the roles it had."""
    from services import accounts

    with _work() as session:
        accounts.enable(session, None, accounts.named(session, username).id or 0, reason)
    print(f"已启用 · enabled: {username}")


@app.command()
def password(
    username: str = typer.Argument(help="The account."),
    reason: str = typer.Option("", help="Why; kept in the audit trail."),
    one_time: bool = typer.Option(False, "--one-time", help="Make a one-time password and print it once."),
) -> None:
    """Set another password; every session of the account ends."""
    from services import accounts

    typed = _password(one_time)
    with _work() as session:
        opened = accounts.reset(session, None, accounts.named(session, username).id or 0, reason, typed)
    print(f"已更换密码 · password changed: {username}")
    _say_once(opened.password)
