"""How the web and the worker are loaded: `uvicorn --factory runtime.start:web`, `python -m runtime.start worker`.

Loading a program makes half a million objects that stay as long as the process: modules, classes, tables, forms. The
collector would go through them again and again while they grow, a quarter of the time of a start, and later stand in
the way of an answer for a third of a second each time it goes through all. It rests until the program is loaded, and
leaves alone for good what loading made.
"""

import argparse
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def loading() -> Iterator[None]:
    """Inside, a program is loaded that stays as long as the process."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def web() -> Callable[..., Any]:
    """The web application."""
    with loading():
        from api.app import app
    return app


def main() -> None:
    """Run a part until it is told to end."""
    parser = argparse.ArgumentParser(prog="python -m runtime.start", description="Start a part.")
    parser.add_argument("part", choices=["worker"])
    parser.parse_args()
    with loading():
        import worker
    worker.main()


if __name__ == "__main__":
    main()
