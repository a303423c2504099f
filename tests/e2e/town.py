"""Both simulated services with the real bot as a process, and what tests do and look at there."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from bot.domain.job import GALLERY_PART
from sandbox.bot_process import BotProcess
from sandbox.discord.actor import UploadedFile
from sandbox.discord.layout import walk
from sandbox.discord.server import HEARTBEAT_SECONDS
from sandbox.discord.transcript import Transcript
from sandbox.faults import Faults
from sandbox.samples import sample
from sandbox.servers import Servers
from tests.contract.published import PUBLISHED_DESCRIPTION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sandbox.discord.actor import Actor
    from sandbox.discord.exchange import Exchange
    from sandbox.discord.oracle import Oracle
    from sandbox.discord.state import Channel, Message

PATIENCE_SECONDS = 40.0


def published_oracle() -> Oracle | None:
    """Discord's published description as a judge of every exchange, where it is at hand."""
    if not PUBLISHED_DESCRIPTION.exists():
        return None
    from sandbox.discord.oracle import Oracle  # noqa: PLC0415 - it needs a library that the sandbox does without

    return Oracle(PUBLISHED_DESCRIPTION)


def is_gallery(message: Message) -> bool:
    """Whether a message keeps what went into a remix, by the marker that its buttons carry."""
    return any(str(one.get("custom_id", "")).endswith(f":{GALLERY_PART}") for one in walk(message.components))


