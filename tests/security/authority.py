"""An authority of the tests' own, and a door before a server that lets in only who has a certificate of it."""

import contextlib
import datetime as dt
import os
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

#: What a client of PostgreSQL asks before TLS, and the answer that TLS is spoken here.
SSL_ASKED, GSS_ASKED = b"\x00\x00\x00\x08\x04\xd2\x16\x2f", b"\x00\x00\x00\x08\x04\xd2\x16\x30"
Dial = Callable[[], socket.socket]


class Authority:
    """Signs certificates; `ca` is its own."""

    def __init__(self, home: Path, name: str) -> None:
        home.mkdir()
        self.home, self.ca = home, home / "ca.pem"
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        made = self._builder(self._name, self._key).add_extension(
            x509.BasicConstraints(True, 0), critical=True
        )
        self._keep(self.ca, made.sign(self._key, hashes.SHA256()))

    def certify(self, name: str) -> tuple[Path, Path]:
        """A certificate for a machine or a program, and its key."""
        key, cert, key_file = (
            ec.generate_private_key(ec.SECP256R1()),
            self.home / f"{name}.pem",
            self.home / f"{name}.key",
        )
        alternative = x509.SubjectAlternativeName([x509.DNSName(name)])
        made = self._builder(_named(name), key).add_extension(alternative, critical=False)
        self._keep(cert, made.sign(self._key, hashes.SHA256()))
        kind = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        with os.fdopen(os.open(key_file, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(key.private_bytes(*kind))
        return cert, key_file

    def _builder(self, name: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        found = x509.CertificateBuilder(self._name, name, key.public_key(), x509.random_serial_number())
        return found.not_valid_before(now - dt.timedelta(hours=1)).not_valid_after(now + dt.timedelta(days=1))

    def _keep(self, file: Path, certificate: x509.Certificate) -> None:
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


@contextlib.contextmanager
def door(authority: Authority, dial: Dial, *, database: bool = False) -> Iterator[int]:
    """The port of a door on localhost: TLS, both sides certified, and behind it the server that `dial` reaches.

    Args:
        database: TLS begins as PostgreSQL's clients ask for it; otherwise at once, for HTTP/2.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.certify("localhost"))
    context.load_verify_locations(authority.ca)
    context.verify_mode = ssl.CERT_REQUIRED
    if not database:
        context.set_alpn_protocols(["h2"])
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):  # the end: the listener is closed
                while True:
                    client, _ = listener.accept()
                    threading.Thread(
                        target=_let_in, args=(client, context, dial, database), daemon=True
                    ).start()

        threading.Thread(target=serve, daemon=True).start()
        yield int(listener.getsockname()[1])


def _let_in(client: socket.socket, context: ssl.SSLContext, dial: Dial, database: bool) -> None:
    with contextlib.suppress(OSError):
        while database and (asked := client.recv(8)) != SSL_ASKED:
            if asked != GSS_ASKED:  # somebody who does not ask for TLS stays outside
                client.close()
                return
            client.sendall(b"N")
        if database:
            client.sendall(b"S")
        with context.wrap_socket(client, server_side=True) as inside, dial() as server:
            _carry(inside, server)


def _carry(client: ssl.SSLSocket, server: socket.socket) -> None:
    """Both ways, until one side hangs up."""
    ways = {client: server, server: client}
    while True:
        ready = [client] if client.pending() else select.select(list(ways), [], [])[0]
        for side in ready:
            data = side.recv(65536)
            if not data:
                return
            ways[side].sendall(data)
