"""``python -m tests.e2e.crash.pair``: two bots share one PostgreSQL, and are killed and frozen in turn.

The one that lives takes the jobs of the dead over after a minute of silence, so each round takes a little longer than
that. A frozen one wakes about when that happens, and must leave alone what it has lost. Prints the seed and the table
of invariants; ends with 1 when one is broken.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.contract.postgres_server import running_server
from tests.e2e.crash.books import PostgresBook
from tests.e2e.crash.invariants import Audit, Observations
from tests.e2e.crash.site import PATIENCE_SECONDS, CrashSite
from tests.e2e.crash.torture import IS_OPEN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sandbox.bot_process import BotProcess
    from tests.e2e.crash.invariants import Line

_TAKEOVER_SECONDS: Final = 180.0
_JOBS: Final = 12
_FROZEN_SECONDS: Final = (50.0, 80.0)
"""The takeover comes after 60 to 70."""
_WAKING_SECONDS: Final = 10.0


class Pair:
    """Kills or freezes one of two bots after the other.

    Args:
        site: Where.
        folder: Where the bots keep their files.
        chance: Decides the moments.
        say: Prints a line.
    """

    def __init__(self, site: CrashSite, folder: Path, *, chance: random.Random, say: Callable[[str], None]) -> None:
        self._site = site
        self._chance = chance
        self._say = say
        self._seen = Observations()
        self._bots = [self._new(folder / name) for name in ("first", "second")]

    def _new(self, folder: Path) -> BotProcess:
        folder.mkdir()
        return self._site.new_process(folder)

    async def run(self, rounds: int) -> list[Line]:
        """Kill or freeze so many times, and let everything come to its end each time."""
        try:
            for number in range(rounds):
                await self._start_missing()
                await self._site.ask(_JOBS)
                await self._live(self._chance.uniform(0.1, 2.5))
                what = await (self._freeze if number % 2 else self._kill)(self._bots[(number + number // 2) % 2])
                await self._until_all_done()
                self._say(f"round {number + 1}, {what}: all {self._site.count('1 = 1')} jobs are at their end")
        finally:
            for bot in self._bots:
                await bot.kill()
        return Audit(self._site, self._seen).table()

    async def _kill(self, bot: BotProcess) -> str:
        await bot.kill()
        self._seen.note_kill(self._site, "killed")
        await self._site.ask(_JOBS // 2)
        return "killed"

    async def _freeze(self, bot: BotProcess) -> str:
        """Freeze a bot until about the time when the other takes its jobs over."""
        bot.freeze()
        await self._live(1)  # what it had sent to the database is done by then
        self._seen.note_freeze(self._site)
        await self._site.ask(_JOBS // 2)
        seconds = self._chance.uniform(*_FROZEN_SECONDS)
        await self._live(seconds)
        bot.thaw()
        await self._live(_WAKING_SECONDS)
        return f"frozen for {seconds:.0f} s"

    async def _start_missing(self) -> None:
        for bot in self._bots:
            if bot.pid is None:
                await bot.start()
        gateway = self._site.servers.discord.gateway
        await self._site.world.until(lambda: len(gateway.connected) == 2, timeout_seconds=PATIENCE_SECONDS)

    async def _until_all_done(self) -> None:
        async with asyncio.timeout(_TAKEOVER_SECONDS):
            while self._site.count(IS_OPEN) > 0:
                await self._live(1)

    async def _live(self, seconds: float) -> None:
        """Let those that live do so for a while; none may end by itself."""
        ends = [asyncio.create_task(bot.wait()) for bot in self._bots if bot.pid is not None]
        done, rest = await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        assert not done, self._site.log()[-4000:]


async def pair(rounds: int, *, seed: int, say: Callable[[str], None]) -> list[Line]:
    """Run the rounds in a folder and a database of their own, and answer the table."""
    chance = random.Random(seed)  # noqa: S311 - a game, no secret
    with running_server() as server, tempfile.TemporaryDirectory(prefix="remix-pair-") as name:
        book = PostgresBook(await server.new_database())
        async with CrashSite(Path(name), chance=chance, book=book) as site:
            return await Pair(site, Path(name), chance=chance, say=say).run(rounds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and print the table; answers 1 when an invariant is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    given = parser.parse_args(arguments)
    _say(f"seed {given.seed}: {given.kills} rounds of two processes on one PostgreSQL")
    lines = asyncio.run(pair(given.kills, seed=given.seed, say=_say))
    for line in lines:
        _say(str(line))
    return 0 if all(line.holds for line in lines) else 1


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
