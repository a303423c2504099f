"""Lists of jobs, for those who made them and for moderators; only their reader sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import discord

from bot.domain.status import FailureReason, JobStatus
from bot.ui.custom_id import NO_JOB, Action, encode
from bot.ui.failures import gave_no_picture
from bot.ui.layout import PostedButton, reference
from bot.ui.markdown import quote
from bot.ui.texts import say

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bot.domain.job import Job

JOBS_ON_A_PAGE: Final = 10
"""Each takes three components with its button, of the 40 that a message may have.

Source: https://docs.discord.com/developers/components/reference#legacy-message-component-behavior
"""
MOST_SHOW_BUTTONS: Final = 11
"""Of one's own list: fifteen entries, of which so many take three components instead of one, and the frame."""
PROMPT_IN_LIST: Final = 120
"""How much of a prompt a list shows, in UTF-16 units."""
_STATES: Final[Mapping[JobStatus, str]] = {
    JobStatus.PENDING: "waiting",
    JobStatus.SUBMITTING: "sending",
    JobStatus.IN_QUEUE: "queued",
    JobStatus.IN_PROGRESS: "painting",
    JobStatus.SUCCEEDED: "fetching",
    JobStatus.FAILED: "failed",
    JobStatus.CANCELLED: "cancelled",
    JobStatus.EXPIRED: "failed",
}


def own_jobs(
    jobs: Sequence[Job], *, links: Mapping[str, str], locale: str, hidden: Collection[str] = ()
) -> discord.ui.LayoutView:
    """List a person's own jobs, in the order given.

    Args:
        jobs: At most fifteen.
        links: What each entry opens, by the job's id.
        locale: The reader's language.
        hidden: The ids of those whose prompts are not told where the list stands, and which cannot be shown or repeated
            there.
    """
    container = _container(say("jobs.title" if jobs else "jobs.none", locale))
    may_have_button = [job.id for job in jobs if job.id not in hidden and _button_of(job) is not None]
    with_button = set(may_have_button[:MOST_SHOW_BUTTONS])
    for job in jobs:
        prompt = _prompt(job, locale, hidden=hidden)
        entry = _own_entry(job, links.get(job.id), locale, prompt=prompt, has_button=job.id in with_button)
        container.add_item(entry)
    return discord.ui.LayoutView(timeout=None).add_item(container)


def jobs_on_page(jobs: Sequence[Job], *, page: int) -> Sequence[Job]:
    """Choose the jobs of a page of the moderators' list, from 0; of the last one where there are fewer by now."""
    page = min(page, _pages(jobs) - 1)
    return jobs[page * JOBS_ON_A_PAGE : (page + 1) * JOBS_ON_A_PAGE]


def jobs_to_moderate(
    jobs: Sequence[Job], *, page: int, links: Mapping[str, str], locale: str, hidden: Collection[str] = ()
) -> discord.ui.LayoutView:
    """List the jobs that a moderator may cancel, ten a page, each with its button.

    Args:
        jobs: All of them.
        page: Which page, from 0; the last one where there are fewer by now.
        links: What each entry of that page opens, by the job's id.
        locale: The reader's language.
        hidden: The ids of those whose prompts are not told where the list stands.
    """
    pages = _pages(jobs)
    page = min(page, pages - 1)
    container = _container(say("moderation.title" if jobs else "moderation.none", locale))
    for job in jobs_on_page(jobs, page=page):
        prompt = _prompt(job, locale, hidden=hidden)
        container.add_item(_entry_to_moderate(job, links.get(job.id), prompt=prompt, page=page, locale=locale))
    if pages > 1:
        footer = say("moderation.page", locale, page=page + 1, pages=pages, count=len(jobs))
        container.add_item(discord.ui.TextDisplay(footer))
        container.add_item(turning(page, pages=pages, locale=locale))
    return discord.ui.LayoutView(timeout=None).add_item(container)


