"""What the provider says of a failure in its own words, read leniently from whatever shape it has.

Seen in official clients are texts under ``error_message``, ``message``, ``error`` and ``detail``; ``error`` may also be
an object, and ``detail`` a list of problems with ``loc`` and ``msg``, as FastAPI writes it for a 422.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_CHARACTERS: Final = 300
"""How much of the provider's words is kept."""

_KEYS: Final = ("error_message", "message", "error", "detail", "msg", "reason")
_DEEPEST: Final = 4
_MOST_PROBLEMS: Final = 5
_MOST_READ: Final = 4 * MOST_CHARACTERS
"""More than is kept, so that a secret in the words is masked whole before they are shortened."""


def texts_of(document: Mapping[str, object]) -> tuple[str, ...]:
    """All that an answer says of its error, each text on one line, in the order of its keys; not yet shortened."""
    found = (_text(document.get(key), _DEEPEST) for key in _KEYS)
    return tuple(dict.fromkeys(text for text in found if text))


def sentence_of(document: Mapping[str, object]) -> str | None:
    """The first text that is more than a bare name such as ``UserAccountError``; None where there is none."""
    return next((text for text in texts_of(document) if " " in text), None)


def shortened(text: str) -> str:
    """Cut a text to what is kept of it."""
    return text[:MOST_CHARACTERS]


def _text(value: object, depth: int) -> str:
    if not value or isinstance(value, bool):
        return ""
    if isinstance(value, str):
        return " ".join(value[:_MOST_READ].split())
    if isinstance(value, list) and depth:
        items = cast("list[object]", value)[:_MOST_PROBLEMS]
        return "; ".join(text for text in (_text(item, depth - 1) for item in items) if text)[:_MOST_READ]
    if isinstance(value, Mapping) and depth:
        return _object_text(cast("Mapping[str, object]", value), depth)
    return _as_json(cast("object", value))


def _object_text(value: Mapping[str, object], depth: int) -> str:
    text = next((found for found in (_text(value.get(key), depth - 1) for key in _KEYS) if found), "")
    if not text:
        return _as_json(value)
    place = ".".join(_place(value.get("loc")))
    return f"{place}: {text}" if place and place.casefold() not in text.casefold() else text


def _place(loc: object) -> Iterator[str]:
    """The names of a field; ``body`` says nothing to a reader."""
    for name in cast("list[object]", loc)[:_DEEPEST] if isinstance(loc, list) else []:
        if name != "body":
            yield str(name)[:MOST_CHARACTERS]


def _as_json(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)[:_MOST_READ]
    except RecursionError:
        return ""
