"""Mending in the tests' own process, and comparing pixels."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageStat

from bot.images.mending import mend
from tests.corpus import specimens
from tests.specimen import LIMITS

if TYPE_CHECKING:
    from bot.domain.picture import Mended, PictureLimits


def made(data: bytes, limits: PictureLimits = LIMITS) -> tuple[Mended, Image.Image]:
    """Mend a picture; what was done, and what it looks like now."""
    mended, new = mend(data, limits)
    return mended, Image.open(io.BytesIO(data if new is None else new))


def differ(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures, of 255."""
    assert one.size == other.size
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


def specimen(name: str) -> bytes:
    """One file of the corpus, by its name."""
    return next(one.data for one in specimens() if one.name == name)
