"""How commands read: their names and descriptions, ready for other languages, and the choices of their options."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from discord.app_commands import Choice, locale_str

from bot.ui.phrases import FALLBACK
from bot.ui.texts import say

if TYPE_CHECKING:
    from bot.domain.catalog import ImageModel

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
