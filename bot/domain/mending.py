"""Judging a picture that was looked at: right as it came, to be mended first, or of no use to the model."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from bot.domain.model_rules import Quantity
from bot.domain.picture import MOST_MENDABLE_BYTES, MOST_MENDABLE_PIXELS, MOST_PIXELS_IN_JPEG, Mend, PictureLimits
from bot.errors import InputRefused, InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain.catalog import ImageModel
    from bot.domain.picture import Probe
    from bot.domain.remix_request import Input, RemixRequest

POSTED_EVERYWHERE: Final = 10 * 1024 * 1024
"""What Discord takes from a bot in every channel, in bytes; a mended picture is posted there before it is sent.

Source: https://docs.discord.com/developers/reference#uploading-files
"""
_MILLION: Final = 1_000_000
_SIDES: Final = (Quantity.WIDTH, Quantity.HEIGHT)
_LYING: Final = range(5, 9)
"""The EXIF orientations by which the stored width and height change places."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look at the first bytes of a file came to.

    Args:
        mends: What must be done before the model takes it, as far as that can be told.
        is_sure: Whether the look was enough; else only the whole file can tell.
    """

    mends: tuple[Mend, ...]
    is_sure: bool

    @property
    def is_fine(self) -> bool:
        """Whether the model takes the picture as it came."""
        return self.is_sure and not self.mends


def model_limits(model: ImageModel) -> PictureLimits:
    """Read from its rules what a model takes of pictures."""
    ratios = [rule for rule in model.file_rules if rule.quantity is Quantity.RATIO]
    least_sides = [rule.least for rule in model.file_rules if rule.quantity in _SIDES and not rule.is_upper]
    return PictureLimits(
        types=model.accepted_types,
        max_bytes=model.max_file_bytes,
        max_side=model.max_pixels_per_side,
        min_side=max(least_sides, default=1),
        min_ratio=max((rule.taken for rule in ratios if not rule.is_upper), default=None),
        max_ratio=min((rule.taken for rule in ratios if rule.is_upper), default=None),
    )


def mending_limits(model: ImageModel, *, upload_limit: int | None = None) -> PictureLimits:
    """Say what a mended picture must be: the model takes it, and Discord lets us post it.

    Args:
        model: The model.
        upload_limit: The greatest file that Discord said it takes there, in bytes; None where it said nothing.
    """
    limits = model_limits(model)
    return replace(limits, max_bytes=min(limits.max_bytes, upload_limit or POSTED_EVERYWHERE, POSTED_EVERYWHERE))


def judge_picture(probe: Probe, limits: PictureLimits, *, size: int) -> Finding:
    """Hold what the first bytes of a file say against what a model takes.

    Args:
        probe: What they say.
        limits: What the model takes.
        size: The file's bytes.

    Raises:
        InputRefused: ``too_few_pixels``; a picture is not blown up.
    """
    sides = _upright(probe)
    if sides is not None and min(sides) < limits.min_side:
        raise InputRefused("too_few_pixels", f"{sides[0]} x {sides[1]}")
    return Finding(tuple(_mends(probe, limits, size)), is_sure=probe.is_whole and sides is not None)


def _mends(probe: Probe, limits: PictureLimits, size: int) -> Iterator[Mend]:
    if probe.content_type not in limits.types:
        yield Mend.CONVERTED
    if probe.is_animated:
        yield Mend.FIRST_FRAME
    if probe.orientation != 1:
        yield Mend.ROTATED
    if not probe.is_plain_colour:
        yield Mend.RECOLOURED
    yield from _mends_of_sides(_upright(probe), limits)
    if size > limits.max_bytes:
        yield Mend.COMPRESSED
    if probe.has_location:
        yield Mend.CLEANED


def _mends_of_sides(sides: tuple[int, int] | None, limits: PictureLimits) -> Iterator[Mend]:
    if sides is None:
        return
    ratio = Fraction(*sides)
    is_tall = limits.min_ratio is not None and ratio < limits.min_ratio
    if is_tall or (limits.max_ratio is not None and ratio > limits.max_ratio):
        yield Mend.PADDED
    if limits.max_side is not None and max(sides) > limits.max_side:
        yield Mend.SHRUNK


def _upright(probe: Probe) -> tuple[int, int] | None:
    """Width and height as a person sees the picture; None where the first bytes do not tell."""
    if not probe.width or not probe.height:
        return None
    return (probe.height, probe.width) if probe.orientation in _LYING else (probe.width, probe.height)


def as_probed(one: Input, probe: Probe) -> Input:
    """Answer an input with what it really is in place of what was declared."""
    return replace(
        one,
        content_type=probe.content_type,
        width=probe.width or one.width,
        height=probe.height or one.height,
    )


def declared_refusal(one: Input, *, number: int) -> InvalidRequest | None:
    """Say why an input cannot be used, where its bytes alone are too few or too many; None where they are not.

    Its name, and its type, which Discord derives from the name, are words of the member's computer, and its pixels are
    known only of types that Discord reads: what it really is, a look at it tells.

    Args:
        one: The input as declared.
        number: Its place, from 1.
    """
    if one.size <= 0:
        return refusal_of(one, "empty_file", number=number)
    if one.size > MOST_MENDABLE_BYTES:
        return refusal_of(one, "file_too_large", number=number)
    return None


def refusal_of(one: Input, problem: str, *, number: int) -> InvalidRequest:
    """Say of one input why it cannot be used.

    Args:
        one: The input.
        problem: Why, a key of the texts.
        number: Its place, from 1.
    """
    most_pixels = MOST_PIXELS_IN_JPEG if one.content_type == "image/jpeg" else MOST_MENDABLE_PIXELS
    values: dict[str, object] = {
        "number": number,
        "filename": one.filename,
        # Rounded up, so that a file just above the limit does not read as the limit.
        "size_mb": math.ceil(one.size * 10 / _MILLION) / 10,
        "limit_mb": MOST_MENDABLE_BYTES // _MILLION,
        "limit_megapixels": most_pixels // _MILLION,
    }
    return InvalidRequest(f"image{number}", problem, values=values)


def refusals_of(request: RemixRequest) -> list[InvalidRequest]:
    """Say of each picture of a request that was found to be of no use why that is so, in their order."""
    numbered = enumerate(request.inputs, start=1)
    return [refusal_of(one, one.problem, number=number) for number, one in numbered if one.problem is not None]
