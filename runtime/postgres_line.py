"""A line to the database for PostgreSQL's own programs, which come without TLS: pg_dump and pg_restore of the wheel.

The drivers speak TLS as the address asks for it. The programs speak to a socket in a private folder, and what they say
goes on from there by TLS with the same certificates and the same checks.
"""

import contextlib
import select
import socket
import ssl
import struct
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL, make_url

from runtime.errors import RuntimeTrouble

SSL_REQUEST = struct.pack("!II", 8, 80877103)
SOCKET_NUMBER = 5432  # part of the socket's file name
CHUNK = 64 * 1024
Options = dict[str, str]


@contextlib.contextmanager
def line(address: str) -> Iterator[str]:
    """The address for the programs: the same where the driver needs no TLS, else that of the socket.

    Raises:
        psycopg.OperationalError: nobody answers there, or the other side is not who it should be.
    """
    with psycopg.connect(plain(address)) as connection:
        encrypted = connection.pgconn.ssl_in_use
        options = _options(connection) if encrypted else {}
    if not encrypted:
        yield address
        return
    # a folder that nobody else can enter
    with (
        tempfile.TemporaryDirectory(prefix="puhui-line-") as folder,
        socket.socket(socket.AF_UNIX) as listener,
    ):
        listener.bind(f"{folder}/.s.PGSQL.{SOCKET_NUMBER}")
        listener.listen()
        threading.Thread(target=_serve, args=(listener, options), daemon=True).start()
        url, where = make_url(address), {"host": folder, "port": str(SOCKET_NUMBER)}
        inside = URL.create(url.drivername, url.username, url.password, database=url.database, query=where)
        yield inside.render_as_string(hide_password=False)


def plain(address: str) -> str:
    """The address as the driver reads it, without SQLAlchemy's prefix."""
    return address.replace("postgresql+psycopg://", "postgresql://", 1)


def _options(connection: psycopg.Connection[object]) -> Options:
    """How this connection was made: what the address says, the environment, and the driver's own defaults."""
    said = {o.keyword.decode(): (o.val or b"").decode() for o in connection.pgconn.info}
    return said | {"host": connection.info.host, "port": str(connection.info.port)}


def _serve(listener: socket.socket, options: Options) -> None:
    with contextlib.suppress(OSError):  # the end: the listener is closed
        while True:
            program, _ = listener.accept()
            threading.Thread(target=_through, args=(program, options), daemon=True).start()


def _through(program: socket.socket, options: Options) -> None:
    """One connection; the program hears of a refusal as of a server that hangs up."""
    with contextlib.suppress(OSError, RuntimeTrouble), program, _encrypted(options) as server:
        _carry(program, server)


def _encrypted(options: Options) -> ssl.SSLSocket:
    raw = socket.create_connection(
        (options.get("hostaddr") or options["host"], int(options["port"])), timeout=30
    )
    raw.sendall(SSL_REQUEST)
    if raw.recv(1) != b"S":
        raise RuntimeTrouble("数据库服务器不接受 TLS", "the database server speaks no TLS")
    raw.settimeout(None)
    return _context(options).wrap_socket(raw, server_hostname=options["host"])


def _context(options: Options) -> ssl.SSLContext:
    """Whom to trust and who we are, as `sslmode`, `sslrootcert`, `sslcert` and `sslkey` have it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    mode, root = options.get("sslmode", "prefer"), options.get("sslrootcert", "")
    root = root or _at_home("root.crt")
    context.check_hostname = mode == "verify-full" or root == "system"
    if mode not in ("verify-ca", "verify-full") and not root:
        context.verify_mode = ssl.CERT_NONE
    elif root == "system":
        context.load_default_certs()
    else:
        context.load_verify_locations(root)
    certificate = options.get("sslcert") or _at_home("postgresql.crt")
    if certificate:
        key = options.get("sslkey") or _at_home("postgresql.key")
        context.load_cert_chain(certificate, key or None, options.get("sslpassword") or None)
    return context


def _at_home(name: str) -> str:
    """The file where PostgreSQL's programs look unasked, if there is one."""
    file = Path.home() / ".postgresql" / name
    return str(file) if file.exists() else ""


def _carry(program: socket.socket, server: ssl.SSLSocket) -> None:
    """Both ways, until one side hangs up."""
    other: dict[socket.socket, socket.socket] = {program: server, server: program}
    while True:
        ready = [server] if server.pending() else select.select(list(other), [], [])[0]
        for side in ready:
            data = side.recv(CHUNK)
            if not data:
                return
            other[side].sendall(data)
