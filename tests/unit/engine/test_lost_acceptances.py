"""Acceptances whose answer is lost, as of a process that was frozen meanwhile: one job, and no card withdrawn."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from bot.engine.doubt import AcceptanceInDoubt
from bot.errors import StoreUnavailable
from tests.fake_store import FakeJobStore
from tests.unit.engine_bench import MEMBER, EngineBench

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.domain.job import Job
    from bot.domain.ledger import Entry


class LossyStore(FakeJobStore):
    """Loses the answers to acceptances, after or before their work.

    Args:
        lost: How each of the next ones is lost.
    """

    def __init__(self, *lost: str) -> None:
        super().__init__()
        self._lost = list(lost)

    @override
    async def accept(self, job: Job, entries: Sequence[Entry]) -> Job:
        how = self._lost.pop(0) if self._lost else "not at all"
        if how == "full":
            raise StoreUnavailable("database or disk is full", nothing_stored=True)
        if how == "before":
            raise StoreUnavailable("TimeoutError")
        accepted = await super().accept(job, entries)
        if how == "after":
            raise StoreUnavailable("TimeoutError")
        return accepted


@pytest.mark.parametrize("how", ["before", "after"])
async def test_an_acceptance_whose_answer_is_lost_is_one_job(tmp_path: Path, how: str) -> None:
    bench = EngineBench(tmp_path, store=LossyStore(how))
    await bench.loop.start()
    job = await bench.remix()
    await bench.settle()

    assert [one.id for one in await bench.service.jobs_of(MEMBER)] == [job.id]
    assert len(await bench.store.entries(job.id)) == 1
    assert bench.provider.calls.count("submit") == 1


async def test_an_acceptance_that_is_lost_answers_the_job_that_another_process_made_of_it(tmp_path: Path) -> None:
    store = LossyStore("not at all", "before")
    other = EngineBench(tmp_path, store=store, name="other")
    bench = EngineBench(tmp_path, store=store)
    await bench.loop.start()
    theirs = await other.remix()
    ours = await bench.service.remix(bench.request(), origin=theirs.origin, interaction_id=theirs.interaction_id)

    assert ours == theirs
    assert bench.loop.open_jobs == 0


async def test_an_acceptance_in_doubt_is_asked_for_until_it_is_known_and_is_one_job(tmp_path: Path) -> None:
    bench = EngineBench(tmp_path, store=LossyStore("before", "after", "before"))
    bench.service.settle_every = timedelta()
    await bench.loop.start()

    with pytest.raises(AcceptanceInDoubt) as doubt:
        await bench.remix()
    await doubt.value.settle()
    await bench.settle()

    (job,) = await bench.service.jobs_of(MEMBER)
    assert len(await bench.store.entries(job.id)) == 1
    assert bench.provider.calls.count("submit") == 1


async def test_an_acceptance_that_a_full_disk_refuses_is_none_and_leaves_no_doubt(tmp_path: Path) -> None:
    bench = EngineBench(tmp_path, store=LossyStore("full", "full"))
    await bench.loop.start()

    with pytest.raises(StoreUnavailable) as refusal:
        await bench.remix()
    assert not isinstance(refusal.value, AcceptanceInDoubt)
    assert await bench.service.jobs_of(MEMBER) == []


async def test_an_acceptance_that_finds_no_database_is_none(tmp_path: Path) -> None:
    bench = EngineBench(tmp_path, store=LossyStore("before", "before"))
    await bench.loop.start()

    with pytest.raises(StoreUnavailable):
        await bench.remix()
    assert await bench.service.jobs_of(MEMBER) == []
