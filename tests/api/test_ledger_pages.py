"""The ledger on screen and through the API: read, act once, check a certificate, export."""

import io
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from docx import Document
from openpyxl import load_workbook

from models.tables import EtsUnit
from runtime import ledger_storm
from services import funds, ledger, ledger_posting, points
from services.access import actor_of
from services.session import transaction
from tests import factories

TONNE = 1_000_000


def key(n: object) -> dict[str, str]:
    return {"Idempotency-Key": f"test-key-{n}"}


@pytest.fixture
def town(browser: Callable[..., Any]) -> SimpleNamespace:
    """A firm with ten tonnes of class I, another firm, a citizen with points, the exchange, the issuer."""
    with transaction() as session:
        ground = ledger_storm.lay(session, 1, grams=10 * TONNE)
        firms = [
            factories.party(session, account_no=None, name=f"=上海示例{n}公司{ground.key[:6]}")
            for n in "甲乙"
        ]
        one, two = (ledger.open_account(session, None, p) for p in firms)
        users = [factories.user(session, "applicant", party=p) for p in firms]
        ledger.transfer(
            session, None, key=f"{ground.key}/x", lot=ground.lot, source=ground.accounts[0], target=one,
            amount=10 * TONNE, reason="=cmd()",
        )  # fmt: skip
        scene = ledger_storm.lay(session, 1, grams=TONNE, kind="scenario", method_class="II")
        person = factories.party(session, kind="person", name="李四光", account_no=None)
        citizen = ledger.open_account(session, None, person)
        resident = factories.user(session, "resident", party=person)
        ledger.transfer(
            session,
            None,
            key=f"{scene.key}/x",
            lot=scene.lot,
            source=scene.accounts[0],
            target=citizen,
            amount=TONNE,
        )
        points.convert(
            session, actor_of(resident), key=f"{scene.key}/c", account=citizen, lot=scene.lot, amount=5000
        )
    return SimpleNamespace(
        lot=ground.lot.number, scene=scene.lot.number, one=one, two=two, citizen=citizen, firms=firms,
        a=browser(user=users[0]), b=browser(user=users[1]), resident=browser(user=resident),
        exchange=browser("exchange"), issuer=browser("issuer"), stranger=browser("applicant"),
    )  # fmt: skip


def cells(content: bytes) -> list[list[Any]]:
    return [list(row) for row in load_workbook(io.BytesIO(content)).active.iter_rows()]  # type: ignore[union-attr]


@pytest.mark.rule("M11")
def test_account_is_read_by_its_holder_and_those_who_watch(town: Any) -> None:
    path = f"/ledger/accounts/{town.one.number}"
    for who, status in (
        (town.a, 200),
        (town.issuer, 200),
        (town.exchange, 200),
        (town.b, 404),
        (town.stranger, 404),
    ):
        for address in (path, f"/api/v1{path}", f"{path}/statement", f"{path}/balances.xlsx"):
            assert who.get(address).status_code == status, address
    page = town.a.get(path).text
    assert town.lot in page
    assert "10 t" in page
    told = town.a.get(f"/api/v1{path}").json()
    assert (told["reductions_g"], told["holdings"][0]["method_class"]) == (10 * TONNE, "I")
    assert town.a.get("/ledger").headers["location"] == path
    assert town.a.get("/api/v1/ledger/accounts").json()["items"][0]["number"] == town.one.number


def test_account_is_opened_once_on_screen(town: Any) -> None:
    assert "开立账户" in town.stranger.get("/ledger").text
    first = town.stranger.post("/ledger/open").headers["location"]
    assert town.stranger.post("/ledger/open").headers["location"] == first
    assert town.stranger.get(first).status_code == 200


@pytest.mark.rule("M06", "M11")
def test_statement_runs_on_filters_and_pages(town: Any) -> None:
    path = f"/api/v1/ledger/accounts/{town.one.number}"
    for n in range(3):
        body = {"lot": town.lot, "amount_g": 10, "purpose": "operations"}
        assert town.a.post(f"{path}/cancel", json=body, headers=key(n)).status_code == 200
    whole = town.a.get(f"{path}/statement").json()["items"]
    assert [m["balance_g"] for m in whole] == [10 * TONNE - 30, 10 * TONNE - 20, 10 * TONNE - 10, 10 * TONNE]
    assert whole[0]["counter_account"] == "cancelled"
    assert whole[0]["code"]
    seen, cursor = [], ""
    while True:
        part = town.a.get(f"{path}/statement?limit=1&cursor={cursor}").json()
        seen += part["items"]
        cursor = part["next_cursor"]
        if not cursor:
            break
    assert seen == whole
    assert len(town.a.get(f"{path}/statement?kind=cancel").json()["items"]) == 3
    assert town.a.get(f"{path}/statement?lot=PT").json()["items"] == []
    assert town.a.get(f"{path}/statement?until=2020-01-01").json()["items"] == []
    assert town.a.get(f"{path}/statement?cursor=nonsense").status_code == 404
    assert town.a.get(f"/ledger/accounts/{town.one.number}/statement?kind=cancel").text.count("SHPH-ZX-") == 3


