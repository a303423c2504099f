"""The courier of galleries in the simulated Discord: posted once, found again, read with fresh URLs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.domain.picture import Mend
from bot.domain.remix_request import Input
from bot.engine.gallery import Gallery, GalleryPicture
from bot.errors import DeliveryPostponed, Undeliverable
from sandbox.discord.permissions import Permission
from sandbox.faults import Fault, Faults
from tests.contract.discord_bench import picture

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.job import Job
    from bot.engine.gallery import Posted
    from tests.contract.post_office import PostOffice

SENDS = "/api/v10/channels/{id}/messages"


def with_inputs(job: Job, count: int = 2) -> Job:
    """The job with pictures that a member attached, the second of them a photograph of a phone."""
    types = ["image/png", "image/heic", *("image/png" for _ in range(8))]
    inputs = [
        Input(f"https://cdn.example/{number}", f"@everyone <@1> {number}.x", types[number - 1], 1000, 64, 64)
        for number in range(1, count + 1)
    ]
    inputs[1] = replace(inputs[1], mends=(Mend.CONVERTED, Mend.ROTATED))
    return replace(job, request=replace(job.request, inputs=tuple(inputs)))


def gallery(job: Job, folder: Path, *, count: int = 2, only_mended: bool = False) -> Gallery:
    """A gallery of real files; the second was mended."""
    pictures: list[GalleryPicture] = []
    for number in range(1, count + 1):
        path = folder / f"before-{number}.png"
        path.write_bytes(picture())
        pictures.append(GalleryPicture(number, path, path.stat().st_size, path.name, is_smaller=number == 3))
    return Gallery(job.origin.target_id, f"{job.id}.1000", tuple(pictures), only_mended=only_mended)


async def posted(office: PostOffice, folder: Path, *, count: int = 2) -> tuple[Job, Posted]:
    """A job whose gallery stands in its thread."""
    job = with_inputs(await office.opened(), count)
    return job, await office.galleries.post(job, gallery(job, folder, count=count))


async def status_of(url: str) -> int:
    """What the CDN answers."""
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        return response.status


async def test_a_gallery_shows_the_pictures_in_their_order_and_says_what_was_done_to_each(
    office: PostOffice, tmp_path: Path
) -> None:
    job, gallery_of_job = await posted(office, tmp_path, count=3)
    (message,) = office.posted(job.origin.target_id)
    text = office.text(message)
    assert message.id == gallery_of_job.message_id
    assert [one.file.filename for one in message.attachments] == ["before-1.png", "before-2.png", "before-3.png"]
    assert [url.partition("?")[0].rpartition("/")[2] for url in gallery_of_job.urls] == [
        "before-1.png",
        "before-2.png",
        "before-3.png",
    ]
    assert "Before" in text
    assert "2: converted from HEIC, rotated" in text
    assert "3: a smaller copy" in text
    assert "1:" not in text.replace("Image 1", "")
    assert "Image 2 of a remix" in text
    assert "[Details] [Delete]" in text


async def test_a_gallery_pings_nobody_whatever_the_files_are_called(office: PostOffice, tmp_path: Path) -> None:
    job, _ = await posted(office, tmp_path)
    (message,) = office.posted(job.origin.target_id)
    assert message.pinged_user_ids == ()
    assert not message.mentions_everyone


async def test_ten_pictures_fit_into_one_gallery(office: PostOffice, tmp_path: Path) -> None:
    _, gallery_of_job = await posted(office, tmp_path, count=10)
    assert len(gallery_of_job.urls) == 10
    assert [await status_of(url) for url in gallery_of_job.urls] == [200] * 10


async def test_where_no_galleries_are_wanted_it_says_why_this_one_is_there(office: PostOffice, tmp_path: Path) -> None:
    job = with_inputs(await office.opened())
    await office.galleries.post(job, gallery(job, tmp_path, only_mended=True))
    assert "RunComfy could not use these as they came" in office.text(office.posted(job.origin.target_id)[0])


async def test_in_a_direct_message_the_gallery_stands_beside_the_card(office: PostOffice, tmp_path: Path) -> None:
    job = with_inputs(await office.opened(office.world.direct_channel(office.world.person("ada"))))
    posted_there = await office.galleries.post(job, gallery(job, tmp_path))
    assert posted_there.channel_id == job.origin.channel_id
    assert await office.galleries.find(job, job.origin.channel_id) is not None


async def test_a_repeated_post_is_the_same_message(office: PostOffice, tmp_path: Path) -> None:
    job, first = await posted(office, tmp_path)
    again = await office.galleries.post(job, gallery(job, tmp_path))
    assert again.message_id == first.message_id
    assert len(office.posted(job.origin.target_id)) == 1


async def test_a_gallery_whose_answer_was_lost_is_found_again_with_urls_that_work(
    office: PostOffice, faults: Faults, tmp_path: Path
) -> None:
    job = with_inputs(await office.opened())
    assert await office.galleries.find(job, job.origin.target_id) is None
    faults.add(Fault.drop(method="POST", route=SENDS, after_commit=True))
    with pytest.raises(DeliveryPostponed):
        await office.galleries.post(job, gallery(job, tmp_path))
    found = await office.galleries.find(job, job.origin.target_id)
    assert found is not None
    assert found.message_id == office.posted(job.origin.target_id)[0].id
    assert [await status_of(url) for url in found.urls] == [200, 200]


async def test_reading_a_gallery_signs_its_urls_anew(office: PostOffice, tmp_path: Path) -> None:
    _, before = await posted(office, tmp_path)
    office.world.cdn.expire_all()
    assert [await status_of(url) for url in before.urls] == [404, 404]
    after = await office.galleries.read(before.channel_id, before.message_id)
    assert [await status_of(url) for url in after.urls] == [200, 200]
    assert [url.partition("?")[0] for url in after.urls] == [url.partition("?")[0] for url in before.urls]


async def test_a_gallery_that_was_deleted_is_gone(office: PostOffice, tmp_path: Path) -> None:
    job, before = await posted(office, tmp_path)
    office.sandbox.services.messages.delete(office.posted(job.origin.target_id)[0])
    with pytest.raises(Undeliverable):
        await office.galleries.read(before.channel_id, before.message_id)
    with pytest.raises(Undeliverable):
        await office.galleries.post(job, gallery(job, tmp_path))


async def test_a_gallery_that_cannot_be_read_now_is_read_later(
    office: PostOffice, faults: Faults, tmp_path: Path
) -> None:
    _, before = await posted(office, tmp_path)
    faults.add(Fault.server_error(503, route="re:.*"))
    with pytest.raises(DeliveryPostponed):
        await office.galleries.read(before.channel_id, before.message_id)
    assert len((await office.galleries.read(before.channel_id, before.message_id)).urls) == 2


async def test_a_place_that_is_closed_to_us_takes_no_gallery(office: PostOffice, tmp_path: Path) -> None:
    job = with_inputs(await office.opened())
    office.sandbox.administration.deny_bot(office.world.channel("art"), Permission.ATTACH_FILES)
    with pytest.raises(Undeliverable):
        await office.galleries.post(job, gallery(job, tmp_path))


async def test_without_a_boost_a_file_may_have_ten_mebibytes(office: PostOffice) -> None:
    for where in (None, office.world.direct_channel(office.world.person("ada"))):
        job = await office.opened(where)
        assert office.galleries.upload_limit(job, job.origin.target_id) == 10 * 1024 * 1024


async def test_where_only_the_interaction_answers_a_gallery_comes_by_its_token(
    office: PostOffice, faults: Faults, tmp_path: Path
) -> None:
    job = with_inputs(await office.opened())
    guest = replace(job, origin=replace(job.origin, by_interaction=True))
    office.sandbox.administration.deny_bot(office.world.channel("art"), Permission.ATTACH_FILES)
    by_token = await office.galleries.post(guest, gallery(guest, tmp_path, only_mended=True))
    message = office.world.find_message(job.origin.channel_id, by_token.message_id)
    assert [await status_of(url) for url in by_token.urls] == [200, 200]
    assert message.interaction is not None
    assert "RunComfy could not use these" in office.text(message)

    faults.add(Fault.drop(method="POST", route="re:/api/v10/webhooks/.*", after_commit=True))
    with pytest.raises(DeliveryPostponed):
        await office.galleries.post(guest, gallery(guest, tmp_path))
    dead = replace(guest, origin=replace(guest.origin, interaction_token=None))
    with pytest.raises(Undeliverable):
        await office.galleries.post(dead, gallery(dead, tmp_path))
