"""The rules for an input's file, as the provider writes them: ``file_size_mb<=`` 15, ``width/height≥`` "0.33"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bot.domain.model_schema import SchemaPart

BYTES_PER_MB: Final = 1_000_000
"""The provider does not say which megabyte it means, so the stricter one holds: a file of 15,000,000 bytes is right
by either reading, one of 15 MiB (15,728,640) only by the other."""

MOST_OUTPUTS: Final = 16
"""So many outputs of one job are fetched where the catalog does not say how many a model makes (``max_outputs``)."""

_RULE: Final = re.compile(r"\s*(?P<quantity>[a-z_]+(?:/[a-z_]+)?)\s*(?P<operator><=|>=|≤|≥|<|>)\s*")
_OPERATORS: Final = {"≤": "<=", "≥": ">="}
_NUMBER: Final = r"\d+(?:\.\d+)?(?:/[1-9]\d*)?"
_INSIDE: Final = Fraction(1, 1000)
_INTERVAL: Final = re.compile(rf"\[\s*(?P<low>{_NUMBER})\s*,\s*(?P<high>{_NUMBER})\s*\]")


class Quantity(StrEnum):
    """What a rule measures, in the provider's words."""

    FILE_SIZE = "file_size_mb"
    WIDTH = "width_pixels"
    HEIGHT = "height_pixels"
    RATIO = "width/height"


@dataclass(frozen=True, slots=True)
class FileRule:
    """One bound on one quantity of an input's file.

    Args:
        quantity: What is measured.
        operator: ``<=``, ``<``, ``>=`` or ``>``.
        limit: The bound, exact; in megabytes, pixels, or width over height.
    """

    quantity: Quantity
    operator: str
    limit: Fraction

    @property
    def is_upper(self) -> bool:
        """Whether it bounds from above."""
        return self.operator.startswith("<")

    @property
    def greatest(self) -> int:
        """The greatest whole number that an upper bound allows, in bytes for a file's size."""
        limit = self.limit * BYTES_PER_MB if self.quantity is Quantity.FILE_SIZE else self.limit
        whole = limit.numerator // limit.denominator
        return whole - 1 if self.operator == "<" and whole == limit else whole

    @property
    def least(self) -> int:
        """The least whole number that a lower bound allows, in pixels."""
        whole = -(-self.limit.numerator // self.limit.denominator)
        return whole + 1 if self.operator == ">" and whole == self.limit else whole

    @property
    def taken(self) -> Fraction:
        """The limit itself where it is taken, else one a thousandth inside of it, for what has no whole numbers."""
        if self.operator.endswith("="):
            return self.limit
        return self.limit * (1 - _INSIDE if self.is_upper else 1 + _INSIDE)


def read_rule(part: SchemaPart) -> FileRule:
    """Read one item of the schema's ``validations``.

    Where the rule's own text states an interval, as in "within [1/3, 3]" beside the value "0.33", the stricter holds.

    Raises:
        StartupError: The rule cannot be read, so it could not be obeyed.
    """
    rule = part.member("validation_rule")
    found = _RULE.fullmatch(rule.text())
    if found is None or found["quantity"] not in set(Quantity):
        raise rule.wrong(f"{rule.value!r} is no rule that this version can obey")
    quantity = Quantity(found["quantity"])
    operator = _OPERATORS.get(found["operator"], found["operator"])
    if quantity is Quantity.FILE_SIZE and operator.startswith(">"):
        raise rule.wrong("a least file size is no rule that this version can obey")
    limit = part.member("validation_value").number()
    if limit <= 0:
        raise part.member("validation_value").wrong("must be more than 0")
    return FileRule(quantity, operator, _stricter(part, quantity, operator, limit))


def _stricter(part: SchemaPart, quantity: Quantity, operator: str, limit: Fraction) -> Fraction:
    spoken = part.find("validation_error")
    interval = _INTERVAL.search(spoken.text()) if spoken is not None and quantity is Quantity.RATIO else None
    if interval is None:
        return limit
    if operator.startswith("<"):
        return min(limit, Fraction(interval["high"]))
    return max(limit, Fraction(interval["low"]))
