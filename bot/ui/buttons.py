"""What the buttons of cards, results and lists do, in whichever process the click arrives.

Each action is a DynamicItem: discord.py finds it by the custom id alone, so buttons outlive restarts. They stand in
posted views as ``PostedButton``, never as items that discord.py would dispatch to by itself. A click that no action
knows is answered too.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, cast

import discord
import structlog
from typing_extensions import override

from bot.client import RemixBot, bot_of
from bot.domain.status import JobStatus
from bot.errors import Refused, UserError
from bot.ui.access import check_place, is_guest, person_of
from bot.ui.custom_id import NO_JOB, Action, CustomId, decode, template
from bot.ui.discord_errors import Code
from bot.ui.links import links_to
from bot.ui.lists import jobs_on_page, jobs_to_moderate
from bot.ui.moderation_list import moderation_log
from bot.ui.replies import acknowledge, answer_error, public_card
from bot.ui.results import details
from bot.ui.showing import show_here
from bot.ui.texts import explain, say

if TYPE_CHECKING:
    import re
    from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping

    from discord.components import Component

    from bot.domain.job import Job
    from bot.domain.origin import Origin

QUICK_SECONDS: Final = 1.0
"""How long a check with I/O may take before the click is acknowledged without it; Discord waits three seconds."""


class Accept(Protocol):
    """Makes a new job of another one: ``JobService.again`` and ``JobService.try_again``."""

    def __call__(self, job: Job, *, origin: Origin, interaction_id: int) -> Awaitable[Job]:
        """Accept the job, to be answered at ``origin``."""
        ...


# --- the actions ------------------------------------------------------------------------------------------------------


async def cancel(interaction: discord.Interaction[Any], pressed: CustomId) -> None:
    """Ask to cancel the job; a button with a page stands in a moderator's list, which is drawn anew."""
    await acknowledge(interaction)
    locale = str(interaction.locale)
    try:
        job = await bot_of(interaction).service.cancel(pressed.job_id, by=person_of(interaction))
        words = cancel_words(job, locale)
    except UserError as error:
        words = explain(error, locale)
    if pressed.page is not None:
        await show_jobs_to_moderate(interaction, page=pressed.page)
    await interaction.followup.send(words, ephemeral=True)


async def again(interaction: discord.Interaction[Any], pressed: CustomId) -> None:
    """Make another remix of the same request, for whoever pressed."""
    service = bot_of(interaction).service
    check = service.check_again(pressed.job_id, by=person_of(interaction))
    await remix_anew(interaction, check=check, accept=service.again)


async def try_again(interaction: discord.Interaction[Any], pressed: CustomId) -> None:
    """Try a failed job again, for whoever pressed."""
    service = bot_of(interaction).service
    check = service.check_try_again(pressed.job_id, by=person_of(interaction))
    await remix_anew(interaction, check=check, accept=service.try_again)


async def show_details(interaction: discord.Interaction[Any], pressed: CustomId) -> None:
    """Show all there is to tell about the job."""
    await acknowledge(interaction, thinking=True, ephemeral=True)
    service = bot_of(interaction).service
    known = await service.details(pressed.job_id, by=person_of(interaction))
    model_id = known.job.request.model
    name = service.model.name if model_id == service.model.id else model_id
    await interaction.edit_original_response(view=details(known, model_name=name, locale=str(interaction.locale)))


async def delete(interaction: discord.Interaction[Any], pressed: CustomId) -> None:
    """Delete the message that carries the button; one that only its reader sees is theirs."""
    await acknowledge(interaction)
    message, person = interaction.message, person_of(interaction)
    if message is not None and message.flags.ephemeral:
        with suppress(discord.NotFound):  # pressed twice
            await interaction.delete_original_response()
        return
    job = await bot_of(interaction).service.manage(pressed.job_id, by=person)
    if message is not None:
        with suppress(discord.NotFound):
            if is_guest(interaction):
                await interaction.delete_original_response()
            else:
                await _delete_message(interaction, message)
            await bot_of(interaction).moderation.note_deletion(job, by=person)


async def show(interaction: discord.Interaction[Any], pressed: CustomId) -> None:
    """Show a result where the list stands."""
    await show_here(interaction, pressed.job_id)


async def turn_page(interaction: discord.Interaction[Any], pressed: CustomId) -> None:
    """Show another page of a moderator's list."""
    await acknowledge(interaction)
    await show_jobs_to_moderate(interaction, page=pressed.page or 0)


async def turn_log(interaction: discord.Interaction[Any], pressed: CustomId) -> None:
    """Show another page of the moderation log."""
    await acknowledge(interaction)
    await show_log(interaction, page=pressed.page or 0)


async def show_log(interaction: discord.Interaction[Any], *, page: int) -> None:
    """Fill a private reply with a page of the moderation log."""
    entries = await bot_of(interaction).moderation.read(by=person_of(interaction))
    view = moderation_log(entries, page=page, locale=str(interaction.locale))
    await interaction.edit_original_response(view=view)


def cancel_words(job: Job, locale: str) -> str:
    """Say what a cancellation came to so far."""
    if job.status is JobStatus.CANCELLED:
        return say("cancel.done", locale)
    return say("cancel.asked_as_guest" if job.origin.by_interaction else "cancel.asked", locale)


