"""A bench for commands and buttons: the real bot in a Discord of one process, over a store in memory.

Nothing of the engine runs by itself: a test opens cards and posts results when it wants to.
"""

from __future__ import annotations

import struct
import zlib
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import discord
import simcord
from simcord.backend.serializers import channel_payload
from simcord.interactions import base_payload, store_interaction_attachment

from bot.client import RemixBot
from bot.domain.catalog import ImageModel
from bot.domain.job import Delivery
from bot.domain.policy import Blocklist
from bot.domain.status import FailureReason, JobStatus
from bot.engine.answers import Attachment
from bot.engine.gate import Gate
from bot.engine.intake import Intake
from bot.engine.moderation import ModerationLog
from bot.engine.progress import ProgressBoard
from bot.engine.servers import Servers
from bot.engine.service import JobService
from bot.engine.shows import Shows
from bot.ui import buttons
from bot.ui.courier import DiscordCourier
from tests.fake_inspector import FakeInspector
from tests.fake_servers import FakeServerStore
from tests.fake_store import FakeJobStore
from tests.fakes import START, FakeProvider
from tests.unit.measuring_cdn import MeasuringCdn

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import datetime

    from bot.domain.job import Job

API_URL = "https://discord.com/api/v10"
MODEL = ImageModel.load("dreamina-4-0-edit")
MODERATING = discord.Permissions(manage_messages=True)
Upload = tuple[str, bytes]


