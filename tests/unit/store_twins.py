"""Two stores, SQL and memory, of which each call is asked and which must answer alike."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from contextlib import AsyncExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from bot.domain.status import REVIVAL, TRANSITIONS, FailureReason, JobStatus
from bot.errors import StaleJob
from bot.store.database import Database
from bot.store.job_store import SqlJobStore
from tests.contract.store_cases import StoreBench
from tests.fake_store import FakeJobStore
from tests.fakes import FakeClock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from bot.domain.job import Job
    from bot.engine.ports import JobStore

_T = TypeVar("_T")


class StoreTwins:
    """A SQLite store in a folder of its own and a fake, with the history of every job that they hold."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp())
        self._runner = asyncio.Runner()
        self.clock = FakeClock()
        self._fake = FakeJobStore(clock=self.clock.now)
        self.drafts = StoreBench(self._fake, self.clock, is_shared=False)
        self.history: dict[str, list[Job]] = {}
        (self._folder / "remix.db").write_bytes(_template())
        self._open()

    def restart(self) -> None:
        """Close the database and open it again."""
        self.run(self._stack.aclose())
        self._open()

    def close(self) -> None:
        """Close and forget everything."""
        self.run(self._stack.aclose())
        self._runner.close()
        shutil.rmtree(self._folder)

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Await something."""
        return self._runner.run(work)

    def ask(self, call: Callable[[JobStore], Awaitable[_T]]) -> _T | StaleJob | ValueError:
        """Call both stores, and answer what both answer, be it an error."""
        real, fake = self.run(_outcome(self.store, call)), self.run(_outcome(self._fake, call))
        if isinstance(real, Exception):
            assert type(real) is type(fake), (real, fake)
        else:
            assert real == fake
        return real

    def get(self, call: Callable[[JobStore], Awaitable[_T]]) -> _T:
        """Call both stores, where no error is allowed."""
        answer = self.ask(call)
        assert not isinstance(answer, (StaleJob, ValueError)), answer
        return answer

    def race(
        self,
        first: Callable[[JobStore], Awaitable[Job]],
        second: Callable[[JobStore], Awaitable[Job]],
        *,
        is_second_ahead: bool,
    ) -> bool:
        """Make two calls at the same moment, then let the fake make the one that won before the other.

        Returns:
            Whether ``first`` won.
        """
        order = [second, first] if is_second_ahead else [first, second]
        has_won = not isinstance(self.run(_side_by_side(self.store, order))[order.index(first)], Exception)
        for call in (first, second) if has_won else (second, first):
            self.run(_outcome(self._fake, call))
        return has_won

    def look(self, job_id: str, *, steps: int = 1) -> Job:
        """Read a job from both stores."""
        return self.saw(self.get(lambda store: _row(store, job_id)), steps=steps)

    def saw(self, job: Job, *, steps: int = 1) -> Job:
        """Hold a job against the table: its status was reached in so many steps at most, one revival excepted."""
        history = self.history.setdefault(job.id, [])
        if history and history[-1].status is not job.status:
            before = history[-1]
            is_revival = (before.status, job.status) == REVIVAL and before.failure is FailureReason.UNCERTAIN
            assert is_revival or job.status in _reachable(before.status, steps), (before.status, job.status)
            assert job.card_revision > before.card_revision
        history.append(job)
        return job

    def pick(self, number: int, *, seen_as: JobStatus | None = None) -> Job:
        """A job as somebody saw it, of late or long ago; where there is one, in a certain status."""
        seen = [job for jobs in self.history.values() for job in jobs[-4:]]
        fitting = [job for job in seen if seen_as is None or job.status is seen_as] or seen
        return fitting[-1 - number % len(fitting)]

    def _open(self) -> None:
        self._stack = AsyncExitStack()
        opening = Database.open(f"sqlite+aiosqlite:///{self._folder}/remix.db", data_dir=self._folder)
        self.store = SqlJobStore(
            self.run(self._stack.enter_async_context(opening)), clock=self.clock.now, heartbeat_clock=self.clock.now
        )


def _reachable(status: JobStatus, steps: int) -> set[JobStatus]:
    found = {status}
    for _ in range(steps):
        found |= {after for before in found for after in TRANSITIONS[before]}
    return found


async def _row(store: JobStore, job_id: str) -> Job:
    row = await store.get(job_id)
    assert row is not None
    return row


async def _outcome(store: JobStore, call: Callable[[JobStore], Awaitable[_T]]) -> _T | StaleJob | ValueError:
    try:
        return await call(store)
    except (StaleJob, ValueError) as error:
        return error


async def _side_by_side(store: JobStore, calls: list[Callable[[JobStore], Awaitable[Job]]]) -> list[object]:
    return await asyncio.gather(*(_outcome(store, call) for call in calls))


@cache
def _template() -> bytes:
    """A migrated database to copy, made once: migrating anew for every example would take most of the time."""

    async def make(folder: Path) -> None:
        async with Database.open(f"sqlite+aiosqlite:///{folder}/remix.db", data_dir=folder):
            pass

    with tempfile.TemporaryDirectory() as name:
        asyncio.run(make(Path(name)))
        return (Path(name) / "remix.db").read_bytes()
