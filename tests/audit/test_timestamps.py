"""Timestamps of the daily roots (RFC 3161), by an authority made for the test; nothing leaves this machine."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from services import audit_export, audit_verifier, timestamps
from services.settings import settings
from tests.audit import exports as ex

pytestmark = [
    pytest.mark.rule("M10"),
    pytest.mark.skipif(not shutil.which("openssl"), reason="the authority of this test is made with openssl"),
]
CONFIG = """
[tsa]
default_tsa = main
[main]
serial = {home}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[extensions]
extendedKeyUsage = critical,timeStamping
basicConstraints = CA:FALSE
"""


def run(*command: object) -> None:
    subprocess.run([str(c) for c in command], check=True, capture_output=True)


class Authority:
    """A root certificate, a certificate for stamping, and an address that answers."""

    def __init__(self, home: Path) -> None:
        self.home, self.broken, self.asked = home, False, 0
        (home / "tsa.cnf").write_text(CONFIG.format(home=home))
        (home / "serial").write_text("01\n")
        ca, key = home / "ca.pem", home / "ca.key"
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", ca,
            "-subj", "/CN=Test root", "-days", 9, "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
        run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", home / "tsa.key", "-out", home / "tsa.csr",
            "-subj", "/CN=Test authority")  # fmt: skip
        run("openssl", "x509", "-req", "-in", home / "tsa.csr", "-CA", ca, "-CAkey", key, "-CAcreateserial", "-days", 9,
            "-extfile", home / "tsa.cnf", "-extensions", "extensions", "-out", home / "tsa.pem")  # fmt: skip

    def reply(self, query: bytes) -> bytes:
        self.asked += 1
        if self.broken:
            return b"nothing of the kind"
        asked, answer = self.home / "query.tsq", self.home / "answer.tsr"
        asked.write_bytes(query)
        run("openssl", "ts", "-reply", "-queryfile", asked, "-config", self.home / "tsa.cnf", "-signer",
            self.home / "tsa.pem", "-inkey", self.home / "tsa.key", "-out", answer)  # fmt: skip
        return answer.read_bytes()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa"))


@pytest.fixture
def address(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = authority.reply(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return None

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    own = f"http://127.0.0.1:{server.server_address[1]}/tsa"
    monkeypatch.setattr(settings(), "timestamp_url", own)
    monkeypatch.setattr(settings(), "timestamp_ca_file", authority.home / "ca.pem")
    authority.broken = False
    timestamps._tried.clear()
    yield own
    server.shutdown()


@pytest.fixture
def root(session: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A root with its file, in a folder of the test's own."""
    monkeypatch.setattr(settings(), "data_dir", tmp_path)
    ex.history(session, 1)
    row = ex.sealed(session)
    audit_export.write(session, row)
    return row


def test_a_root_is_stamped_once_and_the_verifier_reads_the_stamp(session, root, address, authority, capsys):
    before = authority.asked
    assert timestamps.stamp_missing(session) == [root.number]
    assert timestamps.stamp_missing(session) == []
    assert authority.asked == before + 1
    assert timestamps.stamped_at(root).startswith("20")
    assert audit_verifier.main([str(audit_export.file_of(root))]) == 0
    assert f"over root {root.number}" in capsys.readouterr().out


def test_a_stamp_of_something_else_is_found(session, root, address, capsys):
    timestamps._keep(root, timestamps.ask(address, b"another root"))
    assert timestamps.stamped_at(root).startswith("✗")
    assert audit_verifier.main([str(audit_export.file_of(root))]) == 1
    assert "timestamp · 时间戳与签名根不符" in capsys.readouterr().out


@pytest.mark.parametrize(
    "token", [b"", b"\x30\x80", b"no stamp at all", audit_verifier.TST_INFO + b"\xa0\x84\xff"]
)
def test_a_broken_stamp_is_found_and_breaks_nothing(session, root, token):
    timestamps._keep(root, token)
    assert audit_verifier.main([str(audit_export.file_of(root))]) == 1
    assert timestamps.stamped_at(root).startswith("✗")


def test_an_authority_that_fails_stops_nothing_and_is_left_alone_for_a_while(
    session, root, address, authority
):
    authority.broken = True
    before = authority.asked
    assert timestamps.stamp_missing(session) == []
    assert timestamps.stamp_missing(session) == []
    assert authority.asked == before + 1
    authority.broken = False
    timestamps._tried.clear()
    assert timestamps.stamp_missing(session) == [root.number]


def test_a_token_of_an_unknown_authority_is_not_taken(session, root, address, tmp_path, monkeypatch):
    other = Authority(tmp_path)
    monkeypatch.setattr(settings(), "timestamp_ca_file", other.home / "ca.pem")
    assert timestamps.stamp_missing(session) == []
    assert not timestamps.token_file(root).exists()


def test_without_an_authority_nothing_is_asked(session, root):
    assert settings().timestamp_url == ""
    assert timestamps.stamp_missing(session) == []
