"""The gallery of a job: its pictures are kept once, beside the paid work, and only what was mended waits for it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.domain.job import GALLERY_PART
from bot.domain.ledger import balance
from bot.domain.origin import Origin
from bot.domain.picture import Mend
from bot.domain.status import FailureReason, JobStatus
from bot.engine.gallery_files import fair_share, number_of
from bot.engine.prepare import INPUTS
from bot.engine.schedule import Step, courier_step
from bot.errors import ContentRefused, InputPostponed, InputRefused, Undeliverable
from tests.unit.engine_bench import CHANNEL, GUILD, INPUT, EngineBench
from tests.unit.job_builder import NOON, a_job

HEIC = "https://cdn.discordapp.com/a/cat.heic"
OTHER = "https://cdn.discordapp.com/a/dog.png"


# --- what is kept -----------------------------------------------------------------------------------------------------


async def test_pictures_are_kept_in_the_members_order_as_they_came(bench: EngineBench) -> None:
    job = await bench.remix(more=[OTHER])
    await bench.settle()

    (gallery,) = bench.galleries.of(job)
    row = await bench.row(job)
    kept = [one.kept for one in row.request.inputs]
    assert gallery.filenames == ["before-1.png", "before-2.png"]
    assert gallery.contents == (INPUT.encode(), OTHER.encode())
    assert gallery.gallery.target_id == row.origin.thread_id
    assert [(one.message_id, one.index) for one in kept if one] == [(gallery.message_id, 0), (gallery.message_id, 1)]
    assert [number_of(one.url) for one in kept if one] == [1, 2]
    assert row.kept_at is not None
    assert not (bench.data_dir / INPUTS / job.id).exists()


async def test_the_submission_waits_for_no_gallery(bench: EngineBench) -> None:
    bench.galleries.is_down = True
    job = await bench.remix()
    await bench.settle()

    assert (await bench.row(job)).status is JobStatus.IN_QUEUE
    assert bench.provider.newest.payload["image_urls"] == [INPUT]


async def test_what_was_mended_is_submitted_by_the_url_of_the_gallery(bench: EngineBench) -> None:
    bench.inspector.make_mendable(HEIC, Mend.CONVERTED, Mend.ROTATED)
    job = await bench.remix(url=HEIC, more=[INPUT])
    await bench.settle()

    row, (gallery,) = await bench.row(job), bench.galleries.of(job)
    first = row.request.inputs[0].kept
    assert first is not None
    assert gallery.filenames == ["before-1.jpg", "before-2.png"]
    assert gallery.contents == (b"converted rotated", INPUT.encode())
    assert bench.provider.newest.payload["image_urls"] == [first.url, INPUT]


async def test_a_server_without_galleries_keeps_only_what_was_mended(bench: EngineBench) -> None:
    await bench.servers.choose_keeping(GUILD, keeps=False)
    bench.inspector.make_mendable(HEIC)
    plain = await bench.remix()
    mended = await bench.remix(url=HEIC, more=[INPUT])
    direct = await bench.remix(guild_id=None)
    await bench.settle()

    (gallery,) = bench.galleries.of(mended)
    assert bench.galleries.of(plain) == []
    assert (await bench.row(plain)).kept_at is not None
    assert gallery.filenames == ["before-1.jpg"]
    assert gallery.gallery.only_mended
    assert len(bench.galleries.of(direct)) == 1


async def test_where_only_the_interaction_answers_just_what_was_mended_is_kept(bench: EngineBench) -> None:
    bench.inspector.make_mendable(HEIC)
    origin = Origin(11, CHANNEL, GUILD, card_message_id=1, interaction_token="t", by_interaction=True)
    plain = await bench.service.remix(bench.request(), origin=origin, interaction_id=901)
    mended = await bench.service.remix(bench.request(url=HEIC, more=[INPUT]), origin=origin, interaction_id=902)
    await bench.settle()

    assert bench.galleries.of(plain) == []
    assert [one.filenames for one in bench.galleries.of(mended)] == [["before-1.jpg"]]


async def test_again_of_a_kept_job_posts_no_second_gallery(bench: EngineBench) -> None:
    bench.inspector.make_mendable(HEIC)
    job = await bench.finished(await bench.settled(await bench.remix(url=HEIC)))
    origin = replace(job.origin, card_message_id=7999, thread_id=None)
    again = await bench.service.again(job, origin=origin, interaction_id=999)
    await bench.settle()

    row = await bench.row(again)
    assert len(bench.galleries.posted) == 1
    assert row.status is JobStatus.IN_QUEUE
    assert row.kept_at is not None
    assert row.request.inputs == job.request.inputs


# --- what cannot be kept ----------------------------------------------------------------------------------------------


async def test_a_picture_that_cannot_be_copied_is_left_out(bench: EngineBench) -> None:
    bench.inspector.fail("copy", InputPostponed("503"))
    job = await bench.settled(await bench.remix(more=[OTHER]))

    (gallery,) = bench.galleries.of(job)
    assert gallery.filenames == ["before-2.png"]
    assert [one.kept is not None for one in job.request.inputs] == [False, True]


async def test_copying_that_takes_too_long_ends(bench: EngineBench) -> None:
    bench.copy_seconds = 0.01
    bench.boot()
    await bench.loop.start()
    bench.inspector.hold("copy")
    job = await bench.settled(await bench.remix())

    assert bench.galleries.of(job) == []
    assert job.kept_at is not None
    assert job.status is JobStatus.IN_QUEUE


async def test_where_the_thread_is_closed_the_gallery_stands_in_the_channel(bench: EngineBench) -> None:
    bench.galleries.closed.add(7001)
    job = await bench.settled(await bench.remix())

    assert job.origin.thread_id == 7001
    assert [one.gallery.target_id for one in bench.galleries.of(job)] == [CHANNEL]
    assert [one.kept.channel_id for one in job.request.inputs if one.kept] == [CHANNEL]


@pytest.mark.parametrize("refusal", [Undeliverable("50013"), ContentRefused("20009")])
async def test_where_no_place_takes_it_a_job_goes_on_without(bench: EngineBench, refusal: Exception) -> None:
    bench.galleries.fail(refusal, refusal)
    job = await bench.finished(await bench.settled(await bench.remix()))

    assert bench.galleries.posted == []
    assert job.kept_at is not None
    assert job.delivered_at is not None


async def test_a_mended_picture_that_no_place_takes_ends_the_job_for_free_and_says_why(bench: EngineBench) -> None:
    bench.inspector.make_mendable(HEIC)
    bench.galleries.closed |= {7001, CHANNEL}
    job = await bench.settled(await bench.remix(url=HEIC, more=[INPUT]))

    assert (job.status, job.failure) == (JobStatus.FAILED, FailureReason.INPUT_REFUSED)
    assert [one.problem for one in job.request.inputs] == ["not_postable", None]
    assert "submit" not in bench.provider.calls
    assert balance(await bench.store.entries(job.id)) == 0
    assert job.delivered_at is not None
    assert not (bench.data_dir / INPUTS / job.id).exists()


async def test_a_job_that_is_cancelled_while_its_gallery_is_made_gets_none(bench: EngineBench) -> None:
    bench.inspector.hold("copy")
    job = await bench.remix()
    running = asyncio.create_task(bench.settle())
    await bench.inspector.until_called("copy", 1)
    await bench.store.advance(await bench.row(job), JobStatus.CANCELLED)
    bench.inspector.release()
    await running

    assert bench.galleries.posted == []


# --- sizes ------------------------------------------------------------------------------------------------------------


async def test_a_picture_that_is_too_large_for_the_place_is_kept_as_a_smaller_copy(bench: EngineBench) -> None:
    bench.galleries.limit = len(INPUT) - 1
    bench.inspector.mends[INPUT] = (Mend.COMPRESSED,)
    job = await bench.settled(await bench.remix())

    (gallery,) = bench.galleries.of(job)
    assert gallery.filenames == ["before-1.jpg"]
    assert gallery.gallery.pictures[0].is_smaller
    assert job.request.inputs[0].mends == ()


async def test_one_that_cannot_be_made_smaller_is_left_out(bench: EngineBench) -> None:
    bench.galleries.limit = len(INPUT) - 1
    bench.inspector.fail("mend", InputRefused("cannot_be_mended"))
    job = await bench.settled(await bench.remix())

    assert bench.galleries.of(job) == []
    assert job.status is JobStatus.IN_QUEUE


async def test_where_discord_takes_less_than_it_says_smaller_copies_are_tried(bench: EngineBench) -> None:
    bench.galleries.taken_at_most = len(INPUT) - 1
    bench.inspector.mends[INPUT] = (Mend.COMPRESSED,)
    job = await bench.settled(await bench.remix())

    assert [one.contents for one in bench.galleries.of(job)] == [(b"compressed",)]


@pytest.mark.parametrize(
    ("sizes", "share"),
    [([1, 2, 3], 60), ([60], 60), ([61], 60), ([10, 10, 100], 40), ([30, 30, 30], 20), ([], 60), ([0, 70, 50], 30)],
)
def test_what_exceeds_a_message_is_cut_at_its_largest_files(sizes: list[int], share: int) -> None:
    assert fair_share(sizes, total=60) == share
    assert sum(min(size, share) for size in sizes) <= 60


# --- when it is owed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({}, Step.OPEN),
        ({"opened_at": NOON, "prepared_at": None}, Step.CARD),
        ({"opened_at": NOON, "prepared_at": NOON}, Step.KEEP),
        ({"opened_at": NOON, "prepared_at": NOON, "gallery_attempted_at": NOON}, Step.CARD),
        ({"opened_at": NOON, "prepared_at": NOON, "gallery_attempted_at": NOON, "shown_revision": 1}, Step.KEEP),
        ({"opened_at": NOON, "prepared_at": NOON, "kept_at": NOON}, Step.CARD),
        ({"opened_at": NOON, "prepared_at": NOON, "status": JobStatus.CANCELLED}, Step.CARD),
        ({"opened_at": NOON, "prepared_at": NOON, "status": JobStatus.EXPIRED}, Step.DELIVER),
        (
            {"opened_at": NOON, "status": JobStatus.FAILED, "failure": FailureReason.INPUT_REFUSED},
            Step.DELIVER,
        ),
        (
            {"opened_at": NOON, "prepared_at": NOON, "status": JobStatus.FAILED, "failure": FailureReason.RUN_FAILED},
            Step.KEEP,
        ),
        (
            {
                "opened_at": NOON,
                "prepared_at": NOON,
                "status": JobStatus.FAILED,
                "failure": FailureReason.RUN_FAILED,
                "gallery_attempted_at": NOON,
            },
            Step.DELIVER,
        ),
    ],
)
def test_a_gallery_is_owed_after_the_card_and_before_the_result(changes: dict[str, object], step: Step) -> None:
    job = replace(a_job(), **changes)
    assert courier_step(job, is_card_behind=False) is step


async def test_a_gallery_is_found_by_the_marker_of_its_own_part(bench: EngineBench) -> None:
    job = await bench.settled(await bench.remix())
    (gallery,) = bench.galleries.of(job)
    assert gallery.gallery.nonce == f"{job.id}.{GALLERY_PART}"
    assert len(gallery.gallery.nonce) <= 25
