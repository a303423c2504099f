"""Visitors: people in front of the page, each with a browser window of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from playwright.async_api import expect

from sandbox import samples

if TYPE_CHECKING:
    import re

    from playwright.async_api import BrowserContext, ConsoleMessage, Locator, Page, Request

SAMPLES: Final = Path(samples.__file__).parent
PATIENCE_MS: Final = 20_000
expect.set_options(timeout=PATIENCE_MS)


class Visitor:
    """Somebody who looks at the page.

    Args:
        context: Their browser, apart from everyone else's.
        page: The page in it.

    Attributes:
        complaints: What the browser complained about, and what the page wanted from elsewhere.
    """

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self.context = context
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.on("request", self._see)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")

    def _see(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"blob", "data"} and address.hostname != "127.0.0.1":
            self.complaints.append(f"a request to {request.url}")

    # --- looking ------------------------------------------------------------------------------------------------------

    @property
    def middle(self) -> Locator:
        """The channel."""
        return self.page.locator("#middle")

    @property
    def thread(self) -> Locator:
        """The thread at the side."""
        return self.page.locator("#side")

    @property
    def card(self) -> Locator:
        """The newest status card in the channel."""
        return self.middle.locator(".message:not(.ephemeral)").filter(has=self.page.locator(".container")).last

    @property
    def private(self) -> Locator:
        """The newest message that only they see, wherever it is."""
        return self.page.locator(".message.ephemeral").last

    async def sees_card(self, *words: str | re.Pattern[str]) -> None:
        """Wait until these words stand on the card."""
        for one in words:
            await expect(self.card).to_contain_text(one)

    async def pictures_are_there(self) -> None:
        """Wait until every picture on the page has come; one that is broken fails."""
        # No wait_for_function: it evaluates texts again and again, which the page's own policy forbids.
        await self.page.evaluate("async () => { for (const one of document.images) await one.decode() }")

    # --- doing --------------------------------------------------------------------------------------------------------

    async def enter(self, channel: str) -> None:
        """Go to a channel; a narrow page lists them behind a button."""
        if not await self.page.locator("#places").is_visible():
            await self.page.get_by_role("button", name="Servers and channels").click()
        await self.page.locator("#places").get_by_role("button", name=channel).click()

    async def begin(self, command: str) -> Locator:
        """Choose a command in the picker and answer its form."""
        box = self.middle.get_by_role("combobox")
        await box.fill(f"/{command}")
        await expect(self.middle.get_by_role("option").first).to_be_visible()
        await box.press("Enter")
        return self.middle.get_by_role("form", name=f"/{command}")

    async def use(self, command: str) -> None:
        """Use a command that needs nothing filled in."""
        await self.send(await self.begin(command))

    def field(self, form: Locator, option: str) -> Locator:
        """The input of one option of a command's form."""
        return form.locator(f"[data-option={option}]").locator("input, select")

    async def send(self, form: Locator) -> None:
        """Send a filled-in command."""
        await form.get_by_role("button", name="Send", exact=True).click()

    async def remix(self, prompt: str, *names: str) -> None:
        """Use ``/remix`` with sample photographs."""
        form = await self.begin("remix")
        await self.field(form, "prompt").fill(prompt)
        await self.field(form, "image1").set_input_files([SAMPLES / one for one in names])
        await self.send(form)

    async def press(self, where: Locator, label: str) -> None:
        """Press a button of the bot's; where several messages have it, the newest one's."""
        await where.get_by_role("button", name=label, exact=True).last.click()

    async def open_thread(self) -> None:
        """Open the thread of the newest card."""
        await self.card.locator(".thread-card").click()
        await expect(self.thread.locator(".pane-head")).to_be_visible()

    async def choose_from_menu(self, message: Locator, label: str) -> None:
        """Use a message's menu by right click."""
        await message.locator(".body > header").click(button="right")
        await self.page.get_by_role("menuitem", name=label).click()
