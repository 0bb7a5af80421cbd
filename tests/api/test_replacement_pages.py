"""What a correction left owed, on screen and through the API: seen by who owes and by the office, met by who owes."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from models.tables import ReplacementDuty
from services.session import reading, transaction
from tests import factories
from tests.services.test_replaced_by_cancelling import owing


@pytest.fixture
def town(browser: Callable[..., Any]) -> SimpleNamespace:
    with transaction() as session:
        debt, other = owing(session, 2_000_000, 5_000_000), owing(session, 2_000_000, 5_000_000)
        lonely = factories.user(session, "applicant")
    return SimpleNamespace(
        debt=debt, other=other, a=browser(user=debt.user), b=browser(user=other.user),
        lonely=browser(user=lonely), issuer=browser("issuer"), officer=browser("officer"),
    )  # fmt: skip


def settled(town: Any) -> int:
    with reading() as session:
        return session.get_one(ReplacementDuty, town.debt.row.id).settled_g


@pytest.mark.rule("G27")
def test_who_owes_sees_it_and_replaces_it_on_screen(town: Any) -> None:
    home = f"/ledger/accounts/{town.debt.account.number}"
    page = town.a.get(home).text
    assert "应补足的减排量" in page
    assert town.debt.row.lot_number in page
    form = f"{home}/acts/replace"
    assert f"{form}?duty={town.debt.row.id}" in page
    shown = town.a.get(f"{form}?duty={town.debt.row.id}").text
    assert f'<option value="{town.debt.row.id}" selected' in shown
    nonce = re.search(r'name="nonce" value="(\w+)"', shown)[1]  # type: ignore[index]
    typed = {"nonce": nonce, "duty": str(town.debt.row.id), "lot": town.debt.lot.number, "amount_g": "2.5"}
    refused = town.a.post(form, typed)
    assert refused.status_code == 422
    assert "不可撤销" in refused.text
    more = town.a.post(form, typed | {"sure": "1"})
    assert more.status_code == 422
    assert "尚需补足 2 吨" in more.text
    assert 'value="2.5"' in more.text
    wrong = town.a.post(form, typed | {"sure": "1", "duty": str(town.other.row.id), "amount_g": "1"})
    assert (wrong.status_code, settled(town)) == (422, 0)
    good = typed | {"sure": "1", "amount_g": "2"}
    where = {town.a.post(form, good).headers["location"] for _ in range(2)}
    assert len(where) == 1
    after = town.a.get(where.pop()).text
    assert "SHPH-ZX-" in after
    assert "已补足" in after
    assert form not in after
    assert settled(town) == 2_000_000


@pytest.mark.rule("G27")
def test_program_replaces_once_and_reads_what_is_owed(town: Any) -> None:
    path = f"/api/v1/ledger/accounts/{town.debt.account.number}"
    (owed,) = town.a.get(path).json()["duties"]
    assert (owed["grams"], owed["left_g"], owed["state"]) == (2_000_000, 2_000_000, "open")
    body = {"duty": owed["id"], "lot": town.debt.lot.number, "amount_g": 500_000}
    head = {"Idempotency-Key": "replace-once"}
    first, again = (town.a.post(f"{path}/replace", json=body, headers=head) for _ in range(2))
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert first.json()["facts"]["purpose"] == "replacement"
    assert settled(town) == 500_000
    plain = {"lot": town.debt.lot.number, "amount_g": 1, "purpose": "replacement"}
    refused = town.a.post(f"{path}/cancel", json=plain, headers={"Idempotency-Key": "no-duty-named"})
    assert refused.status_code == 422
    head = {"Idempotency-Key": "somebody-else"}
    assert town.b.post(f"{path}/replace", json=body, headers=head).status_code == 404
    theirs = f"/api/v1/ledger/accounts/{town.other.account.number}"
    assert town.b.post(f"{theirs}/replace", json=body, headers=head).status_code == 422
    assert settled(town) == 500_000


@pytest.mark.rule("G27", "M10")
def test_office_sees_who_owes_and_others_see_nothing(town: Any) -> None:
    page = town.issuer.get("/ledger/overview").text
    assert town.debt.row.lot_number in page
    assert town.debt.party.name in page
    told = town.issuer.get("/api/v1/ledger/overview").json()["duties"]
    assert {town.debt.row.id, town.other.row.id} <= {d["id"] for d in told}
    watched = town.issuer.get(f"/ledger/accounts/{town.debt.account.number}").text
    assert town.debt.row.lot_number in watched
    assert "acts/replace" not in watched
    assert town.debt.row.lot_number not in town.b.get(f"/ledger/accounts/{town.other.account.number}").text
    assert town.officer.get("/ledger/overview").status_code == 403


def test_account_that_owes_nothing_is_offered_nothing(town: Any) -> None:
    where = town.lonely.post("/ledger/open").headers["location"]
    page = town.lonely.get(where).text
    assert "acts/replace" not in page
    assert "应补足" not in page
    form = town.lonely.get(f"{where}/acts/replace")
    assert form.status_code == 200
    assert "没有应补足的减排量" in form.text
    assert "<form class" not in form.text


@pytest.mark.rule("G27")
def test_who_owes_and_has_nothing_available_is_told_what_to_do(browser: Callable[..., Any]) -> None:
    with transaction() as session:
        debt = owing(session, 2_000_000, 0)
    who, home = browser(user=debt.user), f"/ledger/accounts/{debt.account.number}"
    for page in (who.get(home).text, who.get(f"{home}/acts/replace?duty={debt.row.id}").text):
        assert ("暂不能注销抵补" in page, "/ledger/market" in page, 'name="lot"' in page) == (
            True,
            True,
            False,
        )
        assert f'href="{home}/acts/replace' not in page
    late = who.post(f"{home}/acts/replace", {"duty": str(debt.row.id), "amount_g": "1.5", "sure": "1"})
    assert (late.status_code, 'value="1.5"' in late.text) == (422, True)
