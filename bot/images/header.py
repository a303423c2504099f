"""What a picture's first bytes say of it, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signal:
    """How the numbers of a picture are meant: code points of ITU-T H.273.

    Args:
        primaries: Its three colours; 1 are those of sRGB, 9 those of BT.2020, 12 those of P3.
        transfer: Its curve; 13 is that of sRGB, 16 is PQ, 18 is HLG.
    """

    primaries: int
    transfer: int


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
        signal: How its colours are meant, where it says so by code points.
    """

    width: int | None = None
    height: int | None = None
    orientation: int = 1
    is_animated: bool = False
    is_plain_colour: bool = True
    has_location: bool = False
    is_complete: bool = True
    signal: Signal | None = None


UNREADABLE = Header(is_plain_colour=False, is_complete=False)
"""Of a file that does not say what it should."""
