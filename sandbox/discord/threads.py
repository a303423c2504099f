"""Threads: making, joining, archiving and locking them.

See https://docs.discord.com/developers/topics/threads and https://docs.discord.com/developers/resources/channel.
"""

from typing import Final

from sandbox.discord.composer import Draft
from sandbox.discord.errors import invalid_field, invalid_form, refusal
from sandbox.discord.events import Event, Intent
from sandbox.discord.form_rules import Rule, anything, flag, listed, one_of, record, snowflake, text, whole
from sandbox.discord.kinds import ChannelType, MessageType
from sandbox.discord.messages import Messages
from sandbox.discord.payloads import thread_member_payload, thread_payload
from sandbox.discord.permissions import Permission
from sandbox.discord.state import Channel, Message, Thread
from sandbox.discord.wire import JsonObject, as_int
from sandbox.discord.world import World

_SHARED: Final[dict[str, Rule]] = {
    "auto_archive_duration": one_of(60, 1440, 4320, 10080),
    "rate_limit_per_user": whole(0, 21600),
}
_NAME: Final[dict[str, Rule]] = {"name": text(1, 100)}
_FROM_MESSAGE: Final = record(_NAME, _SHARED)
_ALONE: Final = record(_NAME, {**_SHARED, "type": one_of(10, 11, 12), "invitable": flag})
_POST: Final = record({**_NAME, "message": anything}, {**_SHARED, "applied_tags": listed(snowflake, 0, 5)})
_CHANGE: Final = record(
    {},
    {
        **_SHARED,
        "name": text(1, 100),
        "archived": flag,
        "locked": flag,
        "invitable": flag,
        "flags": whole(0, 1 << 20),
        "applied_tags": listed(snowflake, 0, 5),
    },
)
_CAN_HOLD: Final = {
    ChannelType.TEXT: ChannelType.PUBLIC_THREAD,
    ChannelType.ANNOUNCEMENT: ChannelType.ANNOUNCEMENT_THREAD,
}


