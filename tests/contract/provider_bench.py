"""What the suite of the port ``Provider`` drives: the same few levers on each implementation."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bot.runcomfy import RunComfyClient
from tests.contract.runcomfy_bench import MODEL, TOKEN, Bench, open_bench
from tests.fakes import FakeProvider

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from bot.engine.ports import Provider


class ProviderBench(Protocol):
    """A provider, and a hand on what happens behind it."""

    @property
    def provider(self) -> Provider:
        """The implementation under test."""
        ...

    async def submitted(self, *, fails: bool = False) -> str:
        """Submit what must be accepted; the request id. Nothing runs before ``start``."""
        ...

    def start(self, request_id: str) -> None:
        """Let the oldest queued request, which is this one, run."""
        ...

    def finish(self, request_id: str) -> None:
        """Let it end, well or as it was told to fail."""
        ...

    def accepted(self) -> Sequence[str]:
        """The ids of every accepted submission."""
        ...


@dataclass
class SandboxProvider:
    """The real client against the simulated service."""

    provider: RunComfyClient
    bench: Bench

    async def submitted(self, *, fails: bool = False) -> str:
        """Submit through the client."""
        self.bench.sandbox.timeline.hold()
        if fails:
            self.bench.sandbox.timeline.fail_next("the model refused")
        return await self.provider.submit(MODEL, self.bench.body())

    def start(self, request_id: str) -> None:
        """Start the first in the queue."""
        assert self.bench.sandbox.timeline.start_next() == request_id

    def finish(self, request_id: str) -> None:
        """End a run."""
        self.bench.sandbox.timeline.finish(request_id)

    def accepted(self) -> Sequence[str]:
        """Read the ledger."""
        return [paid.request_id for paid in self.bench.sandbox.ledger]


@dataclass
class InMemoryProvider:
    """The fake that the engine's tests trust."""

    provider: FakeProvider
    failing: set[str]

    async def submitted(self, *, fails: bool = False) -> str:
        """Submit to the fake."""
        request_id = await self.provider.submit(MODEL, {"prompt": "a cat"})
        self.failing |= {request_id} if fails else set()
        return request_id

    def start(self, request_id: str) -> None:
        """Let it run."""
        self.provider.start(request_id)

    def finish(self, request_id: str) -> None:
        """Let it end."""
        if request_id in self.failing:
            self.provider.break_run(request_id, "the model refused")
        else:
            self.provider.finish(request_id, f"https://files.example/{request_id}.png", cost_micros=30_000)

    def accepted(self) -> Sequence[str]:
        """List what was accepted."""
        return list(self.provider.requests)


@asynccontextmanager
async def open_provider(kind: str) -> AsyncGenerator[ProviderBench, None]:
    """Set an implementation up.

    Args:
        kind: ``sandbox`` or ``fake``.
    """
    if kind == "fake":
        yield InMemoryProvider(FakeProvider(), set())
        return
    async with open_bench() as bench, open_client(bench) as client:
        yield SandboxProvider(client, bench)


@asynccontextmanager
async def open_client(bench: Bench, *, token: str = TOKEN) -> AsyncGenerator[RunComfyClient, None]:
    """Open the client on a sandbox, and see at the end that it did nothing that no good client does."""
    async with RunComfyClient(base_url=bench.sandbox.base_url, token=token) as client:
        yield client
    assert bench.sandbox.violations == []
