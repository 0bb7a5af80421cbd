"""What is installed is what was locked: nothing without a hash, nothing from an address, nothing that crept in."""

import re
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PINNED = re.compile(r"(?m)^([\w.-]+)(?:\[[^\]]*\])?==(\S+?)(?: ;[^\\]*)? \\$")
#: The installers themselves, which come with the environment.
INSTALLERS = {"pip", "setuptools", "wheel", "uv", "puhui"}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-node.lock"])
def test_every_dependency_is_pinned_with_its_hash(name: str) -> None:
    text = (ROOT / name).read_text()
    entries = re.split(r"(?m)^(?=[a-zA-Z0-9])", text)[1:]
    assert len(entries) == len(PINNED.findall(text))
    assert all("--hash=sha256:" in e for e in entries)
    assert "://" not in text
    assert " @ " not in text


def test_what_is_installed_is_what_was_locked() -> None:
    locked: dict[str, set[str]] = {}
    for name in ("requirements.lock", "requirements-node.lock"):
        for package, version in PINNED.findall((ROOT / name).read_text()):
            locked.setdefault(normal(package), set()).add(version)
    here = {normal(d.name): d.version for d in metadata.distributions()}
    odd = {n: v for n, v in here.items() if n not in INSTALLERS and v not in locked.get(n, set())}
    assert odd == {}


def test_front_end_packages_are_pinned_with_their_hash() -> None:
    import json

    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    named = {n: p for n, p in packages.items() if n}
    assert named
    assert [n for n, p in named.items() if not p.get("integrity", "").startswith("sha512-")] == []
