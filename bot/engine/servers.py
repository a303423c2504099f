"""What servers have chosen for themselves, remembered for a moment so that no job costs a query."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from bot.engine.ports import Clock

KNOWN_FOR: Final = timedelta(seconds=15)
"""How long a choice is remembered; so late at most does another process learn of a change."""
_REMEMBERED: Final = 10_000


class ServerStore(Protocol):
    """The choices of servers, on disk."""

    async def keeps_inputs(self, guild_id: int) -> bool:
        """Read whether a server keeps the pictures that go in; one that never chose does."""
        ...

    async def choose_keeping(self, guild_id: int, *, keeps: bool) -> None:
        """Write that choice."""
        ...


class Servers:
    """The choices of servers, as steps and commands ask for them.

    Args:
        store: Where they are kept.
        clock: The time.
    """

    def __init__(self, *, store: ServerStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: dict[int, tuple[bool, datetime]] = {}

    async def keeps_inputs(self, guild_id: int | None) -> bool:
        """Say whether pictures that go in are kept in a server; in direct messages they are.

        Raises:
            StoreUnavailable: The database does not answer.
        """
        if guild_id is None:
            return True
        now = self._clock.now()
        known = self._known.get(guild_id)
        if known is not None and now - known[1] < KNOWN_FOR:
            return known[0]
        return self._remember(guild_id, await self._store.keeps_inputs(guild_id), now)

    async def choose_keeping(self, guild_id: int, *, keeps: bool) -> None:
        """Let a server choose.

        Raises:
            StoreUnavailable: The database does not answer; nothing changed.
        """
        await self._store.choose_keeping(guild_id, keeps=keeps)
        self._remember(guild_id, keeps, self._clock.now())

    def _remember(self, guild_id: int, keeps: bool, at: datetime) -> bool:  # noqa: FBT001 - it is what is remembered
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[guild_id] = (keeps, at)
        return keeps