class Town:
    """One world, one bot.

    Args:
        folder: Where the bot keeps its data and log.
        settings: More of the bot's settings.
        faults: Makes Discord fail on demand.
        heartbeat_seconds: How often the bot must show the gateway that it lives.
        module: The program of the bot, for one that is put together otherwise.
    """

    def __init__(
        self,
        folder: Path,
        *,
        settings: Mapping[str, str] | None = None,
        faults: Faults | None = None,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        module: str = "bot",
    ) -> None:
        self.faults = faults if faults is not None else Faults()
        self.servers = Servers(
            oracle=published_oracle(), discord_faults=self.faults, heartbeat_seconds=heartbeat_seconds
        )
        self.discord = self.servers.discord
        self.runcomfy = self.servers.runcomfy
        self.runcomfy.knobs = replace(self.runcomfy.knobs, run_seconds=0.2)
        self.world = self.discord.world
        self.data_dir = folder / "data"
        self._folder = folder
        self._module = module
        self._settings = dict(settings or {})
        self._transcript = Transcript(self.world)
        self._bot: BotProcess | None = None

    async def __aenter__(self) -> Self:
        await self.servers.__aenter__()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        if self._bot is not None:
            await self._bot.stop()
        await self.servers.__aexit__()

    # --- the bot ------------------------------------------------------------------------------------------------------

    @property
    def bot(self) -> BotProcess:
        """The process."""
        assert self._bot is not None
        return self._bot

    def new_process(self, *words: str, **settings: str) -> BotProcess:
        """A process with this town's settings, not started: ``run``, or another command."""
        environment = {**self.servers.environment(self.data_dir), **self._settings, **settings}
        return BotProcess(environment, folder=self._folder, module=self._module, words=words or ("run",))

    async def command(self, *words: str, **settings: str) -> tuple[int, str]:
        """Run a command of the bot to its end; answers its exit code and what it wrote."""
        process = self.new_process(*words, **settings)
        process.log_path.unlink(missing_ok=True)
        await process.start()
        return await process.wait(), process.log()

    async def start_bot(self) -> None:
        """Start the bot and wait until it listens."""
        self._bot = self.new_process()
        await self._bot.start()
        try:
            await self.servers.until_bot_is_ready()
        except TimeoutError as error:
            raise AssertionError(self._bot.log()) from error

    async def restart_bot(self, **settings: str) -> None:
        """Start the bot again after it was killed or stopped, with settings that are new or others by now."""
        self._settings |= settings
        self.discord.gateway.forget_sessions()
        await self.start_bot()

    # --- people -------------------------------------------------------------------------------------------------------

    def person(self, username: str) -> Actor:
        """Somebody of the town."""
        return self.discord.actor(username)

    def channel(self, name: str) -> Channel:
        """A channel by name."""
        return self.world.channel(name)

    async def remix(
        self, username: str, prompt: str, *samples: str, channel_id: int | None = None, **options: Any
    ) -> Exchange:
        """Let somebody use ``/remix`` with sample photographs."""
        names = samples or ("rocket.jpg",)
        files = {f"image{number}": UploadedFile(name, sample(name)) for number, name in enumerate(names, start=1)}
        where = self.channel("art").id if channel_id is None else channel_id
        return await self.person(username).slash(where, "remix", {"prompt": prompt, **files, **options})

    async def card(self, exchange: Exchange) -> Message:
        """The status card that a command led to."""
        return await exchange.response(timeout_seconds=PATIENCE_SECONDS)

    # --- looking ------------------------------------------------------------------------------------------------------

    def text(self, message: Message) -> str:
        """What stands on a message."""
        return self._transcript.render(message)

    async def until(self, predicate: Callable[[], bool], what: str) -> None:
        """Wait until something is so."""
        try:
            await self.world.until(predicate, timeout_seconds=PATIENCE_SECONDS)
        except TimeoutError as error:
            raise AssertionError(f"{what} did not happen\n{self.bot.log()[-6000:]}") from error

    async def until_written(self, column: str, is_so: Callable[[list[Any]], bool]) -> None:
        """Read a column until it is so: what the bot writes down changes nothing in the world."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not is_so(await asyncio.to_thread(self.row, column)):
                    pass
        except TimeoutError as error:
            raise AssertionError(f"{column} is {self.row(column)}\n{self.bot.log()[-6000:]}") from error

    async def until_card_says(self, card: Message, *words: str) -> str:
        """Wait until all these words stand on a card, and answer its text."""
        try:
            await self.until(lambda: all(one in self.text(card) for one in words), f"{words}")
        except AssertionError as error:
            raise AssertionError(f"at last the card said: {self.text(card)}") from error
        return self.text(card)

    async def results_in(self, channel_id: int, *, count: int = 1) -> list[Message]:
        """Wait for messages of the bot with files in a channel or thread."""
        await self.until(lambda: len(self.posted_in(channel_id)) >= count, f"{count} results")
        return self.posted_in(channel_id)

    def posted_in(self, channel_id: int) -> list[Message]:
        """The bot's messages with files in a channel or thread, without those that keep what went in."""
        return [one for one in self._with_files(channel_id) if not is_gallery(one)]

    def galleries_in(self, channel_id: int) -> list[Message]:
        """The bot's messages that keep what went in, in a channel or thread."""
        return [one for one in self._with_files(channel_id) if is_gallery(one)]

    async def gallery_in(self, channel_id: int) -> Message:
        """Wait for the one message that keeps what went in."""
        await self.until(lambda: bool(self.galleries_in(channel_id)), "a gallery")
        [gallery] = self.galleries_in(channel_id)
        return gallery

    def _with_files(self, channel_id: int) -> list[Message]:
        mine = [one for one in self.world.messages_in(channel_id) if one.author_id == self.world.bot.id]
        return [one for one in mine if one.attachments]

    def digests(self, message: Message) -> list[str]:
        """The SHA-256 of what the CDN serves for a message's files."""
        return [one.file.sha256 for one in message.attachments]

    def row(self, column: str) -> list[Any]:
        """One column of all jobs, oldest first."""
        return [row[column] for row in self.rows(column)]

    def rows(self, *columns: str) -> list[dict[str, Any]]:
        """Columns of all jobs, oldest first, read from the database file without writing."""
        database = sqlite3.connect(f"file:{self.data_dir / 'remix.db'}?mode=ro", uri=True)
        try:
            found = database.execute(f"SELECT {', '.join(columns)} FROM jobs ORDER BY created_at")  # noqa: S608
            return [dict(zip(columns, one, strict=True)) for one in found]
        finally:
            database.close()
