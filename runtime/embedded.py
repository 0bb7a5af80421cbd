"""The embedded parts for tests and tools: a database for the length of a with-block."""

import contextlib
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from runtime.binaries import temporal_binary, test_server_binary
from runtime.postgres import DATABASE, Cluster
from runtime.processes import die_with_parent

__all__ = ["embedded_postgres", "start", "stop", "temporal_binary", "test_server_binary"]


def start(cluster: Cluster) -> subprocess.Popen[bytes]:
    """Start the server of a cluster and wait until it answers; its log is ``<cluster>.log``."""
    cluster.prepare()
    who = cluster.identity
    with cluster.directory.with_name(cluster.directory.name + ".log").open("ab") as log:
        process = subprocess.Popen(
            cluster.command(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
            preexec_fn=die_with_parent(signal.SIGINT),
            user=who.uid if who else None,
            group=who.gid if who else None,
        )
    cluster.wait_until_ready(process)
    return process


def stop(process: subprocess.Popen[bytes], seconds: float = 10) -> None:
    """Shut the server down in order; kill it after ``seconds``, which its log makes good."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def embedded_postgres(path: Path | None = None, *, durable: bool = False) -> Iterator[str]:
    """A PostgreSQL with an empty database ``puhui``; yields its SQLAlchemy address.

    ``path`` is a directory for the cluster, kept afterwards and quick to start again; without it
    a temporary one is made and removed. Not durable unless asked: for tests only.
    """
    with contextlib.ExitStack() as stack:
        home = path or Path(tempfile.mkdtemp(prefix="puhui-"))
        if path is None:
            stack.callback(shutil.rmtree, home, ignore_errors=True)
        cluster = Cluster((home / "pg").resolve(), durable=durable)
        if cluster.socket_directory != cluster.directory:
            stack.callback(shutil.rmtree, cluster.socket_directory, ignore_errors=True)
        stack.callback(stop, start(cluster))
        cluster.ensure_database(DATABASE)
        yield cluster.url()
