"""The moderation log in memory: the same semantics as ``SqlAuditStore``, held to it by one contract suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fake_rows import check_aware

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.moderation import ModerationEntry


class FakeAuditStore:
    """An ``AuditStore`` that forgets everything when it is dropped."""

    def __init__(self) -> None:
        self._entries: list[ModerationEntry] = []

    async def add(self, entry: ModerationEntry) -> None:
        """Write an entry."""
        check_aware((entry.at,))
        self._entries.append(entry)

    async def entries_of_guild(self, guild_id: int, *, limit: int) -> list[ModerationEntry]:
        """Read a server's entries, newest first."""
        theirs = [one for one in self._entries if one.guild_id == guild_id]
        return sorted(theirs, key=lambda one: one.at)[::-1][:limit]

    async def prune_entries(self, *, before: datetime, limit: int) -> int:
        """Delete the oldest entries that are older than a time, and answer how many there were."""
        check_aware((before,))
        old = [one for one in sorted(self._entries, key=lambda one: one.at) if one.at < before][:limit]
        self._entries = [one for one in self._entries if not any(one is another for another in old)]
        return len(old)
