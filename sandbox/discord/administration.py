"""Administration: what the owner of a server does to channels, roles and the bot, and the events that follow."""

from dataclasses import replace

from sandbox.discord.events import Event, Intent
from sandbox.discord.kinds import ChannelType
from sandbox.discord.payloads import channel_payload, guild_create_payload, guild_payload, member_payload, role_payload
from sandbox.discord.permissions import NOTHING, Permission
from sandbox.discord.state import Channel, Guild, Member, Overwrite, Role, User
from sandbox.discord.threads import Threads
from sandbox.discord.wire import JsonObject
from sandbox.discord.world import World


class Administration:
    """Changes servers as their owners may.

    Args:
        world: What is changed.
        threads: Changes threads.
    """

    def __init__(self, world: World, threads: Threads) -> None:
        self._world = world
        self._threads = threads

    # --- permissions ------------------------------------------------------------------------------------------------

    def overwrite(
        self, channel: Channel, target: User | Role, *, allow: Permission = NOTHING, deny: Permission = NOTHING
    ) -> None:
        """Set what a channel allows and denies to somebody; with neither, take the overwrite away."""
        if allow or deny:
            channel.overwrites[target.id] = Overwrite(target.id, isinstance(target, User), int(allow), int(deny))
        else:
            channel.overwrites.pop(target.id, None)
        self.tell_channel("CHANNEL_UPDATE", channel)

    def deny_bot(self, channel: Channel, permission: Permission) -> None:
        """Take permissions from the bot in this channel, on top of what it was denied before."""
        old = channel.overwrites.get(self._world.bot.id)
        denied = Permission(old.deny if old is not None else 0) | permission
        self.overwrite(channel, self._world.bot, deny=denied)

    def allow_bot_again(self, channel: Channel) -> None:
        """Take back everything that this channel denied to the bot."""
        self.overwrite(channel, self._world.bot)

    def set_role(self, guild: Guild, role: Role, permissions: Permission) -> None:
        """Give a role these permissions and no others."""
        role.permissions = int(permissions)
        payload = {"guild_id": str(guild.id), "role": role_payload(role)}
        self._world.emit(Event("GUILD_ROLE_UPDATE", guild.id, Intent.GUILDS, None, lambda _viewer: payload))

    def give_role(self, guild: Guild, member: Member, role: Role) -> None:
        """Give a member a role."""
        if role.id not in member.role_ids:
            member.role_ids.append(role.id)
        self._tell_member("GUILD_MEMBER_UPDATE", guild, member)

    def take_role(self, guild: Guild, member: Member, role: Role) -> None:
        """Take a role from a member."""
        member.role_ids = [role_id for role_id in member.role_ids if role_id != role.id]
        self._tell_member("GUILD_MEMBER_UPDATE", guild, member)

    # --- channels and threads ---------------------------------------------------------------------------------------

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel with its threads, or a thread."""
        guild = self._world.directory.guilds[channel.guild_id or 0]
        for thread in [one for one in self._world.threads_of(guild) if one.parent_id == channel.id]:
            self.delete_channel(thread)
        name = "CHANNEL_DELETE" if channel.thread is None else "THREAD_DELETE"
        self.tell_channel(name, channel)
        del self._world.directory.channels[channel.id]
        for message in self._world.directory.messages.pop(channel.id, {}).values():
            message.is_deleted = True
        self._world.touch()

    def archive(self, thread: Channel, *, locked: bool = False) -> None:
        """Archive a thread, locking it as well if asked."""
        self._threads.apply(thread, {"archived": True, "locked": locked})

    def lock(self, thread: Channel) -> None:
        """Lock a thread without archiving it."""
        self._threads.apply(thread, {"locked": True})

    def reopen(self, thread: Channel) -> None:
        """Unlock a thread and take it out of the archive."""
        self._threads.apply(thread, {"archived": False, "locked": False})

    def tell_channel(self, name: str, channel: Channel) -> None:
        """Tell of a channel: CHANNEL_UPDATE goes out even where the bot has just lost sight of it."""
        payload = self._thread_stub(channel) if name == "THREAD_DELETE" else channel_payload(self._world, channel)
        self._world.emit(Event(name, channel.guild_id, Intent.GUILDS, None, lambda _viewer: payload))

    def _thread_stub(self, channel: Channel) -> JsonObject:
        return {
            "id": str(channel.id),
            "guild_id": str(channel.guild_id),
            "parent_id": str(channel.parent_id),
            "type": int(channel.type),
        }

    def restrict_age(self, channel: Channel, *, is_on: bool = True) -> None:
        """Make a channel age-restricted, and its threads by that, or end it."""
        channel.nsfw = is_on
        self.tell_channel("CHANNEL_UPDATE", channel)

    # --- servers ----------------------------------------------------------------------------------------------------

    def add_channel(self, guild: Guild, name: str, *, kind: ChannelType = ChannelType.TEXT) -> Channel:
        """Make a channel."""
        channel = self._world.add_channel(guild, name, kind=kind)
        self.tell_channel("CHANNEL_CREATE", channel)
        return channel

    def set_premium_tier(self, guild: Guild, tier: int) -> None:
        """Set the boost level, on which the upload limit depends."""
        guild.premium_tier = tier
        self._tell_changed(guild)

    def set_nsfw_level(self, guild: Guild, level: int) -> None:
        """Set how age-restricted a whole server is."""
        guild.nsfw_level = level
        self._tell_changed(guild)

    def set_upload_limit(self, user: User, limit_bytes: int) -> None:
        """Set the largest file that a person may upload anywhere, as Nitro does."""
        self._world.directory.users[user.id] = replace(user, upload_limit_bytes=limit_bytes)
        self._world.touch()

    def take_at_most(self, guild: Guild, limit_bytes: int | None) -> None:
        """Let a server refuse messages with larger files than this, whatever it says; None ends it."""
        guild.takes_at_most_bytes = limit_bytes
        self._world.touch()

    def kick_bot(self, guild: Guild) -> None:
        """Throw the bot out of a server."""
        del guild.members[self._world.bot.id]
        payload: JsonObject = {"id": str(guild.id)}
        self._world.emit(Event("GUILD_DELETE", guild.id, Intent.GUILDS, None, lambda _viewer: payload))

    def begin_outage(self, guild: Guild) -> None:
        """Let a server be unavailable: the gateway tells that as it tells a removal, with a mark."""
        payload: JsonObject = {"id": str(guild.id), "unavailable": True}
        self._world.emit(Event("GUILD_DELETE", guild.id, Intent.GUILDS, None, lambda _viewer: payload))

    def end_outage(self, guild: Guild) -> None:
        """Let a server be available again."""
        self._tell_guild(guild)

    def invite_bot(self, guild: Guild, permissions: Permission) -> None:
        """Let the bot into a server, with a role of its own."""
        role = self._world.add_role(guild, self._world.bot.shown_name, permissions, managed=True)
        self._world.add_member(guild, self._world.bot, role)
        self._tell_guild(guild)

    def _tell_guild(self, guild: Guild) -> None:
        self._world.emit(
            Event(
                "GUILD_CREATE", guild.id, Intent.GUILDS, None, lambda _viewer: guild_create_payload(self._world, guild)
            )
        )

    def _tell_changed(self, guild: Guild) -> None:
        payload = guild_payload(guild)
        self._world.emit(Event("GUILD_UPDATE", guild.id, Intent.GUILDS, None, lambda _viewer: payload))

    def _tell_member(self, name: str, guild: Guild, member: Member) -> None:
        payload = {**member_payload(self._world, member), "guild_id": str(guild.id)}
        intent = Intent.NONE if member.user_id == self._world.bot.id else Intent.GUILD_MEMBERS
        self._world.emit(Event(name, guild.id, intent, None, lambda _viewer: payload))
