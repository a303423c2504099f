"""The client against raw sockets that misbehave: what was paid stays known, and the token stays with its host."""

from __future__ import annotations

import asyncio
import json
import math
import socket
from typing import TYPE_CHECKING

import pytest

from bot.engine.answers import Phase
from bot.errors import (
    ProviderError,
    ProviderProtocolError,
    ProviderRejected,
    ProviderUnavailable,
    SubmissionUncertain,
)
from bot.runcomfy import RunComfyClient, ssl_context
from tests.contract.scripted_server import HANG, RESET, Received, ScriptedServer, answer, open_server

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

MODEL = "bytedance/dreamina-4-0/edit"
CONTEXT = ssl_context()


@pytest.fixture
async def server() -> AsyncGenerator[ScriptedServer, None]:
    """A server that does what its script says."""
    async with open_server() as opened:
        yield opened


@pytest.fixture
async def thief() -> AsyncGenerator[ScriptedServer, None]:
    """A server that nobody should talk to."""
    async with open_server(lambda _: answer({"request_id": "stolen", "status": "completed"})) as opened:
        yield opened
        assert opened.connections == 0


@pytest.fixture
async def client(server: ScriptedServer) -> AsyncGenerator[RunComfyClient, None]:
    """The client, with the patience of a test."""
    async with client_of(server.base_url) as opened:
        yield opened


def client_of(base_url: str, *, seconds: float = 5, lanes: int = 4) -> RunComfyClient:
    return RunComfyClient(
        base_url=base_url,
        token="secret-token",
        user_agent="remix-bot/0",
        context=CONTEXT,
        lanes=lanes,
        read_seconds=seconds,
        submit_seconds=seconds,
    )


def queued(_: Received) -> bytes:
    return answer({"request_id": "r1", "status": "in_queue"})


# --- what is sent -----------------------------------------------------------------------------------------------------


async def test_the_paid_post_is_one_request_with_token_and_json(server: ScriptedServer, client: RunComfyClient) -> None:
    server.script = lambda _: answer({"request_id": "r1"}, status=201)
    assert await client.submit(MODEL, {"prompt": "\ud55c", "width\u00d7height": "1x1", "broken": "\ud800"}) == "r1"
    (request,) = server.received
    assert request.target == f"POST /v1/models/{MODEL}"
    assert json.loads(request.body) == {"prompt": "\ud55c", "width\u00d7height": "1x1", "broken": "\ud800"}
    assert request.headers["authorization"] == "Bearer secret-token"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept"] == "application/json"
    assert request.headers["user-agent"] == "remix-bot/0"


async def test_each_verb_has_its_own_address_under_our_base(
    server: ScriptedServer, client: RunComfyClient, thief: ScriptedServer
) -> None:
    links = {f"{verb}_url": f"{thief.base_url}/{verb}" for verb in ("status", "result", "cancel")}
    said: dict[str, object] = {"request_id": "r1", "status": "in_progress", "outcome": "not_cancellable", **links}
    server.script = lambda _: answer(said)
    request_id = await client.submit(MODEL, {})
    await client.status(request_id)
    await client.result(request_id)
    await client.cancel(request_id)
    await client.model(MODEL)
    assert [request.target for request in server.received[1:]] == [
        "GET /v1/requests/r1/status",
        "GET /v1/requests/r1/result?include_cost=true",
        "POST /v1/requests/r1/cancel",
        f"GET /v1/models/{MODEL}",
    ]


async def test_a_base_with_a_path_keeps_it(server: ScriptedServer) -> None:
    server.script = queued
    async with client_of(f"{server.base_url}/mirror/") as client:
        await client.status("r1")
    assert server.received[0].target == "GET /mirror/v1/requests/r1/status"


async def test_polls_share_a_connection_and_the_paid_post_never_does(
    server: ScriptedServer, client: RunComfyClient
) -> None:
    server.script = queued
    for _ in range(3):
        await client.status("r1")
        await client.submit(MODEL, {})
    polls = {request.connection for request in server.received if request.target.startswith("GET")}
    posts = [request.connection for request in server.received if request.target.startswith("POST")]
    assert len(polls) == 1
    assert len({*polls, *posts}) == 4


@pytest.mark.parametrize("bad", ["", "../r2", "a/b", "r1?x", "r1\n", "\u0661", "a" * 129])
async def test_an_id_that_could_bend_an_address_is_never_sent(
    server: ScriptedServer, client: RunComfyClient, bad: str
) -> None:
    for ask in (client.status, client.result, client.cancel):
        with pytest.raises(ProviderProtocolError, match="not asked"):
            await ask(bad)
    server.script = lambda _: answer({"request_id": bad})
    with pytest.raises(SubmissionUncertain):
        await client.submit(MODEL, {})
    assert len(server.received) == 1


@pytest.mark.parametrize("bad", ["", "a/../b", "/a", "a//b", "a/b?c", "a b", ".."])
async def test_a_models_id_that_could_bend_an_address_is_never_sent(
    server: ScriptedServer, client: RunComfyClient, bad: str
) -> None:
    with pytest.raises(ProviderRejected, match="not sent"):
        await client.submit(bad, {})
    assert server.connections == 0


