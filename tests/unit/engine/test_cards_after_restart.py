"""Cards of an earlier process: what they show is not known, and yet they must not stay untrue."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.engine.answers import Progress
from bot.errors import ProviderUnauthorized
from tests.unit.engine_bench import STRANGER, EngineBench

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_card_of_an_earlier_process_says_that_submissions_are_paused_since(tmp_path: Path) -> None:
    bench = EngineBench(tmp_path, max_in_flight=1)
    await bench.loop.start()
    await bench.remix()
    waiting = await bench.remix(user_id=STRANGER)
    await bench.settle()
    bench.boot(max_in_flight=1)
    await bench.loop.start()
    await bench.pass_time(10)
    bench.provider.fail("status", *[ProviderUnauthorized("401")] * 100)
    await bench.pass_time(60)

    assert bench.courier.cards[waiting.id][-1][1].is_paused


async def test_a_card_of_an_earlier_process_follows_the_providers_queue(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    await bench.restart()
    bench.provider.requests["req-1"].position = 7
    await bench.pass_time(timedelta(minutes=1))

    assert bench.courier.cards[job.id][-1][1].place == 7


async def test_a_card_of_an_earlier_process_is_not_drawn_where_nothing_is_known_beside_its_row(
    bench: EngineBench,
) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.provider.start("req-1")
    await bench.pass_time(60)
    drawn = len(bench.courier.cards[job.id])
    await bench.restart()
    await bench.pass_time(60)

    assert bench.courier.cards[job.id][-1][1] == Progress()
    assert len(bench.courier.cards[job.id]) == drawn
