"""``python -m tests.browser.screenshots FOLDER``: pictures of the page, for the README and for judging its looks."""

from __future__ import annotations

import asyncio
import io
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pillow_heif
from PIL import Image
from playwright.async_api import FilePayload, async_playwright, expect

from tests.browser.chromium import chromium
from tests.browser.house import DESKTOP, PHONE, House
from tests.browser.visitor import SAMPLES
from tests.brushes import resized

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
        await self._be_mended(await house.visit("olga", size=size, theme=theme))
        await self._be_brought_along(await house.visit("uma", size=size, theme=theme))
        await self._look_around(ada)

    async def _be_refused(self, ben: Visitor) -> None:
        form = await ben.begin("remix")
        await ben.field(form, "prompt").fill("Notes as a painting")
        notes = FilePayload(name="notes.txt", mimeType="text/plain", buffer=b"no picture")
        await ben.field(form, "image1").set_input_files(notes)
        await ben.send(form)
        await ben.private.wait_for()
        await self.take(ben, "refusal")

    async def _be_mended(self, olga: Visitor) -> None:
        """A phone's photographs, one of them lying on its side, and a strip."""
        upright = Image.open(SAMPLES / "chelsea.png").convert("RGB")
        strip = resized(upright, (1600, 200))
        form = await olga.begin("remix")
        await olga.field(form, "prompt").fill("A cat in a postcard from the sea")
        files = [
            _file("IMG_2041.heic", upright, "HEIF", 1),
            _file("IMG_2042.jpg", upright.rotate(90, expand=True), "JPEG", 6),
            _file("strip.png", strip, "PNG", 1),
        ]
        await olga.field(form, "image1").set_input_files(files)
        await olga.send(form)
        await olga.sees_card("A cat in a postcard", "margins added", "Done")
        await self.take(olga, "mended-card")
        await olga.open_thread()
        await olga.thread.get_by_text("Before").first.wait_for()
        await olga.thread.get_by_text("Before").first.scroll_into_view_if_needed()
        await self.take(olga, "mended-gallery")

    async def _be_brought_along(self, uma: Visitor) -> None:
        await uma.enter("whispers")
        await uma.remix("A cat of mist", "chelsea.png")
        await uma.private.get_by_role("img", name=re.compile("^Picture 1")).wait_for()
        await self.take(uma, "guest")

    async def _look_around(self, ada: Visitor) -> None:
        await ada.page.get_by_role("button", name="Weather").click()
        await ada.page.get_by_role("dialog").wait_for()
        await self.take(ada, "weather")


def _file(name: str, image: Image.Image, kind: str, orientation: int) -> FilePayload:
    """Save a picture with EXIF's orientation, 1 to 8."""
    pillow_heif.register_heif_opener()  # pyright: ignore[reportUnknownMemberType] - its options have no types
    exif = Image.Exif()
    exif[0x0112] = orientation
    stream = io.BytesIO()
    image.save(stream, kind, exif=exif)
    return FilePayload(name=name, mimeType="application/octet-stream", buffer=stream.getvalue())


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
