"""Forgetting by age: days pass on a fake clock, and what is owed outlasts them all."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from bot.domain.ledger import balance
from bot.engine.prepare import INPUTS
from bot.engine.retention import BITE, Retention
from bot.errors import DeliveryPostponed, StoreUnavailable, Undeliverable
from tests.fake_store import FakeJobStore
from tests.unit.engine_bench import OUTPUT, EngineBench

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.job import Job

DAY = timedelta(days=1)


@pytest.fixture
async def bench(tmp_path: Path) -> EngineBench:
    """One process at rest."""
    bench = EngineBench(tmp_path)
    await bench.loop.start()
    await bench.settle()
    return bench


def _folder(bench: EngineBench, job: Job) -> Path:
    """The job's files, as old as the clock says; the disk itself knows only real time."""
    folder = bench.data_dir / "outputs" / job.id
    now = bench.clock.now().timestamp()
    os.utime(folder, (now, now))
    return folder


async def _days(bench: EngineBench, count: int) -> None:
    """Let whole days pass; what comes round every few seconds runs once a day."""
    for _ in range(count):
        bench.clock.forward(DAY)
        await bench.pass_time(1)  # after so long a silence the loop looks first, and acts a moment later


async def _made(bench: EngineBench) -> Job:
    job = await bench.remix()
    await bench.settle()
    request_id = bench.provider.newest.request_id
    bench.provider.finish(request_id, f"{OUTPUT}?{request_id}", cost_micros=41_000)
    await bench.pass_time(30)
    return await bench.row(job)


async def test_a_delivered_job_loses_its_files_after_a_week_and_its_row_after_ninety_days(bench: EngineBench) -> None:
    job = await _made(bench)
    folder = _folder(bench, job)
    assert job.delivered_at is not None

    await _days(bench, 6)
    assert folder.is_dir()
    await _days(bench, 3)
    assert not folder.exists()
    assert await bench.store.get(job.id) is not None
    await _days(bench, 80)
    assert await bench.store.get(job.id) is not None
    await _days(bench, 3)
    assert await bench.store.get(job.id) is None
    assert balance(await bench.store.entries(job.id)) == 41_000


@pytest.mark.parametrize("error", [DeliveryPostponed("down"), Undeliverable("gone")])
async def test_what_could_not_be_delivered_keeps_its_row_and_its_files_for_ever(
    bench: EngineBench, error: Exception
) -> None:
    for verb in ("send", "answer"):
        bench.courier.fail(verb, *[error] * 1000)
    job = await _made(bench)
    folder = _folder(bench, job)
    assert job.delivered_at is None

    retention = Retention(
        store=bench.store, data_dir=bench.data_dir, clock=bench.clock, keep_jobs=90 * DAY, keep_files=7 * DAY
    )
    for _ in range(40):
        bench.clock.forward(10 * DAY)
        assert not await retention.prune()
    assert folder.is_dir()
    assert await bench.store.get(job.id) is not None


async def test_pictures_that_were_left_of_a_job_that_ended_go_after_a_week(bench: EngineBench) -> None:
    bench.boot(max_in_flight=0)
    await bench.loop.start()
    bench.galleries.is_down = True
    job = await bench.remix()
    await bench.settle()
    await bench.service.cancel(job.id, by=bench.person(job.origin.user_id))
    folder, now = bench.data_dir / INPUTS / job.id, bench.clock.now().timestamp()
    assert [one.name for one in folder.iterdir()] == ["1.copy"]
    os.utime(folder, (now, now))

    await _days(bench, 6)
    assert folder.is_dir()
    await _days(bench, 3)
    assert not folder.exists()


@pytest.mark.parametrize("parent", ["outputs", "inputs"])
async def test_files_that_belong_to_no_job_go_when_they_are_old(bench: EngineBench, parent: str) -> None:
    stranger = bench.data_dir / parent / "f00d"
    stranger.mkdir(parents=True)
    (stranger / "0.part").write_bytes(b"half a picture")
    now = bench.clock.now().timestamp()
    os.utime(stranger, (now, now))

    await _days(bench, 6)
    assert stranger.is_dir()
    await _days(bench, 3)
    assert not stranger.exists()


async def test_files_are_never_kept_longer_than_their_job(tmp_path: Path) -> None:
    bench = EngineBench(tmp_path)
    await bench.loop.start()
    job = await _made(bench)
    folder = _folder(bench, job)
    retention = Retention(
        store=bench.store, data_dir=tmp_path, clock=bench.clock, keep_jobs=2 * DAY, keep_files=100 * DAY
    )
    bench.clock.forward(3 * DAY)

    await retention.prune()

    assert not folder.exists()
    assert await bench.store.get(job.id) is None


async def test_much_that_is_old_goes_in_bites_a_minute_apart(tmp_path: Path) -> None:
    bench = EngineBench(tmp_path)
    outputs = tmp_path / "outputs"
    for number in range(BITE + 1):
        (outputs / f"{number:016x}").mkdir(parents=True)
        os.utime(outputs / f"{number:016x}", (0, 0))
    await bench.loop.start()

    await bench.pass_time(90)
    assert len(list(outputs.iterdir())) == 1
    await bench.pass_time(60)
    assert list(outputs.iterdir()) == []


async def test_a_store_that_does_not_answer_ends_neither_the_loop_nor_the_chore(tmp_path: Path) -> None:
    class Faltering(FakeJobStore):
        failures = 2

        @override
        async def get(self, job_id: str) -> Job | None:
            if self.failures:
                self.failures -= 1
                raise StoreUnavailable("locked")
            return await super().get(job_id)

    bench = EngineBench(tmp_path, store=Faltering())
    outputs = tmp_path / "outputs" / "f00d"
    outputs.mkdir(parents=True)
    os.utime(outputs, (0, 0))
    await bench.loop.start()

    await bench.pass_time(65)
    assert outputs.is_dir()
    await bench.pass_time(30)
    assert not outputs.exists()
