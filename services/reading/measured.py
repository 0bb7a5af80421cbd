"""What each meter of a project measures, in the words and the unit of the methodology the project was accepted under."""

from dataclasses import dataclass

from sqlmodel import Session

from models.tables import Project
from models.vocabulary.text import Text
from services.issuance_data import calculator
from services.monitoring import devices
from services.monitoring.counted import measured_by


@dataclass(frozen=True)
class Measured:
    """A quantity that meters deliver; `unit` is empty where the methodology does not say."""

    label: Text
    unit: str


UNKNOWN = Measured(Text("quantity", "读数"), "")


def by_meter(session: Session, project: Project) -> dict[str, Measured]:
    """What is measured, by meter number; meters that deliver nothing the methodology asks for are left out."""
    kinds = {d.meter_no: d.kind for d in devices.of_project(session, project)}
    method = calculator(session, project)
    if method is None:
        return dict.fromkeys(kinds, UNKNOWN)
    nouns = {
        p.symbol: Measured(Text(p.label_en or p.label, p.label), p.unit) for p in method.definition.parameters
    }
    return {number: nouns[symbol] for number, symbol in measured_by(method, kinds).items()}
