"""The contract of the ``JobStore``: how jobs come in and move, on every kind of store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import product
from typing import TYPE_CHECKING

import pytest

from bot.domain.job import Job
from bot.domain.ledger import EntryKind, balance, reserve, settle
from bot.domain.status import TRANSITIONS, CancelOutcome, FailureReason, JobStatus
from bot.errors import StaleJob
from tests.contract.store_cases import MEMBER, PRICE, SNOWFLAKE

if TYPE_CHECKING:
    from tests.contract.store_cases import StoreBench

SOON = timedelta(seconds=5)


# --- acceptance -------------------------------------------------------------------------------------------------------


async def test_an_accepted_job_is_read_as_it_was_written(bench: StoreBench) -> None:
    seoul = timezone(timedelta(hours=9))
    job = bench.draft(
        guild_id=None,
        locale="ko",
        card_message_id=SNOWFLAKE + 1,
        thread_id=SNOWFLAKE + 2,
        interaction_token="secret",
        token_expires_at=datetime(2026, 5, 4, 21, 15, 0, 123456, seoul),
        next_step_at=bench.clock.now() + SOON,
        owner_id="us",
        parent_id="f" * 16,
        retry_of="f" * 16,
        cost_micros=2**40,
        cancel_outcome=CancelOutcome.NOT_CANCELLABLE,
        failure=FailureReason.OUTPUT_LOST,
    )

    accepted = await bench.store.accept(job, [])

    assert accepted == job
    assert await bench.store.get(job.id) == job
    assert accepted.origin.interaction_token == "secret"


@pytest.mark.parametrize("is_age_restricted", [None, False, True])
async def test_a_job_remembers_whether_its_place_was_age_restricted(
    bench: StoreBench, *, is_age_restricted: bool | None
) -> None:
    job = await bench.store.accept(bench.draft(is_age_restricted=is_age_restricted), [])
    read = await bench.store.get(job.id)
    assert read is not None
    assert read.origin.is_age_restricted is is_age_restricted


async def test_a_job_that_nobody_accepted_is_not_found(bench: StoreBench) -> None:
    assert await bench.store.get("0" * 16) is None


async def test_a_job_is_accepted_together_with_its_money(bench: StoreBench) -> None:
    job = bench.draft()
    entry = reserve(job, PRICE, at=bench.clock.now())

    await bench.store.accept(job, [entry])

    assert await bench.store.entries(job.id) == [entry]


async def test_a_repeated_interaction_answers_the_job_that_is_there(bench: StoreBench) -> None:
    first = await bench.accepted()

    again = await bench.accepted(interaction_id=first.interaction_id)

    assert again == first
    assert len(await bench.store.jobs_of_user(MEMBER, limit=9)) == 1
    assert balance(await bench.store.entries(first.id)) == PRICE


async def test_a_job_is_tried_again_at_most_once(bench: StoreBench) -> None:
    failed = await bench.uncertain()
    first = await bench.accepted(retry_of=failed.id)

    again = await bench.accepted(retry_of=failed.id)

    assert again == first
    assert again.id != failed.id


@pytest.mark.parametrize("twins", [{"interaction_id": 5}, {"retry_of": "a" * 16}], ids=["interaction", "retry"])
async def test_of_two_acceptances_at_the_same_moment_one_counts(bench: StoreBench, twins: dict[str, object]) -> None:
    answers = await asyncio.gather(*(bench.accepted(**twins) for _ in range(8)))

    assert len({job.id for job in answers}) == 1
    assert await bench.store.jobs_of_user(MEMBER, limit=9) == answers[:1]
    assert balance(await bench.store.entries(answers[0].id)) == PRICE


async def test_a_time_without_zone_is_refused(bench: StoreBench) -> None:
    naive = bench.clock.now().replace(tzinfo=None)

    with pytest.raises(ValueError, match="zone"):
        await bench.accepted(created_at=naive)
    job = await bench.accepted()
    with pytest.raises(ValueError, match="zone"):
        await bench.store.note(job.id, fetched_at=naive)
    assert await bench.row(job) == job


# --- steps over the table of transitions ------------------------------------------------------------------------------


async def test_every_step_of_the_table_is_taken_and_no_other(bench: StoreBench) -> None:
    for before, after in product(JobStatus, JobStatus):
        job = await bench.accepted(status=before)
        if after in TRANSITIONS[before]:
            moved = await bench.store.advance(job, after)
            assert moved.status is after
            assert await bench.row(job) == moved
        else:
            with pytest.raises(ValueError, match="table"):
                await bench.store.advance(job, after)
            assert await bench.row(job) == job


async def test_a_step_writes_its_facts_the_time_and_the_next_revision(bench: StoreBench) -> None:
    job = await bench.queued()
    now = bench.clock.forward(SOON)
    entries = settle(job, await bench.store.entries(job.id), cost_micros=3, at=now)

    moved = await bench.store.advance(
        job,
        JobStatus.FAILED,
        entries=entries,
        failure=FailureReason.RUN_FAILED,
        failure_detail="boom",
        ended_at=now,
        cost_micros=3,
        thread_id=SNOWFLAKE + 9,
        interaction_token=None,
    )

    assert moved == replace(
        job,
        status=JobStatus.FAILED,
        origin=replace(job.origin, thread_id=SNOWFLAKE + 9),
        failure=FailureReason.RUN_FAILED,
        failure_detail="boom",
        ended_at=now,
        cost_micros=3,
        updated_at=now,
        card_revision=job.card_revision + 1,
    )
    assert balance(await bench.store.entries(job.id)) == 3


async def test_a_step_from_where_the_job_no_longer_stands_is_stale_and_writes_nothing(bench: StoreBench) -> None:
    old = await bench.queued()
    now = await bench.store.advance(old, JobStatus.IN_PROGRESS)
    entries = settle(old, (), cost_micros=7, at=bench.clock.now())

    with pytest.raises(StaleJob):
        await bench.store.advance(old, JobStatus.SUCCEEDED, entries=entries)

    assert await bench.row(old) == now
    assert EntryKind.SETTLE not in {one.kind for one in await bench.store.entries(old.id)}


async def test_a_step_of_a_job_that_is_not_there_is_stale(bench: StoreBench) -> None:
    with pytest.raises(StaleJob):
        await bench.store.advance(bench.draft(), JobStatus.SUBMITTING)


async def test_of_two_steps_at_the_same_moment_exactly_one_wins(bench: StoreBench) -> None:
    for _ in range(5):
        job = await bench.accepted()
        entry = reserve(job, 1, at=bench.clock.now())

        answers = await asyncio.gather(
            *(bench.store.advance(job, JobStatus.SUBMITTING, entries=[entry], attempt_id=f"{n}") for n in range(4)),
            return_exceptions=True,
        )

        [winner] = [one for one in answers if isinstance(one, Job)]
        assert sum(isinstance(one, StaleJob) for one in answers) == 3
        assert await bench.row(job) == winner
        assert balance(await bench.store.entries(job.id)) == PRICE + 1


async def test_a_job_whose_cancellation_was_asked_for_is_not_submitted(bench: StoreBench) -> None:
    job = await bench.submitting()
    await bench.store.request_cancel(job.id, by=MEMBER, at=bench.clock.now())
    back = await bench.store.advance(job, JobStatus.PENDING)

    with pytest.raises(StaleJob):
        await bench.store.advance(back, JobStatus.SUBMITTING)


async def test_between_submission_and_cancellation_exactly_one_wins(bench: StoreBench) -> None:
    for _ in range(6):
        job = await bench.accepted()

        submitted, asked = await asyncio.gather(
            bench.store.advance(job, JobStatus.SUBMITTING, attempt_id="1"),
            bench.store.request_cancel(job.id, by=MEMBER, at=bench.clock.now()),
            return_exceptions=True,
        )

        row = await bench.row(job)
        assert isinstance(asked, Job)
        assert row.cancel_requested_at is not None
        assert row.status is (JobStatus.CANCELLED if isinstance(submitted, StaleJob) else JobStatus.SUBMITTING)


# --- notes ------------------------------------------------------------------------------------------------------------


async def test_a_note_leaves_the_status_and_redraws_only_when_told(bench: StoreBench) -> None:
    job = await bench.accepted()
    now = bench.clock.forward(SOON)

    quiet = await bench.store.note(job.id, opened_at=now, card_message_id=SNOWFLAKE)
    loud = await bench.store.note(job.id, redraw=True, attempts=2)

    assert quiet == replace(job, origin=replace(job.origin, card_message_id=SNOWFLAKE), opened_at=now, updated_at=now)
    assert loud == replace(quiet, attempts=2, card_revision=2)
    assert await bench.row(job) == loud


async def test_a_note_for_a_job_that_is_not_there_is_stale(bench: StoreBench) -> None:
    with pytest.raises(StaleJob):
        await bench.store.note("0" * 16, redraw=True)


async def test_a_revision_that_was_shown_is_never_lowered(bench: StoreBench) -> None:
    job = await bench.queued()

    assert (await bench.store.mark_shown(job.id, revision=2)).shown_revision == 2
    assert (await bench.store.mark_shown(job.id, revision=1)).shown_revision == 2
    assert (await bench.store.mark_shown(job.id, revision=3)).card_revision == 3
    with pytest.raises(StaleJob):
        await bench.store.mark_shown("0" * 16, revision=1)
