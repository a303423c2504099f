"""The name of a thread, made of a prompt: it shows no markdown, mention or custom emoji, and must show something."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

import discord

from bot.ui.markdown import cut, without_mentions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.ui.markdown import Naming

NAME_LIMIT: Final = 100
"""Source: https://docs.discord.com/developers/resources/channel#channel-object"""
MARKS_AT_MOST: Final = 8
"""How many marks may stand on one sign of a name; living scripts need fewer, and more make a tower of them."""
_SEEN: Final = "LNPS"
"""The kinds of sign (Unicode's general categories) that show something: letters, numbers, punctuation, symbols."""
_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Signs of those kinds that show nothing: Hangul's fillers, and Braille without a dot."""


def thread_name(prompt: str, naming: Naming | None = None) -> str:
    """Make a name of a prompt; empty where nothing of it could be seen.

    Args:
        prompt: A member's words.
        naming: Says the name behind a mention, by its kind (``@``, ``@!``, ``@&`` or ``#``) and its id; without a name
            the mention is left out.
    """
    words = "".join(_without_towers(without_mentions(prompt, naming))).strip()
    is_seen = any(unicodedata.category(sign)[0] in _SEEN and sign not in _BLANK for sign in words)
    return cut(words, NAME_LIMIT) if is_seen else ""


class ServerNames:
    """Names what a server's members may know: its roles, and the channels that everybody there sees.

    A member may mention a channel that they do not see; its name must not be told to them by the bot. The bot keeps no
    list of members, so hardly any of them has a name here.

    Args:
        client: The bot.
        guild_id: The server.
    """

    def __init__(self, client: discord.Client, guild_id: int | None) -> None:
        self._guild = client.get_guild(guild_id) if guild_id is not None else None

    def __call__(self, kind: str, number: int) -> str | None:
        """Say a name with its sign, or None."""
        guild = self._guild
        if guild is None:
            return None
        match kind:
            case "#":
                channel = guild.get_channel_or_thread(number)
                return f"#{channel.name}" if channel is not None and _is_public(channel) else None
            case "@&":
                role = guild.get_role(number)
                return f"@{role.name.removeprefix('@')}" if role is not None else None
            case _:
                member = guild.get_member(number)
                return f"@{member.display_name}" if member is not None else None


def _is_public(channel: discord.abc.GuildChannel | discord.Thread) -> bool:
    """Whether everybody in a server sees a channel."""
    place = channel.parent if isinstance(channel, discord.Thread) else channel
    if place is None or (isinstance(channel, discord.Thread) and channel.is_private()):
        return False
    return place.permissions_for(channel.guild.default_role).view_channel


def _without_towers(text: str) -> Iterator[str]:
    """Leave out marks and joiners that stand on nothing, and those above a height."""
    height = MARKS_AT_MOST
    for sign in text:
        category = unicodedata.category(sign)
        height = height + 1 if category[0] == "M" or category == "Cf" else 0
        if height <= MARKS_AT_MOST:
            yield sign
