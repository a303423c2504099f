"""The search for a message of a job that may have been posted before, by the marker in its buttons."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, cast

import discord

from bot.errors import PlaceUnreadable
from bot.ui.custom_id import Action, decode
from bot.ui.discord_errors import Code, translated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from discord.components import Component

    from bot.domain.job import Delivery, Job

_UNREADABLE_FOR: Final = timedelta(minutes=5)
"""How long to wait before a history that cannot be read is tried again; meanwhile nothing is sent twice."""


async def find_part(client: discord.Client, job: Job, delivery: Delivery) -> int | None:
    """Return the message that delivers a part where the delivery says; None where there is none between its bounds.

    The bounds are ids of Discord's: our time may differ, and what is missed here would be posted twice. What is not
    known of them is the id of the command, and no end. Of a restored job nobody knows all attempts: it is searched for
    since its command. The history is read oldest first, so it ends at the first hit.

    Args:
        client: The bot, logged in.
        job: The job.
        delivery: The part, its place and its bounds.

    Raises:
        DeliveryPostponed: The place cannot be read now, so nobody knows; it must not be sent again unseen.
        Undeliverable: The place is gone.
    """
    after, before = job.interaction_id, None
    if job.search_from is None:
        after, before = max(after, delivery.after_id or 0), delivery.before_id
    until = None if before is None else discord.Object(before)
    channel = client.get_partial_messageable(delivery.target_id, guild_id=job.origin.guild_id)
    with translated():
        async for message in channel.history(limit=None, after=discord.Object(after), before=until, oldest_first=True):
            if message.id != job.origin.card_message_id and _delivers(client, message, job, delivery):
                return message.id
        await _require_history(client, job)
    return None


def _delivers(client: discord.Client, message: discord.Message, job: Job, delivery: Delivery) -> bool:
    is_ours = client.user is None or message.author.id == client.user.id
    return is_ours and (job.id, delivery.part) in set(_markers(message.components))


async def _require_history(client: discord.Client, job: Job) -> None:
    """Tell an empty history from one that we may not read: without the permission Discord answers an empty list.

    The card stands in the same channel, or in the one above the thread, and reading one message needs the same
    permission. Source: https://docs.discord.com/developers/resources/message#get-channel-message

    Raises:
        PlaceUnreadable: It cannot be read.
    """
    card_message_id = job.origin.card_message_id
    if job.origin.guild_id is None or card_message_id is None:
        return
    try:
        await client.http.get_message(job.origin.channel_id, card_message_id)
    except discord.Forbidden as error:
        raise PlaceUnreadable(f"history cannot be read: {error}", retry_after=_UNREADABLE_FOR) from error
    except discord.NotFound as error:
        if error.code != Code.UNKNOWN_MESSAGE:  # a deleted card is answered only to those who may read
            raise


def _markers(components: Iterable[Component]) -> Iterator[tuple[str, int]]:
    """Read which parts of which jobs a message delivers, however deep the button stands that every part has."""
    for component in components:
        yield from _markers(cast("Iterable[Component]", getattr(component, "children", ())))
        custom_id = decode(getattr(component, "custom_id", None) or "")
        if custom_id is not None and custom_id.action == Action.DETAILS and custom_id.page is not None:
            yield custom_id.job_id, custom_id.page
