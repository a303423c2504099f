"""The ground of a painting: the inputs, opened and laid out side by side on one canvas."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from sandbox.runcomfy.brushes import resized

if TYPE_CHECKING:
    from collections.abc import Sequence

Size = tuple[int, int]

_SEAM = 0.16
"""How far neighbours melt into each other, as a part of a cell."""
_CROP_AT_MOST = 1.75
"""A single input whose ratio differs by more is shown whole, before a blurred copy of itself."""
_GOOD_RATIO = 0.8
"""Cells are rather upright than wide, since faces are."""


def open_input(data: bytes, *, side: int) -> Image.Image:
    """Open a picture, upright and opaque, no larger than needed.

    Args:
        data: The file.
        side: The longest side that is of use, in pixels.
    """
    image = Image.open(io.BytesIO(data))
    image.draft("RGB", (side, side))
    upright = ImageOps.exif_transpose(image)
    if upright.mode in {"RGBA", "LA", "P", "PA"}:
        layer = upright.convert("RGBA")
        ground = Image.new("RGBA", layer.size, "white")
        upright = Image.alpha_composite(ground, layer)
    upright.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return upright.convert("RGB")


def lay_out(images: Sequence[Image.Image], size: Size) -> Image.Image:
    """Put all pictures on a canvas, with soft seams between them."""
    if len(images) == 1:
        return _single(images[0], size)
    canvas = Image.new("RGB", size)
    rows = _rows(len(images), size)
    top = 0
    for row, count in enumerate(rows):
        bottom = round(size[1] * (row + 1) / len(rows))
        strip = _strip(images[sum(rows[:row]) :][:count], (size[0], bottom - top + _overlap(size[1], len(rows), row)))
        _paste_below(canvas, strip, top - _overlap(size[1], len(rows), row), is_first=row == 0)
        top = bottom
    return canvas


def _single(image: Image.Image, size: Size) -> Image.Image:
    ratio, wanted = image.width / image.height, size[0] / size[1]
    cover = ImageOps.fit(image, size, Image.Resampling.BICUBIC, centering=(0.5, 0.25))
    if max(ratio / wanted, wanted / ratio) <= _CROP_AT_MOST:
        return cover
    small = resized(cover, (max(1, size[0] // 8), max(1, size[1] // 8)))
    ground = resized(small.filter(ImageFilter.GaussianBlur(max(small.size) / 40)), size)
    ground = ImageEnhance.Brightness(ground).enhance(0.75)
    whole = ImageOps.contain(image, size, Image.Resampling.BICUBIC)
    place = ((size[0] - whole.width) // 2, (size[1] - whole.height) // 2)
    ground.paste(whole, place, _soft_frame(whole.size, is_wide=wanted > ratio))
    return ground


def _soft_frame(size: Size, *, is_wide: bool) -> Image.Image:
    """A mask that fades at the two sides where the ground shows."""
    length = size[0] if is_wide else size[1]
    line = [255 * min(1.0, at / (length * 0.08), (length - 1 - at) / (length * 0.08)) for at in range(length)]
    return _ramp(line, size, is_across=is_wide)


def _rows(count: int, size: Size) -> list[int]:
    """How many pictures stand in each row, so that cells have a good ratio."""

    def badness(rows: int) -> float:
        columns = math.ceil(count / rows)
        return abs(math.log(size[0] / columns / (size[1] / rows) / _GOOD_RATIO)) + 0.2 * (columns * rows - count)

    rows = min(range(1, count + 1), key=badness)
    return [count // rows + (1 if row < count % rows else 0) for row in range(rows)]


def _overlap(length: int, parts: int, index: int) -> int:
    return round(length / parts * _SEAM) if index else 0


def _strip(images: Sequence[Image.Image], size: Size) -> Image.Image:
    strip, left = Image.new("RGB", size), 0
    for index, image in enumerate(images):
        right = round(size[0] * (index + 1) / len(images))
        seam = _overlap(size[0], len(images), index)
        cell = ImageOps.fit(image, (right - left + seam, size[1]), Image.Resampling.BICUBIC, centering=(0.5, 0.25))
        line = [255.0 if not seam else min(255.0, 255 * at / seam) for at in range(cell.width)]
        strip.paste(cell, (left - seam, 0), _ramp(line, cell.size, is_across=True))
        left = right
    return strip


def _paste_below(canvas: Image.Image, strip: Image.Image, top: int, *, is_first: bool) -> None:
    seam = 0 if is_first else round(strip.height * _SEAM / (1 + _SEAM))
    line = [255.0 if not seam else min(255.0, 255 * at / seam) for at in range(strip.height)]
    canvas.paste(strip, (0, top), _ramp(line, strip.size, is_across=False))


def _ramp(line: Sequence[float], size: Size, *, is_across: bool) -> Image.Image:
    """A mask whose values change along one direction only."""
    values = bytes(max(0, min(255, round(_eased(value / 255) * 255))) for value in line)
    thin = Image.frombytes("L", (len(line), 1) if is_across else (1, len(line)), values)
    return resized(thin, size)


def _eased(part: float) -> float:
    part = max(0.0, min(1.0, part))
    return part * part * (3 - 2 * part)
