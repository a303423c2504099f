"""Who may do what, and where: judged from the interaction itself at the moment of a command or a click, without I/O."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import discord

from bot.client import bot_of
from bot.domain.person import Person
from bot.errors import Refused
from bot.ui.age_restriction import age_restriction_here, age_restriction_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.domain.origin import Origin

_CHANNEL: Final = (
    "view_channel",
    "send_messages",
    "send_messages_in_threads",
    "create_public_threads",
    "attach_files",
    "read_message_history",
)
_THREAD: Final = ("view_channel", "send_messages_in_threads", "attach_files", "read_message_history")
_CHAT: Final = ("view_channel", "connect", "send_messages", "attach_files", "read_message_history")

NEEDED: Final[Mapping[discord.ChannelType, tuple[str, ...]]] = MappingProxyType(
    {
        discord.ChannelType.text: _CHANNEL,
        discord.ChannelType.news: _CHANNEL,
        discord.ChannelType.public_thread: _THREAD,
        discord.ChannelType.private_thread: _THREAD,
        discord.ChannelType.news_thread: _THREAD,
        discord.ChannelType.voice: _CHAT,
        discord.ChannelType.stage_voice: _CHAT,
        discord.ChannelType.private: (),
    }
)
"""The kinds of channel that can hold a job, with discord.py's names of what the bot must be allowed there.

Inside a thread the parent's Send Messages has no say, and no thread can be made; the chats of voice and stage channels
have no threads, and only who may connect can read them.
Source: https://docs.discord.com/developers/topics/permissions#inherited-permissions-threads
Source: https://docs.discord.com/developers/resources/message#get-channel-messages
"""

_VOCAL: Final = (discord.VoiceChannel, discord.StageChannel)
_AS_GUEST: Final = ("attach_files",)
"""What must be allowed where only the interaction's token answers, which needs no channel and no history.

Source: https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object-interaction-structure
"""


def is_guest(interaction: discord.Interaction[Any]) -> bool:
    """Whether the bot was brought along to where it is no member: a server without it, or other people's messages.

    There nothing but the interaction's token answers; believed, not verified live.
    """
    if interaction.guild_id is not None:
        return not _is_member(interaction)
    return interaction.context.private_channel is True


def check_place(interaction: discord.Interaction[Any]) -> None:
    """Hold the place of a command or click against what a job needs there.

    Raises:
        Refused: ``wrong_channel`` where no job can be held, ``missing_permissions`` with their ``names`` and the
            ``channel_id`` where they are to be granted, ``not_allowed_as_guest`` where the server without the bot
            takes no files of apps, or ``not_in_thread`` or ``locked_thread`` where the results could not be posted.
    """
    channel = interaction.channel
    if is_guest(interaction):
        if interaction.guild_id is not None and _missing(interaction, _AS_GUEST):
            raise Refused("not_allowed_as_guest")
        return
    if channel is None or channel.type not in NEEDED:
        raise Refused("wrong_channel")
    if isinstance(channel, discord.Thread) and not interaction.app_permissions.manage_threads:
        _check_thread(channel)
    if missing := missing_permissions(interaction):
        granted_in = channel.parent_id if isinstance(channel, discord.Thread) else channel.id
        raise Refused("missing_permissions", values={"names": missing, "channel_id": granted_in})


def _check_thread(thread: discord.Thread) -> None:
    """Refuse a thread in which only those who manage threads could post; ours shows itself once we are in it."""
    if thread.is_private() and thread.guild.get_thread(thread.id) is None:
        raise Refused("not_in_thread")
    if thread.locked:
        raise Refused("locked_thread")


def missing_permissions(interaction: discord.Interaction[Any]) -> list[str]:
    """Name what the bot is not allowed in the place of a command or click, by discord.py's names, in a fixed order."""
    return _missing(interaction, NEEDED.get(interaction.channel.type, ()) if interaction.channel is not None else ())


def _missing(interaction: discord.Interaction[Any], needed: Iterable[str]) -> list[str]:
    allowed = interaction.app_permissions
    return [] if allowed.administrator else [name for name in needed if not getattr(allowed, name)]


