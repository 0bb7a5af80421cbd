"""The course of each procedure, written as the guideline reads."""

from workflows.issuance import Issuance
from workflows.mall_onboarding import MallOnboarding
from workflows.project_application import ProjectApplication
from workflows.scenario_application import ScenarioApplication
from workflows.tracking_evaluation import TrackingEvaluation

WORKFLOWS = [ProjectApplication, ScenarioApplication, Issuance, MallOnboarding, TrackingEvaluation]

__all__ = ["WORKFLOWS"]
