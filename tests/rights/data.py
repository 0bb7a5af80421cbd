"""What the routes of monitoring data are asked about."""

from collections.abc import Iterator

from sqlmodel import col, select

from models.tables import DeviceCalibration, Project, ReadingRow
from services.session import reading
from tests.rights.table import Object
from tests.rights.world import World

NOTHING = "00000000-0000-4000-8000-000000000000"
ROUTES = ("/api/v1/projects/{number}", "/api/v1/scenarios/{number}")


def targets(city: World, objects: dict[str, Object], path: str) -> Iterator[tuple[str, Object]]:
    """The monitoring data that publication took over, and that of a project that never was."""
    nothing = {"batch_id": NOTHING, "key_id": 99999, "calibration_id": 99999, "reading_id": 99999}
    yield path.format(number="SHPH-XM-2026-9999", **nothing), objects["missing"]
    number = city.plays["published"].project
    with reading() as session:
        row = session.exec(
            select(ReadingRow)
            .join(Project, col(Project.id) == col(ReadingRow.project_id))
            .where(Project.number == number)
        ).first()
        assert row is not None
        verified = session.exec(
            select(DeviceCalibration).where(DeviceCalibration.device_id == row.device_id)
        ).first()
        assert verified is not None
        there = {
            "batch_id": row.batch_id,
            "reading_id": row.id,
            "calibration_id": verified.id,
            "key_id": 99999,
        }
    yield path.format(number=number, **there), objects["published"]
