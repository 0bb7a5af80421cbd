"""``python -m runtime.seeds``: the demonstration data."""

import os
import sys

from runtime.seeds import main

main()
sys.stdout.flush()
os._exit(0)  # threads of the engine's client may outlive the interpreter
