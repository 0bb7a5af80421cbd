"""What is deployed: pinned images, limits, health, no secret in the open, and commands that exist."""

import os
import re
import subprocess
import sys
import tomllib
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


def _judged(file: Path) -> subprocess.CompletedProcess[str]:
    """What the schema of the Compose specification says of a file."""
    command = [
        Path(sys.executable).with_name("check-jsonschema"),
        "--builtin-schema",
        "vendor.compose-spec",
        file,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_file_is_as_the_specification_has_it(tmp_path: Path) -> None:
    judged = _judged(ROOT / "docker-compose.yml")
    assert judged.returncode == 0, judged.stdout
    text, wrong = (ROOT / "docker-compose.yml").read_text(), tmp_path / "wrong.yml"
    for right, slip in {
        "restart: ": "restrat: ",
        "retries: 6": "retries: [6]",
        "volumes: [": "volumes: [3, ",
    }.items():
        wrong.write_text(text.replace(right, slip, 1))
        assert _judged(wrong).returncode == 1, slip


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


#: Images that give the rights of root up by themselves.
BY_THEMSELVES = {
    "postgres": "its own start hands the archive over and goes on as postgres",
    "temporal": "user temporal", "temporal-ui": "user temporal",
    "prometheus": "user nobody", "alertmanager": "user nobody",
}  # fmt: skip


def test_nothing_runs_as_root() -> None:
    told = {n for n, s in SERVICES.items() if re.fullmatch(r"[1-9]\d*:[1-9]\d*", s.get("user", ""))}
    assert told | set(BY_THEMSELVES) == set(SERVICES)
    assert not told & set(BY_THEMSELVES)


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_what_has_to_run_tells_its_health(name: str) -> None:
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


def test_our_image_bears_the_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert {s["image"] for s in OURS.values()} == {f"puhui:{version}"}


def test_every_volume_of_ours_is_made_in_the_image_and_belongs_to_its_user() -> None:
    """A fresh volume takes the owner of the folder it is laid over; where there is none it belongs to root."""
    made = re.findall(
        r"install -d -o puhui -g puhui ([\w/ .-]+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    mounted = {v.split(":")[1] for s in OURS.values() for v in s["volumes"]}
    assert "/backups" in mounted
    assert mounted <= set(made[0].split())


def _in_shell(script: str, *arguments: str, bin_: Path, **programs: str) -> subprocess.CompletedProcess[str]:
    """Run what a container is told to run, with programs of these names in front of the machine's own."""
    for name, body in programs.items():
        file = bin_ / name.replace("_sh", ".sh").replace("_", "-")
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(0o755)
    return subprocess.run(
        ["/bin/sh", "-c", script, *arguments],
        env=os.environ | {"PATH": f"{bin_}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_archive_is_given_to_the_server_which_then_starts_as_it_was_told(tmp_path: Path) -> None:
    service = SERVICES["postgres"]
    script = service["entrypoint"][2].replace("$$", "$")
    assert service["entrypoint"][:2] == ["/bin/sh", "-c"]
    arguments = [*service["entrypoint"][3:], *service["command"]]
    say = 'echo "$0 $#"; for a in "$@"; do echo "$a"; done'
    done = _in_shell(script, *arguments, bin_=tmp_path, chown='echo "chown $@"', docker_entrypoint_sh=say)
    said = done.stdout.splitlines()
    assert said[0] == "chown postgres:postgres /archive"
    assert said[1] == f"{tmp_path}/docker-entrypoint.sh {len(service['command'])}"
    assert said[2:] == service["command"]


def test_a_segment_is_archived_once_and_never_replaced(tmp_path: Path) -> None:
    """As PostgreSQL asks: whole or not at all, the same again is success, another under its name is refused."""
    option = next(c for c in SERVICES["postgres"]["command"] if c.startswith("archive_command="))
    (tmp_path / "archive").mkdir()
    segment, kept = tmp_path / "segment", tmp_path / "archive" / "000001"
    command = option.partition("=")[2].replace("/archive/", f"{tmp_path}/archive/")
    script = command.replace("%f", "000001").replace("%p", str(segment))
    segment.write_text("first")
    assert _in_shell(script, bin_=tmp_path).returncode == 0
    assert _in_shell(script, bin_=tmp_path).returncode == 0
    segment.write_text("other")
    assert _in_shell(script, bin_=tmp_path).returncode != 0
    assert kept.read_text() == "first"
    assert [f.name for f in kept.parent.iterdir()] == ["000001"]
    kept.unlink()
    kept.parent.rmdir()
    assert _in_shell(script, bin_=tmp_path).returncode != 0


@pytest.mark.parametrize(("exit_code", "pause"), [(0, "86400"), (1, "3600")])
def test_backup_is_tried_again_soon_when_it_failed(tmp_path: Path, exit_code: int, pause: str) -> None:
    script = OURS["backup"]["command"][2].replace("$$", "$").replace("${BACKUP_KEEP_DAYS:-30}", "30")
    done = _in_shell(
        script, bin_=tmp_path, python=f'echo "$@"; exit {exit_code}', sleep='echo "sleep $@"; kill $PPID'
    )
    called, slept = done.stdout.splitlines()
    assert re.fullmatch(r"-m runtime backup /backups/\d{8}T\d{6}Z --keep-days 30", called)
    assert slept == f"sleep {pause}"


def test_options_of_the_nightly_backup_are_known() -> None:
    words = OURS["backup"]["command"][2].split()
    options = {w for w in words if w.startswith("--")}
    done = subprocess.run(
        [sys.executable, "-m", "runtime", "backup", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"},
    )
    assert options
    assert all(option in done.stdout for option in options)


def test_what_cannot_be_changed_later_is_chosen() -> None:
    engine = SERVICES["temporal"]["environment"]
    assert engine["NUM_HISTORY_SHARDS"] == "512"
    assert re.fullmatch(r"\d+h", engine["DEFAULT_NAMESPACE_RETENTION"])
    assert int(engine["DEFAULT_NAMESPACE_RETENTION"][:-1]) >= 30 * 24


@pytest.mark.parametrize(
    ("name", "wanted", "secret"),
    [("worker", "SMTP", "smtp_password"), ("web", "SMTP", ""), ("web", "OIDC", "oidc_client_secret")],
)
def test_mail_and_single_sign_on_reach_whoever_needs_them(name: str, wanted: str, secret: str) -> None:
    fields = {f for f in Settings.model_fields if f.startswith(wanted.lower())} | (
        {"mail_from"} if wanted == "SMTP" else set()
    )
    secrets = {"smtp_password", "oidc_client_secret"}
    given = {k.removeprefix("PUHUI_").lower() for k in OURS[name]["environment"]}
    assert fields - secrets <= given
    assert not secret or f"puhui_{secret}" in OURS[name]["secrets"]


def test_defaults_that_are_passed_on_are_those_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable nobody set must not change anything: its default in the compose file is the program's own."""
    own = {"PUHUI_PUBLIC_URL"}  # an office has to give its own
    for name in [n for n in os.environ if n.startswith("PUHUI_")]:
        monkeypatch.delenv(name)
    plain = Settings()
    for service in OURS.values():
        for key, value in service["environment"].items():
            default = re.fullmatch(r"\$\{(\w+):-(.*)\}", str(value))
            if default and key not in own:
                assert default[1] == key
                monkeypatch.setenv(key, default[2])
                field = key.removeprefix("PUHUI_").lower()
                assert getattr(Settings(), field) == getattr(plain, field), key


def test_alerts_reach_somebody() -> None:
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    targets = config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"]
    assert [t.partition(":")[0] for t in targets] == ["alertmanager"]
    told = yaml.safe_load((ROOT / "deploy/alertmanager/alertmanager.yml").read_text())
    receivers = {r["name"]: r["email_configs"][0]["to"] for r in told["receivers"]}
    routes = [told["route"], *told["route"]["routes"]]
    assert {r["receiver"] for r in routes} == set(receivers)
    severities = {r["labels"]["severity"] for r in ALERTS["groups"][0]["rules"]}
    assert severities == {"page", "ticket"}
    guide = (ROOT / "docs/production.md").read_text()
    assert "deploy/alertmanager/alertmanager.yml" in guide


def test_dockerfile_copies_what_is_there() -> None:
    text = (ROOT / "Dockerfile").read_text()
    for source in re.findall(r"^COPY --chown=root:root ([\w. ]+) [\w.]+/?$", text, re.MULTILINE):
        for name in source.split():
            assert (ROOT / name).exists(), name
    packages = {f"{p.parent.name}" for p in ROOT.glob("*/__init__.py") if p.parent.name != "tests"}
    compiled = re.findall(r"-m compileall -q ([\w. ]+)$", text, re.MULTILINE)
    assert {*compiled[0].split()} == {*packages, "worker.py"}
    assert "python -m api.translated\n" in text.partition("-m compileall")[2]
    assert "--uid 10001 " in text  # by number: a cluster that refuses root cannot look names up
    assert "USER 10001:10001" in text
    assert "--require-hashes" in text


def test_every_alert_has_its_page_and_its_measure() -> None:
    guide = (ROOT / "docs/production.md").read_text()
    health = (ROOT / "services/health.py").read_text()
    for rule in ALERTS["groups"][0]["rules"]:
        assert f"### {rule['alert']}" in guide
        for measure in re.findall(r"puhui_\w+", rule["expr"]):
            assert f'"{measure}"' in health


def test_every_measure_is_explained() -> None:
    code = "".join(
        (ROOT / f).read_text() for f in ("services/health.py", "api/envelope.py", "activities/measures.py")
    )
    guide = (ROOT / "docs/production.md").read_text()
    told = set(re.findall(r'(?:Gauge|Counter|Histogram)\(\s*"(puhui_\w+)"', code))
    assert len(told) > 14
    assert {m for m in told if f"`{m}`" not in guide} == set()


def test_dashboard_and_alerts_name_measures_that_exist() -> None:
    code = "".join(
        (ROOT / f).read_text()
        for f in ("services/health.py", "api/envelope.py", "services/logs.py", "activities/measures.py")
    )
    shown = (ROOT / "deploy/grafana/puhui.json").read_text() + (
        ROOT / "deploy/prometheus/alerts.yml"
    ).read_text()
    for measure in set(re.findall(r"puhui_\w+", shown)):
        assert f'"{measure.removesuffix("_bucket").removesuffix("_total")}"' in code, measure
