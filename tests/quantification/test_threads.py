"""A process that has just started answers several people at once."""

import subprocess
import sys

from tests.architecture.tree import ROOT

#: Eight threads ask for the same calculator before any has been loaded.
ASKED = """
import threading
from services.quantification import methodology
told, ready = [], threading.Barrier(8)
def ask():
    ready.wait()
    try:
        told.append(methodology("DEMO-PV-2024", "1.0").definition.code)
    except Exception as error:
        told.append(repr(error))
threads = [threading.Thread(target=ask) for _ in range(8)]
[t.start() for t in threads]
[t.join() for t in threads]
print(sorted(set(told)))
"""


def test_first_calculators_are_loaded_by_many_threads_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", ASKED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['DEMO-PV-2024']"
