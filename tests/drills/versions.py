"""Two versions of the worker side by side: old cases stay or move, new ones go to the current version, the old drains.

`make drill-versions` plays it with the embedded engine and its own tool; see docs/determinism.md.
"""

import asyncio
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.service import RPCError, RPCStatusCode

from models.tables import Case
from services import cases
from services.session import transaction
from services.settings import settings
from tests.drills.determinism import ADDED, BEFORE, CARELESS, COURSE, PATCHED
from tests.drills.stage import (
    People,
    Protocol,
    asked,
    connected,
    copy_tree,
    edit,
    played,
    status,
    temporal,
    until,
    worker,
)
from tests.scenarios import world

DEPLOYMENT, MOVING = "puhui", "puhui-moving"
OLD, NEW, PATCH = "2027.02", "2027.03", "2027.03-patched"
RAMPED = 6


def pinned(build: str) -> dict[str, str]:
    """Settings of a worker whose cases end where they began."""
    return {"WORKER_DEPLOYMENT": DEPLOYMENT, "WORKER_BUILD_ID": build, "WORKER_VERSIONING": "pinned"}


def moving(build: str) -> dict[str, str]:
    """Settings of a worker whose cases move to the current version; on a queue of its own here."""
    queue = {"TEMPORAL_TASK_QUEUE": "puhui-moving"}
    return queue | {
        "WORKER_DEPLOYMENT": MOVING,
        "WORKER_BUILD_ID": build,
        "WORKER_VERSIONING": "auto_upgrade",
    }


async def tell(what: str, deployment: str, build: str, *more: str) -> None:
    """`temporal worker deployment …`, as soon as the engine has seen the version's worker."""

    def done() -> bool:
        try:
            named = ("--deployment-name", deployment, "--build-id", build)
            temporal("worker", "deployment", what, *named, *more, "--yes")
        except AssertionError:
            return False
        return True

    await until(f"{what} {build}", done)


def described(build: str) -> dict[str, Any]:
    """What the engine says of a version."""
    named = ("--deployment-name", DEPLOYMENT, "--build-id", build)
    found: dict[str, Any] = json.loads(
        temporal("worker", "deployment", "describe-version", *named, "-o", "json")
    )
    return found


async def version_of(people: People, case: Case) -> str:
    """The build a case's workflow runs on, "" before its first step."""
    handle = people.client.get_workflow_handle(f"case-{case.id}")
    try:
        found = await handle.describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:  # the relay has not started it yet
            return ""
        raise
    return found.raw_description.workflow_execution_info.versioning_info.deployment_version.build_id


async def settled(people: People, case: Case, builds: tuple[str, ...]) -> str:
    """The same, as soon as it is one of these."""
    end = time.monotonic() + 30
    while (build := await version_of(people, case)) not in builds:
        assert time.monotonic() < end, f"{case.case_no} is on {build!r}"
        await asyncio.sleep(0.1)
    return build


def withdraw(case: Case) -> None:
    """The applicant takes it back."""
    with transaction() as session:
        cases.withdraw(session, world.actor(session, "merchant"), case.case_no, "演练结束")


def trees(home: Path) -> tuple[Path, Path, Path]:
    """The course as it is, with a step added carelessly, and with the same step under a patch."""
    found = tuple(copy_tree(home / name) for name in ("old", "new", "patched"))
    edit(found[1], COURSE, BEFORE, CARELESS)
    edit(found[2], COURSE, BEFORE, PATCHED)
    return found  # type: ignore[return-value]


