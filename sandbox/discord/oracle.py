"""Judges every exchange of the sandbox by the API description that Discord publishes.

The sandbox and the bot are written by the same hands and could share a misreading; this is the third voice. The
description is https://github.com/discord/discord-api-spec (``specs/openapi.json``); it is not part of the project.
Needs ``jsonschema``, which only development installs: the sandbox runs without an oracle.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from sandbox.discord.oracle_routes import UNLISTED_QUERY, UNPUBLISHED, Match, RouteTable
from sandbox.discord.oracle_schema import Schema, SchemaBook, Validator

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Operation: TypeAlias = Mapping[str, Any]

_METHODS: Final = frozenset({"get", "put", "post", "patch", "delete"})
_SNOWFLAKE: Final = re.compile(r"0|[1-9][0-9]{0,19}")
_LONGEST_SENTENCE: Final = 240
# Nothing is published about these; Discord answers them all the same.
_UNDESCRIBED_FROM: Final = HTTPStatus.INTERNAL_SERVER_ERROR


@dataclass(frozen=True)
class _Exchange:
    """One side of an exchange, named for the findings."""

    method: str
    template: str
    side: str

    def finding(self, said: str) -> str:
        return f"{self.method} {self.template} {self.side}: {said}"


class Oracle:
    """Discord's published description, asked about requests and answers.

    Paths are given without ``/api/v10``, e.g. ``/channels/123/messages``; bodies as parsed JSON, for a multipart
    request the JSON of ``payload_json``. Validators are built at the first use of an operation and kept.

    Args:
        path: the description, OpenAPI 3.1 as JSON.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no JSON.
    """

    def __init__(self, path: Path) -> None:
        description = cast("Mapping[str, Any]", json.loads(path.read_text(encoding="utf-8")))
        self._paths: Mapping[str, Mapping[str, Any]] = description["paths"]
        self._responses: Mapping[str, Mapping[str, Any]] = description["components"]["responses"]
        schemas: Mapping[str, Schema] = description["components"]["schemas"]
        self._books = {side: SchemaBook(schemas, is_request=side == "request") for side in ("request", "response")}
        self._validators: dict[tuple[str, str, str], Validator] = {}
        self._routes = RouteTable(
            {
                template: frozenset(method.upper() for method in _METHODS & operations.keys())
                for template, operations in self._paths.items()
            }
        )

    def check_request(self, method: str, path: str, *, query: Mapping[str, str], body: object | None) -> list[str]:
        """Everything in a request that Discord's description does not allow, as readable sentences.

        Args:
            method: HTTP method.
            path: without prefix and query.
            query: the parameters behind the question mark.
            body: parsed JSON; None when the request has no body.
        """
        if (method, path) in UNPUBLISHED:
            return []
        match = self._routes.find(method, path)
        operation = self._operation(method, match)
        if match is None or operation is None:
            return [_unknown(method, path, match)]
        exchange = _Exchange(method, match.route.template, "request")
        found = [*self._path_findings(match), *self._query_findings(exchange, operation, query)]
        found += self._request_body_findings(exchange, operation, body)
        return [exchange.finding(said) for said in found]

    def check_response(self, method: str, path: str, *, status: int, body: object | None) -> list[str]:
        """Everything in an answer that Discord's description does not allow, as readable sentences.

        Args:
            method: HTTP method of the request.
            path: of the request, without prefix and query.
            status: HTTP status of the answer.
            body: parsed JSON; None when the answer has no body.
        """
        match = self._routes.find(method, path)
        operation = self._operation(method, match)
        is_error = status >= HTTPStatus.BAD_REQUEST
        if status >= _UNDESCRIBED_FROM or (method, path) in UNPUBLISHED:
            return []
        if match is None or operation is None:
            return [] if is_error else [_unknown(method, path, match)]
        exchange = _Exchange(method, match.route.template, f"response {status}")
        return [exchange.finding(said) for said in self._response_findings(exchange, operation, status, body)]

    def _operation(self, method: str, match: Match | None) -> Operation | None:
        if match is None:
            return None
        return self._paths[match.route.template].get(method.lower())

    def _path_findings(self, match: Match) -> Iterator[str]:
        for parameter in self._paths[match.route.template].get("parameters", ()):
            value = match.parameters.get(parameter["name"], "")
            is_id = str(parameter["schema"].get("$ref", "")).endswith("/SnowflakeType")
            if is_id and not _SNOWFLAKE.fullmatch(value):
                yield f"{parameter['name']} in the path is {value!r}, which is no snowflake"

    def _query_findings(self, exchange: _Exchange, operation: Operation, query: Mapping[str, str]) -> Iterator[str]:
        published = {one["name"]: one for one in operation.get("parameters", ()) if one["in"] == "query"}
        unlisted = UNLISTED_QUERY.get((exchange.method, exchange.template), frozenset())
        for name, parameter in published.items():
            if parameter.get("required") and name not in query:
                yield f"the query lacks {name}"
        for name, value in query.items():
            if name in published:
                schema: Schema = published[name]["schema"]
                validator = self._validator(exchange, f"?{name}", schema)
                yield from _sentences(validator, _typed(value, schema), f"query {name} ")
            elif name not in unlisted:
                yield f"the query parameter {name!r} is not published"

    def _request_body_findings(self, exchange: _Exchange, operation: Operation, body: object | None) -> Iterator[str]:
        published = operation.get("requestBody")
        if published is None:
            if body is not None:
                yield "a body is sent, but none is published"
            return
        content: Mapping[str, Any] = published["content"]
        kind = content.get("application/json") or content["multipart/form-data"]
        if body is None and published.get("required"):
            yield "the body is missing"
            return
        yield from _sentences(self._validator(exchange, "", kind["schema"]), body)

    def _response_findings(
        self, exchange: _Exchange, operation: Operation, status: int, body: object | None
    ) -> Iterator[str]:
        published = self._response(operation, status)
        if published is None:
            known = ", ".join(sorted(operation["responses"]))
            yield f"the status is not published, only {known}"
            return
        content = published.get("content")
        if content is None:
            if body is not None:
                yield "a body is sent, but none is published"
        elif "application/json" in content:
            yield from _sentences(self._validator(exchange, "", content["application/json"]["schema"]), body)

    def _response(self, operation: Operation, status: int) -> Mapping[str, Any] | None:
        responses: Mapping[str, Mapping[str, Any]] = operation["responses"]
        found = responses.get(str(status)) or responses.get(f"{status // 100}XX")
        if found is not None and "$ref" in found:
            return self._responses[str(found["$ref"]).rpartition("/")[2]]
        return found

    def _validator(self, exchange: _Exchange, part: str, schema: Schema) -> Validator:
        key = (exchange.method, exchange.template, exchange.side + part)
        if key not in self._validators:
            self._validators[key] = self._books[exchange.side.partition(" ")[0]].validator(schema)
        return self._validators[key]


def _unknown(method: str, path: str, match: Match | None) -> str:
    if match is None:
        return f"{method} {path}: Discord publishes no such route"
    return f"{method} {match.route.template}: Discord publishes only {', '.join(sorted(match.route.methods))} there"


def _typed(value: str, schema: Schema) -> object:
    """A query parameter as the value it stands for; one that stands for nothing stays text and is found wrong."""
    kind = schema.get("type")
    if kind == "boolean":
        return {"true": True, "1": True, "false": False, "0": False}.get(value.lower(), value)
    if kind == "integer" and value.lstrip("-").isdecimal():
        return int(value)
    return [value] if kind == "array" else value


def _sentences(validator: Validator, instance: object, prefix: str = "") -> Iterator[str]:
    for error in validator.iter_errors(instance):
        said = _said(error)
        cut = said if len(said) <= _LONGEST_SENTENCE else f"{said[: _LONGEST_SENTENCE - 1]}…"
        yield f"{prefix}{error.json_path} {cut}"


def _said(error: "ValidationError") -> str:
    value, bound = cast("object", error.instance), cast("object", error.validator_value)
    if error.validator == "additionalProperties" and isinstance(value, Mapping):
        known = cast("Mapping[str, Any]", error.schema).get("properties", {})
        unknown = [key for key in cast("Mapping[str, object]", value) if key not in known]
        return f"has properties that are not published: {', '.join(unknown)}"
    if error.validator in {"maxLength", "minLength", "maxItems", "minItems"} and isinstance(value, str | list):
        sized = cast("Sequence[object]", value)
        return f"has length {len(sized)}, and {error.validator} is {bound}"
    return str(error.message)
