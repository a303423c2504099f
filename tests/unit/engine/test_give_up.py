"""Steps that fail for ever by a fault of ours: what ends, what goes on, and what counts."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs
from typing_extensions import override

from bot.domain.ledger import balance
from bot.domain.status import FailureReason, JobStatus
from bot.engine.give_up import MAX_STEP_FAILURES
from bot.errors import InputPostponed, ProviderProtocolError, StoreUnavailable
from tests.fake_store import FakeJobStore
from tests.fakes import FakeClock
from tests.unit.engine_bench import MEMBER, MODEL_ID, OUTPUT, STRANGER, EngineBench

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bot.domain.job import Artifact, Job
    from bot.domain.status import JobStatus as Status

LONG = 1_000
"""More failures than any test has steps."""
HOURS = timedelta(hours=1)


@pytest.fixture(autouse=True)
def records() -> Iterator[list[Any]]:
    """What is logged; thousands of tracebacks take minutes to be printed."""
    with capture_logs() as records:
        yield records


class FailingStore(FakeJobStore):
    """Takes no outputs of chosen jobs, or nothing at all."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock=clock.now)
        self.refuses_outputs_of: set[str] = set()
        self.is_down = False

    def _meet(self) -> None:
        if self.is_down:
            raise StoreUnavailable("disk I/O error", nothing_stored=True)

    @override
    async def save_artifacts(self, artifacts: Sequence[Artifact]) -> None:
        self._meet()
        if self.refuses_outputs_of & {one.job_id for one in artifacts}:
            raise StoreUnavailable("value out of range", nothing_stored=True)
        await super().save_artifacts(artifacts)

    @override
    async def advance(self, job: Job, status: Status, **changes: Any) -> Job:
        self._meet()
        return await super().advance(job, status, **changes)

    @override
    async def note(self, job_id: str, **changes: Any) -> Job:
        self._meet()
        return await super().note(job_id, **changes)

    @override
    async def mark_shown(self, job_id: str, *, revision: int) -> Job:
        self._meet()
        return await super().mark_shown(job_id, revision=revision)


@pytest.fixture
async def failing(tmp_path: Path) -> tuple[EngineBench, FailingStore]:
    """A process at rest over a store that can fail."""
    clock = FakeClock()
    store = FailingStore(clock)
    bench = EngineBench(tmp_path, store=store, clock=clock)
    await bench.loop.start()
    await bench.settle()
    return bench, store


def bugs(count: int = LONG) -> list[Exception]:
    """Faults that nobody foresaw."""
    return [RuntimeError("a bug") for _ in range(count)]


def broken(bench: EngineBench, verb: str) -> None:
    """Let a verb of the provider meet a bug from now on."""
    bench.provider.fail(verb, *bugs())


async def test_a_job_whose_model_left_the_catalog_fails_for_free_and_is_told(bench: EngineBench) -> None:
    job = await bench.remix()
    del bench.models[MODEL_ID]
    await bench.pass_time(60)
    assert (await bench.row(job)).status is JobStatus.PENDING
    await bench.pass_time(3 * HOURS)

    row = await bench.row(job)
    assert (row.status, row.failure) == (JobStatus.FAILED, FailureReason.INTERNAL)
    assert not row.is_open
    assert "ModelMissing" in (row.failure_detail or "")
    assert balance(await bench.store.entries(job.id)) == 0
    assert bench.provider.calls.count("submit") == 0
    assert [one.status for one in bench.courier.messages_of(job.id)] == ["failed"]


async def test_a_database_that_is_down_for_hours_ends_no_job(failing: tuple[EngineBench, FailingStore]) -> None:
    bench, store = failing
    running, waiting = await bench.remix(), await bench.remix(user_id=STRANGER)
    await bench.settle()
    bench.provider.finish("req-1", OUTPUT)
    store.is_down = True
    await bench.pass_time(30 * HOURS)
    store.is_down = False
    bench.provider.finish("req-2", OUTPUT)
    await bench.pass_time(HOURS)

    rows = [await bench.row(job) for job in (running, waiting)]
    assert [one.status for one in rows] == [JobStatus.SUCCEEDED] * 2
    assert [len(bench.courier.messages_of(job.id)) for job in rows] == [1, 1]


async def test_a_fault_that_every_job_meets_ends_none_within_a_day(bench: EngineBench) -> None:
    jobs = [await bench.remix(user_id=MEMBER + number) for number in range(3)]
    await bench.settle()
    broken(bench, "status")
    await bench.pass_time(5 * HOURS)
    assert {(await bench.row(job)).status for job in jobs} == {JobStatus.IN_QUEUE}

    bench.provider.heal()
    for job in jobs:
        request_id = (await bench.row(job)).request_id
        bench.provider.finish(str(request_id), OUTPUT)
    await bench.pass_time(HOURS)
    assert {(await bench.row(job)).status for job in jobs} == {JobStatus.SUCCEEDED}


