"""The course of each procedure, written as the guideline reads.

`WORKFLOWS` conduct cases; `PERIODIC` are short workflows that schedules start and that conduct none. Both lists are
made when they are asked for: the sandbox loads this package anew for every case, which needs its own course only.
"""

from importlib import import_module

_COURSES = {
    "WORKFLOWS": (
        ("project_application", "ProjectApplication"),
        ("scenario_application", "ScenarioApplication"),
        ("issuance", "Issuance"),
        ("mall_onboarding", "MallOnboarding"),
        ("tracking_evaluation", "TrackingEvaluation"),
    ),
    "PERIODIC": (("evaluation_plan", "EvaluationPlanning"),),
}


def __getattr__(name: str) -> list[type]:
    if name not in _COURSES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = [getattr(import_module(f"{__name__}.{module}"), course) for module, course in _COURSES[name]]
    globals()[name] = found
    return found
