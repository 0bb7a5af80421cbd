"""What the pages of monitoring data are asked with: a published project, and somebody of its applicant."""

from collections.abc import Callable

import pytest

from models.tables import Project, User
from services.session import transaction
from tests.conftest import Browser
from tests.monitoring import rows


@pytest.fixture
def project(database: str) -> Project:
    with transaction() as session:
        return rows.published(session)


@pytest.fixture
def owner(project: Project, browser: Callable[..., Browser]) -> Browser:
    with transaction() as session:
        return browser(user=session.get_one(User, rows.owner(session, project).user_id))
