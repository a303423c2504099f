"""Bringing pictures of high dynamic range, and of more colours than sRGB has, to sRGB.

Sources: ITU-R BT.2100-2 (PQ and HLG), ITU-R BT.2408-7 (white at 203 cd/m2), ITU-T H.273 (the code points).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PIL import ImageFilter

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

    from bot.images.header import Signal

_PQ, _HLG = 16, 18
_BT_2020: Final = 9
_P3: Final = frozenset({11, 12})

_Colour = tuple[float, float, float]
_Matrix = tuple[_Colour, _Colour, _Colour]
_SAME: Final[_Matrix] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
_FROM_BT_2020: Final[_Matrix] = (
    (1.6605, -0.5876, -0.0728),
    (-0.1246, 1.1329, -0.0083),
    (-0.0182, -0.1006, 1.1187),
)
_FROM_P3: Final[_Matrix] = ((1.2249, -0.2247, 0.0), (-0.0420, 1.0419, 0.0), (-0.0197, -0.0786, 1.0979))
_LUMINANCE: Final[_Colour] = (0.2627, 0.6780, 0.0593)
"""Of the primaries of BT.2020, which HLG is defined with."""

_WHITE_NITS: Final = 203.0
"""The luminance of paper white in cd/m2."""
_PQ_NITS, _HLG_NITS = 10_000.0, 1000.0
_HLG_GAMMA: Final = 1.2
_KNEE: Final = 0.8
"""Of white, from where on what is brighter is compressed."""
_NODES: Final = 33
"""Steps of the table along each colour; between them the filter interpolates."""


def is_beyond_srgb(signal: Signal) -> bool:
    """Whether a picture looks wrong where its numbers are taken for sRGB."""
    return signal.transfer in {_PQ, _HLG} or signal.primaries == _BT_2020 or signal.primaries in _P3


def to_srgb(image: Image.Image, signal: Signal) -> Image.Image:
    """Bring a picture to sRGB: what is brighter than paper white is compressed into the highest fifth.

    Args:
        image: Eight bits of RGB, with or without transparency.
        signal: How its numbers are meant.
    """
    linear = {_PQ: _from_pq, _HLG: _from_hlg}.get(signal.transfer, _from_srgb)
    matrix = _FROM_BT_2020 if signal.primaries == _BT_2020 else _FROM_P3 if signal.primaries in _P3 else _SAME
    is_hdr = linear is not _from_srgb
    return image.filter(ImageFilter.Color3DLUT.generate(_NODES, _step(linear, matrix, is_hdr=is_hdr)))


def _step(linear: Callable[[_Colour], _Colour], matrix: _Matrix, *, is_hdr: bool) -> Callable[..., _Colour]:
    def converted(red: float, green: float, blue: float) -> _Colour:
        light = linear((red, green, blue))
        mixed = [max(0.0, _product(row, light)) for row in matrix]
        # Each by itself: a factor for all three would ripple between the steps of the table.
        shown = [_to_srgb(_compressed(part) if is_hdr else min(1.0, part)) for part in mixed]
        return shown[0], shown[1], shown[2]

    return converted


def _product(row: _Colour, colour: _Colour) -> float:
    return row[0] * colour[0] + row[1] * colour[1] + row[2] * colour[2]


def _compressed(light: float) -> float:
    """Let light above the knee approach white, without a break in its slope."""
    if light <= _KNEE:
        return light
    room = 1.0 - _KNEE
    above = (light - _KNEE) / room
    return _KNEE + room * above / (1.0 + above)


def _from_pq(colour: _Colour) -> _Colour:
    red, green, blue = (_PQ_NITS / _WHITE_NITS * _pq_light(part) for part in colour)
    return red, green, blue


def _pq_light(number: float) -> float:
    power = number ** (32 / 2523)
    return (max(0.0, power - 3424 / 4096) / (2413 / 128 - 2392 / 128 * power)) ** (16384 / 2610)


def _from_hlg(colour: _Colour) -> _Colour:
    scene = [part * part / 3 if part <= 0.5 else _hlg_highlight(part) for part in colour]  # noqa: PLR2004 - the middle of the curve
    luminance = _product(_LUMINANCE, (scene[0], scene[1], scene[2]))
    factor = _HLG_NITS / _WHITE_NITS * luminance ** (_HLG_GAMMA - 1)
    return scene[0] * factor, scene[1] * factor, scene[2] * factor


def _hlg_highlight(number: float) -> float:
    return (math.exp((number - 0.55991073) / 0.17883277) + 0.28466892) / 12


def _from_srgb(colour: _Colour) -> _Colour:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - the curve of sRGB
        for part in colour
    )
    return red, green, blue


def _to_srgb(light: float) -> float:
    return 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055  # noqa: PLR2004 - the curve of sRGB
