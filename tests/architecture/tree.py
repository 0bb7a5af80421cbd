"""The source tree, as the architecture tests read it."""

import ast
import subprocess
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("models", "services", "activities", "workflows", "api", "runtime")


def modules(*folders: str) -> list[Path]:
    """Every module under the folders, generated migrations left out."""
    found = [p for folder in folders for p in sorted((ROOT / folder).rglob("*.py"))]
    return [p for p in found if "migrations/versions" not in p.as_posix()]


@lru_cache(maxsize=1024)
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@lru_cache(maxsize=1)
def tracked() -> tuple[Path, ...]:
    """Every file of the repository: what git knows, or all but what is made where there is no git."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return tuple(ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file())
    made = {".venv", "node_modules", "var", "__pycache__", "vendor", ".git"}
    return tuple(p for p in ROOT.rglob("*") if p.is_file() and not made & set(p.parts))
