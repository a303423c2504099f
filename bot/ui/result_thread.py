"""The thread for a job's results, made from its card and named after its prompt."""

from __future__ import annotations

import asyncio
import copy
from functools import partial
from typing import TYPE_CHECKING, Final

import discord
import structlog

from bot.engine.threads import may_get_thread
from bot.ui.discord_errors import NAME_REFUSED, NO_THREAD_HERE, Code
from bot.ui.texts import say
from bot.ui.thread_name import ServerNames, thread_name

if TYPE_CHECKING:
    from discord.http import HTTPClient

    from bot.domain.job import Job

_DAY_IN_MINUTES: Final = 1440
ANSWERED_WITHIN_SECONDS: Final = 3.0
"""How long Discord may take for a thread; the job's card waits meanwhile, so it is less than the pace of cards."""
LIMIT_SLEPT_OUT_SECONDS: Final = 0.5
"""A longer rate limit is not slept out by the library: it would hold the card of the job back."""

_log = structlog.stdlib.get_logger(__name__)


async def thread_of(client: discord.Client, job: Job) -> int | None:
    """Make the thread, or answer the one that there is; None where there can be none.

    Args:
        client: The bot, logged in.
        job: The job; the thread is made from its card.

    Raises:
        discord.DiscordException: As the library raises it, where it does not mean that there can be none.
        TimeoutError: Discord did not answer; the thread may have been made.
    """
    origin = job.origin
    if origin.thread_id is not None:
        return origin.thread_id
    card_message_id = origin.card_message_id
    if card_message_id is None or not may_get_thread(origin):
        return None
    try:
        async with asyncio.timeout(ANSWERED_WITHIN_SECONDS):
            name = thread_name(job.request.prompt, ServerNames(client, origin.guild_id))
            return await _make(_hurried(client.http), job, card_message_id, name=name)
    except discord.HTTPException as error:
        if error.code == Code.THREAD_EXISTS:
            return card_message_id  # a thread made from a message has the message's id
        if error.code not in NO_THREAD_HERE:
            raise
        _log.warning("no_thread", job_id=job.id, code=error.code, detail=error.text)
        return None


def _hurried(http: HTTPClient) -> HTTPClient:
    """Answer the same session, which raises a rate limit where the library would sleep.

    It counts no requests of its own: the library refuses whatever comes before a long window ends, also where Discord
    would still take it. The engine asks for one thread at a time in a channel and remembers what Discord answers.
    """
    hurried = copy.copy(http)
    hurried.max_ratelimit_timeout = LIMIT_SLEPT_OUT_SECONDS
    vars(hurried)["_buckets"] = {}
    return hurried


async def _make(http: HTTPClient, job: Job, card_message_id: int, *, name: str) -> int:
    """Make the thread; where there is no name, or Discord does not take it, with one of ours."""
    start = partial(
        http.start_thread_with_message,
        job.origin.channel_id,
        card_message_id,
        auto_archive_duration=_DAY_IN_MINUTES,
    )
    unnamed = say("thread.unnamed", job.origin.locale)
    try:
        thread = await start(name=name or unnamed)
    except discord.HTTPException as error:
        if error.code not in NAME_REFUSED:
            raise
        _log.info("thread_name_refused", job_id=job.id, code=error.code, detail=error.text)
        thread = await start(name=unnamed)
    return int(thread["id"])
