"""Outputs that are too large for their place, with the loop stepped by hand: smaller, or linked, and never missing."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from bot.domain.job import FIRST_RESULT_PART, MOST_OUTPUT_PIXELS
from bot.engine.answers import DownloadedFile, NoteKind
from bot.errors import (
    ContentRefused,
    DeliveryPostponed,
    DownloadRefused,
    InputPostponed,
    InputRefused,
    Undeliverable,
)
from tests.fakes import FakeDownloader
from tests.unit.engine_bench import CHANNEL, OUTPUT, EngineBench

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes import SentMessage

LIMIT = 20
"""Less than what the fake downloader writes for every URL."""


class OddDownloader(FakeDownloader):
    """Writes as the fake does, and tells what a test wants of it.

    Args:
        content_type: What it shall be.
        sides: Its pixels, if it is a picture.
    """

    def __init__(self, content_type: str, *sides: int) -> None:
        super().__init__()
        self._content_type = content_type
        self._sides = sides

    @override
    async def download(self, url: str, *, to: Path) -> DownloadedFile:
        file = await super().download(url, to=to)
        return DownloadedFile(self._content_type, file.size, file.sha256, *self._sides)


async def ended(bench: EngineBench, *urls: str) -> str:
    """Let a job end with these outputs."""
    job = await bench.remix()
    await bench.settle()
    bench.provider.finish("req-1", *(urls or (OUTPUT,)))
    await bench.pass_time(60)
    return job.id


def only(bench: EngineBench, job_id: str) -> SentMessage:
    """The one message of a job."""
    [message] = bench.courier.messages_of(job_id)
    return message


async def test_an_output_that_fits_is_sent_as_it_came_without_a_word(bench: EngineBench) -> None:
    message = only(bench, await ended(bench))

    assert message.filenames == ("remix-1.png",)
    assert message.notes.outputs == ()
    assert bench.inspector.fitted == []


async def test_an_output_that_is_too_large_is_sent_smaller_with_a_link_to_the_original(bench: EngineBench) -> None:
    bench.courier.limit = LIMIT
    job_id = await ended(bench, f"{OUTPUT}?X-Amz-Signature=abc")
    message = only(bench, job_id)

    [note] = message.notes.outputs
    assert message.filenames == ("remix-1.jpg",)
    assert bench.courier.tried_sizes == [[LIMIT]]
    assert (note.kind, note.index, note.url) == (NoteKind.FITTED, 0, f"{OUTPUT}?X-Amz-Signature=abc")
    [artifact] = await bench.store.artifacts(job_id)
    assert artifact.fitted is not None
    assert (artifact.fitted.content_type, artifact.fitted.size) == ("image/jpeg", LIMIT)
    assert artifact.url == OUTPUT


async def test_what_cannot_be_made_smaller_is_told_with_its_link_and_the_job_is_delivered(bench: EngineBench) -> None:
    bench.courier.limit = LIMIT
    bench.inspector.failure = InputRefused("cannot_be_mended", "an animation")
    job_id = await ended(bench)
    message = only(bench, job_id)

    [note] = message.notes.outputs
    row = await bench.store.get(job_id)
    assert row is not None
    assert (message.filenames, note.kind, note.url) == ((), NoteKind.TOO_LARGE, OUTPUT)
    assert (row.delivered_at is not None, row.undeliverable_at) == (True, None)


async def test_a_bomb_is_linked_and_never_opened_or_posted_however_few_bytes_it_has(bench: EngineBench) -> None:
    bench.downloader = OddDownloader("image/png", MOST_OUTPUT_PIXELS, 2)
    bench.boot()
    await bench.loop.start()
    message = only(bench, await ended(bench))

    [note] = message.notes.outputs
    assert (message.filenames, note.kind) == ((), NoteKind.TOO_MANY_PIXELS)
    assert bench.inspector.fitted == []


async def test_a_video_is_told_as_one(bench: EngineBench) -> None:
    bench.downloader = OddDownloader("video/mp4")
    bench.courier.limit = LIMIT
    bench.boot()
    await bench.loop.start()
    [note] = only(bench, await ended(bench)).notes.outputs

    assert (note.kind, note.is_video) == (NoteKind.TOO_LARGE, True)


async def test_a_place_that_takes_less_than_it_says_is_tried_with_ever_smaller_files(bench: EngineBench) -> None:
    bench.courier.taken_at_most = 12
    job_id = await ended(bench)

    first, second, third = (sizes[0] for sizes in bench.courier.tried_sizes)
    assert (second, third) == (first // 2, first // 2 // 2)
    assert third <= 12
    assert only(bench, job_id).filenames == ("remix-1.jpg",)


async def test_a_place_that_takes_no_file_at_all_gets_the_links_after_a_bounded_number_of_tries(
    bench: EngineBench,
) -> None:
    bench.courier.taken_at_most = 0
    message = only(bench, await ended(bench))

    assert len(bench.courier.tried_sizes) == 5
    assert message.filenames == ()
    assert [note.kind for note in message.notes.outputs] == [NoteKind.TOO_LARGE]


async def test_a_smaller_file_that_was_made_is_used_again_after_a_restart(bench: EngineBench) -> None:
    bench.courier.limit = LIMIT
    bench.courier.fail("send", *[DeliveryPostponed("503")] * 4)
    job = await bench.remix()
    await bench.settle()
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(9)
    assert bench.inspector.fitted == [("0", LIMIT)]
    await bench.restart()
    await bench.pass_time(120)

    assert only(bench, job.id).filenames == ("remix-1.jpg",)
    assert bench.inspector.fitted == [("0", LIMIT)]


async def test_a_limit_that_falls_between_plan_and_send_is_kept_at_the_send(bench: EngineBench) -> None:
    bench.courier.fail("send", DeliveryPostponed("503"))
    job = await bench.remix()
    await bench.settle()
    bench.provider.finish("req-1", OUTPUT)
    while not bench.courier.tried_sizes:
        await bench.pass_time(0.5)
    bench.courier.limit = LIMIT
    await bench.pass_time(60)

    assert bench.courier.tried_sizes[-1] == [LIMIT]
    assert only(bench, job.id).filenames == ("remix-1.jpg",)


async def test_the_channel_that_takes_what_a_closed_thread_did_not_gets_the_same_files(bench: EngineBench) -> None:
    bench.courier.limit = LIMIT
    bench.courier.fail("send", Undeliverable("thread deleted"))
    message = only(bench, await ended(bench))

    assert (message.target_id, message.filenames) == (CHANNEL, ("remix-1.jpg",))
    assert bench.inspector.fitted == [("0", LIMIT)]


async def test_no_room_to_make_it_smaller_is_waited_for_and_not_for_ever(bench: EngineBench) -> None:
    bench.courier.limit = LIMIT
    bench.inspector.failure = InputPostponed("busy")
    job_id = await ended(bench)
    assert bench.courier.messages_of(job_id) == []
    await bench.pass_time(900)

    assert only(bench, job_id).filenames == ()


async def test_room_that_comes_back_in_time_makes_it_smaller(bench: EngineBench) -> None:
    bench.courier.limit = LIMIT
    bench.inspector.failure = InputPostponed("busy")
    job_id = await ended(bench)
    bench.inspector.failure = None
    await bench.pass_time(300)

    assert only(bench, job_id).filenames == ("remix-1.jpg",)


@pytest.mark.parametrize(
    ("failure", "filenames", "kind"),
    [
        (None, ("remix-1.jpg",), NoteKind.CONVERTED),
        (InputRefused("cannot_be_mended", "an animation"), (), NoteKind.UNSHOWN),
    ],
)
async def test_a_paid_output_that_discord_does_not_show_is_converted_or_linked(
    bench: EngineBench, failure: InputRefused | None, filenames: tuple[str, ...], kind: NoteKind
) -> None:
    bench.downloader = OddDownloader("image/avif")
    bench.inspector.failure = failure
    bench.boot()
    await bench.loop.start()
    message = only(bench, await ended(bench))

    [note] = message.notes.outputs
    assert (message.filenames, note.kind, note.url) == (filenames, kind, OUTPUT)


async def test_outputs_that_were_lost_are_counted_in_the_first_message(bench: EngineBench) -> None:
    urls = [f"https://files.runcomfy.net/out/{number}.png" for number in range(14)]
    for url in urls[:2]:
        bench.downloader.failures[url] = deque([DownloadRefused("html")])
    job_id = await ended(bench, *urls)

    first, second = sorted(bench.courier.messages_of(job_id), key=lambda one: one.part)
    assert first.part == FIRST_RESULT_PART
    assert (first.notes.missing, second.notes.missing) == (2, 0)
    assert [len(first.filenames), len(second.filenames)] == [10, 2]


async def test_an_output_that_left_the_disk_and_its_address_is_counted_as_lost(bench: EngineBench) -> None:
    other = "https://files.runcomfy.net/out/2.png"
    bench.courier.fail("send", *[DeliveryPostponed("503")] * 4)
    job = await bench.remix()
    await bench.settle()
    bench.provider.finish("req-1", OUTPUT, other)
    await bench.pass_time(9)
    (bench.data_dir / "outputs" / job.id / "1").unlink()
    bench.downloader.failures[other] = deque([DownloadRefused("gone")])
    await bench.pass_time(120)

    message = only(bench, job.id)
    assert (message.filenames, message.notes.missing) == (("remix-1.png",), 1)


async def test_a_link_that_discord_does_not_like_is_left_out_and_the_picture_still_comes(bench: EngineBench) -> None:
    bench.courier.limit = LIMIT
    bench.courier.fail("send", ContentRefused("harmful link"))
    job_id = await ended(bench)
    row, message = await bench.store.get(job_id), only(bench, job_id)

    assert row is not None
    assert row.delivered_at is not None
    assert (message.filenames, [note.url for note in message.notes.outputs]) == (("remix-1.jpg",), [None])


async def test_an_answer_by_token_has_a_limit_of_its_own(bench: EngineBench) -> None:
    bench.courier.fail("send", *[Undeliverable("kicked")] * 2)
    job = await bench.remix(upload_limit=LIMIT)
    await bench.settle()
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(60)

    [answer] = bench.courier.answers
    assert (answer.job_id, answer.filenames) == (job.id, ("remix-1.jpg",))
    assert [note.kind for note in answer.notes.outputs] == [NoteKind.FITTED]


async def test_an_answer_that_cannot_be_made_smaller_yet_was_not_sent_and_is_sent_later(bench: EngineBench) -> None:
    bench.inspector.failure = InputPostponed("busy")
    urls = [f"https://files.runcomfy.net/out/{number}.png" for number in range(12)]
    bench.courier.fail("send", *[Undeliverable("kicked")] * 40)
    job = await bench.remix(upload_limit=LIMIT)
    await bench.settle()
    bench.provider.finish("req-1", *urls)
    await bench.pass_time(20)
    assert bench.courier.answers == []
    bench.inspector.failure = None
    await bench.pass_time(120)

    assert [len(one.filenames) for one in bench.courier.answers] == [10, 2]
    row = await bench.store.get(job.id)
    assert row is not None
    assert row.delivered_at is not None
