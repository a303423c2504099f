"""Reading the parts of a model's published schema that we send: images, prompt, size, scale, single."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from bot.domain.model_rules import FileRule, read_rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.model_schema import SchemaPart

OPTIONS: Final = ("size", "scale", "single")
"""Our names of what a member may set beside images and prompt."""

_NAMES: Final = frozenset({"images", "prompt", *OPTIONS})


def read_keys(part: SchemaPart, schema: SchemaPart) -> Mapping[str, str]:
    """Read which key of the schema each of our names stands for.

    Args:
        part: Our names and the provider's keys.
        schema: The provider's schema, which must hold those keys and require no others.

    Raises:
        StartupError: A name is not ours, a key is not the schema's, or one is required that we have no name for.
    """
    keys = {name: key.text() for name, key in part.members().items()}
    properties = schema.member("properties")
    for name, key in keys.items():
        if name not in _NAMES:
            raise part.wrong(f"{name!r} is none of our names ({', '.join(sorted(_NAMES))})")
        properties.member(key)
    for name in ("images", "prompt"):
        part.member(name)
    required = schema.find("required")
    for key in required.texts() if required is not None else ():
        if key not in {keys["images"], keys["prompt"]}:
            raise schema.wrong(f"requires {key!r}, which we would not always send")
    return MappingProxyType(keys)


def read_images(part: SchemaPart) -> tuple[int, int, tuple[FileRule, ...]]:
    """Read the least and the greatest number of inputs, and the rules for their files.

    Raises:
        StartupError: It is no bounded array of texts, or a rule cannot be read.
    """
    part.expect_kind("array")
    part.member("items").expect_kind("string")
    least, greatest, rules = part.find("minItems"), part.member("maxItems"), part.find("validations")
    file_rules = tuple(read_rule(rule) for rule in rules.elements()) if rules is not None else ()
    return least.count() if least is not None else 0, greatest.count(), file_rules


def read_sizes(part: SchemaPart | None) -> tuple[tuple[str, ...], str | None]:
    """Read the choice of sizes, if there is one, and the default.

    Raises:
        StartupError: It is no choice of texts, or the default is none of them.
    """
    if part is None:
        return (), None
    part.expect_kind("string")
    sizes, default = part.member("enum").texts(), part.find("default")
    if default is not None and default.text() not in sizes:
        raise default.wrong("must be one of the sizes")
    return sizes, default.text() if default is not None else None


def read_scale(part: SchemaPart | None) -> tuple[tuple[float, float] | None, float | None]:
    """Read the least and the greatest scale, if there is one, and the default.

    Raises:
        StartupError: It is no number with both bounds.
    """
    if part is None:
        return None, None
    part.expect_kind("float", "number")
    least, greatest, default = part.member("minimum").number(), part.member("maximum").number(), part.find("default")
    if least > greatest:
        raise part.wrong("the minimum must not be above the maximum")
    return (float(least), float(greatest)), float(default.number()) if default is not None else None
