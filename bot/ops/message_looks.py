"""What was learnt of messages by looking for them: which are there, and which were deleted."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

REMEMBERED: Final = 10_000
"""How many messages are remembered."""
THERE_FOR: Final = timedelta(minutes=1)
"""How long a message that was seen is taken to be there; one that was deleted never comes back."""
AT_ONCE: Final = 5
"""How many messages are looked for at the same time: Discord takes 50 requests a second of a bot in all."""


def _real_time() -> datetime:
    return datetime.now(UTC)


class MessageLooks:
    """Remembers what became of a look, so that a list that is asked for often asks Discord seldom.

    Args:
        now: The time.

    Attributes:
        room: Bounds how many messages are looked for at the same time.
    """

    def __init__(self, *, now: Callable[[], datetime] = _real_time) -> None:
        self.room = asyncio.Semaphore(AT_ONCE)
        self._now = now
        self._seen: OrderedDict[int, datetime | None] = OrderedDict()

    def note(self, message_id: int, *, is_there: bool) -> None:
        """Note what a look found."""
        self._seen.pop(message_id, None)
        self._seen[message_id] = self._now() if is_there else None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    def is_there(self, message_id: int) -> bool | None:
        """Say whether a message is there; None where it must be looked for."""
        if message_id not in self._seen:
            return None
        seen_at = self._seen[message_id]
        if seen_at is None:
            return False
        return True if self._now() - seen_at < THERE_FOR else None
