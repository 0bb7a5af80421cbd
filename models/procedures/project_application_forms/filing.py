"""The filing form 碳普惠减排项目申请: Appendix A and B in one (rules G05, G06)."""

from contextlib import suppress

from models.procedures.project_application_forms.appendix_a_project import Contribution, Project
from models.procedures.project_application_forms.appendix_b import Design
from models.procedures.project_application_forms.rules import RULES
from models.procedures.shared.party import (
    ENTRUSTMENT_EXAMPLE,
    Applicant,
    Entrustment,
)
from models.vocabulary.errors import Problem
from models.vocabulary.forms import Form, field


class ProjectApplicationForm(Form):
    """碳普惠减排项目申请: what the applicant types; papers are uploaded, the declaration is given at submission."""

    applicant: Applicant = field(
        "申请方基本信息", "Applicant", hint="附录 A 第 1 部分。", hint_en="Appendix A, part 1."
    )
    project: Project = field(
        "项目基本信息", "Project", hint="附录 A 第 2 部分。", hint_en="Appendix A, part 2."
    )
    contribution: Contribution = field(
        "对可持续发展的贡献", "Contribution", hint="附录 A 第 3 部分。", hint_en="Appendix A, part 3."
    )
    entrustment: Entrustment | None = field(
        "委托信息",
        "Entrustment",
        example=ENTRUSTMENT_EXAMPLE,
        default=None,
        hint="受托申请时填写，附录 A 第 4 部分。",
        hint_en="For entrusted applications; Appendix A, part 4.",
    )
    design: Design = field("减排项目设计文件", "Design document", hint="附录 B。", hint_en="Appendix B.")

    def problems(self, outcome: str) -> list[Problem]:
        """The same for every outcome: what the fields must say together."""
        return self.cross_problems()

    def cross_problems(self) -> list[Problem]:
        """Every defect between fields, in the order of the rules.

        Also speaks for a form that is only partly valid: a rule that meets a missing value has nothing
        to say yet, and must not keep the others from speaking.
        """
        found: list[Problem] = []
        for rule in RULES:
            with suppress(TypeError, AttributeError):
                found.extend(rule(self))
        return found
