"""Amounts: whole grams CO2e, shown as grams, points and tonnes without any rounding (J01, I05)."""

import re
from decimal import Decimal
from enum import StrEnum

from models.vocabulary.text import Text

GRAMS_PER_TONNE = 1_000_000
#: bigint of the database; no balance or amount can be larger.
MOST = 2**63 - 1
_TONNES = re.compile(r"[0-9]{1,13}(\.[0-9]{1,6})?")


class CancelPurpose(StrEnum):
    """What units are cancelled for, in the words of article 17 (M07)."""

    COMPLIANCE = "compliance"
    OPERATIONS = "operations"
    EVENT = "event"
    DAMAGE = "damage"
    VOLUNTARY = "voluntary"
    REPLACEMENT = "replacement"


PURPOSES: dict[CancelPurpose, Text] = {
    CancelPurpose.COMPLIANCE: Text("Surrender under the Shanghai carbon market", "履约清缴"),
    CancelPurpose.OPERATIONS: Text("Carbon neutrality of operations", "生产经营活动碳中和"),
    CancelPurpose.EVENT: Text("Carbon neutrality of an event", "大型活动碳中和"),
    CancelPurpose.DAMAGE: Text("Compensation of ecological damage", "生态损害替代性赔偿"),
    CancelPurpose.VOLUNTARY: Text("Voluntary cancellation", "自愿碳注销"),
    CancelPurpose.REPLACEMENT: Text("Replacement of reductions issued too much", "抵补多签发的减排量"),
}
#: What a holder may choose; a replacement is never without the duty it meets (G27).
CHOSEN: dict[CancelPurpose, Text] = {
    p: words for p, words in PURPOSES.items() if p is not CancelPurpose.REPLACEMENT
}

#: How the acts of the ledger are called on statements.
ACTS: dict[str, Text] = {
    "issue": Text("Issuance", "签发"),
    "transfer": Text("Transfer", "划转"),
    "freeze": Text("Freeze", "冻结"),
    "hold": Text("Hold for a counterparty", "待交割锁定"),
    "release": Text("Release", "解除冻结"),
    "settle": Text("Settlement", "交割"),
    "cancel": Text("Cancellation", "注销"),
    "correct": Text("Correction by reversal", "冲正"),
    "convert": Text("Conversion into points", "转换为碳积分"),
    "redeem": Text("Redemption", "积分兑换"),
    "donate": Text("Donation", "积分捐赠"),
    "buy_back": Text("Conversion back", "积分回兑"),
}


def grams(value: int) -> int:
    """The value if it is a positive whole number of grams that the ledger can hold.

    Raises:
        ValueError: a float, a bool, zero, negative or too large.
    """
    if type(value) is not int or not 0 < value <= MOST:
        raise ValueError("amount must be a positive whole number of grams 数量应为正整数克")
    return value


def grams_of_tonnes(typed: str) -> int:
    """Tonnes as typed ("356.049") in grams, exactly.

    Raises:
        ValueError: not a plain decimal number, or finer than a gram.
    """
    if not _TONNES.fullmatch(typed):
        raise ValueError("tonnes have at most six decimal places 吨数应为数字，小数不超过六位")
    return int(Decimal(typed).scaleb(6))


def tonnes(value: int) -> str:
    """356049000 → "356.049": exact, no trailing zeros, no exponent."""
    whole, rest = divmod(abs(value), GRAMS_PER_TONNE)
    tail = f".{rest:06d}".rstrip("0") if rest else ""
    return f"{'-' if value < 0 else ''}{whole}{tail}"


def points(value: int) -> int:
    """1 g is 1 point."""
    return value


def whole_tonnes(value: int) -> tuple[int, int]:
    """Points that become whole tonnes, and those that stay: 3 456 789 → (3, 456 789)."""
    return divmod(value, GRAMS_PER_TONNE)


def tonnes_words(value: int) -> Text:
    """ "356.049 t CO2e" with the grams, as notices print it."""
    return Text(f"{tonnes(value)} t CO₂e ({value:,} g)", f"{tonnes(value)} 吨二氧化碳当量（{value:,} 克）")


def points_words(value: int) -> Text:
    return Text(f"{value:,} points", f"{value:,} 碳积分")
