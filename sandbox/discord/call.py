"""A call of the REST API, and the table in which each route finds its handler."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeAlias

from aiohttp import web

from sandbox.discord.body import Body
from sandbox.discord.composer import Draft
from sandbox.discord.errors import invalid_field, invalid_form
from sandbox.discord.form_rules import FormError
from sandbox.discord.wire import JsonObject, as_id, as_object
from sandbox.discord.world import World

if TYPE_CHECKING:
    from sandbox.discord.services import Services


@dataclass(frozen=True)
class Answer:
    """A success: its JSON, or None for an empty answer."""

    json: Any = None
    status: int = HTTPStatus.OK


NO_CONTENT = Answer(status=HTTPStatus.NO_CONTENT)


@dataclass(frozen=True)
class Call:
    """One request.

    Args:
        services: What the sandbox can do.
        request: The raw request.
        body: Its body.
    """

    services: "Services"
    request: web.Request
    body: Body

    @property
    def world(self) -> World:
        """The World."""
        return self.services.world

    @property
    def site(self) -> str:
        """Scheme and host under which the client reached us; URLs in answers begin with it."""
        return f"{self.request.scheme}://{self.request.host}"

    @property
    def form(self) -> JsonObject:
        """The JSON object that was sent; empty if nothing was.

        Raises:
            DiscordError: 50035, something else was sent.
        """
        if self.body.json is None:
            return {}
        form = as_object(self.body.json)
        if form is None:
            raise invalid_form([FormError((), "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")])
        return form

    @property
    def draft(self) -> Draft:
        """The message that was sent."""
        return Draft(self.form, self.body.uploads)

    @property
    def edited(self) -> Draft:
        """The message that was sent to replace another one: its new files must stand among its attachments.

        Some clients were refused without that; source: https://github.com/discord/discord-api-docs/issues/7529

        Raises:
            DiscordError: 50035, they do not.
        """
        listed = (as_object(entry) for entry in self.form.get("attachments") or ())
        named = {entry.get("id") for entry in listed if entry is not None}
        lost = [number for number in self.body.uploads if number not in named and str(number) not in named]
        if lost:
            raise invalid_field("attachments", code="SANDBOX_UNNAMED_FILES", message=f"The files {lost} are not named.")
        return self.draft

    def text(self, name: str) -> str:
        """A part of the path as it stands."""
        return self.request.match_info[name]

    def id(self, name: str) -> int:
        """A part of the path as a snowflake.

        Raises:
            DiscordError: 50035, it is none.
        """
        snowflake = as_id(self.request.match_info[name])
        if snowflake is None:
            raise invalid_form(
                [FormError((name,), "NUMBER_TYPE_COERCE", f'Value "{self.text(name)}" is not snowflake.')]
            )
        return snowflake

    def asks(self, name: str) -> bool:
        """Is a flag of the query set?"""
        return self.request.query.get(name, "").lower() in {"1", "true"}

    def number(self, name: str, *, default: int, lowest: int, highest: int) -> int:
        """A number of the query.

        Raises:
            DiscordError: 50035, it is none or out of bounds.
        """
        raw = self.request.query.get(name)
        if raw is None:
            return default
        if not raw.isdecimal() or not lowest <= int(raw) <= highest:
            raise invalid_form([FormError((name,), "NUMBER_TYPE_RANGE", f"Must be from {lowest} to {highest}.")])
        return int(raw)


Handler: TypeAlias = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True)
class Route:
    """A route of the REST API.

    Args:
        method: The HTTP method.
        template: The path below the API's base, with names in braces.
        handler: Answers calls of it.
        needs_token: Must the bot say who it is? Not with an interaction token, nor where all may ask.
    """

    method: str
    template: str
    handler: Handler
    needs_token: bool = True

    @property
    def is_for_interactions(self) -> bool:
        """Does it answer an interaction? Such routes are free of the global limit."""
        return not self.needs_token


class Routes:
    """A collection of routes, filled by decorators."""

    def __init__(self) -> None:
        self.all: list[Route] = []

    def add(self, method: str, template: str, *, needs_token: bool = True) -> Callable[[Handler], Handler]:
        """Register a handler."""

        def register(handler: Handler) -> Handler:
            self.all.append(Route(method, template, handler, needs_token=needs_token))
            return handler

        return register

    def get(self, template: str) -> Callable[[Handler], Handler]:
        """Register a handler of GET."""
        return self.add("GET", template)

    def post(self, template: str) -> Callable[[Handler], Handler]:
        """Register a handler of POST."""
        return self.add("POST", template)

    def put(self, template: str) -> Callable[[Handler], Handler]:
        """Register a handler of PUT."""
        return self.add("PUT", template)

    def patch(self, template: str) -> Callable[[Handler], Handler]:
        """Register a handler of PATCH."""
        return self.add("PATCH", template)

    def delete(self, template: str) -> Callable[[Handler], Handler]:
        """Register a handler of DELETE."""
        return self.add("DELETE", template)
