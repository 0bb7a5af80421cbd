"""The embedded Temporal: the pinned development server on a file, with flags that make it fast.

Defaults of the development server cost a factor of four in throughput (a flat 50 ms between
tasks, SQLite without write-ahead log); each flag below removes one such cost.
"""

from dataclasses import dataclass
from pathlib import Path

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import TLSConfig

from runtime.binaries import temporal_binary

PRAGMAS = ("journal_mode=wal", "synchronous=normal")
DYNAMIC_CONFIG = (
    # one shard reads its queue at most 20 times a second otherwise: 50 ms between tasks
    "history.transferProcessorMaxPollRPS=1000",
    # four partitions and a handful of pollers leave tasks waiting for seconds
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
    # a case that cannot go on is reported after two failures: ten seconds instead of a minute
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=2",
)
SEARCH_ATTRIBUTES = ("Procedure=Keyword", "Stage=Keyword")


@dataclass(frozen=True)
class TemporalServer:
    """One development server and its file; without ``ui_port`` it has no web interface."""

    file: Path
    port: int
    ui_port: int | None = None
    namespace: str = "default"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        ui = ["--ui-port", str(self.ui_port), "--ui-disable-news-fetch"] if self.ui_port else ["--headless"]
        flags = [flag for value in PRAGMAS for flag in ("--sqlite-pragma", value)]
        flags += [flag for value in DYNAMIC_CONFIG for flag in ("--dynamic-config-value", value)]
        flags += [flag for value in SEARCH_ATTRIBUTES for flag in ("--search-attribute", value)]
        where = ["--ip", "127.0.0.1", "--port", str(self.port), "--db-filename", str(self.file)]
        start = [str(temporal_binary()), "server", "start-dev", "--log-level", "error"]
        return [*start, *where, "--namespace", self.namespace, *ui, *flags]


async def answers(address: str, namespace: str) -> bool:
    """Whether a Temporal server there answers for this namespace."""
    try:
        client = await Client.connect(address, namespace=namespace)
        await client.count_workflows()
    except Exception:  # any refusal means: not yet
        return False
    return True


async def polls(
    address: str, namespace: str, task_queue: str, pid: int, tls: TLSConfig | bool = False
) -> bool:
    """Whether the worker with this process id polls the task queue (its identity starts with it)."""
    request = DescribeTaskQueueRequest(
        namespace=namespace,
        task_queue=TaskQueue(name=task_queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    try:
        client = await Client.connect(address, namespace=namespace, tls=tls)
        description = await client.workflow_service.describe_task_queue(request)
    except Exception:  # any refusal means: not yet
        return False
    return any(poller.identity.startswith(f"{pid}@") for poller in description.pollers)
