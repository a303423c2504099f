"""Two processes on one store, one of them frozen at every single moment of a job's way: nothing is sent twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, cast

import pytest

from bot.domain.job import FAILURE_PART, FIRST_RESULT_PART
from bot.domain.origin import Origin
from bot.domain.status import FailureReason, JobStatus
from bot.engine.answers import Phase
from bot.store.job_store import SqlJobStore
from tests.contract.ice import CourierWithNonces, GalleriesWithNonces, Ice, Icy
from tests.contract.store_cases import SHARED_KINDS, fake_bench
from tests.fakes import FakeProvider
from tests.unit.engine_bench import CHANNEL, GUILD, MEMBER, OUTPUT, EngineBench

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.job import Job
    from tests.contract.store_cases import StoreBench

MANY_OUTPUTS = [f"https://files.runcomfy.net/out/{number}.png" for number in range(11)]
SECOND_PART = FIRST_RESULT_PART + 1
FROZEN_SECONDS = 120
"""Longer than the minute after which another takes the jobs over."""


class House:
    """A process that freezes, and one that does not.

    Args:
        over: The store that they share.
        data_dir: The folder that they share.
        at: When the first freezes.
    """

    def __init__(self, over: StoreBench, data_dir: Path, *, at: int) -> None:
        self.ice = Ice(at)
        self.outputs = [OUTPUT]
        self.provider, self.courier = FakeProvider(), CourierWithNonces()
        self.galleries = GalleriesWithNonces(clock=over.clock)
        self.other = EngineBench(data_dir, store=over.store, name=f"awake-{at}")
        self.frozen = EngineBench(data_dir, store=cast("Any", Icy(over.store, self.ice)), name=f"frozen-{at}")
        for bench in (self.frozen, self.other):
            bench.clock, bench.numbers = over.clock, over.numbers
            bench.provider, bench.courier, bench.downloader = self.provider, self.courier, self.other.downloader
            bench.galleries, bench.inspector = self.galleries, self.other.inspector
        for name in ("provider", "courier", "downloader", "galleries"):
            setattr(self.frozen, name, Icy(getattr(self.frozen, name), self.ice))
        for bench in (self.frozen, self.other):
            bench.boot()

    async def start(self, *, as_guest: bool = False) -> Job:
        """Start both, and let somebody ask the one that will freeze for a picture, or for many as a guest."""
        for bench in (self.other, self.frozen):
            await bench.loop.start()
            await bench.settle()
        job = await (_asked_as_guest(self.frozen) if as_guest else self.frozen.remix())
        self.outputs = MANY_OUTPUTS if as_guest else [OUTPUT]
        self.ice.is_laid = True
        return job

    async def work(self, bench: EngineBench) -> None:
        """Let a process work, and the provider finish whatever it has."""
        for _ in range(2):
            for request_id, request in self.provider.requests.items():
                if request.phase is not Phase.ENDED:
                    self.provider.finish(request_id, *self.outputs)
            await bench.pass_time(10)

    async def until_frozen(self, working: asyncio.Task[None]) -> bool:
        """Wait until the process is frozen, or has come to the end of its work."""
        holding = asyncio.create_task(self.ice.holds.wait())
        done, _ = await asyncio.wait({working, holding}, return_when=asyncio.FIRST_COMPLETED)
        holding.cancel()
        return working not in done

    def told(self, job: Job) -> Counter[int]:
        """How often each part of a job was posted."""
        return Counter(one.part for one in self.courier.messages_of(job.id))


async def _asked_as_guest(bench: EngineBench) -> Job:
    """A job whose answer nothing but the interaction's token can bring."""
    number = next(bench.numbers)
    origin = Origin(
        user_id=MEMBER,
        channel_id=CHANNEL,
        guild_id=GUILD,
        card_message_id=7000 + number,
        interaction_token=f"token-{number}",
        token_expires_at=bench.clock.now() + timedelta(minutes=14),
        by_interaction=True,
    )
    return await bench.service.remix(bench.request(), origin=origin, interaction_id=number)


async def _freeze(house: House, *, as_guest: bool = False) -> tuple[bool, Job]:
    """Play a job's whole way; answers whether the process was frozen on it, and the job as it ended."""
    job = await house.start(as_guest=as_guest)
    working = asyncio.create_task(house.work(house.frozen))
    is_frozen = await house.until_frozen(working)
    if is_frozen:
        await house.other.pass_time(FROZEN_SECONDS)
        await house.work(house.other)
    house.ice.melt()
    await working
    for bench in (house.frozen, house.other) * 3:
        await house.work(bench)
    return is_frozen, await house.other.row(job)


