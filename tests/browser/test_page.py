"""The page itself: people, places, keyboard, small screens, accessibility."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.house import PHONE

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser.house import House

AXE = files("axe_playwright_python") / "axe.min.js"
_SERIOUS = """async () => (await axe.run()).violations
    .filter(one => ['serious', 'critical'].includes(one.impact))
    .map(one => [one.id, one.nodes.map(node => node.html.slice(0, 200))])"""
_PASTE = """async ([selector, kind]) => {
    const answer = await fetch('/samples/rocket.jpg');
    const file = new File([await answer.blob()], 'rocket.jpg', {type: 'image/jpeg'});
    const data = new DataTransfer();
    data.items.add(file);
    const event = kind === 'paste'
        ? new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})
        : new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true});
    document.querySelector(selector).dispatchEvent(event);
}"""


async def test_a_first_visit_shows_what_to_try_and_two_photographs_are_one_click_away(house: House) -> None:
    ada = await house.visit("ada", has_toured=False)
    await expect(ada.page.get_by_role("dialog", name="What to try")).to_be_visible()
    await ada.page.get_by_role("button", name="Remix two of them").click()
    form = ada.middle.get_by_role("form", name="/remix")
    await expect(form.locator(".tile.full")).to_have_text([re.compile("astronaut.jpg"), re.compile("coffee.png")])
    await ada.send(form)
    await ada.sees_card("Asked for by @Ada")
    await ada.page.reload()
    await ada.sees_card("Asked for by @Ada")
    await expect(ada.page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("kind", ["drop", "paste"])
async def test_a_picture_is_attached_by(house: House, kind: str) -> None:
    ada = await house.visit("ada")
    form = await ada.begin("remix")
    for _ in range(2):
        await ada.page.evaluate(_PASTE, ["#middle .command-form", kind])
    await expect(form.locator(".tile.full")).to_have_count(2)
    await expect(form.locator("[data-option=image2]")).to_contain_text("rocket.jpg")


async def test_files_wait_for_a_command_or_go_with_a_message(house: House) -> None:
    ada, ben = await house.visit("ada"), await house.visit("ben")
    await ada.page.evaluate(_PASTE, ["#middle textarea", "paste"])
    await expect(ada.middle.locator(".pending")).to_contain_text("rocket.jpg")
    await ada.middle.get_by_role("combobox").fill("Look, **a rocket**")
    await ada.middle.get_by_role("combobox").press("Enter")
    await expect(ben.middle.locator(".message strong", has_text="a rocket")).to_be_visible()
    await ben.middle.get_by_role("button", name="Open picture: rocket.jpg").click()
    await expect(ben.page.get_by_role("dialog", name="Picture").get_by_role("img")).to_be_visible()
    await ada.page.evaluate(_PASTE, ["#middle textarea", "paste"])
    form = await ada.begin("remix")
    await expect(form.locator("[data-option=image1]")).to_contain_text("rocket.jpg")


async def test_everything_is_done_by_the_keyboard(house: House) -> None:
    ada = await house.visit("ada")
    keyboard = ada.page.keyboard
    await ada.middle.get_by_role("combobox").focus()
    await keyboard.type("/")
    await expect(ada.middle.get_by_role("option", selected=True)).to_contain_text("/jobs list")
    await keyboard.press("ArrowDown")
    await expect(ada.middle.get_by_role("option", selected=True)).to_contain_text("/jobs show")
    await keyboard.press("ArrowDown")
    await expect(ada.middle.get_by_role("option", selected=True)).to_contain_text("/remix")
    await keyboard.press("Enter")
    form = ada.middle.get_by_role("form", name="/remix")
    await expect(form.get_by_label("prompt")).to_be_focused()
    await keyboard.type("No picture yet")
    await keyboard.press("Enter")
    await expect(form.get_by_role("alert")).to_have_text("image1 is required.")
    await expect(form.locator("[data-option=image1] input")).to_be_focused()
    await keyboard.press("Escape")
    await expect(ada.middle.get_by_role("combobox")).to_be_focused()
    await keyboard.type("Hello")
    await keyboard.press("Enter")
    await expect(ada.middle.locator(".message")).to_contain_text("Hello")
    await ada.middle.get_by_role("button", name="More about the message of Ada").focus()
    await keyboard.press("Enter")
    await expect(ada.page.get_by_role("menuitem", name="Reply")).to_be_focused()
    await keyboard.press("ArrowUp")
    await expect(ada.page.get_by_role("menuitem", name="Delete message")).to_be_focused()
    await keyboard.press("Enter")
    await expect(ada.middle.locator(".message")).to_have_count(0)


async def test_a_newcomer_looks_and_cannot_write(house: House) -> None:
    nico = await house.visit("nico")
    await expect(nico.middle.get_by_role("combobox")).to_be_disabled()
    await expect(nico.middle.get_by_placeholder("You cannot write here")).to_be_visible()
    await expect(nico.page.locator("#places")).not_to_contain_text("mods")


async def test_whoever_becomes_another_sees_what_they_see(house: House) -> None:
    visitor = await house.visit("ada")
    await visitor.use("jobs list")
    await expect(visitor.private).to_contain_text("Only you can see this")
    await visitor.page.get_by_label("You are").select_option(label="Mira · moderator")
    await expect(visitor.page.locator("#places")).to_contain_text("mods")
    await expect(visitor.page.locator(".message.ephemeral")).to_have_count(0)
    await visitor.page.get_by_label("You are").select_option(label="Piet · admin")
    await expect(visitor.page.locator("#places")).not_to_contain_text("Remix Garden")
    await expect(visitor.middle.locator(".pane-head")).to_contain_text("pond")


async def test_a_phone_shows_one_thing_at_a_time_and_nothing_is_cut_off(house: House) -> None:
    ada = await house.visit("ada", size=PHONE, has_touch=True)
    await ada.remix("A rocket on a postcard", "rocket.jpg")
    await ada.sees_card("Done")
    assert await _overflow(ada.page) == 0
    await ada.card.dispatch_event("touchstart")
    await expect(ada.page.get_by_role("menuitem", name="Reply")).to_be_focused()
    await ada.card.dispatch_event("touchend")
    await ada.page.keyboard.press("Escape")
    await ada.open_thread()
    await expect(ada.thread.get_by_role("img", name=re.compile("^Picture 1"))).to_be_visible()
    await expect(ada.middle).to_be_hidden()
    assert await _overflow(ada.page) == 0
    await ada.thread.get_by_role("button", name="Close thread").click()
    await ada.page.get_by_role("button", name="Servers and channels").click()
    await ada.page.locator("#places").get_by_role("button", name="lobby").click()
    await expect(ada.middle.locator(".pane-head")).to_contain_text("lobby")
    await expect(ada.page.locator("#places")).to_be_hidden()


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_axe_finds_no_serious_barrier_in(house: House, theme: str) -> None:
    ada = await house.visit("ada", theme=theme)
    await ada.remix("A cat in a garden", "chelsea.png", "coffee.png")
    await ada.sees_card("Done")
    await ada.open_thread()
    await ada.press(ada.thread, "Details")
    await expect(ada.private).to_contain_text("Only you can see this")
    await ada.thread.get_by_role("combobox").fill("/")
    await expect(ada.thread.get_by_role("option").first).to_be_visible()
    await ada.begin("remix")
    await _is_free_of_barriers(ada.page)
    await ada.page.get_by_role("button", name="Weather").click()
    await expect(ada.page.get_by_role("dialog", name="Weather")).to_be_visible()
    await _is_free_of_barriers(ada.page)
    await ada.page.get_by_role("button", name="Close", exact=True).click()
    await ada.page.get_by_role("button", name="Tour").click()
    await _is_free_of_barriers(ada.page)


async def _is_free_of_barriers(page: Page) -> None:
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    assert await page.evaluate(_SERIOUS) == []


async def _overflow(page: Page) -> int:
    """By how many pixels the page, or a list of messages, is wider than its place."""
    return int(
        await page.evaluate(
            "Math.max(...[document.documentElement, ...document.querySelectorAll('.messages, .composer')]"
            ".map(one => one.scrollWidth - one.clientWidth))"
        )
    )
