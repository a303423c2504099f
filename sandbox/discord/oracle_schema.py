"""Makes Discord's published schemas ready for judging: strict for requests, unions by their discriminator.

Four things are changed on the way, each for a reason:

* A union (``oneOf``/``anyOf``) whose branches name their ``type`` is judged by that branch alone. It says what is wrong
  in the component that was meant, not that none of seven kinds fits, and costs a seventh.
* In requests an object may have no property beyond the published ones and those of ``UNLISTED_PROPERTIES``.
* In requests an id may be a number: Discord takes both, discord.py sends both.
* What contradicts Discord's own documentation is corrected (``CORRECTED``).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, cast
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend  # pyright: ignore[reportUnknownVariableType] jsonschema ships no types
from referencing.jsonschema import DRAFT202012, EMPTY_REGISTRY

if TYPE_CHECKING:
    from referencing import Registry

Schema: TypeAlias = Mapping[str, Any]

PREFIX: Final = "#/components/schemas/"
UNION: Final = "x-union"

_BOOLEAN: Final[Schema] = {"type": "boolean"}
_STRING: Final[Schema] = {"type": "string"}
_NUMBER: Final[Schema] = {"type": "integer"}
_FILE_TYPES: Final[Schema] = {"type": ["array", "null"], "items": _STRING, "maxItems": 10}
_RECEIVED_PICTURE: Final[Mapping[str, Schema]] = {"proxy_url": _STRING, "content_type": _STRING, "flags": _NUMBER}

# What may be sent beyond the published properties, by the published schema's name.
UNLISTED_PROPERTIES: Final[Mapping[str, Mapping[str, Schema]]] = {
    # discord.py 2.7.1, partial_emoji.py: to_dict() of an animated emoji, as in Discord's documented emoji object.
    "ComponentEmojiForRequest": {"animated": _BOOLEAN},
    # discord.py, http.py and webhook/async_.py: `tts` goes into every message, edits included.
    "MessageEditRequestPartial": {"tts": _BOOLEAN},
    "IncomingWebhookUpdateRequestPartial": {"tts": _BOOLEAN},
    "IncomingWebhookUpdateForInteractionCallbackRequestPartial": {"tts": _BOOLEAN},
    # Documented as a field of commands (age restriction), and in every command that discord.py syncs.
    "ApplicationCommandUpdateRequest": {"nsfw": _BOOLEAN},
    "ApplicationCommandCreateRequest": {"nsfw": _BOOLEAN},
    "ApplicationCommandPatchRequestPartial": {"nsfw": _BOOLEAN},
    # discord.py, message.py: an attachment that an edit keeps is sent as it was received.
    "MessageAttachmentRequest": {
        "url": _STRING,
        "proxy_url": _STRING,
        "size": _NUMBER,
        "width": _NUMBER,
        "height": _NUMBER,
        "content_type": _STRING,
        "spoiler": _BOOLEAN,
    },
    # discord.py, embeds.py: the same for an embed.
    "RichEmbed": {"flags": _NUMBER},
    "RichEmbedAuthor": {"proxy_icon_url": _STRING},
    "RichEmbedFooter": {"proxy_icon_url": _STRING},
    "RichEmbedImage": _RECEIVED_PICTURE,
    "RichEmbedThumbnail": _RECEIVED_PICTURE,
    # Documented since 2026-08-05, not yet published: https://docs.discord.com/developers/reference#file-type-filtering
    "FileUploadComponentForModalRequest": {"file_types": _FILE_TYPES},
    "ApplicationCommandAttachmentOption": {"file_types": _FILE_TYPES},
}

# The complaints of a 50035 answer carry names as codes, as https://docs.discord.com/developers/reference#error-messages
# shows; the published schema knows only the whole numbers of the outermost code.
_COMPLAINT: Final[Schema] = {
    "type": "object",
    "properties": {"code": {"type": ["string", "integer"]}, "message": _STRING},
    "required": ["code", "message"],
}
CORRECTED: Final[Mapping[str, Schema]] = {
    "InnerErrors": {
        "type": "object",
        "properties": {"_errors": {"type": "array", "items": _COMPLAINT}},
        "additionalProperties": False,
        "required": ["_errors"],
    }
}


class Validator(Protocol):
    """The part of a jsonschema validator that is used here."""

    def iter_errors(self, instance: object) -> Iterator[ValidationError]:
        """Everything that is wrong with the instance."""
        ...

    def descend(self, instance: object, schema: Schema) -> Iterable[ValidationError]:
        """The same, by another schema, from inside a keyword."""
        ...


@dataclass(frozen=True)
class Union:
    """A union, sorted out beforehand.

    Args:
        branches: the alternatives other than null.
        takes_null: whether null is one.
        by_type: the alternatives by the value of their ``type`` property; None when some have no such property.
    """

    branches: Sequence[Schema]
    takes_null: bool
    by_type: Mapping[object, Sequence[Schema]] | None

    def candidates(self, instance: object) -> Sequence[Schema]:
        """The alternatives that the instance can have meant."""
        if self.by_type is None or not isinstance(instance, Mapping):
            return self.branches
        kind = cast("Mapping[str, object]", instance).get("type")
        if kind is None or isinstance(kind, list | dict):
            return self.branches
        return self.by_type.get(kind, ())


class Preparation:
    """Rewrites published schemas.

    Args:
        schemas: ``components.schemas`` of the description.
        is_request: whether the strictness of requests applies.
    """

    def __init__(self, schemas: Mapping[str, Schema], *, is_request: bool) -> None:
        self._published = {**schemas, **CORRECTED}
        self._is_request = is_request

    def all(self) -> dict[str, Schema]:
        """Every named schema, rewritten."""
        prepared = {name: self.rewrite(schema, name) for name, schema in self._published.items()}
        if self._is_request:
            snowflake = dict(prepared["SnowflakeType"])
            prepared["SnowflakeType"] = {**snowflake, "type": ["string", "integer"]}
        return prepared

    def rewrite(self, schema: Schema, name: str = "") -> Schema:
        """One schema and all below it.

        Args:
            schema: as published.
            name: its name, when it has one.
        """
        constants = _constants(schema)
        if constants is not None:
            return {"enum": constants}
        out = {key: self._keyword(key, value) for key, value in schema.items() if key not in {"oneOf", "anyOf"}}
        for key in ("oneOf", "anyOf"):
            if key in schema:
                out[UNION] = self._union(cast("Sequence[Schema]", schema[key]))
        if self._is_request and "properties" in out and "additionalProperties" not in out:
            out["properties"] = {**out["properties"], **UNLISTED_PROPERTIES.get(name, {})}
            out["additionalProperties"] = False
        return out

    def _keyword(self, key: str, value: Any) -> Any:
        if key == "$ref":
            return _address(str(value).removeprefix(PREFIX))
        if key == "properties":
            return {name: self.rewrite(schema) for name, schema in value.items()}
        if key in {"items", "additionalProperties"} and isinstance(value, dict):
            return self.rewrite(cast("Schema", value))
        if key == "allOf":
            return [self.rewrite(schema) for schema in value]
        return value

    def _union(self, branches: Sequence[Schema]) -> Union:
        others = [branch for branch in branches if branch != {"type": "null"}]
        by_type: dict[object, list[Schema]] | None = {}
        for branch in others:
            values = self._types(branch)
            if values is None or by_type is None:
                by_type = None
                continue
            for value in values:
                by_type.setdefault(value, []).append(self.rewrite(branch))
        return Union([self.rewrite(branch) for branch in others], len(others) < len(branches), by_type)

    def _types(self, branch: Schema) -> Sequence[object] | None:
        while "$ref" in branch:
            branch = self._published[str(branch["$ref"]).removeprefix(PREFIX)]
        kind = branch.get("properties", {}).get("type", {})
        return cast("Sequence[object] | None", kind.get("enum"))


def _address(name: str) -> str:
    """Where a named schema is found in the registry: by one look-up, which a JSON pointer would not be."""
    return f"urn:discord:{name}"


def _constants(schema: Schema) -> list[object] | None:
    """The values of an enumeration; it is published as a oneOf of constants, or beside an allOf of the whole type."""
    if schema.get("enum") and "allOf" in schema:
        return list(schema["enum"])
    branches: Sequence[Schema] = schema.get("oneOf", ())
    if branches and all("const" in branch for branch in branches):
        return [branch["const"] for branch in branches]
    return None


def _check_union(validator: Validator, union: Union, instance: object, _schema: Schema) -> Iterator[ValidationError]:
    if instance is None and union.takes_null:
        return
    candidates = union.candidates(instance)
    if not candidates:
        kind = cast("Mapping[str, object]", instance)["type"]
        known = ", ".join(sorted(map(repr, union.by_type or ()), key=lambda one: (len(one), one)))
        yield ValidationError(f"type {kind!r} may not stand here, only {known}", path=("type",))
        return
    best: list[ValidationError] | None = None
    for branch in candidates:
        errors = list(validator.descend(instance, branch))
        if not errors:
            return
        if best is None or _distance(errors) < _distance(best):
            best = errors
    yield from best or ()


def _distance(errors: Sequence[ValidationError]) -> tuple[bool, int]:
    """How far an instance is from a branch: a wrong kind of value is furthest, then the number of complaints counts."""
    return any(error.validator == "type" and not error.path for error in errors), len(errors)


def _is_date_time(value: object) -> bool:
    if isinstance(value, str):
        datetime.fromisoformat(value)
    return not isinstance(value, str) or "T" in value


def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme)


def _within(bits: int) -> Callable[[object], bool]:
    def check(value: object) -> bool:
        return not isinstance(value, int) or -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)

    return check


def _is_snowflake(value: object) -> bool:
    is_text = isinstance(value, str)
    # What is no number at all is told by the schema's pattern.
    return _within(64)(int(value) if is_text and value.isdecimal() else value)


def _format_checker() -> FormatChecker:
    checker = FormatChecker(formats=())
    for name, check in (
        ("date-time", _is_date_time),
        ("uri", _is_uri),
        ("int32", _within(32)),
        ("int64", _within(64)),
        ("snowflake", _is_snowflake),
    ):
        checker.checks(name, raises=ValueError)(check)
    return checker


class SchemaBook:
    """Builds validators for schemas of the description.

    Args:
        schemas: ``components.schemas`` of the description.
        is_request: whether the strictness of requests applies.
    """

    def __init__(self, schemas: Mapping[str, Schema], *, is_request: bool) -> None:
        self._preparation = Preparation(schemas, is_request=is_request)
        named = self._preparation.all().items()
        resources = [(_address(name), DRAFT202012.create_resource(schema)) for name, schema in named]
        self._registry: Registry[Schema | bool] = EMPTY_REGISTRY.with_resources(resources)
        self._class = cast("Callable[..., Validator]", extend(Draft202012Validator, {UNION: _check_union}))
        self._formats = _format_checker()

    def validator(self, schema: Schema) -> Validator:
        """A validator for a schema that stands somewhere in the description."""
        prepared = self._preparation.rewrite(schema)
        return self._class(prepared, registry=self._registry, format_checker=self._formats)
