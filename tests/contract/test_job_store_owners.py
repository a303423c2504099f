"""The contract of the ``JobStore``: which process a job belongs to, on every kind of store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.job import Delivery
from bot.domain.status import TRANSITIONS, FailureReason, JobStatus
from bot.engine.schedule import KEPT_TRIED_EVERY, KEPT_TRIED_FOR
from bot.errors import StaleJob
from bot.store.database import Database
from bot.store.job_store import SqlJobStore
from tests.contract.store_cases import GUILD, SHARED_KINDS, StoreBench
from tests.fakes import FakeClock

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.job import Job
    from tests.contract.postgres_server import PostgresServer

SILENCE = timedelta(seconds=60)


async def _adopt(bench: StoreBench, owner_id: str) -> list[str]:
    return [job.id for job in await bench.store.adopt(owner_id, now=bench.clock.now())]


@pytest.mark.parametrize("status", JobStatus)
async def test_a_process_adopts_whatever_is_owed(bench: StoreBench, status: JobStatus) -> None:
    now = bench.clock.now()
    told = {"status": status, "delivered_at": now, "card_revision": 3}
    undelivered = await bench.accepted(status=status, shown_revision=1)
    behind = await bench.accepted(**told, shown_revision=2)
    done = await bench.accepted(**told, shown_revision=3)
    expected = [undelivered, behind] if not TRANSITIONS[status] else [undelivered, behind, done]

    adopted = await bench.store.adopt("us", now=bench.clock.forward(1))

    assert adopted == [replace(job, owner_id="us", updated_at=bench.clock.now()) for job in expected]
    assert adopted == [await bench.row(job) for job in expected]
    assert all(job.is_open or not job.status.is_terminal for job in adopted)


async def test_what_only_a_dead_token_could_deliver_is_owed_no_more(bench: StoreBench) -> None:
    kept = {"status": JobStatus.SUCCEEDED, "undeliverable_at": bench.clock.now(), "card_revision": 3}
    bench.clock.forward(KEPT_TRIED_EVERY)
    given_up = await bench.accepted(**kept, by_interaction=True, shown_revision=3)
    behind = await bench.accepted(**kept, by_interaction=True, shown_revision=2)
    may_open_again = await bench.accepted(**kept, shown_revision=3)

    assert await _adopt(bench, "us") == [behind.id, may_open_again.id]
    assert [job.is_open for job in (given_up, behind, may_open_again)] == [False, True, True]


async def test_a_result_that_no_place_took_is_read_when_it_is_tried_again(bench: StoreBench) -> None:
    ended_at = bench.clock.now()
    told = {"status": JobStatus.SUCCEEDED, "card_revision": 3, "ended_at": ended_at}
    kept = await bench.accepted(**told, undeliverable_at=ended_at, shown_revision=3)
    behind = await bench.accepted(**told, undeliverable_at=ended_at, shown_revision=2)
    tried_last = ended_at + KEPT_TRIED_FOR
    await bench.accepted(**told, undeliverable_at=tried_last, shown_revision=3)
    refused = await bench.accepted(
        **told, undeliverable_at=ended_at, shown_revision=3, failure=FailureReason.CONTENT_REFUSED
    )
    without_place = {**told, "status": JobStatus.FAILED, "failure": FailureReason.PLACE_GONE}
    gone = await bench.accepted(**without_place, undeliverable_at=ended_at, shown_revision=3)

    bench.clock.forward(KEPT_TRIED_EVERY - timedelta(seconds=1))
    assert await _adopt(bench, "us") == [behind.id]
    bench.clock.forward(1)
    assert await _adopt(bench, "us") == [kept.id, behind.id]
    bench.clock.forward(2 * KEPT_TRIED_FOR)
    assert await _adopt(bench, "us") == [kept.id, behind.id]
    assert [(await bench.row(job)).owner_id for job in (refused, gone)] == ["us", "us"]


async def test_the_oldest_job_comes_first(bench: StoreBench) -> None:
    younger = await bench.accepted(created_at=bench.clock.now() + timedelta(hours=1))
    older = await bench.accepted()

    assert await _adopt(bench, "us") == [older.id, younger.id]


async def test_adopting_again_changes_nothing(bench: StoreBench) -> None:
    await bench.accepted()
    first = await bench.store.adopt("us", now=bench.clock.now())
    bench.clock.forward(10)

    assert await bench.store.adopt("us", now=bench.clock.now()) == first


async def test_a_job_without_owner_and_one_of_an_unknown_owner_are_taken(bench: StoreBench) -> None:
    orphan = await bench.accepted(owner_id=None)
    lost = await bench.accepted(owner_id="nobody knows whom")

    assert await _adopt(bench, "us") == [orphan.id, lost.id]


async def test_the_jobs_of_another_are_taken_after_a_minute_of_silence_or_at_once_where_there_can_be_no_other(
    bench: StoreBench,
) -> None:
    await _adopt(bench, "them")
    job = await bench.accepted(owner_id="them")

    if bench.is_shared:
        assert await _adopt(bench, "us") == []
        bench.clock.forward(SILENCE - timedelta(seconds=1))
        assert await _adopt(bench, "us") == []
        bench.clock.forward(1)
    assert await _adopt(bench, "us") == [job.id]
    assert (await bench.row(job)).owner_id == "us"


@pytest.mark.parametrize("bench", SHARED_KINDS, indirect=True)
async def test_an_owner_that_keeps_telling_that_it_lives_keeps_its_jobs(bench: StoreBench) -> None:
    await _adopt(bench, "them")
    job = await bench.accepted(owner_id="them")

    for _ in range(9):
        bench.clock.forward(30)
        assert await _adopt(bench, "them") == [job.id]
        assert await _adopt(bench, "us") == []


@pytest.mark.parametrize("bench", SHARED_KINDS, indirect=True)
async def test_an_owner_that_returns_after_its_jobs_were_taken_does_not_take_them_back(bench: StoreBench) -> None:
    await _adopt(bench, "them")
    job = await bench.accepted(owner_id="them")
    bench.clock.forward(SILENCE)
    assert await _adopt(bench, "us") == [job.id]

    assert await _adopt(bench, "them") == []


async def test_processes_that_adopt_at_the_same_moment_share_no_job(bench: StoreBench) -> None:
    for _ in range(4):
        jobs = [await bench.accepted() for _ in range(10)]

        answers = await asyncio.gather(*(_adopt(bench, f"process-{number}") for number in range(4)))

        owners = {job_id: owner for owner, ids in enumerate(answers) for job_id in ids}
        rows = [await bench.row(job) for job in jobs]
        assert all(row.owner_id is not None for row in rows)
        if bench.is_shared:
            assert sum(map(len, answers)) == len(owners)
            assert [row.owner_id for row in rows] == [f"process-{owners[job.id]}" for job in jobs]


async def test_a_step_of_one_process_and_a_takeover_by_another_do_not_undo_each_other(bench: StoreBench) -> None:
    jobs: list[Job] = [await bench.accepted(owner_id="dead") for _ in range(10)]

    _, *steps = await asyncio.gather(
        _adopt(bench, "us"),
        *(bench.store.advance(job, JobStatus.SUBMITTING, attempt_id="1") for job in jobs),
        return_exceptions=True,
    )
    # What was being changed at that moment is passed over, and taken the next time.
    adopted = await bench.store.adopt("us", now=bench.clock.now())

    for job, step in zip(adopted, steps, strict=True):
        is_late = isinstance(step, StaleJob)
        left = (JobStatus.PENDING, None) if is_late else (JobStatus.SUBMITTING, "1")
        assert (job.owner_id, job.status, job.attempt_id) == ("us", *left), step


# --- before something is sent -----------------------------------------------------------------------------------------


async def _taken_over(bench: StoreBench) -> Job:
    """A job as the process remembers it that has lost it since."""
    await _adopt(bench, "them")
    job = await bench.accepted(owner_id="them")
    bench.clock.forward(SILENCE)
    assert await _adopt(bench, "us") == [job.id]
    return job


async def test_only_its_owner_may_submit_a_job(bench: StoreBench) -> None:
    lost = await _taken_over(bench)

    with pytest.raises(StaleJob):
        await bench.store.advance(lost, JobStatus.SUBMITTING, attempt_id="theirs")
    untouched = await bench.row(lost)
    assert (untouched.status, untouched.attempt_id) == (JobStatus.PENDING, None)
    ours = await bench.store.advance(untouched, JobStatus.SUBMITTING, attempt_id="ours")
    assert (ours.status, ours.owner_id, ours.attempt_id) == (JobStatus.SUBMITTING, "us", "ours")


async def test_a_job_that_was_taken_over_may_still_end_as_its_former_owner_knows(bench: StoreBench) -> None:
    lost = await _taken_over(bench)

    assert (await bench.store.advance(lost, JobStatus.EXPIRED)).owner_id == "us"


async def test_only_its_owner_may_claim_what_is_about_to_be_sent(bench: StoreBench) -> None:
    lost = await _taken_over(bench)
    [plan] = await bench.store.plan_deliveries([Delivery(lost.id, 1, GUILD, "nonce")])
    tried = replace(plan, first_attempt_at=bench.clock.now())

    with pytest.raises(StaleJob):
        await bench.store.claim(lost, part=tried, gallery_attempted_at=bench.clock.now())
    assert await bench.store.deliveries(lost.id) == [plan]
    ours = await bench.row(lost)
    assert ours.gallery_attempted_at is None
    now = bench.clock.forward(1)
    claimed = await bench.store.claim(ours, part=tried, gallery_attempted_at=now)
    assert claimed == replace(ours, gallery_attempted_at=now, updated_at=now)
    assert await bench.store.deliveries(lost.id) == [tried]


async def test_a_claim_of_a_part_that_nobody_planned_writes_nothing(bench: StoreBench) -> None:
    job = await bench.accepted(owner_id="us")

    with pytest.raises(StaleJob):
        await bench.store.claim(job, part=Delivery(job.id, 1, GUILD, "nonce"), gallery_attempted_at=bench.clock.now())
    assert await bench.row(job) == job
    with pytest.raises(StaleJob):
        await bench.store.claim(replace(job, id="0" * 16))


@pytest.mark.parametrize("bench", SHARED_KINDS, indirect=True)
async def test_of_a_claim_and_a_takeover_at_the_same_moment_one_comes_first(bench: StoreBench) -> None:
    jobs = [await bench.accepted(owner_id="dead") for _ in range(10)]
    plans = {job.id: (await bench.store.plan_deliveries([Delivery(job.id, 1, GUILD, job.id)]))[0] for job in jobs}
    tried = [replace(plans[job.id], first_attempt_at=bench.clock.now()) for job in jobs]

    taken, *claims = await asyncio.gather(
        _adopt(bench, "us"),
        *(bench.store.claim(job, part=part) for job, part in zip(jobs, tried, strict=True)),
        return_exceptions=True,
    )

    assert isinstance(taken, list)
    for job, part, claim in zip(jobs, tried, claims, strict=True):
        has_claimed = not isinstance(claim, StaleJob)
        assert await bench.store.deliveries(job.id) == [part if has_claimed else plans[job.id]]
        assert has_claimed or job.id in taken


async def test_owners_on_machines_whose_clocks_differ_do_not_bury_each_other(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    async with Database.open(await postgres_server.new_database(), data_dir=tmp_path) as database:
        clock = FakeClock()
        bench = StoreBench(SqlJobStore(database, clock=clock.now), clock, is_shared=True)
        await bench.store.adopt("them", now=clock.now())
        job = await bench.accepted(owner_id="them")

        assert await bench.store.adopt("us", now=clock.forward(75)) == []
        assert [one.id for one in await bench.store.adopt("them", now=clock.now())] == [job.id]
