"""``python -m tests.browser.screenshots FOLDER``: pictures of the page, for the README and for judging its looks."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.async_api import FilePayload, async_playwright, expect

from tests.browser.chromium import chromium
from tests.browser.house import DESKTOP, PHONE, House

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.browser.visitor import Visitor

PROMPT = "Drinking coffee in orbit, as a watercolour at dusk"


class Album:
    """Takes the pictures of one look.

    Args:
        house: Where.
        folder: Where they go.
        look: What is in their names, such as ``phone-light``.
    """

    def __init__(self, house: House, folder: Path, look: str) -> None:
        self._house = house
        self._folder = folder
        self._look = look

    async def take(self, visitor: Visitor, name: str) -> None:
        """Take one picture."""
        await visitor.pictures_are_there()
        await visitor.page.screenshot(path=self._folder / f"{self._look}-{name}.png")

    async def fill(self, *, size: tuple[int, int], theme: str) -> None:
        """Take all of them."""
        house = self._house
        house.town.runcomfy.timeline.hold()
        await house.weather.bend("queue", {"length": 2})
        ada = await house.visit("ada", size=size, theme=theme)
        mira = await house.visit("mira", size=size, theme=theme)
        await ada.middle.get_by_role("combobox").fill("/")
        await self.take(ada, "picker")
        await ada.remix(PROMPT, "astronaut.jpg", "coffee.png")
        await ada.sees_card("Place 3")
        await self.take(ada, "queued")
        await mira.use("moderation jobs")
        await expect(mira.private).to_contain_text("Remixes under way")
        await self.take(mira, "moderator")
        await house.weather.bend("queue", {"length": 0})
        house.town.runcomfy.timeline.start_next()
        await ada.sees_card("Painting")
        await self.take(ada, "running")
        house.town.runcomfy.timeline.release()
        await ada.sees_card("Done")
        await ada.open_thread()
        await ada.thread.locator(".message.pinged img").wait_for()
        await self.take(ada, "result")
        await self._be_refused(await house.visit("ben", size=size, theme=theme))
        await self._look_around(ada)

    async def _be_refused(self, ben: Visitor) -> None:
        form = await ben.begin("remix")
        await ben.field(form, "prompt").fill("Notes as a painting")
        notes = FilePayload(name="notes.txt", mimeType="text/plain", buffer=b"no picture")
        await ben.field(form, "image1").set_input_files(notes)
        await ben.send(form)
        await ben.private.wait_for()
        await self.take(ben, "refusal")

    async def _look_around(self, ada: Visitor) -> None:
        await ada.page.get_by_role("button", name="Weather").click()
        await ada.page.get_by_role("dialog").wait_for()
        await self.take(ada, "weather")


async def photograph(browser: Browser, folder: Path) -> None:
    """Take every picture in every look."""
    for theme in ("dark", "light"):
        for name, size in (("desktop", DESKTOP), ("phone", PHONE)):
            with tempfile.TemporaryDirectory() as data:
                async with House(browser, Path(data), is_painted=True) as house:
                    await house.start_bot()
                    await Album(house, folder, f"{name}-{theme}").fill(size=size, theme=theme)


async def main(folder: Path) -> None:
    """Open a browser and take them."""
    folder.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright, await chromium(playwright) as browser:
        await photograph(browser, folder)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
