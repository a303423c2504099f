"""What is said of the pictures that go into a remix: their numbers, and what was done to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.mending import refusals_of
from bot.domain.picture import Mend
from bot.ui.markdown import escape, utf16_length
from bot.ui.texts import explain_each, file_type, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.domain.job import Job
    from bot.domain.remix_request import Input, RemixRequest

NAME_LIMIT: Final = 40
"""How much of a file's name stands beside its number, in UTF-16 units."""
DETAIL_LIMIT: Final = 800
"""How much is said of all pictures in Details, in UTF-16 units, so that the longest prompt has room beside it."""


def numbered(request: RemixRequest, locale: str) -> str | None:
    """Name the pictures by their numbers and say what was done to each; None where there is nothing to say.

    A single picture needs no number, and one that goes as it came no word.
    """
    inputs = request.inputs
    if len(inputs) <= 1 and not any(one.mends for one in inputs):
        return None
    named = [_numbered(number, one, locale) for number, one in enumerate(inputs, start=1)]
    return say("card.images", locale, images=named)


def in_detail(request: RemixRequest, locale: str) -> Iterator[str]:
    """Say a line for each picture, as far as there is room: what it was when it came, and what was done to it."""
    room = DETAIL_LIMIT
    for number, one in enumerate(request.inputs, start=1):
        facts = [*_facts(one, locale), *mend_words(one.mends, one.content_type, locale)] or [
            say("details.input_unknown", locale)
        ]
        line = say("details.input", locale, number=number, facts=facts)
        room -= utf16_length(line)
        if room < 0:
            yield say("details.more_inputs", locale, count=len(request.inputs) - number + 1)
            return
        yield line


def refusals(job: Job, locale: str) -> Iterator[str]:
    """Say a line for each picture that could not be used: which, why, and what to do."""
    return explain_each(refusals_of(job.request), locale)


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


def _numbered(number: int, one: Input, locale: str) -> str:
    name, mends = escape(one.filename, limit=NAME_LIMIT), mend_words(one.mends, one.content_type, locale)
    if mends:
        return say("card.image_mended", locale, number=number, name=name, mends=mends)
    return say("card.image", locale, number=number, name=name)


def _facts(one: Input, locale: str) -> Iterator[str]:
    if (name := file_type(one.content_type)) is not None:
        yield name
    if one.width and one.height:
        yield say("details.pixels", locale, width=one.width, height=one.height)
