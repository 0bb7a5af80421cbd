"""Demonstration data: what stands still, and cases in every stage played through the services."""

import asyncio
import time

from services.session import transaction
from services.settings import settings


def main() -> None:
    """Put the demonstration data into the database; a second run adds only what is missing."""
    from runtime.seeds import cases, static

    began = time.monotonic()
    with transaction() as session:
        static.seed(session, settings().demo_password)
    print(
        f"单位、账号、专家、方法学、日历 · parties, accounts, experts, methodologies, calendar: "
        f"{time.monotonic() - began:.1f} s",
        flush=True,
    )
    asyncio.run(cases.seed(settings()))
