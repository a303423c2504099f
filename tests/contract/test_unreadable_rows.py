"""Rows that make no job, on both databases: they are set apart one by one, and everything else goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest
from sqlalchemy import text

from bot.domain.status import JobStatus
from bot.domain.unreadable import UnreadableJob
from bot.errors import JobUnreadable
from bot.store.database import Database
from bot.store.job_store import SqlJobStore
from bot.ui.unreadable_notice import view
from tests.contract.store_cases import GUILD, MEMBER, SNOWFLAKE, StoreBench
from tests.fakes import FakeClock
from tests.unit.engine_bench import EngineBench

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from bot.domain.job import Job

DAMAGES: Final[dict[str, str]] = {
    "an unknown status": "status = 'dreaming'",
    "an unknown reason of a failure": "failure = 'bad_mood'",
    "inputs that are no list": """inputs = '{"url": 1}'""",
    "options that are no object": "options = '[]'",
    "an input of a later version": """inputs = '[{"hologram": true}]'""",
}


class DamagedStore(StoreBench):
    """A bench over an SQL store whose rows a test damages."""

    database: Database

    async def damage(self, job: Job, change: str) -> None:
        """Write what no program of ours writes."""
        statement = text(f"UPDATE jobs SET {change} WHERE id = :id").bindparams(id=job.id)  # noqa: S608 - from above
        await self.database.write(lambda connection: connection.execute(statement))

    async def adopted(self, owner_id: str = "us") -> list[str]:
        """The ids of what a process adopts."""
        return [job.id for job in await self.store.adopt(owner_id, now=self.clock.now())]


@pytest.fixture
async def bench(database_url: str, tmp_path: Path) -> AsyncGenerator[DamagedStore]:
    """A store of each kind of database."""
    clock = FakeClock()
    async with Database.open(database_url, data_dir=tmp_path) as database:
        bench = DamagedStore(
            SqlJobStore(database, clock=clock.now, heartbeat_clock=clock.now), clock, database.is_shared
        )
        bench.database = database
        yield bench


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
async def test_a_row_that_cannot_be_read_stops_no_other(bench: DamagedStore, damage: str) -> None:
    before, bad, after = [await bench.accepted(locale="de", thread_id=SNOWFLAKE + 700) for _ in range(3)]
    await bench.damage(bad, damage)

    assert await bench.adopted() == [before.id, after.id]
    assert await bench.adopted() == [before.id, after.id]
    (apart,) = await bench.store.unreadable()
    assert (apart.id, apart.user_id, apart.guild_id, apart.locale) == (bad.id, MEMBER, GUILD, "de")
    assert apart.thread_id == SNOWFLAKE + 700
    assert (apart.can_be_told, apart.is_told) == (True, False)
    assert apart.reason
    with pytest.raises(JobUnreadable):
        await bench.store.get(bad.id)
    assert [job.id for job in await bench.store.jobs_of_user(MEMBER, limit=9)] == [after.id, before.id]
    assert [job.id for job in await bench.store.open_jobs_of_guild(GUILD)] == [before.id, after.id]
    assert [job.id for job in await bench.store.jobs_by_beginning("0", limit=9)] == [after.id, before.id]


async def test_text_in_a_column_of_another_kind_stops_no_other_row(tmp_path: Path) -> None:
    clock = FakeClock()
    async with Database.open(f"sqlite+aiosqlite:///{tmp_path}/remix.db", data_dir=tmp_path) as database:
        bench = DamagedStore(SqlJobStore(database, clock=clock.now, heartbeat_clock=clock.now), clock, is_shared=False)
        bench.database = database
        rows = [await bench.accepted() for _ in range(3)]
        await bench.damage(rows[0], "inputs = '[{'")
        await bench.damage(rows[1], "created_at = 'yesterday'")

        assert await bench.adopted() == [rows[2].id]
        assert [apart.id for apart in await bench.store.unreadable()] == [rows[0].id, rows[1].id]


async def test_the_next_process_tries_again_and_the_row_of_a_newer_program_goes_on(bench: DamagedStore) -> None:
    job = await bench.accepted()
    await bench.damage(job, "status = 'dreaming'")
    assert await bench.adopted() == []
    await bench.store.note_told(job.id, at=bench.clock.now())

    if bench.is_shared:
        bench.clock.forward(61)
    assert await bench.adopted("the next") == []
    assert [apart.is_told for apart in await bench.store.unreadable()] == [True]
    await bench.damage(job, "status = 'pending'")
    assert await bench.adopted("the next") == []
    if bench.is_shared:
        bench.clock.forward(61)
    assert await bench.adopted("the one after") == [job.id]
    assert await bench.store.unreadable() == []


async def test_signatures_of_a_finished_job_with_broken_inputs_are_erased_with_the_inputs(bench: DamagedStore) -> None:
    job = await bench.accepted(status=JobStatus.CANCELLED)
    await bench.damage(job, """inputs = '{"url": 1}', signed_until = '2001-01-01 00:00:00+00:00'""")

    assert await bench.store.erase_signatures(now=bench.clock.now(), limit=9) == 1
    found = await bench.store.get(job.id)
    assert found is not None
    assert found.request.inputs == ()


async def test_the_engine_tells_the_requester_of_such_a_row_once_and_does_all_other_work(
    bench: DamagedStore, tmp_path: Path
) -> None:
    engine = EngineBench(tmp_path, store=bench.store)
    await engine.loop.start()
    bad, good = await engine.remix(), await engine.remix()
    await bench.damage(bad, "status = 'dreaming'")
    await engine.settle()
    await engine.finished(good)
    await engine.pass_time(30)

    assert (await engine.row(good)).delivered_at is not None
    assert [apart.id for apart in engine.unreadable_courier.told] == [bad.id]
    assert engine.unreadable.found == (bad.id,)
    await engine.restart()
    await engine.pass_time(30)
    assert [apart.id for apart in engine.unreadable_courier.told] == [bad.id]
    assert engine.unreadable.found == (bad.id,)
    assert engine.loop.refreshed_at is not None
    assert engine.clock.now() - engine.loop.refreshed_at < timedelta(seconds=11)


def test_the_message_pings_its_requester_and_names_the_remix() -> None:
    apart = UnreadableJob("a1b2c3d4e5f60718", "KeyError", 11, 22, 33, 44, "en-US", can_be_told=True, is_told=False)

    (text_display,) = view(apart).to_components()

    assert text_display["content"].startswith("<@11>, I can’t read my record of your remix #a1b2c3, ")  # noqa: RUF001 - as people read it
