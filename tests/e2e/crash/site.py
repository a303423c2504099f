"""The place of the crashes: both simulators, one database, and a bot that is killed again and again."""

from __future__ import annotations

import asyncio
import io
import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Self

from PIL import Image

from bot.ui.custom_id import Action
from sandbox.bot_process import BotProcess
from sandbox.discord.actor import UploadedFile
from sandbox.discord.layout import walk
from sandbox.faults import Faults
from sandbox.runcomfy.timeline import Fate
from sandbox.servers import Servers
from tests.e2e.crash.books import Book, SqliteBook
from tests.e2e.crash.boundaries import Boundary, Service, reach

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from sandbox.discord.state import Message

PATIENCE_SECONDS: Final = 60.0
"""How long anything may take that must come; the machine may be busy."""
_LOOK_EVERY: Final = 0.05
"""How often the database is looked at while the bot lives, in seconds."""
_MANY_THREADS: Final = 10_000
_PICTURES: Final = (1, 1, 1, 2, 11)
"""How many pictures a run gives, by chance; eleven are two messages."""
_SLOTS: Final = 6
"""So few that some requests wait in the provider's queue, where they can be cancelled."""
_RUN_SECONDS: Final = (0, 0, 0.5, 3)
_FAILED_RUNS: Final = 0.05


@dataclass(frozen=True)
class Place:
    """Where somebody remixes."""

    username: str
    channel_id: int


