"""What a picture really is, what a model takes of pictures, and what was done to make one fit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fractions import Fraction

MOST_MENDABLE_BYTES: Final = 100_000_000
"""The greatest file that is ever copied to our disk to be mended."""
MOST_MENDABLE_PIXELS: Final = 70_000_000
"""So many pixels are decoded at most: at four bytes each, a few times over, that is what one child process may hold."""


MOST_PIXELS_IN_JPEG: Final = 250_000_000
"""So many pixels may a JPEG have: it can be decoded smaller, of half, a quarter or an eighth of its sides."""


class Mend(StrEnum):
    """One thing that was done to a picture so that the model takes it; in the order in which they are told."""

    CONVERTED = "converted"
    """From a format that the model does not take."""
    FIRST_FRAME = "first_frame"
    """Of an animation, the first picture."""
    LATER_FRAME = "later_frame"
    """Of an animation whose first picture shows nothing, the next that shows something."""
    ROTATED = "rotated"
    """Turned upright, as its camera meant it (EXIF orientation)."""
    RECOLOURED = "recoloured"
    """From CMYK, 16 bits a channel and the like to eight bits of RGB."""
    PADDED = "padded"
    """Margins were added to a picture that was too long and narrow; nothing is ever cropped."""
    SHRUNK = "shrunk"
    """To fewer pixels."""
    COMPRESSED = "compressed"
    """To fewer bytes."""
    CLEANED = "cleaned"
    """What it carried beside the picture was removed: where it was taken, or a file that was hidden behind it."""
    REPAIRED = "repaired"
    """Written anew by the rules of its format; no pixel was missing."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What the first bytes of a picture say of it.

    Args:
        content_type: Its real type, for example ``image/heic``; never its file name's or Discord's word.
        width: Pixels as they are stored, or None where only the whole file could tell.
        height: Pixels as they are stored, or None.
        orientation: EXIF's, 1 to 8; 1 is upright.
        is_animated: Whether it holds more than one picture.
        is_plain_colour: Whether it is eight bits of RGB or grey a channel, with or without transparency.
        has_location: Whether it says where it was taken.
        is_whole: Whether these are all, and leave no doubt that it is whole.
    """

    content_type: str
    width: int | None
    height: int | None
    orientation: int = 1
    is_animated: bool = False
    is_plain_colour: bool = True
    has_location: bool = False
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """What a picture must be, for a model or for a place that it is posted to.

    Args:
        types: The media types that are taken; the first is preferred.
        max_bytes: The greatest file.
        max_side: The greatest width and height, in pixels; None where any will do.
        min_side: The least width and height, in pixels.
        min_ratio: The least width over height; None where any will do.
        max_ratio: The greatest width over height; None where any will do.
    """

    types: tuple[str, ...]
    max_bytes: int
    max_side: int | None = None
    min_side: int = 1
    min_ratio: Fraction | None = None
    max_ratio: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Mended:
    """A picture on our disk that keeps its limits.

    Args:
        content_type: What it is now.
        size: Its bytes.
        width: Pixels.
        height: Pixels.
        mends: What was done to it, in order; empty where it was right as it came.
    """

    content_type: str
    size: int
    width: int
    height: int
    mends: tuple[Mend, ...] = ()