def person_of(interaction: discord.Interaction[Any]) -> Person:
    """Tell who acts, with what they may do now."""
    return Person(
        interaction.user.id,
        interaction.guild_id,
        partial(_moderates, interaction),
        channel_id=interaction.channel_id,
        sees=partial(_sees, interaction),
        moderates_all=_moderates_all(interaction),
        is_blocked=interaction.user.id in bot_of(interaction).blocklist,
        is_age_restricted_here=age_restriction_here(interaction) is True,
        age_restriction=partial(age_restriction_of, interaction.client),
    )


def may_answer_with_files(interaction: discord.Interaction[Any]) -> bool:
    """Whether the bot's answers may carry files there, before everybody's eyes."""
    return interaction.guild_id is None or not _missing(interaction, _AS_GUEST)


def _is_member(interaction: discord.Interaction[Any]) -> bool:
    """Whether the bot itself is in the server; commands alone can be there without it.

    The gateway names every server of the bot before the first interaction comes.
    """
    only_for_user = interaction.is_user_integration() and not interaction.is_guild_integration()
    guild_id = interaction.guild_id
    return not only_for_user and guild_id is not None and interaction.client.get_guild(guild_id) is not None


def _moderates_all(interaction: discord.Interaction[Any]) -> bool:
    """Whether the acting person's roles let them manage messages in the whole server now."""
    member = interaction.user
    if not isinstance(member, discord.Member) or not _is_member(interaction):
        return False
    allowed = member.guild_permissions
    return allowed.administrator or allowed.manage_messages


def _moderates(interaction: discord.Interaction[Any], origin: Origin) -> bool:
    """Whether the acting person sees that place and may manage its messages now."""
    allowed, is_hidden = _allowed_in(interaction, origin)
    return _suffices(allowed) and (allowed.manage_threads or not is_hidden)


def _sees(interaction: discord.Interaction[Any], origin: Origin) -> bool:
    """Whether the acting person sees that place and may read what was written there; private threads: who moderates."""
    allowed, is_hidden = _allowed_in(interaction, origin)
    return _moderates(interaction, origin) if is_hidden else _may_read(allowed)


def _allowed_in(interaction: discord.Interaction[Any], origin: Origin) -> tuple[discord.Permissions, bool]:
    """Tell what the acting person may do in a place, and whether only who manages threads surely sees it."""
    if origin.includes(interaction.channel_id):
        return _in_chat(interaction.channel, interaction.permissions), False
    guild, member = interaction.guild, interaction.user
    if guild is None or not isinstance(member, discord.Member):
        return discord.Permissions.none(), False
    place, is_hidden = _place_of(guild, origin)
    return discord.Permissions.none() if place is None else _in_chat(place, place.permissions_for(member)), is_hidden


def _in_chat(place: object, allowed: discord.Permissions) -> discord.Permissions:
    """Answer what is allowed in the chat of a channel: nothing where it needs Connect, which is denied."""
    is_closed = isinstance(place, _VOCAL) and not (allowed.connect or allowed.administrator)
    return discord.Permissions.none() if is_closed else allowed


def _place_of(guild: discord.Guild, origin: Origin) -> tuple[discord.abc.GuildChannel | None, bool]:
    """Find the channel whose permissions rule a place, and whether only who manages threads surely sees it.

    A private thread shows itself to its members only, whom we do not know; a thread that is not in memory (it is
    archived, say) may be one.
    """
    known = guild.get_channel_or_thread(origin.channel_id)
    if isinstance(known, discord.Thread):
        return guild.get_channel(known.parent_id), known.is_private()
    if known is None and origin.parent_id is not None:
        return guild.get_channel(origin.parent_id), True
    return known, False


def _may_read(allowed: discord.Permissions) -> bool:
    return allowed.administrator or (allowed.view_channel and allowed.read_message_history)


def _suffices(allowed: discord.Permissions) -> bool:
    return allowed.administrator or (allowed.view_channel and allowed.manage_messages)
