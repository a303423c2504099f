"""Discord's own time, as its responses tell it: the bounds of what it posted must not rest on our clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

EARLY_BY: Final = timedelta(minutes=1)
"""How much earlier than the time of its latest response Discord may date what is sent from now on."""
LATE_BY: Final = timedelta(minutes=5)
"""How much later Discord may still post what was sent before; a gateway gives a request up after some 100 seconds."""
DIFFERS_BY: Final = timedelta(seconds=30)
"""How far the times of responses and of ids may differ, and how unsteadily the time of responses may run."""
_EPOCH: Final = datetime(2015, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_TIME_SHIFT: Final = 22

_log = structlog.stdlib.get_logger(__name__)


def created_at(snowflake: int) -> datetime:
    """Read when Discord made an id.

    A snowflake counts milliseconds from the beginning of 2015, above its 22 lowest bits.
    Source: https://docs.discord.com/developers/reference#snowflakes
    """
    return _EPOCH + (snowflake >> _TIME_SHIFT) * _MILLISECOND


class DiscordTime:
    """Remembers the ``Date`` of Discord's latest response, and makes bounds of ids of it.

    A proxy before Discord may write a ``Date`` of its own. So none is believed before an acknowledgement, whose
    interaction has an id that Discord made seconds before, has shown that both agree; and none after its time has run
    faster or slower than ours, until the next acknowledgement.
    Source of the header: https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1

    Args:
        steady: Counts seconds, and is never set.
    """

    def __init__(self, *, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._requests = 0
        self._latest: tuple[datetime, float] | None = None
        self._latest_request = 0
        self._is_believed = False

    def begin(self) -> int:
        """Count a request that goes out, and return its number."""
        self._requests += 1
        return self._requests

    def note(self, date: str | None, *, request: int, interaction_id: int | None = None) -> None:
        """Note what a response says.

        Args:
            date: Its ``Date`` header.
            request: The number of its request.
            interaction_id: The interaction that Discord let it acknowledge.
        """
        told_at = _read(date)
        if told_at is None:
            return
        steady = self._steady()
        if self._latest is not None and self._is_believed:
            passed = timedelta(seconds=steady - self._latest[1])
            self._is_believed = abs(told_at - self._latest[0] - passed) <= DIFFERS_BY
            if not self._is_believed:
                _log.warning("discord_time_unsteady", told_at=told_at.isoformat(), passed=passed.total_seconds())
        self._latest, self._latest_request = (told_at, steady), request
        if interaction_id is not None:
            self._is_believed = abs(told_at - created_at(interaction_id)) <= DIFFERS_BY
            if not self._is_believed:
                _log.warning("discord_time_differs", told_at=told_at.isoformat(), interaction_id=interaction_id)

    def earliest_id(self) -> int | None:
        """Return an id below all that Discord gives to what is sent from now on; None where its time is not known."""
        if self._latest is None or not self._is_believed:
            return None
        return _id_at(self._latest[0] - EARLY_BY)

    def latest_id(self, *, since: int) -> int | None:
        """Return an id above all that Discord gave to what was sent before a request; None where nobody knows.

        Args:
            since: The number of that request: only a response to it or to a later one tells a time that is late enough.
        """
        if self._latest is None or not self._is_believed or self._latest_request < since:
            return None
        return _id_at(self._latest[0] + LATE_BY)


def _read(date: str | None) -> datetime | None:
    if date is None:
        return None
    try:
        told_at = parsedate_to_datetime(date)
    except ValueError:
        _log.warning("date_unreadable", date=date[:100])
        return None
    return told_at if told_at.tzinfo is not None else told_at.replace(tzinfo=UTC)


def _id_at(moment: datetime) -> int:
    return max((moment - _EPOCH) // _MILLISECOND, 0) << _TIME_SHIFT
