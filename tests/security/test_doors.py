"""Cookies, sessions, forged requests, frames and guesses: what every door of the house has in common."""

import re
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import argon2
import pytest
import yaml
from pwdlib import PasswordHash

from api.app import app
from models.tables import SignInAttempt
from services import guesses, people
from services.session import transaction
from tests import factories
from tests import public_rows as rows
from tests.api import case_world
from tests.conftest import Browser, environment
from tests.rights import walk

SignIn = Callable[..., Browser]
ROUTES = list(walk.routes(app.routes))
CHANGING = [(m, p) for m, p in ROUTES if m not in {"GET", "HEAD", "OPTIONS"}]
NOTHING = "00000000-0000-4000-8000-000000000000"
#: A sign-in, a public objection and a check of a certificate are made without a session.
OPEN_DOORS = {"/login", "/api/v1/auth/token", "/verify"}
#: What browsers send with a form of another site, newer ones and older ones.
FOREIGN = ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"})


def address(path: str) -> str:
    return re.sub(r"{[^}]+}", lambda m: NOTHING if "task_id" in m.group() else "1", path)


# ---- forged requests -----------------------------------------------------------------------------


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_no_door_takes_a_change_from_another_site(browser: SignIn, headers: dict[str, str]) -> None:
    someone = browser("admin", "officer", "applicant")
    let_in = {
        f"{m} {p}": answer.status_code
        for m, p in CHANGING
        if (answer := someone.send(m, address(p), headers=headers)).status_code != 403
    }
    assert let_in == {}
    nobody = {
        f"{m} {p}": answer.status_code
        for m, p in CHANGING
        if (answer := someone.client.request(m, address(p), headers=headers)).status_code != 403
    }
    assert nobody == {}


@pytest.mark.parametrize("headers", [
    {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "x"}, {"Origin": "null"}, {"Origin": "https://testserver.evil.example"}, {"Origin": ""},
], ids=str)  # fmt: skip
def test_what_is_not_from_here_is_foreign(browser: SignIn, headers: dict[str, str]) -> None:
    assert browser("officer").post("/notifications/read", headers=headers).status_code == 403


def test_no_door_takes_a_change_with_the_token_of_another_session(browser: SignIn) -> None:
    someone = browser("admin", "officer", "applicant")
    someone.csrf = browser("officer").csrf
    let_in = {
        f"{m} {p}": answer.status_code
        for m, p in CHANGING
        if (answer := someone.send(m, address(p))).status_code != 403
    }
    assert let_in == {}


def test_nothing_changes_by_following_a_link(browser: SignIn) -> None:
    """A GET keeps nothing but the language: sign-out, deletions and decisions are posts."""
    words = (
        "delete",
        "remove",
        "revoke",
        "logout",
        "submit",
        "confirm",
        "cancel",
        "claim",
        "activate",
        "read",
        "open",
    )
    acting = [p for m, p in ROUTES if m == "GET" and p.rsplit("/", 1)[-1] in words]
    assert acting == []


# ---- sessions and cookies ------------------------------------------------------------------------


def cookies(answer: Any) -> dict[str, str]:
    return {v.split("=", 1)[0]: v for k, v in answer.headers.multi_items() if k == "set-cookie"}


def signed_in(client: Any, csrf: str = "", **headers: str) -> Any:
    with transaction() as session:
        name = factories.user(session, "officer").username
    typed = {"username": name, "password": factories.PASSWORD, "csrf": csrf}
    return client.post("/login", data=typed, headers=headers)


def token_of(answer: Any) -> str:
    return cookies(answer)["puhui_session"].split("=", 1)[1].split(";", 1)[0]


def test_a_session_given_by_a_stranger_is_not_taken_over(client: Any, browser: SignIn) -> None:
    chosen = "x" * 43
    answer = signed_in(client, Cookie=f"puhui_session={chosen}")
    client.cookies.clear()
    assert token_of(answer) != chosen
    for token, status in ((chosen, 303), (token_of(answer), 200)):
        assert client.get("/account", headers={"Cookie": f"puhui_session={token}"}).status_code == status


def test_the_session_before_a_sign_in_ends_with_it(client: Any, browser: SignIn) -> None:
    before = browser("officer")
    answer = signed_in(client, before.csrf, Cookie=f"puhui_session={before.token}")
    client.cookies.clear()
    assert token_of(answer) != before.token
    assert before.get("/account").status_code == 303


def test_a_token_signed_out_opens_nothing_any_more(browser: SignIn) -> None:
    someone = browser("officer")
    assert someone.post("/logout").status_code == 303
    assert someone.get("/account").status_code == 303
    assert someone.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("by", ["/account/end-others", "/account/password"])
