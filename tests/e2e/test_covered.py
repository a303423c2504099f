"""Covered pictures, end to end: what its member covered is covered wherever it, or what is made of it, is seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.discord.actor import UploadedFile
from sandbox.samples import sample
from tests.brushes import exif, photograph, written

if TYPE_CHECKING:
    from sandbox.discord.state import Message
    from tests.e2e.town import Town

PLAIN = UploadedFile("rocket.jpg", sample("rocket.jpg"))
COVERED = UploadedFile("SPOILER_phone.jpg", written(photograph(), "JPEG", exif=exif(6)))
"""It lies on its side, so that what is shown and sent is the bot's own copy, under a name that covers nothing."""


def covers(town: Town, message: Message) -> list[bool]:
    """Whether each picture of a message is covered before its readers' eyes."""
    galleries = (line.strip("│ ") for line in town.text(message).splitlines() if "[pictures: " in line)
    shown = (one for gallery in galleries for one in gallery.removeprefix("[pictures: ")[:-1].split(", "))
    return [one.startswith("||") and one.endswith("||") for one in shown]


async def remix(town: Town, username: str, where: int, *files: UploadedFile) -> Message:
    """Let somebody remix these, and answer the card."""
    named = {f"image{number}": file for number, file in enumerate(files, start=1)}
    return await town.card(await town.person(username).slash(where, "remix", {"prompt": "as a ghost", **named}))


async def test_a_covered_picture_is_covered_on_card_and_among_the_originals_and_so_are_all_results(town: Town) -> None:
    art, lobby = town.channel("art"), town.channel("lobby")
    town.runcomfy.knobs = replace(town.runcomfy.knobs, images_per_run=2)
    town.runcomfy.timeline.hold()
    card = await remix(town, "ada", art.id, PLAIN, COVERED)
    await town.until_written("status", lambda found: found == ["in_queue"])
    running = covers(town, card)
    town.runcomfy.timeline.release()
    [result] = await town.results_in(card.id)
    originals = await town.gallery_in(card.id)
    await town.until_card_says(card, "Done")
    reference = f"#{town.row('id')[0][:6]}"
    shown = await town.card(await town.person("ada").slash(lobby.id, "jobs show", {"id": reference}))
    alone = await town.card(await town.person("ben").slash(lobby.id, "jobs show", {"id": reference}))
    repeat = await town.card(await town.person("ben").click(result, label="Again"))
    repeated = (await town.results_in(card.id, count=2))[1]

    assert running == covers(town, card) == covers(town, originals) == [False, True]
    assert [one.filename for one in originals.attachments] == ["before-1.jpg", "before-2.jpg"]
    for message in (result, shown, alone, repeated):
        assert covers(town, message) == [True, True]
    assert alone.ephemeral_to == town.person("ben").user.id
    assert covers(town, repeat) == [False, True]
    assert len(town.runcomfy.ledger) == 2


async def test_a_guest_s_result_of_a_covered_picture_is_covered_in_the_card_s_place(town: Town) -> None:
    covered = replace(PLAIN, filename="SPOILER_rocket.jpg")
    card = await remix(town, "uma", town.channel("cove").id, covered)
    await town.until(lambda: bool(card.attachments), "the result in the card's place")

    assert covers(town, card) == [True]


async def test_nothing_is_covered_where_nobody_covered_anything(town: Town) -> None:
    card = await remix(town, "ada", town.channel("art").id, PLAIN)
    [result] = await town.results_in(card.id)

    assert covers(town, result) == covers(town, await town.gallery_in(card.id)) == covers(town, card) == [False]
