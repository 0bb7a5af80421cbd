"""The words of transfers, trades and redemptions, and how long each waits."""

from datetime import timedelta

from models.vocabulary.text import Text

#: How long an offer waits for an answer; a listing stands three times as long.
WAITS = timedelta(days=10)
SERIES = {"transfer": "HZ", "agreement": "XY", "listing": "GP"}
KINDS: dict[str, Text] = {
    "transfer": Text("Transfer", "划转"),
    "agreement": Text("Agreement", "协议转让"),
    "listing": Text("Listing", "挂牌交易"),
}
STATES: dict[str, Text] = {
    "open": Text("Waiting", "待对方确认"),
    "accepted": Text("Accepted, the exchange checks", "已确认，待环交所核验"),
    "settled": Text("Settled", "已完成"),
    "rejected": Text("Declined", "已拒绝"),
    "withdrawn": Text("Withdrawn", "已撤回"),
    "expired": Text("Expired", "逾期失效"),
}
LIVE = ("open", "accepted")

#: A merchant hands over within this time, or the points come back.
HANDED_OVER = timedelta(days=15)
REDEMPTION_STATES: dict[str, Text] = {
    "held": Text("Waiting for the merchant", "待商户兑付"),
    "fulfilled": Text("Handed over", "已兑付"),
    "refunded": Text("Points returned", "已退回积分"),
}
