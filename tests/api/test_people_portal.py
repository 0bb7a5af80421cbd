"""Signing in at a portal, against a small real OpenID Connect provider."""

import time
from collections.abc import Iterator

import httpx
import pytest
from fastapi.responses import HTMLResponse

from models.tables import User
from services import oidc
from services.session import reading, transaction
from tests import factories
from tests.api.provider import CLIENT, SECRET, Provider, running
from tests.conftest import environment


@pytest.fixture(scope="module")
def portal(database: str) -> Iterator[Provider]:
    with (
        running() as provider,
        environment(
            OIDC_ISSUER=provider.address,
            OIDC_CLIENT_ID=CLIENT,
            OIDC_CLIENT_SECRET=SECRET,
            PUBLIC_URL="http://testserver",
        ),
    ):
        yield provider


@pytest.fixture
def person(portal: Provider) -> User:
    """A user the portal will name; the provider is honest again."""
    with transaction() as session:
        user = factories.user(session, "officer")
    portal.subject, portal.lie, portal.foreign_key, portal.denies = (
        f"subject-of-{user.username}",
        {},
        False,
        False,
    )
    portal.claims = {"preferred_username": user.username, "name": user.name}
    portal.odd = {}
    oidc._known.clear()
    return user


def go(client) -> str:
    """Start at our page, pass the provider; the address it sends the browser back to."""
    client.cookies.clear()
    start = client.get("/login/portal?next=/account")
    assert start.status_code == 303
    back = httpx.get(start.headers["location"], follow_redirects=False)
    assert back.status_code == 302
    return back.headers["location"].removeprefix("http://testserver")


def test_sign_in_page_names_the_portal(client, person: User) -> None:
    assert "使用一网通办登录" in client.get("/login").text


def test_named_account_signs_in_and_is_bound_to_the_identity(client, person: User, portal: Provider) -> None:
    answer = client.get(go(client))
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert person.name in client.get("/account").text
    with reading() as session:
        assert session.get_one(User, person.id).oidc_subject == portal.subject


def test_bound_identity_signs_in_whatever_name_it_brings(client, person: User, portal: Provider) -> None:
    client.get(go(client))
    portal.claims = {"preferred_username": "renamed"}
    assert client.get(go(client)).status_code == 303


def test_bound_account_is_not_given_to_another_identity(client, person: User, portal: Provider) -> None:
    client.get(go(client))
    portal.subject = "somebody-else"
    answer = client.get(go(client))
    assert answer.status_code == 403
    assert client.get("/account").status_code == 303


def test_unknown_person_gets_a_clear_page(client, person: User, portal: Provider) -> None:
    portal.subject, portal.claims = "new", {"preferred_username": "nobody-here", "name": "赵六"}
    answer = client.get(go(client))
    assert answer.status_code == 403
    assert "尚未开通账户" in answer.text
    assert "赵六" in answer.text


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "another"},
        {"aud": "another-client"},
        {"iss": "http://evil.example"},
        {"exp": int(time.time()) - 3600},
        {"sub": ""},
    ],
)
def test_token_that_lies_is_refused(client, person: User, portal: Provider, lie: dict[str, object]) -> None:
    portal.lie = lie
    answer = client.get(go(client))
    assert answer.status_code == 401
    assert "未通过校验" in answer.text


def test_token_signed_by_another_key_is_refused(client, person: User, portal: Provider) -> None:
    portal.foreign_key = True
    assert client.get(go(client)).status_code == 401


@pytest.mark.parametrize(
    "odd",
    [
        {"token": ["no token"]},
        {"token": "words"},
        {"token": HTMLResponse("<p>busy</p>")},
        {"token": {"access_token": "at", "token_type": "Bearer", "id_token": 5}},
        {"keys": ["no keys"]},
        {"keys": {"keys": "none"}},
        {"keys": {"keys": [{"kty": "RSA"}]}},
        {"keys": {"set": []}},
    ],
)
def test_portal_that_talks_nonsense_signs_nobody_in(client, person: User, portal: Provider, odd) -> None:
    portal.odd = odd
    answer = client.get(go(client))
    assert answer.status_code == 401
    assert "统一身份认证平台" in answer.text


@pytest.mark.parametrize("odd", [["none"], {"issuer": "http://evil.example"}, HTMLResponse("<p>busy</p>")])
def test_portal_that_says_nothing_of_itself_is_told_on_the_sign_in_page(
    client, person: User, portal: Provider, odd
) -> None:
    portal.odd = {"discovery": odd}
    answer = client.get("/login/portal")
    assert answer.status_code in (401, 503)
    assert "统一身份认证平台" in answer.text


def test_portal_without_its_addresses_is_refused(client, person: User, portal: Provider) -> None:
    portal.odd = {"discovery": {"issuer": portal.address}}
    assert client.get("/login/portal").status_code in (401, 503)


def test_call_back_with_another_state_is_refused(client, person: User) -> None:
    where = go(client)
    assert client.get(where.replace("state=", "state=x")).status_code == 401


@pytest.mark.parametrize("answered", ["state=é&code=1", "code=1", "state=&error=x"])
def test_call_back_with_an_odd_answer_is_refused(client, person: User, answered: str) -> None:
    where = go(client).partition("?")[0]
    assert client.get(f"{where}?{answered}").status_code == 401


def test_call_back_in_another_browser_is_refused(client, person: User) -> None:
    where = go(client)
    client.cookies.clear()
    assert client.get(where).status_code == 401


def test_code_works_once(client, person: User) -> None:
    where = go(client)
    pending = client.cookies["puhui_oidc"]
    assert client.get(where).status_code == 303
    again = client.get(where, headers={"Cookie": f"puhui_oidc={pending}"})
    assert again.status_code == 401


def test_refusal_at_the_portal_leads_back_to_the_sign_in_page(client, person: User, portal: Provider) -> None:
    portal.denies = True
    answer = client.get(go(client))
    assert answer.status_code == 401
    assert "未确认本次登录" in answer.text


def test_portal_that_is_away_is_told_in_plain_words(client, portal: Provider) -> None:
    with environment(OIDC_ISSUER="http://127.0.0.1:1"):
        answer = client.get("/login/portal")
    assert answer.status_code == 401
    assert "暂时无法访问" in answer.text