async def test_what_is_no_json_is_never_sent(server: ScriptedServer, client: RunComfyClient) -> None:
    for payload in ({"scale": math.nan}, {"prompt": object()}):
        with pytest.raises(ProviderRejected, match="not sent"):
            await client.submit(MODEL, payload)
    assert server.connections == 0


# --- what goes wrong --------------------------------------------------------------------------------------------------


async def test_without_a_connection_nothing_was_accepted() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        async with client_of(f"http://127.0.0.1:{taken.getsockname()[1]}") as client:
            for ask in (client.submit(MODEL, {}), client.status("r1"), client.cancel("r1")):
                with pytest.raises(ProviderUnavailable):
                    await ask


async def test_without_a_handshake_nothing_was_accepted(server: ScriptedServer) -> None:
    async with client_of(server.base_url.replace("http://", "https://"), seconds=0.6) as client:
        with pytest.raises(ProviderUnavailable, match="no connection"):
            await client.submit(MODEL, {})
    assert server.received == []


REDIRECTS = (301, 302, 303, 307, 308)


@pytest.mark.parametrize("status", REDIRECTS)
async def test_the_token_follows_no_redirect(
    server: ScriptedServer, client: RunComfyClient, thief: ScriptedServer, status: int
) -> None:
    server.script = lambda _: answer(status=status, location=f"{thief.base_url}/v1/requests/r1/status")
    with pytest.raises(SubmissionUncertain):
        await client.submit(MODEL, {})
    for ask in (client.status, client.result, client.cancel, client.model):
        with pytest.raises(ProviderProtocolError):
            await ask("r1")
    assert len(server.received) == 5


TROUBLES: dict[str, Callable[[Received], bytes]] = {
    "reset": lambda _: RESET,
    "half an answer": lambda _: answer(b'{"request', content_length="999", connection="close"),
    "no HTTP": lambda _: b"hello\r\n\r\n",
    "html 500": lambda _: answer(b"<h1>oops</h1>", status=500, content_type="text/html"),
    "too long": lambda _: answer(b'"' + b"x" * 2_000_000 + b'"'),
    "endless": lambda _: answer(b"x" * 1_100_000, content_length="9999999999"),
    "packed wrongly": lambda _: answer(b"not packed at all", content_encoding="gzip"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_trouble_after_the_paid_post_is_uncertain_and_it_is_not_sent_again(
    server: ScriptedServer, client: RunComfyClient, trouble: str
) -> None:
    server.script = TROUBLES[trouble]
    with pytest.raises(SubmissionUncertain):
        await client.submit(MODEL, {})
    assert (len(server.received), server.connections) == (1, 1)


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_trouble_with_a_poll_is_told_once_and_the_next_poll_is_fine(
    server: ScriptedServer, client: RunComfyClient, trouble: str
) -> None:
    server.script = TROUBLES[trouble]
    for _ in range(5):
        with pytest.raises(ProviderError) as caught:
            await client.status("r1")
        is_unreadable = trouble in {"too long", "endless", "packed wrongly"}
        assert type(caught.value) is (ProviderProtocolError if is_unreadable else ProviderUnavailable)
    assert len(server.received) == 5
    server.script = queued
    assert (await client.status("r1")).phase is Phase.QUEUED


async def test_silence_after_the_paid_post_is_uncertain(server: ScriptedServer) -> None:
    server.script = lambda _: HANG
    async with client_of(server.base_url, seconds=0.2) as client:
        with pytest.raises(SubmissionUncertain, match="no answer"):
            await client.submit(MODEL, {})
    assert len(server.received) == 1


async def test_silence_after_polls_frees_every_lane(server: ScriptedServer) -> None:
    server.script = lambda _: HANG
    async with client_of(server.base_url, seconds=0.2, lanes=2) as client:
        found = await asyncio.gather(*(client.status("r1") for _ in range(5)), return_exceptions=True)
        assert {type(one) for one in found} == {ProviderUnavailable}
        server.script = queued
        assert {(await client.status("r1")).phase for _ in range(5)} == {Phase.QUEUED}


async def test_polls_that_are_abandoned_free_every_lane(server: ScriptedServer) -> None:
    server.script = lambda _: HANG
    async with client_of(server.base_url, lanes=2) as client:
        polls = [asyncio.create_task(client.status("r1")) for _ in range(6)]
        await server.arrived.wait()
        for poll in polls:
            poll.cancel()
        assert all(
            isinstance(one, asyncio.CancelledError) for one in await asyncio.gather(*polls, return_exceptions=True)
        )
        server.script = queued
        found = await asyncio.gather(*(client.status("r1") for _ in range(6)))
        assert {one.phase for one in found} == {Phase.QUEUED}


async def test_polls_never_use_more_connections_than_lanes(server: ScriptedServer) -> None:
    server.script = queued
    async with client_of(server.base_url, lanes=3) as client:
        await asyncio.gather(*(client.status("r1") for _ in range(60)))
    assert len(server.received) == 60
    assert server.connections <= 3


async def test_a_connection_that_died_while_idle_harms_no_paid_post(
    server: ScriptedServer, client: RunComfyClient
) -> None:
    server.script = queued
    await client.status("r1")
    await client.submit(MODEL, {})
    server.hang_up()
    assert await client.submit(MODEL, {}) == "r1"
