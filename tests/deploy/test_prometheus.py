"""Alerts and dashboard, told by the programs that will read them: promtool, amtool, a Prometheus, an Alertmanager."""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.policy import default
from functools import partial
from typing import Any

import httpx
import pytest
import yaml
from aiosmtpd.controller import Controller

from activities import measures
from runtime.processes import free_port
from services import clock, health
from services.session import transaction
from tests.architecture.tree import ROOT
from tests.deploy.tools import eventually, program, said, started
from tests.serving import served

DEPLOY = ROOT / "deploy"
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
RULES = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"][0]["rules"]
TRIALS = [yaml.safe_load(f.read_text()) for f in sorted((DEPLOY / "prometheus").glob("*.test.yml"))]
PANELS = json.loads((DEPLOY / "grafana/puhui.json").read_text())["panels"]
SHOWN = [t | {"title": p["title"]} for p in PANELS for t in p["targets"]]
SELECTOR = re.compile(r"(?:puhui_\w+|\bup\b)(?:\{[^}]*\})?")

promtool = partial(program, "promtool", "prometheus")
amtool = partial(program, "amtool", "prometheus-alertmanager")


def test_rules_and_configuration_are_read_by_promtool() -> None:
    assert "12 rules found" in said(promtool(), "check", "rules", f"{DEPLOY}/prometheus/alerts.yml")
    assert "SUCCESS" in said(promtool(), "check", "config", f"{DEPLOY}/prometheus/prometheus.yml")


def test_each_alert_speaks_when_it_should_and_only_then() -> None:
    said(promtool(), "test", "rules", *map(str, sorted((DEPLOY / "prometheus").glob("*.test.yml"))))


@pytest.mark.parametrize("alert", [r["alert"] for r in RULES])
def test_each_alert_is_tried_both_ways(alert: str) -> None:
    """Speaking, silent just before its time, and silent through a whole trial that comes near to it."""
    trials = [
        [a for a in t["alert_rule_test"] if a["alertname"] == alert] for f in TRIALS for t in f["tests"]
    ]
    speaking = [t for t in trials if any(a.get("exp_alerts") for a in t)]
    assert speaking
    assert all(not t[0].get("exp_alerts") for t in speaking)
    assert [t for t in trials if t and t not in speaking]


def test_alertmanager_reads_its_configuration_and_knows_who_is_told() -> None:
    config = f"--config.file={DEPLOY}/alertmanager/alertmanager.yml"
    assert "SUCCESS" in said(amtool(), "check-config", config.partition("=")[2])
    for severity, receiver in {"page": "duty", "ticket": "office"}.items():
        told = said(amtool(), "config", "routes", "test", config, f"severity={severity}", "alertname=X")
        assert receiver in told.split()


def _given(name: str, here: dict[str, str]) -> list[str]:
    """The options of the compose file, with folders and ports of this machine."""
    return [_here(word, here) for word in SERVICES[name]["command"]]


def _is_healthy(name: str, here: dict[str, str]) -> bool:
    """What the container's health check says."""
    _, program_, *words = (_here(word, here) for word in SERVICES[name]["healthcheck"]["test"])
    done = subprocess.run([program(program_, "wget"), *words], check=False, env={"no_proxy": "*"})
    return done.returncode == 0


def _here(word: str, here: dict[str, str]) -> str:
    for theirs, ours in here.items():
        word = word.replace(theirs, ours)
    return word


class Mailbox:
    """What the alertmanager sent: to whom, and the mail."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, Any]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's
        mail = message_from_bytes(envelope.content, policy=default)
        self.mails += [(to, mail) for to in envelope.rcpt_tos]
        return "250 OK"

    def about(self, to: str, *words: str) -> list[Any]:
        bodies = [(m, m.as_string() + m.get_body().get_content()) for t, m in self.mails if t == to]
        return [m for m, body in bodies if all(w in body for w in words)]


@pytest.fixture(scope="module")
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box, port = Mailbox(), free_port(0)
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@pytest.fixture(scope="module")
def alertmanager(mailbox: tuple[Mailbox, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The office's Alertmanager with another mail server, and without the half minute that it collects for."""
    binary = program("prometheus-alertmanager", "prometheus-alertmanager")
    home = tmp_path_factory.mktemp("alertmanager")
    config = yaml.safe_load((DEPLOY / "alertmanager/alertmanager.yml").read_text())
    config["global"]["smtp_smarthost"] = f"127.0.0.1:{mailbox[1]}"
    config["route"]["group_wait"] = "200ms"
    (home / "alertmanager.yml").write_text(yaml.safe_dump(config))
    port = free_port(0)
    given = _given("alertmanager", {"/etc/alertmanager/": f"{home}/", "=/alertmanager": f"={home}/data"})
    command = [binary, *given, f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]
    with started(command, home / "log", f"http://127.0.0.1:{port}/-/ready"):
        assert _is_healthy("alertmanager", {"9093": str(port)})
        yield f"http://127.0.0.1:{port}"


