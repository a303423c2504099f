"""The words of every text, a catalog per language. ``bot.ui.texts`` fills them; nothing else reads them.

A phrase is whole: a sentence is never glued from pieces, since other languages order theirs differently.

How values are shown is written behind the colon of a placeholder:

    {name}          a stranger's words: escaped, flattened, cut
    {name:long}     the same, for a line of its own
    {name:plain}    the same where no markdown is shown (labels, titles); {name:alt} longer, for alternative texts
    {name:ours}     our own words, which may hold markdown
    {names:and}     a list of our words, joined as the language joins it; {names:or}, {names:comma} likewise
    {count}         a number, grouped as the language groups it
    {cost:usd}      micro-dollars
    {user:user}     a mention of a person; {channel:channel} of a channel
    {at:R}          a time stamp in Discord's style R, f, t, D ...: each reader sees their own clock
    {took}          a duration in words
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from bot.ui.phrases import en_cards, en_commands, en_gallery, en_notices, en_refusals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.ui.phrases.phrase import Phrase


@dataclass(frozen=True, slots=True)
class Language:
    """How one language speaks.

    Args:
        phrases: Its texts by key.
        plural: Names the plural form for a number: ``one``, ``few``, ``many`` or ``other``.
        thousands: What stands between groups of three digits.
        decimal: What stands before the fraction.
    """

    phrases: Mapping[str, Phrase]
    plural: Callable[[int], str]
    thousands: str = ","
    decimal: str = "."


def _english_plural(number: int) -> str:
    return "one" if number == 1 else "other"


FALLBACK: Final = "en"
LANGUAGES: Final[Mapping[str, Language]] = MappingProxyType(
    {
        FALLBACK: Language(
            MappingProxyType(
                {
                    **en_cards.PHRASES,
                    **en_gallery.PHRASES,
                    **en_notices.PHRASES,
                    **en_refusals.PHRASES,
                    **en_commands.PHRASES,
                }
            ),
            _english_plural,
        ),
    }
)
"""By the language that a Discord locale begins with: ``en-GB`` and ``en-US`` are ``en``."""
