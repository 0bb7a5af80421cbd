"""Accounts, offers and messages of others answer a stranger as if they did not exist, at every address (M10)."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from api.app import app
from models.tables import Notification
from services.session import transaction
from tests.api.test_ledger_pages import town  # noqa: F401 - the fixture
from tests.conftest import Browser
from tests.rights import walk
from tests.rights.test_walk import shape

ABOUT = [(m, p) for m, p in walk.routes(app.routes) if re.search(r"/ledger/accounts/{number}", p)]
KEYS = ("transfer", "agreement", "listing", "cancel", "convert", "donate", "cancel_points")


def seen(who: Any, method: str, path: str, number: str, key: str) -> tuple[int, str]:
    """Status and words of an answer, without the number asked about."""
    address = path.replace("{number}", number).replace("{key}", key)
    more: dict[str, Any] = {"headers": {"Idempotency-Key": "stranger-1"}}
    if method != "GET":
        more |= (
            {"json": {}}
            if path.startswith("/api/")
            else {"data": {"amount": "1", "reason": "x", "to": number}}
        )
    answer = who.send(method, address, **more)
    return answer.status_code, shape(answer, address).replace(number, "…")


@pytest.mark.rule("M10")
@pytest.mark.parametrize(("method", "path"), ABOUT, ids=str)
def test_an_account_of_another_party_is_not_there(town: Any, method: str, path: str) -> None:  # noqa: F811
    real = town.one.number
    missing = real[:-4] + ("0000" if real[-4:] != "0000" else "0001")
    wrong = []
    for name in ("b", "resident", "stranger"):
        who = getattr(town, name)
        for key in KEYS if "{key}" in path else ("",):
            there, nowhere = (seen(who, method, path, n, key) for n in (real, missing))
            if there != nowhere or there[0] < 400:
                wrong.append((name, key, there[0], nowhere[0]))
    assert wrong == []


def test_every_address_about_an_account_is_asked() -> None:
    assert len(ABOUT) > 12


@pytest.mark.rule("M10")
def test_a_message_to_another_person_is_not_there(browser: Callable[..., Browser]) -> None:
    mine, other = browser("applicant"), browser("applicant")
    with transaction() as session:
        row = Notification(
            user_id=mine.user.id, kind="x", dedupe=f"x{mine.user.id}", text_zh="仅本人可见", text_en="mine"
        )
        session.add(row)
        session.flush()
        number = row.id
    there, nowhere = (other.post(f"/notifications/{n}/open") for n in (number, 999_999))
    assert (there.status_code, shape(there, "x")) == (404, shape(nowhere, "x").replace("999999", str(number)))
    assert "仅本人可见" not in other.get("/notifications").text
    assert mine.post(f"/notifications/{number}/open").status_code == 303
