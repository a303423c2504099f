"""A pause on a real database: told by doctor, tried when its time has come, or at once by `python -m bot resume`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.doctor.finding import Level
from bot.doctor.machine import check_database
from bot.domain.status import JobStatus
from bot.errors import OutOfCredit, ProviderUnauthorized, StartupError
from bot.settings import Settings
from bot.store.database import Database
from bot.store.job_store import SqlJobStore
from bot.store.resume import resume
from tests.fakes import FakeClock
from tests.unit.engine_bench import EngineBench

if TYPE_CHECKING:
    from pathlib import Path


async def test_the_operators_word_tries_a_pause_of_the_running_bot_at_once(tmp_path: Path, database_url: str) -> None:
    settings, clock = Settings(database_url=database_url), FakeClock()
    async with Database.open(database_url, data_dir=tmp_path) as database:
        bench = EngineBench(
            tmp_path, store=SqlJobStore(database, clock=clock.now, heartbeat_clock=clock.now), clock=clock
        )
        await bench.loop.start()
        bench.provider.fail("submit", OutOfCredit("402: no credit"))
        job = await bench.remix()
        await bench.pass_time(30)

        told = await check_database(settings)
        assert told.level is Level.WARN
        assert "paused (out_of_credit: 402: no credit) since 2026-05-04 12:00 UTC" in told.text
        assert "tried again at 12:10:00 UTC" in told.text
        assert (await bench.row(job)).status is JobStatus.PENDING

        pause = await resume(database_url, now=clock.now())
        assert pause is not None
        await bench.pass_time(15)
        assert (await bench.row(job)).status is JobStatus.IN_QUEUE
        assert await resume(database_url, now=clock.now()) is None
        assert (await check_database(settings)).level is Level.OK


async def test_a_pause_without_a_waiting_remix_is_tried_again_too(tmp_path: Path) -> None:
    bench = EngineBench(tmp_path)
    await bench.loop.start()
    bench.provider.fail("submit", ProviderUnauthorized("401: stale token"))
    job = await bench.remix()
    await bench.settle()
    await bench.service.cancel(job.id, by=bench.person(job.origin.user_id))
    assert bench.gate.pause is not None

    await bench.pass_time(timedelta(minutes=2))
    assert bench.gate.pause is None


@pytest.mark.parametrize("error", [OutOfCredit("402"), ProviderUnauthorized("401")])
async def test_a_clock_that_was_a_day_ahead_prolongs_no_pause(
    tmp_path: Path, error: OutOfCredit | ProviderUnauthorized
) -> None:
    bench = EngineBench(tmp_path)
    await bench.loop.start()
    bench.provider.fail("submit", error)
    bench.clock.forward(timedelta(hours=25))
    job = await bench.remix()
    await bench.settle()
    assert bench.gate.pause is not None

    bench.clock.forward(-timedelta(hours=25))
    await bench.loop.tick(bench.clock.now())
    await bench.pass_time(timedelta(minutes=1))
    assert bench.gate.pause is None
    assert (await bench.row(job)).status is JobStatus.IN_QUEUE


async def test_a_database_of_another_version_is_left_alone(tmp_path: Path, database_url: str) -> None:
    if database_url.startswith("sqlite"):
        assert await resume(database_url, now=FakeClock().now()) is None
        (tmp_path / "remix.db").touch()
    with pytest.raises(StartupError, match="python -m bot migrate"):
        await resume(database_url, now=FakeClock().now())
