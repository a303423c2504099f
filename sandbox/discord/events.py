"""Events: what the World tells, to whom, and how it looks to them."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntFlag
from typing import Final

from sandbox.discord.wire import JsonObject


class Intent(IntFlag):
    """The gateway intents that decide who hears of what.

    See https://docs.discord.com/developers/events/gateway#list-of-intents.
    """

    NONE = 0
    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    MESSAGE_CONTENT = 1 << 15


MOST_INTENTS: Final = (1 << 26) - 1
PRIVILEGED: Final = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES | Intent.MESSAGE_CONTENT


@dataclass(frozen=True)
class Viewer:
    """Who is told of an event: where it reaches our files, and which intents it declared."""

    site: str
    intents: int


@dataclass(frozen=True)
class Event:
    """Something that the bot may hear of through its gateway session.

    Args:
        name: The gateway's name of it, such as ``MESSAGE_CREATE``.
        guild_id: Where it happened; None for direct messages and for the bot itself.
        intent: The intent that a session needs to hear of it; NONE for what everyone hears.
        channel_id: The channel that the bot must be able to view; None when it need not.
        render: Makes the payload for one viewer.
    """

    name: str
    guild_id: int | None
    intent: Intent
    channel_id: int | None
    render: Callable[[Viewer], JsonObject]
