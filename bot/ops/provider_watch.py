"""Stands before the provider and remembers how it answered last, so that nobody has to ask it anew to know."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.engine.answers import Verdict
from bot.errors import (
    OutOfCredit,
    ProviderError,
    ProviderProtocolError,
    ProviderRejected,
    ProviderUnauthorized,
    ProviderUnavailable,
    SubmissionUncertain,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from datetime import datetime

    from bot.domain.status import CancelOutcome
    from bot.engine.answers import ModelInfo, RequestResult, RequestStatus
    from bot.engine.ports import Clock, Provider
    from bot.ops.metrics import Metrics

FRESH: Final = timedelta(minutes=5)
"""How long a failed call counts: without another call nobody knows whether the provider is back."""
OUTCOMES: Final[Mapping[type[ProviderError], str]] = {
    ProviderRejected: "rejected",
    ProviderUnauthorized: "unauthorized",
    OutOfCredit: "out_of_credit",
    ProviderUnavailable: "unavailable",
    SubmissionUncertain: "uncertain",
    ProviderProtocolError: "unreadable",
}


@dataclass(frozen=True)
class LastCall:
    """The newest call to the provider.

    Args:
        at: When it ended.
        trouble: What went wrong, or None where the provider answered as it should.
    """

    at: datetime
    trouble: str | None = None


class ProviderWatch:
    """The port ``Provider`` over another one; changes nothing of what is asked and answered.

    Args:
        provider: The one that answers.
        metrics: Is told of every call.
        clock: The time.
    """

    def __init__(self, provider: Provider, *, metrics: Metrics, clock: Clock) -> None:
        self.last: LastCall | None = None
        self._provider = provider
        self._metrics = metrics
        self._clock = clock

    def trouble(self) -> str | None:
        """Say why the provider cannot be reached, if the newest call says so and is fresh."""
        last = self.last
        if last is None or self._clock.now() - last.at > FRESH:
            return None
        return last.trouble

    def describe(self) -> str:
        """Say in words how it answered last."""
        if self.last is None:
            return "not asked yet"
        age = max(self._clock.now() - self.last.at, timedelta())
        return f"{self.last.trouble or 'answered'} ({age.total_seconds():.0f} s ago)"

    # --- the port -----------------------------------------------------------------------------------------------------

    async def submit(self, model_id: str, payload: Mapping[str, object]) -> str:
        """Send the one paid POST; raises what the provider's port names."""
        with self._noted("submit"):
            return await self._provider.submit(model_id, payload)

    async def status(self, request_id: str) -> RequestStatus:
        """Poll; raises what the provider's port names."""
        with self._noted("status"):
            return await self._provider.status(request_id)

    async def result(self, request_id: str, *, sent_urls: Sequence[str] = ()) -> RequestResult:
        """Read the result, and note how late we are; raises as ``status`` does."""
        with self._noted("result"):
            result = await self._provider.result(request_id, sent_urls=sent_urls)
        if result.verdict is not Verdict.NOT_READY and result.finished_at is not None:
            self._metrics.end_detected(self._clock.now() - result.finished_at)
        return result

    async def cancel(self, request_id: str) -> CancelOutcome:
        """Ask to cancel; raises as ``status`` does."""
        with self._noted("cancel"):
            return await self._provider.cancel(request_id)

    async def balance(self) -> int | None:
        """Ask for the balance, which another service answers: what comes of it says nothing of the queue."""
        return await self._provider.balance()

    async def model(self, model_id: str) -> ModelInfo:
        """Read what is published about a model; raises as ``status`` does."""
        with self._noted("model"):
            return await self._provider.model(model_id)

    @contextmanager
    def _noted(self, verb: str) -> Generator[None]:
        started, outcome, trouble = time.perf_counter(), "interrupted", self.last.trouble if self.last else None
        try:
            yield
            outcome, trouble = "answered", None
        except ProviderError as error:
            outcome = next((word for kind, word in OUTCOMES.items() if isinstance(error, kind)), "failed")
            # A refusal of one request is an answer: the provider is there.
            trouble = None if isinstance(error, ProviderRejected) else f"{type(error).__name__}: {error}"
            raise
        finally:
            self._metrics.provider_called(verb, outcome, seconds=time.perf_counter() - started)
            if outcome != "interrupted":
                self.last = LastCall(self._clock.now(), trouble)
