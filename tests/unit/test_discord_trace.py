"""What is heard of requests to Discord: over a real client and a real socket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from bot.ops.acknowledgements import Acknowledgements
from bot.ops.discord_time import EARLY_BY, DiscordTime, created_at
from bot.ops.discord_trace import listening
from bot.ops.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# The example of https://docs.discord.com/developers/reference#snowflakes
SNOWFLAKE = 175928847299117063
MADE_AT = datetime(2016, 4, 30, 11, 18, 25, 796_000, tzinfo=UTC)


class Line:
    """A client that is listened to, and a server that answers what its path says."""

    def __init__(
        self, http: aiohttp.ClientSession, base: str, registry: CollectorRegistry, discord_time: DiscordTime
    ) -> None:
        self._http = http
        self._base = base
        self.registry = registry
        self.discord_time = discord_time

    async def post(self, path: str) -> None:
        """Send something, and read the answer."""
        async with self._http.post(f"{self._base}{path}") as response:
            await response.read()

    def figure(self, name: str, **labels: str) -> float | None:
        """One sample."""
        return self.registry.get_sample_value(name, labels)


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    """A line to a server whose answers have the status that the query asks for; 0 breaks the connection."""

    async def answer(request: web.Request) -> web.Response:
        status = int(request.query["status"])
        if not status and request.transport is not None:
            request.transport.abort()
        return web.Response(status=status or 200, headers={"Date": format_datetime(MADE_AT, usegmt=True)})

    app = web.Application()
    app.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    registry = CollectorRegistry()
    discord_time = DiscordTime()
    trace = listening(Metrics(registry), now=lambda: MADE_AT + timedelta(seconds=0.4), discord_time=discord_time)
    async with aiohttp.ClientSession(trace_configs=[trace]) as http:
        yield Line(http, f"http://127.0.0.1:{runner.addresses[0][1]}", registry, discord_time)
    await runner.cleanup()


def test_a_snowflake_tells_when_it_was_made() -> None:
    assert created_at(SNOWFLAKE) == MADE_AT


async def test_an_acknowledgement_is_measured_from_the_making_of_the_interaction(line: Line) -> None:
    await line.post(f"/api/v10/interactions/{SNOWFLAKE}/aW50ZXJhY3Rpb24/callback?status=200")
    await line.post(f"/proxied/interactions/{SNOWFLAKE}/aW50ZXJhY3Rpb24/callback?status=404")
    with pytest.raises(aiohttp.ClientError):
        await line.post(f"/api/v10/interactions/{SNOWFLAKE}/aW50ZXJhY3Rpb24/callback?status=0")

    for outcome in ("acknowledged", "refused", "lost"):
        assert line.figure("remix_acknowledgement_seconds_count", outcome=outcome) == 1
        assert line.figure("remix_acknowledgement_seconds_sum", outcome=outcome) == pytest.approx(0.4)
    bucket = line.figure("remix_acknowledgement_seconds_bucket", outcome="acknowledged", le="0.5")
    assert bucket == 1


async def test_the_time_of_responses_is_believed_once_an_acknowledgement_was_taken(line: Line) -> None:
    await line.post(f"/api/v10/channels/{SNOWFLAKE}/messages?status=200")
    await line.post(f"/api/v10/interactions/{SNOWFLAKE}/aW50ZXJhY3Rpb24/callback?status=404")
    assert line.discord_time.earliest_id() is None
    await line.post(f"/api/v10/interactions/{SNOWFLAKE}/aW50ZXJhY3Rpb24/callback?status=204")
    earliest = line.discord_time.earliest_id()

    assert earliest is not None
    assert created_at(earliest) == MADE_AT.replace(microsecond=0) - EARLY_BY


async def test_every_other_request_is_counted_by_its_status_alone(line: Line) -> None:
    for status in (200, 204, 301, 403, 404, 429, 500, 503):
        await line.post(f"/api/v10/channels/{SNOWFLAKE}/messages?status={status}")

    found = {
        status: line.figure("remix_discord_responses_total", status=status)
        for status in ("2xx", "3xx", "4xx", "429", "5xx", "lost")
    }
    assert found == {"2xx": 2, "3xx": 1, "4xx": 2, "429": 1, "5xx": 2, "lost": 0}
    assert line.figure("remix_acknowledgement_seconds_count", outcome="acknowledged") == 0


async def test_each_acknowledgement_that_goes_out_is_counted() -> None:
    acknowledgements = Acknowledgements(now=lambda: MADE_AT)
    for interaction_id in (1, 2, 2):
        acknowledgements.note_sent(interaction_id)

    assert acknowledgements.trouble is None
    assert [acknowledgements.is_answered_elsewhere(number) for number in (0, 1, 2)] == [False, True, False]
    assert "DISCORD_TOKEN" in str(acknowledgements.trouble)
