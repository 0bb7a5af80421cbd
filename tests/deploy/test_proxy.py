"""deploy/nginx.conf in a real nginx, before a web process started by the command of the compose file."""

import json
import queue
import re
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from sqlmodel import col, select

from models.tables import AuditEvent, Case, LoginSession, SignInAttempt, User
from models.vocabulary.events import Event
from services import audit, clock, guesses, people
from services.session import reading, transaction
from tests import factories
from tests.architecture.tree import ROOT
from tests.conftest import environment
from tests.deploy import proxy
from tests.deploy.proxy import Site
from tests.deploy.tools import program
from tests.system import hidden_fields

FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Real-IP": "203.0.113.9",
    "Forwarded": "for=203.0.113.9;proto=http",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "evil.example",
}
GUARDS = (
    "strict-transport-security", "content-security-policy", "x-content-type-options", "x-frame-options",
    "referrer-policy", "cache-control",
)  # fmt: skip
UPLOAD_MB = 2


@pytest.fixture(scope="module")
def site(database: str, site_home: Path) -> Iterator[Site]:
    home = site_home
    found = proxy.site_at(home)
    settings = {
        "DATABASE_URL": database,
        "COOKIE_SECURE": "true",
        "PUBLIC_URL": found.address,
        "MAX_UPLOAD_MB": str(UPLOAD_MB),
    }
    with environment(**settings), proxy.proxied(found, home), proxy.house(found, home):
        yield found


@pytest.fixture
def public(site: Site) -> Iterator[httpx.Client]:
    with site.client() as client:
        yield client


@pytest.fixture
def case(site: Site) -> Case:
    with transaction() as session:
        filer = factories.user(session, "applicant", username=f"filer-{time.monotonic_ns()}")
        return factories.case(session, filer, status="draft", created_by=filer.id)


def _token(case: Case) -> dict[str, str]:
    with transaction() as session:
        filer = session.get_one(User, case.created_by)
        opened = people.open_session(session, filer, ip="", kind="api")
    return {"Authorization": f"Bearer {opened.token}"}


def test_pages_and_files_come_through_with_each_guard_once(public: httpx.Client) -> None:
    page = public.get("/")
    assert (page.status_code, page.headers["server"]) == (200, "nginx")
    static = re.findall(r'(?:href|src)="(/static/[^"]+\?v=[^"]+)"', page.text)
    assert static
    for answer in (page, public.get("/login"), public.get("/nothing"), public.get("/api/v1/me")):
        for name in GUARDS:
            assert len(answer.headers.get_list(name)) == 1, (answer.url, name)
    for path in static:
        answer = public.get(path)
        assert answer.status_code == 200, path
        assert "immutable" in answer.headers["cache-control"], path


def _line(site: Site, *protocols: str) -> ssl.SSLSocket:
    """An encrypted line to the site, for what no client of HTTP would say."""
    trust = ssl.create_default_context(cafile=str(site.certificate))
    trust.set_alpn_protocols(protocols)
    raw = socket.create_connection(("localhost", site.port), timeout=60)
    return trust.wrap_socket(raw, server_hostname="localhost")


def test_the_site_speaks_http_2_and_no_old_tls(site: Site) -> None:
    with _line(site, "h2", "http/1.1") as line:
        assert line.selected_alpn_protocol() == "h2"
        assert line.version() == "TLSv1.3"


def test_the_proxy_is_healthy_to_its_own_check(site: Site) -> None:
    _, name, *words = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["proxy"]["healthcheck"]["test"]  # fmt: skip
    here = [word.replace("127.0.0.1:8080", f"127.0.0.1:{site.plain_port}") for word in words]
    done = subprocess.run([program(name, name), *here], check=False, env={"no_proxy": "*"})
    assert done.returncode == 0


def test_plain_http_leads_to_the_same_place_by_https(site: Site) -> None:
    for method in ("GET", "POST"):
        answer = httpx.request(
            method, f"{site.plain}/notices?page=2&q=%E5%85%89", trust_env=False, timeout=90
        )
        assert answer.status_code == 308
        assert answer.headers["location"] == "https://localhost/notices?page=2&q=%E5%85%89"
    assert httpx.get(f"{site.plain}/healthz", trust_env=False, timeout=90).text == "ok\n"
    assert httpx.get(f"{site.plain}/readyz", trust_env=False, timeout=90).status_code == 308


def _raw(site: Site, target: str) -> bytes:
    """The answer to a request whose target is sent as it stands."""
    with _line(site, "http/1.1") as line:
        line.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: line.recv(65536), b""))


