"""Outputs of which one comes late: the others are posted before it, once, and nothing is lost or told twice."""

from __future__ import annotations

import shutil
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.status import FailureReason
from bot.engine.fetch import OUTPUTS
from bot.errors import ContentRefused, DeliveryPostponed, DownloadPostponed, DownloadRefused, Undeliverable
from tests.unit.engine_bench import OUTPUT, EngineBench

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.job import Job

LATE = f"{OUTPUT}?late"


async def half_here(bench: EngineBench, *more: str, **place: Any) -> Job:
    """Let a remix end with an output that is there, and one before it that is not."""
    bench.downloader.failures[LATE] = deque([DownloadPostponed("503")] * 10_000)
    job = await bench.remix(**place)
    await bench.settle()
    request_id = (await bench.row(job)).request_id
    assert request_id is not None
    bench.provider.finish(request_id, LATE, OUTPUT, *more)
    await bench.pass_time(10)
    assert bench.courier.messages_of(job.id) == []
    return job


def posted(bench: EngineBench, job: Job) -> list[tuple[int, tuple[str, ...]]]:
    """The messages with files: part and names."""
    return [(one.part, one.filenames) for one in bench.courier.messages_of(job.id)]


async def test_what_is_here_is_posted_after_a_minute_and_the_late_output_when_it_comes(bench: EngineBench) -> None:
    job = await half_here(bench)
    await bench.pass_time(timedelta(minutes=2))
    row = await bench.row(job)
    assert posted(bench, job) == [(1, ("remix-2.png",))]
    assert (row.fetched_at, row.partly_fetched_at, row.delivered_at) == (None, None, None)
    assert bench.courier.cards[job.id][-1][1].posted_in == row.origin.thread_id
    assert bench.courier.messages_of(job.id)[0].notes.missing == 0

    await bench.pass_time(timedelta(hours=3))
    assert len(bench.courier.messages_of(job.id)) == 1
    bench.downloader.failures.clear()
    await bench.pass_time(timedelta(minutes=6))
    assert posted(bench, job) == [(1, ("remix-2.png",)), (2, ("remix-1.png",))]
    assert not (await bench.row(job)).is_open


async def test_an_output_that_never_comes_is_told_by_its_own_message_at_the_end(bench: EngineBench) -> None:
    job = await half_here(bench)
    await bench.pass_time(timedelta(hours=25))

    first, told = bench.courier.messages_of(job.id)
    assert (first.filenames, first.notes.missing) == (("remix-2.png",), 0)
    assert (told.filenames, told.notes.missing, told.notes.gone) == ((), 1, (0,))
    assert told.notes.links == ((0, LATE),)
    row = await bench.row(job)
    assert (row.failure, row.is_open) == (None, False)


async def test_outputs_beyond_the_limit_are_told_at_once_beside_what_is_here(bench: EngineBench) -> None:
    most = bench.models[next(iter(bench.models))].max_outputs
    more = [f"{OUTPUT}?{number}" for number in range(most)]
    job = await half_here(bench, *more)
    await bench.pass_time(timedelta(minutes=2))

    assert bench.courier.messages_of(job.id)[0].notes.missing == 2
    assert 0 not in dict(bench.courier.messages_of(job.id)[0].notes.links)


async def test_a_restart_between_the_two_messages_posts_neither_again(bench: EngineBench) -> None:
    job = await half_here(bench)
    await bench.pass_time(timedelta(minutes=2))
    await bench.restart()
    await bench.pass_time(timedelta(minutes=5))
    assert posted(bench, job) == [(1, ("remix-2.png",))]

    bench.downloader.failures.clear()
    await bench.restart()
    assert posted(bench, job) == [(1, ("remix-2.png",)), (2, ("remix-1.png",))]


