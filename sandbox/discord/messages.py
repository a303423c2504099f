"""Messages: sending, editing and deleting them, with permissions, nonces and the events that follow."""

from datetime import datetime, timedelta
from typing import Final

from sandbox.discord.composer import Composer, Contents, Draft
from sandbox.discord.errors import invalid_field, invalid_form, refusal
from sandbox.discord.events import Event, Intent
from sandbox.discord.form_rules import flag, record, snowflake, whole
from sandbox.discord.kinds import MessageFlag, MessageType
from sandbox.discord.mentions import Mentions, find_mentions
from sandbox.discord.message_payload import EDITABLE, event_message_payload
from sandbox.discord.rights import SYSTEM_MESSAGES, Rights
from sandbox.discord.state import Attachment, Channel, Interaction, Message, Upload, User
from sandbox.discord.wire import JsonObject, as_id, as_object
from sandbox.discord.world import World

_SETTABLE: Final = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS | MessageFlag.COMPONENTS_V2
_REFERENCE: Final = record(
    {"message_id": snowflake},
    {"type": whole(0, 1), "channel_id": snowflake, "guild_id": snowflake, "fail_if_not_exists": flag},
)


class Messages:
    """What happens to messages.

    Args:
        world: Where they are.
        nonce_window: How long an enforced nonce is remembered. Discord says "the past few minutes".
    """

    def __init__(self, world: World, *, nonce_window: timedelta = timedelta(minutes=5)) -> None:
        self._world = world
        self._composer = Composer(world)
        self._rights = Rights(world)
        self.nonce_window = nonce_window
        self._nonces: dict[tuple[int, str], tuple[Message, datetime]] = {}

    # --- the bot's own messages -------------------------------------------------------------------------------------

    def send(self, channel: Channel, draft: Draft) -> Message:
        """Send a message as the bot.

        Raises:
            DiscordError: The bot may not, the message is malformed, or 10008: the nonce is that of a deleted message.
        """
        nonce = draft.payload.get("nonce")
        self._rights.may_send(self._world.bot.id, channel, draft)
        if nonce is not None and draft.payload.get("enforce_nonce"):
            earlier = self._same_nonce(str(nonce))
            if earlier is not None:
                return earlier
        self._rights.wake_thread(self._world.bot.id, channel)
        contents = self._composer.compose(
            draft,
            channel=channel,
            limit_bytes=self._rights.upload_limit_bytes(channel, user_id=self._world.bot.id),
            settable=_SETTABLE,
        )
        message = self._new(channel, contents, author=self._world.bot, reply_to=self._reply(channel, draft.payload))
        message.nonce = nonce
        message.tts = bool(draft.payload.get("tts"))
        if nonce is not None:
            self._nonces[self._world.bot.id, str(nonce)] = (message, message.sent_at)
        return self.publish(message)

    def edit_own(self, channel: Channel, message: Message, draft: Draft) -> Message:
        """Edit a message as the bot, through the channel.

        Raises:
            DiscordError: It is another's (50005), the thread is archived (50083) or locked (160005), it is malformed.
        """
        self._rights.may_edit(self._world.bot.id, channel, message, draft)
        return self.edit(
            message, draft, limit_bytes=self._rights.upload_limit_bytes(channel, user_id=self._world.bot.id)
        )

    def delete_as(self, user_id: int, channel: Channel, message: Message) -> None:
        """Delete a message as somebody.

        Raises:
            DiscordError: 50001, they do not see the channel; 50013, it is another's and they do not manage messages.
        """
        self._rights.may_delete(user_id, channel, message)
        self.delete(message)

    # --- anybody's --------------------------------------------------------------------------------------------------

    def say(
        self, author: User, channel: Channel, *, content: str, uploads: list[Upload], reply_to: Message | None = None
    ) -> Message:
        """Send a message as a person.

        Raises:
            DiscordError: They may not.
        """
        draft = Draft({"content": content}, dict(enumerate(uploads)))
        self._rights.may_send(author.id, channel, draft)
        self._rights.wake_thread(author.id, channel)
        limit = self._rights.upload_limit_bytes(channel, user_id=author.id)
        contents = self._composer.compose(draft, channel=channel, limit_bytes=limit, settable=_SETTABLE)
        return self.publish(self._new(channel, contents, author=author, reply_to=reply_to))

    def respond(
        self,
        interaction: Interaction,
        draft: Draft,
        *,
        flags: MessageFlag,
        kind: MessageType,
        limit_bytes: int,
    ) -> Message:
        """Make the message that answers an interaction, public or ephemeral.

        Raises:
            DiscordError: It is malformed.
        """
        channel = self._world.find_channel(interaction.channel_id)
        is_ephemeral = MessageFlag.EPHEMERAL in flags
        contents = self._composer.compose(
            draft, channel=channel, limit_bytes=limit_bytes, settable=_SETTABLE, is_ephemeral=is_ephemeral
        )
        self._rights.wake_thread(self._world.bot.id, channel)
        message = self._new(channel, contents, author=self._world.bot, ephemeral=is_ephemeral)
        return self._attribute(message, interaction, flags=flags, kind=kind)

    def think(self, interaction: Interaction, *, flags: MessageFlag, kind: MessageType) -> Message:
        """Make the message of a deferred answer: it says that the bot is thinking."""
        channel = self._world.find_channel(interaction.channel_id)
        self._rights.wake_thread(self._world.bot.id, channel)
        message = Message(
            id=self._world.snowflakes.next(),
            channel_id=channel.id,
            author_id=self._world.bot.id,
            sent_at=self._world.clock(),
        )
        return self._attribute(message, interaction, flags=flags | MessageFlag.LOADING, kind=kind)

    def edit(self, message: Message, draft: Draft, *, limit_bytes: int) -> Message:
        """Change a message, whoever asks.

        Raises:
            DiscordError: It is malformed.
        """
        was_loading = message.is_loading
        channel = self._world.directory.channels[message.channel_id]
        contents = self._composer.compose(
            draft, channel=channel, limit_bytes=limit_bytes, settable=EDITABLE, old=message
        )
        self._fill(message, contents, self._mentions(message, contents, channel))
        if not was_loading:
            message.edited_at = self._world.clock()
        message.revision += 1
        self._tell("MESSAGE_UPDATE", message)
        return message

    def delete(self, message: Message) -> None:
        """Remove a message. A thread made from it stays."""
        message.is_deleted = True
        self._world.directory.messages[message.channel_id].pop(message.id, None)
        if message.ephemeral_to is not None:
            self._world.touch()
            return
        channel = self._world.directory.channels[message.channel_id]
        payload: JsonObject = {"id": str(message.id), "channel_id": str(message.channel_id)}
        if channel.guild_id is not None:
            payload["guild_id"] = str(channel.guild_id)
        self._world.emit(
            Event("MESSAGE_DELETE", channel.guild_id, _intent(channel), channel.id, lambda _viewer: payload)
        )

    def publish(self, message: Message) -> Message:
        """Put a message into its channel and tell of it."""
        channel = self._world.directory.channels[message.channel_id]
        self._world.directory.messages.setdefault(channel.id, {})[message.id] = message
        if message.ephemeral_to is None:
            channel.last_message_id = message.id
            thread = channel.thread
            if thread is not None and message.type not in SYSTEM_MESSAGES:
                thread.message_count += 1
                thread.total_message_sent += 1
        self._tell("MESSAGE_CREATE", message)
        return message

    def mark_thread(self, message: Message) -> None:
        """Show that a thread hangs on this message."""
        message.has_thread = True
        message.flags |= MessageFlag.HAS_THREAD
        self._tell("MESSAGE_UPDATE", message)

    # --- steps ------------------------------------------------------------------------------------------------------

    def _same_nonce(self, nonce: str) -> Message | None:
        found = self._nonces.get((self._world.bot.id, nonce))
        if found is None or self._world.clock() - found[1] > self.nonce_window:
            return None
        if found[0].is_deleted:
            raise refusal(10008)
        return found[0]

    def _reply(self, channel: Channel, payload: JsonObject) -> Message | None:
        sent = payload.get("message_reference")
        if sent is None:
            return None
        errors = list(_REFERENCE(sent, ("message_reference",)))
        if errors:
            raise invalid_form(errors)
        reference = as_object(sent) or {}
        message = self._world.directory.messages.get(channel.id, {}).get(as_id(reference.get("message_id")) or 0)
        if message is None and reference.get("fail_if_not_exists", True):
            raise invalid_field("message_reference", code="REPLIES_UNKNOWN_MESSAGE", message="Unknown message")
        return message

    def _new(
        self,
        channel: Channel,
        contents: Contents,
        *,
        author: User,
        reply_to: Message | None = None,
        ephemeral: bool = False,
    ) -> Message:
        message = Message(
            id=self._world.snowflakes.next(),
            channel_id=channel.id,
            author_id=author.id,
            sent_at=self._world.clock(),
            type=MessageType.DEFAULT if reply_to is None else MessageType.REPLY,
            reply_to=(channel.id, reply_to.id) if reply_to is not None else None,
        )
        mentions = self._mentions(message, contents, channel)
        self._fill(message, contents, mentions)
        if not ephemeral and MessageFlag.SUPPRESS_NOTIFICATIONS not in contents.flags:
            message.pinged_user_ids = mentions.pinged_user_ids
        return message

    def _mentions(self, message: Message, contents: Contents, channel: Channel) -> Mentions:
        answered = (
            self._world.directory.messages.get(channel.id, {}).get(message.reply_to[1]) if message.reply_to else None
        )
        return find_mentions(
            self._world,
            channel,
            texts=contents.texts,
            allowed=contents.allowed_mentions,
            author_id=message.author_id,
            replied_to=answered.author_id if answered is not None else None,
        )

    def _fill(self, message: Message, contents: Contents, mentions: Mentions) -> None:
        message.content = contents.content
        message.embeds = contents.embeds
        message.components = contents.components
        message.attachments = list[Attachment](contents.attachments)
        message.flags = contents.flags
        message.mentioned_user_ids = mentions.user_ids
        message.mentioned_role_ids = mentions.role_ids
        message.mentions_everyone = mentions.everyone

    def _attribute(
        self, message: Message, interaction: Interaction, *, flags: MessageFlag, kind: MessageType
    ) -> Message:
        message.interaction = interaction
        interaction.original = interaction.original or message
        answered = interaction.original if interaction.original is not message else interaction.message
        if kind is MessageType.REPLY and answered is not None:
            message.reply_to = (answered.channel_id, answered.id)
        message.type = kind if message.reply_to is not None or kind is not MessageType.REPLY else MessageType.DEFAULT
        message.flags |= flags & (MessageFlag.EPHEMERAL | MessageFlag.LOADING)
        message.ephemeral_to = interaction.user_id if MessageFlag.EPHEMERAL in flags else None
        return self.publish(message)

    def _tell(self, name: str, message: Message) -> None:
        channel = self._world.directory.channels[message.channel_id]
        if message.ephemeral_to is not None:
            self._world.touch()
            return
        self._world.emit(
            Event(
                name,
                channel.guild_id,
                _intent(channel),
                channel.id,
                lambda viewer: event_message_payload(
                    self._world,
                    message,
                    site=viewer.site,
                    intents=viewer.intents,
                    is_new=name == "MESSAGE_CREATE",
                ),
            )
        )


def _intent(channel: Channel) -> Intent:
    return Intent.DIRECT_MESSAGES if channel.guild_id is None else Intent.GUILD_MESSAGES
