"""The message that keeps the pictures of a job: numbered as its member ordered them, with what was done to each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.domain.job import GALLERY_PART
from bot.ui.custom_id import Action
from bot.ui.layout import button
from bot.ui.pictures import mend_words
from bot.ui.texts import say

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        picture = job.request.inputs[one.number - 1]
        alt = say("gallery.picture", locale, number=one.number, filename=picture.filename)
        pictures.add_item(media=f"attachment://{one.filename}", description=alt, spoiler=picture.is_spoiler)
    view.add_item(pictures)
    words = list(_words(job, gallery))
    if words:
        view.add_item(discord.ui.TextDisplay("\n".join(words)))
    buttons = (button(action, job, page=GALLERY_PART) for action in (Action.DETAILS, Action.DELETE))
    return view.add_item(discord.ui.ActionRow(*buttons))


def _words(job: Job, gallery: Gallery) -> Iterator[str]:
    locale = job.origin.locale
    for one in gallery.pictures:
        picture = job.request.inputs[one.number - 1]
        done = mend_words(picture.mends, picture.content_type, locale)
        if one.is_smaller:
            done.append(say("gallery.smaller", locale))
        if done:
            yield say("gallery.done", locale, number=one.number, done=done)
    if gallery.only_mended:
        yield say("gallery.mended_only", locale)
