"""Writing a picture into so many bytes: rung by rung down a ladder, the least visible loss first."""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from bot.errors import InputRefused
from bot.images.colour import flattened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from PIL import Image

_SHRINKING: Final = Fraction(4, 5)
_LEAST_SIDE: Final = 64
_FEW_COLOURS: Final = 4096
"""A drawing or a screenshot has fewer, a photograph many more."""
_SAMPLE_SIDE: Final = 512
_FINE_QUALITY: Final = 90


@dataclass(frozen=True, slots=True)
class Rung:
    """One way to write a picture.

    Args:
        media_type: As what.
        quality: 1 to 100; None where nothing is lost.
    """

    media_type: str
    quality: int | None = None


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture as a file.

    Args:
        data: Its bytes.
        media_type: What it is.
        size: Width and height.
        is_compressed: Whether it was not the first rung that would do.
    """

    data: bytes
    media_type: str
    size: tuple[int, int]
    is_compressed: bool


def input_ladder(image: Image.Image, types: Sequence[str]) -> list[Rung]:
    """Choose how an input is written: nothing lost where that is small, JPEG for photographs."""
    lossless = [Rung(one) for one in ("image/png", "image/webp") if one in types]
    lossy = [
        Rung(one, quality)
        for one in (("image/webp",) if image.mode == "RGBA" and lossless else ("image/jpeg", "image/webp"))
        for quality in (92, 85, 78)
        if one in types
    ]
    if image.mode == "RGBA" or not lossy or (lossless and _is_drawn(image)):
        return lossless + lossy
    return lossy


def output_ladder(image: Image.Image) -> list[Rung]:
    """Choose how an output is written that is too large as it came."""
    if image.mode == "RGBA":
        return [Rung("image/webp"), *(Rung("image/webp", quality) for quality in (95, 90, 82, 75))]
    return [Rung("image/jpeg", quality) for quality in (92, 88, 82, 75)]


def encode(
    make: Callable[[Fraction], Image.Image], ladder: Sequence[Rung], *, max_bytes: int, profile: bytes | None = None
) -> Encoded:
    """Write a picture into so many bytes.

    Args:
        make: Makes the picture, this much smaller.
        ladder: The ways to write it, best first; where none does, fewer pixels are tried with the last.
        max_bytes: The greatest file.
        profile: A colour profile to write into it.

    Raises:
        InputRefused: No way does.
    """
    for number, (image, rung) in enumerate(_attempts(make, ladder)):
        data = _written(image, rung, profile)
        if data is not None and len(data) <= max_bytes:
            return Encoded(data, rung.media_type, image.size, is_compressed=number > 0)
    raise InputRefused("cannot_be_mended", f"it does not become smaller than {max_bytes} bytes")


def _is_drawn(image: Image.Image) -> bool:
    """Whether a picture is a drawing or a screenshot: few colours, and smaller without any loss than with it."""
    if image.getcolors(_FEW_COLOURS) is None:
        return False
    middle = [(side - min(side, _SAMPLE_SIDE)) // 2 for side in image.size]
    sample = image.crop((middle[0], middle[1], middle[0] + _SAMPLE_SIDE, middle[1] + _SAMPLE_SIDE))
    exact, lossy = _written(sample, Rung("image/png"), None), _written(sample, Rung("image/jpeg", _FINE_QUALITY), None)
    return exact is not None and lossy is not None and len(exact) <= len(lossy)


def _attempts(make: Callable[[Fraction], Image.Image], ladder: Sequence[Rung]) -> Iterator[tuple[Image.Image, Rung]]:
    image = make(Fraction(1))
    for rung in ladder:
        yield image, rung
    scale, size = _SHRINKING, image.size
    while ladder and max(size) * scale >= _LEAST_SIDE:
        del image
        image = make(scale)
        yield image, ladder[-1]
        scale *= _SHRINKING


def _written(image: Image.Image, rung: Rung, profile: bytes | None) -> bytes | None:
    """Write a picture, or answer None where its format cannot hold it (65,500 pixels a side, for JPEG)."""
    file = io.BytesIO()
    more = {"icc_profile": profile} if profile else {}
    try:
        match rung.media_type, rung.quality:
            case "image/png", _:
                image.save(file, "PNG", **more)
            case "image/webp", None:
                image.save(file, "WEBP", lossless=True, quality=60, method=3, **more)
            case "image/webp", quality:
                image.save(file, "WEBP", quality=quality, method=4, **more)
            case _, quality:
                sampling = 0 if quality is not None and quality >= _FINE_QUALITY else 2
                flattened(image).save(
                    file, "JPEG", quality=quality or _FINE_QUALITY, subsampling=sampling, optimize=True, **more
                )
    except (OSError, ValueError):
        return None
    return file.getvalue()
