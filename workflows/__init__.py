"""The course of each procedure, written as the guideline reads."""

from workflows.project_application import ProjectApplication
from workflows.scenario_application import ScenarioApplication

WORKFLOWS = [ProjectApplication, ScenarioApplication]

__all__ = ["WORKFLOWS"]
