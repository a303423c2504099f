"""JSON as it crosses the wire, and reading it without trusting it.

``Any`` enters the simulated Discord only here: a ``JsonObject`` holds what a client sent or what we answer.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias, cast

JsonObject: TypeAlias = dict[str, Any]


def as_object(value: object) -> JsonObject | None:
    """The value as a JSON object, or None if it is something else."""
    return cast("JsonObject", value) if isinstance(value, dict) else None


def as_list(value: object) -> list[Any]:
    """The value as a JSON array; anything else reads as empty."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def as_objects(value: object) -> list[JsonObject]:
    """The objects of a JSON array; anything else in it is left out."""
    return [cast("JsonObject", item) for item in as_list(value) if isinstance(item, dict)]


def as_id(value: object) -> int | None:
    """A snowflake written as a string or a number, or None if it is no snowflake."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdecimal() else None


def as_text(value: object) -> str:
    """The value if it is a string, else the empty string."""
    return value if isinstance(value, str) else ""


def as_int(value: object, *, default: int = 0) -> int:
    """The value if it is a whole number, else the default."""
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def iso(moment: datetime | None) -> str | None:
    """A moment as Discord writes it: ISO 8601 with an offset."""
    return moment.isoformat() if moment is not None else None


def optional_id(value: int | None) -> str | None:
    """A snowflake as the string that JSON carries, or None."""
    return str(value) if value is not None else None


def present(fields: Mapping[str, Any]) -> JsonObject:
    """The fields that have a value: for keys which Discord leaves out rather than sends as null."""
    return {key: value for key, value in fields.items() if value is not None}
