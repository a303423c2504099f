"""Messages that the bot itself writes into channels and threads, asleep or awake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import discord

from bot.errors import Undeliverable
from bot.ui.discord_errors import Code
from bot.ui.layout import ALLOW_NO_MENTION
from bot.ui.token_replies import files_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.engine.answers import Attachment

_PUBLIC_THREADS: Final = frozenset({discord.ChannelType.public_thread.value, discord.ChannelType.news_thread.value})


class ChannelPosts:
    """Writes with the bot's own rights.

    Args:
        client: The bot, logged in.
    """

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def send(
        self,
        channel: discord.PartialMessageable,
        view: discord.ui.LayoutView,
        attachments: Sequence[Attachment],
        *,
        nonce: str,
        user_id: int,
    ) -> int:
        """Post a message that pings one person, and answer its id.

        Sending takes a thread out of the archive by itself, says Discord; where it does not, that is done first, and
        the same message sent again under its nonce.
        Source: https://docs.discord.com/developers/topics/threads#active--archived-threads

        Raises:
            discord.HTTPException: Discord does not take it.
        """
        try:
            return await self._send(channel, view, attachments, nonce=nonce, user_id=user_id)
        except discord.HTTPException as error:
            if error.code != Code.THREAD_ARCHIVED:
                raise
        await self._wake(channel.id)
        return await self._send(channel, view, attachments, nonce=nonce, user_id=user_id)

    async def edit(self, channel: discord.PartialMessageable, message_id: int, view: discord.ui.LayoutView) -> None:
        """Change one of the bot's messages; only a sent one opens an archived thread, so an edit opens it first.

        Raises:
            discord.HTTPException: Discord does not take it.
        """
        message = channel.get_partial_message(message_id)
        try:
            await message.edit(view=view, allowed_mentions=ALLOW_NO_MENTION)
        except discord.HTTPException as error:
            if error.code != Code.THREAD_ARCHIVED:
                raise
            await self._wake(channel.id)
            await message.edit(view=view, allowed_mentions=ALLOW_NO_MENTION)

    async def require_public(self, thread_id: int) -> None:
        """Make sure that who sees the channel above a thread sees the thread too; asked of Discord, at that moment.

        Raises:
            Undeliverable: It is a private thread.
            discord.HTTPException: Discord does not say; of a thread that is gone nobody knows what it was.
        """
        thread = await self._client.http.get_channel(thread_id)
        if int(thread["type"]) not in _PUBLIC_THREADS:
            raise Undeliverable("what was asked for in a private thread is not shown above it")

    async def _send(
        self,
        channel: discord.PartialMessageable,
        view: discord.ui.LayoutView,
        attachments: Sequence[Attachment],
        *,
        nonce: str,
        user_id: int,
    ) -> int:
        files, mentions = files_of(attachments), _only(user_id)
        return (await channel.send(view=view, files=files, nonce=nonce, allowed_mentions=mentions)).id

    async def _wake(self, thread_id: int) -> None:
        await self._client.http.edit_channel(thread_id, archived=False)


def _only(user_id: int) -> discord.AllowedMentions:
    return discord.AllowedMentions(
        everyone=False, roles=False, replied_user=False, users=[discord.Object(user_id, type=discord.User)]
    )
