"""The World: everything that exists in the simulated Discord, and who hears of its changes."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from sandbox.discord.cdn import Cdn
from sandbox.discord.errors import refusal
from sandbox.discord.events import Event
from sandbox.discord.kinds import ChannelType
from sandbox.discord.permissions import (
    EVERYTHING,
    IN_DIRECT_MESSAGES,
    NOTHING,
    PARTY,
    Permission,
    access_to,
    channel_permissions,
)
from sandbox.discord.snowflake import Clock, Snowflakes, real_time
from sandbox.discord.state import Channel, Command, Guild, Interaction, Member, Message, Role, User

_Found = TypeVar("_Found", User, Guild, Channel)


@dataclass(frozen=True)
class Application:
    """The bot's application."""

    id: int
    name: str
    bot: User
    token: str
    owner: User
    verify_key: str = "5f" * 32


@dataclass
class Directory:
    """The World's memory by id."""

    users: dict[int, User] = field(default_factory=dict[int, User])
    guilds: dict[int, Guild] = field(default_factory=dict[int, Guild])
    channels: dict[int, Channel] = field(default_factory=dict[int, Channel])
    messages: dict[int, dict[int, Message]] = field(default_factory=dict[int, dict[int, Message]])
    commands: dict[int, Command] = field(default_factory=dict[int, Command])
    interactions: dict[int, Interaction] = field(default_factory=dict[int, Interaction])
    installed_by: set[int] = field(default_factory=set[int])
    """The people who bring the bot's commands along."""


