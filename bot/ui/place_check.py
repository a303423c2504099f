"""Whether the place of a job is gone: its channel deleted, or the bot removed from its server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import aiohttp
import discord

if TYPE_CHECKING:
    from bot.domain.job import Job

ASK_SECONDS: Final = 3.0
"""How long Discord may take to say so; without an answer a place is taken to be there."""


async def is_place_gone(client: discord.Client, job: Job) -> bool:
    """Say whether nobody can be answered any more where a job was asked for.

    The gateway keeps a list of servers and channels. What it lacks, and everything before it is complete, is asked of
    Discord, so that a gap in the list ends no job.

    Args:
        client: The bot, logged in.
        job: The job.
    """
    origin = job.origin
    if origin.guild_id is None or origin.by_interaction:
        return False
    guild, is_complete = client.get_guild(origin.guild_id), client.is_ready()
    if guild is not None and (guild.unavailable or guild.get_channel(origin.channel_id) is not None):
        return False
    try:
        async with asyncio.timeout(ASK_SECONDS):
            await client.http.get_channel(origin.channel_id)
    except discord.NotFound:
        return True
    except discord.Forbidden:  # hidden from the bot where it is a member; it may still answer the command
        return is_complete and guild is None
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError):
        pass
    return False
