"""What is deployed: pinned images, limits, health, no secret in the open, and commands that exist."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.settings import Settings
from tests.architecture.tree import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {n: s for n, s in SERVICES.items() if s["image"].startswith("puhui:")}
ALERTS = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_service_is_pinned_limited_and_restarted(name: str) -> None:
    service = SERVICES[name]
    tag = service["image"].rpartition(":")[2]
    assert re.fullmatch(r"v?\d+[\w.\-]*", tag), service["image"]
    assert {"cpus", "memory"} <= set(service["deploy"]["resources"]["limits"])
    assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_processes_own_nothing(name: str) -> None:
    service = OURS[name]
    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", ["postgres", "temporal", "web", "proxy"])
def test_what_others_wait_for_tells_its_health(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]


def test_every_dependency_secret_volume_and_network_is_declared() -> None:
    for name, service in SERVICES.items():
        assert set(service.get("depends_on", {})) <= set(SERVICES), name
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"]), name
        assert set(service.get("networks", [])) <= set(COMPOSE["networks"]), name
        named = {v.split(":")[0] for v in service.get("volumes", []) if not v.startswith(".")}
        assert named <= set(COMPOSE["volumes"]), name


def test_no_secret_stands_in_the_open() -> None:
    for service in SERVICES.values():
        for key, value in service.get("environment", {}).items():
            assert not re.search(r"(PASSWORD|SECRET_KEY|DATA_KEYS|DATABASE_URL)$", key), key
            assert "://" not in str(value) or "@" not in str(value)


def test_every_setting_given_is_a_setting() -> None:
    known = {f"PUHUI_{name}".upper() for name in Settings.model_fields} | {"PUHUI_SECRETS_DIR"}
    assert {k for s in OURS.values() for k in s["environment"]} <= known
    files = {n for n in COMPOSE["secrets"] if n.startswith("puhui_")}
    assert files <= {f"puhui_{name}" for name in Settings.model_fields}


def test_secrets_are_read_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "puhui_secret_key").write_text("from-a-file-of-its-own\n")
    monkeypatch.setenv("PUHUI_SECRETS_DIR", str(tmp_path))
    monkeypatch.delenv("PUHUI_SECRET_KEY", raising=False)
    assert Settings().secret_key == "from-a-file-of-its-own"


@pytest.mark.parametrize("name", sorted(OURS))
def test_command_exists(name: str) -> None:
    """Each command line begins with a program or module that this tree has; asked for help it answers."""
    command = OURS[name]["command"]
    if command[:2] == ["sh", "-c"]:
        assert "python -m runtime backup" in command[2]
        command = ["python", "-m", "runtime", "backup"]
    done = subprocess.run(
        [sys.executable, *command[1:3], *(["backup"] if command[2] == "runtime" else []), "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_dockerfile_copies_what_is_there() -> None:
    text = (ROOT / "Dockerfile").read_text()
    for source in re.findall(r"^COPY --chown=root:root ([\w. ]+) [\w.]+/?$", text, re.MULTILINE):
        for name in source.split():
            assert (ROOT / name).exists(), name
    packages = {f"{p.parent.name}" for p in ROOT.glob("*/__init__.py") if p.parent.name != "tests"}
    compiled = re.findall(r"-m compileall -q ([\w. ]+)$", text, re.MULTILINE)
    assert {*compiled[0].split()} == {*packages, "worker.py"}
    assert "USER puhui" in text
    assert "--require-hashes" in text


def test_every_alert_has_its_page_and_its_measure() -> None:
    guide = (ROOT / "docs/production.md").read_text()
    health = (ROOT / "services/health.py").read_text()
    for rule in ALERTS["groups"][0]["rules"]:
        assert f"### {rule['alert']}" in guide
        for measure in re.findall(r"puhui_\w+", rule["expr"]):
            assert f'"{measure}"' in health