async def side_by_side(people: People, old: Path, new: Path, protocol: Protocol) -> None:
    """PINNED: a case ends on the version it began on; no patch is needed."""
    protocol.step(f"旧版 {OLD} 为现行版本（固定）", f"{OLD} is current, its cases are pinned")
    async with worker(old, **pinned(OLD)):
        await tell("set-current-version", DEPLOYMENT, OLD)
        protocol.check(await _is_polled(people), "督查台看得到工作进程 · the console sees a worker polling")
        first = await people.file()
        await people.answer(first, before="connection_spec")
        protocol.check(
            await version_of(people, first) == OLD, f"{first.case_no} 甲在 {OLD} 办理 · runs on {OLD}"
        )
        protocol.step(f"新版 {NEW} 并行启动，流程多一个环节", f"{NEW} beside it: one step more, no patch")
        async with worker(new, **pinned(NEW)):
            ramped = await _ramp(people, protocol)
            second = await _switch(people, protocol)
            await asyncio.gather(people.answer(first), people.answer(second))
            await _ended(people, first, OLD, 0, protocol)
            await _ended(people, second, NEW, 1, protocol)
            await asyncio.gather(*(asyncio.to_thread(withdraw, case) for case in ramped))
            await _drained(protocol)
    protocol.say(f"{OLD} 可以停止 · its worker may be stopped")


async def _is_polled(people: People) -> bool:
    """As the observer and the start of the system ask it."""
    request = DescribeTaskQueueRequest(
        namespace=people.client.namespace,
        task_queue=TaskQueue(name=settings().temporal_task_queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    return bool((await people.client.workflow_service.describe_task_queue(request)).pollers)


async def _ramp(people: People, protocol: Protocol) -> list[Case]:
    protocol.step("先将一半新办件交给新版", "half of the new cases go to the new version first")
    await tell("set-ramping-version", DEPLOYMENT, NEW, "--percentage", "50")
    ramped = [await people.file() for _ in range(RAMPED)]
    went = Counter([await settled(people, case, (OLD, NEW)) for case in ramped])
    protocol.check(sum(went.values()) == RAMPED, f"{RAMPED} 件新办件 new cases: {dict(sorted(went.items()))}")
    return ramped


async def _switch(people: People, protocol: Protocol) -> Case:
    protocol.step(f"{NEW} 设为现行版本", f"{NEW} becomes current")
    await tell("set-current-version", DEPLOYMENT, NEW)
    case = await people.file()
    build = await settled(people, case, (OLD, NEW))
    protocol.check(build == NEW, f"{case.case_no} 乙（新办件）在 {build} 办理 · a new case runs on {build}")
    return case


async def _ended(people: People, case: Case, build: str, added: int, protocol: Protocol) -> None:
    found = (status(case.id), asked(case.id).count(ADDED), await version_of(people, case))
    protocol.check(
        found == ("online", added, build), f"{case.case_no}: {found[0]}, {ADDED} ×{found[1]}, {found[2]}"
    )


async def _drained(protocol: Protocol) -> None:
    def drained() -> bool:
        found = described(OLD)
        return str(found.get("drainageInfo", {}).get("drainageStatus", found)).lower() == "drained"

    await until(f"{OLD} is drained", drained)
    protocol.check(True, f"{OLD} 已无在办件（drained）· no case is left on it")


async def moved(people: People, old: Path, patched: Path, protocol: Protocol) -> None:
    """AUTO_UPGRADE: a case moves to the current version at its next step; the patch keeps its way."""
    protocol.step("自动升级：在办件转到现行版本", "auto-upgrade: cases move to the current version")
    async with worker(old, **moving(OLD)):
        await tell("set-current-version", MOVING, OLD)
        case = await people.file()
        await people.answer(case, before="connection_spec")
        build = await version_of(people, case)
        protocol.check(build == OLD, f"{case.case_no} 丙在 {build} 开始 · begins on {build}")
        async with worker(patched, **moving(PATCH)):
            await tell("set-current-version", MOVING, PATCH)
            await people.answer(case)
            await _ended(people, case, PATCH, 0, protocol)


async def drill(home: Path, protocol: Protocol) -> None:
    """Play it. Raises AssertionError at the first step that does not do what it should."""
    people = People(await connected())
    old, new, patched = trees(home)
    await side_by_side(people, old, new, protocol)
    await moved(people, old, patched, protocol)


def main() -> Protocol:
    """Play the drill and print its protocol."""
    return played(drill)


if __name__ == "__main__":
    main()
