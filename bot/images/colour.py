"""Bringing whatever colours a picture has to eight bits of grey, RGB or RGB with transparency."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Final, Literal

from PIL import Image, ImageCms

from bot.errors import InputRefused
from bot.images.hdr import is_beyond_srgb, to_srgb

if TYPE_CHECKING:
    from bot.images.header import Signal

_PLAIN_MODES: Final = frozenset({"L", "RGB", "RGBA"})
_SIXTEEN_BITS: Final = {"I;16": 1, "I;16L": 1, "I;16B": 0, "I;16N": 1}
"""The modes of 16-bit grey, and which byte of the two is the greater."""
_BYTE_MAX: Final = 255
_WORD_MAX: Final = 65_535
_OPAQUE: Final = 255


def plain(image: Image.Image, signal: Signal | None = None) -> Image.Image:
    """Make eight bits of grey or RGB of any picture; transparency that hides nothing is dropped.

    A colour profile is applied on the way: what comes out is sRGB and has none.

    Args:
        image: The picture.
        signal: How its colours are meant, where its file says so by code points; it goes before a profile.

    Raises:
        InputRefused: Its colours make no sense.
    """
    profile = image.info.get("icc_profile")
    found = _to_bytes(image)
    is_hdr = signal is not None and is_beyond_srgb(signal)
    found = _to_srgb(found, profile) if profile and not is_hdr else found
    found = _to_plain(found)
    if signal is not None and is_hdr:
        found = to_srgb(found.convert("RGB") if found.mode == "L" else found, signal)
    if found.mode == "RGBA" and found.getchannel("A").getextrema()[0] == _OPAQUE:
        found = found.convert("RGB")
    return found


def flattened(image: Image.Image) -> Image.Image:
    """Lay a picture with transparency onto white, for a format that knows none."""
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _to_bytes(image: Image.Image) -> Image.Image:
    """Scale what has more than eight bits a channel; nothing is cut off at white."""
    greater = _SIXTEEN_BITS.get(image.mode)
    if greater is not None:
        return Image.frombytes("L", image.size, image.tobytes()[greater::2])
    if image.mode not in {"I", "F"}:
        return image
    low, high = (float(one) for one in image.getextrema())  # pyright: ignore[reportArgumentType] - one pair, as there is one channel
    if not math.isfinite(low) or not math.isfinite(high):
        raise InputRefused("cannot_be_mended", "its brightness has no bounds")
    if low >= 0 and high <= _WORD_MAX:
        # White is the next number that is one: 1 only where there are fractions.
        whites = (1, _BYTE_MAX, _WORD_MAX) if image.mode == "F" else (_BYTE_MAX, _WORD_MAX)
        low, high = 0.0, float(next(white for white in whites if high <= white))
    scale = _BYTE_MAX / (high - low) if high > low else 1.0
    scaled = image.point(lambda value: value * scale - low * scale)  # pyright: ignore[reportUnknownMemberType] - Pillow's types are not finished
    return scaled.convert("L")


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Apply a colour profile; one that is broken, or meant for other colours than these, is as good as none."""
    if image.mode not in {"RGB", "RGBA", "CMYK", "LAB"}:
        return image
    wanted = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        made = ImageCms.profileToProfile(image, source, _profile("sRGB"), outputMode=wanted)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    return image if made is None else made


def _to_plain(image: Image.Image) -> Image.Image:
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode in _PLAIN_MODES:
        return image
    if image.mode == "LAB":
        return _to_srgb(image, _profile("LAB").tobytes())
    return image.convert("L" if image.mode == "1" else "RGB")


def _profile(name: Literal["LAB", "sRGB"]) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - Pillow's types are not finished
