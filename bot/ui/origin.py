"""From Discord's values to ours: where a job comes from, and the images that come with it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import discord

from bot.domain.origin import Origin
from bot.domain.remix_request import Input
from bot.ui.access import is_guest
from bot.ui.age_restriction import age_restriction_here

if TYPE_CHECKING:
    from collections.abc import Iterable

TOKEN_LIFE: Final = timedelta(minutes=15)
"""How long Discord lets us edit the first reply by the interaction's token.

Source: https://docs.discord.com/developers/interactions/receiving-and-responding#followup-messages
"""
TOKEN_MARGIN: Final = timedelta(seconds=30)
"""The token is given up this long before its end, so that no edit that is under way meets a dead one."""


def origin_of(interaction: discord.Interaction[Any], *, card_message_id: int, is_private: bool = False) -> Origin:
    """Note where to answer.

    Args:
        interaction: The command or click, from a place that :func:`bot.ui.access.check_place` let pass.
        card_message_id: The first reply, which becomes the status card.
        is_private: Whether Discord shows that reply to its reader alone; then nothing but the token can change it.

    Raises:
        ValueError: Discord did not say in which channel it was.
    """
    if interaction.channel_id is None:
        raise ValueError(f"interaction {interaction.id} names no channel")
    channel = interaction.channel
    return Origin(
        user_id=interaction.user.id,
        channel_id=interaction.channel_id,
        guild_id=interaction.guild_id,
        parent_id=channel.parent_id if isinstance(channel, discord.Thread) else None,
        by_interaction=is_private or is_guest(interaction),
        is_private=is_private,
        is_age_restricted=age_restriction_here(interaction),
        locale=str(interaction.locale),
        card_message_id=card_message_id,
        interaction_token=interaction.token,
        token_expires_at=interaction.created_at + TOKEN_LIFE - TOKEN_MARGIN,
        upload_limit=interaction.filesize_limit,
    )


def inputs_of(attachments: Iterable[discord.Attachment | None]) -> list[Input]:
    """Read the images that a member attached, in their order and without the gaps."""
    return [
        Input(
            url=attachment.url,
            filename=attachment.filename,
            content_type=attachment.content_type,
            size=attachment.size,
            width=attachment.width,
            height=attachment.height,
            is_marked_spoiler=attachment.is_spoiler(),
        )
        for attachment in attachments
        if attachment is not None
    ]
