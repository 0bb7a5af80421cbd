"""The course of each procedure, written as the guideline reads."""

from workflows.project_application import ProjectApplication

WORKFLOWS = [ProjectApplication]

__all__ = ["WORKFLOWS"]
