"""Connections inside the house: to the engine by TLS, with our own certificate where one is named."""

from pathlib import Path

import worker
from services.session import make_engine
from services.settings import settings
from tests.conftest import environment


def test_the_engine_is_reached_by_mutual_tls_when_certificates_are_named(tmp_path: Path) -> None:
    assert worker._tls(settings()) is False
    files = {n: tmp_path / n for n in ("CA", "CERT", "KEY")}
    for name, file in files.items():
        file.write_bytes(name.encode())
    with environment(**{f"TEMPORAL_TLS_{n}": str(f) for n, f in files.items()}):
        made = worker._tls(settings())
    assert not isinstance(made, bool)
    assert (made.server_root_ca_cert, made.client_cert, made.client_private_key) == (b"CA", b"CERT", b"KEY")


def test_the_database_is_reached_with_the_certificates_of_its_address() -> None:
    engine = make_engine(
        "postgresql+psycopg://puhui@db/puhui?sslmode=verify-full&sslrootcert=/run/secrets/ca"
    )
    _, options = engine.dialect.create_connect_args(engine.url)
    engine.dispose()
    assert (options["sslmode"], options["sslrootcert"]) == ("verify-full", "/run/secrets/ca")
