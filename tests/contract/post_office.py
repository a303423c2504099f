"""A courier at work in the simulated Discord: one command, deferred as the product does it, and a job made of it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

import discord
from discord import app_commands
from prometheus_client import CollectorRegistry
from typing_extensions import override

from bot.domain.job import Delivery, Job
from bot.domain.remix_request import RemixRequest
from bot.domain.status import JobStatus
from bot.engine.answers import Attachment, Progress
from bot.ops import discord_trace
from bot.ops.discord_time import DiscordTime
from bot.ops.metrics import Metrics
from bot.ui.courier import DiscordCourier
from bot.ui.custom_id import Action, template
from bot.ui.gallery_courier import DiscordGalleryCourier
from bot.ui.origin import origin_of
from sandbox.discord.server import DiscordSandbox
from sandbox.discord.snowflake import real_time
from tests.contract.discord_bench import picture, running

if TYPE_CHECKING:
    import re
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from sandbox.discord.snowflake import Clock
    from sandbox.discord.state import Channel, Message
    from sandbox.faults import Faults

JOB_ID = "a1b2c3d4e5f60718"
NOTHING_KNOWN = Progress()
Interaction = discord.Interaction[Any]


class CancelPressed(discord.ui.DynamicItem[discord.ui.Button[Any]], template=template(Action.CANCEL)):
    """Answers the Cancel button of every card."""

    @classmethod
    @override
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        assert isinstance(item, discord.ui.Button)
        return cls(item)

    @override
    async def callback(self, interaction: Interaction) -> None:
        await interaction.response.send_message(f"pressed {self.custom_id}", ephemeral=True)


class Postman(discord.Client):
    """A bot that only defers."""

    def __init__(self, *, clock: Clock) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0.01,
        )
        self.time = DiscordTime(steady=lambda: clock().timestamp())
        self.http.http_trace = discord_trace.listening(
            Metrics(CollectorRegistry()), now=discord.utils.utcnow, discord_time=self.time
        )
        self.deferred: asyncio.Queue[Job] = asyncio.Queue()
        self.tree = app_commands.CommandTree(
            self,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        )
        self.tree.add_command(app_commands.Command(name="remix", description="Remix", callback=self._remix))

    @override
    async def setup_hook(self) -> None:
        self.add_dynamic_items(CancelPressed)
        await self.tree.sync()

    async def _remix(self, interaction: Interaction, prompt: str) -> None:
        response = await interaction.response.defer(thinking=True)
        assert response is not None
        is_private = response.is_ephemeral()
        origin = origin_of(interaction, card_message_id=response.message_id or 0, is_private=is_private)
        request = RemixRequest("some/model", prompt, ())
        now = discord.utils.utcnow()
        await self.deferred.put(
            Job(JOB_ID, interaction.id, origin, request, JobStatus.PENDING, now, now, prepared_at=now)
        )


class PostOffice:
    """A world, a bot in it, and a courier that works for the bot.

    Args:
        sandbox: The world.
        client: The bot.
        folder: Where the pictures lie that are posted.
    """

    def __init__(self, sandbox: DiscordSandbox, client: Postman, folder: Path) -> None:
        self.sandbox = sandbox
        self.world = sandbox.world
        self.client = client
        self.ahead = timedelta()
        self.time = client.time
        self.courier = DiscordCourier(
            client,
            model_names=lambda _: "Some Model",
            now=lambda: discord.utils.utcnow() + self.ahead,
            discord_time=self.time,
        )
        self.galleries = DiscordGalleryCourier(client, courier=self.courier)
        self._folder = folder

    @classmethod
    @asynccontextmanager
    async def open(
        cls, folder: Path, *, faults: Faults | None = None, clock: Clock = real_time
    ) -> AsyncGenerator[Self]:
        """Start everything, with a Discord that has its own clock; the sandbox must end without findings."""
        client = Postman(clock=clock)
        async with DiscordSandbox(faults=faults, clock=clock) as sandbox:
            async with running(sandbox, client):
                yield cls(sandbox, client, folder)
            assert sandbox.violations == []

    async def job(self, where: Channel | None = None, prompt: str = "as a watercolour", *, by: str = "ada") -> Job:
        """Let Ada, or another, use the command, and answer the job before its card stands."""
        channel = where if where is not None else self.world.channel("art")
        await self.sandbox.actor(by).slash(channel.id, "remix", {"prompt": prompt})
        return await asyncio.wait_for(self.client.deferred.get(), 5)

    async def opened(self, where: Channel | None = None, prompt: str = "as a watercolour") -> Job:
        """The same, with card and thread."""
        job = await self.job(where, prompt)
        origin = replace(job.origin, card_message_id=await self.courier.open(job, NOTHING_KNOWN))
        job = replace(job, origin=origin)
        return replace(job, origin=replace(origin, thread_id=await self.courier.make_thread(job)))

    def text(self, message: Message) -> str:
        """What stands on a message."""
        return self.sandbox.render(message)

    def card(self, job: Job) -> Message:
        """The card of a job."""
        return self.world.find_message(job.origin.channel_id, job.origin.card_message_id)

    def posted(self, channel_id: int) -> list[Message]:
        """What the bot posted in a channel or thread, beside the card."""
        mine = [one for one in self.world.messages_in(channel_id) if one.author_id == self.world.bot.id]
        return [one for one in mine if one.interaction is None and one.components]

    def pictures(self, *indexes: int) -> list[Attachment]:
        """Real files to be posted."""
        made: list[Attachment] = []
        for index in indexes:
            path = self._folder / f"{index}.png"
            path.write_bytes(picture())
            made.append(Attachment(path, f"remix-{index + 1}.png", f"Remix {index + 1}"))
        return made


def delivery(job: Job, part: int = 0, *indexes: int, target_id: int | None = None) -> Delivery:
    """One message that is owed since now."""
    target = job.origin.target_id if target_id is None else target_id
    return Delivery(job.id, part, target, f"{job.id}.{part}", indexes, discord.utils.utcnow())


def succeeded(job: Job) -> Job:
    """The job with its pictures made."""
    return replace(job, status=JobStatus.SUCCEEDED)