@pytest.mark.parametrize(
    ("typed", "status"), [("1 吨", 303), ("１．２５ t", 303), ("1,5", 422), ("1 kg", 422)]
)
def test_tonnes_are_taken_with_their_unit_and_nothing_is_guessed(town: Any, typed: str, status: int) -> None:
    path = f"/ledger/accounts/{town.one.number}/acts/cancel"
    form = {"nonce": f"unit{typed}", "lot": town.lot, "amount_g": typed, "purpose": "voluntary", "sure": "1"}
    assert town.a.post(path, form).status_code == status


@pytest.mark.rule("J03", "M09")
def test_cancelling_on_screen_is_confirmed_and_certified(town: Any, client: Any) -> None:
    path = f"/ledger/accounts/{town.one.number}/acts/cancel"
    nonce = re.search(r'name="nonce" value="(\w+)"', town.a.get(path).text)[1]  # type: ignore[index]
    typed = {
        "nonce": nonce,
        "lot": town.lot,
        "amount_g": "1.25",
        "purpose": "event",
        "beneficiary": "城市马拉松",
    }
    refused = town.a.post(path, typed)
    assert refused.status_code == 422
    assert 'value="1.25"' in refused.text
    assert "不可撤销" in refused.text
    done = {town.a.post(path, typed | {"sure": "1"}).headers["location"] for _ in range(2)}
    assert len(done) == 1
    code = re.search(r"<code>(\w{16})</code>", town.a.get(done.pop()).text)[1]  # type: ignore[index]
    for address in (f"/verify?code={code}", f"/verify/{code.lower()}"):
        page = client.get(address)
        assert page.status_code == 200
        assert "1.25 吨" in page.text
        assert "城市马拉松" in page.text
    told = client.get(f"/api/v1/public/certificates/{code}").json()
    assert (told["kind"], told["facts"]["amount_g"]) == ("cancellation", "1250000")
    paper = Document(io.BytesIO(client.get(f"/verify/{code}/certificate.docx").content))
    assert any(code in p.text for p in paper.paragraphs)
    assert paper.paragraphs[-2].text == "上海市减污降碳管理运行技术中心"
    assert len(paper.inline_shapes) == 1  # the address as a QR code, as in the page
    assert 'src="data:image/svg+xml' in client.get(f"/verify/{code}").text
    assert client.get("/verify/ABCDEFGHJKLMNPQR").status_code == 404


@pytest.mark.rule("M07")
def test_compliance_is_for_class_one_and_quota_managed_units(town: Any) -> None:
    path = f"/api/v1/ledger/accounts/{town.one.number}/cancel"
    body = {"lot": town.lot, "amount_g": 5, "purpose": "compliance"}
    refused = town.a.post(path, json=body, headers=key("ets"))
    assert refused.status_code == 409
    assert "配额管理" in refused.json()["detail"]
    with transaction() as session:
        party = session.merge(town.firms[0])
        party.uscc = f"91310000TEST{town.one.id:06d}"
        session.add(EtsUnit(name=party.name, uscc=party.uscc, site="", scope="shanghai", year=2026))
    assert town.a.post(path, json=body, headers=key("ets")).status_code == 200


def test_acts_without_a_key_or_with_a_used_one_are_refused(town: Any) -> None:
    path = f"/api/v1/ledger/accounts/{town.one.number}/cancel"
    body = {"lot": town.lot, "amount_g": 5, "purpose": "voluntary"}
    assert town.a.post(path, json=body).status_code == 422
    one, two = (town.a.post(path, json=body, headers=key("same")).json()["act_id"] for _ in range(2))
    assert one == two
    assert town.a.post(path, json=body | {"amount_g": 6}, headers=key("same")).status_code == 409
    assert town.a.post(path, json=body | {"amount_g": 1.5}, headers=key("z")).status_code == 422
    assert (
        town.a.post(path, json=body | {"lot": "none"}, headers=key("z")).json()["errors"][0]["loc"] == "lot"
    )
    assert town.b.post(path, json=body, headers=key("z")).status_code == 404
    assert town.issuer.post(path, json=body, headers=key("z")).status_code == 404


