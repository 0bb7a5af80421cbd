"""From settings to children: which parts are embedded, on which ports, with which environment."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from runtime.errors import RuntimeTrouble
from runtime.keys import demo_password, secret_key
from runtime.postgres import Cluster
from runtime.processes import free_port
from runtime.temporal import TemporalServer
from services.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
TEMPORAL_PORT = 7233
TEMPORAL_UI_PORT = 8233


@dataclass(frozen=True)
class Plan:
    """Everything decided before the first child starts."""

    settings: Settings
    data_dir: Path
    cluster: Cluster | None
    temporal: TemporalServer | None
    secret_key: str
    demo_password: str

    @property
    def database_url(self) -> str:
        return self.cluster.url() if self.cluster else self.settings.database_url

    @property
    def temporal_address(self) -> str:
        return self.temporal.address if self.temporal else self.settings.temporal_address

    @property
    def temporal_ui(self) -> str | None:
        """The address of Temporal's own pages; None when Temporal is not ours."""
        if self.temporal is None or self.temporal.ui_port is None:
            return None
        return f"http://127.0.0.1:{self.temporal.ui_port}"

    @property
    def web_address(self) -> str:
        """Where a browser on this machine finds the pages."""
        host = self.settings.http_host
        host = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else f"[{host}]" if ":" in host else host
        return f"http://{host}:{self.settings.http_port}"

    def environment(self) -> dict[str, str]:
        """The environment of every child."""
        ours = {
            "PUHUI_DATABASE_URL": self.database_url,
            "PUHUI_TEMPORAL_ADDRESS": self.temporal_address,
            "PUHUI_TEMPORAL_NAMESPACE": self.settings.temporal_namespace,
            "PUHUI_DATA_DIR": str(self.data_dir),
            "PUHUI_SECRET_KEY": self.secret_key,
            "PUHUI_DEMO_PASSWORD": self.demo_password,
            "PYTHONUNBUFFERED": "1",
            # Compiled code is kept, whatever the shell says: else each start compiles it, and each case in its sandbox.
            "PYTHONDONTWRITEBYTECODE": "",
        }
        return os.environ | ours


def make_plan(settings: Settings) -> Plan:
    """Decide ports and secrets; writes them under the data directory the first time."""
    data_dir = (ROOT / settings.data_dir).resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    if settings.database_url and not settings.secret_key:
        raise RuntimeTrouble(
            "使用外部数据库时必须设置 PUHUI_SECRET_KEY。",
            "With a database of your own, PUHUI_SECRET_KEY must be set.",
        )
    return Plan(
        settings=settings,
        data_dir=data_dir,
        cluster=None if settings.database_url else Cluster(data_dir / "postgres"),
        temporal=None if settings.temporal_address else _temporal(data_dir, settings.temporal_namespace),
        secret_key=settings.secret_key or secret_key(data_dir),
        demo_password=demo_password(data_dir, settings.demo_password),
    )


def _temporal(data_dir: Path, namespace: str) -> TemporalServer:
    """The embedded server on the ports it had before, as far as they are still free."""
    file = data_dir / "ports.json"
    try:
        before = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        before = {}
    ports = {
        "temporal": free_port(before.get("temporal", TEMPORAL_PORT)),
        "temporal_ui": free_port(before.get("temporal_ui", TEMPORAL_UI_PORT)),
    }
    file.write_text(json.dumps(ports))
    return TemporalServer(data_dir / "temporal.db", ports["temporal"], ports["temporal_ui"], namespace)
