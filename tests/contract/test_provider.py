"""One suite for the port ``Provider``: the real client on the simulated service, and the engine's fake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.domain.status import CancelOutcome
from bot.engine.answers import Phase, Verdict
from bot.errors import ProviderRejected
from tests.contract.provider_bench import ProviderBench, open_provider
from tests.contract.runcomfy_bench import MODEL

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


@pytest.fixture(params=["sandbox", "fake"])
async def bench(request: pytest.FixtureRequest) -> AsyncGenerator[ProviderBench, None]:
    """An implementation of the port."""
    async with open_provider(str(request.param)) as opened:
        yield opened


async def test_a_submission_is_accepted_once_and_waits_in_the_queue(bench: ProviderBench) -> None:
    request_id = await bench.submitted()
    assert list(bench.accepted()) == [request_id]
    status = await bench.provider.status(request_id)
    assert (status.phase, status.queue_position) == (Phase.QUEUED, 1)
    assert (await bench.provider.result(request_id)).verdict is Verdict.NOT_READY


async def test_the_second_in_the_queue_stands_behind_the_first(bench: ProviderBench) -> None:
    first, second = await bench.submitted(), await bench.submitted()
    assert first != second
    assert (await bench.provider.status(second)).queue_position == 2


async def test_a_running_request_has_no_position_and_no_result(bench: ProviderBench) -> None:
    request_id = await bench.submitted()
    bench.start(request_id)
    status = await bench.provider.status(request_id)
    assert (status.phase, status.queue_position) == (Phase.RUNNING, None)
    assert (await bench.provider.result(request_id)).verdict is Verdict.NOT_READY


async def test_a_request_that_ended_well_has_outputs_and_a_cost(bench: ProviderBench) -> None:
    request_id = await bench.submitted()
    bench.start(request_id)
    bench.finish(request_id)
    assert (await bench.provider.status(request_id)).phase is Phase.ENDED
    result = await bench.provider.result(request_id)
    assert (result.verdict, len(result.output_urls), result.cost_micros) == (Verdict.SUCCEEDED, 1, 30_000)


async def test_a_request_that_ended_badly_has_ended_all_the_same(bench: ProviderBench) -> None:
    request_id = await bench.submitted(fails=True)
    bench.start(request_id)
    bench.finish(request_id)
    assert (await bench.provider.status(request_id)).phase is Phase.ENDED
    result = await bench.provider.result(request_id)
    assert (result.verdict, result.output_urls, result.error) == (Verdict.FAILED, (), "the model refused")


async def test_a_queued_request_can_be_cancelled(bench: ProviderBench) -> None:
    request_id = await bench.submitted()
    assert await bench.provider.cancel(request_id) is CancelOutcome.CANCELLED
    assert (await bench.provider.status(request_id)).phase is Phase.ENDED
    assert (await bench.provider.result(request_id)).verdict is Verdict.CANCELLED


async def test_a_running_request_cannot_be_cancelled_and_still_ends(bench: ProviderBench) -> None:
    request_id = await bench.submitted()
    bench.start(request_id)
    assert await bench.provider.cancel(request_id) is CancelOutcome.NOT_CANCELLABLE
    bench.finish(request_id)
    assert (await bench.provider.result(request_id)).verdict is Verdict.SUCCEEDED


async def test_an_ended_request_cannot_be_cancelled(bench: ProviderBench) -> None:
    request_id = await bench.submitted()
    bench.start(request_id)
    bench.finish(request_id)
    assert await bench.provider.cancel(request_id) is CancelOutcome.NOT_CANCELLABLE


@pytest.mark.parametrize("verb", ["status", "result", "cancel"])
async def test_a_request_that_is_unknown_is_refused_with_its_code(bench: ProviderBench, verb: str) -> None:
    verbs = {"status": bench.provider.status, "result": bench.provider.result, "cancel": bench.provider.cancel}
    with pytest.raises(ProviderRejected) as caught:
        await verbs[verb]("nobody-knows-me")
    assert caught.value.code == "404001"


async def test_what_is_published_about_a_model_is_free_and_tells_its_price(bench: ProviderBench) -> None:
    info = await bench.provider.model(MODEL)
    assert (info.model_id, info.price_micros) == (MODEL, 30_000)
    assert list(bench.accepted()) == []
