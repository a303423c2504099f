"""The REST API: authentication, limits, strictness, and the way from a route to its handler."""

import json
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from sandbox.discord import rest_commands, rest_guilds, rest_interactions, rest_messages, rest_threads
from sandbox.discord.body import Body, read_body
from sandbox.discord.call import Answer, Call, Route
from sandbox.discord.errors import DiscordError, refusal
from sandbox.discord.ratelimit import RateLimiter, Verdict
from sandbox.discord.services import API_PREFIX, Services

if TYPE_CHECKING:
    from sandbox.discord.oracle import Oracle

_log: Final = logging.getLogger(__name__)
_TABLES: Final = (rest_interactions, rest_messages, rest_threads, rest_commands, rest_guilds)
_PATIENT: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})


class RestApi:
    """Answers requests as Discord does, and remembers what no correct client would send.

    Args:
        services: What the sandbox can do.
        limiter: Counts requests.
        violations: Where findings are noted.
        oracle: Checks requests and answers by Discord's published description, if given.
    """

    def __init__(
        self, services: Services, *, limiter: RateLimiter, violations: list[str], oracle: "Oracle | None" = None
    ) -> None:
        self.invalid_request_count = 0
        self._services = services
        self._limiter = limiter
        self._violations = violations
        self._oracle = oracle

    def routes(self) -> list[web.RouteDef]:
        """All routes; the last one takes what Discord does not know."""
        known = [route for table in _TABLES for route in table.routes.all]
        return [
            *(web.route(route.method, API_PREFIX + route.template, self._handler(route)) for route in known),
            web.route("*", "/api/{rest:.*}", self._unknown),
        ]

    def _handler(self, route: Route) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            verdict = self._limiter.take(route, request.match_info)
            body = Body()
            try:
                body = await read_body(request)
                answer = await self._answer(route, request, body, verdict)
            except DiscordError as error:
                answer = self._refused(request, error)
            except ConnectionResetError:  # the client died in the middle of its request: no fault of anybody's rules
                return web.Response(status=HTTPStatus.BAD_REQUEST)
            except Exception as error:
                self._note(f"{request.method} {request.path}: the sandbox itself failed: {error!r}")
                raise
            if answer.status in _PATIENT:
                self.invalid_request_count += 1
            self._consult(request, body, answer)
            return _response(answer, verdict)

        return handle

    async def _answer(self, route: Route, request: web.Request, body: Body, verdict: Verdict) -> Answer:
        if verdict.retry_after_seconds is not None:
            limited = {
                "message": "You are being rate limited.",
                "code": 0,
                "retry_after": verdict.retry_after_seconds,
                "global": verdict.is_global,
            }
            return Answer(limited, status=HTTPStatus.TOO_MANY_REQUESTS)
        token = f"Bot {self._services.world.application.token}"
        if route.needs_token and request.headers.get("Authorization") != token:
            raise refusal(0)
        return await route.handler(Call(self._services, request, body))

    def _refused(self, request: web.Request, error: DiscordError) -> Answer:
        if error.is_malformed_request:
            self._note(f"{request.method} {request.path}: {error}")
        return Answer(error.body, status=error.status)

    async def _unknown(self, request: web.Request) -> web.Response:
        self._note(f"{request.method} {request.path}: the sandbox has no such route")
        return _response(Answer({"message": "404: Not Found", "code": 0}, status=HTTPStatus.NOT_FOUND))

    def _consult(self, request: web.Request, body: Body, answer: Answer) -> None:
        if self._oracle is None:
            return
        path = request.path.removeprefix(API_PREFIX)
        found = self._oracle.check_request(request.method, path, query=request.query, body=body.json)
        found += self._oracle.check_response(request.method, path, status=answer.status, body=answer.json)
        for finding in found:
            self._note(finding)

    def _note(self, finding: str) -> None:
        self._violations.append(finding)
        _log.error("%s", finding)


def _response(answer: Answer, verdict: Verdict | None = None) -> web.Response:
    headers = dict(verdict.headers) if verdict is not None else {}
    if answer.json is None:
        return web.Response(status=answer.status, headers=headers)
    encoded: Any = json.dumps(answer.json).encode()
    # Exactly this type: discord.py takes anything with a charset for text.
    return web.Response(status=answer.status, body=encoded, headers={**headers, "Content-Type": "application/json"})
