"""Whether a place is age-restricted: its channel, the channel above a thread, or its whole server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import discord

if TYPE_CHECKING:
    from bot.domain.origin import Origin

_RESTRICTED_SERVERS: Final = (discord.NSFWLevel.explicit, discord.NSFWLevel.age_restricted)
"""The levels of a server in which every channel counts as age-restricted, whatever the channel itself says.

Source: https://docs.discord.com/developers/resources/guild#guild-object-guild-nsfw-level
Source: https://github.com/discord/discord-api-docs/issues/7914
"""


def age_restriction_here(interaction: discord.Interaction[Any]) -> bool | None:
    """Answer whether the place of a command or click is age-restricted; None where Discord does not tell.

    The gateway's list of channels counts before the interaction: it names the channel above a thread. Direct and group
    messages are never age-restricted.
    """
    if interaction.guild_id is None:
        return False
    channel = interaction.channel
    ruling_id = channel.parent_id if isinstance(channel, discord.Thread) else interaction.channel_id
    known = _known(interaction.client, interaction.guild_id, ruling_id)
    if known is not None or channel is None or isinstance(channel, discord.Thread):
        return known
    return not isinstance(channel, (discord.DMChannel, discord.GroupChannel)) and channel.is_nsfw()


def age_restriction_of(client: discord.Client, origin: Origin) -> bool | None:
    """Answer whether the place of a job is age-restricted now; None where the gateway does not list it.

    Args:
        client: The bot.
        origin: The place.
    """
    if origin.guild_id is None:
        return False
    return _known(client, origin.guild_id, origin.parent_id or origin.channel_id)


def _known(client: discord.Client, guild_id: int, channel_id: int | None) -> bool | None:
    guild = client.get_guild(guild_id)
    if guild is None:
        return None
    if guild.nsfw_level in _RESTRICTED_SERVERS:
        return True
    channel = None if channel_id is None else guild.get_channel(channel_id)
    return None if channel is None else channel.is_nsfw()
