"""What shall go wrong: faults by route and by count, shared by all simulators.

A fault is data, so a control endpoint can take it as JSON. At most one fault meets a request: the first one that
was added, fits, and is not used up.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, Self

from aiohttp import web

_PLACEHOLDER = re.compile(r"\\\{(\w+)(:\\\.\\[*+])?\\\}|\\\*")
_HTML = {"Content-Type": "text/html; charset=utf-8"}
_JSON = {"Content-Type": "application/json"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class FaultKind(StrEnum):
    """The ways in which a request can go wrong."""

    LATENCY = "latency"
    """The right answer, late."""
    ANSWER = "answer"
    """Another answer than the right one."""
    DROP = "drop"
    """The connection breaks, without an answer."""
    HANG = "hang"
    """The head of an answer, then a trickle that never becomes one."""


@dataclass(frozen=True)
class Fault:
    """One thing that shall go wrong.

    Attributes:
        kind: In which way.
        method: The HTTP method it waits for, ``*`` for any.
        route: The path it waits for: a template such as ``/v1/requests/{id}/status`` (``{id}`` is one segment,
            ``{id:.*}`` any number, ``*`` anything), or a regular expression after ``re:``. It must fit the whole path.
        times: How many requests it meets; None for every one.
        skip: How many fitting requests it lets pass first.
        seconds: How late it comes (all kinds), before the handler or after its commit; for a hang, how long.
        after_commit: The handler runs first, and what it did stays done; only its answer is lost or late.
        status: The answer's HTTP status.
        headers: The answer's headers.
        body: The answer's body.
        fault_id: Its name; given by `Faults.add` when empty.
    """

    kind: FaultKind
    method: str = "*"
    route: str = "*"
    times: int | None = 1
    skip: int = 0
    seconds: float = 0.0
    after_commit: bool = False
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: str = ""
    fault_id: str = ""

    @classmethod
    def late(cls, seconds: float, **where: Any) -> Self:
        """The right answer, so many seconds late."""
        return cls(FaultKind.LATENCY, seconds=seconds, **where)

    @classmethod
    def answer(cls, status: int, body: str = "", *, headers: Mapping[str, str] | None = None, **where: Any) -> Self:
        """This answer instead of the right one."""
        return cls(FaultKind.ANSWER, status=status, body=body, headers=dict(headers or {}), **where)

    @classmethod
    def too_many_requests(
        cls, retry_after: float | None = None, *, error_code: int | None = None, **where: Any
    ) -> Self:
        """429, with or without ``Retry-After`` (seconds): a gateway's, or with an error code one of RunComfy itself."""
        after = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
        text = "Too many requests."
        body = {"message": text} if error_code is None else {"error_code": error_code, "error_message": text}
        return cls.answer(429, json.dumps(body), headers=_JSON | after, **where)

    @classmethod
    def server_error(cls, status: int = 502, **where: Any) -> Self:
        """A proxy's 5xx with an HTML page; with ``after_commit=True`` after the request has done its work."""
        page = f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
        return cls.answer(status, page, headers=_HTML, **where)

    @classmethod
    def malformed_json(cls, **where: Any) -> Self:
        """A 200 whose JSON breaks off."""
        return cls.answer(200, '{"request_id": "', headers=_JSON, **where)

    @classmethod
    def drop(cls, **where: Any) -> Self:
        """A broken connection before the handler ran; with ``after_commit=True`` the answer is lost."""
        return cls(FaultKind.DROP, **where)

    @classmethod
    def hang(cls, seconds: float = 3600.0, **where: Any) -> Self:
        """Headers, then a space now and then, for so many seconds."""
        return cls(FaultKind.HANG, seconds=seconds, status=200, headers=_JSON, **where)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote; missing keys take their defaults.

        Raises:
            ValueError: An unknown kind or key.
        """
        unknown = set(data) - {item.name for item in fields(cls)}
        if unknown or "kind" not in data:
            raise ValueError(f"a fault needs a kind and has no {', '.join(sorted(unknown)) or 'other want'}")
        values: dict[str, Any] = {**data, "kind": FaultKind(data["kind"])}
        return cls(**values)

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self) | {"kind": self.kind.value, "headers": dict(self.headers)}

    def fits(self, method: str, path: str) -> bool:
        """Whether it waits for this request."""
        return self.method in {"*", method} and re.fullmatch(_pattern(self.route), path) is not None


@dataclass(frozen=True)
class Fired:
    """A fault that met a request."""

    fault_id: str
    kind: FaultKind
    method: str
    path: str


@dataclass
class _Armed:
    """A fault with its counts."""

    fault: Fault
    seen: int = 0
    met: int = 0

    @property
    def is_used_up(self) -> bool:
        return self.fault.times is not None and self.met >= self.fault.times


class Faults:
    """The faults to come and those that were.

    Attributes:
        fired: What went wrong so far, in order.
    """

    def __init__(self) -> None:
        self.fired: list[Fired] = []
        self._armed: dict[str, _Armed] = {}
        self._numbers = itertools.count(1)
        self._released = asyncio.Event()
        self._reached: Counter[str] = Counter()
        self._reached_again = asyncio.Event()

    def add(self, fault: Fault) -> Fault:
        """Arm a fault.

        Returns:
            The same, with its name.

        Raises:
            re.error: Its route is no regular expression.
        """
        re.compile(_pattern(fault.route))
        named = Fault.from_json(fault.to_json() | {"fault_id": fault.fault_id or f"fault-{next(self._numbers)}"})
        self._armed[named.fault_id] = _Armed(named)
        return named

    def remove(self, fault_id: str) -> None:
        """Disarm one fault.

        Raises:
            KeyError: There is none of this name.
        """
        del self._armed[fault_id]

    def clear(self) -> None:
        """Disarm all, and end those that keep a request waiting at this moment."""
        self._armed.clear()
        self.release()

    def release(self) -> None:
        """End the faults that keep a request waiting at this moment; what is armed stays armed."""
        self._released.set()
        self._released = asyncio.Event()

    @property
    def armed(self) -> list[Fault]:
        """The faults that are still to come."""
        return [armed.fault for armed in self._armed.values() if not armed.is_used_up]

    async def until_reached(self, fault: Fault, *, times: int = 1) -> None:
        """Wait until so many requests are in an armed fault's hands; with ``after_commit`` their work is done then."""
        while self._reached[fault.fault_id] < times:
            await self._reached_again.wait()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that meets this request, counted as met; None for none."""
        for armed in self._armed.values():
            if armed.is_used_up or not armed.fault.fits(method, path):
                continue
            armed.seen += 1
            if armed.seen <= armed.fault.skip:
                continue
            armed.met += 1
            self.fired.append(Fired(armed.fault.fault_id, armed.fault.kind, method, path))
            return armed.fault
        return None

    def _note(self, fault: Fault) -> None:
        self._reached[fault.fault_id] += 1
        event, self._reached_again = self._reached_again, asyncio.Event()
        event.set()

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let each request meet its fault; the outermost middleware of an aiohttp application."""
        fault = self.take(request.method, request.path)
        if fault is None:
            return await handler(request)
        if fault.after_commit:
            response = await handler(request)
            self._note(fault)
            return await self._befall(request, fault, response)
        if fault.kind is FaultKind.LATENCY and not request.content_type.startswith("multipart/"):
            await request.read()  # kept by aiohttp: the handler does its work even if the client dies meanwhile
        self._note(fault)
        if fault.kind is FaultKind.LATENCY:
            await self._wait(fault.seconds)
            return await handler(request)
        return await self._befall(request, fault, web.Response())

    async def _befall(self, request: web.Request, fault: Fault, response: web.StreamResponse) -> web.StreamResponse:
        if fault.kind is FaultKind.HANG:
            return await self._hang(request, fault)
        await self._wait(fault.seconds)
        if fault.kind is FaultKind.ANSWER:
            return web.Response(status=fault.status, headers=fault.headers, body=fault.body.encode())
        if fault.kind is FaultKind.DROP and request.transport is not None:
            request.transport.abort()
        return response

    async def _hang(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        trickle = web.StreamResponse(status=fault.status, headers=fault.headers)
        trickle.enable_chunked_encoding()
        await trickle.prepare(request)
        released, interval = self._released, max(0.01, min(1.0, fault.seconds / 10))
        for _ in range(int(fault.seconds / interval)):
            if released.is_set() or request.transport is None:
                break
            try:
                await trickle.write(b" ")
            except ConnectionResetError:  # the client lost patience first, as it should
                break
            await self._wait(interval)
        if request.transport is not None:
            request.transport.abort()
        return trickle

    async def _wait(self, seconds: float) -> None:
        """Wait, but not longer than until the faults are released."""
        if seconds <= 0:
            return
        try:
            await asyncio.wait_for(self._released.wait(), seconds)
        except TimeoutError:
            return


def _pattern(route: str) -> str:
    """The regular expression of a route."""
    if route.startswith("re:"):
        return route.removeprefix("re:")

    def expression(found: re.Match[str]) -> str:
        return ".*" if found[1] is None or found[2] else "[^/]+"

    return _PLACEHOLDER.sub(expression, re.escape(route))
