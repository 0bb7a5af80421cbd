"""The drills of docs/determinism.md: the guards on a changed copy in every run, the whole of them by `make drill-…`."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion

from activities.versions import deployment
from services.settings import Settings
from tests.drills import determinism, versions
from tests.drills.stage import Protocol, copy_tree, edit, run_in

#: What both guards rest on, without the length of a test run: is the fingerprint the committed one, does a history repeat?
BRIEFLY = """
import asyncio
from tests.architecture import fingerprint
from tests.histories import kept
from tests.histories.test_replay import replayer
path = kept.FOLDER / "mall_onboarding" / "third_party_mall_goes_online.json.gz"
same = fingerprint.committed() == fingerprint.of_tree()
try:
    asyncio.run(replayer().replay_workflow(kept.read(path)))
    print("same" if same else "other", "repeats")
except Exception as lost:
    print("same" if same else "other", "Nondeterminism" if "ondeterminism" in str(lost) else lost)
"""


def said(tree: Path, program: str) -> list[str]:
    """The words of its last line; the engine's library may warn before it."""
    return run_in(tree, "-c", program).stdout.splitlines()[-1].split()


def test_guards_stop_a_changed_course_and_let_a_patched_one_pass(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path / "tree")
    edit(tree, determinism.COURSE, determinism.BEFORE, determinism.CARELESS)
    assert said(tree, BRIEFLY) == ["other", "Nondeterminism"]
    edit(tree, determinism.COURSE, determinism.CARELESS, determinism.PATCHED)
    assert said(tree, determinism.RENEW + BRIEFLY) == ["same", "repeats"]


@pytest.mark.parametrize(
    ("build", "way", "expected"),
    [
        ("", "auto_upgrade", None),
        ("2027.03", "auto_upgrade", VersioningBehavior.AUTO_UPGRADE),
        ("2027.03", "pinned", VersioningBehavior.PINNED),
    ],
)
def test_worker_has_a_version_only_where_one_is_set(
    build: str, way: Literal["auto_upgrade", "pinned"], expected: VersioningBehavior | None
) -> None:
    found = deployment(Settings(worker_build_id=build, worker_versioning=way))
    assert (found.default_versioning_behavior if found else None) == expected
    if found:
        assert found.version == WorkerDeploymentVersion("puhui", build)
        assert found.use_worker_versioning


whole = pytest.mark.skipif(os.environ.get("PUHUI_DRILLS") != "1", reason="minutes long: make drill-…")


@whole
@pytest.mark.e2e
@pytest.mark.parametrize("drill", [determinism.main, versions.main], ids=["determinism", "versions"])
def test_drill_is_played_to_its_end(drill: Callable[[], Protocol]) -> None:
    assert "the drill has passed" in drill().lines[-1]
