"""Remixes whose channel is deleted while they wait: nothing is paid for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.ledger import balance
from bot.domain.status import FailureReason, JobStatus
from tests.unit.engine_bench import CHANNEL, EngineBench

if TYPE_CHECKING:
    from pathlib import Path


async def test_what_waits_for_a_place_that_is_gone_ends_for_free_and_may_be_tried_again(tmp_path: Path) -> None:
    bench = EngineBench(tmp_path, max_in_flight=1)
    await bench.loop.start()
    running = await bench.remix()
    waiting = [await bench.remix() for _ in range(3)]
    await bench.settle()
    bench.courier.deleted_channels.add(CHANNEL)
    await bench.finished(running)
    await bench.pass_time(60)

    assert len(bench.provider.requests) == 1
    for job in waiting:
        row = await bench.row(job)
        assert (row.status, row.failure) == (JobStatus.FAILED, FailureReason.PLACE_GONE)
        assert balance(await bench.store.entries(job.id)) == 0
    again = await bench.service.check_try_again(
        waiting[0].id, by=bench.person(waiting[0].origin.user_id, guild_id=None)
    )
    assert again.id == waiting[0].id
