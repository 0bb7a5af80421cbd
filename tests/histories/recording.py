"""A plugin of pytest that keeps the history of every scenario as it is played (`make histories`).

A golden history stands for cases that are under way, so one that still replays is never replaced: a
scenario that now takes another way is kept beside it as `<scenario>~2`, `~3` ….
"""

import json
import os
import re
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowHistory

from models.tables import Case
from tests.architecture import fingerprint
from tests.histories import kept
from tests.scenarios import play

_replay, _collect = play.replay, play.collect
_written: list[str] = []
_seen: dict[str, int] = {}
_played: dict[str, dict[str, Any]] = {}
#: What each scenario came to, for people and for the test that everything is played.
PLAYED = kept.FOLDER / "played.json"


async def _replay_and_keep(client: Client, history: WorkflowHistory) -> None:
    await _replay(client, history)
    keep(_scenario(), history)


def _collect_and_note(case: Case, history: WorkflowHistory) -> play.Played:
    played = _collect(case, history)
    name = list(_seen)[-1] if _seen else ""
    _played.setdefault(case.procedure, {})[name if _seen[name] == 1 else f"{name}-case{_seen[name]}"] = {
        "status": played.status,
        "stages": played.stages,
        "documents": played.documents,
        "tasks": [f"{task} {outcome}" for task, outcome in sorted(played.tasks.items())],
    }
    return played


def _scenario() -> str:
    """`<scenario>` from the test under way; further cases of one test are numbered."""
    test = re.split(r"::| \(", os.environ["PYTEST_CURRENT_TEST"])[1].removeprefix("test_")
    name = re.sub(r"[^\w]+", "-", test).strip("-")
    _seen[name] = _seen.pop(name, 0) + 1  # the newest stands last
    return name if _seen[name] == 1 else f"{name}-case{_seen[name]}"


def _procedure(history: WorkflowHistory) -> str:
    started = json.loads(history.to_json())["events"][0]["workflowExecutionStartedEventAttributes"]
    return str(started["workflowType"]["name"])


def keep(scenario: str, history: WorkflowHistory) -> None:
    """Write the history unless one that did the same is kept already."""
    folder = kept.FOLDER / _procedure(history)
    known = [p for p in sorted(folder.glob(f"{scenario}*{kept.ENDING}")) if _is_of(p, scenario)]
    if any(kept.acts(kept.read(p)) == kept.acts(history) for p in known):
        return
    number = f"~{len(known) + 1}" if known else ""
    path = folder / f"{scenario}{number}{kept.ENDING}"
    kept.write(path, history)
    _written.append(kept.name_of(path))


def _is_of(path: Path, scenario: str) -> bool:
    return path.name.removesuffix(kept.ENDING).partition("~")[0] == scenario


def pytest_configure() -> None:
    play.replay, play.collect = _replay_and_keep, _collect_and_note


def pytest_sessionfinish(exitstatus: int) -> None:
    if exitstatus == 0:
        fingerprint.write()
        text = json.dumps(_played, ensure_ascii=False, indent=1, sort_keys=True)
        PLAYED.write_text(text + "\n")


def pytest_terminal_summary(terminalreporter: object) -> None:
    say = terminalreporter.write_line  # type: ignore[attr-defined]
    say(f"{len(_written)} histories written, {sum(_seen.values()) - len(_written)} kept as they were")
    for name in _written:
        say(f"  new: {name}")