class Threads:
    """What happens to threads.

    Args:
        world: Where they are.
        messages: Makes their first messages.
    """

    def __init__(self, world: World, messages: Messages) -> None:
        self._world = world
        self._messages = messages

    def from_message(self, user_id: int, channel: Channel, message: Message, sent: JsonObject) -> Channel:
        """Make a thread that hangs on a message and shares its id.

        Raises:
            DiscordError: 160004, there is one; 50024, the channel holds none; 160006, the server is full of them.
        """
        self._world.require(user_id, channel, Permission.CREATE_PUBLIC_THREADS | Permission.READ_MESSAGE_HISTORY)
        kind = _CAN_HOLD.get(channel.type)
        if kind is None:
            raise refusal(50024)
        errors = list(_FROM_MESSAGE(sent, ()))
        if errors:
            raise invalid_form(errors)
        if message.has_thread:
            raise refusal(160004)
        thread = self._make(user_id, channel, sent, kind=kind, thread_id=message.id)
        self._messages.mark_thread(message)
        self._messages.publish(
            Message(
                id=self._world.snowflakes.next(),
                channel_id=thread.id,
                author_id=user_id,
                sent_at=self._world.clock(),
                type=MessageType.THREAD_STARTER,
                reply_to=(channel.id, message.id),
            )
        )
        return thread

    def alone(self, user_id: int, channel: Channel, sent: JsonObject) -> Channel:
        """Make a thread without a message; as Discord does, a private one unless told otherwise.

        Raises:
            DiscordError: 50024, the channel holds none; 160006, the server is full of them.
        """
        errors = list(_ALONE(sent, ()))
        if errors:
            raise invalid_form(errors)
        kind = ChannelType(as_int(sent.get("type"), default=int(ChannelType.PRIVATE_THREAD)))
        is_private = kind is ChannelType.PRIVATE_THREAD
        self._world.require(
            user_id, channel, Permission.CREATE_PRIVATE_THREADS if is_private else Permission.CREATE_PUBLIC_THREADS
        )
        if channel.type not in _CAN_HOLD:
            raise refusal(50024)
        if not is_private and kind is not _CAN_HOLD[channel.type]:
            raise invalid_field("type", code="BASE_TYPE_CHOICES", message="This channel holds no threads of this type.")
        thread = self._make(user_id, channel, sent, kind=kind, thread_id=self._world.snowflakes.next())
        if not is_private:
            self._messages.publish(
                Message(
                    id=self._world.snowflakes.next(),
                    channel_id=channel.id,
                    author_id=user_id,
                    sent_at=self._world.clock(),
                    type=MessageType.THREAD_CREATED,
                    content=thread.name,
                    reply_to=(thread.id, thread.id),
                )
            )
        return thread

    def post(self, channel: Channel, draft: Draft) -> tuple[Channel, Message]:
        """Make a post in a forum as the bot.

        Raises:
            DiscordError: The form or the message in it is malformed, or the bot may not.
        """
        errors = list(_POST(draft.payload, ()))
        if errors:
            raise invalid_form(errors)
        self._world.require(self._world.bot.id, channel, Permission.SEND_MESSAGES)
        thread_id = self._world.snowflakes.next()
        thread = self._make(
            self._world.bot.id, channel, draft.payload, kind=ChannelType.PUBLIC_THREAD, thread_id=thread_id
        )
        return thread, self._messages.send(thread, Draft(draft.payload["message"], draft.uploads))

    def change(self, user_id: int, channel: Channel, sent: JsonObject) -> None:
        """Rename, archive, lock or otherwise change a thread.

        Raises:
            DiscordError: 50013, only those who manage threads may; 50083, it is archived; 50035, malformed.
        """
        thread = channel.thread
        errors = list(_CHANGE(sent, ()))
        if errors or thread is None:
            raise invalid_form(errors)
        self._world.require(user_id, channel, Permission.VIEW_CHANNEL)
        manages = self._world.can(user_id, channel, Permission.MANAGE_THREADS)
        is_own_business = thread.owner_id == user_id and not thread.locked and "locked" not in sent
        is_waking = set(sent) == {"archived"} and not sent["archived"] and not thread.locked
        if not (manages or is_own_business or is_waking):
            raise refusal(50013)
        if thread.archived and sent.get("archived") is not False and set(sent) - {"archived", "locked"}:
            raise refusal(50083)
        self.apply(channel, sent)

    def apply(self, channel: Channel, sent: JsonObject) -> None:
        """Change a thread, whoever asks, and tell of it."""
        thread = channel.thread
        if thread is None:
            raise refusal(50024)
        if sent.get("archived") is not None and sent["archived"] != thread.archived:
            thread.archived = bool(sent["archived"])
            thread.archive_changed_at = self._world.clock()
        thread.locked = bool(sent.get("locked", thread.locked))
        thread.invitable = bool(sent.get("invitable", thread.invitable))
        thread.auto_archive_minutes = sent.get("auto_archive_duration") or thread.auto_archive_minutes
        channel.name = sent.get("name") or channel.name
        channel.slowmode_seconds = as_int(sent.get("rate_limit_per_user"), default=channel.slowmode_seconds)
        self._tell("THREAD_UPDATE", channel, thread)

    def join(self, channel: Channel, user_id: int) -> None:
        """Let somebody into a thread; the bot is told of a private one only then.

        Raises:
            DiscordError: 50083, it is archived; 50024, it is no thread.
        """
        thread = channel.thread
        if thread is None:
            raise refusal(50024)
        if thread.archived:
            raise refusal(50083)
        if user_id in thread.member_ids:
            return
        thread.member_ids[user_id] = self._world.clock()
        if user_id == self._world.bot.id and channel.type is ChannelType.PRIVATE_THREAD:
            self._tell("THREAD_CREATE", channel, thread)
        self._tell_members(channel, added=[user_id], removed=[])

    def leave(self, channel: Channel, user_id: int) -> None:
        """Take somebody out of a thread.

        Raises:
            DiscordError: 50083, it is archived; 50024, it is no thread.
        """
        thread = channel.thread
        if thread is None:
            raise refusal(50024)
        if thread.archived:
            raise refusal(50083)
        if thread.member_ids.pop(user_id, None) is not None:
            self._tell_members(channel, added=[], removed=[user_id])

    def _make(self, user_id: int, parent: Channel, sent: JsonObject, *, kind: ChannelType, thread_id: int) -> Channel:
        guild = self._world.directory.guilds[parent.guild_id or 0]
        active = [one for one in self._world.threads_of(guild) if one.thread is not None and not one.thread.archived]
        if len(active) >= guild.thread_cap:
            raise refusal(160006)
        now = self._world.clock()
        thread = Thread(
            owner_id=user_id,
            created_at=now,
            archive_changed_at=now,
            auto_archive_minutes=as_int(sent.get("auto_archive_duration"), default=4320),
            invitable=bool(sent.get("invitable", True)),
            member_ids={user_id: now},
        )
        channel = Channel(
            id=thread_id,
            type=kind,
            name=sent["name"],
            guild_id=guild.id,
            parent_id=parent.id,
            slowmode_seconds=as_int(sent.get("rate_limit_per_user")),
            thread=thread,
        )
        self._world.directory.channels[channel.id] = channel
        self._tell("THREAD_CREATE", channel, thread, newly_created=True)
        return channel

    def _tell(self, name: str, channel: Channel, thread: Thread, **more: object) -> None:
        def render(_viewer: object) -> JsonObject:
            payload = {**thread_payload(channel, thread), **more}
            if self._world.bot.id in thread.member_ids:
                payload["member"] = thread_member_payload(channel, self._world.bot.id)
            return payload

        self._world.emit(Event(name, channel.guild_id, Intent.GUILDS, channel.id, render))

    def _tell_members(self, channel: Channel, *, added: list[int], removed: list[int]) -> None:
        def render(_viewer: object) -> JsonObject:
            return {
                "id": str(channel.id),
                "guild_id": str(channel.guild_id),
                "member_count": len(channel.thread.member_ids) if channel.thread is not None else 0,
                "added_members": [thread_member_payload(channel, user_id) for user_id in added],
                "removed_member_ids": [str(user_id) for user_id in removed],
            }

        self._world.emit(Event("THREAD_MEMBERS_UPDATE", channel.guild_id, Intent.GUILDS, channel.id, render))
