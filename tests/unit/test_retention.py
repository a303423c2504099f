"""Forgetting by age: days pass on a fake clock, and what is owed outlasts them all."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from bot.domain.ledger import balance
from bot.domain.moderation import ModerationAction, ModerationEntry
from bot.engine.prepare import INPUTS
from bot.engine.retention import BITE, Ages, Retention
from bot.errors import ContentRefused, DeliveryPostponed, InvalidRequest, StoreUnavailable, Undeliverable
from tests.fake_store import FakeJobStore
from tests.unit.engine_bench import AGES, GUILD, MEMBER, MODERATOR, OUTPUT, EngineBench

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

    retention = Retention(store=bench.store, audit=bench.audit, data_dir=bench.data_dir, clock=bench.clock, ages=AGES)
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
    ages = Ages.of_days(jobs=2, files=100, moderation=1)
    retention = Retention(store=bench.store, audit=bench.audit, data_dir=tmp_path, clock=bench.clock, ages=ages)
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


async def test_what_moderators_did_is_forgotten_after_half_a_year(bench: EngineBench) -> None:
    entry = ModerationEntry(bench.clock.now(), GUILD, MODERATOR, ModerationAction.DELETE, "0" * 16, MEMBER)
    await bench.audit.add(entry)

    await _days(bench, 178)
    assert await bench.audit.entries_of_guild(GUILD, limit=9) == [entry]
    await _days(bench, 4)
    assert await bench.audit.entries_of_guild(GUILD, limit=9) == []


async def test_the_signed_address_of_an_input_is_forgotten_within_an_hour_of_its_end(bench: EngineBench) -> None:
    until = bench.clock.now() + DAY
    bench.galleries.closed |= {600, 7001}
    job = await bench.remix(url=f"https://cdn.discordapp.com/a/cat.png?ex={int(until.timestamp()):x}&is=1&hm=c0ffee")
    await bench.settle()
    bench.provider.finish(bench.provider.newest.request_id, OUTPUT)
    await bench.pass_time(timedelta(hours=23))
    before = (await bench.row(job)).request.inputs[0].url
    await bench.pass_time(timedelta(hours=2))

    assert before.endswith("hm=c0ffee")
    assert (await bench.row(job)).request.inputs[0].url == "https://cdn.discordapp.com/a/cat.png?ex=0"
    with pytest.raises(InvalidRequest) as refused:
        await bench.service.check_again(job.id, by=bench.person(MEMBER))
    assert refused.value.problem == "inputs_expired"


@pytest.mark.parametrize("error", [Undeliverable("gone"), ContentRefused("no")])
async def test_the_signed_addresses_of_outputs_that_no_place_took_are_forgotten_with_the_last_try(
    bench: EngineBench, error: Exception
) -> None:
    for verb in ("send", "answer"):
        bench.courier.fail(verb, *[error] * 1000)
    job = await _made(bench)
    await bench.pass_time(timedelta(days=8))

    assert job.undeliverable_at is not None
    assert [one.url for one in await bench.store.artifacts(job.id)] == [OUTPUT]
