"""What the tests of the store share: a store of each kind, and jobs to put into it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from itertools import count
from typing import TYPE_CHECKING, Any

from bot.domain.job import Job
from bot.domain.ledger import reserve
from bot.domain.origin import Origin
from bot.domain.remix_request import Input, RemixRequest
from bot.domain.status import FailureReason, JobStatus
from bot.store.audit_store import SqlAuditStore
from bot.store.database import Database
from bot.store.job_store import SqlJobStore
from tests.fake_audit import FakeAuditStore
from tests.fake_store import FakeJobStore
from tests.fakes import FakeClock

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator
    from pathlib import Path

    from bot.engine.moderation import AuditStore
    from bot.engine.retention import Archive

KINDS = ("fake", "fake of several processes", "SQLite", "PostgreSQL")
SHARED_KINDS = ("fake of several processes", "PostgreSQL")
SQL_KINDS = ("SQLite", "PostgreSQL")
PRICE = 40_000
SNOWFLAKE = 1_400_000_000_000_000_000
_OF_ORIGIN = {one.name for one in fields(Origin)} - {"parent_id"}
MEMBER, GUILD = SNOWFLAKE + 11, SNOWFLAKE + 22


@dataclass
class StoreBench:
    """A store, the clock that it reads, and jobs to put into it."""

    store: Archive
    clock: FakeClock
    is_shared: bool
    audit: AuditStore = field(default_factory=FakeAuditStore)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def draft(self, **changes: Any) -> Job:
        """A job as the service drafts it; with changes of its own fields or its origin's."""
        number, now = next(self.numbers), self.clock.now()
        place: dict[str, Any] = {"user_id": MEMBER, "channel_id": SNOWFLAKE + 33, "guild_id": GUILD}
        for name in _OF_ORIGIN & changes.keys():
            place[name] = changes.pop(name)
        one = Input("https://cdn.discordapp.com/a/b/cat.png?ex=1", "cat.png", "image/png", 1000, 640, None)
        request = RemixRequest(
            "bytedance/dreamina-4-0/edit", "as an \N{ARTIST PALETTE} painting", (one,), {"scale": 0.5}
        )
        job = Job(f"{number:016x}", SNOWFLAKE + number, Origin(**place), request, JobStatus.PENDING, now, now)
        return replace(job, **changes)

    async def accepted(self, **changes: Any) -> Job:
        """A job that was accepted and holds its price."""
        return await self.accept(self.draft(**changes))

    async def accept(self, job: Job) -> Job:
        """Accept a draft, with the price that it holds."""
        return await self.store.accept(job, [reserve(job, PRICE, at=self.clock.now())])

    async def submitting(self, **changes: Any) -> Job:
        """A job whose first attempt, ``attempt-1``, is under way."""
        job = await self.accepted(**changes)
        return await self.store.advance(job, JobStatus.SUBMITTING, attempt_id="attempt-1", attempts=1)

    async def queued(self, **changes: Any) -> Job:
        """A job that the provider accepted as ``request-1``."""
        job = await self.submitting(**changes)
        return await self.store.store_request(
            job.id, attempt_id="attempt-1", request_id="request-1", at=self.clock.now()
        )

    async def uncertain(self) -> Job:
        """A job of which nobody knows whether it was submitted."""
        job = await self.submitting()
        return await self.store.advance(
            job, JobStatus.FAILED, failure=FailureReason.UNCERTAIN, failure_detail="reset", ended_at=self.clock.now()
        )

    async def row(self, job: Job) -> Job:
        """The job as the store has it now."""
        found = await self.store.get(job.id)
        assert found is not None
        return found


def fake_bench(*, shared: bool) -> StoreBench:
    """A bench over the store in memory."""
    clock = FakeClock()
    store = FakeJobStore(clock=clock.now, shared=shared)
    return StoreBench(store, clock, shared, store.audit)


@asynccontextmanager
async def sql_bench(url: str, data_dir: Path) -> AsyncGenerator[StoreBench]:
    """A bench over a database."""
    clock = FakeClock()
    async with Database.open(url, data_dir=data_dir) as database:
        yield StoreBench(
            SqlJobStore(database, clock=clock.now, heartbeat_clock=clock.now),
            clock,
            database.is_shared,
            SqlAuditStore(database),
        )
