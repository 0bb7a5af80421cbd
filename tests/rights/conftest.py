"""One world for a module: played once, in the module's own database."""

import pytest

from tests.rights import world
from tests.rights.world import World


@pytest.fixture(scope="module")
def city(database: str) -> World:
    """The demonstration's people and cases of two applicants in several stages."""
    return world.build()
