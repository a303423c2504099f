"""One input of the corpus, and what must become of it.

What must become of each holds for a model that takes JPEG and PNG up to 15,000,000 bytes and 4096 pixels a side, with a
ratio from 1:3 to 3:1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from bot.domain.picture import PictureLimits

if TYPE_CHECKING:
    from bot.domain.picture import Mend

LIMITS = PictureLimits(
    types=("image/jpeg", "image/png"),
    max_bytes=15_000_000,
    max_side=4096,
    min_ratio=Fraction(1, 3),
    max_ratio=Fraction(3),
)


class Verdict(StrEnum):
    """What must become of an input."""

    AS_IS = "as it is"
    MENDED = "mended"
    REFUSED = "refused"


@dataclass(frozen=True)
class Specimen:
    """One input.

    Attributes:
        name: What it is, in a few words; no two share it.
        filename: Its name at the member's computer, which may lie.
        data: Its bytes.
        verdict: What must become of it.
        mends: What must have been done to it, in order.
        problem: The key of the text by which it is refused.
    """

    name: str
    filename: str
    data: bytes
    verdict: Verdict
    mends: tuple[Mend, ...] = ()
    problem: str | None = None

    def __str__(self) -> str:
        return self.name


def as_is(name: str, filename: str, data: bytes) -> Specimen:
    """Say that it goes on as it came."""
    return Specimen(name, filename, data, Verdict.AS_IS)


def mended(name: str, filename: str, data: bytes, *mends: Mend) -> Specimen:
    """Say that it is mended, and how."""
    return Specimen(name, filename, data, Verdict.MENDED, mends)


def refused(name: str, filename: str, data: bytes, problem: str) -> Specimen:
    """Say that it is refused, and why."""
    return Specimen(name, filename, data, Verdict.REFUSED, problem=problem)
