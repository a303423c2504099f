"""Delivering, with the loop stepped by hand: once, somewhere, and never marked before Discord has confirmed it."""

from __future__ import annotations

from bot.domain.status import JobStatus
from bot.errors import DeliveryPostponed, Undeliverable
from tests.unit.engine_bench import CHANNEL, OUTPUT, EngineBench


async def _finished(bench: EngineBench) -> str:
    job = await bench.remix()
    await bench.settle()
    bench.provider.finish("req-1", OUTPUT)
    return job.id


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


async def test_a_result_that_no_place_takes_is_kept_and_not_marked_delivered(bench: EngineBench) -> None:
    job_id = await _finished(bench)
    bench.courier.fail("send", Undeliverable("gone"), Undeliverable("gone"))
    await bench.pass_time(60)

    row = await bench.store.get(job_id)
    assert row is not None
    assert row.delivered_at is None
    assert row.undeliverable_at is not None


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
