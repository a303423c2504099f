"""Pictures as people really post them, end to end: nothing is paid for what the provider would refuse."""

from __future__ import annotations

import asyncio
import json
import mimetypes
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.domain.mending import refusal_of
from bot.domain.remix_request import Input
from bot.ui.texts import explain
from sandbox.discord.actor import UploadedFile
from sandbox.faults import Fault
from sandbox.samples import sample
from tests.brushes import noise, written
from tests.conftest import ROW_OF_THE_BOT
from tests.corpus import specimens
from tests.e2e.town import PATIENCE_SECONDS
from tests.specimen import Specimen, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.discord.exchange import Exchange
    from tests.e2e.town import Town

CDN = "/ephemeral-attachments/{path:.*}"
SIDE_BY_SIDE = 12
PICTURE = UploadedFile("rocket.jpg", sample("rocket.jpg"))


@dataclass(frozen=True)
class Became:
    """What became of an input before the eyes of its member, and at the provider."""

    verdict: Verdict
    mends: tuple[str, ...] = ()
    problem: str = ""
    when: str = ""
    text: str = ""

    def line(self, specimen: Specimen) -> str:
        """A line of the table."""
        told = ", ".join(self.mends) if self.verdict is Verdict.MENDED else self.text
        return f"{self.verdict:8} {self.when:7} {specimen.name:45} {specimen.filename:14} {told}"


def rows(town: Town) -> dict[str, dict[str, Any]]:
    """All jobs by their prompts."""
    found = town.rows("prompt", "id", "status", "failure", "inputs", "prepared_at")
    return {row["prompt"]: {**row, "inputs": json.loads(row["inputs"])} for row in found}


async def remix(town: Town, prompt: str, *files: UploadedFile) -> Exchange:
    """Let Ada use ``/remix`` with files of her own."""
    named = {f"image{number}": file for number, file in enumerate(files, start=1)}
    return await town.person("ada").slash(town.channel("art").id, "remix", {"prompt": prompt, **named})


def words_for(problem: str, specimen: Specimen) -> str:
    """What a member reads of an input that is of no use."""
    declared = mimetypes.guess_type(specimen.filename)[0]
    one = Input("", specimen.filename, declared, len(specimen.data), None, None)
    return explain(refusal_of(one, problem, number=1), "en-US")


def problem_of(text: str, specimen: Specimen) -> str:
    """By which key an input was refused, judged by what its member reads."""
    words = {one.problem for one in specimens() if one.problem}
    return next((word for word in words if words_for(word, specimen) == text), f"unknown: {text}")


# --- the corpus -------------------------------------------------------------------------------------------------------


def batches() -> Iterator[tuple[Specimen, ...]]:
    """The corpus, a few at a time."""
    for start in range(0, len(specimens()), SIDE_BY_SIDE):
        yield specimens()[start : start + SIDE_BY_SIDE]


def is_over(town: Town, exchange: Exchange, specimen: Specimen) -> bool:
    """Whether its member has been told what became of it."""
    row = rows(town).get(specimen.name)
    if row is None:
        answers = (exchange.interaction.original, *exchange.followups)
        return any(one is not None and one.ephemeral_to for one in answers)
    return row["status"] in ("succeeded", "failed", "expired")


async def what_became(town: Town, exchange: Exchange, specimen: Specimen) -> Became:
    """Look at the row, the messages and the provider's books."""
    row = rows(town).get(specimen.name)
    if row is None:
        text = (await exchange.private_answer()).content
        return Became(Verdict.REFUSED, problem=problem_of(text, specimen), when="at once", text=text)
    (one,) = row["inputs"]
    if row["status"] == "failed":
        shown = await town.until_card_says(await town.card(exchange), "cannot be used", "Nothing was charged")
        text = words_for(one["problem"], specimen)
        assert text in shown
        assert town.runcomfy.accepted_for(specimen.name) == []
        return Became(Verdict.REFUSED, problem=one["problem"], when="later", text=text)
    (sent,) = town.runcomfy.accepted_for(specimen.name)
    (url,) = sent.body["image_urls"]
    if not one["mends"]:
        assert url.partition("?")[0] == one["url"].partition("?")[0]
        return Became(Verdict.AS_IS)
    assert url == one["kept"]["url"]
    return Became(Verdict.MENDED, mends=tuple(one["mends"]))


async def test_each_picture_ends_as_it_came_mended_or_refused_with_its_text_before_anything_is_paid(
    town: Town, record_property: Any
) -> None:
    town.runcomfy.knobs = replace(town.runcomfy.knobs, slots=20, run_seconds=0.0, painted=False)
    town.discord.administration.set_upload_limit(town.person("ada").user, 50_000_000)
    wrong: list[str] = []
    for batch in batches():
        asked = [(one, await remix(town, one.name, UploadedFile(one.filename, one.data))) for one in batch]
        await town.until(lambda asked=asked: all(is_over(town, how, one) for one, how in asked), "the end of all")
        for one, exchange in asked:
            became = await what_became(town, exchange, one)
            record_property(ROW_OF_THE_BOT, became.line(one))
            expected = (one.verdict, tuple(one.mends), one.problem or "")
            if (became.verdict, became.mends, became.problem) != expected:
                wrong.append(f"{became.line(one)} instead of {expected}")
    assert wrong == []
    assert town.runcomfy.refused == [], "the provider was never asked for what it refuses"


