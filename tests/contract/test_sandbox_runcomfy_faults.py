"""Faults as a plain HTTP client feels them, at the simulated RunComfy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from sandbox.faults import Fault, Faults
from tests.contract.runcomfy_bench import MODEL, Bench, open_bench

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SUBMIT = "/v1/models/{model_id:.*}"
STATUS = "/v1/requests/{request_id}/status"


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """A sandbox of its own for every test."""
    async with open_bench() as bench:
        yield bench


async def test_an_answer_lost_after_the_commit_leaves_a_paid_post(bench: Bench) -> None:
    bench.sandbox.faults.add(Fault.drop(method="POST", route=SUBMIT, after_commit=True))

    with pytest.raises(httpx.TransportError):
        await bench.submit(prompt="lost")

    assert len(bench.sandbox.accepted_for("lost")) == 1
    await bench.submitted(prompt="lost")
    assert len(bench.sandbox.accepted_for("lost")) == 2


async def test_a_connection_broken_before_the_handler_costs_nothing(bench: Bench) -> None:
    bench.sandbox.faults.add(Fault.drop(method="POST", route=SUBMIT))

    with pytest.raises(httpx.TransportError):
        await bench.submit()

    assert bench.sandbox.ledger == []


async def test_a_server_error_after_the_commit_leaves_a_paid_post(bench: Bench) -> None:
    bench.sandbox.faults.add(Fault.server_error(502, method="POST", route=SUBMIT, after_commit=True))

    answer = await bench.submit()

    assert answer.status_code == 502
    assert answer.headers["content-type"].startswith("text/html")
    assert len(bench.sandbox.ledger) == 1


async def test_a_server_error_is_over_after_its_count(bench: Bench) -> None:
    request_id = await bench.submitted()
    bench.sandbox.faults.add(Fault.server_error(503, route=STATUS, times=2))

    codes = [(await bench.client.get(f"/v1/requests/{request_id}/status")).status_code for _ in range(3)]

    assert codes == [503, 503, 200]
    assert [fired.path for fired in bench.sandbox.faults.fired] == [f"/v1/requests/{request_id}/status"] * 2


@pytest.mark.parametrize("after", [None, 7])
async def test_too_many_requests_comes_with_and_without_retry_after(bench: Bench, after: float | None) -> None:
    bench.sandbox.faults.add(Fault.too_many_requests(after, method="POST"))

    answer = await bench.submit()

    assert answer.status_code == 429
    assert answer.headers.get("Retry-After") == (None if after is None else "7")
    assert bench.sandbox.ledger == []


async def test_malformed_json_is_really_malformed(bench: Bench) -> None:
    bench.sandbox.faults.add(Fault.malformed_json(route=SUBMIT))

    answer = await bench.submit()

    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


async def test_a_late_answer_is_the_right_one(bench: Bench) -> None:
    bench.sandbox.faults.add(Fault.late(0.05, route=SUBMIT))

    assert "request_id" in (await bench.submit()).json()


async def test_an_answer_too_late_for_the_client_has_committed_if_told_so(bench: Bench) -> None:
    bench.sandbox.faults.add(Fault.late(60, route=SUBMIT, after_commit=True))

    with pytest.raises(httpx.ReadTimeout):
        await bench.client.post(f"/v1/models/{MODEL}", json=bench.body(), timeout=httpx.Timeout(5, read=1))

    assert len(bench.sandbox.ledger) == 1


async def test_a_request_that_is_held_is_done_although_its_client_died_and_the_test_hears_of_both(bench: Bench) -> None:
    faults = bench.sandbox.faults
    before = faults.add(Fault.late(60, route=SUBMIT))
    with pytest.raises(httpx.ReadTimeout):
        await bench.client.post(f"/v1/models/{MODEL}", json=bench.body(), timeout=httpx.Timeout(5, read=0.2))
    await faults.until_reached(before)
    assert bench.sandbox.ledger == []

    after = faults.add(Fault.late(60, route=SUBMIT, after_commit=True))
    faults.release()
    with pytest.raises(httpx.ReadTimeout):
        await bench.client.post(f"/v1/models/{MODEL}", json=bench.body(), timeout=httpx.Timeout(5, read=0.2))
    await faults.until_reached(after)
    assert len(bench.sandbox.ledger) == 2


async def test_a_hanging_answer_has_a_head_and_never_an_end(bench: Bench) -> None:
    bench.sandbox.faults.add(Fault.hang(0.1, route="/v1/models"))

    async with bench.client.stream("GET", "/v1/models") as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            await answer.aread()


async def test_clearing_the_faults_ends_what_hangs_at_this_moment(bench: Bench) -> None:
    bench.sandbox.faults.add(Fault.hang(3600, route="/v1/models"))

    async with bench.client.stream("GET", "/v1/models") as answer:
        bench.sandbox.faults.clear()
        with pytest.raises(httpx.RemoteProtocolError):
            await answer.aread()
    assert (await bench.client.get("/v1/models")).status_code == 200


async def test_a_simulator_that_stops_leaves_the_shared_faults_armed() -> None:
    faults = Faults()
    async with open_bench(faults=faults) as bench:
        fault = bench.sandbox.faults.add(Fault.drop())

    assert faults.armed == [fault]
