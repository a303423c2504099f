"""A backup in the place of the database that it was made of: nothing is sent again or posted twice by itself."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete

from bot.domain.ledger import balance
from bot.domain.status import FailureReason, JobStatus
from bot.store.backup import back_up
from bot.store.database import Database
from bot.store.job_store import SqlJobStore
from bot.store.restoration import Restoration
from bot.store.tables import owners
from tests.fakes import FakeClock
from tests.unit.engine_bench import EngineBench

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.job import Job


def _engine(database: Database, data_dir: Path, clock: FakeClock) -> EngineBench:
    return EngineBench(
        data_dir, store=SqlJobStore(database, clock=clock.now, heartbeat_clock=clock.now), clock=clock, max_in_flight=1
    )


def _restoration(database: Database, data_dir: Path, clock: FakeClock) -> Restoration:
    return Restoration(database, data_dir=data_dir, clock=clock)


@pytest.mark.parametrize("has_thread", [True, False])
@pytest.mark.parametrize("way", ["backup", "copy"])
async def test_a_restored_backup_pays_nothing_again_and_posts_nothing_twice(
    tmp_path: Path, way: str, *, has_thread: bool
) -> None:
    url, file, clock = f"sqlite+aiosqlite:///{tmp_path}/remix.db", tmp_path / "remix.db", FakeClock()
    async with Database.open(url, data_dir=tmp_path) as database:
        engine = _engine(database, tmp_path, clock)
        engine.courier.has_threads = has_thread
        await engine.loop.start()
        running, waiting = await engine.remix(), await engine.remix()
        await engine.pass_time(11)
        assert [(await engine.row(job)).status for job in (running, waiting)] == [
            JobStatus.IN_QUEUE,
            JobStatus.PENDING,
        ]
        if way == "backup":
            await back_up(url, tmp_path / "copy.db")
        else:
            shutil.copy(file, tmp_path / "copy.db")
            shutil.copy(tmp_path / "remix.db-wal", tmp_path / "copy.db-wal")
        await engine.finished(running)
        await engine.finished(waiting)
        await _restoration(database, tmp_path, clock).beat()
        posted = [(one.job_id, one.part) for one in engine.courier.messages if one.filenames]
        paid = len(engine.provider.requests)
    for name in ("remix.db-wal", "remix.db-shm", "remix.db"):
        (tmp_path / name).unlink(missing_ok=True)
    for copy in tmp_path.glob("copy.db*"):
        copy.rename(tmp_path / copy.name.replace("copy", "remix"))

    async with Database.open(url, data_dir=tmp_path) as database:
        restored = _engine(database, tmp_path, clock)
        restored.provider, restored.courier, restored.galleries = engine.provider, engine.courier, engine.galleries
        restored.courier.has_threads = True
        restored.boot()
        assert await _restoration(database, tmp_path, clock).settle() is not None
        await restored.loop.start()
        await restored.pass_time(600)
        ended = [await restored.row(job) for job in (running, waiting)]
        assert await _restoration(database, tmp_path, clock).settle() is None

    assert [job.status for job in ended] == [JobStatus.SUCCEEDED, JobStatus.FAILED]
    assert ended[1].failure is FailureReason.RESTORED
    assert all(job.delivered_at is not None for job in ended)
    assert len(restored.provider.requests) == paid == 2
    assert [(one.job_id, one.part) for one in engine.courier.messages if one.filenames] == posted


async def test_what_a_restoration_ends_is_told_once_with_the_price_that_stays_held(
    database_url: str, tmp_path: Path
) -> None:
    clock, told = FakeClock(), list[tuple[JobStatus, JobStatus, int]]()

    def observe(before: Job, after: Job, spent_micros: int) -> None:
        told.append((before.status, after.status, spent_micros))

    async with Database.open(database_url, data_dir=tmp_path) as database:
        engine = _engine(database, tmp_path, clock)
        await engine.loop.start()
        running, waiting = await engine.remix(), await engine.remix()
        await engine.pass_time(11)
        restoration = Restoration(database, data_dir=tmp_path, clock=clock, observer=observe)
        await restoration.beat()
        await database.write(lambda connection: connection.execute(delete(owners)))
        assert await restoration.settle() is not None
        held = balance(await engine.store.entries(waiting.id))

        assert told == [(JobStatus.PENDING, JobStatus.FAILED, held)]
        assert held > 0
        assert (await engine.row(running)).status is JobStatus.IN_QUEUE


async def test_a_database_whose_last_heartbeat_is_older_than_the_data_folder_knows_was_restored(
    database_url: str, tmp_path: Path
) -> None:
    clock = FakeClock()
    async with Database.open(database_url, data_dir=tmp_path) as database:
        store = SqlJobStore(database, clock=clock.now, heartbeat_clock=clock.now)
        restoration = _restoration(database, tmp_path, clock)
        assert await restoration.settle() is None
        await store.adopt("us", now=clock.now())
        await restoration.beat()
        assert await restoration.settle() is None

        clock.forward(3600)
        await store.adopt("us", now=clock.now())
        assert await restoration.settle() is None
        await restoration.beat()
        earlier = clock.now() - timedelta(seconds=30)
        await database.write(lambda connection: connection.execute(owners.update().values(heartbeat_at=earlier)))
        assert await restoration.settle() is not None
        await database.write(lambda connection: connection.execute(delete(owners)))
        assert await restoration.settle() is not None


@pytest.mark.parametrize("lives", [True, False])
@pytest.mark.parametrize("is_new", [True, False])
async def test_a_database_that_comes_to_a_new_data_folder_while_no_process_lives_was_restored(
    database_url: str, tmp_path: Path, *, is_new: bool, lives: bool
) -> None:
    there, here, clock = tmp_path / "there", tmp_path / "here", FakeClock(datetime.now(UTC))
    async with Database.open(database_url, data_dir=there) as database:
        engine = _engine(database, there, clock)
        await engine.loop.start()
        running, waiting = await engine.remix(), await engine.remix()
        await engine.pass_time(11)
    here.mkdir()
    if not is_new:
        (here / "inputs").mkdir()
    if not lives:
        clock.forward(timedelta(minutes=2))
        silent_since = datetime.now(UTC) - timedelta(minutes=2)
        async with Database.open(database_url, data_dir=here) as database:
            await database.write(
                lambda connection: connection.execute(owners.update().values(heartbeat_at=silent_since))
            )

    async with Database.open(database_url, data_dir=here) as database:
        is_restored = await _restoration(database, here, clock).settle() is not None
        store = SqlJobStore(database, clock=clock.now)
        found = [await store.get(job.id) for job in (running, waiting)]
    assert is_restored == (is_new and not lives)
    statuses = [job.status for job in found if job is not None]
    assert statuses == [JobStatus.IN_QUEUE, JobStatus.FAILED if is_restored else JobStatus.PENDING]
