"""The contract of the ``JobStore``: what becomes of submissions and of wishes to cancel, on every kind of store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.job import Delivery
from bot.domain.ledger import EntryKind, balance, settle
from bot.domain.status import FailureReason, JobStatus
from bot.errors import StaleJob
from tests.contract.store_cases import MEMBER, PRICE

if TYPE_CHECKING:
    from bot.domain.job import Job
    from tests.contract.store_cases import StoreBench

SOON = timedelta(seconds=5)
MODERATOR = MEMBER + 1


async def _keep(bench: StoreBench, job: Job, *, attempt_id: str = "attempt-1", request_id: str = "request-1") -> Job:
    return await bench.store.store_request(job.id, attempt_id=attempt_id, request_id=request_id, at=bench.clock.now())


# --- the id of an accepted submission ---------------------------------------------------------------------------------


async def test_an_accepted_submission_waits_in_the_queue(bench: StoreBench) -> None:
    job = await bench.submitting()
    now = bench.clock.forward(SOON)

    queued = await _keep(bench, job)

    assert queued == replace(
        job,
        status=JobStatus.IN_QUEUE,
        request_id="request-1",
        submitted_at=now,
        updated_at=now,
        card_revision=job.card_revision + 1,
    )
    assert await bench.row(job) == queued


async def test_keeping_the_same_request_again_changes_nothing(bench: StoreBench) -> None:
    job = await bench.queued()
    bench.clock.forward(SOON)

    assert await _keep(bench, job) == job
    running = await bench.store.advance(job, JobStatus.IN_PROGRESS)
    assert await _keep(bench, job) == running
    ended = await bench.store.advance(running, JobStatus.FAILED, failure=FailureReason.RUN_FAILED)
    assert await _keep(bench, job) == ended


async def test_a_request_kept_twice_at_the_same_moment_is_kept_once(bench: StoreBench) -> None:
    job = await bench.submitting()

    answers = await asyncio.gather(*(_keep(bench, job) for _ in range(4)))

    assert set(map(repr, answers)) == {repr(await bench.row(job))}
    assert answers[0].card_revision == job.card_revision + 1


async def test_paid_work_revives_a_job_that_had_failed_as_uncertain(bench: StoreBench) -> None:
    job = await bench.uncertain()
    told = Delivery(job.id, 0, MEMBER, "nonce", (), bench.clock.now(), 77)
    await bench.store.plan_deliveries([told])
    await bench.store.note(job.id, delivered_at=bench.clock.now())
    before = await bench.store.mark_shown(job.id, revision=job.card_revision)
    assert not before.is_open

    revived = await _keep(bench, job)

    assert revived.status is JobStatus.IN_QUEUE
    assert revived.request_id == "request-1"
    assert (revived.failure, revived.failure_detail, revived.ended_at, revived.delivered_at) == (None,) * 4
    assert revived.card_revision == before.card_revision + 1
    assert revived.is_open
    assert await bench.store.deliveries(job.id) == []
    assert balance(await bench.store.entries(job.id)) == PRICE


async def test_a_job_that_failed_for_another_reason_is_not_revived(bench: StoreBench) -> None:
    job = await bench.submitting()
    failed = await bench.store.advance(job, JobStatus.FAILED, failure=FailureReason.REJECTED)

    with pytest.raises(StaleJob):
        await _keep(bench, job)

    assert await bench.row(job) == failed


async def test_a_request_of_another_attempt_is_stale(bench: StoreBench) -> None:
    job = await bench.submitting()
    queued = await bench.queued()

    for stale, attempt_id, request_id in ((job, "attempt-0", "request-1"), (queued, "attempt-1", "request-2")):
        with pytest.raises(StaleJob):
            await _keep(bench, stale, attempt_id=attempt_id, request_id=request_id)
        assert await bench.row(stale) == stale


async def test_a_request_for_a_job_that_was_put_back_or_is_not_there_is_stale(bench: StoreBench) -> None:
    job = await bench.submitting()
    back = await bench.store.advance(job, JobStatus.PENDING)

    for stale in (back, bench.draft()):
        with pytest.raises(StaleJob):
            await _keep(bench, stale)

    assert await bench.row(job) == back


# --- cancelling -------------------------------------------------------------------------------------------------------


async def test_a_job_that_waits_here_is_cancelled_at_once_and_gives_its_money_back(bench: StoreBench) -> None:
    job = await bench.accepted()
    now = bench.clock.forward(SOON)

    cancelled = await bench.store.request_cancel(job.id, by=MODERATOR, at=now)

    assert cancelled == replace(
        job,
        status=JobStatus.CANCELLED,
        cancel_requested_at=now,
        cancel_requested_by=MODERATOR,
        ended_at=now,
        updated_at=now,
        card_revision=job.card_revision + 1,
    )
    assert await bench.row(job) == cancelled
    assert [(one.kind, one.amount_micros) for one in await bench.store.entries(job.id)] == [
        (EntryKind.RESERVE, PRICE),
        (EntryKind.REFUND, -PRICE),
    ]


@pytest.mark.parametrize("status", [JobStatus.SUBMITTING, JobStatus.IN_QUEUE, JobStatus.IN_PROGRESS])
async def test_a_job_under_way_is_flagged_once_by_whoever_came_first(bench: StoreBench, status: JobStatus) -> None:
    job = await bench.accepted(status=status)
    now = bench.clock.forward(SOON)

    flagged = await bench.store.request_cancel(job.id, by=MODERATOR, at=now)
    again = await bench.store.request_cancel(job.id, by=MEMBER, at=bench.clock.forward(SOON))

    assert flagged == replace(
        job, cancel_requested_at=now, cancel_requested_by=MODERATOR, updated_at=now, card_revision=2
    )
    assert again == flagged
    assert balance(await bench.store.entries(job.id)) == PRICE


@pytest.mark.parametrize("status", [JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.EXPIRED])
async def test_a_job_that_has_ended_is_left_as_it_is(bench: StoreBench, status: JobStatus) -> None:
    job = await bench.accepted(status=status)

    assert await bench.store.request_cancel(job.id, by=MEMBER, at=bench.clock.forward(SOON)) == job


async def test_a_flagged_job_that_was_put_back_can_still_be_cancelled(bench: StoreBench) -> None:
    job = await bench.submitting()
    asked_at = bench.clock.forward(SOON)
    await bench.store.request_cancel(job.id, by=MODERATOR, at=asked_at)
    await bench.store.advance(job, JobStatus.PENDING)

    cancelled = await bench.store.request_cancel(job.id, by=MEMBER, at=bench.clock.forward(SOON))

    assert cancelled.status is JobStatus.CANCELLED
    assert (cancelled.cancel_requested_at, cancelled.cancel_requested_by) == (asked_at, MODERATOR)
    assert cancelled.ended_at == bench.clock.now()
    assert balance(await bench.store.entries(job.id)) == 0


async def test_cancelling_a_job_that_is_not_there_is_stale(bench: StoreBench) -> None:
    with pytest.raises(StaleJob):
        await bench.store.request_cancel("0" * 16, by=MEMBER, at=bench.clock.now())


# --- who observes -----------------------------------------------------------------------------------------------------


async def test_the_write_that_ends_a_job_is_told_once_with_the_money_of_its_own_transaction(bench: StoreBench) -> None:
    told: list[tuple[JobStatus, JobStatus, int]] = []
    job, store = await bench.queued(), bench.store
    store.observe(lambda before, after, spent: told.append((before.status, after.status, spent)))

    ended_at = bench.clock.forward(SOON)
    costs = settle(job, await store.entries(job.id), cost_micros=7, at=ended_at)
    await store.advance(job, JobStatus.SUCCEEDED, entries=costs, ended_at=ended_at)
    with pytest.raises(StaleJob):
        await store.advance(job, JobStatus.FAILED, ended_at=ended_at)
    await store.request_cancel(job.id, by=MEMBER, at=ended_at)
    await store.note(job.id, delivered_at=ended_at)

    ended = JobStatus.SUCCEEDED
    assert [one for one in told if one[0] is not one[1]] == [(JobStatus.IN_QUEUE, ended, 7)]
    assert {one[1:] for one in told} == {(ended, 7)}
