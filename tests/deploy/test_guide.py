"""The commands that docs/production.md has an operator type: services, subcommands and options that exist."""

import re
import subprocess

import pytest
import yaml
from typer.testing import CliRunner

from runtime.__main__ import app
from runtime.binaries import temporal_binary
from tests.architecture.tree import ROOT

GUIDE = (ROOT / "docs/production.md").read_text()
COURSES = (ROOT / "docs/determinism.md").read_text()
SERVICES = set(yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"])
FOLLOWED_BY_SERVICES = {"ps", "logs", "restart", "stop", "up"}
WITH_A_VALUE = {"--tail", "--since", "--scale", "--entrypoint"}


def _typed() -> list[list[str]]:
    """Each `docker compose …` of the guide up to what the container is told, in words."""
    found = re.findall(r"docker compose ([^\n`;#|'（]+)", GUIDE)
    return [words.split() for words in found]


def test_every_service_an_operator_names_is_in_the_compose_file() -> None:
    commands = _typed()
    assert len(commands) > 40
    for command, *rest in commands:
        named, skip = [], False
        for word in rest:
            if skip or word.startswith("-"):
                skip = not skip and word in WITH_A_VALUE
                continue
            named.append(word)
        if command in {"exec", "run"}:
            assert named[0] in SERVICES, (command, rest)
        elif command == "cp":
            assert named[0].partition(":")[0] in SERVICES
        else:
            assert command in FOLLOWED_BY_SERVICES | {"config"}, command
            assert {n for n in named if n.isascii()} <= SERVICES, (command, rest)


OURS = sorted({m.split("  ")[0].strip() for m in re.findall(r"python -m runtime ([a-z][^\n`'|]+)", GUIDE)})


def test_commands_of_the_house_are_found() -> None:
    assert {w.split()[0] for w in OURS} == {"account", "backup", "methodology", "recount", "restore"}


@pytest.mark.parametrize("words", OURS)
def test_command_of_the_house_knows_each_option(words: str) -> None:
    names = [w for w in re.sub(r"[^\x00-\x7f].*", "", words).split() if re.fullmatch(r"[a-z]+", w)]
    command = names[:2] if names[0] in {"account", "methodology"} else names[:1]
    shown = CliRunner().invoke(
        app, [*command, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
    )
    assert all(option in shown.output for option in re.findall(r"--[a-z-]+", words)), words


ENGINE = sorted({
    re.sub(r"\$\(hostname -i\)", "localhost", m).split(" #")[0].strip()
    for m in re.findall(r"(?m)(?:(?<=')|(?<=`)|^)temporal ((?:--address \S+ )?(?:worker|operator|workflow) [a-z][^'`\n]+)", GUIDE + COURSES)
})  # fmt: skip


@pytest.mark.parametrize("words", ENGINE)
def test_command_of_the_engine_is_known_to_its_program(words: str) -> None:
    whole = re.sub(r"(--retention)$", r"\1 2160h", words)
    done = subprocess.run(
        [str(temporal_binary()), *whole.split(), "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
