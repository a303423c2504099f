"""What the contract tests of the simulated RunComfy share: a sandbox, clients, a server of pictures, a clock."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
from aiohttp import web

from sandbox.runcomfy.server import RunComfySandbox
from sandbox.samples import sample

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from sandbox.faults import Faults

TOKEN = "sandbox-token"
MODEL = "bytedance/dreamina-4-0/edit"
SIZE = "width\u00d7height"


@dataclass
class HandClock:
    """A clock that moves when told."""

    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time."""
        return self.now


@dataclass
class Bench:
    """One sandbox and everything around it."""

    sandbox: RunComfySandbox
    clock: HandClock
    client: httpx.AsyncClient
    """Sends the token."""
    open: httpx.AsyncClient
    """Sends no token."""
    pictures: PictureHost

    def pass_time(self, seconds: float) -> None:
        """Move the clock."""
        self.clock.now += timedelta(seconds=seconds)

    def turn(self, **changes: Any) -> None:
        """Turn knobs."""
        self.sandbox.knobs = replace(self.sandbox.knobs, **changes)

    def body(self, **changes: Any) -> dict[str, Any]:
        """A submit that is right, but for the changes; None leaves a key out."""
        body: dict[str, Any] = {
            "image_urls": [self.pictures.url("chelsea.png")],
            "prompt": "a cat",
            SIZE: "1024x1024(1:1)",
        }
        return {key: value for key, value in (body | changes).items() if value is not None}

    async def submit(self, **changes: Any) -> httpx.Response:
        """Submit, whatever comes of it."""
        return await self.client.post(f"/v1/models/{MODEL}", json=self.body(**changes))

    async def submitted(self, **changes: Any) -> str:
        """Submit what must be accepted; the request id."""
        response = await self.submit(**changes)
        assert response.status_code == 200, response.text
        return str(response.json()["request_id"])

    async def status(self, request_id: str) -> dict[str, Any]:
        """The body of /status."""
        return await self._json("GET", request_id, "status")

    async def result(self, request_id: str) -> dict[str, Any]:
        """The body of /result."""
        return await self._json("GET", request_id, "result")

    async def cancel(self, request_id: str) -> dict[str, Any]:
        """The body of /cancel."""
        return await self._json("POST", request_id, "cancel")

    async def _json(self, method: str, request_id: str, name: str) -> dict[str, Any]:
        response = await self.client.request(method, f"/v1/requests/{request_id}/{name}")
        assert response.status_code == (202 if name == "cancel" else 200), response.text
        return dict(response.json())


@dataclass
class PictureHost:
    """A little server that holds pictures, and remembers how it was asked."""

    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    asked: list[web.Request] = field(default_factory=list[web.Request])
    base_url: str = ""
    _runner: web.AppRunner | None = None

    def url(self, name: str) -> str:
        """Where a picture is."""
        return f"{self.base_url}/{name}"

    async def start(self) -> None:
        """Listen on a free port."""
        self.files |= {name: sample(name) for name in ("chelsea.png", "rocket.jpg")}
        app = web.Application()
        app.router.add_get("/{name:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner:
            await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        data = self.files.get(request.match_info["name"])
        return web.Response(status=404) if data is None else web.Response(body=data)


@asynccontextmanager
async def open_bench(*, faults: Faults | None = None) -> AsyncGenerator[Bench, None]:
    """Set a bench up, and tear it down."""
    clock, pictures = HandClock(), PictureHost()
    sandbox = RunComfySandbox(token=TOKEN, clock=clock, faults=faults)
    await pictures.start()
    base = await sandbox.start()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        httpx.AsyncClient(base_url=base, headers=headers, trust_env=False) as client,
        httpx.AsyncClient(base_url=base, trust_env=False) as stranger,
    ):
        yield Bench(sandbox, clock, client, stranger, pictures)
    await sandbox.stop()
    await pictures.stop()
