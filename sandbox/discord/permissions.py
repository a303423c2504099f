"""Discord's permissions: the bits, and how roles and overwrites add up.

See https://docs.discord.com/developers/topics/permissions.
"""

from enum import IntFlag
from typing import Final

from sandbox.discord.kinds import ChannelType
from sandbox.discord.state import Channel, Guild, Member


class Permission(IntFlag):
    """The permission bits that the sandbox judges or hands out."""

    CREATE_INSTANT_INVITE = 1 << 0
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_AUDIT_LOG = 1 << 7
    PRIORITY_SPEAKER = 1 << 8
    STREAM = 1 << 9
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    VIEW_GUILD_INSIGHTS = 1 << 19
    CONNECT = 1 << 20
    SPEAK = 1 << 21
    MUTE_MEMBERS = 1 << 22
    DEAFEN_MEMBERS = 1 << 23
    MOVE_MEMBERS = 1 << 24
    USE_VAD = 1 << 25
    CHANGE_NICKNAME = 1 << 26
    MANAGE_NICKNAMES = 1 << 27
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    MANAGE_GUILD_EXPRESSIONS = 1 << 30
    USE_APPLICATION_COMMANDS = 1 << 31
    REQUEST_TO_SPEAK = 1 << 32
    MANAGE_EVENTS = 1 << 33
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    USE_EXTERNAL_STICKERS = 1 << 37
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_EMBEDDED_ACTIVITIES = 1 << 39
    MODERATE_MEMBERS = 1 << 40
    VIEW_CREATOR_MONETIZATION_ANALYTICS = 1 << 41
    USE_SOUNDBOARD = 1 << 42
    CREATE_GUILD_EXPRESSIONS = 1 << 43
    CREATE_EVENTS = 1 << 44
    USE_EXTERNAL_SOUNDS = 1 << 45
    SEND_VOICE_MESSAGES = 1 << 46
    SEND_POLLS = 1 << 49
    USE_EXTERNAL_APPS = 1 << 50
    PIN_MESSAGES = 1 << 51
    BYPASS_SLOWMODE = 1 << 52


NOTHING: Final = Permission(0)
EVERYTHING: Final = Permission(sum(bit.value for bit in Permission))

NEWCOMER: Final = Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY | Permission.CHANGE_NICKNAME
MEMBER: Final = (
    NEWCOMER
    | Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.ADD_REACTIONS
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.USE_EXTERNAL_APPS
    | Permission.CONNECT
    | Permission.SPEAK
)
MODERATOR: Final = MEMBER | Permission.MANAGE_MESSAGES | Permission.MANAGE_THREADS | Permission.MODERATE_MEMBERS
BOT: Final = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.CONNECT
)
IN_DIRECT_MESSAGES: Final = (
    Permission.ATTACH_FILES | Permission.EMBED_LINKS | Permission.MENTION_EVERYONE | Permission.USE_EXTERNAL_EMOJIS
)
PARTY: Final = (
    Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES | Permission.READ_MESSAGE_HISTORY | Permission.ATTACH_FILES
)
"""What both sides of direct messages may do, though no bitset of Discord's says so."""


def access_to(channel: Channel) -> Permission:
    """What lets somebody into the chat of a channel: in voice and stage channels also Connect.

    See https://docs.discord.com/developers/resources/message#get-channel-messages.
    """
    is_vocal = channel.type in {ChannelType.VOICE, ChannelType.STAGE}
    return Permission.VIEW_CHANNEL | Permission.CONNECT if is_vocal else Permission.VIEW_CHANNEL


def base_permissions(guild: Guild, member: Member) -> Permission:
    """What the member's roles add up to, before any channel has its say."""
    if member.user_id == guild.owner_id:
        return EVERYTHING
    bits = Permission(guild.roles[guild.id].permissions)
    for role_id in member.role_ids:
        bits |= Permission(guild.roles[role_id].permissions)
    return EVERYTHING if Permission.ADMINISTRATOR in bits else bits


def channel_permissions(guild: Guild, member: Member, channel: Channel) -> Permission:
    """What the member may do in this channel.

    Args:
        guild: Where the channel is.
        member: Whose permissions are asked.
        channel: The channel whose overwrites count; for a thread that is its parent.
    """
    bits = base_permissions(guild, member)
    if bits == EVERYTHING:
        return bits
    everyone = channel.overwrites.get(guild.id)
    if everyone is not None:
        bits = (bits & ~Permission(everyone.deny)) | Permission(everyone.allow)
    of_roles = [channel.overwrites[role_id] for role_id in member.role_ids if role_id in channel.overwrites]
    for overwrite in of_roles:
        bits &= ~Permission(overwrite.deny)
    for overwrite in of_roles:
        bits |= Permission(overwrite.allow)
    own = channel.overwrites.get(member.user_id)
    if own is not None:
        bits = (bits & ~Permission(own.deny)) | Permission(own.allow)
    return bits if Permission.VIEW_CHANNEL in bits else NOTHING
