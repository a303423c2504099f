"""Pictures of high dynamic range and of many colours: scenes whose twin in sRGB is known.

The curves are those of ITU-R BT.2100-2, from light to number; the bot has them from number to light.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

from PIL import Image, ImageFilter

from bot.domain.picture import Mend
from tests.brushes import behind_header, chunk, photograph, written
from tests.specimen import mended

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.specimen import Specimen

PQ, HLG, SRGB = 16, 18, 13
BT_2020, P3 = 9, 12
SRGB_NCLX = b"colrnclx\x00\x01\x00\x0d\x00\x06"
"""As encoders write it where they are told nothing."""
TO_BT_2020 = ((0.6274, 0.3293, 0.0433), (0.0691, 0.9195, 0.0114), (0.0164, 0.0880, 0.8956))
TO_P3 = ((0.8225, 0.1774, 0.0), (0.0332, 0.9669, 0.0), (0.0171, 0.0724, 0.9108))
WHITE_NITS = 203
NODES = 65


def light() -> Iterator[Specimen]:
    """Make them all; each is ``photograph()`` to look at."""
    for name, primaries, transfer in (("PQ", BT_2020, PQ), ("HLG", BT_2020, HLG), ("P3", P3, SRGB)):
        picture = as_signal(photograph(), primaries, transfer)
        yield mended(f"PNG, {name}", "hdr.png", with_signal(picture, primaries, transfer), Mend.RECOLOURED)
        code_points = bytes((0, primaries, 0, transfer, 0, 6))
        for kind in ("AVIF", "HEIF"):
            data = written(picture, kind, quality=95)
            assert SRGB_NCLX in data
            data = data.replace(SRGB_NCLX, b"colrnclx" + code_points)
            yield mended(f"{kind}, {name}", f"hdr.{kind.lower()}", data, Mend.CONVERTED, Mend.RECOLOURED)


def with_signal(picture: Image.Image, primaries: int, transfer: int) -> bytes:
    """Write a PNG that says how its numbers are meant."""
    return behind_header(written(picture, "PNG"), chunk(b"cICP", bytes((primaries, transfer, 0, 1))))


def as_signal(picture: Image.Image, primaries: int, transfer: int) -> Image.Image:
    """Write the light of a picture in other numbers."""
    return picture.filter(_table(primaries, transfer))


@functools.cache
def _table(primaries: int, transfer: int) -> ImageFilter.Color3DLUT:
    matrix = TO_BT_2020 if primaries == BT_2020 else TO_P3

    def converted(red: float, green: float, blue: float) -> tuple[float, float, float]:
        linear = [_linear(red), _linear(green), _linear(blue)]
        mixed = [sum(a * b for a, b in zip(row, linear, strict=True)) for row in matrix]
        if transfer == PQ:
            mixed = [_pq(part * WHITE_NITS / 10_000) for part in mixed]
        elif transfer == HLG:
            luminance = 0.2627 * mixed[0] + 0.6780 * mixed[1] + 0.0593 * mixed[2]
            factor = (luminance * WHITE_NITS / 1000) ** (1 / 1.2) / luminance if luminance else 0.0
            mixed = [_hlg(part * factor) for part in mixed]
        else:
            mixed = [_srgb(part) for part in mixed]
        return mixed[0], mixed[1], mixed[2]

    return ImageFilter.Color3DLUT.generate(NODES, converted)


def _linear(number: float) -> float:
    return number / 12.92 if number <= 0.04045 else ((number + 0.055) / 1.055) ** 2.4


def _srgb(linear: float) -> float:
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055


def _pq(linear: float) -> float:
    power = linear ** (2610 / 16384)
    return ((3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32)


def _hlg(scene: float) -> float:
    if scene <= 1 / 12:
        return math.sqrt(3 * scene)
    return 0.17883277 * math.log(12 * scene - 0.28466892) + 0.55991073
