"""Whether a place is gone: its channel deleted, or the bot removed from its server.

The gateway keeps a list of servers and channels. It is believed while its connection stands. What it lacks, and
everything while it is not connected, is asked of Discord.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import aiohttp
import discord

from bot.client import RemixBot
from bot.errors import DeliveryPostponed, Undeliverable
from bot.ui.discord_errors import Code

if TYPE_CHECKING:
    from bot.domain.job import Job
    from bot.domain.origin import Origin

ASK_SECONDS: Final = 3.0
"""How long Discord may take to say so."""
_NO_ANSWER: Final = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)


async def is_place_gone(client: discord.Client, job: Job) -> bool:
    """Say whether nobody can be answered any more where a job was asked for; a doubt is none.

    Args:
        client: The bot, logged in.
        job: The job.
    """
    origin = job.origin
    if origin.guild_id is None or origin.by_interaction:
        return False
    guild = client.get_guild(origin.guild_id)
    if guild is not None and _hears_of(client, guild) and _is_known(guild, origin):
        return False
    try:
        async with asyncio.timeout(ASK_SECONDS):
            await client.http.get_channel(origin.channel_id)
    except discord.NotFound as error:
        return error.code == Code.UNKNOWN_CHANNEL
    except discord.Forbidden:  # hidden from the bot where it is a member; it may still answer the command
        return await _was_removed(client, origin.guild_id) is True
    except _NO_ANSWER:
        pass
    return False


async def require_member(client: discord.Client, guild_id: int | None, *, by_interaction: bool = False) -> None:
    """Make sure that the bot was not removed from a server, before it writes there.

    The token of a command lives for 15 minutes and asks for no membership, so Discord itself would still take an edit.

    Args:
        client: The bot, logged in.
        guild_id: The server; None in direct messages, which nobody removes the bot from.
        by_interaction: Whether a person brought the bot along, so that it never was a member there.

    Raises:
        Undeliverable: It was removed.
        DeliveryPostponed: Discord does not say so now.
    """
    if guild_id is None or by_interaction:
        return
    was_removed = await _was_removed(client, guild_id)
    if was_removed:
        raise Undeliverable("the bot was removed from the server")
    if was_removed is None and client.get_guild(guild_id) is None:
        raise DeliveryPostponed("nobody knows yet whether the bot is in the server")


async def _was_removed(client: discord.Client, guild_id: int) -> bool | None:
    """Say whether the bot is no member; None where Discord does not say."""
    guild = client.get_guild(guild_id)
    if guild is None and client.is_ready():
        return True
    if guild is not None and _hears_of(client, guild):
        return False
    try:
        async with asyncio.timeout(ASK_SECONDS):
            await client.http.get_guild(guild_id, with_counts=False)
    except (discord.NotFound, discord.Forbidden) as error:
        return True if error.code in (Code.UNKNOWN_GUILD, Code.MISSING_ACCESS) else None
    except _NO_ANSWER:
        return None
    return False


def _hears_of(client: discord.Client, guild: discord.Guild) -> bool:
    return not isinstance(client, RemixBot) or client.hears_of(guild)


def _is_known(guild: discord.Guild, origin: Origin) -> bool:
    """Whether a place stands in the list; in an outage of its server, a thread stands there with its channel."""
    if guild.get_channel(origin.channel_id) is not None:
        return True
    return guild.unavailable and origin.parent_id is not None and guild.get_channel(origin.parent_id) is not None
