"""Nothing typed is lost, nothing is chosen for anybody: the forms of the ledger."""

import re
from typing import Any

import pytest

from services import ledger, ledger_issuance
from services.session import transaction
from tests import factories
from tests.api.test_kept import chosen, fields
from tests.api.test_ledger_pages import TONNE, town

__all__ = ["town"]


@pytest.mark.rule("J03")
def test_what_was_confirmed_and_chosen_stays_when_an_amount_is_refused(town: Any) -> None:
    path = f"/ledger/accounts/{town.one.number}/acts/cancel"
    typed = {"nonce": "kept", "lot": town.lot, "amount_g": "-1", "purpose": "event", "beneficiary": "马拉松"}
    for sure in ({}, {"sure": "1"}):
        form = fields(town.a.post(path, {**typed, **sure, "reason": "年度注销"}).text, path)
        assert (chosen(form, "sure"), chosen(form, "lot"), chosen(form, "purpose")) == (
            list(sure.values()),
            [town.lot],
            ["event"],
        )
        assert all(f'value="{v}"' in form for v in ("-1", "马拉松", "年度注销"))


@pytest.mark.rule("J03")
def test_a_form_that_was_carried_out_and_changed_is_not_carried_out_unseen(town: Any) -> None:
    path = f"/ledger/accounts/{town.one.number}/acts/cancel"
    typed = {"nonce": "twice", "lot": town.lot, "amount_g": "1", "purpose": "event", "sure": "1"}
    assert town.a.post(path, typed).status_code == 303
    again = town.a.post(path, typed | {"amount_g": "2"})
    form = fields(again.text, path)
    assert (again.status_code, "此前已提交并办结" in again.text, 'value="2"' in form) == (409, True, True)
    assert chosen(form, "sure") == []  # looked at anew
    fresh = re.findall(r'name="nonce" value="(\w+)"', form)
    assert fresh != ["twice"]
    assert town.a.post(path, typed | {"amount_g": "2", "nonce": fresh[0]}).status_code == 303


@pytest.mark.rule("M08")
def test_who_may_buy_for_two_accounts_says_which_one_pays(town: Any, browser: Any) -> None:
    mandate = {"agent": town.one.number, "until": "2099-01-01", "limit": ""}
    assert town.b.post("/ledger/mandates", mandate).status_code == 303
    with transaction() as session:
        firm = factories.party(session, account_no=None)
        seller, user = (
            ledger.open_account(session, None, firm),
            factories.user(session, "applicant", party=firm),
        )
        lot, number = ledger_issuance.lot(session, town.lot), seller.number
        ledger.transfer(
            session, None, key=f"third/{number}", lot=lot, source=town.one, target=seller, amount=2 * TONNE
        )
    sale = {"nonce": "s", "lot": town.lot, "amount_g": "1", "price_fen": "60"}
    assert browser(user=user).post(f"/ledger/accounts/{number}/acts/listing", sale).status_code == 303
    page = town.a.get("/ledger/market").text
    assert "选择买入账户" in page
    assert chosen(page, "account") == []
    listed = re.findall(r'action="/ledger/offers/([\w-]+)/take"', page)[0]
    take = f"/ledger/offers/{listed}/take"
    unsaid = town.a.post(take, {"nonce": "t", "account": "", "tonnes": "0.5"})
    assert (unsaid.status_code, "请选择买入账户" in unsaid.text) == (422, True)
    assert 'value="0.5"' in fields(unsaid.text, take)
    far = town.a.post(take, {"nonce": "t", "account": town.one.number, "tonnes": "x"})
    assert chosen(fields(far.text, take), "account") == [town.one.number]


@pytest.mark.rule("J04")
def test_what_a_purpose_serves_is_said_by_who_names_it(town: Any) -> None:
    assert chosen(fields(town.a.get("/ledger/purposes").text, "/ledger/purposes"), "use") == []
    cause = {"nonce": "p", "title": "二〇二六年城市马拉松", "use": "", "closes": "2099-01-01", "target": "50"}
    unsaid = town.a.post("/ledger/purposes", cause)
    form = fields(unsaid.text, "/ledger/purposes")
    assert (unsaid.status_code, "请选择生产经营活动或大型活动" in form, chosen(form, "use")) == (
        422,
        True,
        [],
    )
    assert all(f'value="{v}"' in form for v in ("二〇二六年城市马拉松", "2099-01-01", "50"))
