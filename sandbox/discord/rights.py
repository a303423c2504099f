"""Rights: what a person or the bot may do with messages where they are, threads and upload limits included.

See https://docs.discord.com/developers/topics/threads for archived and locked threads.
"""

from typing import Final

from sandbox.discord.composer import Draft
from sandbox.discord.errors import refusal
from sandbox.discord.events import Event, Intent
from sandbox.discord.kinds import ChannelType, MessageType
from sandbox.discord.payloads import channel_payload
from sandbox.discord.permissions import Permission
from sandbox.discord.state import Channel, Message
from sandbox.discord.world import World

SYSTEM_MESSAGES: Final = frozenset({MessageType.THREAD_CREATED, MessageType.THREAD_STARTER})
_NO_MESSAGES: Final = frozenset({ChannelType.CATEGORY, ChannelType.FORUM, ChannelType.MEDIA})


class Rights:
    """Refuses what Discord refuses.

    Args:
        world: Whose permissions count.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def may_send(self, user_id: int, channel: Channel, draft: Draft) -> None:
        """Refuse a message that this user may not send here.

        Raises:
            DiscordError: 50001, 50013, 50008 (no channel for messages), 50007 (a stranger's direct messages).
        """
        if channel.type is ChannelType.DM and not self._world.has_in_common(channel):
            raise refusal(50007)
        is_thread = channel.thread is not None
        needed = Permission.SEND_MESSAGES_IN_THREADS if is_thread else Permission.SEND_MESSAGES
        if draft.uploads:
            needed |= Permission.ATTACH_FILES
        if draft.payload.get("message_reference"):
            needed |= Permission.READ_MESSAGE_HISTORY
        self._world.require(user_id, channel, needed)
        if channel.type in _NO_MESSAGES:
            raise refusal(50008)

    def may_edit(self, user_id: int, channel: Channel, message: Message, draft: Draft) -> None:
        """Refuse an edit that this user may not make.

        Raises:
            DiscordError: 50001, 50013, 50005 (another's message), 50021 (a system message), 50083, 160005 (the thread).
        """
        needed = Permission.VIEW_CHANNEL | Permission.ATTACH_FILES if draft.uploads else Permission.VIEW_CHANNEL
        self._world.require(user_id, channel, needed)
        if message.author_id != user_id:
            raise refusal(50005)
        if message.type in SYSTEM_MESSAGES:
            raise refusal(50021)
        self.refuse_archived(user_id, channel)

    def may_delete(self, user_id: int, channel: Channel, message: Message) -> None:
        """Refuse a deletion that this user may not make.

        Raises:
            DiscordError: 50001, 50013 (another's message without Manage Messages), 50083 or 160005 (the thread).
        """
        own = message.author_id == user_id
        self._world.require(user_id, channel, Permission.VIEW_CHANNEL if own else Permission.MANAGE_MESSAGES)
        self.refuse_archived(user_id, channel)

    def refuse_archived(self, user_id: int, channel: Channel) -> None:
        """Refuse what an archived or locked thread does not allow.

        Raises:
            DiscordError: 50083, archived; 160005, locked.
        """
        thread = channel.thread
        if thread is not None and thread.archived:
            raise refusal(50083)
        self.refuse_locked(user_id, channel)

    def refuse_locked(self, user_id: int, channel: Channel) -> None:
        """Refuse what only those who manage threads may do in a locked one.

        Raises:
            DiscordError: 160005, locked.
        """
        thread = channel.thread
        if thread is not None and thread.locked and not self._world.can(user_id, channel, Permission.MANAGE_THREADS):
            raise refusal(160005)

    def wake_thread(self, user_id: int, channel: Channel) -> None:
        """Sending into an archived thread takes it out of the archive.

        Raises:
            DiscordError: 160005, it is locked.
        """
        self.refuse_locked(user_id, channel)
        thread = channel.thread
        if thread is None or not thread.archived:
            return
        thread.archived = False
        thread.archive_changed_at = self._world.clock()
        self._world.emit(
            Event(
                "THREAD_UPDATE",
                channel.guild_id,
                Intent.GUILDS,
                channel.id,
                lambda _viewer: channel_payload(self._world, channel),
            )
        )

    def upload_limit_bytes(self, channel: Channel, *, user_id: int) -> int:
        """The largest file that this user may upload here: the better of theirs and the server's, as they say."""
        guild = self._world.guild_of(channel)
        own = self._world.directory.users[user_id].upload_limit_bytes
        if guild is None:
            return own
        if guild.takes_at_most_bytes is not None:
            return guild.takes_at_most_bytes
        return max(own, guild.upload_limit_bytes)
