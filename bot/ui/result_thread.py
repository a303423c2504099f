"""The thread for a job's results, made from its card and named after its prompt."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import discord
import structlog

from bot.ui.discord_errors import NAME_REFUSED, NO_THREAD_HERE, Code
from bot.ui.markdown import plain
from bot.ui.texts import say

if TYPE_CHECKING:
    from bot.domain.job import Job

THREAD_NAME_LIMIT: Final = 100
"""Source: https://docs.discord.com/developers/resources/channel#channel-object"""
_DAY_IN_MINUTES: Final = 1440

_log = structlog.stdlib.get_logger(__name__)


async def thread_of(client: discord.Client, job: Job, card_message_id: int) -> int | None:
    """Make the thread, or answer the one that there is; None where there can be none.

    Args:
        client: The bot, logged in.
        job: The job.
        card_message_id: Its card, from which the thread is made.

    Raises:
        discord.DiscordException: As the library raises it, where it does not mean that there can be none.
    """
    origin = job.origin
    if origin.thread_id is not None:
        return origin.thread_id
    if origin.guild_id is None or origin.in_thread or origin.by_interaction:
        return None
    try:
        return await _make(client, job, card_message_id)
    except discord.HTTPException as error:
        if error.code == Code.THREAD_EXISTS:
            return card_message_id  # a thread made from a message has the message's id
        if error.code not in NO_THREAD_HERE:
            raise
        _log.warning("no_thread", job_id=job.id, code=error.code, detail=error.text)
        return None


async def _make(client: discord.Client, job: Job, card_message_id: int) -> int:
    """Make the thread; where Discord takes no such name, with one of ours."""
    start = partial(
        client.http.start_thread_with_message,
        job.origin.channel_id,
        card_message_id,
        auto_archive_duration=_DAY_IN_MINUTES,
    )
    unnamed = say("thread.unnamed", job.origin.locale)
    try:
        thread = await start(name=plain(job.request.prompt, limit=THREAD_NAME_LIMIT) or unnamed)
    except discord.HTTPException as error:
        if error.code not in NAME_REFUSED:
            raise
        _log.info("thread_name_refused", job_id=job.id, code=error.code, detail=error.text)
        thread = await start(name=unnamed)
    return int(thread["id"])
