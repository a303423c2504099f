"""Interactions: three seconds to answer, fifteen minutes to follow up.

See https://docs.discord.com/developers/interactions/receiving-and-responding.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from sandbox.discord.commands import check_choices
from sandbox.discord.components import check_modal
from sandbox.discord.composer import Draft
from sandbox.discord.errors import invalid_field, invalid_form, refusal
from sandbox.discord.events import Event, Intent
from sandbox.discord.installs import is_hushed, is_only_personal, owners_of_command, owners_of_component
from sandbox.discord.interaction_payload import attachment_size_limit, interaction_payload
from sandbox.discord.kinds import CallbackType, CommandType, InteractionType, MessageFlag, MessageType
from sandbox.discord.messages import Messages
from sandbox.discord.rights import Rights
from sandbox.discord.state import Channel, Command, Interaction, Message, User
from sandbox.discord.wire import JsonObject, as_int, as_object, as_objects
from sandbox.discord.world import World

ANSWER_WITHIN: Final = timedelta(seconds=3)
TOKEN_LIFETIME: Final = timedelta(minutes=15)
MOST_FOLLOWUPS: Final = 5

_MESSAGES: Final = frozenset({CallbackType.MESSAGE, CallbackType.DEFERRED_MESSAGE})
_UPDATES: Final = frozenset({CallbackType.DEFERRED_UPDATE, CallbackType.UPDATE})
_ALLOWED: Final = {
    InteractionType.COMMAND: _MESSAGES | {CallbackType.MODAL},
    InteractionType.COMPONENT: _MESSAGES | _UPDATES | {CallbackType.MODAL},
    InteractionType.AUTOCOMPLETE: frozenset({CallbackType.AUTOCOMPLETE}),
    InteractionType.MODAL: _MESSAGES,
}


class Interactions:
    """What people do with the bot, and the bot's answers.

    Args:
        world: Where it happens.
        messages: Makes the messages of answers.
    """

    def __init__(self, world: World, messages: Messages) -> None:
        self._world = world
        self._messages = messages
        self._rights = Rights(world)
        self._by_token: dict[str, Interaction] = {}

    def start(
        self,
        kind: InteractionType,
        *,
        user: User,
        channel: Channel,
        data: Callable[[str], JsonObject],
        locale: str,
        command: Command | None = None,
        message: Message | None = None,
        target_message_id: int | None = None,
        target_user_id: int | None = None,
        opened_by: Interaction | None = None,
    ) -> Interaction:
        """Something was done: remember it and tell the bot."""
        interaction = Interaction(
            id=self._world.snowflakes.next(),
            token=self._world.snowflakes.next_token(),
            type=kind,
            user_id=user.id,
            channel_id=channel.id,
            guild_id=channel.guild_id,
            locale=locale,
            created_at=self._world.clock(),
            data=data,
            owners=(
                owners_of_command(self._world, user, channel, command)
                if command is not None
                else owners_of_component(message, channel)
                if opened_by is None
                else dict(opened_by.owners)
            ),
            command=command,
            message=message,
            target_message_id=target_message_id,
            target_user_id=target_user_id,
            opened_by=opened_by,
        )
        self._world.directory.interactions[interaction.id] = interaction
        self._by_token[interaction.token] = interaction
        self.deliver(interaction)
        return interaction

    def deliver(self, interaction: Interaction) -> None:
        """Tell the bot of an interaction; again, if it was told before."""
        self._world.emit(
            Event(
                "INTERACTION_CREATE",
                interaction.guild_id,
                Intent.NONE,
                None,
                lambda viewer: interaction_payload(self._world, interaction, site=viewer.site),
            )
        )

    # --- the first answer -------------------------------------------------------------------------------------------

    def answer(self, interaction_id: int | None, token: str, draft: Draft) -> Interaction:
        """Take the bot's first answer.

        Args:
            interaction_id: The id from the URL.
            token: The token from the URL.
            draft: The callback: ``type`` and ``data``, with the files of the latter.

        Raises:
            DiscordError: 10062, unknown or too late; 40060, answered before; 50035, malformed.
        """
        interaction = self._world.directory.interactions.get(interaction_id or 0)
        if interaction is None or interaction.token != token:
            raise refusal(10062)
        if interaction.answer is not None:
            raise refusal(40060)
        if self.is_too_late(interaction):
            raise refusal(10062)
        kind = self._callback_type(interaction, draft.payload)
        data = as_object(draft.payload.get("data")) or {}
        self._apply(interaction, kind, Draft(data, draft.uploads))
        interaction.answer = kind
        interaction.answered_at = self._world.clock()
        self._world.touch()
        return interaction

    def is_too_late(self, interaction: Interaction) -> bool:
        """Has the time for a first answer passed?"""
        return self._world.clock() - interaction.created_at > ANSWER_WITHIN

    def _callback_type(self, interaction: Interaction, payload: JsonObject) -> CallbackType:
        sent = payload.get("type")
        allowed = _ALLOWED[interaction.type]
        if interaction.type is InteractionType.MODAL and interaction.message is not None:
            allowed |= _UPDATES
        if isinstance(sent, bool) or not isinstance(sent, int) or sent not in {int(kind) for kind in allowed}:
            names = ", ".join(str(int(kind)) for kind in sorted(allowed))
            message = f"A callback to this interaction must be one of ({names}), not {sent!r}."
            raise invalid_field("type", code="INTERACTION_CALLBACK_TYPE_INVALID", message=message)
        return CallbackType(sent)

    def _apply(self, interaction: Interaction, kind: CallbackType, draft: Draft) -> None:
        channel = self._world.find_channel(interaction.channel_id)
        flags = self._flags(interaction, draft)
        match kind:
            case CallbackType.MESSAGE:
                self._refuse_locked(channel)
                limit = attachment_size_limit(self._world, interaction)
                self._messages.respond(
                    interaction, draft, flags=flags, kind=_message_type(interaction), limit_bytes=limit
                )
            case CallbackType.DEFERRED_MESSAGE:
                self._refuse_locked(channel)
                self._judge_deferral(draft.payload)
                self._messages.think(interaction, flags=flags, kind=_message_type(interaction))
                interaction.awaits_first_followup = True
            case CallbackType.DEFERRED_UPDATE:
                interaction.original = interaction.message
            case CallbackType.UPDATE:
                interaction.original = interaction.message
                self._edit(interaction, interaction.message, draft)
            case CallbackType.AUTOCOMPLETE:
                interaction.choices = self._choices(draft.payload)
            case CallbackType.MODAL:
                errors = check_modal(draft.payload)
                if errors:
                    raise invalid_form(errors)
                interaction.modal = draft.payload

    def _flags(self, interaction: Interaction, draft: Draft) -> MessageFlag:
        sent = MessageFlag(as_int(draft.payload.get("flags")))
        return sent | MessageFlag.EPHEMERAL if is_hushed(self._world, interaction) else sent

    def _judge_deferral(self, data: JsonObject) -> None:
        if set(data) - {"flags"} or as_int(data.get("flags")) & ~MessageFlag.EPHEMERAL:
            raise invalid_field(
                "data", code="SANDBOX_DEFERRAL", message="A deferred answer takes no data but the EPHEMERAL flag."
            )

    def _refuse_locked(self, channel: Channel) -> None:
        thread = channel.thread
        if thread is not None and thread.archived and thread.locked:
            raise refusal(50083)

    def _choices(self, data: JsonObject) -> list[JsonObject]:
        errors = check_choices(data)
        if errors:
            raise invalid_form(errors)
        return as_objects(data.get("choices"))

    # --- afterwards -------------------------------------------------------------------------------------------------

    def by_token(self, application_id: int | None, token: str) -> Interaction:
        """The interaction whose token this is, while it lives.

        Raises:
            DiscordError: 10015, no such token or nothing answered yet; 50027, it has expired.
        """
        interaction = self._by_token.get(token)
        if interaction is None or application_id != self._world.application.id:
            raise refusal(10015)
        if interaction.is_expired or self._world.clock() - interaction.created_at > TOKEN_LIFETIME:
            raise refusal(50027)
        if interaction.answer is None:
            raise refusal(10015)
        return interaction

    def expire(self) -> None:
        """Let every token that was given out until now die, as if fifteen minutes had passed."""
        for interaction in self._by_token.values():
            interaction.is_expired = True

    def message_of(self, interaction: Interaction, reference: str) -> Message:
        """The original answer or a follow-up.

        Raises:
            DiscordError: 10008, there is none or it was deleted.
        """
        own = [interaction.original, *interaction.followups]
        wanted = str(interaction.original.id) if reference == "@original" and interaction.original else reference
        for message in own:
            if message is not None and str(message.id) == wanted and not message.is_deleted:
                return message
        raise refusal(10008)

    def follow_up(self, interaction: Interaction, draft: Draft) -> Message:
        """Take a further message; the first after a deferral fills the "thinking" one.

        Raises:
            DiscordError: It is malformed; 40094, it is the sixth where only a person installed the bot.
        """
        original = interaction.original
        is_thinking = original is not None and original.is_loading and not original.is_deleted
        if interaction.awaits_first_followup and is_thinking:
            return self._edit(interaction, original, draft)
        if is_only_personal(interaction) and len(interaction.followups) >= MOST_FOLLOWUPS:
            raise refusal(40094)
        flags = self._flags(interaction, draft)
        limit = attachment_size_limit(self._world, interaction)
        message = self._messages.respond(interaction, draft, flags=flags, kind=MessageType.REPLY, limit_bytes=limit)
        interaction.followups.append(message)
        return message

    def edit(self, interaction: Interaction, reference: str, draft: Draft) -> Message:
        """Change the original answer or a follow-up.

        Raises:
            DiscordError: 10008, it is gone; 50083, its thread is archived; 50035, malformed.
        """
        return self._edit(interaction, self.message_of(interaction, reference), draft)

    def delete(self, interaction: Interaction, reference: str) -> None:
        """Remove the original answer or a follow-up.

        Raises:
            DiscordError: 10008, it is gone.
        """
        message = self.message_of(interaction, reference)
        interaction.awaits_first_followup = interaction.awaits_first_followup and message is not interaction.original
        self._messages.delete(message)

    def _edit(self, interaction: Interaction, message: Message | None, draft: Draft) -> Message:
        if message is None or message.is_deleted:
            raise refusal(10008)
        self._rights.refuse_archived(self._world.bot.id, self._world.directory.channels[message.channel_id])
        if message is interaction.original:
            interaction.awaits_first_followup = False
        return self._messages.edit(message, draft, limit_bytes=attachment_size_limit(self._world, interaction))


def _message_type(interaction: Interaction) -> MessageType:
    if interaction.command is None:
        return MessageType.REPLY
    is_slash = interaction.command.type is CommandType.CHAT_INPUT
    return MessageType.CHAT_INPUT_COMMAND if is_slash else MessageType.CONTEXT_MENU_COMMAND
