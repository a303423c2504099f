"""A model as RunComfy publishes it: a JSON file with its input schema, and the check of a submit by that schema."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MODELS = Path(__file__).parent / "models"
_MICROS_PER_USD = 1_000_000
_SIZE = re.compile(r"(\d+)\s*[x_*×]\s*(\d+)")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a submitted body.

    Attributes:
        path: Where, from the body down, e.g. ``("image_urls", 2)``.
        text: What is wrong.
        kind: A short name of the rule, e.g. ``maxLength``.
    """

    path: tuple[str | int, ...]
    text: str
    kind: str

    def as_detail(self) -> dict[str, Any]:
        """The item of a 422 answer's ``detail`` list."""
        return {"loc": ["body", *self.path], "msg": self.text, "type": self.kind}


@dataclass(frozen=True)
class PublishedModel:
    """What the service knows about one model: its page, as data."""

    page: Mapping[str, Any]

    @property
    def model_id(self) -> str:
        """The id by which it is run, slashes included."""
        return str(self.page["model_id"])

    @property
    def properties(self) -> dict[str, dict[str, Any]]:
        """The input schema's properties."""
        return cast("dict[str, dict[str, Any]]", self.page["input_schema"]["properties"])

    @property
    def price_micros(self) -> int:
        """The sandbox's price of one output, in micro-dollars."""
        return round(float(self.page["base_price_usd"]) * _MICROS_PER_USD)

    @property
    def image_field(self) -> str:
        """The property that holds the URLs of the inputs.

        Raises:
            LookupError: The model takes no images.
        """
        for name, rule in self.properties.items():
            formats = {rule.get("format"), cast("dict[str, Any]", rule.get("items", {})).get("format")}
            if formats & {"image_uri", "image_uris"}:
                return name
        raise LookupError(f"{self.model_id} has no field of images")

    @property
    def file_rules(self) -> list[dict[str, Any]]:
        """The rules that every picture has to keep, as published."""
        return cast("list[dict[str, Any]]", self.properties[self.image_field].get("validations", []))

    def image_urls(self, body: Mapping[str, Any]) -> list[str]:
        """The URLs of the inputs in a body that passed the check."""
        value = body.get(self.image_field, [])
        return [value] if isinstance(value, str) else list(cast("list[str]", value))

    def prompt(self, body: Mapping[str, Any]) -> str:
        """The prompt, under either of the names that models give it."""
        return str(body.get("prompt", body.get("text", "")))

    def size(self, body: Mapping[str, Any]) -> tuple[int, int]:
        """Width and height that a body asks for, else the schema's default, else 1024 x 1024."""
        for name, rule in self.properties.items():
            found = _SIZE.match(str(body.get(name, rule.get("default", "")))) if "enum" in rule else None
            if found:
                return int(found[1]), int(found[2])
        return 1024, 1024

    def scale(self, body: Mapping[str, Any]) -> float:
        """How strongly the prompt shall work, 0-1."""
        return float(body.get("scale", self.properties.get("scale", {}).get("default", 0.5)))

    def check(self, body: Mapping[str, Any], *, are_unknown_keys_refused: bool = False) -> list[Problem]:
        """Everything in a body that the published schema forbids."""
        required = cast("list[str]", self.page["input_schema"].get("required", []))
        missing = [Problem((name,), f"{name} is required.", "required") for name in required if name not in body]
        wrong = [
            problem
            for name, rule in self.properties.items()
            if name in body
            for problem in _check_value(body[name], rule, (name,))
        ]
        unknown = [Problem((name,), f"{name} is not known.", "unknown") for name in body if name not in self.properties]
        return missing + wrong + (unknown if are_unknown_keys_refused else [])


def _check_value(value: Any, rule: Mapping[str, Any], path: tuple[str | int, ...]) -> Iterator[Problem]:
    kind = str(rule.get("type", "any"))
    if not _has_type(value, kind):
        yield Problem(path, f"{path[0]} must be of type {kind}.", "type")
        return
    yield from _check_bounds(value, rule, path)
    if "enum" in rule and value not in rule["enum"]:
        yield Problem(path, f"{path[0]} must be one of {', '.join(map(str, rule['enum']))}.", "enum")
    if isinstance(value, list):
        for index, item in enumerate(cast("list[Any]", value)):
            yield from _check_value(item, cast("dict[str, Any]", rule.get("items", {})), (*path, index))


_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "float": (int, float),
    "number": (int, float),
    "object": (dict,),
}
"""The JSON types that a schema may name; ``float`` is RunComfy's own word."""


def _has_type(value: Any, kind: str) -> bool:
    if kind not in _TYPES:
        return True
    is_boolean_by_mistake = isinstance(value, bool) and kind != "boolean"
    return isinstance(value, _TYPES[kind]) and not is_boolean_by_mistake


def _check_bounds(value: Any, rule: Mapping[str, Any], path: tuple[str | int, ...]) -> Iterator[Problem]:
    if isinstance(value, int | float):
        names, measure = ("minimum", "maximum"), float(value)
    elif isinstance(value, str):
        names, measure = ("minLength", "maxLength"), len(value)
    else:
        names, measure = ("minItems", "maxItems"), len(cast("list[Any] | dict[str, Any]", value))
    least, most = names
    if least in rule and not measure >= rule[least]:
        yield Problem(path, f"{path[0]} breaks {least} {rule[least]}.", least)
    if most in rule and not measure <= rule[most]:
        yield Problem(path, f"{path[0]} breaks {most} {rule[most]}.", most)


def published_models() -> dict[str, PublishedModel]:
    """Every model that the sandbox has a page of, by id."""
    pages = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(_MODELS.glob("*.json"))]
    return {page["model_id"]: PublishedModel(page) for page in pages}
