"""English: the notice of a channel while RunComfy is silent, and of a remix whose record cannot be read."""
# ruff: noqa: RUF001 - readers are given real apostrophes

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.ui.phrases.phrase import Plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.ui.phrases.phrase import Phrase

PHRASES: Final[Mapping[str, Phrase]] = {
    "notice.outage": Plural(
        one=(
            "### RunComfy is not answering\nSince {since:t} ({since:R}). One remix waits here. Nothing is lost, and "
            "nothing is charged for waiting. I keep asking, and it goes on by itself."
        ),
        other=(
            "### RunComfy is not answering\nSince {since:t} ({since:R}). {count} remixes wait here. Nothing is lost, "
            "and nothing is charged for waiting. I keep asking, and they go on by themselves."
        ),
    ),
    "notice.outage_none": (
        "### RunComfy is not answering\nSince {since:t} ({since:R}). No remix waits here any more. I keep asking."
    ),
    "notice.unreadable": (
        "{user:user}, I can’t read my record of your remix {reference:ours}, so I’ve stopped working on it. It isn’t "
        "lost: this bot’s operator has been told and can repair the record. A new /remix is charged as a new one."
    ),
    "notice.over": (
        "### RunComfy answers again\nSince {over_at:t}, after {took} of silence. What waited here goes on by itself."
    ),
}