@pytest.mark.parametrize("bench", SHARED_KINDS, indirect=True)
async def test_a_process_that_freezes_at_any_moment_and_wakes_after_the_takeover_sends_nothing_twice(
    bench: StoreBench, tmp_path: Path
) -> None:
    ends: Counter[str] = Counter()
    step = 3 if isinstance(bench.store, SqlJobStore) else 1  # each moment of a real database costs half a second
    for at in count(1, step):
        house = House(bench, tmp_path, at=at)
        is_frozen, job = await _freeze(house)
        where = f"moment {at}: {house.ice.moments[at - 1 : at]}"
        told, posts = house.told(job), house.provider.calls.count("submit")
        is_uncertain = job.failure is FailureReason.UNCERTAIN
        assert posts == len(house.provider.requests) <= 1, where
        assert set(told.values()) == {1}, where
        assert house.courier.repeats <= ("before send" in where), where  # it was on the wire already
        assert len(house.galleries.of(job)) <= 1, where
        assert house.galleries.repeats <= ("before post" in where), where
        assert is_uncertain or (job.status, posts) == (JobStatus.SUCCEEDED, 1), where
        assert (FAILURE_PART if is_uncertain else FIRST_RESULT_PART) in told, where
        assert (job.delivered_at is None, house.frozen.loop.open_jobs + house.other.loop.open_jobs) == (False, 0), where
        if not is_frozen:
            break
        ends[f"{job.status} {told}"] += 1

    assert ends.total() * step > 30
    assert len(ends) >= 2


async def test_where_the_bot_is_a_guest_a_frozen_process_sends_no_answer_twice(tmp_path: Path) -> None:
    over = fake_bench(shared=True)
    kept = 0
    at = 0
    for at in count(1):
        house = House(over, tmp_path, at=at)
        house.courier.has_threads = False
        is_frozen, job = await _freeze(house, as_guest=True)
        where = f"moment {at}: {house.ice.moments[at - 1 : at]}"
        answers = Counter(one.part for one in house.courier.answers)
        assert house.provider.calls.count("submit") <= 1, where
        assert not house.told(job), where
        assert answers[SECOND_PART] <= 1, where  # the first stands on the card, and may be written again
        assert (job.delivered_at is None) != (job.undeliverable_at is None), where
        assert not job.is_open, where
        kept += job.undeliverable_at is not None
        if not is_frozen:
            break

    assert at > 30
    assert 0 < kept < 10


async def test_a_process_that_freezes_between_its_commit_and_its_post_sends_nothing_when_it_wakes(
    tmp_path: Path,
) -> None:
    over = fake_bench(shared=True)
    at = await _moment(over, tmp_path, "after advance")
    house = House(over, tmp_path, at=at)
    _, job = await _freeze(house)

    assert house.ice.moments[at - 1] == "after advance"
    assert "submit" not in house.provider.calls
    assert job.failure is FailureReason.UNCERTAIN


async def test_a_process_that_freezes_between_its_claim_and_its_message_leaves_it_to_the_other(tmp_path: Path) -> None:
    over = fake_bench(shared=True)
    at = await _moment(over, tmp_path, "after claim")
    house = House(over, tmp_path, at=at)
    _, job = await _freeze(house)

    assert house.ice.moments[at - 1] == "after claim"
    assert "before send" not in house.ice.moments
    assert house.told(job) == {FIRST_RESULT_PART: 1}


async def test_a_process_that_freezes_alone_after_its_commit_submits_later(tmp_path: Path) -> None:
    over = fake_bench(shared=True)
    house = House(over, tmp_path, at=await _moment(over, tmp_path, "after advance"))
    job = await house.start()
    working = asyncio.create_task(house.work(house.frozen))
    assert await house.until_frozen(working)
    over.clock.forward(FROZEN_SECONDS)
    house.ice.melt()
    await working
    await house.work(house.frozen)

    assert (await house.other.row(job)).status is JobStatus.SUCCEEDED
    assert house.provider.calls.count("submit") == 1
    assert house.told(job) == {FIRST_RESULT_PART: 1}


async def _moment(over: StoreBench, data_dir: Path, name: str) -> int:
    """Say at which moment of a job's way something happens first, from a process that never freezes."""
    house = House(over, data_dir, at=10_000)
    await house.start()
    await house.work(house.frozen)
    return house.ice.moments.index(name) + 1
