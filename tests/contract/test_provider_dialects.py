"""The client against every documented behaviour of the service, and every guess where the documents are silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.domain.catalog import ImageModel
from bot.domain.remix_request import Input
from bot.domain.status import CancelOutcome
from bot.engine.answers import Phase, Verdict
from bot.errors import (
    OutOfCredit,
    ProviderError,
    ProviderProtocolError,
    ProviderRejected,
    ProviderUnauthorized,
    ProviderUnavailable,
    SubmissionUncertain,
)
from sandbox.faults import Fault
from sandbox.runcomfy.answers import TOO_MANY_REQUESTS
from sandbox.runcomfy.knobs import ErrorDialect, OutputShape
from sandbox.samples import sample
from tests.contract.provider_bench import SandboxProvider, open_client
from tests.contract.runcomfy_bench import MODEL, SIZE, TOKEN, open_bench

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

SUBMIT = f"/v1/models/{MODEL}"


@pytest.fixture
async def bench() -> AsyncGenerator[SandboxProvider, None]:
    """The real client on the simulated service."""
    async with open_bench() as opened, open_client(opened) as client:
        yield SandboxProvider(client, opened)


async def ended(bench: SandboxProvider) -> str:
    request_id = await bench.submitted()
    bench.start(request_id)
    bench.finish(request_id)
    return request_id


async def refused_submission(bench: SandboxProvider) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await bench.submitted()
    return caught.value


async def test_what_the_catalog_makes_of_a_request_is_accepted_as_it_is(bench: SandboxProvider) -> None:
    model = ImageModel.load("dreamina-4-0-edit")
    url = bench.bench.pictures.url("chelsea.png")
    image = Input(url, "chelsea.png", "image/png", len(sample("chelsea.png")), 451, 300)
    options = {"size": "1024x1024(1:1)", "scale": 0.7, "single": True}
    request = model.request(prompt="\ud55c\uae00 \U0001f408", inputs=[image], options=options)
    bench.bench.turn(unknown_keys="reject")
    await bench.provider.submit(model.id, model.payload(request))
    (paid,) = bench.bench.sandbox.ledger
    assert paid.body == {
        "image_urls": [url],
        "prompt": "\ud55c\uae00 \U0001f408",
        SIZE: "1024x1024(1:1)",
        "scale": 0.7,
        "force_single": True,
    }


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", list(ErrorDialect))
async def test_a_refused_token_is_known_in_every_dialect(bench: SandboxProvider, dialect: ErrorDialect) -> None:
    bench.bench.turn(error_dialect=dialect)
    request_id = await bench.submitted()
    bench.bench.sandbox.account.is_active = False
    assert type(await refused_submission(bench)) is ProviderUnauthorized
    with pytest.raises(ProviderUnauthorized):
        await bench.provider.status(request_id)
    with pytest.raises(ProviderUnauthorized):
        await bench.provider.cancel(request_id)
    with pytest.raises(ProviderUnauthorized):
        await bench.provider.model(MODEL)


@pytest.mark.parametrize("dialect", list(ErrorDialect))
async def test_an_empty_account_is_known_in_every_dialect(bench: SandboxProvider, dialect: ErrorDialect) -> None:
    bench.bench.turn(error_dialect=dialect)
    bench.bench.sandbox.account.balance_micros = 1
    assert type(await refused_submission(bench)) is OutOfCredit
    assert list(bench.accepted()) == []


@pytest.mark.parametrize("dialect", list(ErrorDialect))
async def test_an_unknown_model_and_an_unknown_request_are_rejected(
    bench: SandboxProvider, dialect: ErrorDialect
) -> None:
    bench.bench.turn(error_dialect=dialect, unknown_model="400001")
    with pytest.raises(ProviderRejected) as caught:
        await bench.provider.submit("bytedance/nothing/edit", bench.bench.body())
    assert caught.value.code == "400001"
    with pytest.raises(ProviderRejected) as caught:
        await bench.provider.result("gone")
    assert caught.value.code == "404001"


async def test_the_404_of_an_unknown_model_is_a_refusal_with_the_documented_code(bench: SandboxProvider) -> None:
    for ask in (
        bench.provider.submit("bytedance/nothing/edit", bench.bench.body()),
        bench.provider.model("bytedance/nothing/edit"),
    ):
        with pytest.raises(ProviderRejected, match="model not found") as caught:
            await ask
        assert caught.value.code == "400001"


async def test_somebody_elses_request_is_rejected_and_not_taken_for_a_bad_token(bench: SandboxProvider) -> None:
    request_id = await bench.submitted()
    bench.bench.sandbox.add_account("other")
    async with open_client(bench.bench, token="other") as stranger:
        with pytest.raises(ProviderRejected) as caught:
            await stranger.status(request_id)
    assert caught.value.code == "403001"


async def test_what_breaks_the_schema_is_rejected_with_the_providers_words(bench: SandboxProvider) -> None:
    with pytest.raises(ProviderRejected, match="scale") as caught:
        await bench.provider.submit(MODEL, bench.bench.body(scale=7, prompt=5))
    assert caught.value.reason == "prompt must be of type string.; scale breaks maximum 1."


async def test_the_words_of_a_failure_hold_no_secret_and_are_short(bench: SandboxProvider) -> None:
    secret = f"{TOKEN} https://cdn.discordapp.com/a/b/c.png?ex=1&hm=5ecre7 " + "x" * 1000
    bench.bench.sandbox.timeline.hold()
    bench.bench.sandbox.timeline.refuse_next(secret)
    error = await refused_submission(bench)
    assert isinstance(error, ProviderRejected)
    bench.bench.sandbox.timeline.fail_next(secret)
    request_id = await bench.provider.submit(MODEL, bench.bench.body())
    bench.start(request_id)
    bench.finish(request_id)
    told = (await bench.provider.result(request_id)).error
    for words in (error.reason, str(error), told):
        assert words is not None
        assert TOKEN not in words
        assert "5ecre7" not in words
        assert len(words) <= 320


async def test_a_catalog_that_is_not_there_is_a_refusal_and_no_outage(bench: SandboxProvider) -> None:
    bench.bench.turn(catalog=False)
    with pytest.raises(ProviderRejected):
        await bench.provider.model(MODEL)


# --- results ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", list(OutputShape))
async def test_outputs_are_found_whatever_their_shape_and_inputs_are_not_among_them(
    bench: SandboxProvider, shape: OutputShape
) -> None:
    bench.bench.turn(output_shape=shape, echo_inputs=True)
    request_id = await ended(bench)
    result = await bench.provider.result(request_id, sent_urls=[bench.bench.pictures.url("chelsea.png")])
    (url,) = result.output_urls
    assert url.startswith(f"{bench.bench.sandbox.base_url}/outputs/{request_id}/")


async def test_completed_is_not_yet_a_result_where_the_result_lags(bench: SandboxProvider) -> None:
    bench.bench.turn(result_lag_seconds=5)
    request_id = await ended(bench)
    assert (await bench.provider.status(request_id)).phase is Phase.ENDED
    assert (await bench.provider.result(request_id)).verdict is Verdict.NOT_READY
    bench.bench.pass_time(5)
    assert (await bench.provider.result(request_id)).verdict is Verdict.SUCCEEDED


@pytest.mark.parametrize("http", [200, 400])
async def test_the_code_of_a_result_that_is_not_ready_is_no_refusal(bench: SandboxProvider, http: int) -> None:
    request_id = await ended(bench)
    bench.bench.sandbox.faults.add(Fault.answer(http, '{"error_code": 400005, "error_message": "not ready"}'))
    assert (await bench.provider.result(request_id)).verdict is Verdict.NOT_READY
    assert (await bench.provider.result(request_id)).verdict is Verdict.SUCCEEDED


async def test_unknown_words_mean_running_and_aliases_are_understood(bench: SandboxProvider) -> None:
    words = {"in_progress": "warming_up", "in_queue": "PENDING", "cancelled": "canceled", "succeeded": "Success"}
    bench.bench.turn(words=words)
    first, second = await bench.submitted(), await bench.submitted()
    assert (await bench.provider.status(first)).phase is Phase.QUEUED
    bench.start(first)
    status = await bench.provider.status(first)
    assert (status.phase, status.word) == (Phase.RUNNING, "warming_up")
    assert await bench.provider.cancel(second) is CancelOutcome.CANCELLED
    assert (await bench.provider.result(second)).verdict is Verdict.CANCELLED
    bench.finish(first)
    assert (await bench.provider.result(first)).verdict is Verdict.SUCCEEDED


async def test_failed_on_status_is_an_end_and_the_result_tells_why(bench: SandboxProvider) -> None:
    bench.bench.turn(failed_on_status=True)
    request_id = await bench.submitted(fails=True)
    bench.start(request_id)
    bench.finish(request_id)
    assert (await bench.provider.status(request_id)).phase is Phase.ENDED
    assert (await bench.provider.result(request_id)).error == "the model refused"


async def test_not_cancellable_under_409_is_an_outcome_too(bench: SandboxProvider) -> None:
    bench.bench.turn(not_cancellable_http=409)
    request_id = await bench.submitted()
    bench.start(request_id)
    assert await bench.provider.cancel(request_id) is CancelOutcome.NOT_CANCELLABLE


# --- faults -----------------------------------------------------------------------------------------------------------


async def test_a_429_of_runcomfy_itself_is_surely_not_accepted_and_says_how_long_to_wait(
    bench: SandboxProvider,
) -> None:
    bench.bench.sandbox.faults.add(Fault.too_many_requests(7, error_code=TOO_MANY_REQUESTS, route=SUBMIT))
    error = await refused_submission(bench)
    assert isinstance(error, ProviderUnavailable)
    assert error.retry_after is not None
    assert error.retry_after.total_seconds() == 7
    assert list(bench.accepted()) == []


async def test_a_429_without_a_word_about_when_is_surely_not_accepted_too(bench: SandboxProvider) -> None:
    bench.bench.sandbox.faults.add(Fault.too_many_requests(error_code=TOO_MANY_REQUESTS, route=SUBMIT))
    error = await refused_submission(bench)
    assert isinstance(error, ProviderUnavailable)
    assert error.retry_after is None
    assert list(bench.accepted()) == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault.drop(route=SUBMIT, after_commit=True),
        Fault.drop(route=SUBMIT),
        Fault.server_error(502, route=SUBMIT, after_commit=True),
        Fault.server_error(500, route=SUBMIT),
        Fault.server_error(503, route=SUBMIT, after_commit=True),
        Fault.answer(503, '{"message": "Service Unavailable"}', route=SUBMIT, after_commit=True),
        Fault.answer(503, headers={"Retry-After": "1"}, route=SUBMIT, after_commit=True),
        Fault.too_many_requests(1, route=SUBMIT, after_commit=True),
        Fault.answer(400, '{"message": "Bad Request"}', route=SUBMIT, after_commit=True),
        Fault.answer(404, '{"detail": "Not Found"}', route=SUBMIT, after_commit=True),
        Fault.answer(401, route=SUBMIT, after_commit=True),
        Fault.malformed_json(route=SUBMIT, after_commit=True),
        Fault.answer(200, "{}", route=SUBMIT, after_commit=True),
        Fault.answer(200, '{"request_id": "../../models"}', route=SUBMIT),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}-{fault.after_commit}-{fault.body}",
)
async def test_what_may_have_been_accepted_is_uncertain_and_sent_once(bench: SandboxProvider, fault: Fault) -> None:
    bench.bench.sandbox.faults.add(fault)
    assert type(await refused_submission(bench)) is SubmissionUncertain
    assert len(bench.accepted()) == (1 if fault.after_commit else 0)
    assert len(bench.bench.sandbox.faults.fired) == 1


@pytest.mark.parametrize("body", ["<h1>no such page</h1>", '{"detail": "Not Found"}', '{"code": 404, "message": "no"}'])
async def test_a_404_not_in_the_own_format_is_perhaps_an_unknown_request_on_the_status_only(
    bench: SandboxProvider, body: str
) -> None:
    request_id = await bench.submitted()
    for ask, kind in (
        (bench.provider.status, ProviderRejected),
        (bench.provider.result, ProviderUnavailable),
        (bench.provider.cancel, ProviderUnavailable),
    ):
        bench.bench.sandbox.faults.add(Fault.answer(404, body))
        with pytest.raises(kind) as caught:
            await ask(request_id)
        assert caught.value.code == ("404" if kind is ProviderRejected else None)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.drop(), ProviderUnavailable),
        (Fault.server_error(502), ProviderUnavailable),
        (Fault.too_many_requests(), ProviderUnavailable),
        (Fault.malformed_json(), ProviderProtocolError),
        (Fault.answer(200, "{}"), ProviderProtocolError),
        (Fault.answer(304), ProviderProtocolError),
    ],
    ids=lambda value: f"{value.kind}-{value.status}" if isinstance(value, Fault) else value.__name__,
)
async def test_a_poll_that_goes_wrong_is_classified_and_not_repeated(
    bench: SandboxProvider, fault: Fault, kind: type[ProviderError]
) -> None:
    request_id = await bench.submitted()
    for ask in (bench.provider.status, bench.provider.result, bench.provider.cancel):
        bench.bench.sandbox.faults.add(fault)
        with pytest.raises(ProviderError) as caught:
            await ask(request_id)
        assert type(caught.value) is kind
    assert len(bench.bench.sandbox.faults.fired) == 3
    assert (await bench.provider.status(request_id)).phase is Phase.QUEUED
