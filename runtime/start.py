"""How the web and the worker are loaded: `uvicorn --factory runtime.start:web`, `python -m runtime.start worker`.

Loading a program makes half a million objects that stay as long as the process: modules, classes, tables, forms. The
collector would go through them again and again while they grow, a quarter of the time of a start, and later stand in
the way of an answer for a third of a second each time it goes through all. It rests until the program is loaded, and
leaves alone for good what loading made.
"""

import argparse
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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
    check_keys()
    return app


def check_keys() -> None:
    """Refuse to start where the keys do not open the data: each page would fail. A database that is away may come.

    Raises:
        SystemExit: with what to do.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from services import sealing
    from services.session import reading

    with suppress(SQLAlchemyError), reading() as session:
        if not sealing.fits(session):
            raise SystemExit(
                "设置有误：PUHUI_DATA_KEYS 中没有这些数据的数据密钥，内容打不开。请把原来的密钥放回（新密钥之后，以逗号隔开）。\n"
                "A setting is wrong: PUHUI_DATA_KEYS lacks the key of this data. Put the former key back, behind the new one."
            )


def main() -> None:
    """Run a part until it is told to end."""
    parser = argparse.ArgumentParser(prog="python -m runtime.start", description="Start a part.")
    parser.add_argument("part", choices=["worker"])
    parser.parse_args()
    with loading():
        import worker
    check_keys()
    worker.main()


if __name__ == "__main__":
    main()
