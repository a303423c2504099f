"""Makes a real edited picture from the real input pixels, so that a person sees inputs and prompt in the output."""

from __future__ import annotations

import io
import zlib
from random import Random
from typing import TYPE_CHECKING

from PIL import Image

from sandbox.runcomfy.brushes import resized
from sandbox.runcomfy.canvas import lay_out, open_input
from sandbox.runcomfy.caption import add_caption
from sandbox.runcomfy.treatments import treat

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORKING_SIDE = 1600
"""Edits are made at this size at most, and enlarged: the largest output has 16 megapixels and must not take long."""
_QUALITY = 92
_PNG_EFFORT = 1
_BYTE = 0xFF


def paint(
    inputs: Sequence[bytes],
    *,
    prompt: str,
    size: tuple[int, int],
    scale: float,
    seed: int,
    output_format: str = "JPEG",
) -> bytes:
    """Edit pictures by a prompt. Takes CPU time: call it in a thread.

    Args:
        inputs: JPEG or PNG files, at least one.
        prompt: What shall be seen; known words choose fitting edits.
        size: Width and height of the output in pixels.
        scale: How strongly the prompt works, 0-1.
        seed: The same seed makes the same picture; another one a variant.
        output_format: ``JPEG`` or ``PNG``.

    Returns:
        The file.

    Raises:
        ValueError: There is no input.
        OSError: An input cannot be read.
    """
    if not inputs:
        raise ValueError("a painting needs at least one input")
    shrink = min(1.0, _WORKING_SIDE / max(size))
    working = max(1, round(size[0] * shrink)), max(1, round(size[1] * shrink))
    pictures = [open_input(data, side=max(working)) for data in inputs]
    shuffled = list(pictures)
    Random(seed).shuffle(shuffled)
    canvas = treat(lay_out(shuffled, working), prompt=prompt, scale=scale, seed=seed)
    if canvas.size != size:
        canvas = resized(canvas, size)
    note = f"painted by the sandbox  ·  {size[0]} x {size[1]}  ·  scale {scale:.2f}  ·  seed {seed}"
    return _file(add_caption(canvas, pictures, prompt=prompt, note=note), output_format)


def plain_picture(seed: int, *, output_format: str = "JPEG") -> bytes:
    """A small picture, different for every seed, for when nobody looks."""
    image = Image.new("RGB", (64, 64), "#808080")
    for index in range(4):
        block = tuple(zlib.crc32(f"{seed}/{index}/{channel}".encode()) & _BYTE for channel in range(3))
        image.paste(Image.new("RGB", (32, 32), block), (index % 2 * 32, index // 2 * 32))
    return _file(image, output_format, comment=f"seed {seed}")


def _file(image: Image.Image, output_format: str, comment: str = "") -> bytes:
    out = io.BytesIO()
    if output_format == "PNG":
        image.save(out, "PNG", compress_level=_PNG_EFFORT)
    else:
        image.save(out, "JPEG", quality=_QUALITY, subsampling=0, comment=comment.encode())
    return out.getvalue()
