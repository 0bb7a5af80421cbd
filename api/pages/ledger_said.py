"""What a page of the ledger says after an act: that it is done, and what comes next."""

from models.vocabulary.text import Text
from models.vocabulary.trades import SERIES

DONE = Text("Done.", "已办理。")
#: By what was done; an answer to an offer is followed by the kind of the offer where that makes a difference.
SAID: dict[str, Text] = {
    "transfer": Text(
        "The transfer is offered. The amount is set aside until the other side answers; you can withdraw it.",
        "划转已发出，待对方确认；确认前该数量冻结，您可以撤回。",
    ),
    "agreement": Text(
        "The agreement is offered. Once the other side accepts, the exchange checks and settles it.",
        "协议转让已发出，待对方确认；确认后由环交所核验交割。",
    ),
    "listing": Text(
        "The listing stands. The amount is set aside until it is sold or withdrawn.",
        "已挂牌；售出或撤回之前该数量冻结。",
    ),
    "accept-transfer": Text(
        "Received: the reductions are in your account.", "已接收，减排量已划入您的账户。"
    ),
    "accept-agreement": Text(
        "Accepted. The exchange checks it and settles reductions against money.",
        "已确认，待环交所核验后券款同时交割。",
    ),
    "refuse": Text(
        "It is over: what was set aside is free again in the account of the offering side.",
        "已终止，冻结的减排量已退回转出方账户。",
    ),
    "take": Text("Bought: reductions and money have changed hands.", "已买入，减排量和价款已同时交割。"),
    "settle": Text("Settled: reductions and money have changed hands.", "已交割，减排量和价款已同时划转。"),
    "funds": Text("The money is entered.", "交易资金已登记。"),
    "order": Text(
        "Ordered. The points are set aside until the merchant hands it over, fifteen days at most.",
        "已下单，积分已冻结，权益方兑付后扣除；15 日内未兑付的自动退回。",
    ),
    "add": Text("The good is on the shelf.", "权益已上架。"),
    "fulfil": Text("Handed over: the points have come to your account.", "已登记兑付，积分已转入您的账户。"),
    "refund": Text("Cancelled: the points are back with who ordered.", "已取消，积分已退回下单人。"),
    "restock": Text("The shelf is changed.", "库存和上架状态已更新。"),
}


def said(done: str) -> Text | None:
    """The words for what was done; those of any act for a key that has none, and none where nothing was."""
    return SAID.get(done, DONE) if done else None


def answered(number: str, key: str) -> str:
    """The key of an answer to an offer.

    Args:
        number: of the offer; its letters tell the kind.
        key: accept, refuse, take or settle.
    """
    kind = next((k for k, letters in SERIES.items() if number.startswith(letters)), "")
    return f"{key}-{kind}" if f"{key}-{kind}" in SAID else key
