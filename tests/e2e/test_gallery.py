"""The gallery, end to end: everybody sees before and after, and a picture outlives its own URL."""

from __future__ import annotations

import asyncio
import io
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from sandbox.discord.actor import UploadedFile
from sandbox.faults import Fault
from sandbox.samples import sample
from tests.e2e.town import PATIENCE_SECONDS, Town

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from sandbox.discord.state import Message

SENDS = "/api/v10/channels/{id}/messages"
SIDEWAYS = 6
"""EXIF: the camera was held upright."""


def sideways() -> UploadedFile:
    """A photograph as a phone makes it: lying, with the word that it should stand."""
    exif = Image.Exif()
    exif[0x0112] = SIDEWAYS
    stream = io.BytesIO()
    Image.effect_mandelbrot((640, 480), (-2, -1, 1, 1), 20).convert("RGB").save(stream, "JPEG", exif=exif)
    return UploadedFile("phone.jpg", stream.getvalue())


def sizes(message: Message) -> list[tuple[int | None, int | None]]:
    """Width and height of the pictures of a message."""
    return [(one.file.width, one.file.height) for one in message.attachments]


async def remix_sideways(town: Town, prompt: str, *samples: str, channel_id: int | None = None) -> Message:
    """Let Ada remix a photograph that lies, and others behind it; answers the card."""
    others = {f"image{number}": UploadedFile(name, sample(name)) for number, name in enumerate(samples, start=2)}
    where = town.channel("art").id if channel_id is None else channel_id
    options = {"prompt": prompt, "image1": sideways(), **others}
    return await town.card(await town.person("ada").slash(where, "remix", options))


async def a_month_later(town: Town) -> None:
    """Let no URL that was signed until now serve anything any more, and the bot know it."""
    await town.bot.stop()
    town.world.cdn.expire_all()
    with closing(sqlite3.connect(town.data_dir / "remix.db", isolation_level=None)) as database:
        for key, inputs in database.execute("SELECT id, inputs FROM jobs").fetchall():
            aged = re.sub(r"ex=[0-9a-f]+", "ex=1", inputs)
            database.execute("UPDATE jobs SET inputs = ? WHERE id = ?", (aged, key))
    await town.restart_bot()


