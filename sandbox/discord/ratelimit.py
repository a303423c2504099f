"""Rate limits: buckets per route and major parameter, and the global limit of the bot.

See https://docs.discord.com/developers/topics/rate-limits. Discord publishes no sizes; ``OBSERVED`` is what bots
report.
"""

import hashlib
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.discord.call import Route
from sandbox.faults import Fault

_MAJOR: Final = ("channel_id", "guild_id", "application_id", "token", "interaction_id")


@dataclass(frozen=True)
class Rate:
    """So many requests in so many seconds."""

    limit: int
    per_seconds: float


@dataclass(frozen=True)
class Limits:
    """The sizes of the buckets.

    Args:
        default: Of every route that has no own.
        by_route: Of single routes, by method and template.
        everything: Of all routes together, interactions excluded.
    """

    default: Rate = Rate(300, 1.0)
    by_route: Mapping[tuple[str, str], Rate] = field(default_factory=dict[tuple[str, str], Rate])
    everything: Rate = Rate(50, 1.0)


LENIENT: Final = Limits()
"""Buckets that hardly anybody meets; the documented global limit of 50 a second holds."""

_CHANNEL_MESSAGE: Final = "/channels/{channel_id}/messages/{message_id}"
_WEBHOOK: Final = "/webhooks/{application_id}/{token}"
OBSERVED: Final = Limits(
    default=Rate(50, 1.0),
    by_route={
        ("POST", "/channels/{channel_id}/messages"): Rate(5, 5.0),
        ("PATCH", _CHANNEL_MESSAGE): Rate(5, 5.0),
        ("DELETE", _CHANNEL_MESSAGE): Rate(5, 1.0),
        ("POST", _WEBHOOK): Rate(5, 2.0),
        ("PATCH", f"{_WEBHOOK}/messages/{{message}}"): Rate(5, 2.0),
    },
)
"""What bots report of the real ones."""


def told_to_wait(retry_after_seconds: float, **where: Any) -> Fault:
    """Discord's own 429 of a limit that its bucket's headers do not announce, as threads have it."""
    body = f'{{"message": "You are being rate limited.", "retry_after": {retry_after_seconds:g}, "global": false}}'
    headers = {
        "Content-Type": "application/json",
        "X-RateLimit-Scope": "shared",
        "Retry-After": f"{retry_after_seconds:g}",
        "Via": "1.1 google",
    }
    return Fault.answer(429, body, headers=headers, **where)


@dataclass
class _Bucket:
    rate: Rate
    opened_at: float
    used: int = 0


@dataclass(frozen=True)
class Verdict:
    """Whether a request may pass, and the headers that tell.

    Args:
        headers: The ``X-RateLimit-*`` headers, and those of a 429 if it is one.
        retry_after_seconds: How long to wait; None if the request may pass.
        is_global: Is it the bot's global limit?
    """

    headers: Mapping[str, str]
    retry_after_seconds: float | None = None
    is_global: bool = False


class RateLimiter:
    """Counts requests.

    Args:
        limits: The sizes of the buckets.
        now: A clock that never goes back, in seconds.
    """

    def __init__(self, limits: Limits = LENIENT, *, now: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self._now = now
        self._buckets: dict[tuple[str, ...], _Bucket] = {}

    def take(self, route: Route, parameters: Mapping[str, str]) -> Verdict:
        """Count one request.

        Args:
            route: Its route.
            parameters: The names in the path and their values.
        """
        if not route.is_for_interactions:
            everything = self._bucket(("*",), self.limits.everything)
            if everything.used >= everything.rate.limit:
                return self._refused(everything, route, is_global=True)
            everything.used += 1
        rate = self.limits.by_route.get((route.method, route.template), self.limits.default)
        major = (parameters[name] for name in _MAJOR if name in parameters)
        bucket = self._bucket((route.method, route.template, *major), rate)
        if bucket.used >= rate.limit:
            return self._refused(bucket, route, is_global=False)
        bucket.used += 1
        return Verdict(self._headers(bucket, route))

    def _bucket(self, key: tuple[str, ...], rate: Rate) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None or bucket.rate != rate or self._now() - bucket.opened_at >= rate.per_seconds:
            bucket = self._buckets[key] = _Bucket(rate, self._now())
        return bucket

    def _left_seconds(self, bucket: _Bucket) -> float:
        return max(0.0, bucket.opened_at + bucket.rate.per_seconds - self._now())

    def _headers(self, bucket: _Bucket, route: Route) -> dict[str, str]:
        left = self._left_seconds(bucket)
        return {
            "X-RateLimit-Limit": str(bucket.rate.limit),
            "X-RateLimit-Remaining": str(bucket.rate.limit - bucket.used),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": hashlib.sha256(f"{route.method} {route.template}".encode()).hexdigest()[:32],
        }

    def _refused(self, bucket: _Bucket, route: Route, *, is_global: bool) -> Verdict:
        left = math.ceil(self._left_seconds(bucket) * 1000) / 1000
        told: dict[str, str] = {"X-RateLimit-Global": "true"} if is_global else self._headers(bucket, route)
        headers = {
            **told,
            "X-RateLimit-Scope": "global" if is_global else "user",
            "Retry-After": str(math.ceil(left)),
            "Via": "1.1 google",
        }
        return Verdict(headers, retry_after_seconds=left, is_global=is_global)