async def remix_anew(
    interaction: discord.Interaction[Any],
    *,
    check: Coroutine[Any, Any, Job],
    accept: Accept,
    quick_seconds: float = QUICK_SECONDS,
) -> None:
    """Check a source job, acknowledge in public, and accept a new job made of it.

    The check reads the database, which usually takes milliseconds: then a refusal comes before the acknowledgement and
    nobody else sees anything. A slow database costs only this courtesy, never the three seconds.

    Args:
        interaction: The click.
        check: Answers the source job, or raises why there can be no new one.
        accept: Makes the new job.
        quick_seconds: How long the acknowledgement may wait for the check.
    """
    looking = asyncio.ensure_future(check)
    try:
        check_place(interaction)
        await asyncio.wait({looking}, timeout=quick_seconds)
        if looking.done():
            looking.result()
        async with public_card(interaction) as origin:
            await accept(await looking, origin=origin, interaction_id=interaction.id)
    finally:
        looking.cancel()


async def _delete_message(interaction: discord.Interaction[Any], message: discord.Message) -> None:
    """Delete a message of ours; a thread that went to sleep, as every thread does, is woken for it.

    Raises:
        Refused: The place is closed to us by now.
    """
    try:
        await _delete_awake(interaction, message)
        bot_of(interaction).message_looks.note(message.id, is_there=False)
    except discord.Forbidden as error:
        if isinstance(interaction.channel, discord.Thread) and interaction.channel.locked:
            raise Refused("locked_thread") from error
        closed = {"names": ["view_channel"], "channel_id": message.channel.id}
        raise Refused("missing_permissions", values=closed) from error


async def _delete_awake(interaction: discord.Interaction[Any], message: discord.Message) -> None:
    try:
        await message.delete()
    except discord.HTTPException as error:
        if error.code != Code.THREAD_ARCHIVED:
            raise
        await bot_of(interaction).http.edit_channel(message.channel.id, archived=False)
        await message.delete()


async def show_jobs_to_moderate(interaction: discord.Interaction[Any], *, page: int) -> None:
    """Fill a private reply with a page of the jobs that the acting person may moderate."""
    person = person_of(interaction)
    jobs = await bot_of(interaction).service.jobs_to_moderate(by=person)
    links = await links_to(interaction, jobs_on_page(jobs, page=page))
    hidden, locale = person.hidden_here(jobs), str(interaction.locale)
    view = jobs_to_moderate(jobs, page=page, links=links, locale=locale, hidden=hidden)
    await interaction.edit_original_response(view=view)


# --- from a click to its action ---------------------------------------------------------------------------------------


def register(bot: RemixBot) -> None:
    """Teach the bot its buttons, and to answer those that it does not know."""
    bot.add_dynamic_items(*ITEMS)
    bot.add_listener(answer_old_cards, "on_interaction")


async def answer_old_cards(interaction: discord.Interaction[Any]) -> None:
    """Answer a component or form that none of the buttons stands for; discord.py itself would meet it with silence."""
    if interaction.type not in (discord.InteractionType.component, discord.InteractionType.modal_submit):
        return
    if not _has_action(interaction) and bot_of(interaction).is_first_sight(interaction):
        await answer_error(interaction, Refused("card_too_old"))


def job_id_on(message: discord.Message) -> str | None:
    """Read which job a message's buttons belong to; None where they belong to none, or to several as in a list."""
    read = [decode(custom_id) for custom_id in _custom_ids(message.components)]
    job_ids = {one.job_id for one in read if one is not None and one.job_id != NO_JOB}
    return job_ids.pop() if len(job_ids) == 1 else None


def _has_action(interaction: discord.Interaction[Any]) -> bool:
    """Whether discord.py finds an action for a click: one must know the id, and the message carry it."""
    custom_id = str(cast("Mapping[str, object]", interaction.data or {}).get("custom_id"))
    message = interaction.message
    if interaction.type is not discord.InteractionType.component or message is None:
        return False
    is_known = any(template(action).fullmatch(custom_id) for action in ACTIONS)
    return is_known and custom_id in _custom_ids(message.components)


def _custom_ids(components: Iterable[Component]) -> Iterator[str]:
    for component in components:
        yield from _custom_ids(cast("Iterable[Component]", getattr(component, "children", ())))
        if isinstance(component, discord.SectionComponent):
            yield from _custom_ids([component.accessory])
        if custom_id := getattr(component, "custom_id", None):
            yield str(custom_id)


def _item(
    action: Action, act: Callable[[discord.Interaction[Any], CustomId], Awaitable[None]]
) -> type[discord.ui.DynamicItem[discord.ui.Button[Any]]]:
    class PressedButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=template(action)):
        """A button of this action, on any message of any age."""

        @override
        @classmethod
        async def from_custom_id(
            cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
        ) -> Self:
            return cls(cast("discord.ui.Button[Any]", item))

        @override
        async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
            return bot_of(interaction).is_first_sight(interaction)

        @override
        async def callback(self, interaction: discord.Interaction[Any]) -> None:
            pressed = decode(self.custom_id)
            try:
                if pressed is not None:
                    if action is not Action.DETAILS:
                        bot_of(interaction).blocklist.judge(interaction.user.id)
                    with structlog.contextvars.bound_contextvars(job_id=pressed.job_id):
                        await act(interaction, pressed)
            except Exception as error:  # noqa: BLE001 - discord.py would only log it, and the click stay unanswered
                await answer_error(interaction, error)

    return PressedButton


ACTIONS: Final[Mapping[Action, Callable[[discord.Interaction[Any], CustomId], Awaitable[None]]]] = MappingProxyType(
    {
        Action.CANCEL: cancel,
        Action.AGAIN: again,
        Action.RETRY: try_again,
        Action.DETAILS: show_details,
        Action.DELETE: delete,
        Action.SHOW: show,
        Action.PAGE: turn_page,
        Action.LOG: turn_log,
    }
)
ITEMS: Final = tuple(_item(action, act) for action, act in ACTIONS.items())
