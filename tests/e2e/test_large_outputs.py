"""Outputs that are larger than their place takes: smaller with a word and a link, or linked, and each of them once."""

from __future__ import annotations

import hashlib
import io
import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import aiohttp
import psutil
import pytest
from PIL import Image

from sandbox.faults import Fault
from sandbox.runcomfy.knobs import OutputShape
from tests.e2e.memory import measured

if TYPE_CHECKING:
    from sandbox.discord.state import Guild, Message
    from tests.e2e.town import Town
    from tests.e2e.watched import Watched

SENDS = "/api/v10/channels/{id}/messages"
MEGABYTE = 1_000_000
MEBIBYTE = 1024 * 1024
UNBOOSTED = 10 * MEBIBYTE
MOST_GROWTH = 64 * MEBIBYTE
LINK = re.compile(r"\]\((http[^)]+)\)")
"""A link, as markdown writes it."""


def outputs(town: Town, *, size: int, **knobs: Any) -> None:
    """Let RunComfy make outputs of this many bytes."""
    town.runcomfy.knobs = replace(
        town.runcomfy.knobs, **{"output_format": "PNG", "painted": False, "output_bytes": size, **knobs}
    )


def garden(town: Town) -> Guild:
    """The server in which everything happens."""
    return town.world.guild("Remix Garden")


def results(town: Town, channel_id: int) -> list[Message]:
    """What the bot posted as results, with files or without."""
    mine = [one for one in town.world.messages_in(channel_id) if one.author_id == town.world.bot.id]
    return [one for one in mine if "[Again]" in town.text(one)]


async def delivered(town: Town, prompt: str, **options: Any) -> list[Message]:
    """Let Ada remix, and wait until everything is posted."""
    card = await town.card(await town.remix("ada", prompt, **options))
    await town.until_card_says(card, "Done")
    return results(town, card.id)


def originals(town: Town) -> list[str]:
    """The digests of what RunComfy made."""
    return town.runcomfy.output_sha256(town.runcomfy.ledger[-1].request_id)


async def behind_link(text: str) -> str:
    """The digest of what a message links to."""
    [url] = LINK.findall(text)
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return hashlib.sha256(await answer.read()).hexdigest()


async def test_a_picture_of_14_mb_arrives_smaller_with_a_word_and_a_link_to_the_original(town: Town) -> None:
    outputs(town, size=14_200_000, painted=True)
    [result] = await delivered(town, "as a fresco", size="2048x2048(1:1)")
    [posted] = result.attachments
    text = town.text(result)

    assert "Picture 1 was 14.2 MB; saved smaller to fit here." in text
    assert await behind_link(text) == originals(town)[0]
    assert posted.file.size <= UNBOOSTED
    with Image.open(io.BytesIO(town.world.cdn.read(posted.id))) as picture:
        picture.load()
        assert picture.size == (2048, 2048)
    details = await (await town.person("ada").click(result, label="Details")).private_answer()
    assert "14.2 MB, posted as" in town.text(details)


async def test_a_boosted_server_gets_the_same_picture_as_it_came(town: Town) -> None:
    town.discord.administration.set_premium_tier(garden(town), 2)
    outputs(town, size=14_200_000)
    [result] = await delivered(town, "as a tapestry")

    assert town.digests(result) == originals(town)
    assert "smaller" not in town.text(result)


async def test_a_video_that_is_too_large_is_told_with_its_link_and_a_small_one_is_posted(town: Town) -> None:
    outputs(town, size=12 * MEGABYTE, output_format="MP4", output_shape=OutputShape.VIDEO)
    [linked] = await delivered(town, "as a film")
    assert linked.attachments == []
    assert "Video 1 is too large to be posted here (12 MB)." in town.text(linked)
    assert await behind_link(town.text(linked)) == originals(town)[0]

    outputs(town, size=MEGABYTE, output_format="MP4", output_shape=OutputShape.VIDEOS)
    [posted] = await delivered(town, "as a short film")
    assert town.digests(posted) == originals(town)
    assert [one.filename for one in posted.attachments] == ["remix-1.mp4"]


