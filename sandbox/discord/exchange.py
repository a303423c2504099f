"""Exchanges: one thing that a person did, and what came back."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.discord.interactions import ANSWER_WITHIN
from sandbox.discord.kinds import CallbackType
from sandbox.discord.state import Interaction, Message
from sandbox.discord.wire import JsonObject
from sandbox.discord.world import World

NO_ANSWER = "The application did not respond"


class NoAnswerError(Exception):
    """What the person waited for did not come."""


@dataclass(frozen=True)
class Acknowledgement:
    """The bot's first answer.

    Args:
        type: Its kind.
        seconds: How long it took.
    """

    type: CallbackType
    seconds: float


@dataclass(frozen=True)
class ModalForm:
    """A modal on somebody's screen.

    Args:
        interaction: What opened it.
        payload: Title, custom_id and components as the bot sent them.
    """

    interaction: Interaction
    payload: JsonObject

    @property
    def title(self) -> str:
        """Its title."""
        return str(self.payload["title"])


class Exchange:
    """One interaction, as the person who started it experiences it.

    Args:
        world: Where it happens.
        interaction: Its record.
    """

    def __init__(self, world: World, interaction: Interaction) -> None:
        self.interaction = interaction
        self._world = world

    @property
    def failed(self) -> bool:
        """Does the person read "The application did not respond"?"""
        is_late = self._world.clock() - self.interaction.created_at > ANSWER_WITHIN
        return self.interaction.answer is None and is_late

    @property
    def followups(self) -> list[Message]:
        """The further messages that still stand."""
        return [message for message in self.interaction.followups if not message.is_deleted]

    async def acknowledged(self, *, timeout_seconds: float = 4.0) -> Acknowledgement:
        """Wait for the first answer.

        Raises:
            NoAnswerError: It did not come.
        """
        await self._until(lambda: self.interaction.answer is not None, timeout_seconds, NO_ANSWER)
        answer, answered_at = self.interaction.answer, self.interaction.answered_at
        if answer is None or answered_at is None:
            raise NoAnswerError(NO_ANSWER)
        return Acknowledgement(answer, (answered_at - self.interaction.created_at).total_seconds())

    async def response(self, *, timeout_seconds: float = 10.0) -> Message:
        """Wait for the message that the person sees as the answer.

        That is the original answer once it no longer says "thinking"; if it was deleted, the first follow-up.

        Raises:
            NoAnswerError: None came.
        """
        await self._until(lambda: bool(self._visible()), timeout_seconds, "No message came")
        return self._visible()[0]

    async def private_answer(self, *, timeout_seconds: float = 10.0) -> Message:
        """Wait for the message that only the person sees as the answer, whether it came first or followed.

        Raises:
            NoAnswerError: None came.
        """
        await self._until(lambda: bool(self._private()), timeout_seconds, "No private message came")
        return self._private()[0]

    async def followup(self, index: int = 0, *, timeout_seconds: float = 10.0) -> Message:
        """Wait for a further message.

        Raises:
            NoAnswerError: It did not come.
        """
        await self._until(lambda: len(self.followups) > index, timeout_seconds, "No further message came")
        return self.followups[index]

    async def modal(self, *, timeout_seconds: float = 4.0) -> ModalForm:
        """Wait for a modal.

        Raises:
            NoAnswerError: None was opened.
        """
        await self._until(lambda: self.interaction.modal is not None, timeout_seconds, "No modal opened")
        return ModalForm(self.interaction, self.interaction.modal or {})

    async def choices(self, *, timeout_seconds: float = 4.0) -> list[JsonObject]:
        """Wait for the suggestions of an autocompletion.

        Raises:
            NoAnswerError: None came.
        """
        await self._until(lambda: self.interaction.choices is not None, timeout_seconds, "No suggestions came")
        return self.interaction.choices or []

    def _visible(self) -> list[Message]:
        if self.interaction.answer is None:
            return []
        own = [self.interaction.original, *self.interaction.followups]
        return [message for message in own if message is not None and not message.is_loading and not message.is_deleted]

    def _private(self) -> list[Message]:
        own = [message for message in self._visible() if message.ephemeral_to == self.interaction.user_id]
        # A click that only loads behind its button is answered by what follows, not by the message with the button.
        return [one for one in own if one is not self.interaction.message]

    async def _until(self, predicate: Callable[[], bool], timeout_seconds: float, otherwise: str) -> None:
        try:
            await self._world.until(predicate, timeout_seconds=timeout_seconds)
        except TimeoutError as error:
            raise NoAnswerError(f"{otherwise} within {timeout_seconds} s") from error
