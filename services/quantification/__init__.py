"""Methodologies as calculators 方法学计算器: definitions checked when loaded, exact calculations, printable steps."""

from services.quantification.applicability import Met, conditions, implausible
from services.quantification.calculation import Calculation, FactorUsed, RowResult, calculate, calculated
from services.quantification.inputs import Inputs, Row
from services.quantification.loader import Methodology, catalogue, load, methodology
from services.quantification.printing import Line, formula_text, lines
from services.quantification.refusals import Refused

__all__ = [
    "Calculation", "FactorUsed", "Inputs", "Line", "Met", "Methodology", "Refused", "Row", "RowResult",
    "calculate", "calculated", "catalogue", "conditions", "formula_text", "implausible", "lines", "load", "methodology",
]  # fmt: skip
