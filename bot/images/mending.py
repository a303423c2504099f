"""Making of a picture what its limits ask for, in memory and without any limit of its own: ``convert`` confines it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PIL import Image

from bot.domain.media_type import OUTPUT_TYPES
from bot.domain.picture import MOST_MENDABLE_PIXELS, Mend, Mended
from bot.errors import InputRefused
from bot.images import jpeg, png
from bot.images.colour import plain
from bot.images.encoding import encode, input_ladder, output_ladder
from bot.images.frame import frame_of, framed, scaled
from bot.images.source import Source, decode

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from bot.domain.picture import PictureLimits
    from bot.images.encoding import Encoded
    from bot.images.frame import Frame

_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation."""

_CLEANERS: Final[dict[str, Callable[[bytes], bytes]]] = {"image/jpeg": jpeg.cleaned, "image/png": png.cleaned}
"""Formats that can be cleaned without touching a pixel."""


def mend(data: bytes, limits: PictureLimits) -> tuple[Mended, bytes | None]:
    """Make an input that keeps its limits.

    Args:
        data: The whole file.
        limits: What it must be.

    Returns:
        What it is now, and its new bytes; None where it was right as it came.

    Raises:
        InputRefused: It is no picture, damaged, or cannot be made to keep them.
    """
    source = decode(data, enough=limits.max_side)
    limits = _reachable(limits, source)
    frame = frame_of(source.upright_size, limits)
    if min(frame.outer) < limits.min_side:
        width, height = source.upright_size
        values = {"width": width, "height": height, "limit": limits.min_side}
        raise InputRefused("too_few_pixels", f"{width} x {height}", values=values)
    mends = _mends_of_source(source, limits) | _mends_of_frame(source, frame)
    if len(data) > limits.max_bytes:
        mends.add(Mend.COMPRESSED)
    if not mends:
        return _mended(source.media_type, data, source.upright_size, mends), None
    cleaner = _CLEANERS.get(source.media_type)
    if mends <= {Mend.CLEANED, Mend.REPAIRED} and cleaner is not None:
        cleaned = cleaner(data)
        return _mended(source.media_type, cleaned, source.upright_size, mends), cleaned
    made = _written(source, limits)
    return _mended(made.media_type, made.data, made.size, mends | _mends_of_writing(made, frame)), made.data


def fit(data: bytes, limits: PictureLimits) -> tuple[Mended, bytes | None]:
    """Make an output that Discord shows and that keeps an upload limit; see :func:`mend`. Its colour profile stays."""
    source = decode(data)
    is_shown = source.media_type in OUTPUT_TYPES
    if is_shown and len(data) <= limits.max_bytes:
        return _mended(source.media_type, data, source.upright_size, set()), None
    if source.is_animated:
        raise InputRefused("cannot_be_mended", "it is an animation")
    profile = source.image.info.get("icc_profile")
    source.image.info.pop("icc_profile", None)
    # A profile is for the colours that it came with; what had others has become sRGB.
    is_its_own = isinstance(profile, bytes) and source.image.mode in {"RGB", "RGBA"} and source.signal is None
    image = _upright(plain(source.image, source.signal), source.orientation)

    def made(scale: Fraction) -> Image.Image:
        return framed(image, frame_of(image.size, limits, scale=scale))

    encoded = encode(made, output_ladder(image), max_bytes=limits.max_bytes, profile=profile if is_its_own else None)
    mends = {Mend.COMPRESSED if is_shown else Mend.CONVERTED} | (
        {Mend.SHRUNK} if encoded.size != source.upright_size else set[Mend]()
    )
    return _mended(encoded.media_type, encoded.data, encoded.size, mends), encoded.data


def _written(source: Source, limits: PictureLimits) -> Encoded:
    # Smaller first: every step that follows takes less memory.
    inner = frame_of(source.upright_size, limits).inner
    stored = scaled(source.image, inner if source.upright_size == source.stored_size else (inner[1], inner[0]))
    image = _upright(plain(stored, source.signal), source.orientation)

    def made(scale: Fraction) -> Image.Image:
        return framed(image, frame_of(source.upright_size, limits, scale=scale))

    return encode(made, input_ladder(image, limits.types), max_bytes=limits.max_bytes)


def _reachable(limits: PictureLimits, source: Source) -> PictureLimits:
    """Ask for no more pixels than were decoded, where those that are stored are too many."""
    width, height = source.stored_size
    if width * height <= MOST_MENDABLE_PIXELS:
        return limits
    return replace(limits, max_side=min(limits.max_side or width * height, max(source.image.size)))


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def _mends_of_source(source: Source, limits: PictureLimits) -> set[Mend]:
    done = {
        Mend.CONVERTED: source.media_type not in limits.types,
        Mend.FIRST_FRAME: source.is_animated and not source.is_later_frame,
        Mend.LATER_FRAME: source.is_later_frame,
        Mend.ROTATED: source.orientation != 1 or (source.was_turned and source.media_type not in limits.types),
        Mend.RECOLOURED: not source.is_plain_colour,
        Mend.CLEANED: source.has_baggage,
        Mend.REPAIRED: source.is_irregular and source.media_type in limits.types,
    }
    return {mend_ for mend_, is_done in done.items() if is_done}


def _mends_of_frame(source: Source, frame: Frame) -> set[Mend]:
    done = {Mend.PADDED: frame.is_padded, Mend.SHRUNK: frame.inner != source.upright_size}
    return {mend_ for mend_, is_done in done.items() if is_done}


def _mends_of_writing(made: Encoded, frame: Frame) -> set[Mend]:
    done = {Mend.COMPRESSED: made.is_compressed, Mend.SHRUNK: made.size != frame.outer}
    return {mend_ for mend_, is_done in done.items() if is_done}


def _mended(media_type: str, data: bytes, size: tuple[int, int], mends: set[Mend]) -> Mended:
    return Mended(media_type, len(data), *size, tuple(one for one in Mend if one in mends))
