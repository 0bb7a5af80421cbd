"""The filing form 项目减排量签发申请: Appendix D and E in one (rules G19, G20)."""

from contextlib import suppress

from models.procedures.issuance_forms.appendix_d import Application
from models.procedures.issuance_forms.appendix_e import CalculationNotes
from models.procedures.issuance_forms.rules import RULES
from models.vocabulary.errors import Problem
from models.vocabulary.forms import Form, field


class IssuanceForm(Form):
    """项目减排量签发申请: what the applicant types; the steps of the calculation are worked out by the system."""

    application: Application = field("签发申请", "Application", hint="附录 D。", hint_en="Appendix D.")
    calculation: CalculationNotes = field(
        "计算过程说明", "Calculation", hint="附录 E。", hint_en="Appendix E."
    )

    def problems(self, outcome: str) -> list[Problem]:
        """The same for every outcome: what the fields must say together."""
        return self.cross_problems()

    def cross_problems(self) -> list[Problem]:
        """Every defect between fields; a rule that meets a missing value has nothing to say yet."""
        found: list[Problem] = []
        for rule in RULES:
            with suppress(TypeError, AttributeError):
                found.extend(rule(self))
        return found
