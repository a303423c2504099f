"""Reading a model's JSON with the place of every value, so that a broken file is named exactly at the start."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, cast

from bot.errors import StartupError

_UNREAD_KEYWORDS: Final = frozenset(
    {
        "allOf",
        "anyOf",
        "const",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "minLength",
        "multipleOf",
        "not",
        "oneOf",
        "pattern",
        "uniqueItems",
    }
)
"""Keywords of JSON Schema that restrict a value and that no part of ours obeys."""


@dataclass(frozen=True, slots=True)
class SchemaPart:
    """A value inside a model's JSON, and where it stands.

    Args:
        value: The JSON value.
        path: Its place from the top, with dots; empty for the whole.
    """

    value: object
    path: str = ""

    def wrong(self, problem: str) -> StartupError:
        """Build the error that names this place."""
        return StartupError(f"{self.path or 'the file'}: {problem}")

    def members(self) -> dict[str, SchemaPart]:
        """Read an object.

        Raises:
            StartupError: It is none.
        """
        if not isinstance(self.value, dict):
            raise self.wrong("must be an object")
        found = cast("dict[str, object]", self.value)
        return {key: SchemaPart(value, f"{self.path}.{key}".lstrip(".")) for key, value in found.items()}

    def elements(self) -> list[SchemaPart]:
        """Read an array.

        Raises:
            StartupError: It is none.
        """
        if not isinstance(self.value, list):
            raise self.wrong("must be an array")
        found = cast("list[object]", self.value)
        return [SchemaPart(value, f"{self.path}[{index}]") for index, value in enumerate(found)]

    def find(self, key: str) -> SchemaPart | None:
        """Look a member up that may be absent."""
        return self.members().get(key)

    def member(self, key: str) -> SchemaPart:
        """Look a member up that must be there.

        Raises:
            StartupError: It is absent.
        """
        found = self.find(key)
        if found is None:
            raise self.wrong(f"must have {key!r}")
        return found

    def text(self) -> str:
        """Read a string that is not empty.

        Raises:
            StartupError: It is none.
        """
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.wrong("must be a text")
        return self.value

    def texts(self) -> tuple[str, ...]:
        """Read an array of different texts, at least one.

        Raises:
            StartupError: It is none.
        """
        found = tuple(part.text() for part in self.elements())
        if not found or len(set(found)) != len(found):
            raise self.wrong("must hold at least one text, and none of them twice")
        return found

    def count(self) -> int:
        """Read a whole number, at least 0.

        Raises:
            StartupError: It is none.
        """
        if isinstance(self.value, bool) or not isinstance(self.value, int) or self.value < 0:
            raise self.wrong("must be a whole number, 0 or more")
        return self.value

    def count_of(self, key: str) -> int | None:
        """Read a whole number that may be absent.

        Raises:
            StartupError: It is something else.
        """
        found = self.find(key)
        return None if found is None else found.count()

    def number(self) -> Fraction:
        """Read a number, exactly as it is written, whether as a number or as a text.

        Raises:
            StartupError: It is none.
        """
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise self.wrong("must be a number")
        if isinstance(value, float) and not math.isfinite(value):
            raise self.wrong("must be a finite number")
        try:
            return Fraction(str(value))
        except (ValueError, ZeroDivisionError) as error:
            raise self.wrong(f"must be a number, and {value!r} is none") from error

    def expect_kind(self, *kinds: str) -> None:
        """Hold the ``type`` of a property against what we can send, and refuse rules that we would not obey.

        Args:
            kinds: The types that we can send; ``float`` is the provider's own word for ``number``.

        Raises:
            StartupError: It is of another type, or restricted by a keyword that we do not read.
        """
        kind = self.member("type")
        if kind.text() not in kinds:
            raise kind.wrong(f"must be {' or '.join(kinds)}, and {kind.value!r} is not")
        for key, part in self.members().items():
            if key in _UNREAD_KEYWORDS or (key == "validations" and kind.value != "array"):
                raise part.wrong("is a rule that this version cannot obey")
