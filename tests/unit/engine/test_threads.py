"""Threads that Discord makes late or not: neither card, cancellation nor result waits for them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.status import JobStatus
from bot.engine.threads import THREAD_PATIENCE
from bot.errors import DeliveryPostponed
from tests.unit.engine_bench import CHANNEL, MEMBER, OUTPUT, EngineBench

if TYPE_CHECKING:
    from bot.domain.job import Job


def limited(seconds: float) -> DeliveryPostponed:
    """What the courier raises where Discord makes no thread for so long."""
    return DeliveryPostponed("429", retry_after=timedelta(seconds=seconds))


async def row_of(bench: EngineBench, job: Job) -> Job:
    """The job as it stands."""
    row = await bench.store.get(job.id)
    assert row is not None
    return row


def shown(bench: EngineBench, job: Job) -> JobStatus:
    """What the card shows."""
    return bench.courier.cards[job.id][-1][0].status


@pytest.mark.parametrize("seconds", [20, 60, 280])
async def test_a_limit_of_threads_holds_neither_the_card_nor_the_result(bench: EngineBench, seconds: float) -> None:
    bench.courier.fail("make_thread", limited(seconds))
    job = await bench.remix()
    await bench.settle()
    bench.provider.start("req-1")
    await bench.pass_time(4)
    assert shown(bench, job) is JobStatus.IN_PROGRESS
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(4)
    if seconds == 20:
        await bench.pass_time(seconds)

    row = await row_of(bench, job)
    [message] = bench.courier.messages_of(job.id)
    assert row.delivered_at is not None
    assert row.fetched_at is not None
    assert row.delivered_at - row.fetched_at <= THREAD_PATIENCE + timedelta(seconds=1)
    assert message.target_id == CHANNEL
    await bench.pass_time(seconds)
    assert (await row_of(bench, job)).origin.thread_id is None
    assert len(bench.courier.threads_asked_for) == 1
    assert len(bench.courier.messages_of(job.id)) == 1


async def test_a_cancellation_is_shown_while_no_thread_can_be_made(bench: EngineBench) -> None:
    bench.courier.fail("make_thread", limited(280))
    job = await bench.remix()
    await bench.settle()
    await bench.service.cancel(job.id, by=bench.person(MEMBER))
    await bench.pass_time(4)
    assert shown(bench, job) is JobStatus.CANCELLED


async def test_within_a_limit_no_other_job_of_the_channel_asks_and_those_of_other_channels_do(
    bench: EngineBench,
) -> None:
    bench.courier.fail("make_thread", limited(60))
    first = await bench.remix()
    await bench.settle()
    second = await bench.remix()
    elsewhere = await bench.remix(channel_id=CHANNEL + 1)
    await bench.pass_time(5)
    assert bench.courier.threads_asked_for == [first.id, elsewhere.id]
    await bench.pass_time(60)
    for request in list(bench.provider.requests):
        bench.provider.finish(request, OUTPUT)
    await bench.pass_time(5)

    for job in (first, second, elsewhere):
        [message] = bench.courier.messages_of(job.id)
        assert message.target_id == (await row_of(bench, job)).origin.thread_id


async def test_a_result_waits_some_seconds_for_a_thread_that_then_comes(bench: EngineBench) -> None:
    bench.courier.fail("make_thread", *[DeliveryPostponed("no answer")] * 2)
    job = await bench.remix()
    bench.galleries.fail(DeliveryPostponed("503"))
    await bench.pass_time(1)
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(20)

    [message] = bench.courier.messages_of(job.id)
    assert message.target_id == (await row_of(bench, job)).origin.thread_id
    assert len(bench.courier.threads_asked_for) == 3


@pytest.mark.parametrize("seconds", [60, 280])
async def test_originals_that_nothing_waits_for_outlast_a_limit_of_threads_and_stand_beside_the_result(
    bench: EngineBench, seconds: float
) -> None:
    bench.courier.fail("make_thread", limited(seconds))
    job = await bench.remix()
    await bench.settle()
    bench.provider.start("req-1")
    await bench.pass_time(seconds + 5)
    thread_id = (await row_of(bench, job)).origin.thread_id
    assert thread_id is not None
    assert [one.gallery.target_id for one in bench.galleries.of(job)] == [thread_id]
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(20)
    assert [one.target_id for one in bench.courier.messages_of(job.id)] == [thread_id]


async def test_originals_without_which_nothing_can_be_submitted_wait_seconds_for_a_thread(bench: EngineBench) -> None:
    heic = "https://cdn.discordapp.com/a/cat.heic"
    bench.inspector.make_mendable(heic)
    bench.courier.fail("make_thread", limited(280))
    job = await bench.remix(url=heic)
    await bench.pass_time(15)

    assert [one.gallery.target_id for one in bench.galleries.of(job)] == [CHANNEL]
    assert (await row_of(bench, job)).status is JobStatus.IN_QUEUE


async def test_originals_wait_ten_minutes_for_a_thread_and_no_longer(bench: EngineBench) -> None:
    bench.courier.fail("make_thread", limited(3000))
    job = await bench.remix()
    await bench.settle()
    bench.provider.start("req-1")
    await bench.pass_time(timedelta(minutes=11))
    assert [one.gallery.target_id for one in bench.galleries.of(job)] == [CHANNEL]


async def test_after_a_restart_a_result_beside_the_card_gets_no_thread(bench: EngineBench) -> None:
    bench.courier.fail("make_thread", limited(280))
    job = await bench.remix()
    await bench.settle()
    bench.provider.finish("req-1", OUTPUT)
    bench.courier.loses_answers = True
    bench.courier.fail("send", DeliveryPostponed("the answer was lost"))
    while not bench.courier.messages_of(job.id):
        await bench.pass_time(1)
    await bench.pass_time(THREAD_PATIENCE)
    await bench.restart()
    await bench.pass_time(60)

    row = await row_of(bench, job)
    assert (row.origin.thread_id, len(bench.courier.messages_of(job.id))) == (None, 1)
    assert row.delivered_at is not None
    assert bench.courier.threads_asked_for == [job.id]


async def test_a_job_that_is_cancelled_before_anything_is_posted_gets_no_thread(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.service.cancel(job.id, by=bench.person(MEMBER))
    await bench.pass_time(5)
    assert shown(bench, job) is JobStatus.CANCELLED
    assert bench.courier.threads_asked_for == []
