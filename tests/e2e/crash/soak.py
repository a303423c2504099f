"""``python -m tests.e2e.crash.soak``: one bot, many jobs, and a tenth of all requests going wrong.

Prints the seed, the bot's memory and open files on the way, and the table of invariants; ends with 1 when one is
broken. Memory after the warm-up is compared with memory at the end.
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

from tests.e2e.crash.invariants import Audit, Line, Observations
from tests.e2e.crash.report import close, parser, say
from tests.e2e.crash.site import CrashSite
from tests.e2e.crash.storm import Storm
from tests.e2e.crash.torture import IS_OPEN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.e2e.crash.boundaries import Service

_AT_ONCE: Final = 20
"""How many jobs may be open before the next is asked for."""
_WARM_UP: Final = 0.2
"""The share of jobs after which the bot has met everything once."""
_REPORTS: Final = 10
_CANCEL_EVERY: Final = 15
_REST_SECONDS: Final = 600.0
_LOOKS: Final = 60
_MORE_MEMORY: Final = 0.10
"""How much more memory the end may take than the warm bot did."""
_MORE_FILES: Final = 10
"""Open files come and go with connections; so many more are no growth."""
_KIBIBYTE: Final = 1024


@dataclass(frozen=True)
class Plan:
    """How long a soak.

    Args:
        jobs: How many.
        share: How many of all requests go wrong, from 0 to 1.
        seed: Decides everything that is left to chance.
    """

    jobs: int
    share: float
    seed: int


@dataclass(frozen=True)
class Footprint:
    """What a process takes.

    Args:
        memory: Resident, in bytes.
        files: Open file descriptors.
    """

    memory: int
    files: int

    @classmethod
    def of(cls, pid: int) -> Footprint:
        """Read it from Linux."""
        process = Path("/proc") / str(pid)
        status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines() if ":" in line)
        return cls(int(status["VmRSS"].split()[0]) * _KIBIBYTE, len(list((process / "fd").iterdir())))

    def __str__(self) -> str:
        """As it is printed."""
        return f"{self.memory / _KIBIBYTE**2:6.1f} MiB, {self.files} files"


class Soak:
    """Lets one bot work in the storm.

    Args:
        site: Where.
        plan: How long.
        say: Prints a line.
    """

    def __init__(self, site: CrashSite, plan: Plan, *, say: Callable[[str], None]) -> None:
        self._site = site
        self._plan = plan
        self._say = say

    async def run(self) -> list[Line]:
        """Ask for job after job, then count."""
        await self._site.start()
        await self._site.until_ready()
        self._blow(on=True)
        warm = await self._work()
        self._blow(on=False)
        await self._site.until(lambda: self._site.count(IS_OPEN) == 0, "the end of all jobs", seconds=_REST_SECONDS)
        return self._table(warm, await self._rested(warm))

    async def _rested(self, warm: Footprint) -> Footprint:
        """What the bot takes once its idle connections are closed."""
        async with asyncio.timeout(_REST_SECONDS):
            for _ in range(_LOOKS):
                if self._footprint().files <= warm.files:
                    break
                await self._site.live(1)
        return self._footprint()

    async def _work(self) -> Footprint:
        """Keep so many jobs open until all are asked for; answers what the warm bot took."""
        warm, reported = self._footprint(), 0
        while (made := self._site.count("1 = 1")) < self._plan.jobs:
            if made >= self._plan.jobs * _WARM_UP * (reported == 0) and made * _REPORTS // self._plan.jobs > reported:
                reported = made * _REPORTS // self._plan.jobs
                self._say(f"{made:>5} jobs: {self._footprint()}")
            if made < self._plan.jobs * _WARM_UP:
                warm = self._footprint()
            if self._site.count(IS_OPEN) < _AT_ONCE:
                await self._site.ask(1)
                if made % _CANCEL_EVERY == 0:
                    await self._site.cancel(1)
            await self._site.live(0.05)
        return warm

    def _blow(self, *, on: bool) -> None:
        for faults in self._site.faults.values():
            assert isinstance(faults, Storm)
            faults.is_blowing = on

    def _footprint(self) -> Footprint:
        assert self._site.bot.pid is not None
        return Footprint.of(self._site.bot.pid)

    def _table(self, warm: Footprint, end: Footprint) -> list[Line]:
        uncertain = [row["id"] for row in self._site.rows("SELECT id FROM jobs WHERE failure = 'uncertain'")]
        prompts = {row["prompt"] for row in self._site.rows("SELECT prompt FROM jobs")}
        struck = [one for one in self._site.servers.runcomfy.faults.fired if _is_submission(one.method, one.path)]
        audit = Audit(self._site, Observations(prompts=prompts, submitting=set(uncertain)))
        # A submission that was surely not accepted is sent again, so POSTs may outnumber jobs; payments may not.
        lines = [line for line in audit.table() if not line.name.startswith("POSTs beyond")]
        growth = end.memory / warm.memory - 1
        return [
            Line("requests that went wrong", sum(len(faults.fired) for faults in self._site.faults.values())),
            *lines,
            Line("uncertain beyond the submissions that went wrong", max(len(uncertain) - len(struck), 0), at_most=0),
            Line("memory after the warm-up, KiB", warm.memory // _KIBIBYTE),
            Line("memory at the end, KiB", end.memory // _KIBIBYTE),
            Line("memory's growth, per cent", round(growth * 100), at_most=round(_MORE_MEMORY * 100)),
            Line("open files more than after the warm-up", max(end.files - warm.files, 0), at_most=_MORE_FILES),
        ]


def _is_submission(method: str, path: str) -> bool:
    return method == "POST" and path.startswith("/v1/models/")


async def soak(plan: Plan, *, say: Callable[[str], None]) -> list[Line]:
    """Run a plan in a folder of its own, and answer the table."""
    chance = random.Random(plan.seed)  # noqa: S311 - a game, no secret

    def storm(service: Service) -> Storm:
        return Storm(service, chance=random.Random(f"{plan.seed} {service}"), share=plan.share)  # noqa: S311

    with tempfile.TemporaryDirectory(prefix="remix-soak-") as folder:
        async with CrashSite(Path(folder), chance=chance, new_faults=storm) as site:
            return await Soak(site, plan, say=say).run()


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak and print the table; answers 1 when an invariant is broken."""
    reader = parser(__doc__)
    reader.add_argument("--jobs", type=int, default=1000)
    reader.add_argument("--share", type=float, default=0.1)
    given = reader.parse_args(arguments)
    plan = Plan(given.jobs, given.share, given.seed)
    say(f"seed {plan.seed}: {plan.jobs} jobs, {plan.share:.0%} of all requests go wrong")
    began = time.monotonic()
    return close(asyncio.run(soak(plan, say=say)), seed=plan.seed, began=began)


if __name__ == "__main__":
    sys.exit(main())
