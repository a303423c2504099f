"""The machine's time, made steady: what is due is due at a time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def _wall() -> datetime:
    return datetime.now(UTC)


class SystemClock:
    """The machine's time, but for one thing: it never goes back.

    Whatever is due is due at a time; if the machine's clock were set back by an hour, nothing would be due for an hour.

    Args:
        wall: Tells the machine's time, aware, in UTC.
        steady: Counts seconds, and is never set.
    """

    def __init__(self, *, wall: Callable[[], datetime] = _wall, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._steady = steady
        self._told, self._told_at = wall(), steady()

    def now(self) -> datetime:
        """Tell the time, aware, in UTC."""
        steady = self._steady()
        passed = timedelta(seconds=steady - self._told_at)
        self._told, self._told_at = max(self._wall(), self._told + passed), steady
        return self._told
