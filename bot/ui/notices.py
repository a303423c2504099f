"""The notice of an outage in Discord: how it looks, and the courier that posts, edits and finds it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, cast

import discord

from bot.errors import DeliveryPostponed, Undeliverable
from bot.ops.discord_time import DiscordTime
from bot.ui.discord_errors import Code, translated
from bot.ui.layout import ALLOW_NO_MENTION
from bot.ui.place_check import require_member
from bot.ui.texts import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from discord.components import Component

    from bot.domain.notice import OutageNotice

CLOCKS_DIFFER_BY: Final = timedelta(days=2)
"""How far our time and Discord's may differ, where no id bounds the search: the row is of an older version."""
_UNREADABLE_FOR: Final = timedelta(minutes=5)
_WAITING: Final = discord.Colour.orange()
_OVER: Final = discord.Colour.green()
_MARKER_BITS: Final = 0x3FFFFFFF
_ABOVE_COUNTED: Final = 1000
"""Discord counts the components that say no id of their own from 1."""


class DiscordNoticeCourier:
    """Posts and edits notices through Discord, in silence: nobody's telephone rings for them.

    Args:
        client: The bot, logged in.
        discord_time: Bounds the search for a notice whose sending was doubtful.
    """

    def __init__(self, client: discord.Client, *, discord_time: DiscordTime | None = None) -> None:
        self._client = client
        self._time = discord_time or DiscordTime()

    def earliest_id(self) -> int | None:
        """Return an id below those of all messages that are sent from now on, by Discord's time; None if not known."""
        return self._time.earliest_id()

    async def post(self, notice: OutageNotice, *, waiting: int) -> int:
        """Post a notice with its nonce and answer Discord's message id.

        Raises:
            DeliveryPostponed: Later, perhaps.
            Undeliverable: Never there, or it was deleted already: Discord answers 10008 to the nonce of such a message.
        """
        await require_member(self._client, notice.guild_id)
        with translated():
            message = await self._channel(notice).send(
                view=view(notice, waiting=waiting),
                nonce=notice.nonce,
                silent=True,
                allowed_mentions=ALLOW_NO_MENTION,
            )
        return message.id

    async def edit(self, notice: OutageNotice, *, waiting: int) -> None:
        """Edit a notice to what is so now; raises as ``post`` does."""
        if notice.message_id is None:
            raise Undeliverable("it was never posted")
        await require_member(self._client, notice.guild_id)
        message = self._channel(notice).get_partial_message(notice.message_id)
        with translated():
            try:
                await message.edit(view=view(notice, waiting=waiting), allowed_mentions=ALLOW_NO_MENTION)
            except discord.HTTPException as error:
                if error.code != Code.THREAD_ARCHIVED:
                    raise
                await self._client.http.edit_channel(notice.channel_id, archived=False)
                await message.edit(view=view(notice, waiting=waiting), allowed_mentions=ALLOW_NO_MENTION)

    async def find(self, notice: OutageNotice, *, readable_id: int | None) -> int | None:
        """Look for the notice since its first attempt.

        Args:
            notice: The notice.
            readable_id: A message of that channel that can be read if history can.

        Raises:
            DeliveryPostponed: History cannot be read now.
            Undeliverable: Its place is gone.
        """
        since = (notice.first_attempt_at or notice.since) - CLOCKS_DIFFER_BY
        after = discord.Object(notice.after_id or discord.utils.time_snowflake(since))
        with translated():
            async for message in self._channel(notice).history(limit=None, after=after, oldest_first=True):
                if self._is_mine(message) and marker(notice) in _ids(message.components):
                    return message.id
            if readable_id is not None:
                await self._require_history(notice, readable_id)
        return None

    def _is_mine(self, message: discord.Message) -> bool:
        return self._client.user is None or message.author.id == self._client.user.id

    async def _require_history(self, notice: OutageNotice, readable_id: int) -> None:
        """Tell an empty history from one that we may not read, which Discord answers with an empty list."""
        try:
            await self._client.http.get_message(notice.channel_id, readable_id)
        except discord.Forbidden as error:
            raise DeliveryPostponed(f"history cannot be read: {error}", retry_after=_UNREADABLE_FOR) from error
        except discord.NotFound as error:
            if error.code != Code.UNKNOWN_MESSAGE:
                raise

    def _channel(self, notice: OutageNotice) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(notice.channel_id, guild_id=notice.guild_id)


def view(notice: OutageNotice, *, waiting: int) -> discord.ui.LayoutView:
    """Lay out a notice: while the outage lasts, or, where it bears ``over_at``, that it is over."""
    container: discord.ui.Container[discord.ui.LayoutView] = discord.ui.Container(
        discord.ui.TextDisplay(_text(notice, waiting)),
        accent_colour=_WAITING if notice.over_at is None else _OVER,
        id=marker(notice),
    )
    return discord.ui.LayoutView(timeout=None).add_item(container)


def marker(notice: OutageNotice) -> int:
    """Make the id of the notice's container, by which the message is found again: Discord keeps ids of components.

    Source: https://docs.discord.com/developers/components/reference#anatomy-of-a-component (not verified live)
    """
    return (int(notice.nonce[-8:], 16) & _MARKER_BITS) + _ABOVE_COUNTED


def _text(notice: OutageNotice, waiting: int) -> str:
    if notice.over_at is not None:
        took: timedelta = max(notice.over_at - notice.since, timedelta())
        return say("notice.over", notice.locale, over_at=notice.over_at, took=took)
    if not waiting:
        return say("notice.outage_none", notice.locale, since=notice.since)
    return say("notice.outage", notice.locale, since=notice.since, count=waiting)


def _ids(components: Iterable[Component]) -> set[int]:
    found: set[int] = set()
    for component in components:
        found.add(cast("int", getattr(component, "id", 0)))
        found |= _ids(cast("Iterable[Component]", getattr(component, "children", ())))
    return found