async def test_a_limit_that_falls_while_the_message_is_on_the_wire_is_kept_by_the_next_one(town: Town) -> None:
    town.discord.administration.set_premium_tier(garden(town), 2)
    outputs(town, size=14_200_000, painted=True)
    held = town.faults.add(Fault.late(600, method="POST", route=SENDS))
    card = await town.card(await town.remix("ada", "as a mural"))
    await town.faults.until_reached(held)
    town.discord.administration.set_premium_tier(garden(town), 0)
    town.faults.release()
    await town.until_card_says(card, "Done")
    [result] = results(town, card.id)

    assert "saved smaller to fit here" in town.text(result)
    assert [one.file.size <= UNBOOSTED for one in result.attachments] == [True]


async def test_a_server_that_takes_less_than_it_says_gets_ever_smaller_files(town: Town) -> None:
    most = 1_500_000
    town.discord.administration.take_at_most(garden(town), most)
    outputs(town, size=9 * MEGABYTE, painted=True)
    [result] = await delivered(town, "as a stamp")

    assert [one.file.size <= most for one in result.attachments] == [True]
    assert town.bot.log().count("part_too_large") >= 1
    assert "undeliverable" not in town.bot.log()


async def test_a_server_that_takes_no_file_at_all_gets_the_link(town: Town) -> None:
    town.discord.administration.take_at_most(garden(town), 0)
    outputs(town, size=0)
    [result] = await delivered(town, "as a whisper")

    assert result.attachments == []
    assert await behind_link(town.text(result)) == originals(town)[0]


async def test_a_bot_that_is_killed_while_it_makes_a_picture_smaller_delivers_it_once(watched: Watched) -> None:
    town = watched.town
    outputs(town, size=14_200_000, painted=True)
    card = await town.card(await town.remix("ada", "as a cameo"))
    process = psutil.Process(town.bot.pid)
    while not process.children():
        await watched.health("/healthz")
    await town.bot.kill()
    await town.restart_bot()
    await town.until_card_says(card, "Done")
    [result] = results(town, card.id)

    assert "saved smaller to fit here" in town.text(result)
    assert len(town.runcomfy.ledger) == 1


async def test_outputs_that_were_lost_are_counted_beside_those_that_came(town: Town) -> None:
    outputs(town, size=0, images_per_run=3)
    elsewhere = {"Location": "http://127.0.0.1:9/picture.png"}  # never asked for, so it is lost at once
    town.runcomfy.faults.add(Fault.answer(302, headers=elsewhere, route="re:/outputs/[^/]+/1[^/]*", times=None))
    [result] = await delivered(town, "as a triptych")

    assert len(result.attachments) == 2
    assert "One more picture came out, but I could not bring it here." in town.text(result)


@pytest.mark.parametrize(("tier", "messages"), [(2, 10), (0, 5)])
async def test_ten_outputs_of_15_mb_grow_the_bot_by_less_than_64_mb(town: Town, tier: int, messages: int) -> None:
    town.discord.administration.set_premium_tier(garden(town), tier)
    outputs(town, size=0)
    await delivered(town, "as a warm-up")
    outputs(town, size=15 * MEGABYTE, images_per_run=10, painted=tier == 0)
    assert town.bot.pid is not None
    with measured(town.bot.pid) as growth:
        posted = await delivered(town, "as a procession")

    files = [one for message in posted for one in message.attachments]
    sys.stdout.write(f"boost level {tier}: {growth}\n")
    assert [len(posted), len(files)] == [messages, 10]
    assert growth.grown < MOST_GROWTH
    if tier:
        assert [one.file.sha256 for one in files] == originals(town)
    else:
        assert max(one.file.size for one in files) <= UNBOOSTED
