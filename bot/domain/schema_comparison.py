"""How the schema that the provider publishes now differs from the one in the catalog: pure, and only told, never used.

Compared is what restricts a value. Titles, descriptions and the words of rules are not; the defaults of required fields
are samples.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_DIFFERENCES: Final = 20
"""How many differences are named; a schema that differs more is another one."""
_MOST_CHARACTERS: Final = 80
"""How much of one value is named."""
_BOUNDS: Final = ("minItems", "maxItems", "minLength", "maxLength", "minimum", "maximum")
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_ALIASES: Final = {"float": "number"}
"""The provider's own word for a type of JSON Schema."""

Schema = Mapping[str, object]


def differences(known: Schema, live: Schema) -> tuple[str, ...]:
    """Name what a published schema has otherwise than the catalog, each in a few words.

    Args:
        known: The ``input_schema`` of the catalog.
        live: The one that the provider publishes now.
    """
    found: list[str] = []
    for text in _differences(known, live):
        if len(found) == MOST_DIFFERENCES:
            found.append("and more")
            break
        found.append(text)
    return tuple(found)


def _differences(known: Schema, live: Schema) -> Iterator[str]:
    known_fields, live_fields = _members(known.get("properties")), _members(live.get("properties"))
    known_required, live_required = _words(known.get("required")), _words(live.get("required"))
    for name in sorted(known_fields.keys() - live_fields.keys()):
        yield f"{_named(name)} is not published any more"
    for name in sorted(live_fields.keys() - known_fields.keys()):
        yield f"{_named(name)} is new"
    for name in sorted(live_required - known_required):
        yield f"{_named(name)} is required"
    for name in sorted((known_required - live_required) & live_fields.keys()):
        yield f"{_named(name)} is not required any more"
    for name in sorted(known_fields.keys() & live_fields.keys()):
        keywords = (*_BOUNDS, "type", "default") if name not in known_required else (*_BOUNDS, "type")
        yield from _field(_named(name), _members(known_fields[name]), _members(live_fields[name]), keywords)


def _field(name: str, known: Schema, live: Schema, keywords: tuple[str, ...]) -> Iterator[str]:
    for keyword in keywords:
        before, after = _value(known.get(keyword)), _value(live.get(keyword))
        if before != after:
            yield f"{name}: {keyword} is {_shown(live.get(keyword))}, here {_shown(known.get(keyword))}"
    known_values, live_values = _words(known.get("enum")), _words(live.get("enum"))
    for value in sorted(known_values - live_values):
        yield f"{name}: {_named(value)} is not offered any more"
    for value in sorted(live_values - known_values):
        yield f"{name}: {_named(value)} is new"
    known_rules, live_rules = _rules(known.get("validations")), _rules(live.get("validations"))
    for rule in sorted(known_rules.keys() | live_rules.keys()):
        if known_rules.get(rule) != live_rules.get(rule):
            yield f"{name}: {_named(rule)} is {_shown(live_rules.get(rule))}, here {_shown(known_rules.get(rule))}"


def _members(value: object) -> Schema:
    return cast("Schema", value) if isinstance(value, Mapping) else {}


def _elements(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _words(value: object) -> frozenset[str]:
    return frozenset(str(element) for element in _elements(value))


def _rules(value: object) -> Mapping[str, object]:
    """The values of file rules by their name, for example ``file_size_mb<=``."""
    rules = [_members(element) for element in _elements(value)]
    return {str(rule.get("validation_rule")): _value(rule.get("validation_value")) for rule in rules}


def _value(value: object) -> object:
    """A value in the form in which two spellings of it are equal: ``15``, ``15.0`` and ``"15"`` are one number."""
    if isinstance(value, bool) or value is None:
        return value
    text = str(value)
    return Fraction(text) if _NUMBER.fullmatch(text) else _ALIASES.get(text, text)


def _named(value: str) -> str:
    return repr(value[:_MOST_CHARACTERS])


def _shown(value: object) -> str:
    if value is None:
        return "not set"
    return f"{float(value):g}" if isinstance(value, Fraction) else repr(value)[:_MOST_CHARACTERS]
