"""The contract of the moderation log: in memory, SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import StatementError

from bot.domain.moderation import ModerationAction, ModerationEntry
from bot.domain.status import JobStatus
from tests.contract.store_cases import GUILD, MEMBER, SNOWFLAKE

if TYPE_CHECKING:
    from bot.domain.job import Job
    from tests.contract.store_cases import StoreBench

MODERATOR, ELSEWHERE = SNOWFLAKE + 13, SNOWFLAKE + 23


def _entry(bench: StoreBench, *, job_id: str = "1" * 16, guild_id: int = GUILD) -> ModerationEntry:
    return ModerationEntry(bench.clock.now(), guild_id, MODERATOR, ModerationAction.DELETE, job_id, MEMBER)


def _cancelled(bench: StoreBench, job: Job) -> ModerationEntry:
    return replace(_entry(bench, job_id=job.id), action=ModerationAction.CANCEL)


async def _log(bench: StoreBench, *, limit: int = 100) -> list[ModerationEntry]:
    return await bench.audit.entries_of_guild(GUILD, limit=limit)


async def test_entries_are_read_by_server_newest_first_and_no_more_than_asked_for(bench: StoreBench) -> None:
    entries: list[ModerationEntry] = []
    for number in range(3):
        bench.clock.forward(1)
        entries.append(_entry(bench, job_id=f"{number:016x}"))
        await bench.audit.add(entries[-1])
        await bench.audit.add(_entry(bench, guild_id=ELSEWHERE))
    same_moment = _entry(bench)
    await bench.audit.add(same_moment)

    assert await _log(bench) == [same_moment, *entries[::-1]]
    assert await _log(bench, limit=2) == [same_moment, entries[2]]


async def test_a_moderators_cancellation_is_written_with_the_flag_and_once(bench: StoreBench) -> None:
    job = await bench.queued()
    at, entry = bench.clock.now(), _cancelled(bench, job)

    flagged = await bench.store.request_cancel(job.id, by=MODERATOR, at=at, entry=entry)
    assert flagged.cancel_requested_by == MODERATOR
    bench.clock.forward(1)
    await bench.store.request_cancel(job.id, by=MODERATOR, at=bench.clock.now(), entry=_cancelled(bench, job))
    assert await _log(bench) == [entry]


async def test_a_cancellation_that_came_too_late_or_second_is_not_written(bench: StoreBench) -> None:
    ended = await bench.uncertain()
    asked = await bench.queued()
    await bench.store.request_cancel(asked.id, by=MEMBER, at=bench.clock.now())

    for job in (ended, asked):
        bench.clock.forward(1)
        await bench.store.request_cancel(job.id, by=MODERATOR, at=bench.clock.now(), entry=_cancelled(bench, job))

    assert await _log(bench) == []


async def test_a_job_that_was_put_back_is_cancelled_by_the_second_click_and_the_first_one_stands(
    bench: StoreBench,
) -> None:
    job = await bench.submitting()
    first = _cancelled(bench, job)
    flagged = await bench.store.request_cancel(job.id, by=MODERATOR, at=bench.clock.now(), entry=first)
    await bench.store.advance(flagged, JobStatus.PENDING)
    bench.clock.forward(1)
    second = _cancelled(bench, job)

    done = await bench.store.request_cancel(job.id, by=MODERATOR, at=bench.clock.now(), entry=second)

    assert done.status is JobStatus.CANCELLED
    assert await _log(bench) == [first]


async def test_the_flag_is_not_set_where_the_log_cannot_be_written(bench: StoreBench) -> None:
    job = await bench.queued()
    broken = replace(_cancelled(bench, job), at=bench.clock.now().replace(tzinfo=None))

    with pytest.raises((ValueError, StatementError)):
        await bench.store.request_cancel(job.id, by=MODERATOR, at=bench.clock.now(), entry=broken)

    assert await bench.row(job) == job
    assert await _log(bench) == []


async def test_old_entries_are_pruned_the_oldest_first_whatever_became_of_their_jobs(bench: StoreBench) -> None:
    entries: list[ModerationEntry] = []
    for number in range(5):
        entries.append(_entry(bench, job_id=f"{number:016x}"))
        await bench.audit.add(entries[-1])
        bench.clock.forward(timedelta(days=1))
    before = entries[4].at

    assert await bench.audit.prune_entries(before=before, limit=3) == 3
    assert await _log(bench) == [entries[4], entries[3]]
    assert await bench.audit.prune_entries(before=before, limit=3) == 1
    assert await bench.audit.prune_entries(before=before, limit=3) == 0
    assert await _log(bench) == [entries[4]]
