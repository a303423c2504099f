"""What is posted at a job's end, and all there is to tell about a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import discord

from bot.domain.job import FIRST_RESULT_PART, SHOWN_PART
from bot.domain.status import FailureReason, JobStatus
from bot.engine.answers import NOTHING_TO_NOTE
from bot.ui.cards import colour
from bot.ui.custom_id import Action
from bot.ui.failures import failure_text, gave_no_picture, may_try_again
from bot.ui.layout import button, reference, size_name, size_pixels
from bot.ui.markdown import escape, quote
from bot.ui.notes import links_line, note_lines
from bot.ui.pictures import in_detail
from bot.ui.texts import file_size, file_type, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bot.domain.job import Artifact, Delivery, Fitted, Job
    from bot.engine.answers import Attachment, Notes
    from bot.engine.lookup import JobDetails

PROMPT_ON_RESULT: Final = 300
PROMPT_IN_DETAILS: Final = 2000
"""In UTF-16 units; with everything else it stays under the 4,000 that a message holds."""
_FILES_IN_DETAILS: Final = 12


def result(
    job: Job, delivery: Delivery, attachments: Sequence[Attachment], notes: Notes = NOTHING_TO_NOTE
) -> discord.ui.LayoutView:
    """Lay out one message with results; its buttons carry the part, by which the message is found again.

    Args:
        job: The job.
        delivery: The part that this message is.
        attachments: The files that are sent with it.
        notes: What must be told of its outputs, those among them that have no file.
    """
    locale, user, count = job.origin.locale, job.origin.user_id, len(delivery.artifact_indexes) - len(notes.gone)
    if delivery.part > FIRST_RESULT_PART:
        greeting = say("result.more", locale, count=count)
    else:
        greeting = say("result.here", locale, user=user, count=count)
    view = _with_pictures(greeting, job, delivery, attachments, notes)
    return view.add_item(_row(job, delivery.part, Action.AGAIN, Action.DETAILS, Action.DELETE))


def shown(
    job: Job,
    delivery: Delivery,
    attachments: Sequence[Attachment],
    notes: Notes = NOTHING_TO_NOTE,
    *,
    may_be_repeated: bool,
) -> discord.ui.LayoutView:
    """Lay out one message of a result that is shown once more, elsewhere; its buttons carry ``SHOWN_PART``.

    Args:
        job: The job.
        delivery: The part that is shown.
        attachments: The files that are sent with it.
        notes: What must be told of its outputs.
        may_be_repeated: Whether every reader of the message may see the job's details and repeat it there; else the
            message has no buttons for that.
    """
    locale, count = job.origin.locale, len(delivery.artifact_indexes) - len(notes.gone)
    if delivery.part > FIRST_RESULT_PART:
        greeting = say("result.more", locale, count=count)
    else:
        greeting = say("result.shown", locale, user=job.origin.user_id, at=job.created_at)
    view = _with_pictures(greeting, job, delivery, attachments, notes)
    actions = (Action.AGAIN, Action.DETAILS) if may_be_repeated else ()
    return view.add_item(_row(job, SHOWN_PART, *actions, Action.DELETE))


def _with_pictures(
    greeting: str, job: Job, delivery: Delivery, attachments: Sequence[Attachment], notes: Notes
) -> discord.ui.LayoutView:
    view = discord.ui.LayoutView(timeout=None)
    if len(notes.gone) < len(delivery.artifact_indexes):
        view.add_item(discord.ui.TextDisplay(greeting))
    view.add_item(discord.ui.TextDisplay(quote(job.request.prompt, limit=PROMPT_ON_RESULT)))
    if attachments:
        view.add_item(_gallery(job, delivery, attachments, notes))
    lines = list(note_lines(job, notes))
    if lines:
        view.add_item(discord.ui.TextDisplay("\n".join(lines)))
    return view


def _gallery(
    job: Job, delivery: Delivery, attachments: Sequence[Attachment], notes: Notes
) -> discord.ui.MediaGallery[discord.ui.LayoutView]:
    gallery: discord.ui.MediaGallery[discord.ui.LayoutView] = discord.ui.MediaGallery()
    shown = [index for index in delivery.artifact_indexes if index not in {*notes.linked, *notes.gone}]
    for index, attachment in zip(shown, attachments, strict=True):
        alt = say("result.picture", job.origin.locale, number=index + 1, prompt=job.request.prompt)
        is_spoiler = job.request.has_spoiler
        gallery.add_item(media=f"attachment://{attachment.filename}", description=alt, spoiler=is_spoiler)
    return gallery


def refused(job: Job, delivery: Delivery) -> discord.ui.LayoutView:
    """Lay out the message that tells that Discord does not take the result: in plain words, without any of the job's.

    Args:
        job: The job.
        delivery: The part that this message is.
    """
    words = say("result.refused", job.origin.locale, user=job.origin.user_id, reference=reference(job.id))
    view = discord.ui.LayoutView(timeout=None).add_item(discord.ui.TextDisplay(words))
    return view.add_item(_row(job, delivery.part, Action.DETAILS, Action.DELETE))


def failure(
    job: Job, delivery: Delivery, *, now: datetime, quotes_prompt: bool = True, notes: Notes = NOTHING_TO_NOTE
) -> discord.ui.LayoutView:
    """Lay out the message that tells why there is no picture.

    Args:
        job: The job.
        delivery: The part that this message is.
        now: The time: Try again is offered only while Discord serves the images.
        quotes_prompt: Whether the prompt and the provider's words stand on it; not where a server's rules block them.
        notes: Where outputs are that could not be fetched.
    """
    user = say("result.failed", job.origin.locale, user=job.origin.user_id)
    view = discord.ui.LayoutView(timeout=None).add_item(discord.ui.TextDisplay(user))
    container: discord.ui.Container[discord.ui.LayoutView] = discord.ui.Container(accent_colour=colour(job))
    container.add_item(discord.ui.TextDisplay(failure_text(job, job.origin.locale, quotes=quotes_prompt)))
    for line in links_line(job, notes):
        container.add_item(discord.ui.TextDisplay(line))
    if quotes_prompt:
        container.add_item(discord.ui.TextDisplay(quote(job.request.prompt, limit=PROMPT_ON_RESULT)))
    actions = (Action.RETRY,) if may_try_again(job, now) else ()
    container.add_item(_row(job, delivery.part, *actions, Action.DETAILS, Action.DELETE))
    return view.add_item(container)


def details(known: JobDetails, *, model_name: str, locale: str) -> discord.ui.LayoutView:
    """Lay out all there is to tell about a job, for one reader.

    Args:
        known: The job with its outputs and messages.
        model_name: How people read the model.
        locale: The reader's language.
    """
    job = known.job
    container: discord.ui.Container[discord.ui.LayoutView] = discord.ui.Container(accent_colour=colour(job))
    container.add_item(discord.ui.TextDisplay(say("details.title", locale, reference=reference(job.id))))
    container.add_item(discord.ui.TextDisplay(quote(job.request.prompt, limit=PROMPT_IN_DETAILS)))
    if gave_no_picture(job):
        container.add_item(discord.ui.TextDisplay(failure_text(job, locale)))
    facts = [*_asked(known, model_name, locale), *_times(job, locale), *_cost(job, locale)]
    container.add_item(discord.ui.TextDisplay("\n".join(facts)))
    if job.failure is not FailureReason.INPUT_REFUSED:  # else the failure said it
        container.add_item(discord.ui.TextDisplay("\n".join(in_detail(job.request, locale))))
    files = list(_files(job, known.artifacts, locale))
    if files:
        container.add_item(discord.ui.TextDisplay("\n".join(files)))
    return discord.ui.LayoutView(timeout=None).add_item(container)


def _row(job: Job, part: int, *actions: Action) -> discord.ui.ActionRow[discord.ui.LayoutView]:
    return discord.ui.ActionRow(*(button(action, job, page=part) for action in actions))


# --- details ----------------------------------------------------------------------------------------------------------


def _asked(known: JobDetails, model_name: str, locale: str) -> Iterator[str]:
    request = known.job.request
    yield say("details.model", locale, model=model_name)
    yield from _sizes(known, locale)
    if (scale := request.options.get("scale")) is not None:
        yield say("details.scale", locale, scale=scale)
    received = sum(not _is_lost(known.job, one) for one in known.artifacts)
    yield say("details.images", locale, count=len(request.inputs), received=received)


def _sizes(known: JobDetails, locale: str) -> Iterator[str]:
    asked = known.job.request.options.get("size")
    if asked is None:
        yield say("details.size_open", locale)
    else:
        yield say("details.size_asked", locale, size=escape(size_name(str(asked)), limit=60))
    got = list(dict.fromkeys(one for one in map(_pixels, known.artifacts) if one is not None))
    if not got:
        return
    named = [say("details.pixels", locale, width=width, height=height) for width, height in got[:4]]
    yield say("details.size_got", locale, sizes=named)
    if asked is not None and got != [size_pixels(str(asked))]:
        yield say("details.size_differs", locale)


def _times(job: Job, locale: str) -> Iterator[str]:
    yield say("details.asked", locale, at=job.created_at, user=job.origin.user_id)
    if job.submitted_at is not None:
        yield say("details.waited", locale, took=job.submitted_at - job.created_at)
        if job.started_at is not None:
            yield say("details.queued", locale, took=job.started_at - job.submitted_at)
    if job.ended_at is None:
        return
    if job.started_at is not None:
        yield say("details.painted", locale, took=job.ended_at - job.started_at)
    elif job.submitted_at is not None:
        yield say("details.with_provider", locale, took=job.ended_at - job.submitted_at)
    yield say("details.total", locale, took=job.ended_at - job.created_at)


def _cost(job: Job, locale: str) -> Iterator[str]:
    if job.cost_micros is not None:
        yield say("details.cost", locale, cost=job.cost_micros)
    elif job.status is JobStatus.SUCCEEDED:
        yield say("details.cost_unknown", locale)


def _files(job: Job, artifacts: Sequence[Artifact], locale: str) -> Iterator[str]:
    for artifact in artifacts[:_FILES_IN_DETAILS]:
        facts = list(_file_facts(artifact, locale))
        if _is_lost(job, artifact):
            facts.append(say("details.not_fetched", locale))
        if artifact.fitted is not None:
            facts.append(say("details.posted_as", locale, facts=list(_file_facts(artifact.fitted, locale))))
        if facts:
            yield say("details.file", locale, number=artifact.index + 1, facts=facts)
    rest = len(artifacts) - _FILES_IN_DETAILS
    if rest > 0:
        yield say("details.more_files", locale, count=rest)


def _is_lost(job: Job, artifact: Artifact) -> bool:
    return artifact.path is None and job.fetched_at is not None


def _file_facts(file: Artifact | Fitted, locale: str) -> Iterator[str]:
    if (name := file_type(file.content_type)) is not None:
        yield name
    if (pixels := _pixels(file)) is not None:
        yield say("details.pixels", locale, width=pixels[0], height=pixels[1])
    if file.size is not None:
        yield file_size(file.size, locale)


def _pixels(file: Artifact | Fitted) -> tuple[int, int] | None:
    if file.width is None or file.height is None:
        return None
    return file.width, file.height
