"""Remixing in the browser: attach, send, watch, see; and what is refused."""
# ruff: noqa: RUF001 - readers are given real apostrophes

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from playwright.async_api import FilePayload, expect

if TYPE_CHECKING:
    from tests.browser.house import House

PROMPT = "The astronaut drinks coffee"


async def test_two_photographs_are_remixed_before_ones_eyes(house: House) -> None:
    house.town.runcomfy.knobs = replace(house.town.runcomfy.knobs, painted=True, run_seconds=2)
    house.town.runcomfy.timeline.hold()
    await house.weather.bend("queue", {"length": 2})
    ada = await house.visit("ada")
    await ada.remix(PROMPT, "astronaut.jpg", "coffee.png")
    await ada.sees_card("Place 3", PROMPT)
    await expect(ada.card.locator(".picture img")).to_have_count(2)
    await house.weather.bend("queue", {"length": 0})
    await ada.sees_card("Place 1")
    house.town.runcomfy.timeline.start_next()
    await ada.sees_card("Painting")
    house.town.runcomfy.timeline.release()
    await ada.open_thread()
    picture = ada.thread.get_by_role("img", name=re.compile(r"^Picture 1 of a remix"))
    await expect(picture).to_be_visible()
    await ada.sees_card("Done")
    await ada.pictures_are_there()
    await expect(ada.thread.locator(".message.pinged")).to_contain_text("@Ada, your remix is here")
    shown = await (await ada.page.request.get(f"{house.page.url}{await picture.get_attribute('src')}")).body()
    (paid,) = house.town.runcomfy.accepted_for(PROMPT)
    assert [hashlib.sha256(shown).hexdigest()] == house.town.runcomfy.output_sha256(paid.request_id)


async def test_the_requester_cancels_in_the_queue(house: House) -> None:
    house.town.runcomfy.timeline.hold()
    ada = await house.visit("ada")
    await ada.remix("A cat of glass", "chelsea.png")
    await ada.sees_card("In RunComfy’s queue")
    await ada.press(ada.card, "Cancel")
    await expect(ada.private).to_contain_text("I asked RunComfy to cancel it")
    await ada.sees_card("Cancelled", "By @Ada")
    await expect(ada.card.get_by_role("button", name="Cancel")).to_have_count(0)


async def test_a_stranger_is_refused_and_a_moderator_cancels_before_two_pairs_of_eyes(house: House) -> None:
    house.town.runcomfy.timeline.hold()
    ada, ben, mira = [await house.visit(name) for name in ("ada", "ben", "mira")]
    await ada.remix("A rocket of wool", "rocket.jpg")
    await ben.sees_card("In RunComfy’s queue", "@Ada")
    await ben.press(ben.card, "Cancel")
    await expect(ben.private).to_contain_text("Only the person who asked for this remix, or a moderator")
    await expect(ben.private).to_contain_text("Only you can see this")
    await mira.use("moderation jobs")
    await expect(mira.private).to_contain_text("Remixes under way")
    await mira.press(mira.private, "Cancel")
    await ada.sees_card("Cancelled", "By @Mira")
    await ben.sees_card("Cancelled")
    for other in (ada, mira):
        assert "Only the person who asked" not in await other.page.locator("body").inner_text()
    assert await ada.page.locator(".message.ephemeral").count() == 0


async def test_a_moderator_cancels_by_the_menu_of_the_card(house: House) -> None:
    house.town.runcomfy.timeline.hold()
    ada, mira = await house.visit("ada"), await house.visit("mira")
    await ada.remix("A rocket of snow", "rocket.jpg")
    await mira.sees_card("In RunComfy’s queue")
    await mira.choose_from_menu(mira.card, "Cancel remix")
    await expect(mira.private).to_contain_text("I asked RunComfy to cancel it")
    await ada.sees_card("Cancelled", "By @Mira")
    await ada.card.locator(".body > header").click(button="right")
    await expect(ada.page.get_by_role("menuitem", name="Reply")).to_be_visible()
    await expect(ada.page.get_by_role("menuitem", name="Cancel remix")).to_have_count(0)


async def test_somebody_who_brought_the_bot_along_remixes_where_it_is_not_and_alone_sees_it(house: House) -> None:
    uma, cora = await house.visit("uma"), await house.visit("cora")
    for visitor in (uma, cora):
        await visitor.page.get_by_role("button", name="whispers").click()
    await uma.remix("A cat of mist", "chelsea.png")
    await expect(uma.private).to_contain_text("A cat of mist")
    await expect(uma.private.get_by_role("img", name=re.compile("^Picture 1 of a remix"))).to_be_visible()
    await expect(uma.private).to_contain_text("Only you can see this")
    await expect(cora.page.locator(".message")).to_have_count(0)
    await uma.page.get_by_role("button", name="Weekend").click()
    await uma.use("jobs list")
    await expect(uma.private).to_contain_text("Done")


async def test_a_bad_file_is_refused_with_its_text_and_for_its_sender_alone(house: House) -> None:
    ada, ben = await house.visit("ada"), await house.visit("ben")
    form = await ada.begin("remix")
    await form.get_by_label("prompt").fill("Notes as a painting")
    notes = FilePayload(name="notes.txt", mimeType="text/plain", buffer=b"no picture")
    await form.locator("[data-option=image1] input").set_input_files(notes)
    await ada.send(form)
    await expect(ada.private).to_contain_text("notes.txt")
    await expect(ada.private).to_contain_text("Only you can see this")
    await expect(ben.page.locator(".message")).to_have_count(0)
    await ada.press(ada.private, "Dismiss message")
    await expect(ada.page.locator(".message.ephemeral")).to_have_count(0)
    assert house.town.runcomfy.ledger == []


async def test_a_bot_that_is_killed_in_mid_job_brings_the_result_after_its_restart(house: House) -> None:
    house.town.runcomfy.timeline.hold()
    ada = await house.visit("ada")
    await ada.remix("A cat in a storm", "chelsea.png")
    await ada.sees_card("In RunComfy’s queue")
    await house.weather.bend("bot", {"do": "kill"})
    await expect(ada.page.locator("#bot-state")).to_have_text("Bot offline")
    house.town.runcomfy.timeline.release()
    await ada.use("jobs list")
    await expect(ada.middle.get_by_text("The application did not respond")).to_be_visible()
    await house.weather.bend("bot", {"do": "start"})
    await expect(ada.page.locator("#bot-state")).to_have_text("Bot online")
    await ada.sees_card("Done")
    await ada.open_thread()
    await expect(ada.thread.get_by_role("img", name=re.compile("^Picture 1"))).to_be_visible()
    assert len(house.town.runcomfy.ledger) == 1
