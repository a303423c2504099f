"""The contract of the ``JobStore``: what is old and finished is pruned, what is owed and what was paid never."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.job import Artifact, Delivery
from bot.domain.ledger import balance
from bot.domain.status import JobStatus
from tests.contract.store_cases import GUILD, MEMBER, PRICE

if TYPE_CHECKING:
    from bot.domain.job import Job
    from tests.contract.store_cases import StoreBench

MONTH = timedelta(days=30)


async def _delivered(bench: StoreBench) -> Job:
    """A job whose result was posted, and whose card says so."""
    job = await bench.queued()
    ended = await bench.store.advance(job, JobStatus.SUCCEEDED, ended_at=bench.clock.now())
    await bench.store.save_artifacts([Artifact(job.id, 0, "https://x/1.png", f"outputs/{job.id}/0")])
    await bench.store.plan_deliveries([Delivery(job.id, 1, MEMBER, f"{job.id}.1", (0,), bench.clock.now(), 77)])
    await bench.store.note(job.id, fetched_at=bench.clock.now(), delivered_at=bench.clock.now())
    return await bench.store.mark_shown(job.id, revision=ended.card_revision)


async def _prune(bench: StoreBench, *, limit: int = 100) -> list[str]:
    return await bench.store.prune(delivered_before=bench.clock.now() - MONTH, limit=limit)


async def test_an_old_delivered_job_goes_with_its_outputs_and_deliveries_and_its_money_stays(
    bench: StoreBench,
) -> None:
    old = await _delivered(bench)
    bench.clock.forward(MONTH)
    young = await _delivered(bench)
    bench.clock.forward(1)

    assert await _prune(bench) == [old.id]
    assert await bench.store.get(old.id) is None
    assert await bench.store.artifacts(old.id) == []
    assert await bench.store.deliveries(old.id) == []
    assert balance(await bench.store.entries(old.id)) == PRICE
    assert await bench.store.jobs_of_user(MEMBER, limit=9) == [young]
    assert await _prune(bench) == []


async def test_a_job_that_still_owes_something_is_never_pruned(bench: StoreBench) -> None:
    now = bench.clock.now()
    undelivered = await bench.queued()
    await bench.store.advance(undelivered, JobStatus.SUCCEEDED, ended_at=now, fetched_at=now)
    refused = await bench.submitting()
    await bench.store.advance(refused, JobStatus.FAILED, ended_at=now, undeliverable_at=now)
    both = await _delivered(bench)
    await bench.store.note(both.id, undeliverable_at=now)
    behind = await _delivered(bench)
    await bench.store.note(behind.id, redraw=True)
    waiting = await bench.accepted()
    kept = [undelivered, refused, both, behind, waiting]
    bench.clock.forward(MONTH * 100)

    assert await _prune(bench) == []
    assert [await bench.store.get(job.id) is not None for job in kept] == [True] * len(kept)


async def test_pruning_takes_the_oldest_first_and_no_more_than_it_is_told(bench: StoreBench) -> None:
    made: list[str] = []
    for _ in range(5):
        made.append((await _delivered(bench)).id)
        bench.clock.forward(1)
    bench.clock.forward(MONTH)

    assert await _prune(bench, limit=2) == made[:2]
    assert await _prune(bench, limit=2) == made[2:4]
    assert await _prune(bench, limit=2) == made[4:]
    assert await bench.store.open_jobs_of_guild(GUILD) == []


async def test_the_retry_of_a_pruned_job_stays_as_it_is(bench: StoreBench) -> None:
    source = await _delivered(bench)
    bench.clock.forward(MONTH + timedelta(seconds=1))
    retry = await bench.accept(replace(bench.draft(), parent_id=source.id, retry_of=source.id))

    assert await _prune(bench) == [source.id]
    assert await bench.row(retry) == retry
    again = bench.draft(retry_of=source.id)
    assert await bench.accept(again) == retry


async def test_an_age_without_a_zone_is_refused(bench: StoreBench) -> None:
    with pytest.raises(ValueError, match="zone"):
        await bench.store.prune(delivered_before=bench.clock.now().replace(tzinfo=None), limit=1)
