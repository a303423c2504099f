"""The moderation log as a list; only its reader sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import discord

from bot.ui.custom_id import Action
from bot.ui.lists import turning
from bot.ui.texts import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.moderation import ModerationEntry

ENTRIES_ON_A_PAGE: Final = 10


def moderation_log(entries: Sequence[ModerationEntry], *, page: int, locale: str) -> discord.ui.LayoutView:
    """List what moderators did, ten entries a page.

    Args:
        entries: All of them, newest first.
        page: Which page, from 0; the last one where there are fewer by now.
        locale: The reader's language.
    """
    pages = max(-(-len(entries) // ENTRIES_ON_A_PAGE), 1)
    page = min(page, pages - 1)
    title = say("log.title" if entries else "log.none", locale)
    container = discord.ui.Container[discord.ui.LayoutView](discord.ui.TextDisplay(title))
    for entry in entries[page * ENTRIES_ON_A_PAGE : (page + 1) * ENTRIES_ON_A_PAGE]:
        container.add_item(discord.ui.TextDisplay(_words(entry, locale)))
    if pages > 1:
        container.add_item(discord.ui.TextDisplay(say("log.page", locale, page=page + 1, pages=pages)))
        container.add_item(turning(page, pages=pages, locale=locale, action=Action.LOG))
    return discord.ui.LayoutView(timeout=None).add_item(container)


def _words(entry: ModerationEntry, locale: str) -> str:
    return say(
        f"log.entry.{entry.action}",
        locale,
        actor=entry.actor_id,
        user=entry.user_id,
        job=entry.job_id,
        at=entry.at,
    )
