"""Kinds of channels, messages, interactions and answers, by Discord's numbers."""

from enum import IntEnum, IntFlag


class ChannelType(IntEnum):
    """Kinds of channels. See https://docs.discord.com/developers/resources/channel#channel-object-channel-types."""

    TEXT = 0
    DM = 1
    VOICE = 2
    GROUP_DM = 3
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    STAGE = 13
    FORUM = 15
    MEDIA = 16


class Context(IntEnum):
    """Kinds of places for commands.

    See https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object-interaction-context-types.
    """

    GUILD = 0
    BOT_DM = 1
    PRIVATE_CHANNEL = 2


class MessageFlag(IntFlag):
    """Message flags that the sandbox understands."""

    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


class MessageType(IntEnum):
    """Kinds of messages that the sandbox makes."""

    DEFAULT = 0
    THREAD_CREATED = 18
    REPLY = 19
    CHAT_INPUT_COMMAND = 20
    THREAD_STARTER = 21
    CONTEXT_MENU_COMMAND = 23


class InteractionType(IntEnum):
    """What a person did."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class CommandType(IntEnum):
    """Where a command is found."""

    CHAT_INPUT = 1
    USER = 2
    MESSAGE = 3


class CallbackType(IntEnum):
    """How the bot answered an interaction."""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    AUTOCOMPLETE = 8
    MODAL = 9
