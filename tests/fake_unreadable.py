"""A courier in memory that tells of jobs that cannot be read."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.unreadable import UnreadableJob


class FakeUnreadableCourier:
    """Remembers of which unreadable jobs people were told."""

    def __init__(self) -> None:
        self.told: list[UnreadableJob] = []
        self.failures: deque[Exception] = deque()

    async def tell(self, apart: UnreadableJob) -> None:
        """Note it, or raise what the test armed."""
        if self.failures:
            raise self.failures.popleft()
        self.told.append(apart)
