"""The data files the demonstration starts from."""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = ROOT / "runtime" / "seed_data"
METHODOLOGIES = ROOT / "methodologies"


def records(name: str) -> list[dict[str, Any]]:
    """The rows of one file of ``runtime/seed_data``, without its ending."""
    rows: list[dict[str, Any]] = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return rows


def methodologies() -> list[dict[str, Any]]:
    """Every published methodology version, one file each."""
    return [json.loads(file.read_text(encoding="utf-8")) for file in sorted(METHODOLOGIES.glob("*.json"))]