@pytest.mark.rule("M08", "M11")
def test_transfer_and_trade_on_screen(town: Any) -> None:
    path = f"/ledger/accounts/{town.one.number}/acts"
    typed = {"nonce": "n1", "to": town.two.number, "lot": town.lot, "amount_g": "0.000005"}
    offered = town.a.post(f"{path}/transfer", typed).headers["location"]
    assert "待对方确认；确认前该数量冻结" in town.a.get(offered).text
    number = re.search(r"HZ-\d{4}-\d{6}", town.b.get("/ledger/market").text)[0]  # type: ignore[index]
    accepted = town.b.post(f"/ledger/offers/{number}/accept", {"nonce": "n2"})
    assert "已接收，减排量已划入您的账户" in town.b.get(accepted.headers["location"]).text
    assert town.b.get(f"/api/v1/ledger/accounts/{town.two.number}").json()["reductions_g"] == 5
    town.a.post(f"{path}/listing", {"nonce": "n3", "lot": town.lot, "amount_g": "2", "price_fen": "60.50"})
    offers = town.b.get("/api/v1/ledger/offers").json()["items"]
    number = next(o["number"] for o in offers if o["kind"] == "listing" and o["seller"] == town.one.number)
    buy = {"nonce": "n4", "account": town.two.number, "tonnes": "1"}
    broke = town.b.post(f"/ledger/offers/{number}/take", buy)
    assert (broke.status_code, "交易资金不足" in broke.text) == (409, True)
    town.exchange.post(
        "/ledger/funds", {"nonce": "n5", "to": town.two.number, "yuan": "100", "note": "回单1"}
    )
    assert town.b.post(f"/ledger/offers/{number}/take", buy).status_code == 303
    with transaction() as session:
        assert [funds.balance(session, a.id) for a in (town.one, town.two)] == [6050, 3950]
    for page in (town.a, town.b, town.exchange):
        assert page.get("/ledger/market").status_code == 200
    market, statement = (town.b.get(f"/ledger/{p}").text for p in ("market", f"accounts/{town.two.number}"))
    assert town.firms[0].name[1:] in market  # whose transfer it was, not its account's number alone
    assert "— g" not in statement
    town.a.post(f"{path}/listing", {"nonce": "n6", "lot": town.lot, "amount_g": "1", "price_fen": "60"})
    assert "待对方确认" not in town.a.get("/ledger/market").text  # a listing waits for nobody in particular
    offer = {"nonce": "n7", "to": town.two.number, "lot": town.lot, "amount_g": "３", "price_fen": "40"}
    odd = town.a.post(f"{path}/agreement", offer | {"to": town.one.number, "amount_g": "1.5"})
    assert odd.status_code == 422
    for field in ("to", "amount_g"):  # what is wrong is said at its own field
        assert f'id="p-{field}"' in odd.text, field
    town.a.post(f"{path}/agreement", offer)
    asked = town.b.get("/ledger/market").text
    assert ("共 ¥ 120.00" in asked, "确认买入" in asked) == (True, True)


@pytest.mark.rule("M08")
def test_mandate_that_is_refused_keeps_what_was_typed(town: Any) -> None:
    typed = {"agent": "SHJG-NOBODY", "until": "2020-01-0", "limit": "many"}
    answer = town.a.post("/ledger/mandates", typed)
    assert answer.status_code == 422
    for said in ("未找到该账户", "请选择日期", "小数不超过六位", "SHJG-NOBODY", "2020-01-0", 'value="many"'):
        assert said in answer.text, said
    past = town.a.post("/ledger/mandates", {"agent": town.two.number, "until": "2020-01-01", "limit": ""})
    assert "委托截止日期应晚于今天" in past.text
    assert town.two.number in past.text
    good = {"agent": town.two.number, "until": "2099-01-01", "limit": "1.5"}
    assert town.a.post("/ledger/mandates", good).status_code == 303
    assert "2099年1月1日" in town.a.get(f"/ledger/accounts/{town.one.number}").text


