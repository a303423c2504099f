"""The choices of servers in memory."""

from __future__ import annotations


class FakeServerStore:
    """The port without a disk; counts its queries."""

    def __init__(self) -> None:
        self.reads = 0
        self._chosen: dict[int, bool] = {}

    async def keeps_inputs(self, guild_id: int) -> bool:
        """Read whether a server keeps the pictures that go in."""
        self.reads += 1
        return self._chosen.get(guild_id, True)

    async def choose_keeping(self, guild_id: int, *, keeps: bool) -> None:
        """Write that choice."""
        self._chosen[guild_id] = keeps
