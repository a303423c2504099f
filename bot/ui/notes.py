"""What stands under a result whose files are not all as they came: what was done, and where the originals are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from bot.engine.answers import NoteKind
from bot.ui.layout import reference
from bot.ui.markdown import utf16_length
from bot.ui.texts import file_size, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.job import Job
    from bot.engine.answers import Note, Notes

NOTES_LIMIT: Final = 3000
"""In UTF-16 units; with greeting and prompt it stays under the 4,000 that a message holds.

Source: https://docs.discord.com/developers/components/reference#text-display
"""
LINKS_AT_MOST: Final = 10
"""How many of the outputs that are not here are linked by one message."""
_HARMLESS_IN_A_LINK: Final = "/:?#[]@!$&'*+,;=%-._~"
"""What a URL may hold, without the brackets that would end a link of markdown."""


def note_lines(job: Job, notes: Notes) -> Iterator[str]:
    """Say what must be told of a message's outputs, a line each, with as many links as a message has room for.

    Args:
        job: The job.
        notes: What must be told.
    """
    linked = _linked(job, notes)
    lines = [_line(job, note, linked.get(note.index)) for note in notes.outputs]
    yield from lines
    if notes.missing:
        yield say("note.missing", job.origin.locale, count=notes.missing)
    yield from links_line(job, notes, room=NOTES_LIMIT - sum(utf16_length(line) + 1 for line in lines))


def links_line(job: Job, notes: Notes, *, room: int = NOTES_LIMIT) -> Iterator[str]:
    """Say where the outputs are that are not here, in one line with as many links as there is room for.

    Args:
        job: The job.
        notes: What must be told.
        room: In UTF-16 units.
    """
    locale, chosen = job.origin.locale, list[str]()
    for index, address in notes.links[:LINKS_AT_MOST]:
        url = link(address)
        if url is None:
            continue
        text = say("note.link", locale, number=index + 1, url=url)
        room -= utf16_length(text) + 3
        if room < 0:
            break
        chosen.append(text)
    if chosen:
        yield say("note.links", locale, links=" \N{MIDDLE DOT} ".join(chosen))


def _linked(job: Job, notes: Notes) -> dict[int, str]:
    """Choose the links that fit: first of the outputs that are only linked, then of the others."""
    room = NOTES_LIMIT - sum(utf16_length(_line(job, note, None)) + 1 for note in notes.outputs)
    chosen: dict[int, str] = {}
    for note in sorted(notes.outputs, key=lambda one: (one.has_file, one.index)):
        url = link(note.url)
        if url is None:
            continue
        longer = utf16_length(_line(job, note, url)) - utf16_length(_line(job, note, None))
        if longer <= room:
            chosen[note.index] = url
            room -= longer
    return chosen


def _line(job: Job, note: Note, url: str | None) -> str:
    noun = "video" if note.is_video else "picture"
    key = f"note.{noun}_{note.kind}" if note.kind is NoteKind.TOO_LARGE else f"note.{note.kind}"
    locale, number, size = job.origin.locale, note.index + 1, file_size(note.size, job.origin.locale)
    if url is None:
        return say(f"{key}_unlinked", locale, number=number, size=size, reference=reference(job.id))
    return say(key, locale, number=number, size=size, url=url)


def link(url: str | None) -> str | None:
    """Make a provider's address fit for a link of markdown; None where it is no address of the web."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return quote(url, safe=_HARMLESS_IN_A_LINK) if parts.scheme in ("http", "https") and parts.netloc else None