def png(width: int = 640, height: int = 480, *, size: int = 0) -> bytes:
    """Make the bytes of a PNG: its header is true, and it is filled up to a size."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    made = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return made.ljust(size, b"\0")


PICTURE: Upload = ("cat.png", png())


class DiscordBench:
    """A server with a channel, a member, a stranger and a moderator, and the bot in it.

    Args:
        store: Where jobs live.
    """

    env: simcord.Env
    guild: simcord.GuildHandle
    moderators: simcord.RoleHandle
    art: simcord.ChannelHandle
    mira: simcord.MemberActor
    oda: simcord.MemberActor
    mo: simcord.MemberActor

    def __init__(self, store: FakeJobStore) -> None:
        self.store = store
        self.woken: list[Job] = []
        self.blocked: set[int] = set()
        self.inspector = FakeInspector()
        self.gate = Gate(provider=FakeProvider(), store=store, model_id=MODEL.id)
        self.service = JobService(
            model=MODEL,
            models={MODEL.id: MODEL},
            intake=Intake(model=MODEL, inspector=self.inspector),
            store=store,
            gate=self.gate,
            board=ProgressBoard(),
            clock=self,
            owner_id="bench",
            wake=self.woken.append,
        )
        self.shows_folder = Path(mkdtemp())
        self.shows = Shows(
            store=store,
            inspector=self.inspector,
            permits=bool,
            data_dir=self.shows_folder,
            clock=self,
            wake=self.woken.append,
        )
        self.servers = Servers(store=FakeServerStore(), clock=self)
        self.bot = self.new_bot()

    def now(self) -> datetime:
        """Tell the simulated time."""
        return self.env.now() if hasattr(self, "env") else START

    def new_bot(self) -> RemixBot:
        """Build the bot as the composition root does."""
        bot = RemixBot(
            service=self.service,
            shows=self.shows,
            servers=self.servers,
            moderation=ModerationLog(audit=self.store.audit, clock=self),
            blocklist=Blocklist(self.blocked),
            api_url=API_URL,
            shard_count=1,
        )
        buttons.register(bot)
        return bot

    def move_in(self, env: simcord.Env) -> None:
        """Make the server."""
        self.env = env
        env.backend.cdn = MeasuringCdn()
        self.guild = env.create_guild("Town")
        self.moderators = self.guild.create_role("Moderators", permissions=MODERATING)
        self.art = self.guild.create_text_channel("art")
        self.mira = self.guild.add_member(env.create_user("mira"))
        self.oda = self.guild.add_member(env.create_user("oda"))
        self.mo = self.guild.add_member(env.create_user("mo"), roles=[self.moderators])

    @property
    def bot_user(self) -> discord.ClientUser:
        """The bot, as a target of permissions."""
        assert self.bot.user is not None
        return self.bot.user

    # --- what people do -----------------------------------------------------------------------------------------------

    async def restrict_age(self, channel: simcord.ChannelHandle, *, is_on: bool = True) -> None:
        """Make a channel age-restricted, or end it; simcord knows no such channels, and the next change ends it too."""
        place = self.env.backend.channels[channel.id]
        self.env.backend.emit("CHANNEL_UPDATE", {**channel_payload(self.env.backend, place), "nsfw": is_on})
        await self.env.settle()

    async def remix(
        self,
        person: simcord.MemberActor | None = None,
        channel: simcord.ChannelHandle | None = None,
        **options: Any,
    ) -> Job:
        """Let a member send the command, and let the engine open the card; in ``art``, by Mira, unless told."""
        asked = {"prompt": "as an oil painting", "image1": PICTURE} | options
        await (person or self.mira).slash(channel or self.art, "remix", **asked)
        return await self.open_card(self.woken[-1])

    async def send_raw(
        self,
        person: simcord.MemberActor,
        channel: simcord.ChannelHandle,
        kind: int,
        data: dict[str, Any],
        *,
        extra: dict[str, Any] | None = None,
    ) -> simcord.InteractionResult:
        """Send an interaction as a client would that keeps to no rules."""
        record, payload = base_payload(
            self.env.backend,
            type=kind,
            channel_id=channel.id,
            guild_id=person.guild.id,
            user_id=person.id,
            data=data,
        )
        self.env.backend.emit("INTERACTION_CREATE", payload | (extra or {}))
        await self.env.settle()
        return simcord.InteractionResult(self.env, record)

    async def send_raw_remix(self, **options: Any) -> simcord.InteractionResult:
        """Send ``/remix`` without the bounds that Discord's clients hold."""
        command = self.env.backend.find_command("remix", self.guild.id, type=1)
        assert command is not None
        kinds = {option["name"]: option["type"] for option in command["options"]}
        resolved: dict[str, Any] = {}
        picture = store_interaction_attachment(self.env.backend, self.art.id, *PICTURE, resolved)
        given = {"prompt": "as an oil painting", "image1": picture} | options
        data = {
            "id": command["id"],
            "name": "remix",
            "type": 1,
            "options": [{"name": name, "type": kinds[name], "value": value} for name, value in given.items()],
            "resolved": resolved,
        }
        return await self.send_raw(self.mira, self.art, 2, data)

    async def refusal(
        self,
        person: simcord.MemberActor | None = None,
        channel: simcord.ChannelHandle | None = None,
        **options: Any,
    ) -> str:
        """Let a member send a command that must be refused in private, and read why."""
        asked = {"prompt": "as an oil painting", "image1": PICTURE} | options
        said = await (person or self.mira).slash(channel or self.art, "remix", **asked)
        assert self.woken == []
        return private_text(said)

    async def press(self, person: simcord.MemberActor, message: discord.Message, label: str) -> str:
        """Let somebody press a button that is answered in private, and read the answer."""
        return private_text(await person.click(message, label=label), beside=message)

    # --- what the engine does -----------------------------------------------------------------------------------------

    @property
    def courier(self) -> DiscordCourier:
        """The courier of the bot that now runs."""
        return DiscordCourier(self.bot, model_names=lambda _: MODEL.name, now=self.now)

    async def open_card(self, job: Job) -> Job:
        """Turn the first reply into the card, with its thread; not by the token, since simcord reads no ``%40``."""
        job = await self.store.note(job.id, interaction_token=None)
        card_id = await self.courier.open(job, self.service.progress_of(job))
        job = await self.store.note(job.id, card_message_id=card_id)
        return await self.store.note(job.id, thread_id=await self.courier.make_thread(job))

    async def redraw(self, job: Job) -> None:
        """Show the card as the job is now."""
        await self.courier.show_card(await self.row(job), self.service.progress_of(job))

    async def run(self, job: Job) -> Job:
        """Bring a job to the provider, where it runs."""
        job = await self.queue(job)
        return await self.store.advance(job, JobStatus.IN_PROGRESS)

    async def queue(self, job: Job) -> Job:
        """Bring a job into the provider's queue."""
        await self.store.advance(job, JobStatus.SUBMITTING, attempt_id="attempt")
        return await self.store.store_request(job.id, attempt_id="attempt", request_id="req", at=self.now())

    async def deliver(self, job: Job, folder: Path) -> discord.Message:
        """Let a job succeed and post its result."""
        job = await self.store.advance(await self.run(job), JobStatus.SUCCEEDED)
        path = folder / "remix.png"
        path.write_bytes(png())
        return await self._post(job, [Attachment(path, "remix.png", "a remix")], 0)

    async def fail(self, job: Job) -> discord.Message:
        """Let a job fail and post why."""
        job = await self.store.advance(job, JobStatus.SUBMITTING, attempt_id="attempt")
        job = await self.store.advance(job, JobStatus.FAILED, failure=FailureReason.UNCERTAIN)
        return await self._post(job, [])

    async def row(self, job: Job) -> Job:
        """The job as the store has it now."""
        found = await self.store.get(job.id)
        assert found is not None
        return found

    async def restart(self) -> None:
        """Kill the bot's process and start the next one over the same store."""
        self.bot = self.new_bot()
        await self.env.restart_bot(self.bot)

    # --- what is to be seen -------------------------------------------------------------------------------------------

    def card(self, job: Job) -> discord.Message:
        """The status card."""
        return self.message(job.origin.channel_id, job.origin.card_message_id)

    def message(self, channel_id: int, message_id: int | None) -> discord.Message:
        """A message as people see it now."""
        for channel in self._channels():
            for message in channel.history() if channel.id == channel_id else []:
                if message.id == message_id:
                    return message
        raise AssertionError(f"no message {message_id} in {channel_id}")

    def _channels(self) -> list[simcord.ChannelHandle]:
        top = list(self.guild.channels.values())
        return [*top, *(thread for channel in top for thread in channel.threads)]

    async def _post(self, job: Job, attachments: list[Attachment], *indexes: int) -> discord.Message:
        delivery = Delivery(job.id, 0, job.origin.target_id, f"{job.id}.0", indexes, self.now())
        message_id = await self.courier.send(job, delivery, attachments)
        return self.message(job.origin.target_id, message_id)


@asynccontextmanager
async def discord_bench(store: FakeJobStore | None = None) -> AsyncGenerator[DiscordBench]:
    """Run the bot in its server."""
    bench = DiscordBench(store or FakeJobStore())
    env = simcord.Env(bench.bot)
    await env.start()
    try:
        bench.move_in(env)
        yield bench
    finally:
        await env.shutdown()
        rmtree(bench.shows_folder)
    env.raise_errors()


def private_text(said: simcord.InteractionResult, *, beside: discord.Message | None = None) -> str:
    """Read the one answer that only the acting person sees, and make sure that there is no other.

    Args:
        said: What came of a command or click.
        beside: The message that was clicked on, which may count as the first reply.
    """
    sent = [one for one in (said.response, *said.followups) if one is not None]
    answers = [one for one in sent if beside is None or one.id != beside.id]
    assert [one.ephemeral for one in answers] == [True], said
    return answers[0].content
