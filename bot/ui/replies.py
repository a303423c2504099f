"""The first reply to a command or click, and every private one: acknowledgements, refusals, apologies.

Checks that need no I/O refuse before the acknowledgement, in private. A job's card is public, and Discord lets nobody
change a deferred reply from public to private: what is refused after a public acknowledgement is said in a private
follow-up, and the public reply withdrawn.
"""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, cast

import aiohttp
import discord
import structlog
from discord import app_commands

from bot.engine.doubt import AcceptanceInDoubt
from bot.errors import UserError
from bot.ops.acknowledgements import AnsweredElsewhere
from bot.ui.access import is_guest
from bot.ui.origin import origin_of
from bot.ui.texts import explain, say

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.client import RemixBot
    from bot.domain.origin import Origin

ALREADY_ACKNOWLEDGED: Final = 40060
UNKNOWN_INTERACTION: Final = 10062
"""Discord's codes for a second acknowledgement and for one that comes after three seconds.

Source: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
"""

_STANDING: Final = "standing_acknowledgement"
"""Among an interaction's extras: the kind of an acknowledgement that Discord has and the library does not know of."""

_log = structlog.stdlib.get_logger(__name__)


@asynccontextmanager
async def public_card(interaction: discord.Interaction[Any]) -> AsyncGenerator[Origin]:
    """Acknowledge in public and hand out the origin of a new job; what fails inside is withdrawn and told in private.

    A job of which nobody knows whether it was accepted is neither withdrawn nor told as failed: the reply says so, and
    becomes the card as soon as the job is known.

    Raises:
        AnsweredElsewhere: Another process with our token has acknowledged it.
        discord.HTTPException: The acknowledgement came too late, so nobody is there to be answered.
    """
    was_guest = is_guest(interaction)
    card_message_id, is_private = await first_reply(interaction, await acknowledge(interaction, thinking=True))
    try:
        yield origin_of(interaction, card_message_id=card_message_id, is_private=is_private)
    except AcceptanceInDoubt as doubt:
        if is_guest(interaction) == was_guest:
            await _say_in_doubt(interaction)
        await doubt.settle()
    except Exception as error:  # noqa: BLE001 - told and, where it is not the member's, logged
        words = words_of(interaction, error)
        if is_guest(interaction) == was_guest:  # else the bot was removed meanwhile, and writes nothing there any more
            await _withdraw(interaction, words)


async def acknowledge(
    interaction: discord.Interaction[Any], *, thinking: bool = False, ephemeral: bool = False
) -> discord.InteractionCallbackResponse[Any] | None:
    """Answer within three seconds that something will come, and tell what Discord made of it where it says.

    The acknowledgement may have arrived although its answer was lost. It is then sent once more, by the library or
    here; Discord answers the second one with 40060, and the first one stands.

    Args:
        interaction: The command or click.
        thinking: Whether a click is answered by a new message; a command always is.
        ephemeral: Whether that message is for the acting person alone.

    Raises:
        AnsweredElsewhere: Another process with our token has acknowledged it.
        discord.HTTPException: It came too late, so nobody is there to be answered.
    """
    try:
        return await _defer(interaction, thinking=thinking, ephemeral=ephemeral)
    except discord.HTTPException as error:
        if error.code != ALREADY_ACKNOWLEDGED:
            raise
        client = cast("RemixBot", interaction.client)
        if client.acknowledgements.is_answered_elsewhere(interaction.id):
            raise AnsweredElsewhere from error
        interaction.extras[_STANDING] = (
            discord.InteractionResponseType.deferred_channel_message
            if thinking or interaction.type is discord.InteractionType.application_command
            else discord.InteractionResponseType.deferred_message_update
        )
        return None


async def first_reply(
    interaction: discord.Interaction[Any], response: discord.InteractionCallbackResponse[Any] | None
) -> tuple[int, bool]:
    """Tell the id of the first reply, and whether Discord made it private, as it may where the bot is no member."""
    if response is not None and response.message_id is not None:
        return response.message_id, response.is_ephemeral()
    reply = await interaction.original_response()
    return reply.id, reply.flags.ephemeral


async def _defer(
    interaction: discord.Interaction[Any], *, thinking: bool, ephemeral: bool
) -> discord.InteractionCallbackResponse[Any] | None:
    try:
        return await interaction.response.defer(thinking=thinking, ephemeral=ephemeral)
    except (aiohttp.ClientError, OSError) as error:
        _log.warning("acknowledgement_uncertain", interaction_id=interaction.id, error=repr(error))
    return await interaction.response.defer(thinking=thinking, ephemeral=ephemeral)


async def answer_privately(interaction: discord.Interaction[Any], text: str) -> None:
    """Say something to the acting person alone, whatever was answered before.

    Not for a public acknowledgement: :func:`public_card` answers by itself.
    """
    match interaction.response.type or interaction.extras.get(_STANDING):
        case None:
            await interaction.response.send_message(text, ephemeral=True)
        case discord.InteractionResponseType.deferred_channel_message:
            await interaction.edit_original_response(content=text)
        case _:
            await interaction.followup.send(text, ephemeral=True)


async def answer_error(interaction: discord.Interaction[Any], error: Exception) -> None:
    """Tell the acting person in private what went wrong; what is not theirs is logged, with a reference for both."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if isinstance(error, app_commands.CheckFailure) and isinstance(error.__cause__, UserError):
        cause = error.__cause__
    if isinstance(cause, discord.NotFound) and cause.code == UNKNOWN_INTERACTION:
        _log.warning("interaction_too_late", interaction_id=interaction.id)
        return
    if isinstance(cause, AnsweredElsewhere):
        return  # the other process answers
    text = words_of(interaction, cause)
    try:
        await answer_privately(interaction, text)
    except (discord.DiscordException, aiohttp.ClientError, OSError) as refusal:
        _log.warning("answer_not_taken", interaction_id=interaction.id, error=repr(refusal))


async def _withdraw(interaction: discord.Interaction[Any], text: str) -> None:
    """Say in private why no card comes, and take the public reply away.

    The first follow-up would fill a reply that still says "thinking", in public, and a deleted one has met follow-ups
    with 10008: so the reply is ended first, in neutral words, and deleted last.
    Source: https://github.com/discord/discord-api-docs/issues/2739 and /2866
    """
    await interaction.edit_original_response(content=say("card.withdrawn", str(interaction.locale)))
    await interaction.followup.send(text, ephemeral=True)
    with suppress(discord.NotFound):  # a moderator was faster
        await interaction.delete_original_response()


async def _say_in_doubt(interaction: discord.Interaction[Any]) -> None:
    words = discord.ui.TextDisplay[discord.ui.LayoutView](say("card.in_doubt", str(interaction.locale)))
    try:
        await interaction.edit_original_response(view=discord.ui.LayoutView(timeout=None).add_item(words))
    except (discord.DiscordException, aiohttp.ClientError, OSError) as refusal:
        _log.warning("doubt_not_told", interaction_id=interaction.id, error=repr(refusal))


def words_of(interaction: discord.Interaction[Any], error: Exception) -> str:
    """Say what went wrong; what is not the acting person's is logged, with a reference for both."""
    locale = str(interaction.locale)
    match error:
        case UserError():
            return explain(error, locale)
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            return say("error.command_changed", locale)
        case _:
            reference = secrets.token_hex(4)
            _log.error("interaction_failed", reference=reference, interaction_id=interaction.id, exc_info=error)
            return say("error.reported", locale, reference=reference)