# --- Discord's CDN, out of order --------------------------------------------------------------------------------------


async def test_a_cdn_that_is_down_when_a_remix_comes_costs_only_time(town: Town) -> None:
    town.faults.add(Fault.server_error(503, route=CDN, times=None))
    exchange = await remix(town, "as a kite", PICTURE)
    await exchange.acknowledged()
    card = await town.card(exchange)
    assert "[Cancel]" in await town.until_card_says(card, "Preparing the pictures")
    assert town.runcomfy.ledger == []
    town.faults.clear()

    await town.until_card_says(card, "Done")
    (sent,) = town.runcomfy.accepted_for("as a kite")
    assert sent.body["image_urls"] == [one["url"] for one in rows(town)["as a kite"]["inputs"]]


async def test_a_slow_cdn_holds_up_neither_the_acknowledgement_nor_the_acceptance(town: Town) -> None:
    slow = town.faults.add(Fault.late(60, route=CDN, times=2))
    exchange = await remix(town, "as a snail", PICTURE)
    await exchange.acknowledged()
    card = await town.card(exchange)
    await town.faults.until_reached(slow)
    await town.until_card_says(card, "Done")
    town.faults.clear()

    assert len(town.runcomfy.accepted_for("as a snail")) == 1


async def test_a_picture_that_proves_useless_only_later_is_told_with_its_number_and_costs_nothing(town: Town) -> None:
    town.faults.add(Fault.server_error(503, route=CDN, times=None))
    notes, torn = UploadedFile("notes.png", b"It was a dark night."), UploadedFile("torn.jpg", PICTURE.data[:-9000])
    card = await town.card(await remix(town, "as a group", PICTURE, notes, torn))
    await town.until_card_says(card, "Preparing the pictures")
    town.faults.clear()

    shown = await town.until_card_says(card, "2 of the pictures cannot be used", "Nothing was charged")
    assert "Image 2 (notes.png) is no picture that I can read" in shown
    assert "Image 3 (torn.jpg) is damaged" in shown
    assert "[Try again]" not in shown
    await town.until(lambda: len(town.world.messages_in(card.id)) > 0, "the message in the thread")
    assert [row["failure"] for row in rows(town).values()] == ["input_refused"]
    assert (town.runcomfy.ledger, town.runcomfy.refused) == ([], [])


async def test_a_redirect_to_another_place_is_not_followed(town: Town) -> None:
    visits: list[object] = []
    elsewhere = await asyncio.start_server(lambda reader, _writer: visits.append(reader), "127.0.0.1", 0)
    async with elsewhere:
        port = elsewhere.sockets[0].getsockname()[1]
        location = {"Location": f"http://127.0.0.1:{port}/attachments/1/2/rocket.jpg"}
        town.faults.add(Fault.answer(302, headers=location, route=CDN, times=None))
        answer = await (await remix(town, "as a fox", PICTURE)).private_answer()

    assert "Image 1 (rocket.jpg) does not lie with Discord" in answer.content
    assert visits == []
    assert rows(town) == {}


async def test_a_job_is_cancelled_while_its_pictures_are_prepared(town: Town) -> None:
    town.faults.add(Fault.server_error(503, route=CDN, times=None))
    card = await town.card(await remix(town, "as an owl", PICTURE))
    await town.until_card_says(card, "Preparing the pictures")
    await town.person("ada").click(card, label="Cancel")

    await town.until_card_says(card, "Cancelled", "before it was sent", "Nothing was charged")
    town.faults.clear()
    assert [row["status"] for row in rows(town).values()] == ["cancelled"]
    assert town.runcomfy.ledger == []


# --- names ------------------------------------------------------------------------------------------------------------


async def test_a_name_says_nothing(town: Town) -> None:
    right = UploadedFile("notes.txt", PICTURE.data)
    wrong = UploadedFile("photo.jpg", b"It was a dark and stormy night.")
    await town.until_card_says(await town.card(await remix(town, "as a stamp", right)), "Done")
    answer = await (await remix(town, "as a coin", PICTURE, wrong)).private_answer()

    assert answer.content.startswith("Image 2 (photo.jpg) is no picture")
    assert list(rows(town)) == ["as a stamp"]


# --- killed -----------------------------------------------------------------------------------------------------------


async def test_a_bot_that_is_killed_while_it_copies_and_while_it_mends_mends_again(town: Town) -> None:
    town.discord.administration.set_upload_limit(town.person("ada").user, 50_000_000)
    copying = town.faults.add(Fault.late(60, route=CDN, skip=2))
    scan = UploadedFile("scan.tif", written(noise((2400, 1800)), "TIFF"))
    card = await town.card(await remix(town, "as a reed", scan))
    await town.faults.until_reached(copying)
    await town.bot.kill()
    town.faults.clear()
    await town.restart_bot()
    await until_mending(town)
    await town.bot.kill()
    await town.restart_bot()

    await town.until_card_says(card, "Done", "Image 1: scan.tif (converted from TIFF")
    (sent,) = town.runcomfy.accepted_for("as a reed")
    (one,) = rows(town)["as a reed"]["inputs"]
    assert sent.body["image_urls"] == [one["kept"]["url"]]
    assert town.runcomfy.refused == []


async def until_mending(town: Town) -> None:
    """Wait until a picture lies on the bot's disk as it came."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not list((town.data_dir / "inputs").glob("*/*.came")):
            await asyncio.to_thread(town.bot.log)
