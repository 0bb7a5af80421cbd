"""Golden histories on disk: how they are written, what is left out, how two are compared."""

import base64
import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHistory

FOLDER = Path(__file__).parent
ENDING = ".json.gz"
#: A worker's own name (process and machine) stands in queue names and identities; a replay needs neither.
_WORKER = re.compile(r"\d+@[\w.\-]+?(?=-[0-9a-f]{32}|[\"\\:]|$)")
_TELLS_OF_THE_MACHINE = {"identity": "recorded", "stackTrace": "", "binaryChecksum": ""}


def files() -> list[Path]:
    """Every golden history, in order."""
    return sorted(FOLDER.glob(f"*/*{ENDING}"))


def name_of(path: Path) -> str:
    """`<procedure>/<scenario>`."""
    return f"{path.parent.name}/{path.name.removesuffix(ENDING)}"


def read(path: Path) -> WorkflowHistory:
    """A history to replay; its case id is the recorded one."""
    data = json.loads(gzip.decompress(path.read_bytes()))
    started = data["events"][0]["workflowExecutionStartedEventAttributes"]
    return WorkflowHistory.from_json(str(started.get("workflowId") or f"case-{_case_id(started)}"), data)


def _case_id(started: dict[str, Any]) -> str:
    return str(json.loads(base64.b64decode(started["input"]["payloads"][0]["data"])))


def write(path: Path, history: WorkflowHistory) -> None:
    """Keep a history: everything a replay needs, nothing that names the machine; the same bytes for the same history."""
    text = _WORKER.sub("worker", json.dumps(_without_machine(json.loads(history.to_json()))))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def _without_machine(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_machine(v) for v in value]
    if isinstance(value, dict):
        return {k: _TELLS_OF_THE_MACHINE.get(k, _without_machine(v)) for k, v in value.items()}
    return value


def acts(history: WorkflowHistory) -> Counter[str]:
    """What the course did, however people's answers fell in time: activities with what they were asked, and stages."""
    return Counter(act for event in json.loads(history.to_json())["events"] for act in _acts_of(event))


def _acts_of(event: dict[str, Any]) -> list[str]:
    if "activityTaskScheduledEventAttributes" in event:
        attributes = event["activityTaskScheduledEventAttributes"]
        keys = _asked(attributes["input"]["payloads"][0])
        return [f"{attributes['activityType']['name']} {keys}"]
    if "upsertWorkflowSearchAttributesEventAttributes" in event:
        found = event["upsertWorkflowSearchAttributesEventAttributes"]["searchAttributes"]["indexedFields"]
        return [f"stage {base64.b64decode(v['data']).decode()}" for v in found.values()]
    return []


def _asked(payload: dict[str, Any]) -> str:
    """The parts of an activity's argument that are the same in every recording."""
    argument = json.loads(base64.b64decode(payload["data"]))
    return " ".join(str(argument[k]) for k in ("keys", "round", "slot", "result") if k in argument)
