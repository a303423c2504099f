"""The provider's JSON: every shape and word that has been seen, and what it means to the engine."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.status import CancelOutcome
from bot.engine.answers import Phase, RequestResult, Verdict
from bot.errors import ProviderProtocolError
from bot.runcomfy import wire

OUT = "https://files.runcomfy.net/out.png"
SECOND = "https://files.runcomfy.net/second.png"
SENT = "https://cdn.example/cat.png"


def result(sent_urls: tuple[str, ...] = (), **members: object) -> RequestResult:
    return wire.read_result({"request_id": "r1", **members}, request_id="r1", sent_urls=sent_urls)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"request_id": "', b"[]", b'"text"', b"null", b"\xff", b"[" * 200_000]
)
def test_what_is_no_json_object_is_no_document(body: bytes) -> None:
    assert wire.read_document(body) is None


# --- status -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "phase"),
    [
        *((word, Phase.QUEUED) for word in ("in_queue", "IN_QUEUE", "in-queue", "pending", "waiting", "queued")),
        *((word, Phase.RUNNING) for word in ("in_progress", "starting", "processing", "warming_up", "?")),
        *((word, Phase.ENDED) for word in ("completed", "Completed", "succeeded", "success", "failed", "error")),
        *((word, Phase.ENDED) for word in ("cancelled", "canceled", "CANCELED")),
    ],
)
def test_every_word_has_a_phase_and_unknown_ones_are_running(word: str, phase: Phase) -> None:
    status = wire.read_status({"request_id": "r1", "status": word}, request_id="r1")
    assert (status.phase, status.word) == (phase, word)


@pytest.mark.parametrize(
    ("said", "read"), [(0, 0), (3, 3), (None, None), (-1, None), ("2", None), (True, None), (1.5, None), (10**30, None)]
)
def test_a_queue_position_is_read_only_where_it_is_one(said: object, read: int | None) -> None:
    document = {"status": "in_queue", "queue_position": said, "status_url": "https://evil.example"}
    assert wire.read_status(document, request_id="r1").queue_position == read


@pytest.mark.parametrize("document", [{}, {"status": None}, {"status": 3}, {"status": ""}])
def test_a_status_without_a_word_cannot_be_read(document: dict[str, object]) -> None:
    with pytest.raises(ProviderProtocolError, match="status"):
        wire.read_status(document, request_id="r1")


def test_an_answer_about_another_request_is_not_believed() -> None:
    stranger = {"request_id": "r2", "status": "succeeded", "output": OUT}
    with pytest.raises(ProviderProtocolError, match="another"):
        wire.read_status(stranger, request_id="r1")
    with pytest.raises(ProviderProtocolError, match="another"):
        wire.read_result(stranger, request_id="r1")


# --- result -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "urls"),
    [
        ({"image": OUT}, (OUT,)),
        ({"images": [OUT, SECOND]}, (OUT, SECOND)),
        ({"video": OUT}, (OUT,)),
        ({"videos": [OUT]}, (OUT,)),
        ({"video": SECOND, "images": [OUT]}, (OUT, SECOND)),
        ({"image": OUT, "images": [OUT, SECOND]}, (OUT, SECOND)),
        ([OUT, SECOND], (OUT, SECOND)),
        (OUT, (OUT,)),
        ({"image": {"url": OUT, "content_type": "image/png"}}, (OUT,)),
        ({"images": [{"url": OUT}, {"url": SECOND}]}, (OUT, SECOND)),
        ({"image": OUT, "preview": SECOND}, (OUT,)),
        ({"picture": {"href": OUT}}, (OUT,)),
        ({"image": "", "images": []}, ()),
        ({"image": "data:image/png;base64,AAAA"}, ()),
        ({"images": [None, 3, True, OUT]}, (OUT,)),
        ({}, ()),
        (None, ()),
    ],
)
def test_outputs_are_found_in_every_shape(output: object, urls: tuple[str, ...]) -> None:
    assert result(status="succeeded", output=output) == RequestResult(Verdict.SUCCEEDED, urls)


def test_completed_with_outputs_beside_a_word_of_an_error_is_paid_work_that_is_fetched() -> None:
    found = result(status="completed", output={"images": [OUT]}, error="one of two pictures was dropped")
    assert (found.verdict, found.output_urls) == (Verdict.SUCCEEDED, (OUT,))
    echo = result(status="completed", output={"images": [SENT]}, error="no", sent_urls=(SENT,))
    assert echo.verdict is Verdict.FAILED


def test_inputs_that_are_echoed_are_no_outputs() -> None:
    found = result(
        status="succeeded", input={"image_urls": [SECOND]}, output={"images": [SENT, OUT]}, sent_urls=(SENT,)
    )
    assert found.output_urls == (OUT,)


@pytest.mark.parametrize("echo", [SENT, f"{SENT}/"])
def test_an_address_that_was_sent_as_the_prompt_is_no_output_and_hides_none(echo: str) -> None:
    echoed = {"prompt": echo, "file": f"{SENT}/made.png"}
    found = result(status="succeeded", output=echoed, sent_urls=(SENT,))
    assert found.output_urls == (f"{SENT}/made.png",)


def test_a_deeply_nested_output_ends_the_search() -> None:
    output: object = OUT
    for _ in range(400):
        output = [output]
    assert result(status="succeeded", output=output).output_urls == ()


@pytest.mark.parametrize("word", ["in_queue", "in_progress", "pending", "completed", "unheard_of"])
def test_a_result_that_is_not_there_yet_is_not_ready(word: str) -> None:
    assert result(status=word) == RequestResult(Verdict.NOT_READY)


@pytest.mark.parametrize("word", ["succeeded", "success", "completed", "SUCCEEDED"])
def test_words_of_success_with_an_output_are_success(word: str) -> None:
    assert result(status=word, output={"image": OUT}).verdict is Verdict.SUCCEEDED


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({"status": "failed", "error": "model refused\nthe prompt"}, "model refused the prompt"),
        ({"status": "FAILED", "error": {"code": 7, "msg": "실패"}}, "실패"),
        ({"status": "failed", "message": "the model refused"}, "the model refused"),
        ({"status": "failed", "detail": [{"loc": ["body", "scale"], "msg": "too big"}]}, "scale: too big"),
        ({"status": "error", "error_code": 500001, "error_message": "boom"}, "boom"),
        ({"status": "completed", "error": "late"}, "late"),
        ({"status": "failed"}, None),
    ],
)
def test_a_failed_run_tells_its_error(members: dict[str, object], error: str | None) -> None:
    document = {"request_id": "r1", **members}
    assert wire.read_result(document, request_id="r1") == RequestResult(Verdict.FAILED, error=error)


def test_a_long_error_is_read_up_to_a_bound() -> None:
    assert 300 < len(result(status="failed", error="x" * 10_000).error or "") < 3000


@pytest.mark.parametrize("word", ["cancelled", "canceled", "Cancelled"])
def test_both_spellings_of_cancelled_are_read(word: str) -> None:
    assert result(status=word).verdict is Verdict.CANCELLED


@pytest.mark.parametrize(
    ("dollars", "micros"),
    [
        (2.85, 2_850_000),
        (0.1 + 0.2, 300_000),
        (0, 0),
        (0.0000005, 1),
        ("0.044", 44_000),
        (3, 3_000_000),
        (-1, None),
        (float("nan"), None),
        (float("inf"), None),
        (1e12, None),
        (True, None),
        ("free", None),
        (None, None),
        ([1], None),
    ],
)
def test_dollars_become_whole_micro_dollars(dollars: object, micros: int | None) -> None:
    assert result(status="succeeded", output=OUT, cost=dollars).cost_micros == micros


def test_a_failed_run_may_have_cost_something() -> None:
    assert result(status="failed", cost=0.03).cost_micros == 30_000


# --- cancel and model -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "has_succeeded", "outcome"),
    [
        ({"outcome": "cancelled", "status": "cancelled"}, True, CancelOutcome.CANCELLED),
        ({"outcome": "canceled"}, True, CancelOutcome.CANCELLED),
        ({"status": "cancelled"}, True, CancelOutcome.CANCELLED),
        ({"outcome": "not_cancellable", "status": "in_progress"}, True, CancelOutcome.NOT_CANCELLABLE),
        ({"outcome": "not_cancellable", "status": "completed"}, False, CancelOutcome.NOT_CANCELLABLE),
        ({"outcome": "not_cancellable", "status": "cancelled"}, True, CancelOutcome.CANCELLED),
        ({"status": "completed"}, True, CancelOutcome.NOT_CANCELLABLE),
        ({"status": "in_progress"}, True, CancelOutcome.NOT_CANCELLABLE),
        ({"status": "in_queue"}, True, None),
        ({"status": "error"}, False, None),
        ({"outcome": 3}, True, None),
        ({}, True, None),
    ],
)
def test_a_cancellation_is_what_the_provider_says(
    document: dict[str, object], outcome: CancelOutcome | None, *, has_succeeded: bool
) -> None:
    assert wire.read_cancellation(document, has_succeeded=has_succeeded) is outcome


@pytest.mark.parametrize(
    ("document", "micros"),
    [
        ({"balance_usd": 12.5, "balance_microdollars": 12_500_000, "currency": "USD"}, 12_500_000),
        ({"balance_usd": -0.25, "balance_microdollars": -250_000}, -250_000),
        ({"balance_usd": "3.10"}, 3_100_000),
        ({"balance_usd": -1.5, "balance_microdollars": "?"}, -1_500_000),
        ({"balance_usd": 0}, 0),
    ],
)
def test_a_balance_is_read_also_below_zero(document: dict[str, object], micros: int) -> None:
    assert wire.read_balance(document) == micros


@pytest.mark.parametrize(
    "document", [{}, {"balance_usd": None}, {"balance_usd": "much"}, {"balance_microdollars": True}]
)
def test_a_balance_that_is_not_there_is_no_balance(document: dict[str, object]) -> None:
    with pytest.raises(ProviderProtocolError):
        wire.read_balance(document)


def test_a_model_tells_its_price_and_schema_where_it_can() -> None:
    page = {"model_id": "m/x", "base_price_usd": 0.03, "price_unit": "output", "input_schema": {"type": "object"}}
    told = wire.read_model(page, model_id="m/x")
    assert (told.price_micros, told.input_schema) == (30_000, {"type": "object"})
    silent = wire.read_model({"base_price_usd": "?", "input_schema": []}, model_id="m/x")
    assert (silent.model_id, silent.price_micros, silent.input_schema) == ("m/x", None, None)


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("2026-05-04T12:00:00Z", datetime(2026, 5, 4, 12, tzinfo=UTC)),
        ("2026-05-04T14:00:00+02:00", datetime(2026, 5, 4, 12, tzinfo=UTC)),
        ("2026-05-04T12:00:00", datetime(2026, 5, 4, 12, tzinfo=UTC)),
        ("yesterday", None),
        (1_777_896_000, None),
        (None, None),
    ],
)
def test_the_end_of_a_run_is_read_where_it_is_a_time(said: object, understood: datetime | None) -> None:
    verdicts = {"succeeded": Verdict.SUCCEEDED, "failed": Verdict.FAILED, "cancelled": Verdict.CANCELLED}
    for status, verdict in verdicts.items():
        found = result(status=status, finished_at=said, output=OUT)
        assert (found.verdict, found.finished_at) == (verdict, understood)
