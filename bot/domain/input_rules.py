"""Judging one input by the rules for files: what is wrong with it, and whether it could be mended."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from bot.domain.model_rules import BYTES_PER_MB, FileRule, Quantity
from bot.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.domain.remix_request import Input

MENDABLE_TYPES: Final = frozenset(
    {"image/webp", "image/heic", "image/heif", "image/avif", "image/gif", "image/bmp", "image/tiff"}
)
"""Types of pictures that can be converted into one that models take."""

_ALIASES: Final = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/x-ms-bmp": "image/bmp"}
_TYPE_OF_ENDING: Final = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "heic": "image/heic",
    "heif": "image/heif",
    "avif": "image/avif",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "tif": "image/tiff",
    "tiff": "image/tiff",
}


def declared_type(image: Input) -> str:
    """Tell an input's type as declared: Discord's word, or where that is missing its file name's ending.

    Returns:
        A media type in lower case without parameters, or ``unknown``.
    """
    if image.content_type:
        found = image.content_type.partition(";")[0].strip().lower()
        return _ALIASES.get(found, found)
    ending = image.filename.rpartition(".")[2].lower()
    return _TYPE_OF_ENDING.get(ending, "unknown")


def input_problems(
    image: Input, *, number: int, accepted: Sequence[str], rules: Sequence[FileRule]
) -> Iterator[InvalidRequest]:
    """Find everything that is wrong with one input.

    Args:
        image: The input as declared.
        number: Its place, from 1.
        accepted: The types that the model takes.
        rules: The model's rules for files.
    """
    named: dict[str, object] = {"number": number, "filename": image.filename}
    found = declared_type(image)
    is_mendable = found in MENDABLE_TYPES
    if image.size <= 0:
        yield _problem("empty_file", named)
        return
    if found not in accepted:
        wanted = {"found": found, "accepted": tuple(accepted)}
        yield _problem("wrong_type", named | wanted, mendable=is_mendable)
        if not is_mendable:
            return
    elif not image.width or not image.height:
        yield _problem("unreadable", named)
    yield from _size_problems(image, named, rules)
    if image.width and image.height:
        yield from _pixel_problems(image.width, image.height, named, rules)


def _size_problems(image: Input, named: Mapping[str, object], rules: Sequence[FileRule]) -> Iterator[InvalidRequest]:
    size = Fraction(image.size, BYTES_PER_MB)
    broken = [rule.limit for rule in rules if rule.quantity is Quantity.FILE_SIZE and not rule.allows(size)]
    if broken:
        # Rounded up, so that a file just above the limit does not read as the limit.
        values = {"limit_mb": _plain(min(broken)), "size_mb": _plain(Fraction(math.ceil(size * 10), 10))}
        yield _problem("file_too_large", {**named, **values}, mendable=True)


def _pixel_problems(
    width: int, height: int, named: Mapping[str, object], rules: Sequence[FileRule]
) -> Iterator[InvalidRequest]:
    measured = {
        Quantity.WIDTH: Fraction(width),
        Quantity.HEIGHT: Fraction(height),
        Quantity.RATIO: Fraction(width, height),
    }
    broken = [rule for rule in rules if rule.quantity in measured and not rule.allows(measured[rule.quantity])]
    sides = {"width": width, "height": height}
    upper = [rule for rule in broken if rule.quantity is not Quantity.RATIO and rule.is_upper]
    lower = [rule for rule in broken if rule.quantity is not Quantity.RATIO and not rule.is_upper]
    if upper:
        limit = min(rule.greatest for rule in upper)
        yield _problem("too_many_pixels", {**named, "limit": limit, **sides}, mendable=True)
    if lower:
        limit = max(rule.least for rule in lower)
        yield _problem("too_few_pixels", {**named, "limit": limit, **sides})
    if any(rule.quantity is Quantity.RATIO for rule in broken):
        yield _problem("bad_ratio", {**named, **sides}, mendable=True)


def _problem(word: str, values: Mapping[str, object], *, mendable: bool = False) -> InvalidRequest:
    return InvalidRequest(f"image{values['number']}", word, values=values, mendable=mendable)


def _plain(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)
