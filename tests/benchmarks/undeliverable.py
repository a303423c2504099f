"""How long the event loop stands still beside 20,000 results that no place took.

``python -m tests.benchmarks.undeliverable``: one engine over SQLite refreshes ten times, first without such rows, then
with 20,000 of them, in one run; a sleeper measures the longest gap of the event loop.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert

from bot.domain.status import JobStatus
from bot.store.database import Database
from bot.store.job_rows import to_row
from bot.store.job_store import SqlJobStore
from bot.store.tables import jobs
from tests.contract.store_cases import StoreBench
from tests.unit.engine_bench import EngineBench

if TYPE_CHECKING:
    from tests.fakes import FakeClock

ROWS: Final = 20_000
REFRESHES: Final = 10
TICK_SECONDS: Final = 0.001


class Sleeper:
    """Sleeps for a millisecond again and again, and notes the longest time that it took."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            before = time.perf_counter()
            await asyncio.sleep(TICK_SECONDS)
            self.longest = max(self.longest, time.perf_counter() - before - TICK_SECONDS)


async def _longest_gap(engine: EngineBench) -> float:
    sleeper = Sleeper()
    task = asyncio.create_task(sleeper.run())
    for _ in range(REFRESHES):
        await engine.pass_time(10)
    task.cancel()
    return sleeper.longest


async def _insert(database: Database, clock: FakeClock) -> None:
    bench, now = StoreBench(SqlJobStore(database), clock, is_shared=False), clock.now()
    kept: dict[str, Any] = {"status": JobStatus.SUCCEEDED, "ended_at": now, "fetched_at": now, "undeliverable_at": now}
    draft = replace(
        bench.draft(), prepared_at=now, opened_at=now, kept_at=now, card_revision=3, shown_revision=3, **kept
    )
    rows = [
        to_row(replace(draft, id=f"{number:032x}", interaction_id=draft.interaction_id + number))
        for number in range(ROWS)
    ]
    await database.write(lambda connection: connection.execute(insert(jobs), rows))


async def measure() -> tuple[float, float]:
    """Answer the longest gap, in seconds, without and with the rows."""
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        async with Database.open(f"sqlite+aiosqlite:///{data_dir}/remix.db", data_dir=data_dir) as database:
            engine = EngineBench(data_dir, store=SqlJobStore(database))
            await engine.loop.start()
            without = await _longest_gap(engine)
            await _insert(database, engine.clock)
            return without, await _longest_gap(engine)


if __name__ == "__main__":
    empty, full = asyncio.run(measure())
    sys.stdout.write(
        f"longest gap of the event loop: {empty * 1000:.1f} ms without, {full * 1000:.1f} ms with {ROWS} rows\n"
    )
