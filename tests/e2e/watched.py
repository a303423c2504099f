"""A town whose bot tells how it is: its health and its metrics, asked over HTTP as an operator's tools do."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

from tests.e2e.town import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aiohttp

    from sandbox.faults import Faults
    from tests.e2e.town import Town


def free_port() -> int:
    """A port that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Watched:
    """A town whose bot tells how it is."""

    def __init__(self, town: Town, port: int, http: aiohttp.ClientSession, discord_faults: Faults) -> None:
        self.town = town
        self.discord_faults = discord_faults
        self._base = f"http://127.0.0.1:{port}"
        self._http = http

    async def health(self, path: str) -> tuple[int, Mapping[str, Any]]:
        """The status and the report."""
        async with self._http.get(f"{self._base}{path}") as response:
            return response.status, await response.json()

    async def figures(self) -> Mapping[str, float]:
        """What a scrape shows."""
        async with self._http.get(f"{self._base}/metrics") as response:
            lines = (await response.text()).splitlines()
        samples = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(figure) for name, figure in samples}

    async def until_figure(self, name: str, figure: float) -> Mapping[str, float]:
        """Scrape until a figure is as high: the row is written a moment before the memory of the process knows it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (found := await self.figures()).get(name, 0) < figure:
                pass
            return found

    async def until_log_says(self, word: str) -> None:
        """Ask how the bot is until its log holds a word: what it writes changes nothing in the world."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while word not in self.town.bot.log():
                await self.health("/healthz")

    async def until_ready_says(self, status: int) -> Mapping[str, Any]:
        """Ask until the answer has this status; the bot itself asks its database seldom, however often it is asked."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                found, report = await self.health("/readyz")
                if found == status:
                    return report
