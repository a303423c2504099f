"""The weather panel: what a person bends there reaches the bot, and the page shows what comes of it."""
# ruff: noqa: RUF001 - readers are given real apostrophes

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

if TYPE_CHECKING:
    from playwright.async_api import Locator

    from tests.browser.house import House
    from tests.browser.visitor import Visitor


async def _panel(visitor: Visitor) -> Locator:
    await visitor.page.get_by_role("button", name="Weather").click()
    panel = visitor.page.get_by_role("dialog", name="Weather")
    await expect(panel).to_be_visible()
    return panel


async def _close(panel: Locator) -> None:
    await panel.get_by_role("button", name="Close").click()
    await expect(panel).to_have_count(0)


@pytest.mark.parametrize(("button", "words"), [("Fails", "The painting failed"), ("Is refused", "RunComfy refused")])
async def test_the_next_job(house: House, button: str, words: str) -> None:
    ada = await house.visit("ada")
    panel = await _panel(ada)
    await panel.get_by_role("button", name=button).click()
    await expect(panel.get_by_role("status")).to_contain_text("1 planned")
    await _close(panel)
    await ada.remix("A cat in bad luck", "chelsea.png")
    await ada.sees_card(words)


async def test_an_outage_is_waited_out(house: House) -> None:
    house.town.runcomfy.timeline.hold()
    ada = await house.visit("ada")
    await ada.remix("A rocket in the rain", "rocket.jpg")
    await ada.sees_card("In RunComfy’s queue")
    panel = await _panel(ada)
    answers = panel.get_by_role("combobox", name="RunComfy answers")
    await answers.select_option("nothing: it is down")
    await expect(panel.get_by_role("status")).to_contain_text("RunComfy: down")
    await panel.get_by_role("button", name="Release").click()
    await answers.select_option("well")
    await _close(panel)
    await ada.sees_card("Done")
    assert len(house.town.runcomfy.ledger) == 1


async def test_a_permission_that_was_taken_is_named(house: House) -> None:
    ada = await house.visit("ada")
    panel = await _panel(ada)
    await panel.get_by_label("Attach Files").check()
    await panel.get_by_role("button", name="Take these permissions away").click()
    await _close(panel)
    await ada.remix("A cat without files", "chelsea.png")
    await expect(ada.private).to_contain_text("Attach Files")


async def test_the_process_is_killed_and_started_from_the_panel(house: House) -> None:
    ada = await house.visit("ada")
    panel = await _panel(ada)
    report = panel.get_by_role("status")
    pid = house.weather.now()["bot_pid"]
    await expect(report).to_contain_text(f"process {pid}.")
    await panel.get_by_role("button", name="Kill -9").click()
    await expect(report).to_contain_text("not running")
    await panel.get_by_role("button", name="Start", exact=True).click()
    await expect(ada.page.locator("#bot-state")).to_have_text("Bot online")
    assert house.weather.now()["bot_pid"] not in {None, pid}
