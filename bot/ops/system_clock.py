"""The machine's time, made steady: what is due is due at a time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

JUMP: Final = timedelta(seconds=2)
"""A machine's clock that is corrected by less is followed forward at once."""
BELIEVED_AFTER_SECONDS: Final = 60.0
"""A machine's clock that jumped is believed after so long: until then it may have been wrong for a moment."""

_log = structlog.stdlib.get_logger(__name__)


def _wall() -> datetime:
    return datetime.now(UTC)


def _steady() -> float:
    """Count seconds, those of a suspended machine included where the kernel counts them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class SystemClock:
    """The machine's time as it was at the start, counted on steadily, and brought back to the machine's time.

    Waits are counted steadily: nothing is due earlier or later because the machine's clock was set. Expiries follow the
    machine's clock: a clock that jumped, forward or back, and stays there is followed after a minute. Then the time may
    go back, once; ``Loop`` moves what is due with it.

    Args:
        wall: Tells the machine's time, aware, in UTC.
        steady: Counts seconds, and is never set.
    """

    def __init__(self, *, wall: Callable[[], datetime] = _wall, steady: Callable[[], float] = _steady) -> None:
        self._wall = wall
        self._steady = steady
        self._told, self._told_at = wall(), steady()
        self._jump: tuple[timedelta, float] | None = None
        """How far the machine's clock is off, and since when, by the steady count."""

    def now(self) -> datetime:
        """Tell the time, aware, in UTC."""
        steady, wall = self._steady(), self._wall()
        counted = self._told + timedelta(seconds=steady - self._told_at)
        self._told, self._told_at = self._judge(counted, wall, steady), steady
        return self._told

    def _judge(self, counted: datetime, wall: datetime, steady: float) -> datetime:
        off = wall - counted
        if abs(off) < JUMP:
            if self._jump is not None:
                _log.warning("clock_was_wrong", seconds=round(self._jump[0].total_seconds()))
            self._jump = None
            return max(counted, wall)
        if self._jump is None or abs(off - self._jump[0]) >= JUMP:
            self._jump = off, steady
            _log.warning("clock_jumped", seconds=round(off.total_seconds()))
        if steady - self._jump[1] < BELIEVED_AFTER_SECONDS:
            return counted
        self._jump = None
        _log.warning("clock_followed", seconds=round(off.total_seconds()))
        return wall
