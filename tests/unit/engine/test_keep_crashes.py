"""The gallery of a job through crashes and outages: one message at most, and nothing waits for it for long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.ledger import balance
from bot.domain.origin import Origin
from bot.domain.status import FailureReason, JobStatus
from bot.engine.keep import PATIENCE, PATIENCE_FOR_MENDED
from bot.engine.prepare import mended_file
from bot.errors import DeliveryPostponed, InputPostponed, InputRefused
from tests.unit.engine_bench import CHANNEL, GUILD, INPUT, EngineBench

HEIC = "https://cdn.discordapp.com/a/cat.heic"
OTHER = "https://cdn.discordapp.com/a/dog.png"


# --- crashes and outages ----------------------------------------------------------------------------------------------


async def test_a_gallery_whose_answer_was_lost_is_found_and_not_posted_again(bench: EngineBench) -> None:
    bench.galleries.loses_answers = True
    bench.galleries.fail(DeliveryPostponed("reset"))
    job = await bench.settled(await bench.remix())
    assert job.kept_at is None
    await bench.pass_time(10)

    (gallery,) = bench.galleries.of(job)
    row = await bench.row(job)
    assert [one.kept.message_id for one in row.request.inputs if one.kept] == [gallery.message_id]


async def test_a_gallery_that_is_found_says_itself_which_pictures_it_has(bench: EngineBench) -> None:
    bench.galleries.loses_answers = True
    bench.inspector.fail("copy", InputPostponed("503"))
    bench.galleries.fail(DeliveryPostponed("reset"))
    job = await bench.remix(more=[OTHER])
    await bench.pass_time(10)

    row = await bench.row(job)
    assert [one.kept is not None for one in row.request.inputs] == [False, True]
    assert len(bench.galleries.of(job)) == 1


@pytest.mark.parametrize("url", [INPUT, HEIC])
@pytest.mark.parametrize("committed", [False, True])
async def test_a_process_that_is_killed_around_the_post_leaves_exactly_one_gallery(
    bench: EngineBench, url: str, *, committed: bool
) -> None:
    bench.inspector.make_mendable(HEIC)
    bench.galleries.loses_answers = committed
    bench.galleries.fail(DeliveryPostponed("killed"))
    job = await bench.remix(url=url)
    await bench.settle()
    assert (await bench.row(job)).gallery_attempted_at is not None
    await bench.restart()

    row = await bench.row(job)
    assert len(bench.galleries.of(job)) == 1
    assert row.kept_at is not None
    assert row.status is JobStatus.IN_QUEUE
    assert len(bench.provider.requests) == 1


async def test_a_mended_file_that_another_process_had_is_made_again_before_it_is_posted(bench: EngineBench) -> None:
    bench.inspector.make_mendable(HEIC)
    bench.galleries.is_down = True
    job = await bench.settled(await bench.remix(url=HEIC))
    made = mended_file(bench.data_dir, job.id, number=1)
    assert made is not None
    made.unlink()
    bench.galleries.is_down = False
    await bench.restart()

    assert [one.contents for one in bench.galleries.of(job)] == [(b"converted",)]
    assert (await bench.row(job)).status is JobStatus.IN_QUEUE


async def test_a_gallery_that_was_posted_is_found_even_where_the_files_are_gone(bench: EngineBench) -> None:
    bench.inspector.make_mendable(HEIC)
    bench.galleries.loses_answers = True
    bench.galleries.fail(DeliveryPostponed("killed"))
    job = await bench.settled(await bench.remix(url=HEIC))
    made = mended_file(bench.data_dir, job.id, number=1)
    assert made is not None
    made.unlink()
    bench.inspector.refuse("cat", InputRefused("gone"))
    await bench.restart()

    assert len(bench.galleries.of(job)) == 1
    assert (await bench.row(job)).status is JobStatus.IN_QUEUE


async def test_a_result_waits_for_one_attempt_at_most(bench: EngineBench) -> None:
    bench.galleries.is_down = True
    job = await bench.settled(await bench.remix())
    job = await bench.finished(job)

    assert job.delivered_at is not None
    assert job.kept_at is None
    assert bench.galleries.posted == []


async def test_a_gallery_that_cannot_be_looked_for_holds_up_cards_no_longer_than_half_a_minute(
    bench: EngineBench,
) -> None:
    bench.galleries.fail(DeliveryPostponed("reset"))
    bench.galleries.is_readable = False
    job = await bench.settled(await bench.remix())
    bench.provider.start((await bench.row(job)).request_id or "")
    await bench.pass_time(65)
    assert bench.courier.cards[job.id][-1][0].status is JobStatus.IN_PROGRESS

    await bench.pass_time(PATIENCE + timedelta(minutes=1))
    assert (await bench.row(job)).kept_at is not None
    assert bench.galleries.posted == []


async def test_a_mended_picture_is_waited_for_longer_and_then_the_job_ends_for_free(bench: EngineBench) -> None:
    bench.inspector.make_mendable(HEIC)
    bench.galleries.fail(DeliveryPostponed("reset"))
    bench.galleries.is_readable = False
    job = await bench.settled(await bench.remix(url=HEIC))
    await bench.pass_time(PATIENCE_FOR_MENDED - timedelta(minutes=10))
    assert (await bench.row(job)).status is JobStatus.PENDING

    await bench.pass_time(timedelta(minutes=20))
    row = await bench.row(job)
    assert (row.status, row.failure) == (JobStatus.FAILED, FailureReason.INPUT_REFUSED)
    assert balance(await bench.store.entries(job.id)) == 0


async def test_a_reply_by_token_whose_answer_was_lost_is_not_sent_twice(bench: EngineBench) -> None:
    bench.inspector.make_mendable(HEIC)
    bench.galleries.loses_answers = True
    bench.galleries.fail(DeliveryPostponed("reset"))
    origin = Origin(11, CHANNEL, GUILD, card_message_id=1, interaction_token="t", by_interaction=True)
    job = await bench.service.remix(bench.request(url=HEIC), origin=origin, interaction_id=901)
    await bench.pass_time(60)

    row = await bench.row(job)
    assert len(bench.galleries.of(job)) == 1
    assert (row.status, row.failure) == (JobStatus.FAILED, FailureReason.INPUT_REFUSED)
