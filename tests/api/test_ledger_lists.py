"""Lists of the ledger on screen: every row is reached, what waits stands first, what is refused comes back as typed."""

import re
from typing import Any

import pytest

from api.pages import ledger as ledger_page
from api.pages import ledger_acts, ledger_goods
from models.tables import Party
from services import funds
from services.session import transaction
from tests.api import test_ledger_pages as others

key, town = others.key, others.town


@pytest.mark.rule("M08")
def test_money_and_purchase_that_are_refused_keep_what_was_typed(town: Any) -> None:
    typed = {"nonce": "f1", "to": "SHJG-NOBODY", "yuan": "1,2O0.50", "note": "回单-77", "out": "1"}
    answer = town.exchange.post("/ledger/funds", typed)
    assert answer.status_code == 422
    for said in ("SHJG-NOBODY", "1,2O0.50", "回单-77", "未找到该账户", 'value="1" checked', 'mb-4" open'):
        assert said in answer.text, said
    good = {"to": town.two.number, "yuan": "１，２００．５０", "note": "回单-77"}
    nothing = town.exchange.post("/ledger/funds", good | {"nonce": "f2", "yuan": "0"})
    assert (nothing.status_code, 'id="p-yuan"' in nothing.text) == (422, True)
    assert town.exchange.post("/ledger/funds", good | {"nonce": "f3"}).status_code == 303
    with transaction() as session:
        assert funds.balance(session, town.two.id) == 120_050
    path = f"/ledger/accounts/{town.one.number}/acts/listing"
    town.a.post(path, {"nonce": "f4", "lot": town.lot, "amount_g": "2", "price_fen": "60"})
    offers = town.b.get("/api/v1/ledger/offers").json()["items"]
    number = next(o["number"] for o in offers if o["kind"] == "listing" and o["seller"] == town.one.number)
    buy = {"account": town.two.number}
    half = town.b.post(f"/ledger/offers/{number}/take", buy | {"nonce": "f5", "tonnes": "0.5"})
    assert (half.status_code, 'value="0.5" aria-invalid' in half.text) == (422, True)
    assert (
        town.b.post(f"/ledger/offers/{number}/take", buy | {"nonce": "f6", "tonnes": "１"}).status_code == 303
    )


@pytest.mark.rule("M08")
def test_what_waits_for_an_answer_stands_first_and_every_offer_is_reached(
    town: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_acts, "ROWS", 2)
    path = f"/ledger/accounts/{town.one.number}/acts/transfer"
    for n in range(5):
        offer = {"nonce": f"w{n}", "to": town.two.number, "lot": town.lot, "amount_g": "0.1"}
        assert town.a.post(path, offer).status_code == 303
    numbers = sorted(set(re.findall(r"HZ-\d{4}-\d{6}", "".join(walked(town.b, "/ledger/market", "mine")))))
    assert len(numbers) == 5
    for number in numbers[1:]:
        assert town.b.post(f"/ledger/offers/{number}/accept", {"nonce": "x"}).status_code == 303
    seen, cursor = [], ""
    while cursor is not None:
        told = town.b.get(f"/api/v1/ledger/offers?of=mine&limit=2&cursor={cursor}").json()
        seen, cursor = seen + [o["number"] for o in told["items"]], told["next_cursor"]
    assert seen == [numbers[0], *reversed(numbers[1:])]
    assert town.b.get("/api/v1/ledger/offers?of=accepted").json() == {"items": [], "next_cursor": None}
    assert town.exchange.get("/api/v1/ledger/offers?of=listed&limit=1").status_code == 200
    pages = walked(town.b, "/ledger/market", "mine")
    assert re.findall(r"HZ-\d{4}-\d{6}", pages[0])[0] == numbers[0]
    assert [page.count("确认接收") for page in pages] == [1, 0, 0]


def walked(who: Any, path: str, name: str) -> list[str]:
    """A list of a page, gone through to its end."""
    pages, following = [], path
    while following:
        pages.append(who.get(following).text)
        found = re.search(rf'rel="next" href="({path}\?{name}=[0-9.]+)"', pages[-1])
        following = found[1] if found else ""
        assert len(pages) < 100
    return pages


