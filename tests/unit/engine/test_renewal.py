"""URLs that are near their end are signed anew before anything is paid; what is gone for good ends the job for free."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.ledger import balance
from bot.domain.picture import Mend
from bot.domain.remix_request import INPUT_MARGIN, Input, Kept
from bot.domain.status import JobStatus
from tests.fakes import START
from tests.unit.engine_bench import INPUT, MEMBER, EngineBench

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.job import Job

HEIC = "https://cdn.discordapp.com/a/cat.heic"


def until(at: datetime, name: str = "cat.png") -> str:
    """A URL that dies at that time."""
    return f"https://cdn.discordapp.com/ephemeral/{name}?ex={int(at.timestamp()):x}&is=1&hm=2"


async def waiting(bench: EngineBench, url: str, *more: str) -> Job:
    """A kept job that waits for a place at the provider."""
    bench.boot(max_in_flight=0)
    await bench.loop.start()
    job = await bench.remix(url=url, more=more)
    await bench.settle()
    row = await bench.row(job)
    assert (row.status, row.kept_at is not None) == (JobStatus.PENDING, True)
    return row


async def let_go(bench: EngineBench, job: Job) -> Job:
    """Give the job its place."""
    bench.boot()
    await bench.loop.start()
    await bench.settle()
    return await bench.row(job)


async def test_what_lives_long_enough_is_sent_as_it_came_without_asking_discord(bench: EngineBench) -> None:
    url = until(bench.clock.now() + timedelta(hours=1))
    job = await let_go(bench, await waiting(bench, url))

    assert bench.provider.newest.payload["image_urls"] == [url]
    assert bench.galleries.reads == 0
    assert job.request.inputs[0].url == url


async def test_a_dying_url_is_replaced_by_that_of_the_gallery_freshly_signed(bench: EngineBench) -> None:
    lasting = until(bench.clock.now() + timedelta(days=2), "dog.png")
    job = await waiting(bench, until(bench.clock.now() + timedelta(hours=30)), lasting)
    bench.clock.forward(timedelta(hours=30) - INPUT_MARGIN)
    job = await let_go(bench, job)

    first, second = job.request.inputs
    assert bench.provider.newest.payload["image_urls"] == [first.url, lasting]
    assert first.url.startswith(f"https://cdn.discordapp.com/attachments/{job.origin.thread_id}/")
    assert first.kept is not None
    assert first.kept.url == first.url
    assert first.expires_at == bench.clock.now() + timedelta(hours=24)
    assert second.url == lasting
    assert bench.galleries.reads == 1


async def test_a_mended_picture_is_renewed_too(bench: EngineBench) -> None:
    bench.inspector.make_mendable(HEIC)
    job = await waiting(bench, HEIC)
    bench.clock.forward(timedelta(hours=24))
    job = await let_go(bench, job)

    (one,) = job.request.inputs
    assert one.kept is not None
    assert one.kept.expires_at == bench.clock.now() + timedelta(hours=24)
    assert bench.provider.newest.payload["image_urls"] == [one.kept.url]
    assert one.url == HEIC


async def test_while_discord_is_down_a_job_waits_and_nothing_is_paid(bench: EngineBench) -> None:
    job = await waiting(bench, until(bench.clock.now() + timedelta(minutes=10)))
    bench.clock.forward(timedelta(minutes=10))
    bench.galleries.is_down = True
    job = await let_go(bench, job)
    await bench.pass_time(120)
    assert (await bench.row(job)).status is JobStatus.PENDING
    assert "submit" not in bench.provider.calls

    bench.galleries.is_down = False
    await bench.pass_time(60)
    assert (await bench.row(job)).status is JobStatus.IN_QUEUE
    assert len(bench.provider.requests) == 1


async def test_where_the_gallery_is_gone_too_the_job_expires_for_free(bench: EngineBench) -> None:
    job = await waiting(bench, until(bench.clock.now() + timedelta(minutes=10)))
    bench.clock.forward(timedelta(minutes=10))
    bench.galleries.delete(job)
    job = await let_go(bench, job)

    assert job.status is JobStatus.EXPIRED
    assert job.request.inputs[0].kept is None
    assert job.request.has_dead_inputs(at=bench.clock.now())
    assert balance(await bench.store.entries(job.id)) == 0
    assert "submit" not in bench.provider.calls


async def test_where_only_the_gallery_is_gone_a_living_url_still_serves(bench: EngineBench) -> None:
    url = until(bench.clock.now() + timedelta(days=2))
    job = await waiting(bench, url)
    bench.galleries.delete(job)
    bench.clock.forward(timedelta(hours=25))
    job = await let_go(bench, job)

    assert job.status is JobStatus.IN_QUEUE
    assert bench.provider.newest.payload["image_urls"] == [url]


async def test_again_a_month_later_sends_what_is_kept(bench: EngineBench) -> None:
    bench.inspector.make_mendable(HEIC)
    job = await bench.remix(url=HEIC, more=[until(bench.clock.now() + timedelta(hours=1))])
    await bench.settle()
    bench.provider.finish((await bench.row(job)).request_id or "", INPUT)
    await bench.pass_time(60)
    bench.clock.forward(timedelta(days=30))
    await bench.restart()
    source = await bench.service.check_again(job.id, by=bench.person(MEMBER))
    again = await bench.service.again(source, origin=source.origin, interaction_id=900)
    await bench.settle()

    row = await bench.row(again)
    assert row.status is JobStatus.IN_QUEUE
    assert bench.provider.newest.payload["image_urls"] == [one.kept.url for one in row.request.inputs if one.kept]
    assert not any(one.is_stale(at=bench.clock.now()) for one in row.request.inputs)
    assert len(bench.galleries.posted) == 1


def test_a_url_that_people_can_see_is_found_as_long_as_one_lives() -> None:
    hour, own, kept_url = timedelta(hours=1), until(START + timedelta(hours=1)), until(START + timedelta(hours=2))
    one = Input(own, "cat.png", "image/png", 1, 1, 1)
    kept = replace(one, kept=Kept(kept_url, 1, 2, 0))
    mended = replace(kept, mends=(Mend.ROTATED,))
    assert [one.shown_url(at=START + hours * hour) for hours in range(3)] == [own, None, None]
    assert [kept.shown_url(at=START + hours * hour) for hours in range(3)] == [own, kept_url, None]
    assert [mended.shown_url(at=START + hours * hour) for hours in range(3)] == [kept_url, kept_url, None]


def test_a_picture_is_dead_only_where_neither_its_url_nor_a_kept_copy_lives() -> None:
    one = Input(until(START), "cat.png", "image/png", 1, 1, 1)
    assert one.is_dead(at=START)
    assert not one.is_dead(at=START - timedelta(hours=1))
    assert not replace(one, kept=Kept(until(START), 1, 2, 0)).is_dead(at=START)
    assert not replace(one, url=INPUT).is_dead(at=START)
