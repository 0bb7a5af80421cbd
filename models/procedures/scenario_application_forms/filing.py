"""The filing form 碳普惠减排场景申请表 (Appendix C, rules G05, G21) with the readiness check (S01)."""

from contextlib import suppress

from models.procedures.scenario_application_forms.bundle import SubScenario, sub_scenarios_field
from models.procedures.scenario_application_forms.description import Description
from models.procedures.scenario_application_forms.design import Design
from models.procedures.scenario_application_forms.party import ScenarioApplicant, ScenarioEntrustment
from models.procedures.scenario_application_forms.readiness import Readiness
from models.procedures.scenario_application_forms.rules import RULES
from models.procedures.scenario_application_forms.scenario import Adviser, Scenario
from models.vocabulary.errors import Problem
from models.vocabulary.forms import Form, field


class ScenarioApplicationForm(Form):
    """碳普惠减排场景申请: what the applicant types; papers are uploaded, the declaration is given at submission."""

    readiness: Readiness = field(
        "前期对接自查",
        "Readiness",
        hint="申请前与上海环境能源交易所对接的情况，由其确认。",
        hint_en="What was settled with the exchange before filing; the exchange confirms it.",
    )
    applicant: ScenarioApplicant = field(
        "申请主体基本信息", "Applicant", hint="附录 C 第 1 部分。", hint_en="Appendix C, part 1."
    )
    scenario: Scenario = field(
        "减排场景基本信息", "Scenario", hint="附录 C 第 2 部分。", hint_en="Appendix C, part 2."
    )
    description: Description = field(
        "减排场景描述", "Description", hint="附录 C 第 3 部分。", hint_en="Appendix C, part 3."
    )
    design: Design = field(
        "方法学应用和减排量",
        "Methodology and reductions",
        hint="附录 C 第 4、5 部分。",
        hint_en="Parts 4 and 5.",
    )
    adviser: Adviser = field(
        "技术服务机构", "Technical adviser", hint="附录 C 第 6 部分，如有。", hint_en="Part 6, if any."
    )
    entrustment: ScenarioEntrustment | None = field(
        "委托信息",
        "Entrustment",
        example=None,
        default=None,
        hint="受开发主体委托申请时填写，附录 C 第 7 部分。",
        hint_en="For entrusted applications; Appendix C, part 7.",
    )
    sub_scenarios: list[SubScenario] = sub_scenarios_field()

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
