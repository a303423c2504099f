"""Old cards, edited by the bot itself: a channel's turn at a time, and nobody else waits for them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.domain.status import JobStatus
from bot.engine.card_pace import EDIT_EVERY, CardPace
from bot.engine.schedule import AT_ONCE, Lane
from tests.fakes import START
from tests.unit.engine_bench import CHANNEL, OUTPUT, EngineBench
from tests.unit.job_builder import a_job, origin

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from bot.domain.job import Job
    from bot.engine.answers import Progress

OTHER_CHANNEL = 601
A_QUARTER = timedelta(minutes=15)


async def _old_cards(bench: EngineBench, count: int) -> list[Job]:
    """Jobs in the provider's queue whose tokens are dead, and whose cards show what is."""
    jobs = [await bench.remix(f"picture {number}", user_id=100 + number) for number in range(count)]
    await bench.pass_time(A_QUARTER)
    bench.courier.cards.clear()
    return jobs


class Diary:
    """When each card was edited, by the bench's clock."""

    def __init__(self, bench: EngineBench) -> None:
        self.edits: list[tuple[str, JobStatus, datetime]] = []
        self._bench = bench
        self._show = bench.courier.show_card
        bench.courier.show_card = self._note

    async def _note(self, job: Job, progress: Progress) -> None:
        self.edits.append((job.id, job.status, self._bench.clock.now()))
        await self._show(job, progress)


async def test_thirty_old_cards_of_one_channel_are_edited_one_by_one_the_ended_first(tmp_path: Path) -> None:
    bench = EngineBench(tmp_path, max_in_flight=40)
    await bench.loop.start()
    jobs = await _old_cards(bench, 30)
    diary = Diary(bench)
    ended: set[str] = set()
    for number, job in enumerate(jobs):
        request_id = (await bench.row(job)).request_id or ""
        if number % 3 == 0:
            await bench.provider.cancel(request_id)
            ended.add(job.id)
        else:
            bench.provider.start(request_id)
    await bench.pass_time(15)
    early = list(diary.edits)
    await bench.pass_time(60)

    times = [at for _, _, at in diary.edits]
    assert all(later - earlier >= EDIT_EVERY for earlier, later in pairwise(times))
    assert len(early) <= 11
    assert {job_id for job_id, _, _ in early[1:]} <= ended
    assert Counter(job_id for job_id, _, _ in diary.edits) == Counter(job.id for job in jobs)
    assert [(await bench.row(job)).shown_revision for job in jobs] == [
        (await bench.row(job)).card_revision for job in jobs
    ]


async def test_what_changes_while_a_card_waits_is_shown_by_one_edit(tmp_path: Path) -> None:
    bench = EngineBench(tmp_path, max_in_flight=40)
    await bench.loop.start()
    jobs = await _old_cards(bench, 6)
    diary = Diary(bench)
    for job in jobs:
        bench.provider.start((await bench.row(job)).request_id or "")
    await bench.pass_time(3)
    for job in jobs:
        bench.provider.break_run((await bench.row(job)).request_id or "")
    await bench.pass_time(60)

    assert len(diary.edits) < 2 * len(jobs)
    last = {job_id: status for job_id, status, _ in diary.edits}
    assert set(last.values()) == {JobStatus.FAILED}


async def test_results_of_other_channels_wait_for_no_old_cards(tmp_path: Path) -> None:
    bench = EngineBench(tmp_path, max_in_flight=40)
    await bench.loop.start()
    jobs = await _old_cards(bench, 3 * AT_ONCE[Lane.COURIER])
    for job in jobs:
        bench.provider.start((await bench.row(job)).request_id or "")
    other = await bench.remix("elsewhere", user_id=7, channel_id=OTHER_CHANNEL)
    await bench.settle()
    bench.provider.finish((await bench.row(other)).request_id or "", OUTPUT)
    await bench.pass_time(9)

    assert (await bench.row(other)).delivered_at is not None
    behind = [job for job in jobs if (await bench.row(job)).shown_revision < (await bench.row(job)).card_revision]
    assert len(behind) > AT_ONCE[Lane.COURIER]


async def test_cards_with_a_living_token_need_no_turn(tmp_path: Path) -> None:
    bench = EngineBench(tmp_path, max_in_flight=40)
    await bench.loop.start()
    jobs = [await bench.remix(f"picture {number}", user_id=100 + number) for number in range(10)]
    await bench.settle()
    for job in jobs:
        bench.provider.start((await bench.row(job)).request_id or "")
    diary = Diary(bench)
    await bench.pass_time(8)

    times = [at for _, _, at in diary.edits]
    assert len(times) == len(jobs)
    assert any(later - earlier < EDIT_EVERY for earlier, later in pairwise(times))


def test_a_card_that_waits_for_its_own_backoff_holds_up_no_other() -> None:
    pace = CardPace()
    first, second = a_job(id="0" * 16), a_job(id="1" * 16)
    pace.join(first, START + A_QUARTER)
    assert pace.join(second, START) == CHANNEL
    assert pace.next_in(CHANNEL, START) == (second.id, START)
    pace.leave(second.id)
    pace.take(second, START)
    assert pace.next_in(CHANNEL, START) == (first.id, START + A_QUARTER)
    pace.leave(first.id)
    assert pace.next_in(CHANNEL, START) is None
    assert pace.leave(first.id) is None


def test_each_channel_has_its_own_turns() -> None:
    pace = CardPace()
    here, there = a_job(id="0" * 16), a_job(id="1" * 16, origin=origin(channel_id=OTHER_CHANNEL))
    pace.take(here, START)
    pace.join(here, START)
    pace.join(there, START)
    assert pace.next_in(CHANNEL, START) == (here.id, START + EDIT_EVERY)
    assert pace.next_in(OTHER_CHANNEL, START) == (there.id, START)
