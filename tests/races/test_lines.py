"""A line that is hung up in the instant somebody speaks loses what was said: the web hangs up last, everywhere."""

import json
import re
import shlex
from pathlib import Path

import click
import pytest
import uvicorn
import yaml

from runtime.parts import web
from runtime.plan import Plan
from services.settings import Settings
from tests.conftest import ROOT

#: Seconds for which usual clients keep a quiet line: httpx 5, nginx 60. The web's own default of five meets the first.
CLIENTS = 60


def _embedded() -> list[str]:
    plan = Plan(Settings(), Path(), None, None, "", "")
    return web(plan).command()


def _composed() -> list[str]:
    command = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["web"]["command"]
    return [str(part) for part in command]


def _image() -> list[str]:
    lines = re.findall(r"^CMD (\[.*uvicorn.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    found: list[str] = json.loads(lines[-1])
    return found


@pytest.mark.parametrize("started", [_embedded, _composed, _image])
def test_web_keeps_a_quiet_line_longer_than_who_calls_it(started) -> None:
    command = started()
    arguments = command[command.index("uvicorn") + 1 :]
    read: click.Context = uvicorn.main.make_context("uvicorn", arguments)
    assert read.params["timeout_keep_alive"] > CLIENTS, shlex.join(command)
    assert read.params["timeout_graceful_shutdown"] == 15