async def test_a_first_message_whose_answer_is_lost_is_searched_for(bench: EngineBench) -> None:
    bench.courier.loses_answers = True
    bench.courier.fail("send", DeliveryPostponed("reset"))
    job = await half_here(bench)
    await bench.pass_time(timedelta(minutes=2))
    assert posted(bench, job) == [(1, ("remix-2.png",))]


@pytest.mark.parametrize("error", [Undeliverable("closed"), ContentRefused("blocked")])
async def test_what_cannot_be_posted_before_the_late_one_is_tried_with_it(bench: EngineBench, error: Exception) -> None:
    job = await half_here(bench)
    bench.courier.fail("send", error, error)
    bench.courier.fail("answer", error)
    await bench.pass_time(timedelta(minutes=5))
    row = await bench.row(job)
    assert (row.undeliverable_at, row.failure) == (None, None)
    assert bench.courier.messages_of(job.id) == []

    bench.courier.heal()
    bench.downloader.failures.clear()
    await bench.pass_time(timedelta(minutes=6))
    assert posted(bench, job) == [(1, ("remix-2.png",)), (2, ("remix-1.png",))]


async def test_a_guest_gets_what_is_here_while_the_token_lives(bench: EngineBench) -> None:
    job = await half_here(bench, by_interaction=True)
    await bench.pass_time(timedelta(minutes=2))
    assert [one.filenames for one in bench.courier.answers] == [("remix-2.png",)]

    bench.downloader.failures.clear()
    await bench.pass_time(timedelta(minutes=6))
    assert [one.filenames for one in bench.courier.answers] == [("remix-2.png",), ("remix-1.png",)]
    assert not (await bench.row(job)).is_open


async def test_files_that_vanish_before_they_are_posted_are_fetched_with_the_late_one(
    bench: EngineBench, tmp_path: Path
) -> None:
    job = await half_here(bench)
    shutil.rmtree(tmp_path / OUTPUTS)
    await bench.pass_time(timedelta(minutes=5))
    bench.downloader.failures.clear()
    await bench.pass_time(timedelta(minutes=6))

    assert sorted(name for one in bench.courier.messages_of(job.id) for name in one.filenames) == [
        "remix-1.png",
        "remix-2.png",
    ]
    assert not (await bench.row(job)).is_open


async def test_a_planned_output_that_is_lost_afterwards_is_told_and_its_message_posted(
    bench: EngineBench, tmp_path: Path
) -> None:
    job = await half_here(bench)
    bench.courier.fail("send", *[DeliveryPostponed("503")] * 5)
    bench.downloader.failures.clear()
    await bench.pass_time(10)  # planned with both, not posted yet
    shutil.rmtree(tmp_path / OUTPUTS)
    bench.downloader.failures[LATE] = deque([DownloadPostponed("503")] * 10_000)
    await bench.pass_time(timedelta(hours=26))

    assert posted(bench, job) == [(1, ("remix-2.png",))]
    assert bench.courier.messages_of(job.id)[0].notes.gone == (0,)
    assert (await bench.row(job)).failure is not FailureReason.OUTPUT_LOST


async def test_what_was_planned_for_two_messages_and_lost_altogether_is_told_once(
    bench: EngineBench, tmp_path: Path
) -> None:
    bench.courier.fail("send", *[DeliveryPostponed("503")] * 5)
    job = await bench.remix()
    await bench.settle()
    urls = [f"{OUTPUT}?{number}" for number in range(11)]
    bench.provider.finish("req-1", *urls)
    await bench.pass_time(10)
    assert len(await bench.store.deliveries(job.id)) == 2
    shutil.rmtree(tmp_path / OUTPUTS)
    for url in urls:
        bench.downloader.failures[url] = deque([DownloadRefused("gone")] * 10)
    await bench.pass_time(timedelta(minutes=10))

    assert (await bench.row(job)).failure is FailureReason.OUTPUT_LOST
    assert len(bench.courier.messages_of(job.id)) == 1
    assert not (await bench.row(job)).is_open