def _pages(jobs: Sequence[Job]) -> int:
    return max(-(-len(jobs) // JOBS_ON_A_PAGE), 1)


def is_kept(job: Job) -> bool:
    """Whether a result waits for its requester to have it shown somewhere."""
    return job.status is JobStatus.SUCCEEDED and job.failure is None and job.undeliverable_at is not None


def state_words(job: Job, locale: str) -> str:
    """Say where a job stands in a few words."""
    if job.is_cancelling:
        return say("jobs.state.cancelling", locale)
    if job.failure is FailureReason.PLACE_GONE:
        return say("jobs.state.place_gone", locale)
    if gave_no_picture(job):
        return say("jobs.state.failed", locale)
    if job.status is JobStatus.SUCCEEDED and job.undeliverable_at is not None:
        return say("jobs.state.kept", locale)
    if job.status is JobStatus.SUCCEEDED and job.delivered_at is not None:
        return say("jobs.state.done", locale)
    return say(f"jobs.state.{_STATES[job.status]}", locale)


def _container(title: str) -> discord.ui.Container[discord.ui.LayoutView]:
    return discord.ui.Container(discord.ui.TextDisplay(title))


def _own_entry(
    job: Job, link: str | None, locale: str, *, prompt: str, has_button: bool
) -> discord.ui.Section[discord.ui.LayoutView] | discord.ui.TextDisplay[discord.ui.LayoutView]:
    entry = say(
        "jobs.entry",
        locale,
        state=state_words(job, locale),
        reference=reference(job.id),
        at=job.created_at,
        link=_link(link, locale),
        prompt=prompt,
    )
    button = _button_of(job) if has_button else None
    if button is None:
        return discord.ui.TextDisplay(entry)
    action, label = button
    return discord.ui.Section(
        entry, accessory=PostedButton(label=say(label, locale), custom_id=encode(action, job.id, 0))
    )


def _prompt(job: Job, locale: str, *, hidden: Collection[str]) -> str:
    return say("jobs.prompt_hidden", locale) if job.id in hidden else quote(job.request.prompt, limit=PROMPT_IN_LIST)


def _button_of(job: Job) -> tuple[Action, str] | None:
    """Choose the button of an entry, and the key of its label: what a member can do who finds no card any more."""
    if is_kept(job):
        return Action.SHOW, "button.show"
    return (Action.RETRY, "button.retry") if job.failure is FailureReason.PLACE_GONE else None


def _entry_to_moderate(
    job: Job, link: str | None, *, prompt: str, page: int, locale: str
) -> discord.ui.Section[discord.ui.LayoutView] | discord.ui.TextDisplay[discord.ui.LayoutView]:
    entry = say(
        "moderation.entry",
        locale,
        state=state_words(job, locale),
        user=job.origin.user_id,
        channel=job.origin.channel_id,
        at=job.created_at,
        link=_link(link, locale),
        prompt=prompt,
    )
    if not job.status.is_cancellable or job.cancel_requested_at is not None:
        return discord.ui.TextDisplay(entry)
    cancel = PostedButton(label=say("button.cancel", locale), custom_id=encode(Action.CANCEL, job.id, page))
    return discord.ui.Section(entry, accessory=cancel)


def turning(
    page: int, *, pages: int, locale: str, action: Action = Action.PAGE
) -> discord.ui.ActionRow[discord.ui.LayoutView]:
    """Make the buttons that turn a list to the pages beside one."""
    row: discord.ui.ActionRow[discord.ui.LayoutView] = discord.ui.ActionRow()
    if page > 0:
        back = encode(action, NO_JOB, page - 1)
        row.add_item(PostedButton(label=say("button.previous", locale), custom_id=back))
    if page < pages - 1:
        forth = encode(action, NO_JOB, page + 1)
        row.add_item(PostedButton(label=say("button.next", locale), custom_id=forth))
    return row


def _link(link: str | None, locale: str) -> str:
    return "" if link is None else say("jobs.link", locale, url=link)
