"""A course is changed while cases are open: the guards fail, the patch is added, old and new cases finish.

`make drill-determinism` plays it on copies of the tree; see docs/determinism.md.
"""

import asyncio
import json
import re
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import WorkflowHistory

from models.tables import Case
from tests.drills.stage import (
    People,
    Protocol,
    asked,
    connected,
    copy_tree,
    documents,
    edit,
    played,
    run_in,
    status,
    worker,
)

COURSE = "workflows/mall_onboarding.py"
BEFORE = '        await self.carry_out("mall_admit")\n'
#: A further step of the course: the bureau confirms before anybody is admitted.
STEP = "        await self.ask(its.MODE_CONFIRMATION)\n"
CARELESS = STEP + BEFORE
PATCH = "2027-03-confirmed-before-admission"
PATCHED = f'        if workflow.patched("{PATCH}"):\n    {STEP}{BEFORE}'
ADDED = "mode_confirmation"
GUARDS = {
    "test_fingerprints.py": "指纹 fingerprint",
    "test_replay.py": "历程重演 golden histories",
}
WHAT = (
    "tests/architecture/test_fingerprints.py::test_commands_are_those_committed",
    "tests/histories/test_replay.py::test_golden_history_is_repeated_by_todays_workflows",
)
ONLY = "commands_are or mall_onboarding"
RENEW = "from tests.architecture import fingerprint; fingerprint.write()"


@dataclass
class Said:
    """What the guards of the copy say: (passed, failed) of each, and all their words."""

    counts: dict[str, tuple[int, int]]
    words: str


def guards(tree: Path) -> Said:
    """Run the guards of the copy, as `make test` would."""
    words = run_in(tree, "-m", "pytest", "-q", "-rpf", "-p", "no:cacheprovider", *WHAT, "-k", ONLY).stdout
    found = {
        name: (
            len(re.findall(rf"^PASSED \S*{file}", words, re.MULTILINE)),
            len(re.findall(rf"^FAILED \S*{file}", words, re.MULTILINE)),
        )
        for file, name in GUARDS.items()
    }
    return Said(found, words)


async def history(people: People, case: Case) -> WorkflowHistory:
    """The history of a case so far."""
    return await people.client.get_workflow_handle(f"case-{case.id}").fetch_history()


def stuck(found: WorkflowHistory) -> list[str]:
    """Why the engine could not go on with a case: causes of its failed workflow tasks."""
    events = json.loads(found.to_json())["events"]
    return [
        str(e["workflowTaskFailedEventAttributes"].get("cause"))
        for e in events
        if "workflowTaskFailedEventAttributes" in e
    ]


async def drill(home: Path, protocol: Protocol) -> None:
    """Play it. Raises AssertionError at the first step that does not do what it should."""
    people, tree = People(await connected()), copy_tree(home / "tree")
    old, early = await _open_cases(people, tree, protocol)
    guards_fail(tree, protocol)
    await _careless(people, tree, old, protocol)
    patch(tree, protocol)
    await _finish(people, tree, old, early, protocol)


async def _open_cases(people: People, tree: Path, protocol: Protocol) -> tuple[Case, Case]:
    protocol.step("原流程下有两件在办", "two cases are open on the course as it is")
    async with worker(tree):
        old, early = await people.file(), await people.file()
        await asyncio.gather(
            people.answer(old, before="connection_spec"), people.answer(early, before="formal_review")
        )
    protocol.say(f"{old.case_no} 甲：已过将要改动之处 · past the place of the change; {asked(old.id)[-1]}")
    protocol.say(f"{early.case_no} 乙：尚未到达 · not there yet; {asked(early.id)[-1]}")
    return old, early


def guards_fail(tree: Path, protocol: Protocol) -> None:
    """The step is added without a patch: both guards must say so."""
    protocol.step(
        "在副本中增加一个环节，不加补丁", "a step is added to a copy of the course, without a patch"
    )
    edit(tree, COURSE, BEFORE, CARELESS)
    protocol.say(f"{COURSE}: + {STEP.strip()}")
    said = guards(tree)
    for name, (passed, failed) in said.counts.items():
        protocol.check(failed > 0, f"{name}: {failed} 项失败 of {passed + failed} fail")
    for line in said.words.splitlines():
        if line.startswith(("+", "-")) and "MODE_CONFIRMATION" in line:
            protocol.say(f"    {line}")
    protocol.check("if workflow.patched(" in said.words, "失败信息说明如何处理 · the failure says what to do")


async def _careless(people: People, tree: Path, old: Case, protocol: Protocol) -> None:
    protocol.step("假如仍然上线", "what would happen if it were rolled out all the same")
    async with worker(tree):
        await people.answer_one(old, "connection_spec")
        causes: list[str] = []
        for _ in range(100):
            causes = stuck(await history(people, old))
            if causes:
                break
            await asyncio.sleep(0.1)
    protocol.check(bool(causes), f"甲停止：{sorted(set(causes))} · the first case stops")
    protocol.check(
        status(old.id) != "online", "办理结果已保存，流程未前进 · the answer is kept, the course waits"
    )


def patch(tree: Path, protocol: Protocol) -> None:
    """The same step under a patch: both guards must be content."""
    protocol.step("加上补丁", "the patch is added")
    edit(tree, COURSE, CARELESS, PATCHED)
    protocol.say(f'{COURSE}: if workflow.patched("{PATCH}")')
    run_in(tree, "-c", RENEW)
    said = guards(tree)
    for name, (passed, failed) in said.counts.items():
        protocol.check(passed > 0 and failed == 0, f"{name}: {passed} 项通过 pass")


async def _finish(people: People, tree: Path, old: Case, early: Case, protocol: Protocol) -> None:
    protocol.step("上线补丁版：新旧办件均办结", "rolled out with the patch: old and new cases finish")
    async with worker(tree):
        new = await people.file()
        await asyncio.gather(*(people.answer(case) for case in (old, early, new)))
        for case, name, added in ((old, "甲 old", 0), (early, "乙 early", 1), (new, "丙 new", 1)):
            tasks = asked(case.id)
            protocol.check(
                (status(case.id), tasks.count(ADDED)) == ("online", added),
                f"{case.case_no} {name}: {status(case.id)}, {len(tasks)} 项事项 tasks, "
                f"{documents(case.id)} 份文书 documents, {ADDED} ×{tasks.count(ADDED)}",
            )
    (tree / "kept").mkdir()
    for case in (old, early, new):
        (tree / "kept" / f"{case.id}.json").write_text((await history(people, case)).to_json())
    done = run_in(tree, "-c", REPLAY)
    protocol.check(
        done.returncode == 0,
        f"三件历程均可重演 · all three histories repeat {done.stderr[-300:] if done.returncode else ''}",
    )


REPLAY = """
import asyncio, pathlib
from temporalio.client import WorkflowHistory
from tests.histories.test_replay import replayer
for path in pathlib.Path("kept").glob("*.json"):
    history = WorkflowHistory.from_json(f"case-{path.stem}", path.read_text())
    asyncio.run(replayer().replay_workflow(history))
"""


def main() -> Protocol:
    """Play the drill and print its protocol."""
    return played(drill)


if __name__ == "__main__":
    main()
