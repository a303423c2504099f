"""Links of lists to messages that are there: of each job its card, or, where that was deleted, its result.

The bot does not subscribe to messages, so Discord does not tell it of deletions. It looks when a list is asked for.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord

from bot.client import bot_of
from bot.domain.job import FIRST_RESULT_PART
from bot.domain.status import FailureReason
from bot.errors import StoreUnavailable, UserError
from bot.ui.access import person_of
from bot.ui.discord_errors import Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.client import RemixBot
    from bot.domain.job import Job
    from bot.domain.origin import Origin

LOOK_SECONDS: Final = 1.5
"""How long the looks for a list may take in all; a message that was not looked for in time keeps its link."""
_DELETED: Final = frozenset({Code.UNKNOWN_MESSAGE, Code.UNKNOWN_CHANNEL})

Place = tuple[int, int]
"""A channel and a message in it."""


async def links_to(
    interaction: discord.Interaction[Any], jobs: Sequence[Job], *, look_seconds: float = LOOK_SECONDS
) -> dict[str, str]:
    """Find a link for each job that has a message to open, by the job's id.

    Args:
        interaction: The command or click that asked for the list.
        jobs: At most as many as a list shows.
        look_seconds: How long to look.
    """
    looks = {job.id: asyncio.ensure_future(_link_to(interaction, job)) for job in jobs}
    if not looks:
        return {}
    try:
        await asyncio.wait(looks.values(), timeout=look_seconds)
        return {job.id: link for job in jobs if (link := _outcome(looks[job.id], job)) is not None}
    finally:
        for look in looks.values():
            look.cancel()


def card_link(job: Job) -> str | None:
    """Link to a card, unseen; None where nobody, or only its reader, could open it."""
    card_message_id = job.origin.card_message_id
    if card_message_id is None or job.origin.is_private or job.failure is FailureReason.PLACE_GONE:
        return None
    return _url(job.origin, (job.origin.channel_id, card_message_id))


def _outcome(look: asyncio.Task[str | None], job: Job) -> str | None:
    return look.result() if look.done() else card_link(job)


async def _link_to(interaction: discord.Interaction[Any], job: Job) -> str | None:
    bot, origin, link = bot_of(interaction), job.origin, card_link(job)
    if link is None or origin.by_interaction:  # a guest may read nothing there
        return link
    if await _is_there(bot, (origin.channel_id, origin.card_message_id or 0)):
        return link
    result = await _result_of(interaction, job)
    return _url(origin, result) if result is not None and await _is_there(bot, result) else None


async def _result_of(interaction: discord.Interaction[Any], job: Job) -> Place | None:
    """Say where the first message of a result is, where it was posted and this person may see it."""
    try:
        known = await bot_of(interaction).service.details(job.id, by=person_of(interaction))
    except (UserError, StoreUnavailable):
        return None
    for one in known.deliveries:
        if one.part == FIRST_RESULT_PART and one.message_id is not None and one.target_id != job.interaction_id:
            return one.target_id, one.message_id
    return None


async def _is_there(bot: RemixBot, place: Place) -> bool:
    """Say whether a message is there; where Discord does not say, it is taken to be."""
    channel_id, message_id = place
    known = bot.message_looks.is_there(message_id)
    if known is not None:
        return known
    try:
        async with bot.message_looks.room:
            await bot.http.get_message(channel_id, message_id)
    except discord.NotFound as error:
        if error.code not in _DELETED:
            return True
        bot.message_looks.note(message_id, is_there=False)
        return False
    except discord.Forbidden:
        pass  # the bot may not look; nor is it asked again soon
    except (discord.DiscordException, aiohttp.ClientError, OSError):
        return True
    bot.message_looks.note(message_id, is_there=True)
    return True


def _url(origin: Origin, place: Place) -> str:
    server = "@me" if origin.guild_id is None else origin.guild_id
    return f"https://discord.com/channels/{server}/{place[0]}/{place[1]}"