Ask = Callable[[str], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def prometheus(database: str, alertmanager: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """The office's Prometheus, which looks oftener and finds its one web without a name server; answers questions."""
    binary = program("prometheus", "prometheus")
    home = tmp_path_factory.mktemp("prometheus")
    shutil.copy(DEPLOY / "prometheus/alerts.yml", home)
    config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    config["global"] |= {
        "scrape_interval": "1s",
        "scrape_timeout": "1s",
        "evaluation_interval": "300ms",
    }
    config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = [alertmanager[len("http://") :]]
    port = free_port(0)
    with served() as web:
        there = {"puhui-web": web.removeprefix("http://"), "puhui-worker": f"127.0.0.1:{_worker()}"}
        for job in config["scrape_configs"]:
            del job["dns_sd_configs"]
            job["static_configs"] = [{"targets": [there.pop(job["job_name"])]}]
        assert there == {}
        (home / "prometheus.yml").write_text(yaml.safe_dump(config))
        given = _given("prometheus", {"/etc/prometheus/": f"{home}/"})
        here = [f"--storage.tsdb.path={home}/data", f"--web.listen-address=127.0.0.1:{port}"]
        with started([binary, *given, *here], home / "log", f"http://127.0.0.1:{port}/-/ready"):
            assert _is_healthy("prometheus", {"9090": str(port)})
            ask = partial(_ask, f"http://127.0.0.1:{port}/api/v1/query")
            page = 'sum(puhui_http_seconds_count{route="/login"})'
            seen = -1.0  # other tests of this process have looked at pages, too
            for _ in range(2):  # a rate needs two looks at what has changed in between
                httpx.get(web + "/login", trust_env=False, timeout=90)
                measures.STEPS.labels("project", "done").observe(0.02)
                measures.delivered(clock.now())
                found = eventually("a look at it", lambda was=seen: ask(f"{page} > {was}"))
                seen = float(found[0]["value"][1])
            yield ask


def _worker() -> int:
    """What a worker tells is told from this process, by the same means; the port."""
    return measures.tell("127.0.0.1:0")


def _ask(address: str, expression: str) -> list[dict[str, Any]]:
    answer = httpx.get(address, params={"query": expression}, trust_env=False, timeout=90).json()
    assert answer["status"] == "success", (expression, answer)
    return list(answer["data"]["result"])


def test_webs_and_workers_are_both_looked_at(prometheus: Ask) -> None:
    for job in ("puhui-web", "puhui-worker"):
        eventually(job, lambda j=job: prometheus(f'up{{job="{j}"}} == 1'))
    for measure in (
        "puhui_activity_seconds_count",
        "puhui_relay_seconds_count",
        "puhui_relay_messages_total",
    ):
        eventually(measure, lambda m=measure: prometheus(f'{m}{{job="puhui-worker"}} > 0'))


def test_each_alert_reads_measures_that_a_web_tells(prometheus: Ask) -> None:
    for rule in RULES:
        prometheus(rule["expr"])
        selectors = SELECTOR.findall(rule["expr"])
        assert selectors, rule
        for selector in selectors:
            eventually(f"{rule['alert']}: {selector}", lambda s=selector: prometheus(s))


def test_each_panel_shows_something(prometheus: Ask) -> None:
    """On a busy machine a look may come too late, and what is told then is nothing: the next one counts."""
    for target in SHOWN:
        found = eventually(str(target), lambda t=target: prometheus(t["expr"]))
        for label in re.findall(r"\{\{\s*(\w+)\s*\}\}", target.get("legendFormat", "")):
            assert all(label in series["metric"] for series in found), target
        assert all(series["value"][1] != "NaN" for series in found), target


def test_a_fault_in_the_rows_reaches_the_mailbox_of_the_office(
    prometheus: Ask, mailbox: tuple[Mailbox, int]
) -> None:
    with transaction() as session:
        health.backed_up(session, missing=1, free=0.5)
    eventually("the alert fires", lambda: prometheus('ALERTS{alertname="FilesMissing",alertstate="firing"}'))
    mail = eventually("a mail", lambda: mailbox[0].about("office@puhui.example", "登记在案的文件缺失"))[0]
    assert "FilesMissing" in mail["subject"]
    assert not mailbox[0].about("duty@puhui.example", "FilesMissing")


def test_the_trial_of_the_guide_reaches_whoever_is_on_duty(
    alertmanager: str, mailbox: tuple[Mailbox, int]
) -> None:
    guide = (ROOT / "docs/production.md").read_text()
    command = re.findall(r"^docker compose exec alertmanager amtool (alert add .+)$", guide, re.MULTILINE)[0]
    words = shlex.split(command.replace("http://127.0.0.1:9093", alertmanager))
    said(amtool(), *words)
    assert eventually("a mail", lambda: mailbox[0].about("duty@puhui.example", "Trial", "试发"))


def test_what_follows_from_a_dead_database_is_not_told_apart(
    alertmanager: str, mailbox: tuple[Mailbox, int]
) -> None:
    url = f"--alertmanager.url={alertmanager}"
    said(amtool(), "alert", "add", "DatabaseUnreachable", "severity=page", url)
    eventually("the cause is told", lambda: mailbox[0].about("duty@puhui.example", "DatabaseUnreachable"))
    said(amtool(), "alert", "add", "EngineUnreachable", "severity=page", url)
    listed = partial(said, amtool(), "alert", "query", "--inhibited", "-o", "json", url)
    eventually("it is held back", lambda: "EngineUnreachable" in listed())
    assert not mailbox[0].about("duty@puhui.example", "EngineUnreachable")
