"""``/jobs show`` and *Show here*: a result brought to the place at hand, as an answer to the command or click.

It stands before everybody's eyes where its own requester asks and the answer may carry files there; everybody else sees
it alone, so nobody publishes what another one made. For the same reason a message whose readers may not all repeat the
job there has no buttons for it.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import discord
import structlog

from bot.client import bot_of
from bot.domain.job import FIRST_RESULT_PART
from bot.engine.places import FOLLOW_UPS
from bot.engine.shows import is_refused, is_showable
from bot.errors import DeliveryPostponed, Refused, Undeliverable
from bot.ui.access import is_guest, may_answer_with_files, person_of
from bot.ui.discord_errors import is_about_attachments, translated
from bot.ui.failures import failure_text, gave_no_picture
from bot.ui.lists import state_words
from bot.ui.replies import acknowledge, first_reply, words_of
from bot.ui.results import shown
from bot.ui.texts import say
from bot.ui.token_replies import TokenReplies, files_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from bot.domain.job import Delivery, Job
    from bot.engine.answers import Attachment, Notes

QUICK_SECONDS: Final = 1.0
"""How long the database may take before the answer is promised in private; Discord waits three seconds."""
ATTEMPTS: Final = 3
"""How often the first message is tried: it is an edit, which can be repeated."""

_log = structlog.stdlib.get_logger(__name__)


class InteractionReply:
    """The answer to a command or click that carries a result; implements the engine's ``ShowReply``.

    Args:
        interaction: The command or click, acknowledged by a message to come.
        is_private: Whether only the acting person sees that message.
    """

    def __init__(self, interaction: discord.Interaction[Any], *, is_private: bool) -> None:
        self._interaction = interaction
        self._is_private = is_private
        self._was_guest = is_guest(interaction)
        self._replies = TokenReplies(interaction.client)

    @property
    def interaction_id(self) -> int:
        """Discord's id of the command or click."""
        return self._interaction.id

    @property
    def is_removed(self) -> bool:
        """Whether the bot was removed from the server since the command: nothing is written there any more."""
        return is_guest(self._interaction) != self._was_guest

    @property
    def upload_limit(self) -> int:
        """The greatest file, in bytes, that Discord takes in the answer; it says so with each interaction."""
        return self._interaction.filesize_limit

    @property
    def most_parts(self) -> int | None:
        """How many messages the answer may have: a guest's have a bound, and one is left for words."""
        return 1 + FOLLOW_UPS if is_guest(self._interaction) else None

    async def post(self, job: Job, delivery: Delivery, attachments: Sequence[Attachment], *, notes: Notes) -> int:
        """Post one part: the first into the first reply, the others behind it, sent once each.

        Raises:
            Undeliverable: The bot was removed from the server since the command, or Discord does not take it there.
        """
        if self.is_removed:
            raise Undeliverable("the bot was removed from the server")
        view = shown(job, delivery, attachments, notes, may_be_repeated=self._may_be_repeated(job))
        if delivery.part > FIRST_RESULT_PART:
            with translated():
                return await self._replies.follow_up(
                    self._interaction.token, view, attachments, ephemeral=self._is_private
                )
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._edit(view, attachments)
            except DeliveryPostponed as error:
                _log.warning("show_postponed", job_id=job.id, detail=str(error))
        return await self._edit(view, attachments)

    def _may_be_repeated(self, job: Job) -> bool:
        """Whether all who read the answer may repeat the job here: it was made here, or only its requester reads it."""
        interaction = self._interaction
        is_read_alone = self._is_private or interaction.context.dm_channel
        if is_read_alone and job.origin.user_id == interaction.user.id:
            return True
        return job.origin.includes(interaction.channel_id)

    async def _edit(self, view: discord.ui.LayoutView, attachments: Sequence[Attachment]) -> int:
        with translated():
            try:
                edited = await self._interaction.edit_original_response(view=view, attachments=files_of(attachments))
            except discord.HTTPException as error:
                if not is_about_attachments(error):
                    raise
                _log.warning("edit_with_files_refused", detail=str(error))
            else:
                return edited.id
        token = self._interaction.token
        return await self._replies.instead_of_edit(token, view, attachments, ephemeral=self._is_private)


async def show_here(
    interaction: discord.Interaction[Any], reference: str, *, quick_seconds: float = QUICK_SECONDS
) -> None:
    """Show a result where the interaction is; refusals are private.

    Args:
        interaction: The command or click.
        reference: The job's id, or what people read of it.
        quick_seconds: How long the acknowledgement may wait for the database.

    Raises:
        UserError: Why there is nothing to show, where that is known before the acknowledgement.
    """
    bot, person = bot_of(interaction), person_of(interaction)
    looking, left = asyncio.ensure_future(bot.service.see(reference, by=person)), 0
    try:
        await asyncio.wait({looking}, timeout=quick_seconds)
        job = looking.result() if looking.done() else None
        if job is not None:
            _check(job, str(interaction.locale))
            bot.shows.take_turn(job, by=person)
        is_public = job is not None and job.origin.user_id == person.user_id and may_answer_with_files(interaction)
        async with _answer(interaction, ephemeral=not is_public) as reply:
            if job is None:
                job = await looking
                _check(job, str(interaction.locale))
                bot.shows.take_turn(job, by=person)
            left = await bot.shows.show(job, by=person, reply=reply)
        if left:
            key = "show.left_restricted" if job.origin.is_age_restricted else "show.left"
            await interaction.followup.send(say(key, str(interaction.locale), count=left), ephemeral=True)
    finally:
        looking.cancel()


def _check(job: Job, locale: str) -> None:
    """Say in words why a job has no result to be shown.

    Raises:
        Refused: ``not_shown``, with the words.
    """
    if is_showable(job):
        return
    if is_refused(job):
        words = say("show.result_refused", locale)
    elif gave_no_picture(job):
        words = f"{say('show.no_picture', locale)}\n{failure_text(job, locale)}"
    else:
        words = say("show.not_yet", locale, state=state_words(job, locale))
    raise Refused("not_shown", values={"words": words})


@asynccontextmanager
async def _answer(interaction: discord.Interaction[Any], *, ephemeral: bool) -> AsyncGenerator[InteractionReply]:
    """Acknowledge, and hand out the reply; what fails before anything is shown is withdrawn and told in private."""
    response = await acknowledge(interaction, thinking=True, ephemeral=ephemeral)
    _, is_private = await first_reply(interaction, response)
    reply = InteractionReply(interaction, is_private=is_private)
    try:
        yield reply
    except Exception as error:  # noqa: BLE001 - told and, where it is not the asker's, logged
        words = words_of(interaction, error)
        if reply.is_removed:
            return
        if is_private:
            await _say_instead(interaction, words)
            return
        await _say_instead(interaction, say("show.withdrawn", str(interaction.locale)))
        await interaction.followup.send(words, ephemeral=True)
        await interaction.delete_original_response()


async def _say_instead(interaction: discord.Interaction[Any], words: str) -> None:
    """Let the first reply say this, whether it is still to come or an attempt at a result stands there already."""
    view = discord.ui.LayoutView(timeout=None).add_item(discord.ui.TextDisplay(words))
    await interaction.edit_original_response(view=view, attachments=[])
