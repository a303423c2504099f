"""Presence: a person in the World, what they see, and what they write."""

from collections.abc import Sequence
from typing import Final

from sandbox.discord.command_use import CannotDoError
from sandbox.discord.kinds import ChannelType
from sandbox.discord.message_payload import is_visible
from sandbox.discord.permissions import Permission, access_to
from sandbox.discord.services import Services
from sandbox.discord.state import Channel, Message, Upload, User

_NO_TEXT_BOX: Final = frozenset({ChannelType.FORUM, ChannelType.MEDIA, ChannelType.CATEGORY})


class Presence:
    """Somebody who is there.

    Args:
        services: The Discord they are in.
        user: Who they are.
        locale: Their language.
    """

    def __init__(self, services: Services, user: User, *, locale: str = "en-US") -> None:
        self.user = user
        self.locale = locale
        self._services = services
        self._world = services.world

    async def say(
        self, channel_id: int, content: str, *, files: Sequence[Upload] = (), reply_to: Message | None = None
    ) -> Message:
        """Write a message.

        Raises:
            DiscordError: They may not.
        """
        channel = self.visible(channel_id)
        return self._services.messages.say(self.user, channel, content=content, uploads=list(files), reply_to=reply_to)

    async def delete(self, message: Message) -> None:
        """Delete a message, one's own or as a moderator.

        Raises:
            DiscordError: They may not.
        """
        channel = self.showing(message)
        self._services.messages.delete_as(self.user.id, channel, message)

    async def start_thread(self, message: Message, name: str) -> Channel:
        """Make a thread from a message.

        Raises:
            DiscordError: They may not.
        """
        channel = self.showing(message)
        return self._services.threads.from_message(self.user.id, channel, message, {"name": name})

    async def open_dm(self) -> Channel:
        """Open the direct messages with the bot."""
        return self._world.direct_channel(self.user)

    async def bring_bot(self) -> None:
        """Install the bot for oneself, so that its commands come along."""
        self._world.install_for(self.user)

    def sees(self, channel_id: int) -> list[Message]:
        """The messages that this person sees in a channel, oldest first, their own ephemeral ones included."""
        channel = self._world.directory.channels.get(channel_id)
        if channel is None or not self._world.can(
            self.user.id, channel, access_to(channel) | Permission.READ_MESSAGE_HISTORY
        ):
            return []
        return [message for message in self._world.messages_in(channel_id) if is_visible(message, self.user.id)]

    def visible(self, channel_id: int) -> Channel:
        """The channel, if they see it.

        Raises:
            CannotDoError: They do not.
        """
        channel = self._world.directory.channels.get(channel_id)
        if channel is None or not self._world.can(self.user.id, channel, access_to(channel)):
            raise CannotDoError(f"{self.user.username} does not see this channel.")
        return channel

    def writable(self, channel_id: int) -> Channel:
        """The channel, if they can write in it.

        Raises:
            CannotDoError: They do not.
        """
        channel = self.visible(channel_id)
        thread = channel.thread
        needed = Permission.SEND_MESSAGES if thread is None else Permission.SEND_MESSAGES_IN_THREADS
        if channel.type in _NO_TEXT_BOX or not self._world.can(self.user.id, channel, needed):
            raise CannotDoError(f"{self.user.username} cannot write here.")
        if thread is not None and thread.archived:
            raise CannotDoError("The thread is archived.")
        return channel

    def showing(self, message: Message) -> Channel:
        """The channel of a message that they see.

        Raises:
            CannotDoError: They do not.
        """
        channel = self.visible(message.channel_id)
        if not is_visible(message, self.user.id):
            raise CannotDoError(f"{self.user.username} does not see this message.")
        return channel
