"""The simulated RunComfy over real sockets: cancelling in time and too late, and the pictures that come out."""

from __future__ import annotations

import asyncio
import io
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from PIL import Image

from tests.contract.runcomfy_bench import SIZE, TOKEN, Bench, open_bench

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """A sandbox of its own for every test."""
    async with open_bench() as bench:
        yield bench


async def test_a_queued_request_is_cancelled_and_costs_nothing(bench: Bench) -> None:
    bench.sandbox.timeline.hold()
    request_id = await bench.submitted()
    assert bench.sandbox.ledger[0].charged_micros == 30_000

    outcome = await bench.cancel(request_id)

    assert outcome == {"request_id": request_id, "status": "cancelled", "outcome": "cancelled"}
    assert (await bench.status(request_id))["status"] == "cancelled"
    assert (await bench.result(request_id))["status"] == "cancelled"
    assert [post.charged_micros for post in bench.sandbox.ledger] == [0]


async def test_a_running_request_cannot_be_cancelled_and_finishes(bench: Bench) -> None:
    request_id = await bench.submitted()

    outcome = await bench.cancel(request_id)
    bench.pass_time(3)

    assert outcome == {"request_id": request_id, "status": "in_progress", "outcome": "not_cancellable"}
    assert (await bench.result(request_id))["status"] == "succeeded"
    assert (await bench.cancel(request_id))["status"] == "completed"
    assert bench.sandbox.ledger[0].charged_micros == 30_000


async def test_a_second_cancel_is_not_cancellable_and_refunds_once(bench: Bench) -> None:
    bench.sandbox.account.balance_micros = 30_000
    bench.sandbox.timeline.hold()
    request_id = await bench.submitted()
    await bench.cancel(request_id)

    again = await bench.cancel(request_id)

    assert again == {"request_id": request_id, "status": "cancelled", "outcome": "not_cancellable"}
    assert bench.sandbox.account.balance_micros == 30_000


async def test_a_cancel_may_lose_the_race(bench: Bench) -> None:
    bench.sandbox.timeline.hold()
    request_id = await bench.submitted()
    bench.sandbox.timeline.lose_next_cancel()

    assert (await bench.status(request_id))["status"] == "in_queue"
    assert (await bench.cancel(request_id))["outcome"] == "not_cancellable"
    bench.sandbox.timeline.finish(request_id)
    assert (await bench.result(request_id))["status"] == "succeeded"


async def test_not_cancellable_may_come_with_another_http_status(bench: Bench) -> None:
    bench.turn(not_cancellable_http=409)
    request_id = await bench.submitted()

    answer = await bench.client.post(f"/v1/requests/{request_id}/cancel")

    assert answer.status_code == 409
    assert answer.json()["outcome"] == "not_cancellable"


@pytest.mark.parametrize("length", ["", "Content-Length: 0\r\n"])
async def test_a_cancel_needs_neither_content_length_nor_accept(bench: Bench, length: str) -> None:
    request_id = await bench.submitted()
    url = httpx.URL(bench.sandbox.base_url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = f"POST /v1/requests/{request_id}/cancel HTTP/1.1\r\nHost: {url.host}\r\nAuthorization: Bearer {TOKEN}\r\n"

    writer.write(f"{head}{length}Connection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()

    assert answer.startswith(b"HTTP/1.1 202")
    assert b"not_cancellable" in answer


async def test_a_token_sent_to_the_outputs_is_refused_and_noted(bench: Bench) -> None:
    request_id = await bench.submitted()
    bench.pass_time(3)
    url = (await bench.result(request_id))["output"]["image"]

    leaked = await bench.client.get(url)

    assert leaked.status_code == 403
    assert len(bench.sandbox.violations) == 1
    assert "credentials" in bench.sandbox.violations[0]


async def test_outputs_are_not_there_before_the_end_nor_under_another_number(bench: Bench) -> None:
    request_id = await bench.submitted()
    early = await bench.open.get(f"/outputs/{request_id}/0.jpg")
    bench.pass_time(3)
    await bench.result(request_id)

    assert early.status_code == 404
    assert (await bench.open.get(f"/outputs/{request_id}/0.jpg")).status_code == 200
    assert (await bench.open.get(f"/outputs/{request_id}/1.jpg")).status_code == 404
    assert bench.sandbox.violations == []


async def test_outputs_and_requests_expire_after_their_retention(bench: Bench) -> None:
    bench.turn(output_retention=timedelta(hours=1), request_retention=timedelta(hours=2))
    request_id = await bench.submitted()
    bench.pass_time(3)
    url = (await bench.result(request_id))["output"]["image"]

    bench.pass_time(3590)
    assert (await bench.open.get(url)).status_code == 200
    bench.pass_time(60)
    assert (await bench.open.get(url)).status_code == 404
    assert (await bench.result(request_id))["output"]["image"] == url
    bench.pass_time(3600)
    gone = await bench.client.get(f"/v1/requests/{request_id}/status")
    assert (gone.status_code, gone.json()["code"]) == (404, 404001)
    assert len(bench.sandbox.ledger) == 1


async def test_outputs_and_requests_can_be_made_to_expire_now(bench: Bench) -> None:
    request_id = await bench.submitted()
    bench.pass_time(3)
    url = (await bench.result(request_id))["output"]["image"]
    digests = bench.sandbox.output_sha256(request_id)

    bench.sandbox.expire_outputs(request_id)
    assert (await bench.open.get(url)).status_code == 404
    assert bench.sandbox.output_sha256(request_id) == digests
    bench.sandbox.expire_request(request_id)
    assert (await bench.client.get(f"/v1/requests/{request_id}/result")).status_code == 404


async def test_png_outputs_are_png(bench: Bench) -> None:
    bench.turn(output_format="PNG")
    request_id = await bench.submitted()
    bench.pass_time(3)
    picture = await bench.open.get((await bench.result(request_id))["output"]["image"])

    assert picture.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(picture.content)).format == "PNG"


async def test_an_omitted_size_is_the_published_default(bench: Bench) -> None:
    request_id = await bench.submitted(**{SIZE: None})
    bench.pass_time(3)
    picture = await bench.open.get((await bench.result(request_id))["output"]["image"])

    assert Image.open(io.BytesIO(picture.content)).size == (2048, 2048)