def test_agreement_and_mandate_through_the_interface(town: Any) -> None:
    agent = {"agent": town.two.number, "until": "2099-01-01", "limit_g": 3 * TONNE}
    assert town.a.post("/api/v1/ledger/mandates", json=agent).status_code == 201
    body = {"to": town.citizen.number, "lot": town.lot, "amount_g": TONNE, "price_fen": 6000}
    path = f"/api/v1/ledger/accounts/{town.one.number}/agreements"
    assert town.stranger.post(path, json=body, headers=key(1)).status_code == 404
    made = town.b.post(path, json=body, headers=key(1))
    assert made.status_code == 201, made.text
    number = made.json()["number"]
    assert (
        town.resident.post(f"/api/v1/ledger/offers/{number}/accept", headers=key(2)).json()["state"]
        == "accepted"
    )
    money = f"/api/v1/ledger/accounts/{town.citizen.number}/funds"
    assert town.exchange.post(money, json={"fen": 6000}, headers=key(3)).json() == {"fund_fen": 6000}
    assert number in town.exchange.get("/ledger/market").text
    assert town.exchange.post(f"/api/v1/ledger/offers/{number}/settle", headers=key(4)).json()["fen"] == 6000
    assert "交易委托" in town.a.get(f"/ledger/accounts/{town.one.number}").text


@pytest.mark.rule("J02", "J04")
def test_points_are_spent_and_donated_on_screen(town: Any, browser: Any) -> None:
    keeper = browser("merchant")
    good = {"title": "环保水杯", "points": "300", "stock": "1"}
    assert keeper.post("/ledger/goods/add", good).status_code == 303
    assert keeper.post("/ledger/goods/add", good | {"points": "x"}).status_code == 422
    goods = town.resident.get("/api/v1/ledger/goods").json()["items"]
    number = next(g["number"] for g in goods if g["title"] == "环保水杯" and g["stock"] == 1)
    want = {"number": number, "account": town.citizen.number, "quantity": "1"}
    ordered = town.resident.post("/ledger/goods/order", want | {"nonce": "g1"})
    assert "已下单，积分已冻结" in town.resident.get(ordered.headers["location"]).text
    again = town.resident.post("/ledger/goods/order", want | {"nonce": "g2"})
    assert (again.status_code, "库存不足" in again.text) == (409, True)
    order = re.search(r"DH-\d{4}-\d{6}", keeper.get("/ledger/goods").text)[0]  # type: ignore[index]
    assert keeper.post("/ledger/goods/fulfil", {"number": order}).status_code == 303
    cause = {"title": "二〇二六年城市马拉松", "use": "event", "closes": "2099-01-01"}
    assert town.a.post("/ledger/purposes", cause).status_code == 303
    assert town.a.post("/ledger/purposes", cause | {"closes": "2001-01-01"}).status_code == 422
    number = re.search(r"JZ-\d{4}-\d{5}", town.resident.get("/ledger/purposes").text)[0]  # type: ignore[index]
    assert "2099年1月1日" in town.resident.get("/ledger/purposes").text  # the last day, as it was typed
    path = f"/ledger/accounts/{town.citizen.number}/acts/donate"
    assert town.resident.get(path).status_code == 200
    gift = {"nonce": "d1", "purpose": number, "points": "700", "sure": "1"}
    assert "done=" in town.resident.post(path, gift).headers["location"]
    told = town.resident.get(f"/api/v1/ledger/accounts/{town.citizen.number}").json()
    assert (told["points"], told["experience"]) == (4000, 0)
    assert town.a.post(f"/ledger/purposes/{number}/close").status_code == 303
    assert "已结束" in town.a.get("/ledger/purposes").text


@pytest.mark.rule("J02")
def test_good_dearer_than_the_purse_cannot_be_clicked_and_says_what_is_missing(
    town: Any, browser: Any
) -> None:
    have = town.resident.get(f"/api/v1/ledger/accounts/{town.citizen.number}").json()["points"]
    dear = {"title": "折叠自行车", "points": str(have + 1250), "stock": "3", "nonce": "dear"}
    assert browser("merchant").post("/ledger/goods/add", dear).status_code == 303
    page = town.resident.get("/ledger/goods").text
    card = page[page.index("折叠自行车") :].partition("</article>")[0]
    assert "积分不足，还差 1,250" in card
    assert "<form" not in card
    goods = town.resident.get("/api/v1/ledger/goods").json()["items"]
    number = next(g["number"] for g in goods if g["title"] == "折叠自行车")
    want = {"number": number, "account": town.citizen.number, "quantity": "1", "nonce": "dear"}
    refused = town.resident.post("/ledger/goods/order", want)
    assert refused.status_code == 409
    assert f"可用碳积分 {have:,}，本次需要 {have + 1250:,}，尚差 1,250。" in refused.text


