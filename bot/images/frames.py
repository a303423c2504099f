"""Which picture of an animation is taken: the first, or, where it shows nothing, the next that shows something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

_MOST_LOOKED_AT: Final = 50
"""Fades from black take about that many pictures."""
_SKIPPING: Final = frozenset({"GIF", "TIFF"})
"""Formats that tell only by going there whether a second picture follows."""
_WITH_ALPHA: Final = frozenset({"LA", "PA", "RGBA"})
_BROKEN: Final = (EOFError, OSError, SyntaxError, ValueError)
"""What decoders raise where a picture ends too soon, or there is none."""


def are_many(image: Image.Image, reopen: Callable[[], Image.Image]) -> bool:
    """Whether more pictures follow the first.

    Args:
        image: The opened file, at its first picture. It stays there: some formats lose their palette on the way back.
        reopen: Opens the file again.
    """
    if image.format not in _SKIPPING:
        return getattr(image, "n_frames", 1) > 1
    try:
        reopen().seek(1)
    except EOFError:
        return False
    except _BROKEN:
        return True  # something is there, and nobody needs it
    return True


def is_blank(image: Image.Image) -> bool:
    """Whether a picture is of one colour, or all transparent."""
    found = image.getextrema()
    bands = cast("tuple[tuple[float, float], ...]", found if isinstance(found[0], tuple) else (found,))
    is_clear = image.mode in _WITH_ALPHA and bands[-1][1] == 0
    return is_clear or all(low == high for low, high in bands)


def next_that_shows(image: Image.Image) -> Image.Image | None:
    """Go on to the next picture that is not blank; None where none of the next fifty is."""
    for number in range(1, _MOST_LOOKED_AT):
        try:
            image.seek(number)
            image.load()
        except _BROKEN:
            return None
        if not is_blank(image):
            return image
    return None
