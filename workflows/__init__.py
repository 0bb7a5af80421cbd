"""The course of each procedure, written as the guideline reads."""

from workflows.evaluation_plan import EvaluationPlanning
from workflows.issuance import Issuance
from workflows.mall_onboarding import MallOnboarding
from workflows.project_application import ProjectApplication
from workflows.scenario_application import ScenarioApplication
from workflows.tracking_evaluation import TrackingEvaluation

WORKFLOWS = [ProjectApplication, ScenarioApplication, Issuance, MallOnboarding, TrackingEvaluation]

#: Short workflows that schedules start; they conduct no case.
PERIODIC = [EvaluationPlanning]

__all__ = ["PERIODIC", "WORKFLOWS"]