@pytest.mark.rule("J01")
def test_citizen_converts_and_cancels_points(town: Any) -> None:
    path = f"/api/v1/ledger/accounts/{town.citizen.number}"
    assert (
        town.resident.post(
            f"{path}/convert", json={"lot": town.scene, "amount_g": 7}, headers=key(1)
        ).status_code
        == 200
    )
    done = town.resident.post(f"{path}/cancel-points", json={"points": 5007}, headers=key(2)).json()
    assert done["facts"]["holder"] == "李**"
    assert town.resident.get(path).json()["points"] == 0
    firm = f"/ledger/accounts/{town.one.number}/acts/convert"
    assert town.a.get(firm).status_code == 404


@pytest.mark.rule("M06")
def test_lot_is_public_and_adds_up(town: Any, client: Any) -> None:
    page = client.get(f"/lots/{town.lot}")
    assert page.status_code == 200
    assert "数量守恒" in page.text
    told = client.get(f"/api/v1/ledger/lots/{town.lot}").json()
    assert told["issued_g"] == told["held_g"] + told["pooled_g"] + told["cancelled_g"] + told["withdrawn_g"]
    first = client.get("/api/v1/ledger/lots?limit=1").json()
    second = client.get(f"/api/v1/ledger/lots?limit=1&cursor={first['next_cursor']}").json()
    assert first["items"][0]["number"] != second["items"][0]["number"]
    assert "逐克编号" in client.get(f"/lots/{town.scene}").text
    english = client.get(f"/lots/{town.lot}", headers={"Cookie": "lang=en"}).text
    assert re.findall(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", english) == []


def test_overview_is_for_those_who_watch(town: Any) -> None:
    assert town.a.get("/ledger/overview").status_code == 403
    page = town.issuer.get("/ledger/overview?check=1").text
    assert "未发现不符" in page
    assert town.one.number in page
    told = town.issuer.get("/api/v1/ledger/overview?check=1").json()
    assert (told["adds_up"], told["wrong"]) == (True, [])
    found = town.issuer.get(f"/api/v1/ledger/accounts/all?q={town.two.number}").json()["items"]
    assert [a["number"] for a in found] == [town.two.number]
    assert town.issuer.get("/api/v1/ledger/accounts/all?q=李四光").json()["items"] == []
    assert "李四光" not in page
    for path in (f"/ledger/accounts/{town.citizen.number}", f"/api/v1/ledger/accounts/{town.citizen.number}"):
        assert "李四光" not in town.issuer.get(path).text
        assert "李四光" in town.resident.get(path).text


def test_exports_carry_no_formula(town: Any) -> None:
    rows = cells(town.a.get(f"/ledger/accounts/{town.one.number}/statement.xlsx").content)
    reason = rows[2][11]
    assert (reason.value, reason.data_type, reason.quotePrefix) == ("=cmd()", "s", True)
    assert rows[2][9].value == 10 * TONNE
    rows = cells(town.resident.get(f"/ledger/accounts/{town.citizen.number}/statement.xlsx").content)
    assert {r[2].value: r[10].value for r in rows[2:]} == {
        "碳积分": None,
        "减排量（克）": "1",
    }  # points are no tonnes
    rows = cells(town.resident.get(f"/ledger/accounts/{town.citizen.number}/balances.xlsx").content)
    assert [r[0].value for r in rows[2:]] == [town.scene, "碳积分"]


def test_large_statement_is_streamed_from_a_file(town: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction() as session:
        book = ledger_posting.holder(session, _book(session, town.lot), town.one.id)
        other = ledger_posting.holder(session, _book(session, town.lot), town.two.id)
        for n in range(300):
            leg = ledger_posting.Leg("direct", _book(session, town.lot), book, other, 1)
            ledger_posting.post(
                session, ledger_posting.Order(f"{town.lot}/many/{n}", "transfer", {"n": n}), [leg]
            )
    answer = town.a.get(f"/ledger/accounts/{town.one.number}/statement.xlsx")
    assert "content-length" not in answer.headers
    assert len(cells(answer.content)) == 303


def _book(session: Any, number: str) -> int:
    from services import ledger_issuance

    lot = ledger_issuance.lot(session, number)
    assert lot is not None
    return lot.book_id
