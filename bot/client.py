"""The connection to Discord: what we subscribe to, what we keep in memory, and where Discord is."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final, cast

import discord
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from typing_extensions import override
from yarl import URL

from bot.domain.policy import NOBODY
from bot.errors import Refused
from bot.ops.acknowledgements import Acknowledgements
from bot.ops.message_looks import MessageLooks

if TYPE_CHECKING:
    from collections.abc import Sequence

    import aiohttp
    from discord.state import AutoShardedConnectionState

    from bot.domain.policy import Blocklist
    from bot.engine.moderation import ModerationLog
    from bot.engine.servers import Servers
    from bot.engine.service import JobService
    from bot.engine.shows import Shows

EXTENSIONS: Final = (
    "cogs.error_handler",
    "cogs.remix",
    "cogs.jobs",
    "cogs.moderation",
    "cogs.server_settings",
)
"""Loaded by name, since the product does not import its cogs."""


LONGEST_LIMIT_SECONDS: Final = 60.0
"""Discord's rate limits that last longer are not slept out by the library: the engine takes the step up again."""
REMEMBERED: Final = 1000
"""How many interactions are remembered as seen."""


OPEN_TO_ALL: Final = frozenset({"jobs list"})
"""Commands that only tell of one's own remixes, which also those may use whom the operator has shut out."""


class OnceTree(app_commands.CommandTree["RemixBot"]):
    """Runs each command once, however often Discord tells of it, and none for those who are shut out."""

    @override
    async def interaction_check(self, interaction: discord.Interaction[RemixBot], /) -> bool:
        if not self.client.is_first_sight(interaction):
            return False
        command = interaction.command
        if command is not None and command.qualified_name in OPEN_TO_ALL:
            return True
        try:
            self.client.blocklist.judge(interaction.user.id)
        except Refused as error:
            if interaction.type is discord.InteractionType.autocomplete:
                return False  # only choices answer it
            raise app_commands.CheckFailure(str(error)) from error
        return True


class RemixBot(commands.AutoShardedBot):
    """The bot as Discord's library knows it; cogs and buttons find the use cases in it.

    They are ``service``, ``shows`` and ``servers``. Nothing runs by itself before the login: no loop, server or pool
    belongs to it.

    Args:
        service: The use cases.
        shows: Brings results to other places.
        servers: What servers chose for themselves.
        moderation: What moderators did.
        blocklist: Whom the operator has shut out.
        api_url: Discord's REST API, for example ``https://discord.com/api/v10``.
        gateway_url: Discord's gateway; None leaves it to Discord.
        shard_count: How many shards there are in all; None asks Discord.
        http_trace: Listens to every request.
        acknowledgements: Counts those that the trace hears of.
        extensions: The names of the modules with commands.
    """

    def __init__(
        self,
        *,
        service: JobService,
        shows: Shows,
        servers: Servers,
        moderation: ModerationLog,
        blocklist: Blocklist = NOBODY,
        api_url: str,
        gateway_url: str | None = None,
        shard_count: int | None = None,
        http_trace: aiohttp.TraceConfig | None = None,
        acknowledgements: Acknowledgements | None = None,
        extensions: Sequence[str] = EXTENSIONS,
    ) -> None:
        # Interactions need no intent; `guilds` keeps the channels and roles by which permissions are judged.
        super().__init__(
            command_prefix=commands.when_mentioned,
            tree_cls=OnceTree,
            help_command=None,
            intents=discord.Intents(guilds=True),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
            shard_count=shard_count,
            max_ratelimit_timeout=LONGEST_LIMIT_SECONDS,
        )
        self.service = service
        self.shows = shows
        self.servers = servers
        self.moderation = moderation
        self.blocklist = blocklist
        self.http.http_trace = http_trace
        self.acknowledgements = acknowledgements or Acknowledgements()
        self.message_looks = MessageLooks()
        self._names_of_extensions = tuple(extensions)
        self._seen: deque[int] = deque(maxlen=REMEMBERED)
        self._lost: dict[int, dict[int, discord.Guild]] = {}
        self._must_ask_for_shards = gateway_url is not None and shard_count is None
        # The library has no option for these two; it reads both anew at each request and connection.
        Route.BASE = api_url
        if gateway_url is not None:
            DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway_url)

    @property
    def is_connected(self) -> bool:
        """Whether every shard has its connection to the gateway now; ``is_ready`` says only that it once had."""
        return self.is_ready() and not any(shard.is_closed() for shard in self.shards.values())

    @override
    async def setup_hook(self) -> None:
        """Load the commands and publish them: one overwrite of the whole set, which keeps the ids of known names."""
        for name in self._names_of_extensions:
            await self.load_extension(name)
        if not may_be_brought_along(self.application):
            self.tree.allowed_contexts = app_commands.AppCommandContext(guild=True, dm_channel=True)
            self.tree.allowed_installs = app_commands.AppInstallationType(guild=True)
        await self.tree.sync()

    def hears_of(self, guild: discord.Guild) -> bool:
        """Whether the gateway tells of a server now, so that what is in memory of it is so."""
        return guild.shard_id not in self._lost

    async def on_shard_disconnect(self, shard_id: int) -> None:
        """Remember what a shard knew when it lost its connection."""
        self._lost.setdefault(shard_id, {guild.id: guild for guild in self.guilds if guild.shard_id == shard_id})

    async def on_shard_resumed(self, shard_id: int) -> None:
        """Hear of a shard's servers again: Discord has told all that was missed."""
        self._lost.pop(shard_id, None)

    async def on_shard_connect(self, shard_id: int) -> None:
        """Take servers out of memory that a new session no longer names.

        With shards the library keeps them: a named one becomes another object, so what is still the same was not named.
        """
        known = self._lost.pop(shard_id, {})
        state = cast("AutoShardedConnectionState[RemixBot]", vars(self)["_connection"])
        for guild in known.values():
            if self.get_guild(guild.id) is guild:
                state.parsers["GUILD_DELETE"]({"id": str(guild.id)})

    def is_first_sight(self, interaction: discord.Interaction[Any]) -> bool:
        """Whether an interaction comes for the first time; the gateway may repeat events when it resumes.

        Where another process sees the repetition, the unique id of the interaction keeps the job single.
        """
        if interaction.id in self._seen:
            return False
        self._seen.append(interaction.id)
        return True

    @override
    async def launch_shards(self) -> None:
        """Connect the shards; our own gateway wins, even where Discord is asked how many shards there are.

        Without a count, discord.py would connect to the address that comes with the answer.
        """
        if self._must_ask_for_shards:
            self.shard_count, _, _ = await self.http.get_bot_gateway()
            self._must_ask_for_shards = False
        await super().launch_shards()


def may_be_brought_along(application: discord.AppInfo | None) -> bool:
    """Whether people may install the bot for themselves: a switch in Discord's Developer Portal.

    Where Discord tells of no switch at all, the commands are offered both ways.
    Source: https://docs.discord.com/developers/resources/application#installation-context
    """
    if application is None or application.guild_integration_config is None:
        return True
    return application.user_integration_config is not None


def bot_of(interaction: discord.Interaction[Any]) -> RemixBot:
    """Answer the bot that received an interaction, by its own type.

    Raises:
        TypeError: Another client received it: a mistake in how the parts were put together.
    """
    client: object = interaction.client
    if not isinstance(client, RemixBot):
        raise TypeError(f"{type(client).__name__} is no RemixBot")
    return client
