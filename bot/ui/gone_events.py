"""What Discord's gateway tells of places that are gone.

An outage of a server comes as GUILD_DELETE too, marked ``unavailable``: the library calls that ``guild_unavailable``,
and nobody listens to it here.
Source: https://docs.discord.com/developers/events/gateway-events#guild-delete
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.engine.gone_places import GonePlace, GonePlaces

if TYPE_CHECKING:
    from collections.abc import Callable

    import discord
    from discord.abc import GuildChannel

    from bot.client import RemixBot
    from bot.domain.job import Job
    from bot.engine.ports import Clock, JobStore


def listen(bot: RemixBot, *, store: JobStore, clock: Clock, wake: Callable[[Job], None]) -> GonePlaces:
    """Pass removals and deletions of which a bot hears on to the engine.

    Args:
        bot: The bot.
        store: Where jobs live.
        clock: The time.
        wake: Tells the loop that a job changed.

    Returns:
        What ends jobs then; its ``turn`` is a chore of the loop.
    """
    gone = GonePlaces(store=store, clock=clock, wake=wake)
    events = GoneEvents(gone)
    bot.add_listener(events.removed, "on_guild_remove")
    bot.add_listener(events.joined, "on_guild_join")
    bot.add_listener(events.joined, "on_guild_available")
    bot.add_listener(events.channel_deleted, "on_guild_channel_delete")
    bot.add_listener(events.thread_deleted, "on_raw_thread_delete")
    return gone


class GoneEvents:
    """Passes removals and deletions on to the engine.

    Args:
        gone: Ends what waits there.
    """

    def __init__(self, gone: GonePlaces) -> None:
        self._gone = gone

    async def removed(self, guild: discord.Guild) -> None:
        """End what waits in a server that the bot was removed from, or that was deleted."""
        await self._gone.end(GonePlace(guild.id))

    async def joined(self, guild: discord.Guild) -> None:
        """Note that the bot is in a server again."""
        self._gone.is_back(guild.id)

    async def channel_deleted(self, channel: GuildChannel) -> None:
        """End what waits in a channel, and in its threads."""
        await self._gone.end(GonePlace(channel.guild.id, channel.id))

    async def thread_deleted(self, deleted: discord.RawThreadDeleteEvent) -> None:
        """End what waits in a thread."""
        await self._gone.end(GonePlace(deleted.guild_id, deleted.thread_id))
