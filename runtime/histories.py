"""`make histories`: play every scenario and keep its history for `make replay`; renew the fingerprints.

A history that still stands for cases under way is never replaced, see docs/determinism.md.
"""

import subprocess
import sys

from runtime.plan import ROOT

COMMAND = [sys.executable, "-m", "pytest", "-p", "tests.histories.recording", "tests/scenarios"]


def main() -> None:
    """Record; ends with the result of the scenarios."""
    sys.exit(subprocess.run([*COMMAND, "-q"], cwd=ROOT, check=False).returncode)
