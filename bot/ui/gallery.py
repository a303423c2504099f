"""The message that keeps the pictures of a job: numbered as its member ordered them, with what was done to each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.domain.job import GALLERY_PART
from bot.domain.picture import Mend
from bot.ui.custom_id import Action
from bot.ui.layout import button
from bot.ui.texts import file_type, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.domain.job import Job
    from bot.engine.gallery import Gallery


def gallery_view(job: Job, gallery: Gallery) -> discord.ui.LayoutView:
    """Lay out a gallery; its buttons carry ``GALLERY_PART``, by which it is found again.

    Args:
        job: The job.
        gallery: What is kept; its files are sent with the message.
    """
    locale = job.origin.locale
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(discord.ui.TextDisplay(say("gallery.title", locale)))
    pictures: discord.ui.MediaGallery[discord.ui.LayoutView] = discord.ui.MediaGallery()
    for one in gallery.pictures:
        filename = job.request.inputs[one.number - 1].filename
        alt = say("gallery.picture", locale, number=one.number, filename=filename)
        pictures.add_item(media=f"attachment://{one.filename}", description=alt)
    view.add_item(pictures)
    words = list(_words(job, gallery))
    if words:
        view.add_item(discord.ui.TextDisplay("\n".join(words)))
    buttons = (button(action, job, page=GALLERY_PART) for action in (Action.DETAILS, Action.DELETE))
    return view.add_item(discord.ui.ActionRow(*buttons))


def mend_words(mends: Iterable[Mend], content_type: str | None, locale: str) -> list[str]:
    """Say what was done to a picture, in order.

    Args:
        mends: What was done.
        content_type: Its real type before that, where it is known.
        locale: The reader's language.
    """
    return [_mend_words(mend, content_type, locale) for mend in mends]


def _mend_words(mend: Mend, content_type: str | None, locale: str) -> str:
    found = file_type(content_type)
    if mend is Mend.CONVERTED and found is not None:
        return say("mend.converted_from", locale, found=found)
    return say(f"mend.{mend}", locale)


def _words(job: Job, gallery: Gallery) -> Iterator[str]:
    locale = job.origin.locale
    for one in gallery.pictures:
        done = mend_words(one.mends, job.request.inputs[one.number - 1].content_type, locale)
        if one.is_smaller:
            done.append(say("gallery.smaller", locale))
        if done:
            yield say("gallery.done", locale, number=one.number, done=done)
    if gallery.only_mended:
        yield say("gallery.mended_only", locale)
