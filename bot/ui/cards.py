"""The status card: what a job is, on one message, at the moment of sending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import discord

from bot.domain.status import CancelOutcome, FailureReason, JobStatus
from bot.ui.custom_id import Action
from bot.ui.failures import failure_text, gave_no_picture, may_try_again, money
from bot.ui.layout import button, reference, size_name
from bot.ui.markdown import escape, quote
from bot.ui.pictures import numbered
from bot.ui.texts import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from bot.domain.job import Job
    from bot.domain.remix_request import RemixRequest
    from bot.engine.answers import Progress

PROMPT_ON_CARD: Final = 600
"""How much of a prompt a card shows, in UTF-16 units; Details has all of it."""
_INPUTS_SHOWN: Final = 10
"""What a media gallery holds at most.

Source: https://docs.discord.com/developers/components/reference#media-gallery
"""
_UNSHOWN_TYPES: Final = frozenset({"image/heic", "image/heif", "image/tiff"})
"""Pictures that most people's clients do not show: they stand on the card once they were converted."""
_QUIET: Final = discord.Colour(0x80848E)
_COLOURS: Final[Mapping[JobStatus, discord.Colour]] = {
    JobStatus.PENDING: _QUIET,
    JobStatus.SUBMITTING: _QUIET,
    JobStatus.IN_QUEUE: discord.Colour(0x5865F2),
    JobStatus.IN_PROGRESS: discord.Colour(0xF0B232),
    JobStatus.SUCCEEDED: discord.Colour(0x23A55A),
    JobStatus.FAILED: discord.Colour(0xDA373C),
    JobStatus.CANCELLED: _QUIET,
    JobStatus.EXPIRED: discord.Colour(0xDA373C),
}


def card(
    job: Job,
    progress: Progress,
    *,
    model_name: str,
    now: datetime,
    advice: Sequence[str] = (),
    shows_request: bool = True,
) -> discord.ui.LayoutView:
    """Draw a job's status card in its requester's language.

    Args:
        job: The job as its row stands.
        progress: What is known of it beside the row.
        model_name: How people read the model.
        now: The time: images that Discord no longer serves are left out.
        advice: What is allowed but not wise in the request, as keys of the texts; said until the job has ended.
        shows_request: Whether prompt and images stand on it; not where Discord does not take them.
    """
    request = job.request
    container: discord.ui.Container[discord.ui.LayoutView] = discord.ui.Container(accent_colour=colour(job))
    container.add_item(discord.ui.TextDisplay(state(job, progress, quotes=shows_request)))
    if shows_request:
        container.add_item(discord.ui.TextDisplay(quote(request.prompt, limit=PROMPT_ON_CARD)))
    pictures = list(_inputs(job, now)) if shows_request else []
    if pictures:
        container.add_item(discord.ui.MediaGallery(*pictures))
    if (numbers := numbered(request, job.origin.locale)) is not None:
        container.add_item(discord.ui.TextDisplay(numbers))
    container.add_item(discord.ui.TextDisplay(_footer(job, model_name, () if job.status.is_terminal else advice)))
    action = _action(job, now)
    if action is not None:
        container.add_item(discord.ui.ActionRow(button(action, job)))
    return discord.ui.LayoutView(timeout=None).add_item(container)


def colour(job: Job) -> discord.Colour:
    """Answer the colour of where a job stands."""
    return _COLOURS[JobStatus.FAILED] if gave_no_picture(job) else _COLOURS[job.status]


def state(job: Job, progress: Progress, *, quotes: bool = True) -> str:
    """Say where a job stands.

    Args:
        job: The job.
        progress: What is known of it beside the row.
        quotes: Whether the provider's words about a failure are repeated.
    """
    match job.status:
        case JobStatus.PENDING | JobStatus.SUBMITTING:
            return _before_submission(job, progress)
        case JobStatus.IN_QUEUE | JobStatus.IN_PROGRESS:
            return _at_provider(job, progress)
        case JobStatus.CANCELLED:
            return _cancelled(job)
        case JobStatus.SUCCEEDED if not gave_no_picture(job):
            return _succeeded(job, progress)
        case JobStatus.SUCCEEDED | JobStatus.FAILED | JobStatus.EXPIRED:
            return failure_text(job, job.origin.locale, quotes=quotes)


def option_words(request: RemixRequest, locale: str) -> list[str]:
    """Say the options that the member set."""
    words: list[str] = []
    if (size := request.options.get("size")) is not None:
        words.append(say("option.size", locale, size=escape(size_name(str(size)), limit=60)))
    if (scale := request.options.get("scale")) is not None:
        words.append(say("option.scale", locale, scale=scale))
    if (single := request.options.get("single")) is not None:
        words.append(say("option.single_on" if single else "option.single_off", locale))
    return words


# --- where it stands --------------------------------------------------------------------------------------------------