def test_signing_out_everywhere_and_a_new_password_leave_only_the_session_at_hand(
    client: Any, browser: SignIn, by: str
) -> None:
    """Browsers and tokens of programs alike."""
    here = browser("officer")
    there = browser(user=here.user)
    with transaction() as session:
        program = people.open_session(session, here.user, ip="", kind="api").token
    bearer = {"Authorization": f"Bearer {program}"}
    assert client.get("/api/v1/me", headers=bearer).status_code == 200
    new = "another good password"
    assert here.post(by, {"old": factories.PASSWORD, "new": new, "again": new}).status_code == 303
    assert there.get("/account").status_code == 303
    assert client.get("/api/v1/me", headers=bearer).status_code == 401
    assert here.get("/account").status_code == 200


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example"]
)
def test_no_address_given_along_leads_to_another_site(browser: SignIn, target: str) -> None:
    someone = browser("officer")
    asked = {
        "/lang/en": someone.get("/lang/en", params={"next": target}),
        "/login": someone.get("/login", params={"next": target}),
        "/help": someone.get("/help", params={"at": target}),
    }
    for path, answer in asked.items():
        assert answer.status_code == 303, path
        assert re.fullmatch(r"/[a-z]+(/[a-z]+)?(#[a-z]+)?", answer.headers["location"]), path
    refused = someone.post("/account/end-others", headers={"X-CSRF-Token": "stale", "Referer": target})
    assert refused.status_code == 403
    assert "evil.example" not in refused.text


def test_cookies_are_guarded_and_secure_behind_https(client: Any) -> None:
    with environment(COOKIE_SECURE="true"):
        found = cookies(signed_in(client))
    assert set(found) == {"puhui_session", "lang"}
    for name, cookie in found.items():
        flags = cookie.lower()
        assert "samesite=lax" in flags, name
        assert "secure" in flags, name
        assert "domain=" not in flags, name
    assert "httponly" in found["puhui_session"].lower()
    assert "max-age" not in found["puhui_session"].lower()


def test_tokens_are_long_and_only_their_hash_is_kept(browser: SignIn) -> None:
    tokens = {browser("officer").token for _ in range(3)}
    assert len(tokens) == 3
    assert all(len(t) >= 43 and people.token_hash(t) != t for t in tokens)


# ---- headers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["", "admin"])
def test_every_answer_refuses_frames_scripts_of_others_and_sniffing(
    client: Any, browser: SignIn, role: str
) -> None:
    ask = browser(role).get if role else client.get
    wrong = []
    for method, path in ROUTES:
        if method != "GET" or path.endswith("/events"):
            continue
        answer = ask(address(path))
        policy = answer.headers["content-security-policy"]
        good = (
            "unsafe" not in policy
            and all(f"{d} 'none'" in policy for d in ("frame-ancestors", "object-src", "base-uri"))
            and "form-action 'self'" in policy
            and answer.headers["x-frame-options"] == "DENY"
            and answer.headers["x-content-type-options"] == "nosniff"
            and "server" not in answer.headers
            and "access-control-allow-origin" not in answer.headers
        )
        if not good or (answer.status_code >= 500 and path != "/readyz"):
            wrong.append((path, answer.status_code, dict(answer.headers)))
    assert wrong == []


def test_pages_of_a_person_are_kept_by_no_cache(browser: SignIn) -> None:
    someone = browser("officer")
    for path in ("/home", "/tasks", "/account", "/api/v1/me", "/api/v1/tasks", "/tasks/export.csv"):
        assert "no-store" in someone.get(path).headers.get("cache-control", ""), path


def test_files_of_a_person_are_kept_by_no_cache_either(browser: SignIn) -> None:
    """A paper and a letter hold what the page about them holds."""
    with transaction() as session:
        person = case_world.filer(session)
    filer, officer = browser(user=person), browser("officer")
    no = case_world.filed(filer)
    number = filer.get(f"/api/v1/cases/{no}/attachments").json()[0]["id"]
    for path in (f"/cases/{no}/materials/{number}", f"/api/v1/cases/{no}/attachments/{number}"):
        for who in (filer, officer):
            answer = who.get(path)
            assert answer.status_code == 200, path
            assert "no-store" in answer.headers["cache-control"], path


def test_nothing_but_what_is_public_may_be_kept_by_a_cache() -> None:
    """Where an answer says something of caches, it is one of the few that everybody gets, or says no-store."""
    api = Path(__file__).parents[2] / "api"
    kept = {
        file.relative_to(api).as_posix()
        for file in api.rglob("*.py")
        for line in file.read_text().splitlines()
        if "Cache-Control" in line and "no-store" not in line
    }
    assert kept == {"app.py", "pages/handbook.py", "pages/public.py"}


