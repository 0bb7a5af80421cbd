"""The register of the mall: windows, quotas, stock that stands still, acts of the exchange (J10, I26)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from models.procedures.mall_onboarding_forms import MallOnboardingForm
from models.procedures.mall_onboarding_forms.modes import EVENT_EXAMPLE
from models.tables import Case, Good, LimitSetting, MallMember, Party, User
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, NotFound
from models.vocabulary.forms import example_data
from services import clock, eligibility, ledger, mall, mall_deeds, rewards
from services.access import Actor
from services.clock import SHANGHAI
from tests import factories
from tests.ledger.test_points import Citizen

OPENS = datetime(2027, 3, 1, tzinfo=SHANGHAI)
CLOSES = datetime(2027, 3, 8, tzinfo=SHANGHAI)
BEFORE, DURING, AFTER = OPENS - timedelta(days=3), OPENS + timedelta(days=2), CLOSES + timedelta(days=1)


@pytest.fixture
def merchant(session: Session) -> Actor:
    return factories.actor(session, "merchant")


def case_of(session: Session, merchant: Actor, **form: Any) -> Case:
    filled = example_data(MallOnboardingForm) | form

    return factories.case(
        session,
        session.get_one(User, merchant.user_id),
        status="in_progress",
        procedure="mall_onboarding",
        title=filled["display_name"],
        form=filled,
    )


def event_case(session: Session, merchant: Actor, quota: int = 3) -> Case:
    plan = EVENT_EXAMPLE | {"starts_on": "2027-03-01", "ends_on": "2027-03-07", "quota": quota}
    return case_of(session, merchant, mode="event", system=None, event=plan)


def run_event(session: Session, merchant: Actor, quota: int = 3) -> tuple[Case, MallMember]:
    """An event that has been opened at its first instant."""
    case = event_case(session, merchant, quota)
    assert mall_deeds.event_schedule(session, case, 1, "1", BEFORE).due_at == OPENS
    assert mall_deeds.event_open(session, case, 1, "1", OPENS).due_at == CLOSES
    member = mall.of_case(session, case)
    assert member is not None
    return case, member


def refused(session: Session, member: MallMember, at: datetime, quantity: int = 1) -> str:
    why = mall.may_redeem(session, member, at, quantity)
    return why.zh if why else ""


@pytest.mark.rule("J10")
def test_event_redeems_in_its_window_only(session: Session, merchant: Actor) -> None:
    _, member = run_event(session, merchant)
    assert (
        refused(session, member, OPENS - timedelta(seconds=1))
        == "“绿享低碳权益商城”尚未开始，请在活动期内兑换。"
    )
    assert refused(session, member, OPENS) == ""
    assert refused(session, member, CLOSES - timedelta(seconds=1)) == ""
    assert refused(session, member, CLOSES) == "“绿享低碳权益商城”已结束，不能兑换。"


@pytest.mark.rule("J10")
def test_event_redeems_no_more_than_its_quota(session: Session, merchant: Actor) -> None:
    _, member = run_event(session, merchant)
    good = mall.goods(session, member)[0].number
    assert refused(session, member, DURING, 4) == "“绿享低碳权益商城”仅余 3 件，请减少数量。"
    mall.count(session, good, DURING, 2)
    with pytest.raises(Conflict):
        mall.count(session, good, DURING, 2)
    mall.give_back(session, good, 1)
    mall.count(session, good, DURING, 2)
    assert refused(session, member, DURING) != ""
    assert member.redeemed == 3


@pytest.mark.rule("J10")
def test_quota_is_held_by_the_row_itself(session: Session, merchant: Actor) -> None:
    _, member = run_event(session, merchant)
    member.redeemed = 4
    with pytest.raises(IntegrityError, match="mall_member_quota"):
        session.flush()


@pytest.mark.rule("J10")
def test_event_closes_and_nothing_more_is_redeemed(session: Session, merchant: Actor) -> None:
    case, member = run_event(session, merchant)
    for _ in range(2):
        mall_deeds.event_close(session, case, 1, "1", CLOSES)
    assert (member.state, member.exited_at) == ("exited", CLOSES)
    assert refused(session, member, DURING) == "“绿享低碳权益商城”已退出，暂不能兑换。"
    with pytest.raises(Conflict):
        mall.open_up(session, case, AFTER)


@pytest.mark.rule("J10")
def test_stock_and_rules_stand_still_while_an_event_runs(session: Session, merchant: Actor) -> None:
    _, member = run_event(session, merchant)
    good = mall.goods(session, member)[0].number
    with clock.at(DURING), pytest.raises(Conflict) as told:
        mall.change_good(session, merchant, good, stock=9999)
    assert "库存和规则已锁定" in told.value.detail.zh
    with clock.at(AFTER):
        assert mall.change_good(session, merchant, good, stock=9999).stock == 9999


@pytest.mark.rule("J10")
def test_mall_that_connects_redeems_nothing(session: Session, merchant: Actor) -> None:
    case = case_of(session, merchant)
    member = mall.admit(session, case, BEFORE)
    assert mall.admit(session, case, BEFORE).id == member.id
    assert refused(session, member, DURING) == "“绿享低碳权益商城”筹备中，暂不能兑换。"
    mall.open_up(session, case, BEFORE)
    assert refused(session, member, DURING) == ""
    assert refused(session, member, DURING, 0) == "兑换数量应为一件以上。"


def test_limit_a_person_and_dates_of_a_good(session: Session, merchant: Actor) -> None:
    plan = example_data(MallOnboardingForm)["goods_plan"][0] | {"available_to": "2027-03-03"}
    case = case_of(session, merchant, goods_plan=[plan])
    member = mall.admit(session, case, BEFORE)
    mall.open_up(session, case, BEFORE)
    good = mall.goods(session, member)[0].number
    mall.count(session, good, DURING, 1, had=1)
    with pytest.raises(Conflict, match="a person"):
        mall.count(session, good, DURING, 1, had=2)
    with pytest.raises(Conflict, match="no longer"):
        mall.count(session, good, AFTER, 1)
    assert mall.count(session, "nobody-admitted-this", DURING, 1) is None


def test_exchange_suspends_resumes_and_takes_out(session: Session, merchant: Actor) -> None:
    desk = factories.actor(session, "mall")
    case = case_of(session, merchant)
    member = mall.admit(session, case, BEFORE)
    mall.open_up(session, case, BEFORE)
    with pytest.raises(NotAllowed):
        mall.suspend(session, merchant, member.number, "不相干")
    with pytest.raises(Invalid):
        mall.suspend(session, desk, member.number, " ")
    mall.suspend(session, desk, member.number, "兑付投诉未处理")
    live = session.exec(select(Good).where(Good.merchant_id == merchant.party_id)).all()
    assert (member.state, {g.active for g in live}) == ("suspended", {False})
    assert refused(session, member, DURING) == "“绿享低碳权益商城”暂停，暂不能兑换。"
    mall.resume(session, desk, member.number, "整改完成")
    assert {g.active for g in live} == {True}
    mall.leave(session, desk, member.number, "协议到期")
    with pytest.raises(Conflict):
        mall.resume(session, desk, member.number, "再来")


def test_only_the_merchant_changes_its_goods(session: Session, merchant: Actor) -> None:
    case = case_of(session, merchant)
    member = mall.admit(session, case, BEFORE)
    mall.open_up(session, case, BEFORE)
    good = mall.goods(session, member)[0].number
    with pytest.raises(NotFound):
        mall.change_good(session, factories.actor(session, "merchant"), good, stock=1)
    with pytest.raises(NotAllowed):
        mall.change_good(session, factories.actor(session, "officer"), good, stock=1)
    with pytest.raises(Invalid) as told:
        mall.change_good(session, merchant, good, stock=-1, points=0)
    assert [p.loc for p in told.value.problems] == ["stock", "points"]


@pytest.mark.rule("J09")
@pytest.mark.parametrize(("value", "gate"), [(1, "approve"), (2, "notify")])
def test_setting_says_what_the_bureau_does(session: Session, merchant: Actor, value: int, gate: str) -> None:
    session.add(LimitSetting(key="bureau_gate", value=value, effective_from=clock.today().date(), note=""))
    session.flush()
    case = case_of(session, merchant)
    assert mall_deeds.bureau_gate(session, case, 1, "1", clock.now()).outcome == gate


@pytest.mark.rule("J07")
def test_old_credit_report_and_an_event_that_has_begun_are_told_at_once(
    session: Session, merchant: Actor
) -> None:
    today = clock.today().date()
    old = {"issuer": "示例机构", "issued_on": (today - timedelta(days=93)).isoformat(), "bad_record": False}
    plan = EVENT_EXAMPLE | {"starts_on": (today - timedelta(days=1)).isoformat()}
    case = case_of(session, merchant, mode="event", event=plan, credit_report=old)
    assert {p.loc for p in eligibility.run(session, case)} >= {
        "credit_report.issued_on",
        "event.starts_on",
        "redeem_back.account_no",
    }


@pytest.mark.rule("J02")
def test_restocking_waits_for_the_end_of_an_event(session: Session, merchant: Actor) -> None:
    _, member = run_event(session, merchant)
    good = mall.goods(session, member)[0].number
    with clock.at(DURING), pytest.raises(Conflict):
        rewards.restock(session, merchant, good, 1, key="r1")
    with clock.at(AFTER):
        assert rewards.restock(session, merchant, good, 1, key="r1").stock == 5001


@pytest.mark.rule("J10", "J02")
def test_what_was_handed_over_counts_towards_the_quota(session: Session, merchant: Actor) -> None:
    _, member = run_event(session, merchant, quota=2)
    good = session.exec(select(Good).where(Good.number == mall.goods(session, member)[0].number)).one()
    merchant_party = session.get_one(Party, good.merchant_id)
    ledger.open_account(session, None, merchant_party)
    citizen = Citizen(session, good.points * 4)
    citizen.convert(good.points * 4)
    with clock.at(DURING):
        rows = [
            rewards.order(session, citizen.actor, key=str(n), account=citizen.account, what=good)
            for n in range(2)
        ]
        rewards.fulfil(session, merchant, rows[0].number)
        assert member.redeemed == 2
        rewards.refund(session, merchant, rows[1].number)
        assert member.redeemed == 1
        assert refused(session, member, DURING, 2) != ""


def test_member_that_goes_on_offers_what_it_offered_before(session: Session, merchant: Actor) -> None:
    """What the merchant itself took off the shelf stays off it."""
    member = mall.admit(session, case := case_of(session, merchant), BEFORE)
    mall.open_up(session, case, BEFORE)
    desk, kept = factories.actor(session, "mall"), mall.goods(session, member)[0].number
    mall.change_good(session, merchant, kept, active=False)
    mall.suspend(session, desk, member.number, "设备检修")
    mall.resume(session, desk, member.number, "检修完成")
    offered = {g.number: g.active for g in session.exec(select(Good)) if g.merchant_id == member.party_id}
    assert offered.pop(kept) is False
    assert set(offered.values()) <= {True}


@pytest.mark.rule("J10")
def test_restocking_puts_nothing_back_on_the_shelf_of_a_member_that_is_not_open(
    session: Session, merchant: Actor
) -> None:
    _, member = run_event(session, merchant)
    number = mall.goods(session, member)[0].number
    exchange = factories.actor(session, "mall")
    with clock.at(AFTER):
        mall.suspend(session, exchange, member.number, "接口故障")
        row = rewards.restock(session, merchant, number, 5, key="r1")
        assert (row.stock, row.active) == (5005, False)
        mall.leave(session, exchange, member.number, "合作终止")
        assert not rewards.restock(session, merchant, number, 5, key="r2").active


@pytest.mark.rule("J02", "J10")
def test_good_of_a_member_without_an_account_is_ordered_and_handed_over(
    session: Session, merchant: Actor
) -> None:
    member = mall.admit(session, case := case_of(session, merchant), BEFORE)
    mall.open_up(session, case, BEFORE)
    what = rewards.good(session, mall.goods(session, member)[0].number)
    citizen = Citizen(session, 2 * what.points)
    citizen.convert(what.points)
    with clock.at(DURING):
        made = rewards.order(session, citizen.actor, key="first", account=citizen.account, what=what)
        assert rewards.fulfil(session, merchant, made.number).state == "fulfilled"


@pytest.mark.rule("J02", "J10")
@pytest.mark.parametrize("how", ["suspended", "left", "account"])
def test_what_was_ordered_is_handed_over_whatever_becomes_of_the_merchant(
    session: Session, merchant: Actor, how: str
) -> None:
    """Goods it was admitted with, and one it offers beside them: paid orders are honoured, new ones are not taken."""
    member = mall.admit(session, case := case_of(session, merchant), BEFORE)
    mall.open_up(session, case, BEFORE)
    admitted = rewards.good(session, mall.goods(session, member)[0].number)
    beside = rewards.add_good(session, merchant, "环保购物袋", 300, 9, key="bag")
    goods = {"admitted": admitted, "beside": beside}
    citizen = Citizen(session, 4 * (admitted.points + beside.points))
    citizen.convert(3 * (admitted.points + beside.points))
    paid = {"actor": citizen.actor, "account": citizen.account}
    with clock.at(DURING):
        ordered = {
            name: [rewards.order(session, **paid, key=f"{name}{n}", what=good) for n in range(2)]
            for name, good in goods.items()
        }
        desk, party = factories.actor(session, "mall"), session.get_one(Party, merchant.party_id)
        if how == "account":
            party.account_active = False
        else:
            {"suspended": mall.suspend, "left": mall.leave}[how](session, desk, member.number, "投诉未处理")
        session.flush()
        for name, good in goods.items():
            with pytest.raises(Conflict):
                rewards.order(session, **paid, key=f"{name}new", what=good)
            assert rewards.fulfil(session, merchant, ordered[name][0].number).state == "fulfilled"
            assert rewards.refund(session, citizen.actor, ordered[name][1].number).state == "refunded"
        shown = {g.number for g, _ in rewards.shelf(session)}
        assert {g.number in shown for g in goods.values()} == {how == "account"}
        if how == "suspended":
            mall.resume(session, desk, member.number, "整改完成")
            assert {g.number for g in goods.values()} <= {g.number for g, _ in rewards.shelf(session)}
            assert rewards.order(session, **paid, key="again", what=beside).state == "held"


def test_register_is_searched_for_what_was_typed_and_stands_in_one_order(
    session: Session, merchant: Actor
) -> None:
    names = ["100%绿电商城", "绿_积分商城", "普通商城", "再一家商城"]
    members = []
    for name in names:
        case = case_of(session, merchant)
        case.title = name
        mall.admit(session, case, BEFORE)
        members.append(mall.open_up(session, case, BEFORE))
    for word, wanted in (("100%", names[:1]), ("_", names[1:2]), ("\\", []), ("\x00普通", names[2:3])):
        assert [m.name for m in mall.listed(session, q=word)] == wanted, word
    mine = [m.number for m in mall.listed(session) if m.name in names]
    assert mine == [m.number for m in reversed(members)]  # opened in the same instant: the last one first
