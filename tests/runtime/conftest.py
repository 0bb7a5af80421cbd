"""A short directory of its own for each test: socket paths are limited to about a hundred bytes."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def home() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="puhui-"))
    yield directory.resolve()
    shutil.rmtree(directory, ignore_errors=True)
