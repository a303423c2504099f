"""The provider's JSON, and what it means to the engine.

Facts: https://docs.runcomfy.com/model-apis/async-queue-endpoints. Its official clients differ in words and shapes,
so every reading here is lenient: unknown keys are ignored, unknown words mean "still running".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError

from bot.domain.status import CancelOutcome
from bot.engine.answers import ModelInfo, Phase, RequestResult, RequestStatus, Verdict
from bot.errors import ProviderProtocolError
from bot.runcomfy.outputs import output_urls
from bot.runcomfy.reasons import sentence_of, texts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_QUEUED: Final = frozenset({"in_queue", "queued", "pending", "waiting"})
_SUCCEEDED: Final = frozenset({"succeeded", "success"})
_COMPLETED: Final = "completed"
_FAILED: Final = frozenset({"failed", "error"})
_CANCELLED: Final = frozenset({"cancelled", "canceled"})
_ENDED: Final = _SUCCEEDED | _FAILED | _CANCELLED | {_COMPLETED}
_RUNNING: Final = frozenset({"in_progress", "starting", "processing", "running"})
_NOT_CANCELLABLE: Final = "not_cancellable"

_MICROS_PER_USD: Final = 1_000_000
_MOST_USD: Final = 1_000_000

Document = Mapping[str, object]
_MOST_BEFORE_US: Final = 1_000_000
"""A greater place in the queue is no place: it would be told to members, and reckoned with."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _StatusBody(_Body):
    request_id: object = None
    status: StrictStr = Field(min_length=1)
    queue_position: object = None


class _ResultBody(_Body):
    request_id: object = None
    status: StrictStr = Field(min_length=1)
    output: object = None
    error: object = None
    cost: object = None
    finished_at: object = None


class _CancelBody(_Body):
    status: object = None
    outcome: object = None


class _ModelBody(_Body):
    base_price_usd: object = None
    input_schema: object = None


_AnyBody = TypeVar("_AnyBody", bound=_Body)


def read_document(body: bytes) -> Document | None:
    """Read the body of an answer; None where it is no JSON object."""
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return cast("Document", document) if isinstance(document, dict) else None


def read_status(document: Document, *, request_id: str) -> RequestStatus:
    """Read the answer of ``/status``.

    Raises:
        ProviderProtocolError: It names no status, or another request.
    """
    body = _read(_StatusBody, document)
    _expect_same_request(body.request_id, request_id)
    word = _plain(body.status)
    return RequestStatus(_phase(word), body.status, _position(body.queue_position))


def read_result(document: Document, *, request_id: str, sent_urls: Sequence[str] = ()) -> RequestResult:
    """Read the answer of ``/result``.

    Args:
        document: The answer.
        request_id: The request that was asked for.
        sent_urls: What we sent as inputs; the answer may repeat them, and they are no outputs.

    Raises:
        ProviderProtocolError: It names no status, or another request.
    """
    body = _read(_ResultBody, document)
    _expect_same_request(body.request_id, request_id)
    word, cost, end = _plain(body.status), to_micros(body.cost), to_instant(body.finished_at)
    if word in _CANCELLED:
        return RequestResult(Verdict.CANCELLED, cost_micros=cost, finished_at=end)
    urls = output_urls(body.output, sent_urls=sent_urls) if word in _SUCCEEDED or word == _COMPLETED else ()
    if word in _FAILED or (word == _COMPLETED and body.error and not urls):
        told = sentence_of(document) or next(iter(texts_of(document)), None)
        return RequestResult(Verdict.FAILED, error=told, cost_micros=cost, finished_at=end)
    # "completed" is a word of the queue: without an output the result has not caught up with it yet.
    if word in _SUCCEEDED or (word == _COMPLETED and body.output):
        return RequestResult(Verdict.SUCCEEDED, urls, cost_micros=cost, finished_at=end)
    return RequestResult(Verdict.NOT_READY)


def read_cancellation(document: Document, *, has_succeeded: bool) -> CancelOutcome | None:
    """Read the answer of ``/cancel``.

    Args:
        document: The answer.
        has_succeeded: Whether its HTTP status was 2xx; else only a plain outcome counts, not a word of the queue.

    Returns:
        The outcome, or None where it tells none.
    """
    body = _CancelBody.model_validate(document)
    outcome, status = _plain(body.outcome), _plain(body.status)
    if outcome in _CANCELLED or status in _CANCELLED:
        return CancelOutcome.CANCELLED
    if outcome == _NOT_CANCELLABLE or (has_succeeded and status in _ENDED | _RUNNING):
        return CancelOutcome.NOT_CANCELLABLE
    return None


def read_model(document: Document, *, model_id: str) -> ModelInfo:
    """Read what is published about a model; what cannot be read counts as not said."""
    body = _ModelBody.model_validate(document)
    schema = cast("Document", body.input_schema) if isinstance(body.input_schema, dict) else None
    return ModelInfo(model_id, to_micros(body.base_price_usd), schema)


def read_balance(document: Document) -> int:
    """Read what an account holds, in micro-dollars; below zero where it owes.

    Raises:
        ProviderProtocolError: It is not there.
    """
    micros = document.get("balance_microdollars")
    if isinstance(micros, int) and not isinstance(micros, bool) and abs(micros) <= _MOST_USD * _MICROS_PER_USD:
        return micros
    text = str(document.get("balance_usd"))
    owed = to_micros(text.removeprefix("-"))
    if owed is None:
        raise ProviderProtocolError("no balance in the answer")
    return -owed if text.startswith("-") else owed


def to_micros(amount: object) -> int | None:
    """Turn an amount in US dollars, as a JSON number or text, into whole micro-dollars; None where it is no amount."""
    if isinstance(amount, bool) or not isinstance(amount, int | float | str):
        return None
    try:
        dollars = Decimal(str(amount))
    except InvalidOperation:
        return None
    if not dollars.is_finite() or not 0 <= dollars <= _MOST_USD:
        return None
    return int((dollars * _MICROS_PER_USD).to_integral_value(ROUND_HALF_UP))


def to_instant(text: object) -> datetime | None:
    """Read a time in ISO 8601; without a zone it is taken for UTC, and what is no time for not said."""
    try:
        instant = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    if instant is None:
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant


def _read(kind: type[_AnyBody], document: Document) -> _AnyBody:
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, one["loc"])) for one in error.errors(include_input=False))
        raise ProviderProtocolError(f"the answer cannot be read: {places}") from error


def _expect_same_request(found: object, asked: str) -> None:
    """Refuse an answer about another request: its pictures are somebody else's."""
    if isinstance(found, str) and found != asked:
        raise ProviderProtocolError(f"asked for request {asked}, the answer is about another")


def _phase(word: str) -> Phase:
    if word in _QUEUED:
        return Phase.QUEUED
    return Phase.ENDED if word in _ENDED else Phase.RUNNING


def _position(value: object) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= _MOST_BEFORE_US else None


def _plain(word: object) -> str:
    return word.strip().casefold().replace("-", "_").replace(" ", "_") if isinstance(word, str) else ""