def _before_submission(job: Job, progress: Progress) -> str:
    locale = job.origin.locale
    if job.is_cancelling:
        return _cancelling(job)
    if job.status is JobStatus.SUBMITTING:
        return say("state.sending", locale)
    if job.awaits_pictures:
        return say("state.preparing", locale)
    if progress.is_paused:
        return say("state.paused", locale)
    is_put_back = bool(job.attempts) or progress.is_held_up
    return say("state.waiting_again", locale) if is_put_back else _in_line(progress, locale)


def _in_line(progress: Progress, locale: str) -> str:
    match progress.ahead:
        case None:
            return say("state.waiting", locale)
        case 0:
            return say("state.waiting_next", locale)
        case ahead:
            return say("state.waiting_behind", locale, count=ahead)


def _at_provider(job: Job, progress: Progress) -> str:
    locale, since = job.origin.locale, job.submitted_at or job.updated_at
    if job.is_cancelling:
        return _cancelling(job)
    if job.overdue_at is not None:
        return say("state.overdue", locale, at=since)
    if job.cancel_outcome is CancelOutcome.NOT_CANCELLABLE:
        return say("state.too_late", locale, user=job.cancel_requested_by or job.origin.user_id)
    if job.status is JobStatus.IN_PROGRESS:
        return say("state.painting", locale, at=job.started_at or since)
    return _in_queue(progress, locale, since)


def _in_queue(progress: Progress, locale: str, since: datetime) -> str:
    match progress.place:
        case None:
            return say("state.queued", locale, at=since)
        case 0:
            return say("state.queued_next", locale, at=since)
        case place:
            return say("state.queued_at", locale, place=place, at=since)


def _cancelling(job: Job) -> str:
    return say("state.cancelling", job.origin.locale, user=job.cancel_requested_by or job.origin.user_id)


def _cancelled(job: Job) -> str:
    locale = job.origin.locale
    if job.cancel_requested_by is None:
        return say("state.cancelled_there" if job.overdue_at is None else "state.cancelled_overdue", locale)
    if job.request_id is None:
        return say("state.cancelled_unsent", locale, user=job.cancel_requested_by)
    text = say("state.cancelled_queued", locale, user=job.cancel_requested_by)
    return text if job.cost_micros is None else f"{text}\n{money(job, locale)}"


def _succeeded(job: Job, progress: Progress) -> str:
    locale, origin = job.origin.locale, job.origin
    if job.undeliverable_at is not None:
        if job.failure is FailureReason.CONTENT_REFUSED:
            return say("state.refused", locale, reference=reference(job.id))
        key = "state.kept_restricted" if job.origin.is_age_restricted else "state.kept"
        return say(key, locale, reference=reference(job.id))
    if job.delivered_at is None:
        return say(_fetching_key(job, progress), locale)
    place = progress.posted_in or origin.target_id
    if place == origin.channel_id:
        return say("state.done_here", locale)
    if place in (origin.thread_id, origin.parent_id):
        return say("state.done", locale, channel=place)
    return say("state.done_elsewhere", locale)


def _fetching_key(job: Job, progress: Progress) -> str:
    if progress.posted_in is not None and job.fetched_at is None:
        return "state.fetching_rest"
    if progress.is_blocked:
        return "state.fetching_blocked"
    return "state.fetching_late" if progress.is_late else "state.fetching"


# --- what was asked for -----------------------------------------------------------------------------------------------


def _inputs(job: Job, now: datetime) -> Iterator[discord.MediaGalleryItem]:
    for number, image in enumerate(job.request.inputs[:_INPUTS_SHOWN], start=1):
        url = image.shown_url(at=now)
        if url is not None and (image.kept is not None or image.content_type not in _UNSHOWN_TYPES):
            alt = say("card.input", job.origin.locale, number=number, filename=image.filename)
            yield discord.MediaGalleryItem(url, description=alt, spoiler=image.is_spoiler)


def _footer(job: Job, model_name: str, advice: Sequence[str]) -> str:
    locale = job.origin.locale
    asked = say("card.asked", locale, user=job.origin.user_id, at=job.created_at)
    options = option_words(job.request, locale)
    made_with = (
        say("card.made_with_options", locale, model=model_name, options=options)
        if options
        else say("card.made_with", locale, model=model_name)
    )
    return "\n".join([asked, made_with, *(say(f"advice.{key}", locale) for key in advice), *_reach(job)])


def _reach(job: Job) -> Iterator[str]:
    """Say what is different where nothing but the interaction's token answers: who reads it, and for how long."""
    origin = job.origin
    if origin.is_private:
        yield say("card.private", origin.locale)
    is_over = job.delivered_at is not None or job.undeliverable_at is not None or job.status is JobStatus.CANCELLED
    if origin.by_interaction and origin.token_expires_at is not None and not is_over and not gave_no_picture(job):
        yield say("card.guest", origin.locale, until=origin.token_expires_at, reference=reference(job.id))


def _action(job: Job, now: datetime) -> Action | None:
    if job.status.is_cancellable and job.cancel_requested_at is None and job.cancel_outcome is None:
        return Action.CANCEL
    return Action.RETRY if may_try_again(job, now) else None