async def test_several_jobs_that_cannot_go_on_end_once_another_one_has_passed(bench: EngineBench) -> None:
    # What is not looked at in time is accepted unseen, and looked at by the step.
    bench.inspector.fail("probe", *[InputPostponed("slow")] * 2)
    bad = [await bench.remix(url="https://cdn.discordapp.com/bad.png", user_id=MEMBER + n) for n in range(2)]
    bench.inspector.refuse("bad", RuntimeError("a bug"))
    await bench.pass_time(3 * HOURS)
    assert {(await bench.row(job)).status for job in bad} == {JobStatus.PENDING}

    bench.inspector.fail("probe", InputPostponed("slow"))
    good = await bench.remix(url="https://cdn.discordapp.com/good.png")
    await bench.pass_time(3 * HOURS)
    assert (await bench.row(good)).request_id is not None
    assert {(await bench.row(job)).failure for job in bad} == {FailureReason.INTERNAL}


async def test_a_job_that_failed_and_is_gone_is_no_second_one_that_fails(bench: EngineBench) -> None:
    bench.inspector.fail("probe", InputPostponed("slow"))
    gone = await bench.remix(url="https://cdn.discordapp.com/bad-1.png")
    bench.inspector.refuse("bad-1", RuntimeError("a bug"))
    await bench.pass_time(60)
    await bench.service.cancel(gone.id, by=bench.person(MEMBER))
    await bench.pass_time(HOURS)

    bench.inspector.fail("probe", InputPostponed("slow"))
    alone = await bench.remix(url="https://cdn.discordapp.com/bad-2.png", user_id=STRANGER)
    bench.inspector.refuse("bad-2", RuntimeError("a bug"))
    await bench.pass_time(3 * HOURS)
    assert (await bench.row(alone)).failure is FailureReason.INTERNAL


async def test_paid_work_is_followed_for_a_day_and_its_price_stays_in_the_ledger(bench: EngineBench) -> None:
    await bench.finished(await bench.settled(await bench.remix()))  # from here on the price is known
    job = await bench.remix()
    await bench.settle()
    broken(bench, "status")
    await bench.pass_time(23 * HOURS)
    assert (await bench.row(job)).status is JobStatus.IN_QUEUE
    await bench.pass_time(2 * HOURS)

    row = await bench.row(job)
    assert (row.status, row.failure) == (JobStatus.FAILED, FailureReason.INTERNAL)
    assert balance(await bench.store.entries(job.id)) == 30_000
    assert [one.status for one in bench.courier.messages_of(job.id)] == ["failed"]


async def test_paid_work_whose_step_always_breaks_ends_after_a_week_although_restarts_forget_how_long(
    bench: EngineBench,
) -> None:
    job, other = await bench.remix(), await bench.remix(user_id=STRANGER)
    await bench.settle()
    broken(bench, "status")
    for _ in range(7):
        await bench.pass_time(2 * HOURS)
        assert {(await bench.row(one)).status for one in (job, other)} == {JobStatus.IN_QUEUE}
        bench.clock.forward(22 * HOURS)
        await bench.restart()
    await bench.pass_time(2 * HOURS)

    assert {(await bench.row(one)).failure for one in (job, other)} == {FailureReason.INTERNAL}


async def test_a_row_that_the_database_never_takes_ends_although_the_database_works(
    failing: tuple[EngineBench, FailingStore],
) -> None:
    bench, store = failing
    job, other = await bench.remix(), await bench.remix(user_id=STRANGER)
    store.refuses_outputs_of.add(job.id)
    await bench.settle()
    for request_id in ("req-1", "req-2"):
        bench.provider.finish(request_id, OUTPUT)
    await bench.pass_time(26 * HOURS)

    assert (await bench.row(job)).failure is FailureReason.INTERNAL
    assert (await bench.row(other)).status is JobStatus.SUCCEEDED


async def test_a_status_that_can_never_be_read_is_given_up_after_a_day(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.provider.fail("status", *[ProviderProtocolError("garbled")] * LONG)
    await bench.pass_time(23 * HOURS)
    assert (await bench.row(job)).status is JobStatus.IN_QUEUE
    await bench.pass_time(2 * HOURS)
    assert (await bench.row(job)).status is JobStatus.EXPIRED


async def test_outputs_whose_fetching_always_breaks_are_lost_after_a_day(bench: EngineBench) -> None:
    bench.downloader.failures[OUTPUT] = deque(bugs())
    job = await bench.finished(await bench.settled(await bench.remix()))
    await bench.pass_time(23 * HOURS)
    assert (await bench.row(job)).fetched_at is None
    await bench.pass_time(2 * HOURS)

    assert (await bench.row(job)).failure is FailureReason.OUTPUT_LOST
    assert len(bench.courier.messages_of(job.id)) == 1


async def test_a_result_whose_delivery_always_breaks_is_kept(bench: EngineBench) -> None:
    bench.courier.fail("send", *bugs(MAX_STEP_FAILURES))
    job = await bench.finished(await bench.settled(await bench.remix()))
    await bench.pass_time(2 * HOURS)
    assert (await bench.row(job)).undeliverable_at is not None

    await bench.pass_time(7 * HOURS)
    assert len(bench.courier.messages_of(job.id)) == 1


@pytest.mark.parametrize("verb", ["open", "show_card"])
async def test_a_card_that_always_breaks_keeps_no_result_back(bench: EngineBench, verb: str) -> None:
    bench.courier.fail(verb, *bugs())
    job = await bench.finished(await bench.settled(await bench.remix()))
    await bench.pass_time(6 * HOURS)

    assert len(bench.courier.messages_of(job.id)) == 1
    assert not (await bench.row(job)).is_open
