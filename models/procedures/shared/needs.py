"""When a material is mandatory: answers to `Material.needed`, tolerant of a form that is incomplete."""

from collections.abc import Callable
from typing import Any


def always(form: dict[str, Any]) -> bool:
    """Mandatory for everybody."""
    return True


def never(form: dict[str, Any]) -> bool:
    """Welcome, never mandatory."""
    return False


def applicant_says(key: str) -> Callable[[dict[str, Any]], bool]:
    """Mandatory when the applicant has answered `key` with yes; the form may be incomplete."""

    def needed(form: dict[str, Any]) -> bool:
        applicant = form.get("applicant")
        return isinstance(applicant, dict) and applicant.get(key) is True

    return needed


def by_organisation(form: dict[str, Any]) -> bool:
    """Mandatory unless a person applies; an applicant not yet named counts as an organisation (G01)."""
    applicant = form.get("applicant")
    return not (isinstance(applicant, dict) and applicant.get("applicant_type") == "person")
