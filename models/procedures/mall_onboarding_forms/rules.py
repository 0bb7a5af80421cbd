"""What the parts of the application form must say together; each rule tells all it finds (rules J06, J07)."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from models.procedures.mall_onboarding_forms.modes import MODES, PARTS, REPORTED
from models.procedures.shared.answers import problem
from models.vocabulary.errors import Problem

if TYPE_CHECKING:
    from models.procedures.mall_onboarding_forms.filing import MallOnboardingForm

Found = Iterator[Problem]


def mode_tells_its_part(form: "MallOnboardingForm") -> Found:
    """Each mode has a part of its own: it is filled in, and no other mode's is (J06)."""
    for mode, part in PARTS.items():
        filled = getattr(form, part) is not None
        if form.mode == mode and not filled:
            yield problem(
                part, f"选择“{MODES[mode].zh}”的，请填写本部分。", f"“{MODES[mode].en}” needs this part."
            )
        if form.mode != mode and filled:
            yield problem(
                part,
                f"本部分仅适用于“{MODES[mode].zh}”，请清空，或更改入驻模式。",
                f"This part is for “{MODES[mode].en}” only; clear it or change the mode.",
            )


def lasting_modes_operate(form: "MallOnboardingForm") -> Found:
    """A mall or a sub-platform is operated for long and connected (J06, J10)."""
    if form.mode not in REPORTED:
        return
    if len(form.operation_ability) < 10:
        yield problem(
            "operation_ability",
            "请说明主营业务和持续运营能力，不少于 10 字。",
            "Please tell the business and the ability to operate.",
        )
    if form.system is None:
        yield problem(
            "system",
            "第三方积分商城和分平台须与管理运营平台对接，请填写系统情况。",
            "Malls and sub-platforms are connected to the platform; please tell about the system.",
        )


def honest(form: "MallOnboardingForm") -> Found:
    """A merchant under sanctions for dishonesty cannot take part (J07)."""
    if form.credit_report.bad_record:
        yield problem(
            "credit_report.bad_record",
            "列入严重失信主体名单期间不能申请入驻，请在信用修复后申请。",
            "Not while listed for serious dishonesty; apply once credit is restored.",
        )


def goods_once(form: "MallOnboardingForm") -> Found:
    """Each kind of goods is listed once and its dates are in order."""
    names = [good.name for good in form.goods_plan]
    for row, good in enumerate(form.goods_plan):
        if good.name in names[:row]:
            yield problem(
                f"goods_plan.{row}.name",
                "该权益已列出，请合并。",
                "This good is listed already; merge the two.",
            )
        if good.available_from and good.available_to and good.available_to < good.available_from:
            yield problem(
                f"goods_plan.{row}.available_to",
                "截止日期不能早于起始日期，请核对。",
                "The last day comes before the first; please check.",
            )


def merchants_two(form: "MallOnboardingForm") -> Found:
    """A sub-platform brings together at least two merchants, each once (J06)."""
    if form.sub_platform is None:
        return
    codes = [merchant.uscc for merchant in form.sub_platform.merchants]
    if len(set(codes)) < 2:
        yield problem(
            "sub_platform.merchants",
            "分平台须汇集两家以上权益方，请补充。",
            "A sub-platform brings together at least two merchants.",
        )
    for row, code in enumerate(codes):
        if code in codes[:row]:
            yield problem(
                f"sub_platform.merchants.{row}.uscc",
                "该权益方已列出，请合并。",
                "This merchant is listed already.",
            )


def event_in_order(form: "MallOnboardingForm") -> Found:
    """An event ends after it begins, and puts out no more than there is (J06)."""
    if form.event is None:
        return
    if form.event.ends_on < form.event.starts_on:
        yield problem(
            "event.ends_on",
            "结束日期不能早于开始日期，请核对。",
            "The last day comes before the first; please check.",
        )
    stock = sum(good.stock for good in form.goods_plan)
    if form.goods_plan and form.event.quota > stock:  # goods not listed yet are asked for at their own place
        yield problem(
            "event.quota",
            f"投放总量不能超过库存合计（{stock} 件），请调整。",
            f"The quantity cannot exceed the stock of {stock}; please adjust.",
        )


RULES: tuple[Callable[["MallOnboardingForm"], Found], ...] = (
    mode_tells_its_part,
    lasting_modes_operate,
    honest,
    goods_once,
    merchants_two,
    event_in_order,
)
