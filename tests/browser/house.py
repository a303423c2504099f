"""The house in which browser tests happen: a town with its chat page, and the visitors in front of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from sandbox.discord.composer import Draft
from sandbox.discord.kinds import CallbackType, MessageFlag
from sandbox.discord.state import Upload
from sandbox.faults import Faults
from sandbox.samples import sample
from sandbox.weather import Weather
from sandbox.web.server import ChatPage
from tests.browser.visitor import PATIENCE_MS, Visitor
from tests.e2e.town import Town

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.async_api import Browser

    from sandbox.discord.events import Event
    from sandbox.discord.state import Interaction

DESKTOP = (1280, 800)
PHONE = (390, 844)


class House:
    """One town, its page, and any number of visitors.

    Args:
        browser: Opens their windows.
        folder: Where the bot keeps its data.
        is_painted: Whether results are real edits, which take a second each; else small and plain.
    """

    def __init__(self, browser: Browser, folder: Path, *, is_painted: bool = False) -> None:
        self._browser = browser
        self._is_painted = is_painted
        self._faults = Faults()
        self.town = Town(folder, faults=self._faults)
        self.visitors: list[Visitor] = []

    async def __aenter__(self) -> Self:
        await self.town.__aenter__()
        self.weather = Weather(self.town.servers, bot=self.town.new_process(), discord_faults=self._faults)
        self.page = ChatPage(self.town.discord, self.weather)
        await self.page.start()
        self.town.runcomfy.knobs = replace(self.town.runcomfy.knobs, run_seconds=0.5, painted=self._is_painted)
        return self

    async def __aexit__(self, *_exception: object) -> None:
        for visitor in self.visitors:
            await visitor.context.close()
        await self.page.stop()
        await self.weather.bend("bot", {"do": "kill"})
        await self.town.__aexit__()

    async def start_bot(self) -> None:
        """Start the real bot and wait until it listens."""
        await self.weather.bend("bot", {"do": "start"})
        await self.town.servers.until_bot_is_ready()

    async def visit(
        self,
        username: str = "ada",
        *,
        size: tuple[int, int] = DESKTOP,
        theme: str = "dark",
        channel: str = "art",
        has_toured: bool = True,
        has_touch: bool = False,
    ) -> Visitor:
        """Let somebody come in and wait until they see the channel.

        Args:
            username: Who they are.
            size: Of their window, in CSS pixels.
            theme: ``dark`` or ``light``.
            channel: Where they look.
            has_toured: Whether they were here before.
            has_touch: Whether they have a touch screen.
        """
        width, height = size
        context = await self._browser.new_context(
            viewport={"width": width, "height": height}, locale="en-US", reduced_motion="reduce", has_touch=has_touch
        )
        toured = "localStorage.setItem('toured', 'yes');" if has_toured else ""
        await context.add_init_script(f"localStorage.setItem('theme', '{theme}');{toured}")
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        visitor = Visitor(context, page)
        self.visitors.append(visitor)
        await page.goto(f"{self.page.url}/?as={username}&in={channel}")
        await visitor.middle.locator(".pane").wait_for()
        return visitor

    def post(self, components: list[dict[str, Any]], *, channel: str = "art") -> None:
        """Let the bot send a message of these components, with the files zoo.png and notes.txt."""
        attachments = [{"id": "0", "filename": "zoo.png"}, {"id": "1", "filename": "notes.txt"}]
        payload = {"components": components, "flags": int(MessageFlag.COMPONENTS_V2), "attachments": attachments}
        files = {0: Upload("zoo.png", sample("chelsea")), 1: Upload("notes.txt", b"notes")}
        self.town.discord.services.messages.send(self.town.channel(channel), Draft(payload, files))


class Puppet:
    """A bot of the test's own making, for what ours does not do yet.

    Args:
        town: Where it lives; no real bot may run there.
        commands: What it publishes.
        answers: Its answer to an interaction: the type and the data of the callback.
    """

    def __init__(
        self,
        town: Town,
        commands: list[dict[str, Any]],
        answers: Callable[[Interaction], tuple[CallbackType, dict[str, Any]] | None],
    ) -> None:
        self._services = town.discord.services
        self._answers = answers
        self.asked: list[Interaction] = []
        self._services.commands.replace_all(None, commands)
        self._services.world.subscribers.append(self._hear)

    def data(self) -> dict[str, Any]:
        """What was entered into the newest interaction."""
        return self.asked[-1].data("")

    def _hear(self, event: Event) -> None:
        if event.name != "INTERACTION_CREATE":
            return
        interaction = list(self._services.world.directory.interactions.values())[-1]
        self.asked.append(interaction)
        answer = self._answers(interaction)
        if answer is not None:
            draft = Draft({"type": int(answer[0]), "data": answer[1]}, {})
            self._services.interactions.answer(interaction.id, interaction.token, draft)
