"""Forms of the scenario application: Appendix C, the readiness check, and what they must say together."""

from models.procedures.scenario_application_forms.filing import ScenarioApplicationForm

__all__ = ["ScenarioApplicationForm"]
