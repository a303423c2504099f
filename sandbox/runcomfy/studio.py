"""Where accepted requests are painted, and where their pictures hang until they are taken down."""

from __future__ import annotations

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sandbox.runcomfy.painter import paint, plain_picture
from sandbox.runcomfy.weight import video, weighted_jpeg, weighted_png

if TYPE_CHECKING:
    from collections.abc import Sequence

_MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "MP4": "video/mp4"}


@dataclass(frozen=True)
class Order:
    """What shall be painted.

    Attributes:
        prompt: The words.
        size: Width and height in pixels.
        scale: How strongly the words work, 0-1.
        seed: Makes the picture repeatable.
        count: How many pictures.
        output_format: ``JPEG``, ``PNG`` or ``MP4``.
        least_bytes: How large each file is at least.
        is_painted: Whether a real edit is made, or only a plain picture.
    """

    prompt: str
    size: tuple[int, int]
    scale: float
    seed: int
    count: int
    output_format: str = "JPEG"
    least_bytes: int = 0
    is_painted: bool = True


@dataclass(frozen=True)
class Output:
    """A finished picture.

    Attributes:
        data: The file.
        sha256: Its digest, in hex.
        media_type: What it is, e.g. ``image/jpeg``.
    """

    data: bytes
    sha256: str
    media_type: str


class Studio:
    """Paints in threads, off the event loop.

    Args:
        painters: How many pictures are painted at the same time.
    """

    def __init__(self, painters: int = 2) -> None:
        self._pool = ThreadPoolExecutor(painters, thread_name_prefix="painter")

    async def paint(self, order: Order, inputs: Sequence[bytes]) -> list[Output]:
        """Paint every picture of an order."""
        loop = asyncio.get_running_loop()
        jobs = [loop.run_in_executor(self._pool, partial(_make, order, inputs, index)) for index in range(order.count)]
        return list(await asyncio.gather(*jobs))

    def close(self) -> None:
        """Let the painters go; what is not begun is not painted."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _make(order: Order, inputs: Sequence[bytes], index: int) -> Output:
    data = _data(order, inputs, order.seed + index)
    return Output(data, hashlib.sha256(data).hexdigest(), _MEDIA_TYPES[order.output_format])


def _data(order: Order, inputs: Sequence[bytes], seed: int) -> bytes:
    if order.output_format == "MP4":
        return video(seed, order.least_bytes)
    if order.is_painted:
        data = paint(
            inputs,
            prompt=order.prompt,
            size=order.size,
            scale=order.scale,
            seed=seed,
            output_format=order.output_format,
        )
    else:
        data = plain_picture(seed, output_format=order.output_format)
    weighted = weighted_png if order.output_format == "PNG" else weighted_jpeg
    return weighted(data, order.least_bytes)
