"""The size that a picture is brought to: as many pixels as its limits allow, with margins where it is too narrow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from PIL import Image

if TYPE_CHECKING:
    from bot.domain.picture import PictureLimits

_MIXABLE: Final = frozenset({"L", "RGB", "RGBA", "CMYK"})


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a picture goes.

    Args:
        inner: Width and height of the picture.
        outer: Width and height with its margins.
    """

    inner: tuple[int, int]
    outer: tuple[int, int]

    @property
    def is_padded(self) -> bool:
        """Whether there are margins."""
        return self.inner != self.outer


def frame_of(size: tuple[int, int], limits: PictureLimits, *, scale: Fraction = Fraction(1)) -> Frame:
    """Find the frame of a picture, upright.

    Args:
        size: Its width and height.
        limits: What it must be.
        scale: How much smaller than that it shall be, 1 for not at all.
    """
    longest = max(_padded(size, limits))
    if limits.max_side is not None:
        scale *= min(Fraction(1), Fraction(limits.max_side, longest))
    # The longer side is rounded down, so that margins which round up stay within the limit.
    inner = size if scale == 1 else (max(1, math.floor(size[0] * scale)), max(1, math.floor(size[1] * scale)))
    return Frame(inner, _padded(inner, limits))


def scaled(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Scale a picture down; one whose colours cannot be mixed as they are stored stays as it is."""
    return _resized(image, size, Image.Resampling.LANCZOS) if image.mode in _MIXABLE and image.size != size else image


def framed(image: Image.Image, frame: Frame) -> Image.Image:
    """Scale a picture into its frame and fill the margins: clear where it is, else in the colour of its border."""
    if image.size != frame.inner:
        image = _resized(image, frame.inner, Image.Resampling.LANCZOS)
    if not frame.is_padded:
        return image
    (width, height), (outer_width, outer_height) = frame.inner, frame.outer
    ground = Image.new(image.mode, frame.outer, _ground_colour(image, is_below=outer_height > height))
    ground.paste(image, ((outer_width - width) // 2, (outer_height - height) // 2))
    return ground


def _padded(size: tuple[int, int], limits: PictureLimits) -> tuple[int, int]:
    width, height = size
    if limits.max_ratio is not None and Fraction(width, height) > limits.max_ratio:
        height = math.ceil(width / limits.max_ratio)
    if limits.min_ratio is not None and Fraction(width, height) < limits.min_ratio:
        width = math.ceil(height * limits.min_ratio)
    return width, height


def _ground_colour(image: Image.Image, *, is_below: bool) -> float | tuple[int, ...]:
    """Take the mean of the two edges that the margins touch."""
    if image.mode == "RGBA":
        return (0, 0, 0, 0)
    width, height = image.size
    boxes = (
        [(0, 0, width, 1), (0, height - 1, width, height)]
        if is_below
        else [(0, 0, 1, height), (width - 1, 0, width, height)]
    )
    edges = [_resized(image.crop(box), (1, 1), Image.Resampling.BOX) for box in boxes]
    mean = Image.blend(edges[0], edges[1], 0.5).getpixel((0, 0))
    return 0 if mean is None else mean


def _resized(image: Image.Image, size: tuple[int, int], how: Image.Resampling) -> Image.Image:
    return image.resize(size, how, reducing_gap=3.0)  # pyright: ignore[reportUnknownMemberType] - Pillow's types are not finished