@pytest.mark.parametrize("target", [
    "/metrics", "/metrics?x=1", "/metrics/", "//metrics", "/./metrics", "/x/../metrics", "/%6detrics", "/metrics%0a",
    "/metrics%0A?x", "/metrics%00", "/x/..%2fmetrics", "/metrics%2f", "/metrics;x", "https://localhost/metrics",
])  # fmt: skip
def test_measures_are_told_to_nobody_outside(site: Site, target: str) -> None:
    answer = _raw(site, target)
    assert answer.split()[1] in {b"404", b"400"}
    assert b"puhui_" not in answer


def test_measures_are_told_inside(site: Site) -> None:
    inside = httpx.get(f"http://127.0.0.1:{site.house_port}/metrics", trust_env=False, timeout=90)
    assert "puhui_database_reachable 1.0" in inside.text


def test_live_page_is_not_held_back(site: Site, public: httpx.Client, case: Case) -> None:
    heard: queue.Queue[tuple[float, str]] = queue.Queue()
    with public.stream("GET", f"/api/v1/cases/{case.case_no}/events", headers=_token(case)) as answer:
        lines = answer.iter_lines()
        assert next(lines).startswith(":")

        def hear() -> None:
            for line in lines:
                heard.put((time.monotonic(), line))
                if line.startswith("data:"):
                    return

        threading.Thread(target=hear, daemon=True).start()
        with transaction() as session:
            row = session.get_one(Case, case.id, with_for_update=True)
            audit.record(session, Event.STAGE_ENTERED, public=True, case=row, data={"stage": "formal_review"})
        for _ in range(12):
            _, line = heard.get(timeout=60)
            if line.startswith("data:"):
                break
        else:
            pytest.fail("no event")
    assert json.loads(line.partition(":")[2])


def test_too_large_a_paper_is_refused_in_words_of_the_house(public: httpx.Client, case: Case) -> None:
    """Also far above what any proxy takes unasked: the limit is one setting, and its words are ours."""
    path = f"/api/v1/cases/{case.case_no}/attachments"
    for megabytes in (UPLOAD_MB + 3, 70):
        paper = {"file": ("a.pdf", b"%PDF-1.4\n" + bytes(megabytes * 1024 * 1024), "application/pdf")}
        sent: dict[str, Any] = {"data": {"kind": "licence"}, "files": paper}
        told = public.post(path, headers=_token(case), **sent)
        assert (told.status_code, told.json()["title"]) == (413, "提交的内容过大"), megabytes
        page = public.post("/login", **sent)
        assert page.status_code == 413
        assert "请压缩或分次上传" in page.text
    small = {"file": ("a.pdf", _paper(), "application/pdf")}
    taken = public.post(path, headers=_token(case), data={"kind": "licence", "sealed": "true"}, files=small)
    assert taken.status_code == 201, taken.text


def _paper() -> bytes:
    from tests.api.case_world import PDF

    return PDF + bytes(UPLOAD_MB * 1024 * 1024 - 4096)


def _try(client: httpx.Client, name: str, **headers: str) -> httpx.Response:
    said = {"username": name, "password": "wrong-password"}
    return client.post("/api/v1/auth/token", data=said, headers=FORGED | headers)


def _from(name: str) -> set[str]:
    """The addresses that tries with a name are recorded of."""
    with reading() as session:
        return set(session.exec(select(SignInAttempt.ip).where(SignInAttempt.username == name)).all())


def test_nobody_lends_himself_an_address(site: Site, public: httpx.Client) -> None:
    """What is recorded, and what the limit by address counts, is where the connection came from."""
    assert _try(public, "forger").status_code == 401
    assert _from("forger") == {"127.0.0.1"}
    with transaction() as session:
        session.add_all(
            SignInAttempt(username="many", ip="127.0.0.1", at=clock.now())
            for _ in range(guesses.TRIES_BY_ADDRESS)
        )
    assert _try(public, "forger").status_code == 429
    with site.client(from_address="127.0.0.2") as neighbour:
        assert _try(neighbour, "neighbour").status_code == 401
    assert _from("neighbour") == {"127.0.0.2"}
    with reading() as session:
        rows = session.exec(select(AuditEvent.ip).where(AuditEvent.event == Event.SIGN_IN_FAILED)).all()
    assert set(rows) == {"127.0.0.1", "127.0.0.2"}


