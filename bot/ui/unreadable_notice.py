"""What a requester reads of a remix whose record cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.ui.channel_posts import ChannelPosts
from bot.ui.discord_errors import translated
from bot.ui.layout import reference
from bot.ui.place_check import require_member
from bot.ui.texts import say

if TYPE_CHECKING:
    from bot.domain.unreadable import UnreadableJob


class DiscordUnreadableCourier:
    """The engine's ``UnreadableCourier``.

    Args:
        client: The bot, logged in.
    """

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._posts = ChannelPosts(client)

    async def tell(self, apart: UnreadableJob) -> None:
        """Post in the thread, or the channel, that the remix cannot go on.

        Raises:
            DeliveryPostponed: Later, perhaps.
            Undeliverable: Never there.
        """
        await require_member(self._client, apart.guild_id)
        place = self._client.get_partial_messageable(apart.thread_id or apart.channel_id, guild_id=apart.guild_id)
        with translated():
            await self._posts.send(place, view(apart), (), nonce=f"u{apart.id}"[:25], user_id=apart.user_id)


def view(apart: UnreadableJob) -> discord.ui.LayoutView:
    """Lay out the message, which pings the requester."""
    words = say("notice.unreadable", apart.locale, user=apart.user_id, reference=reference(apart.id))
    return discord.ui.LayoutView(timeout=None).add_item(discord.ui.TextDisplay(words))