class CrashSite:
    """One world, one database, and one bot at a time.

    Args:
        folder: Where the bot keeps its data and log.
        chance: Decides places, pictures and run times; seeded.
        book: The database; SQLite in the folder by default.
        new_faults: Makes the faults of each simulator.
    """

    def __init__(
        self,
        folder: Path,
        *,
        chance: random.Random,
        book: Book | None = None,
        new_faults: Callable[[Service], Faults] = lambda _: Faults(),
    ) -> None:
        self.faults = {service: new_faults(service) for service in Service}
        self.servers = Servers(
            discord_faults=self.faults[Service.DISCORD], runcomfy_faults=self.faults[Service.RUNCOMFY]
        )
        self.world = self.servers.discord.world
        self.runcomfy = self.servers.runcomfy
        self.asked: list[str] = []
        self._chance = chance
        self._numbers = itertools.count(1)
        self.book = book if book is not None else SqliteBook(folder / "data" / "remix.db")
        self._picture = _small_picture()
        self._places: list[Place] = []
        self._folder = folder
        self._bot: BotProcess | None = None

    async def __aenter__(self) -> Self:
        await self.servers.__aenter__()
        self.runcomfy.knobs = replace(self.runcomfy.knobs, slots=_SLOTS, painted=False)
        for guild in self.world.directory.guilds.values():
            guild.thread_cap = _MANY_THREADS
        await self._find_places()
        self._bot = self.new_process(self._folder)
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.bot.kill()
        await self.servers.__aexit__()

    async def _find_places(self) -> None:
        """A channel with threads in each server, the inside of a thread, and direct messages."""
        ada = self.servers.discord.actor("ada")
        art = self.world.channel("art").id
        thread = await ada.start_thread(await ada.say(art, "Remixes of the day"), "Remixes of the day")
        inbox = await ada.open_dm()
        self._places = [
            *(Place(name, art) for name in ("ada", "ben", "mira")),
            Place("ben", self.world.channel("lobby").id),
            Place("piet", self.world.channel("pond").id),
            Place("ben", thread.id),
            Place("ada", inbox.id),
        ]

    # --- the bot ------------------------------------------------------------------------------------------------------

    def new_process(self, folder: Path) -> BotProcess:
        """A bot that keeps its files and its log in a folder, not started."""
        settings = {"LOG_LEVEL": "INFO", "MAX_IN_FLIGHT": "20", "DATABASE_URL": self.book.url}
        return BotProcess({**self.servers.environment(folder / "data"), **settings}, folder=folder)

    def log(self) -> str:
        """Everything that any bot wrote."""
        return "".join(file.read_text(encoding="utf-8", errors="replace") for file in self._folder.rglob("bot.log"))

    @property
    def bot(self) -> BotProcess:
        """The process, one after the other."""
        assert self._bot is not None
        return self._bot

    async def start(self) -> None:
        """Start the bot, without waiting for it."""
        self.servers.discord.gateway.forget_sessions()
        await self.bot.start()

    async def until_ready(self) -> None:
        """Wait until the bot listens."""
        await self.patiently(
            self.servers.until_bot_is_ready(timeout_seconds=2 * PATIENCE_SECONDS), "the bot's readiness"
        )

    async def live(self, seconds: float) -> None:
        """Let the bot live for a while.

        Raises:
            AssertionError: It ended by itself.
        """
        try:
            code = await asyncio.wait_for(self.bot.wait(), seconds)
        except TimeoutError:
            return
        raise AssertionError(f"the bot ended with {code}\n{self.bot.log()[-4000:]}")

    async def kill(self) -> None:
        """Kill the bot, and let what was held go."""
        await self.bot.kill()
        for faults in self.faults.values():
            faults.clear()

    async def reach(self, boundary: Boundary) -> None:
        """Let the bot run up to a boundary, and hold it there."""
        await self.patiently(reach(boundary, self.faults[boundary.service]), boundary.name)
        await self.until(lambda: self.count(boundary.witness) > 0, f"a row at: {boundary.name}")

    async def patiently(self, work: Coroutine[Any, Any, None], what: str) -> None:
        """Wait for something that must come while the bot lives.

        Raises:
            AssertionError: It did not come, or the bot ended by itself.
        """
        working, living = asyncio.create_task(work), asyncio.create_task(self.bot.wait())
        done, _ = await asyncio.wait((working, living), timeout=PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        living.cancel()
        if working not in done:
            working.cancel()
            raise AssertionError(f"{what} did not come\n{self.bot.log()[-6000:]}")
        working.result()

    async def until(self, holds: Callable[[], bool], what: str, *, seconds: float = PATIENCE_SECONDS) -> None:
        """Look at the database, while the bot lives, until something holds there."""
        try:
            async with asyncio.timeout(seconds):
                while not holds():
                    await self.live(_LOOK_EVERY)
        except TimeoutError as error:
            raise AssertionError(f"{what} did not come\n{self.bot.log()[-6000:]}") from error

    # --- people -------------------------------------------------------------------------------------------------------

    async def ask(self, count: int) -> None:
        """Let people use ``/remix`` so many times."""
        for _ in range(count):
            place = self._chance.choice(self._places)
            prompt = f"remix number {next(self._numbers)}"
            self.asked.append(prompt)
            file = UploadedFile("small.png", self._picture)
            person = self.servers.discord.actor(place.username)
            self.runcomfy.timeline.plan(self._fate())
            await person.slash(place.channel_id, "remix", {"prompt": prompt, "image1": file})

    async def cancel(self, at_most: int) -> None:
        """Let people press Cancel on some of their cards that offer it."""
        offered = [one for one in self.messages() if one.interaction is not None and _cancel_button(one) is not None]
        for card in self._chance.sample(offered, min(at_most, len(offered))):
            assert card.interaction is not None
            person = self.world.directory.users[card.interaction.user_id]
            await self.servers.discord.actor(person.username).click(card, _cancel_button(card))

    def _fate(self) -> Fate:
        return Fate(
            run_seconds=self._chance.choice(_RUN_SECONDS),
            images=self._chance.choice(_PICTURES),
            error="The model could not finish." if self._chance.random() < _FAILED_RUNS else None,
        )

    # --- looking ------------------------------------------------------------------------------------------------------

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Ask the database without writing; before its first start there is nothing in it."""
        return self.book.rows(query)

    def count(self, where: str) -> int:
        """Count the jobs whose row says something."""
        return sum(row["n"] for row in self.rows(f"SELECT count(*) AS n FROM jobs WHERE {where}"))  # noqa: S608

    def tokens(self) -> dict[str, str]:
        """Everything that opens something and must never be written down, by name."""
        addresses = self.servers.addresses
        every = {"Discord": addresses.discord_token, "RunComfy": addresses.runcomfy_api_token}
        return every | {f"interaction {key}": one.token for key, one in self.world.directory.interactions.items()}

    def messages(self) -> list[Message]:
        """Every message of the bot that stands somewhere."""
        bot_id = self.world.bot.id
        every = (one for channel_id in self.world.directory.messages for one in self.world.messages_in(channel_id))
        return [one for one in every if one.author_id == bot_id]


def _cancel_button(message: Message) -> str | None:
    custom_ids = [str(one.get("custom_id") or "") for one in walk(message.components)]
    return next((one for one in custom_ids if one.startswith(f"v1:{Action.CANCEL}:")), None)


def _small_picture() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(stream, "PNG")
    return stream.getvalue()
