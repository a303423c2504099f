"""``python -m tests.e2e.crash.torture``: kills the bot at every boundary and at random, and counts what must hold.

Prints the seed, which repeats the order of kills and the choice of places and pictures (not the machine's timing), and
the table of invariants; ends with 1 when one is broken.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.e2e.crash.boundaries import BOUNDARIES
from tests.e2e.crash.invariants import Audit, Line, Observations
from tests.e2e.crash.report import close, parser, say
from tests.e2e.crash.site import CrashSite

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.e2e.crash.boundaries import Boundary

_AT_RANDOM: Final = "at a random moment"
_WHILE_STARTING: Final = "while it started"
_EVERY_THIRD: Final = 3
"""Each third kill comes at random."""
_MOST_IN_FLIGHT: Final = 20
_AT_BOUNDARY: Final = 3
_CANCELS: Final = 4
_LEADS_THERE_SECONDS: Final = 4.0
"""How long the jobs at hand may take to reach a boundary."""
_REST_SECONDS: Final = 240.0
"""How long the last bot may take for what is left."""
IS_OPEN: Final = (
    "delivered_at IS NULL OR shown_revision < card_revision "
    "OR status NOT IN ('succeeded', 'failed', 'cancelled', 'expired')"
)
"""What says of a row, in SQL, that something is owed."""


@dataclass(frozen=True)
class Plan:
    """How much torture.

    Args:
        kills: How often the bot is killed.
        jobs: How many jobs there must be in the end.
        seed: Decides everything that is left to chance.
    """

    kills: int
    jobs: int
    seed: int


class Torture:
    """Kills one bot after the other.

    Args:
        site: Where.
        plan: How often.
        chance: Decides what is left to chance.
        say: Prints a line.
    """

    def __init__(self, site: CrashSite, plan: Plan, *, chance: random.Random, say: Callable[[str], None]) -> None:
        self._site = site
        self._plan = plan
        self._chance = chance
        self._say = say
        self._seen = Observations()

    async def run(self) -> list[Line]:
        """Kill as often as planned, let the last bot bring everything to its end, and count."""
        for number, boundary in enumerate(self._order(), start=1):
            began = time.monotonic()
            where = await self._kill_once(boundary)
            self._seen.note_kill(self._site, where)
            took = time.monotonic() - began
            self._say(f"kill {number:>3} {where:<40} {took:5.1f} s, {self._site.count(IS_OPEN):>3} jobs open")
        await self._finish()
        return [*(Line(f"killed: {name}", count) for name, count in sorted(self._seen.kills.items())), *self._table()]

    def _table(self) -> list[Line]:
        return Audit(self._site, self._seen).table()

    def _order(self) -> list[Boundary | None]:
        """Every boundary in turn, shuffled anew each time round; None is a random moment."""
        order: list[Boundary | None] = []
        round_: list[Boundary] = []
        while len(order) < self._plan.kills:
            if len(order) % _EVERY_THIRD == _EVERY_THIRD - 1:
                order.append(None)
                continue
            if not round_:
                round_ = self._chance.sample(BOUNDARIES, len(BOUNDARIES))
            order.append(round_.pop())
        return order

    async def _kill_once(self, boundary: Boundary | None) -> str:
        await self._site.start()
        if boundary is None and self._chance.random() < 1 / 4:
            await self._site.live(self._chance.uniform(0.1, 2.5))
            await self._site.kill()
            return _WHILE_STARTING
        reaching = asyncio.create_task(self._site.reach(boundary)) if boundary is not None else None
        await self._site.until_ready()
        await self._site.cancel(1)
        await self._site.ask(self._next_jobs(at_random=boundary is None))
        if reaching is not None:
            await self._push_on(reaching)
        else:
            await self._site.live(self._chance.uniform(0, 2))
            await self._site.cancel(self._chance.randint(0, _CANCELS))
            await self._site.live(self._chance.uniform(0, 1))
        await self._site.kill()
        return boundary.name if boundary is not None else _AT_RANDOM

    async def _push_on(self, reaching: asyncio.Task[None]) -> None:
        """Wait until a boundary is reached; where the jobs at hand do not lead there, ask for one more."""
        while not (await asyncio.wait({reaching}, timeout=_LEADS_THERE_SECONDS))[0]:
            await self._site.ask(1)
        reaching.result()

    def _next_jobs(self, *, at_random: bool) -> int:
        """At random moments up to twenty at once; at boundaries a few."""
        if at_random:
            return self._chance.randint(1, _MOST_IN_FLIGHT)
        return self._chance.randint(1, _AT_BOUNDARY)

    async def _finish(self) -> None:
        await self._site.start()
        await self._site.until_ready()
        while (missing := self._plan.jobs - self._site.count("1 = 1")) > 0:
            await self._site.ask(min(missing, _MOST_IN_FLIGHT))
            wanted = self._plan.jobs - missing + min(missing, _MOST_IN_FLIGHT)
            await self._site.until(lambda: self._site.count("1 = 1") >= wanted, f"{wanted} jobs")  # noqa: B023 - awaited here
        await self._site.until(lambda: self._site.count(IS_OPEN) == 0, "the end of all jobs", seconds=_REST_SECONDS)


async def torture(plan: Plan, *, say: Callable[[str], None]) -> list[Line]:
    """Run a plan in a folder of its own, and answer the table."""
    chance = random.Random(plan.seed)  # noqa: S311 - a game, no secret
    with tempfile.TemporaryDirectory(prefix="remix-torture-") as folder:
        async with CrashSite(Path(folder), chance=chance) as site:
            return await Torture(site, plan, chance=chance, say=say).run()


def main(arguments: Sequence[str] | None = None) -> int:
    """Torture and print the table; answers 1 when an invariant is broken."""
    reader = parser(__doc__)
    reader.add_argument("--kills", type=int, default=100)
    reader.add_argument("--jobs", type=int, default=500)
    given = reader.parse_args(arguments)
    plan = Plan(given.kills, given.jobs, given.seed)
    say(f"seed {plan.seed}: {plan.kills} kills, {plan.jobs} jobs")
    began = time.monotonic()
    return close(asyncio.run(torture(plan, say=say)), seed=plan.seed, began=began)


if __name__ == "__main__":
    sys.exit(main())
