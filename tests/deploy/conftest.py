"""Folders for programs that run as other users: pytest's own is shut to them by every other run of pytest."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder of the test's own."""
    with tempfile.TemporaryDirectory(prefix="puhui-", ignore_cleanup_errors=True) as folder:
        yield Path(folder).resolve()


@pytest.fixture(scope="module")
def site_home() -> Iterator[Path]:
    """The same for the length of a module."""
    with tempfile.TemporaryDirectory(prefix="puhui-", ignore_cleanup_errors=True) as folder:
        yield Path(folder).resolve()
