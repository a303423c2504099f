"""Two processes on one database: a frozen one loses its jobs to the other, and does not touch them when it thaws."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.picture import Mend
from bot.domain.status import JobStatus
from bot.engine.answers import Phase
from bot.engine.loop import REFRESH_EVERY
from tests.fake_store import FakeJobStore
from tests.fakes import FakeClock
from tests.unit.engine_bench import INPUT, MEMBER, OUTPUT, EngineBench

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
async def pair(tmp_path: Path) -> tuple[EngineBench, EngineBench]:
    """Two processes in one world."""
    clock = FakeClock()
    first = EngineBench(tmp_path, store=FakeJobStore(clock=clock.now, shared=True))
    second = EngineBench(tmp_path, store=first.store, name="other")
    first.clock = second.clock = clock
    second.numbers = first.numbers
    second.provider, second.courier, second.downloader = first.provider, first.courier, first.downloader
    first.boot()
    second.boot()
    for bench in (first, second):
        await bench.loop.start()
        await bench.settle()
    return first, second


async def test_a_process_that_was_frozen_for_two_minutes_leaves_its_jobs_to_the_other(
    pair: tuple[EngineBench, EngineBench],
) -> None:
    frozen, other = pair
    job = await frozen.remix()
    await frozen.settle()
    await other.pass_time(timedelta(minutes=2))
    frozen.provider.finish("req-1", OUTPUT)
    calls = len(frozen.provider.calls)
    await frozen.loop.tick(frozen.clock.now())

    assert len(frozen.provider.calls) == calls
    await other.pass_time(10)
    await frozen.pass_time(timedelta(minutes=5))
    assert len(frozen.courier.messages_of(job.id)) == 1
    assert frozen.loop.open_jobs == 0
    assert frozen.provider.calls.count("submit") == 1


async def test_a_process_that_was_frozen_alone_goes_on_with_its_jobs(pair: tuple[EngineBench, EngineBench]) -> None:
    frozen, _ = pair
    job = await frozen.remix()
    await frozen.settle()
    frozen.clock.forward(timedelta(minutes=2))
    frozen.provider.finish("req-1", OUTPUT)
    await frozen.pass_time(10)

    assert (await frozen.row(job)).status is JobStatus.SUCCEEDED
    assert len(frozen.courier.messages_of(job.id)) == 1


async def test_two_processes_that_die_in_turn_lose_nothing_and_pay_nothing_twice(
    pair: tuple[EngineBench, EngineBench],
) -> None:
    first, second = pair
    jobs = [await bench.remix() for bench in (first, second) * 10]
    for bench in pair * 2:
        await bench.settle()
    first.boot()  # killed; it comes back under another name only later
    await second.pass_time(timedelta(seconds=90))
    assert second.loop.open_jobs == 20
    first.boot()
    await first.loop.start()
    second.boot()
    await first.pass_time(timedelta(seconds=90))
    for key, request in first.provider.requests.items():
        if request.phase is not Phase.ENDED:
            first.provider.finish(key, OUTPUT)
    await first.pass_time(timedelta(minutes=1))

    assert {(await first.row(job)).status for job in jobs} == {JobStatus.SUCCEEDED}
    assert [len(first.courier.messages_of(job.id)) for job in jobs] == [1] * 20
    assert first.provider.calls.count("submit") == 20


async def test_a_job_is_worked_on_by_its_owner_alone_whoever_takes_the_clicks(
    pair: tuple[EngineBench, EngineBench],
) -> None:
    owner, other = pair
    job = await owner.remix()
    await owner.settle()
    told_twice = await other.service.remix(other.request(), origin=job.origin, interaction_id=job.interaction_id)
    await other.service.cancel(job.id, by=other.person(MEMBER))
    await other.settle()

    assert told_twice.id == job.id
    assert other.loop.open_jobs == 0
    assert "cancel" not in owner.provider.calls
    await owner.pass_time(REFRESH_EVERY)
    assert (await owner.row(job)).status is JobStatus.CANCELLED
    assert owner.provider.calls.count("cancel") == 1


async def test_a_job_that_a_process_with_a_fast_clock_took_over_is_left_to_it_at_once(
    pair: tuple[EngineBench, EngineBench],
) -> None:
    owner, _ = pair
    job = await owner.remix()
    assert len(await owner.store.adopt("a fast clock", now=owner.clock.now() + timedelta(seconds=61))) == 1
    await owner.settle()

    assert owner.loop.open_jobs == 0
    assert "submit" not in owner.provider.calls
    assert (await owner.row(job)).status is JobStatus.PENDING


async def test_a_process_that_is_long_at_making_a_gallery_smaller_leaves_it_to_the_one_that_took_over(
    pair: tuple[EngineBench, EngineBench],
) -> None:
    slow, other = pair
    slow.galleries, slow.data_dir = other.galleries, slow.data_dir / "elsewhere"  # as on another machine
    slow.boot()
    await slow.loop.start()
    other.galleries.limit = 20
    for bench in pair:
        bench.inspector.mends[INPUT] = (Mend.COMPRESSED,)
    slow.inspector.hold("mend")
    job = await slow.remix()
    working = asyncio.create_task(slow.settle())
    await slow.inspector.until_called("mend", 1)
    await other.pass_time(timedelta(minutes=2))
    posted = len(other.galleries.of(job))
    slow.inspector.release()
    await working

    assert posted == 1
    assert len(other.galleries.of(job)) == 1
    assert [one.is_smaller for one in other.galleries.of(job)[0].gallery.pictures] == [True]
