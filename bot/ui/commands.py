"""How commands read: their names and descriptions, ready for other languages, and the choices of their options."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from discord.app_commands import Choice, locale_str

from bot.ui.layout import reference
from bot.ui.lists import is_kept, state_words
from bot.ui.markdown import cut, utf16_length
from bot.ui.phrases import FALLBACK
from bot.ui.texts import say
from bot.ui.thread_name import thread_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from bot.domain.catalog import ImageModel
    from bot.domain.job import Job

MAX_CHOICES: Final = 25
"""Source: https://docs.discord.com/developers/interactions/application-commands#application-command-object"""
_MAX_NAME: Final = 100
_SIZE: Final = re.compile(r"(?P<width>\d+)[x×*](?P<height>\d+)(?:\s*\((?P<ratio>\d+:\d+)\))?")
_SHAPES: Final = {
    "1:1": "square",
    "4:3": "landscape",
    "3:2": "photo",
    "16:9": "wide",
    "21:9": "cinema",
}


def words(key: str, **values: str) -> locale_str:
    """Answer the phrase of that key in English, with what a translator needs to say it in another language."""
    return locale_str(say(key, FALLBACK, **values), key=key, values=values)


def size_choices(model: ImageModel) -> list[Choice[str]]:
    """List a model's sizes as people read them, for example ``4K cinema 21:9 · 6198 × 2656``."""
    return [Choice(name=_size_words(size), value=size) for size in model.sizes[:MAX_CHOICES]]


def job_choices(
    jobs: Sequence[Job], *, typed: str, now: datetime, locale: str, hidden: Collection[str] = ()
) -> list[Choice[str]]:
    """List jobs to choose from, those first that wait to be shown, as many as Discord takes.

    Args:
        jobs: In their order.
        typed: What their label, reference or id must hold.
        now: The time.
        locale: The reader's language.
        hidden: The ids of those whose prompts are not told there.
    """
    wanted = typed.strip().casefold()
    kept_first = sorted(jobs, key=lambda job: not is_kept(job))
    prompts = {job.id: say("choice.prompt_hidden", locale) if job.id in hidden else job.request.prompt for job in jobs}
    labelled = ((job, _job_words(job, now, locale, prompt=prompts[job.id])) for job in kept_first)
    fitting = (
        Choice(name=label, value=job.id)
        for job, label in labelled
        if any(wanted in one for one in _searched(job, label, prompts[job.id]))
    )
    return list(fitting)[:MAX_CHOICES]


def _searched(job: Job, label: str, prompt: str) -> Iterator[str]:
    yield label.casefold()
    yield reference(job.id)
    yield job.id
    yield prompt.casefold()


def _job_words(job: Job, now: datetime, locale: str, *, prompt: str) -> str:
    """Label a job by its state, the start of its prompt and its age, within what a choice may have."""

    def label(shown: str) -> str:
        return say("choice.job", locale, state=state_words(job, locale), prompt=shown, age=_age(now, job, locale))

    room = _MAX_NAME - utf16_length(label(""))
    return label(cut(thread_name(prompt) or say("thread.unnamed", locale), room))


def _age(now: datetime, job: Job, locale: str) -> str:
    minutes = max(int((now - job.created_at).total_seconds()) // 60, 0)
    hours, days = minutes // 60, minutes // 1440
    if days:
        return say("choice.age.days", locale, count=days)
    return say("choice.age.hours", locale, count=hours) if hours else say("choice.age.minutes", locale, count=minutes)


def _size_words(size: str) -> locale_str:
    match = _SIZE.fullmatch(size)
    if match is None:
        return words("choice.size.other", size=size[:_MAX_NAME])
    width, height = int(match["width"]), int(match["height"])
    # A tier is named by the side of a square of as many pixels: 2304 x 1728 is a 2K size like 2048 x 2048.
    tier = f"{max(round(math.sqrt(width * height) / 1024), 1)}K"
    ratio = match["ratio"] or _ratio(width, height)
    shape = _SHAPES.get(ratio, "landscape" if width > height else "portrait")
    return words(f"choice.size.{shape}", tier=tier, ratio=ratio, width=str(width), height=str(height))


def _ratio(width: int, height: int) -> str:
    divisor = math.gcd(width, height) or 1
    return f"{width // divisor}:{height // divisor}"
