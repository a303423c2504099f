"""Delivering, with the loop stepped by hand: once, somewhere, and never marked before Discord has confirmed it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.job import FAILURE_PART
from bot.domain.status import FailureReason, JobStatus
from bot.errors import ContentRefused, DeliveryPostponed, Undeliverable
from tests.unit.engine_bench import CHANNEL, OUTPUT, EngineBench

if TYPE_CHECKING:
    from bot.domain.job import Job

GONE = Undeliverable("gone")


async def _row(bench: EngineBench, job_id: str) -> Job:
    row = await bench.store.get(job_id)
    assert row is not None
    return row


async def _finished(bench: EngineBench) -> str:
    job = await bench.remix()
    await bench.settle()
    bench.provider.finish("req-1", OUTPUT)
    return job.id


async def test_what_a_poll_finds_ended_is_fetched_and_delivered_without_another_wait(bench: EngineBench) -> None:
    job_id = await _finished(bench)
    while (await _row(bench, job_id)).ended_at is None:
        await bench.pass_time(0.5)

    row = await _row(bench, job_id)
    assert row.ended_at is not None
    assert row.delivered_at is not None
    assert row.delivered_at - row.ended_at < timedelta(seconds=0.5)


async def test_a_message_whose_answer_was_lost_is_found_and_not_sent_again(bench: EngineBench) -> None:
    job_id = await _finished(bench)
    bench.courier.loses_answers = True
    bench.courier.fail("send", DeliveryPostponed("connection reset"))
    await bench.pass_time(60)

    row = await bench.store.get(job_id)
    assert row is not None
    assert row.delivered_at is not None
    assert len(bench.courier.messages_of(job_id)) == 1


async def test_a_closed_thread_sends_the_result_to_the_channel(bench: EngineBench) -> None:
    job_id = await _finished(bench)
    bench.courier.fail("send", Undeliverable("thread deleted"))
    await bench.pass_time(60)

    [message] = bench.courier.messages_of(job_id)
    assert message.target_id == CHANNEL


async def test_a_result_that_no_channel_takes_becomes_the_card_while_its_token_lives(bench: EngineBench) -> None:
    job_id = await _finished(bench)
    bench.courier.fail("send", GONE, GONE)
    await bench.pass_time(60)

    row = await _row(bench, job_id)
    assert row.delivered_at is not None
    assert bench.courier.messages == []
    [answer] = bench.courier.answers
    assert answer.message_id == row.origin.card_message_id
    assert not row.is_open
    assert bench.courier.cards[job_id][-1][0].delivered_at is None  # it was not drawn over the result


async def test_an_answer_by_the_token_that_was_lost_is_repeated_and_goes_nowhere_else(bench: EngineBench) -> None:
    job_id = await _finished(bench)
    bench.courier.fail("send", GONE, GONE)
    bench.courier.loses_answers = True
    bench.courier.fail("answer", DeliveryPostponed("reset"))
    bench.courier.loses_answers = False
    await bench.pass_time(60)

    assert (await _row(bench, job_id)).delivered_at is not None
    assert bench.courier.messages == []
    assert len(bench.courier.answers) == 1


async def test_a_result_that_no_place_takes_is_kept_and_not_marked_delivered(bench: EngineBench) -> None:
    job_id = await _finished(bench)
    bench.courier.fail("send", GONE, GONE)
    bench.courier.fail("answer", GONE)
    await bench.pass_time(60)

    row = await _row(bench, job_id)
    assert row.delivered_at is None
    assert row.undeliverable_at is not None
    assert bench.courier.cards[job_id][-1][0].undeliverable_at is not None


async def test_a_kept_result_is_tried_again_every_six_hours_and_delivered_when_the_place_is_open(
    bench: EngineBench,
) -> None:
    bench.courier.fail("send", *[GONE] * 2)
    bench.courier.fail("find", *[GONE] * 2)
    bench.courier.fail("answer", GONE)
    job_id = await _finished(bench)
    await bench.pass_time(timedelta(hours=5))
    assert (await _row(bench, job_id)).undeliverable_at is not None
    await bench.pass_time(timedelta(hours=7, minutes=30))

    row = await _row(bench, job_id)
    assert row.delivered_at is not None
    assert row.undeliverable_at is None
    assert len(bench.courier.messages_of(job_id)) == 1
    assert not row.is_open


async def test_a_kept_result_is_tried_for_a_week_and_no_more(bench: EngineBench) -> None:
    bench.courier.fail("send", *[GONE] * 1000)
    bench.courier.fail("find", *[GONE] * 1000)
    bench.courier.fail("answer", GONE)
    job_id = await _finished(bench)
    await bench.pass_time(timedelta(days=8))
    bench.courier.heal()
    await bench.pass_time(timedelta(days=8))

    assert (await _row(bench, job_id)).delivered_at is None
    tried = [job for job, _ in bench.courier.cards[job_id] if job.undeliverable_at is not None]
    assert len(tried) == 1  # the card says it once, however often it is tried


async def test_a_result_whose_content_is_refused_is_told_in_words_kept_and_not_tried_again(bench: EngineBench) -> None:
    job_id = await _finished(bench)
    bench.courier.fail("send", ContentRefused("200000"), DeliveryPostponed("503"))
    await bench.pass_time(60)
    row = await _row(bench, job_id)
    [told] = bench.courier.messages_of(job_id)
    await bench.pass_time(timedelta(days=2))

    assert row.failure is FailureReason.CONTENT_REFUSED
    assert row.undeliverable_at is not None
    assert row.delivered_at is None
    assert (told.part, told.filenames, told.target_id) == (FAILURE_PART, (), row.origin.thread_id)
    assert bench.courier.messages_of(job_id) == [told]
    assert bench.courier.answers == []


async def test_a_failure_whose_telling_is_refused_is_told_by_its_card_and_stays_that_failure(
    bench: EngineBench,
) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.provider.break_run("req-1")
    bench.courier.fail("send", ContentRefused("200000"))
    await bench.pass_time(60)

    row = await bench.row(job)
    assert row.failure is FailureReason.RUN_FAILED
    assert row.undeliverable_at is not None
    assert bench.courier.cards[job.id][-1][0].status is JobStatus.FAILED


async def test_parts_behind_the_card_follow_once_and_an_uncertain_one_is_kept(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.provider.finish("req-1", *[f"https://files.runcomfy.net/out/{number}.png" for number in range(21)])
    bench.courier.fail("send", *[GONE] * 6)
    bench.courier.fail("answer", None, DeliveryPostponed("reset"))
    await bench.pass_time(60)
    kept = await bench.row(job)
    await bench.pass_time(timedelta(days=1))

    assert kept.undeliverable_at is not None
    assert [one.part for one in bench.courier.answers] == [1]
    assert bench.courier.messages == []
    assert (await bench.row(job)).delivered_at is None


async def test_a_locked_thread_sends_the_result_to_the_channel_above(bench: EngineBench) -> None:
    job = await bench.remix(parent_id=777)
    await bench.settle()
    bench.provider.finish("req-1", OUTPUT)
    bench.courier.fail("send", GONE)
    await bench.pass_time(60)

    [message] = bench.courier.messages_of(job.id)
    assert message.target_id == 777


async def test_discord_being_down_holds_up_no_paid_work(bench: EngineBench) -> None:
    bench.courier.fail("open", *[DeliveryPostponed("503")] * 3)
    job = await bench.remix()
    await bench.settle()

    assert (await bench.row(job)).status is JobStatus.IN_QUEUE
    await bench.pass_time(60)
    assert (await bench.row(job)).opened_at is not None


async def test_outputs_that_are_gone_from_the_disk_are_fetched_again(bench: EngineBench) -> None:
    job_id = await _finished(bench)
    bench.courier.fail("send", *[DeliveryPostponed("503")] * 4)
    await bench.pass_time(9)
    [artifact] = await bench.store.artifacts(job_id)
    (bench.data_dir / str(artifact.path)).unlink()
    await bench.pass_time(60)

    assert bench.downloader.downloaded == [OUTPUT, OUTPUT]
    assert len(bench.courier.messages_of(job_id)) == 1


async def test_the_signature_of_an_output_is_forgotten_once_it_was_delivered_and_not_before(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.courier.fail("send", DeliveryPostponed("later"))
    bench.provider.finish("req-1", f"{OUTPUT}?X-Amz-Signature=abc")
    await bench.pass_time(3)
    assert [one.url for one in await bench.store.artifacts(job.id)] == [f"{OUTPUT}?X-Amz-Signature=abc"]
    await bench.pass_time(60)

    [kept] = await bench.store.artifacts(job.id)
    assert kept.url == OUTPUT
    assert kept.sha256 is not None
    assert len(bench.courier.messages_of(job.id)) == 1