@pytest.mark.rule("J02")
def test_an_order_that_waits_is_reached_however_many_came_after_it(
    town: Any, browser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_goods, "ROWS", 2)
    monkeypatch.setattr(ledger_goods, "GOODS", 1)
    keeper = browser("merchant")
    for title in ("环保袋", "环保杯"):
        assert (
            keeper.post(
                "/ledger/goods/add", {"title": title, "points": "１", "stock": "9", "nonce": title}
            ).status_code
            == 303
        )
    shelf = "".join(walked(town.resident, "/ledger/goods", "shelf"))
    assert ("环保袋" in shelf, "环保杯" in shelf) == (True, True)
    first = town.resident.get("/api/v1/ledger/goods?limit=1").json()
    second = town.resident.get(f"/api/v1/ledger/goods?limit=1&cursor={first['next_cursor']}").json()
    assert [first["items"][0]["title"], second["items"][0]["title"]] == ["环保杯", "环保袋"]
    number = second["items"][0]["number"]
    want = {"number": number, "account": town.citizen.number, "quantity": "1"}
    for n in range(4):
        assert town.resident.post("/ledger/goods/order", want | {"nonce": f"o{n}"}).status_code == 303
    orders = sorted(set(re.findall(r"DH-\d{4}-\d{6}", "".join(walked(keeper, "/ledger/goods", "sold")))))
    assert len(orders) == 4
    for order in orders[1:]:
        assert keeper.post("/ledger/goods/fulfil", {"number": order}).status_code == 303
    assert re.findall(r"DH-\d{4}-\d{6}", keeper.get("/ledger/goods").text)[0] == orders[0]
    assert len(walked(town.resident, "/ledger/goods", "orders")) == 2


@pytest.mark.rule("M11")
def test_suspended_account_is_read_and_nothing_is_done_with_it(town: Any) -> None:
    with transaction() as session:
        session.get_one(Party, town.citizen.party_id).account_active = False
    page = town.resident.get(f"/ledger/accounts/{town.citizen.number}")
    assert (page.status_code, "账户已停用" in page.text, "acts/donate" in page.text) == (200, True, False)
    path = f"/api/v1/ledger/accounts/{town.citizen.number}"
    for n, (act, body) in enumerate(
        (("convert", {"lot": town.scene, "amount_g": 7}), ("cancel-points", {"points": 5}))
    ):
        answer = town.resident.post(f"{path}/{act}", json=body, headers=key(n))
        assert (act, answer.status_code, "停用" in answer.text) == (act, 409, True)
    assert "账户已停用" not in town.a.get(f"/ledger/accounts/{town.one.number}").text


def test_overview_leads_to_every_lot(town: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_page, "ROWS", 1)
    seen = "".join(walked(town.issuer, "/ledger/overview", "lots"))
    assert (f"/lots/{town.lot}" in seen, f"/lots/{town.scene}" in seen) == (True, True)


def test_statement_is_narrowed_to_a_lot_that_is_all_gone(town: Any) -> None:
    path = f"/api/v1/ledger/accounts/{town.one.number}/cancel"
    body = {"lot": town.lot, "amount_g": 10 * others.TONNE, "purpose": "voluntary"}
    assert town.a.post(path, json=body, headers=key("gone")).status_code == 200
    page = town.a.get(f"/ledger/accounts/{town.one.number}/statement").text
    assert f'<option value="{town.lot}">' in page


@pytest.mark.rule("J04")
def test_every_purpose_that_takes_donations_can_be_chosen(town: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_goods, "ROWS", 2)
    titles = [f"二〇二七年第{n}届低碳长跑" for n in range(5)]
    for title in titles:
        sent = {"title": title, "use": "event", "closes": "2099-01-01", "nonce": title}
        assert town.a.post("/ledger/purposes", sent).status_code == 303
    pages = walked(town.a, "/ledger/purposes", "after")
    assert [title for title in reversed(titles) if any(title in page for page in pages)] == titles[::-1]
    choice = town.resident.get(f"/ledger/accounts/{town.citizen.number}/acts/donate").text
    assert [title for title in titles if f">{title}</option>" in choice] == titles


def test_files_are_in_the_language_of_the_reader(town: Any) -> None:
    english = {"Cookie": f"puhui_session={town.resident.token}; lang=en"}
    path = f"/ledger/accounts/{town.citizen.number}"
    statement = town.resident.get(f"{path}/statement.xlsx", headers=english)
    rows = [[c.value for c in row] for row in others.cells(statement.content)]
    assert rows[1][:4] == ["Time", "Act", "Kind", "Lot"]
    assert {row[1] for row in rows[2:]} == {"Transfer", "Conversion into points"}
    assert "Statement-" in statement.headers["content-disposition"]
    balances = others.cells(town.resident.get(f"{path}/balances.xlsx", headers=english).content)
    assert [row[0].value for row in balances[1:]] == ["Lot", town.scene, "Points"]
    receipts = others.cells(town.resident.get("/my/receipts.xlsx", headers=english).content)
    assert [c.value for c in receipts[1]][:3] == ["When", "Scenario", "Record"]
