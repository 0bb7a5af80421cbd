"""The proxy of the compose file on this machine: its own configuration with other ports, paths and house."""

import contextlib
import datetime as dt
import os
import re
import shlex
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from runtime.processes import allow_traversal, database_identity, free_port
from tests.architecture.tree import ROOT
from tests.deploy.tools import program, started

TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
HTTP2_BY_ITSELF = (1, 25, 1)  # older ones are told on the line of the port


@dataclass(frozen=True)
class Site:
    """Where the site is reached, and what trusts its certificate."""

    plain_port: int
    port: int
    house_port: int
    certificate: Path

    @property
    def address(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def plain(self) -> str:
        return f"http://localhost:{self.plain_port}"

    def client(self, from_address: str = "", **more: object) -> httpx.Client:
        """A client that trusts the site; `from_address` is one of this machine's."""
        transport = httpx.HTTPTransport(
            verify=_trusting(self.certificate), local_address=from_address or None
        )
        return httpx.Client(base_url=self.address, transport=transport, timeout=90, trust_env=False, **more)  # type: ignore[arg-type]


def _trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def certify(home: Path) -> None:
    """A certificate of our own for localhost, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (home / "tls_certificate").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    kind = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (home / "tls_key").write_bytes(key.private_bytes(serialization.Encoding.PEM, *kind))


def adapted(nginx: str, home: Path, site: Site, more: str = "") -> str:
    """The configuration for this machine; nothing but ports, paths and the address of the house is another.

    Args:
        more: what an office adds behind `http {`.
    """
    text = (ROOT / "deploy/nginx.conf").read_text()
    said = subprocess.run([nginx, "-v"], capture_output=True, text=True, check=True).stderr
    version = tuple(int(n) for n in re.findall(r"nginx/(\d+)\.(\d+)\.(\d+)", said)[0])
    if version < HTTP2_BY_ITSELF:
        text = text.replace("listen 8443 ssl;", "listen 8443 ssl http2;").replace("http2 on;", "")
    folders = "".join(f"{t}_temp_path {home}/{t};\n" for t in TEMPORARY)
    changes = {
        "listen 8080": f"listen 127.0.0.1:{site.plain_port}",
        "listen 8443": f"listen 127.0.0.1:{site.port}",
        "/var/run/nginx.pid": f"{home}/nginx.pid",
        "/run/secrets/": f"{home}/",
        "set $house web;": "set $house 127.0.0.1;",
        "$house:8000": f"$house:{site.house_port}",
        "http {\n": "http {\n" + folders + more,
    }
    for ours, here in changes.items():
        assert ours in text, ours
        text = text.replace(ours, here)
    return text


@contextlib.contextmanager
def proxied(site: Site, home: Path, more: str = "") -> Iterator[None]:
    """As in the compose file it has no rights of root: who tests as root gives them up for it."""
    nginx = program("nginx", "nginx")
    (home / "nginx.conf").write_text(adapted(nginx, home, site, more))
    command = [nginx, "-p", str(home), "-c", f"{home}/nginx.conf", "-g", "daemon off;"]
    if who := database_identity():
        allow_traversal(home / "nginx.conf")
        (home / "log").touch()  # it opens what it writes to itself, which a container gives to its user, too
        for file in (home, *home.iterdir()):
            os.chown(file, who.uid, who.gid)
        command = ["setpriv", f"--reuid={who.uid}", f"--regid={who.gid}", "--clear-groups", "--no-new-privs", "--bounding-set=-all", *command]  # fmt: skip
    with started(command, home / "log", site.plain):
        yield


@contextlib.contextmanager
def house(site: Site, home: Path) -> Iterator[None]:
    """A web process, started by the command of the compose file."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    command = shlex.join(compose["services"]["web"]["command"])
    command = command.replace("--host 0.0.0.0", "--host 127.0.0.1").replace("8000", str(site.house_port))
    words = [sys.executable, *shlex.split(command)[1:]]
    with started(words, home / "web.log", f"http://127.0.0.1:{site.house_port}/healthz"):
        yield


def site_at(home: Path) -> Site:
    """Free ports and a certificate."""
    certify(home)
    return Site(free_port(0), free_port(0), free_port(0), home / "tls_certificate")
