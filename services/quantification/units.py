"""Units of measure, read with pint once when a methodology is loaded; calculating needs none."""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from threading import Lock
from typing import Any

from services.quantification.refusals import Defect

_ALLOWED = re.compile(r"^[A-Za-z0-9_^*/(). ·公里人℃%]{1,40}$")
_COUNTED = re.compile(
    r"/([0-9][0-9^]*)\s*([A-Za-z]\w*)"
)  # "L/100km", "t/10^4kWh": the number belongs below the line


@dataclass(frozen=True)
class Measure:
    """What a number measures.

    Args:
        dimension: powers of the base dimensions.
        scale: how many base units one of the number is worth, exactly.
    """

    dimension: frozenset[tuple[str, Fraction]]
    scale: Fraction

    def times(self, other: "Measure") -> "Measure":
        return Measure(_powers(self.dimension, other.dimension, 1), self.scale * other.scale)

    def over(self, other: "Measure") -> "Measure":
        return Measure(_powers(self.dimension, other.dimension, -1), self.scale / other.scale)

    def scaled(self, factor: Fraction) -> "Measure":
        return Measure(self.dimension, self.scale * factor)


PLAIN = Measure(frozenset(), Fraction(1))


def _powers(
    left: frozenset[tuple[str, Fraction]], right: frozenset[tuple[str, Fraction]], sign: int
) -> frozenset[tuple[str, Fraction]]:
    found = dict(left)
    for name, power in right:
        found[name] = found.get(name, Fraction(0)) + sign * power
    return frozenset((name, power) for name, power in found.items() if power)


@lru_cache(maxsize=1)
def _registry() -> Any:
    """Exact fractions throughout; carbon dioxide equivalent is a dimension of its own, not just mass."""
    import pint  # late: a start needs no units, and they take a while to load

    registry: Any = pint.UnitRegistry(non_int_type=Fraction)
    registry.define("gCO2 = [carbon_dioxide_equivalent] = gCO2 = gCO2e")
    registry.define("tCO2 = 1000000 * gCO2 = tCO2 = tCO2e")
    registry.define("person = []")
    return registry


def spelled(unit: str) -> str:
    """The unit as pint reads it."""
    text = unit.replace("人公里", "(person*km)").replace("公里", "km").replace("·", "*")
    return _COUNTED.sub(r"/(\1*\2)", text)


#: A registry builds itself at its first use and is not to be met half built: one thread at a time.
_ONE_AT_A_TIME = Lock()


@lru_cache(maxsize=512)
def measure(unit: str) -> Measure:
    """The measure of a unit as written in a file. Raises Defect on what is no unit."""
    if not _ALLOWED.match(unit):
        raise _unknown(unit)
    try:
        with _ONE_AT_A_TIME:
            quantity = 1 * _registry().parse_expression(spelled(unit)) * _registry().dimensionless
            base = quantity.to_base_units()
            powers = dict(base.dimensionality).items()
    except Exception as error:  # pint raises its own, tokenizer's and arithmetic errors alike
        raise _unknown(unit) from error
    scale = Fraction(base.magnitude)
    if scale <= 0:
        raise _unknown(unit)
    return Measure(frozenset((str(n), Fraction(p)) for n, p in powers), scale)


def _unknown(unit: str) -> Defect:
    return Defect(f"“{unit}” is not a known unit.", f"“{unit}”不是可识别的计量单位。")


def grams(unit: str) -> Fraction:
    """Grams of carbon dioxide equivalent in one of the unit. Raises Defect on another dimension."""
    found, gram = measure(unit), measure("gCO2e")
    if found.dimension != gram.dimension:
        raise Defect(
            f"A reduction is an amount of CO2e, not of “{unit}”.",
            f"减排量应以二氧化碳当量计量，不能以“{unit}”计。",
        )
    return found.scale / gram.scale