class World:
    """The state of the simulated Discord.

    Args:
        token: The bot token that is accepted.
        clock: Tells the time; tests step it.
    """

    def __init__(self, *, token: str, clock: Clock = real_time) -> None:
        self.clock = clock
        self.snowflakes = Snowflakes(clock)
        self.cdn = Cdn(clock=clock)
        self.directory = Directory()
        self.subscribers: list[Callable[[Event], None]] = []
        self._changed = asyncio.Event()
        owner = self.add_user("olga", global_name="Olga")
        bot = self.add_user("remixer", global_name="Remixer", bot=True)
        self.application = Application(id=bot.id, name="Remixer", bot=bot, token=token, owner=owner)

    # --- change -----------------------------------------------------------------------------------------------------

    def emit(self, event: Event) -> None:
        """Tell every subscriber of an event, and wake whoever waits for a change."""
        for subscriber in self.subscribers:
            subscriber(event)
        self.touch()

    def touch(self) -> None:
        """Wake whoever waits for a change."""
        event, self._changed = self._changed, asyncio.Event()
        event.set()

    async def until(self, predicate: Callable[[], bool], *, timeout_seconds: float = 10.0) -> None:
        """Wait until something holds; it is asked again at each change of the World.

        Raises:
            TimeoutError: It did not come to hold in time.
        """
        async with asyncio.timeout(timeout_seconds):
            while not predicate():
                await self._changed.wait()

    # --- making -----------------------------------------------------------------------------------------------------

    def add_user(self, username: str, *, global_name: str | None = None, bot: bool = False) -> User:
        """A new person or bot, member of nothing."""
        user = User(id=self.snowflakes.next(), username=username, global_name=global_name, bot=bot)
        self.directory.users[user.id] = user
        return user

    def add_guild(self, name: str, *, owner: User, everyone: Permission) -> Guild:
        """A new server with its owner as the only member."""
        guild = Guild(id=self.snowflakes.next(), name=name, owner_id=owner.id)
        guild.roles[guild.id] = Role(id=guild.id, name="@everyone", permissions=everyone)
        self.directory.guilds[guild.id] = guild
        self.add_member(guild, owner)
        return guild

    def add_role(self, guild: Guild, name: str, permissions: Permission, *, managed: bool = False) -> Role:
        """A new role above the others."""
        role = Role(
            id=self.snowflakes.next(), name=name, permissions=permissions, position=len(guild.roles), managed=managed
        )
        guild.roles[role.id] = role
        return role

    def add_member(self, guild: Guild, user: User, *roles: Role) -> Member:
        """Let a user join a server."""
        member = Member(user_id=user.id, joined_at=self.clock(), role_ids=[role.id for role in roles])
        guild.members[user.id] = member
        return member

    def add_channel(
        self, guild: Guild, name: str, *, kind: ChannelType = ChannelType.TEXT, topic: str | None = None
    ) -> Channel:
        """A new channel at the end of the list."""
        position = sum(1 for channel in self.channels_of(guild) if channel.type is not ChannelType.CATEGORY)
        channel = Channel(
            id=self.snowflakes.next(), type=kind, name=name, guild_id=guild.id, position=position, topic=topic
        )
        self.directory.channels[channel.id] = channel
        return channel

    def direct_channel(self, user: User) -> Channel:
        """The direct messages between the bot and this person; opened if they are not yet."""
        for channel in self.directory.channels.values():
            if channel.type is ChannelType.DM and user.id in channel.recipient_ids:
                return channel
        channel = Channel(id=self.snowflakes.next(), type=ChannelType.DM, name="", recipient_ids=(user.id,))
        self.directory.channels[channel.id] = channel
        return channel

    def add_group(self, name: str, *users: User) -> Channel:
        """A new group of direct messages; the bot can be in none."""
        recipients = tuple(user.id for user in users)
        channel = Channel(id=self.snowflakes.next(), type=ChannelType.GROUP_DM, name=name, recipient_ids=recipients)
        self.directory.channels[channel.id] = channel
        return channel

    def install_for(self, user: User) -> None:
        """Let a person bring the bot's commands along wherever they are."""
        self.directory.installed_by.add(user.id)
        self.touch()

    # --- finding ----------------------------------------------------------------------------------------------------

    @property
    def bot(self) -> User:
        """The bot's own user."""
        return self.application.bot

    def person(self, username: str) -> User:
        """The person of this name.

        Raises:
            LookupError: There is none.
        """
        return _only((user for user in self.directory.users.values() if user.username == username), username)

    def guild(self, name: str) -> Guild:
        """The server of this name.

        Raises:
            LookupError: There is none.
        """
        return _only((guild for guild in self.directory.guilds.values() if guild.name == name), name)

    def channel(self, name: str) -> Channel:
        """The newest channel or thread of this name.

        Raises:
            LookupError: There is none.
        """
        newest_first = reversed(self.directory.channels.values())
        return _only((channel for channel in newest_first if channel.name == name), name)

    def channels_of(self, guild: Guild) -> list[Channel]:
        """The channels of a server, threads excluded."""
        return [
            channel
            for channel in self.directory.channels.values()
            if channel.guild_id == guild.id and channel.thread is None
        ]

    def threads_of(self, guild: Guild) -> list[Channel]:
        """The threads of a server, archived ones included."""
        return [
            channel
            for channel in self.directory.channels.values()
            if channel.guild_id == guild.id and channel.thread is not None
        ]

    def messages_in(self, channel_id: int) -> list[Message]:
        """The messages that stand in a channel, oldest first, ephemeral ones included."""
        return [self.directory.messages[channel_id][key] for key in sorted(self.directory.messages.get(channel_id, {}))]

    def find_channel(self, channel_id: int | None) -> Channel:
        """The channel with this id.

        Raises:
            DiscordError: 10003, there is none.
        """
        channel = self.directory.channels.get(channel_id or 0)
        if channel is None:
            raise refusal(10003)
        return channel

    def find_message(self, channel_id: int, message_id: int | None) -> Message:
        """A message that everyone in the channel can see.

        Raises:
            DiscordError: 10008, there is none.
        """
        message = self.directory.messages.get(channel_id, {}).get(message_id or 0)
        if message is None or message.ephemeral_to is not None:
            raise refusal(10008)
        return message

    def guild_of(self, channel: Channel) -> Guild | None:
        """The server in which a channel is."""
        return self.directory.guilds[channel.guild_id] if channel.guild_id is not None else None

    def has_in_common(self, channel: Channel) -> bool:
        """May the bot write to these people: because they brought it along, or are with it in some server?"""
        parties = {self.bot.id, *channel.recipient_ids}
        if self.directory.installed_by.issuperset(channel.recipient_ids):
            return True
        return any(parties <= guild.members.keys() for guild in self.directory.guilds.values())

    def parent_of(self, channel: Channel) -> Channel:
        """The channel whose overwrites count: a thread's parent, or the channel itself."""
        if channel.thread is None or channel.parent_id is None:
            return channel
        return self.directory.channels[channel.parent_id]

    # --- permissions ------------------------------------------------------------------------------------------------

    def permissions(self, user_id: int, channel: Channel) -> Permission:
        """What a user may do in a channel, a thread or their direct messages with the bot."""
        guild = self.guild_of(channel)
        if guild is None:
            is_with_bot = channel.type is ChannelType.DM and user_id == self.bot.id
            is_party = is_with_bot or user_id in channel.recipient_ids
            return IN_DIRECT_MESSAGES | PARTY if is_party else NOTHING
        member = guild.members.get(user_id)
        if member is None:
            return NOTHING
        bits = channel_permissions(guild, member, self.parent_of(channel))
        thread = channel.thread
        if thread is None or channel.type is not ChannelType.PRIVATE_THREAD or bits == EVERYTHING:
            return bits
        return bits if user_id in thread.member_ids or Permission.MANAGE_THREADS in bits else NOTHING

    def can(self, user_id: int, channel: Channel, needed: Permission) -> bool:
        """Has the user all of these permissions in this channel?"""
        return needed in self.permissions(user_id, channel)

    def require(self, user_id: int, channel: Channel, needed: Permission) -> None:
        """Refuse what a user may not do.

        Raises:
            DiscordError: 50001, the channel or its chat is invisible to them; 50013, a permission is missing.
        """
        bits = self.permissions(user_id, channel)
        if access_to(channel) not in bits:
            raise refusal(50001)
        if needed not in bits:
            raise refusal(50013)

    def member_guild(self, guild_id: int | None) -> Guild:
        """A server that the bot is in.

        Raises:
            DiscordError: 10004, there is no such server; 50001, the bot is no member.
        """
        guild = self.directory.guilds.get(guild_id or 0)
        if guild is None:
            raise refusal(10004)
        if self.bot.id not in guild.members:
            raise refusal(50001)
        return guild


def _only(found: Iterator[_Found], name: str) -> _Found:
    first = next(found, None)
    if first is None:
        raise LookupError(f"There is no {name!r}.")
    return first