def test_the_word_of_a_gateway_is_taken_and_nobody_elses(site: Site, home: Path) -> None:
    """As the guide says for an office whose visitors all come through one gateway."""
    guide = (ROOT / "docs/production.md").read_text()
    lines = re.findall(r"^set_real_ip_from .+\nreal_ip_header .+$", guide, re.MULTILINE)[0]
    inner = replace(proxy.site_at(home), house_port=site.house_port)
    with proxy.proxied(inner, home, re.sub(r"from \S+;", "from 127.0.0.5;", lines) + "\n"):
        for source, name in {"127.0.0.5": "by-the-gateway", "127.0.0.6": "by-nobody"}.items():
            with inner.client(from_address=source) as client:
                assert _try(client, name).status_code == 401
    assert _from("by-the-gateway") == {"203.0.113.9"}
    assert _from("by-nobody") == {"127.0.0.6"}


def test_a_browser_signs_in_over_https_only(site: Site) -> None:
    with transaction() as session:
        person = factories.user(session, "officer", username="behind-the-proxy")
        person.password_hash = people.hash_password("a-good-password-1")
        session.add(person)
    with site.client(from_address="127.0.0.3") as browser:
        fields = hidden_fields(browser.get("/login").text)
        sent = {"username": "behind-the-proxy", "password": "a-good-password-1", **fields}
        refused = browser.post("/login", data=sent, headers={"Origin": "https://evil.example"})
        assert refused.status_code == 403
        answer = browser.post("/login", data=sent, headers=FORGED | {"Origin": site.address})
        assert answer.status_code == 303, answer.text
        cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("puhui_session"))
        assert {"Secure", "HttpOnly"} <= {w.strip() for w in cookie.split(";")}
        assert "evil.example" not in answer.headers["location"]
        assert browser.get(answer.headers["location"]).status_code in {200, 303}
    with reading() as session:
        where = col(LoginSession.user_id) == person.id
        assert session.exec(select(LoginSession.ip).where(where)).one() == "127.0.0.3"


SECRET = "Zk3v0-_aQx81LmNsPq72TtYw"
LINKS = (
    f"/objections/{SECRET}", f"/objections/{SECRET}?new=1", f"//objections//{SECRET}", f"/%6fbjections/{SECRET}",
    f"/api/v1/public/objections/{SECRET}", f"/x/../api/v1/public/objections/{SECRET}", f"/objections%2f{SECRET}",
)  # fmt: skip


def _log(home: Path) -> str:
    """What nginx has written; the line of an answer comes after the answer."""
    time.sleep(0.3)
    return (home / "log").read_text()


def test_the_link_of_an_objection_is_in_no_log_of_the_proxy(site: Site, public: httpx.Client) -> None:
    """Whoever has it reads the objection, and who keeps the logs need not."""
    for link in LINKS:
        assert _raw(site, link).split()[1] in {b"404", b"422"}, link
        httpx.get(site.plain + link, trust_env=False, timeout=90)
    public.get("/notices", params={"q": SECRET}, headers={"Referer": f"{site.address}/objections/{SECRET}"})
    _raw(site, "/x%0d%0a203.0.113.9%20forged")
    said = _log(site.certificate.parent)
    assert SECRET not in said
    assert all(line.startswith("127.0.0.") for line in said.splitlines() if "forged" in line)
    assert "forged" in said
    for masked in ('"GET /objections/***"', '"GET /api/v1/public/objections/***"', '"GET /notices"'):
        assert masked in said, masked


def test_what_goes_wrong_is_told_without_the_address_that_was_asked_for(home: Path) -> None:
    """No web answers: which, and how often, stands in the log; links that are keys and words searched for do not."""
    alone = proxy.site_at(home)
    with proxy.proxied(alone, home):
        for link in (*LINKS, f"/lang/en?next=/objections/{SECRET}", f"/cases?q={SECRET}"):
            assert _raw(alone, link).split()[1] == b"502", link
        said = _log(home)
    assert SECRET not in said
    assert f" 127.0.0.1:{alone.house_port} 502" in said


def test_without_a_web_the_visitor_reads_what_to_do(home: Path) -> None:
    alone = proxy.site_at(home)
    with proxy.proxied(alone, home), alone.client() as public:
        answer = public.get("/cases")
    assert answer.status_code == 502
    assert "text/html" in answer.headers["content-type"]
    assert "已提交的内容不受影响" in answer.text
    assert '<html lang="zh' in answer.text
    assert "charset=utf-8" in answer.headers["content-type"].lower()
    assert answer.headers["cache-control"] == "no-store"
    assert len(answer.headers.get_list("strict-transport-security")) == 1