# ---- guesses -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/login", "/api/v1/auth/token"])
def test_guessing_passwords_is_stopped_by_account_and_by_address(client: Any, path: str) -> None:
    def guess(name: str) -> int:
        """From another address each time, as the client claims."""
        headers = {"X-Forwarded-For": f"203.0.113.{secrets.randbelow(250)}"}
        typed = {"username": name, "password": "wrong"}
        return int(client.post(path, data=typed, headers=headers).status_code)

    def before(name: str, ip: str, times: int) -> None:
        with transaction() as session:
            session.add_all(SignInAttempt(username=name, ip=ip) for _ in range(times))

    before("one-name", "198.51.100.7", guesses.TRIES_BEFORE_LOCK - 1)
    assert [guess("one-name"), guess("one-name"), guess("another")] == [429, 429, 401]
    before("many-names", "testclient", guesses.TRIES_BY_ADDRESS)
    assert guess("yet-another") == 429
    with transaction() as session:
        session.connection().exec_driver_sql("delete from sign_in_attempt")


def _guess_at_once(name: str) -> list[bool]:
    """Ten tries in the same instant: which were told that the account is locked."""

    def guess(number: int) -> bool:
        with transaction() as session:
            answer = people.sign_in(session, name, "wrong", ip=f"203.0.113.{number}")
        assert isinstance(answer, people.Refused)
        return answer.locked

    with ThreadPoolExecutor(10) as pool:
        return sorted(pool.map(guess, range(10)))


def test_tries_of_one_instant_do_not_tell_who_has_an_account(database: str) -> None:
    with transaction() as session:
        name = factories.user(session, "officer").username
    locked = [False] * (guesses.TRIES_BEFORE_LOCK - 1) + [True] * 6
    assert _guess_at_once(name) == _guess_at_once("nobody-in-an-instant") == locked


def test_crowd_at_the_sign_in_takes_neither_the_memory_nor_the_connections(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each password looked at takes 64 MB: of a thousand sent at once only a few are looked at, others are told to wait."""
    monkeypatch.setattr(guesses, "PATIENCE", 0.1)
    typed = {"username": "nobody", "password": "wrong"}
    with ExitStack() as inside:
        for _ in range(guesses.AT_ONCE):
            inside.enter_context(guesses.door())
        for path in ("/login", "/api/v1/auth/token"):
            assert client.post(path, data=typed).status_code == 429, path
        assert "当前登录人数过多" in client.post("/login", data=typed).text
        assert client.get("/").status_code == 200
    assert client.post("/login", data=typed).status_code == 401
    compose = yaml.safe_load((Path(__file__).parents[2] / "docker-compose.yml").read_text())
    limit = compose["services"]["web"]["deploy"]["resources"]["limits"]["memory"]
    assert limit == "1G"
    assert guesses.AT_ONCE * argon2.DEFAULT_MEMORY_COST * 1024 <= 2**30 // 4


def test_a_password_is_hashed_slowly(slow_hasher: PasswordHash) -> None:
    """argon2id, with at least the 46 MB that OWASP asks for where one round is made."""
    kept = argon2.extract_parameters(slow_hasher.hash("correct horse battery"))
    assert kept.type is argon2.Type.ID
    assert kept.memory_cost >= 46 * 1024
    assert kept.salt_len >= 16


@pytest.mark.parametrize("how", ["json", "page"])
def test_flooding_a_notice_with_objections_is_stopped(client: Any, how: str) -> None:
    with transaction() as session:
        notice = rows.a_notice(session).id
    said = {
        "topics": ["data"],
        "content": "现场安装的组件数量与公示不一致，请核实设备清单。",
        "contact": "zhang@example.com",
    }
    answers = [
        client.post(f"/api/v1/public/notices/{notice}/objections", json=said)
        if how == "json"
        else client.post(f"/notices/{notice}/objections", data=said)
        for _ in range(7)
    ]
    assert [a.status_code for a in answers[-2:]] == [429, 429]
    assert answers[0].status_code in {201, 303}


def test_the_proxy_tells_whose_address_it_is_and_nobody_else_does() -> None:
    """nginx overwrites what a client claims; otherwise a limit by address would be no limit."""
    text = (Path(__file__).parents[2] / "deploy" / "nginx.conf").read_text()
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    assert "proxy_add_x_forwarded_for" not in text
    assert "Strict-Transport-Security" in text
    assert "location /metrics { return 404; }" in text