async def until(predicate: Callable[[], bool]) -> None:
    """Wait for what changes nothing in the world: a row, or a connection that broke."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not predicate():  # noqa: ASYNC110 - another process changes it, and tells nobody
            await asyncio.sleep(0)


@pytest.fixture
async def crowded(tmp_path: Path) -> AsyncIterator[Town]:
    """A town with one place at the provider, so that a second job waits for the first."""
    async with Town(tmp_path, settings={"MAX_IN_FLIGHT": "1"}) as town:
        await town.start_bot()
        yield town
        assert town.servers.violations == []


async def test_the_gallery_is_the_first_message_of_the_thread_and_shows_what_went_in_by_number(town: Town) -> None:
    card = await town.card(await town.remix("ada", "as a watercolour", "astronaut.jpg", "coffee.png"))
    gallery = await town.gallery_in(card.id)
    [result] = await town.results_in(card.id)
    text = town.text(gallery)
    details = await (await town.person("ben").click(gallery, label="Details")).private_answer()

    assert gallery.id < result.id
    assert gallery.pinged_user_ids == ()
    assert [town.world.cdn.read(one.id) for one in gallery.attachments] == [
        sample("astronaut.jpg"),
        sample("coffee.png"),
    ]
    assert "Before" in text
    assert text.index("Image 1 of a remix: astronaut.jpg") < text.index("Image 2 of a remix: coffee.png")
    assert "as a watercolour" in town.text(details)
    assert town.row("kept_at") != [None]
    assert not (town.data_dir / "inputs").exists() or not list((town.data_dir / "inputs").iterdir())


async def test_the_submission_waits_for_no_gallery_where_all_pictures_are_right(town: Town) -> None:
    town.runcomfy.timeline.hold()
    lost = town.faults.add(Fault.server_error(503, method="POST", route=SENDS, times=None))
    card = await town.card(await town.remix("ada", "as haste"))
    await town.until(lambda: town.row("status") == ["in_queue"], "the submission")

    [url] = town.runcomfy.ledger[0].body["image_urls"]
    assert "/ephemeral-attachments/" in url
    assert town.galleries_in(card.id) == []
    town.faults.remove(lost.fault_id)
    town.runcomfy.timeline.release()
    await town.results_in(card.id)


async def test_what_was_mended_is_what_the_provider_fetches_from_the_gallery(town: Town) -> None:
    card = await remix_sideways(town, "as a statue", "coffee.png")
    gallery = await town.gallery_in(card.id)
    await town.results_in(card.id)
    [post] = town.runcomfy.ledger
    mended, plain = post.body["image_urls"]

    assert f"/attachments/{card.id}/{gallery.attachments[0].id}/" in mended
    assert "/ephemeral-attachments/" in plain
    assert town.world.cdn.fetches[gallery.attachments[0].id] >= 1
    assert sizes(gallery)[0] == (480, 640)
    assert "1: rotated" in town.text(gallery)
    assert "rotated" in await town.until_card_says(card, "Done")


async def test_a_direct_message_keeps_its_pictures_too(town: Town) -> None:
    direct = await town.person("ada").open_dm()
    await remix_sideways(town, "as a letter", channel_id=direct.id)
    gallery = await town.gallery_in(direct.id)
    [result] = await town.results_in(direct.id)

    assert gallery.id < result.id
    assert len(town.runcomfy.ledger) == 1


async def test_a_server_switches_the_gallery_off_and_only_what_was_mended_is_posted(town: Town) -> None:
    art, olga = town.channel("art").id, town.person("olga")
    asked = await (await olga.slash(art, "settings gallery")).private_answer()
    said = await (await olga.slash(art, "settings gallery", {"keep": "off"})).private_answer()
    plain = await town.card(await town.remix("ada", "as a secret"))
    mended = await remix_sideways(town, "as a mirror", "coffee.png")
    await town.results_in(plain.id)
    await town.results_in(mended.id)
    gallery = await town.gallery_in(mended.id)

    assert "**on**" in town.text(asked)
    assert "**off**" in town.text(said)
    assert town.galleries_in(plain.id) == []
    assert len(gallery.attachments) == 1
    assert "RunComfy could not use these as they came" in town.text(gallery)


async def test_a_job_that_waited_until_its_urls_died_is_submitted_with_fresh_ones(crowded: Town) -> None:
    town = crowded
    town.runcomfy.timeline.hold()
    first = await town.card(await town.remix("ben", "as the first"))
    await town.until(lambda: town.row("status") == ["in_queue"], "the queue")
    second = await town.card(await town.remix("ada", "as the second"))
    gallery = await town.gallery_in(second.id)
    await until(lambda: town.row("kept_at")[1] is not None)
    await a_month_later(town)
    town.runcomfy.timeline.release()
    await town.results_in(first.id)
    await town.results_in(second.id)

    [url] = town.runcomfy.accepted_for("as the second")[0].body["image_urls"]
    assert f"/attachments/{second.id}/{gallery.attachments[0].id}/" in url
    assert len(town.runcomfy.ledger) == 2


async def test_a_month_later_a_remix_can_be_made_again_without_posting_its_pictures_twice(town: Town) -> None:
    card = await remix_sideways(town, "as a fossil", "coffee.png")
    [result] = await town.results_in(card.id)
    gallery = await town.gallery_in(card.id)
    await town.until_card_says(card, "Done")
    await a_month_later(town)
    again = await town.card(await town.person("ben").click(result, label="Again"))
    await town.results_in(card.id, count=2)

    first, second = town.runcomfy.accepted_for("as a fossil")
    places = [url.partition("?")[0].rpartition("/")[0].rpartition("/")[2] for url in second.body["image_urls"]]
    assert places == [str(one.id) for one in gallery.attachments]
    assert set(first.body["image_urls"]).isdisjoint(second.body["image_urls"])
    assert len(town.galleries_in(card.id)) == 1
    text = await town.until_card_says(again, "Done")
    assert "before-1" in text
    assert "before-2" in text


async def test_where_the_gallery_was_deleted_the_member_is_asked_to_attach_them_again(town: Town) -> None:
    card = await town.card(await town.remix("ada", "as a ruin"))
    [result] = await town.results_in(card.id)
    gallery = await town.gallery_in(card.id)
    await town.until_card_says(card, "Done")
    await town.person("mira").click(gallery, label="Delete")
    await town.until(lambda: gallery.is_deleted, "the deletion")
    await a_month_later(town)
    again = await town.card(await town.person("ada").click(result, label="Again"))
    text = await town.until_card_says(again, "Not sent in time")

    assert "Attach them again" in text
    assert "[Try again]" not in text
    assert len(town.runcomfy.ledger) == 1


async def test_killed_around_the_post_of_the_gallery_there_is_exactly_one(town: Town) -> None:
    for prompt, after_commit in (("as glass", True), ("as clay", False)):
        jobs = len(town.row("id"))
        fault = town.faults.add(Fault.drop(method="POST", route=SENDS, after_commit=after_commit))
        card = await remix_sideways(town, prompt)
        await until(lambda fault=fault: fault.fault_id in {one.fault_id for one in town.faults.fired})
        await town.bot.kill()
        assert town.row("kept_at")[jobs] is None
        assert town.row("gallery_attempted_at")[jobs] is not None
        await town.restart_bot()
        await town.results_in(card.id)
        await town.gallery_in(card.id)
        assert len(town.runcomfy.accepted_for(prompt)) == 1


async def test_where_nothing_can_be_posted_a_mended_picture_ends_the_job_for_free(town: Town) -> None:
    refusal = '{"code": 50013, "message": "Missing Permissions"}'
    headers = {"Content-Type": "application/json"}
    town.faults.add(Fault.answer(403, refusal, headers=headers, method="POST", route=SENDS, times=2))
    card = await remix_sideways(town, "as a wall")
    text = await town.until_card_says(card, "cannot be used")

    assert "could not post the changed picture here" in text
    assert "Nothing was charged" in text
    assert town.runcomfy.ledger == []
