"""The first accounts of an empty database, from the command line."""

import os

import pytest
from sqlmodel import Session, select
from typer.testing import CliRunner, Result

from models.tables import AuditEvent, CalendarVersion, LimitSetting, Party, User
from runtime.__main__ import app
from runtime.errors import RuntimeTrouble
from services import people
from services.people import SignedIn
from services.session import reading, transaction

ID = "310199198803060418"
WORDS = "first of all words"


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, database: str) -> None:
    """attach.database() writes the environment of the process; give it back. The database is migrated already."""
    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setattr("runtime.attach.MIGRATE", ["true"])


def run(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, ["account", *words], input=typed)


def account(session: Session, username: str) -> User:
    return session.exec(select(User).where(User.username == username)).one()


def opens(username: str, password: str) -> bool:
    with transaction() as session:
        return isinstance(people.sign_in(session, username, password, ip="10.0.0.7"), SignedIn)


def test_the_first_administrator_types_a_password_that_is_not_shown() -> None:
    done = run("add", "zhang", "--name", "张三", "--role", "admin", typed=f"{ID}\n{WORDS}\n{WORDS}\n")
    assert done.exit_code == 0, done.output
    assert WORDS not in done.output
    assert ID not in done.output
    assert opens("zhang", WORDS)
    with reading() as session:
        assert account(session, "zhang").roles == ["admin"]
        assert session.exec(select(CalendarVersion)).all()
        assert session.exec(select(LimitSetting)).all()
        assert (
            session.exec(select(AuditEvent).where(AuditEvent.event == "account.added")).one().user_id is None
        )


def test_a_one_time_password_is_printed_once() -> None:
    done = run(
        "add",
        "li",
        "--name",
        "李四",
        "--role",
        "supervisor",
        "--one-time",
        "--id-number",
        "310199197911140488",
    )
    assert done.exit_code == 0, done.output
    once = done.output.strip().splitlines()[-1]
    assert opens("li", once)
    changed = run("password", "li", typed=f"{WORDS}\n{WORDS}\n")
    assert changed.exit_code == 0, changed.output
    assert (opens("li", once), opens("li", WORDS)) == (False, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "ZHANG", "--role", "officer"), "已被使用"),
        (("add", "wu", "--role", "emperor"), "没有角色"),
        (("add", "wu", "--role", "applicant"), "所属单位"),
        (("add", "wu", "--role", "applicant", "--party", "91310199MARFNGNQ8F"), "没有代码为"),
        (("disable", "nobody", "--reason", "离职"), "没有这个账户"),
    ],
)
def test_what_cannot_be_is_refused_in_words(words: tuple[str, ...], told: str) -> None:
    with transaction() as session:
        if not session.exec(select(User).where(User.username == "zhang")).first():
            session.add(User(username="zhang", name="张三", person_key="p", roles=["admin"]))
    more = ("--name", "吴", "--id-number", ID, "--one-time") if words[0] == "add" else ()
    done = run(*words, *more)
    assert isinstance(done.exception, RuntimeTrouble)
    assert told in str(done.exception)
    with reading() as session:
        assert session.exec(select(User).where(User.username == "wu")).first() is None


def test_an_account_is_switched_off_and_on() -> None:
    with transaction() as session:
        session.add(Party(key="p-x", name="上海某公司", uscc="91310199MARFNGNQ8F"))
    more = ("--name", "赵", "--id-number", ID, "--party", "91310199MARFNGNQ8F")
    made = run("add", "zhao", "--role", "applicant", *more, typed=f"{WORDS}\n{WORDS}\n")
    assert made.exit_code == 0, made.output
    assert run("disable", "zhao", "--reason", "离职").exit_code == 0
    assert not opens("zhao", WORDS)
    assert run("enable", "zhao", "--reason", "返岗").exit_code == 0
    assert opens("zhao", WORDS)
