"""How often a key of a project may call: so many calls a minute, counted in each web process for itself.

A platform that delivers every quarter of an hour is far below it; a loop gone wrong is slowed down before it costs
everybody else. What one call may carry is limited by :data:`services.monitoring.rows.MOST_ROWS`.
"""

import time
from collections.abc import Callable
from threading import Lock

from models.vocabulary.errors import TooManyTries
from models.vocabulary.text import Text

CALLS_A_MINUTE = 120


class Rates:
    """A bucket of calls for each key; it fills evenly within a minute."""

    def __init__(self, per_minute: int = CALLS_A_MINUTE, now: Callable[[], float] = time.monotonic) -> None:
        self.per_minute, self._now = per_minute, now
        self._left: dict[int, tuple[float, float]] = {}
        self._lock = Lock()

    def take(self, key_id: int) -> None:
        """Count a call. Raises TooManyTries (429) when the bucket is empty; that call is not counted."""
        with self._lock:
            now = self._now()
            left, at = self._left.get(key_id, (float(self.per_minute), now))
            left = min(self.per_minute, left + (now - at) * self.per_minute / 60)
            taken = left >= 1
            self._left[key_id] = (left - taken, now)
        if not taken:
            words = Text(
                f"This key may call {self.per_minute} times a minute. Put rows together, and try again shortly.",
                f"该密钥每分钟最多调用 {self.per_minute} 次，请合并数据行后稍候再试。",
            )
            raise TooManyTries(words, retry_after=60)


#: Of this process.
CALLS = Rates()
