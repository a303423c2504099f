"""What a picture's first bytes say of it, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the pixels.

    Args:
        width: Pixels as they are stored, or None where it does not say.
        height: Pixels as they are stored, or None.
        orientation: EXIF's, 1 to 8.
        is_animated: Whether it says that more pictures follow.
        is_plain_colour: Whether it is eight bits of RGB or grey a channel, or fewer.
        has_location: Whether it says where it was taken.
        is_complete: Whether all of it was seen.
    """

    width: int | None = None
    height: int | None = None
    orientation: int = 1
    is_animated: bool = False
    is_plain_colour: bool = True
    has_location: bool = False
    is_complete: bool = True


UNREADABLE = Header(is_plain_colour=False, is_complete=False)
"""Of a file that does not say what it should."""
