"""The client of RunComfy's queue API: the only file that knows its URLs.

Facts: https://docs.runcomfy.com/model-apis/async-queue-endpoints. URLs are built from our base and a checked id, never
taken from an answer, and no redirect is followed, so the token goes nowhere else. Every call is one request: what its
answer means is classified here, and whether it is asked again is for the engine to decide.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Self

import httpx

from bot.engine.answers import RequestResult, Verdict
from bot.errors import (
    ProviderError,
    ProviderProtocolError,
    ProviderRejected,
    ProviderUnavailable,
    SubmissionUncertain,
)
from bot.log import Redactor
from bot.net.file_client import ssl_context
from bot.runcomfy import wire
from bot.runcomfy.reasons import shortened
from bot.runcomfy.refusals import RESULT_NOT_READY, Reply, read_retry_after, refusal, submission_refusal
from bot.runcomfy.transport import AnswerTooLarge, FreshConnections, Lanes

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from bot.domain.status import CancelOutcome
    from bot.engine.answers import ModelInfo, RequestStatus

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_MODEL_ID: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")

_CONNECT_SECONDS: Final = 10.0
_READ_SECONDS: Final = 20.0
_SUBMIT_SECONDS: Final = 45.0
"""Below 60 s: after so long a silence another process may take the job over; no POST of ours may then be under way."""


class RunComfyClient:
    """The port ``Provider`` over HTTP.

    The environment's proxies are not used (``trust_env=False``): a proxy that is set for other programs would read the
    token and every prompt, and a proxy's own 502 or time-out would make paid submissions uncertain.

    Args:
        base_url: Where the API is, without ``/v1``.
        balance_url: Where the balance is asked for; None never asks.
        token: The bearer token.
        user_agent: How we name ourselves.
        context: An SSL context to share; a new one where None is given.
        lanes: How many free requests may be under way.
        read_seconds: The time for one free request.
        submit_seconds: The time for the paid POST, connection included; must stay under 60.
        clock: Tells the time, aware; for ``Retry-After`` dates.
    """

    def __init__(
        self,
        *,
        base_url: str,
        balance_url: str | None = None,
        token: str,
        user_agent: str = "remix-bot",
        context: ssl.SSLContext | None = None,
        lanes: int = 16,
        read_seconds: float = _READ_SECONDS,
        submit_seconds: float = _SUBMIT_SECONDS,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        shared = context or ssl_context()
        # Identity: the answers are small, and what is not packed cannot unpack to gigabytes.
        headers = {"User-Agent": user_agent, "Accept": "application/json", "Accept-Encoding": "identity"}
        free = Lanes(context=shared, count=lanes, total_seconds=read_seconds)
        self._free = httpx.AsyncClient(
            transport=free,
            headers=headers,
            timeout=_timeout(read_seconds),
            follow_redirects=False,
            trust_env=False,
        )
        self._paid = httpx.AsyncClient(
            transport=FreshConnections(context=shared),
            headers=headers,
            timeout=_timeout(submit_seconds),
            follow_redirects=False,
            trust_env=False,
        )
        self._balance_url = balance_url
        self._base_url = base_url.rstrip("/")
        self._authorization = {"Authorization": f"Bearer {token}"}
        self._submit_seconds = submit_seconds
        self._mask = Redactor((token,)).text
        self._clock = clock

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._free.aclose()
        await self._paid.aclose()

    # --- the port -----------------------------------------------------------------------------------------------------

    async def submit(self, model_id: str, payload: Mapping[str, object]) -> str:
        """Send the one paid POST and answer the ``request_id``; never sent twice.

        Raises:
            ProviderUnavailable: Surely not accepted: no byte of the request left, or a 429 in RunComfy's own format.
            SubmissionUncertain: Nobody knows: any other answer, or none, once the first byte has left.
            ProviderRejected: Refused for what it says, in RunComfy's own format.
            ProviderUnauthorized: The token is refused.
            OutOfCredit: The account is empty.
        """
        url = self._model_url(model_id)
        try:
            body = json.dumps(payload, allow_nan=False).encode()
        except (TypeError, ValueError) as error:
            raise ProviderRejected(f"not sent, for it cannot be written as JSON: {error}") from error
        reply = await self._post_paid(url, body)
        if not reply.is_good:
            raise submission_refusal(reply)
        request_id = (reply.document or {}).get("request_id")
        if not isinstance(request_id, str) or not _REQUEST_ID.fullmatch(request_id):
            said = self._mask(repr(request_id))[:200]
            raise SubmissionUncertain(f"accepted without a readable request_id: {said}")
        return request_id

    async def status(self, request_id: str) -> RequestStatus:
        """Poll.

        Raises:
            ProviderUnavailable: No answer now.
            ProviderRejected: Refused; code ``404001`` where the request is unknown to it, ``404`` where perhaps it is.
            ProviderUnauthorized: The token is refused.
            ProviderProtocolError: The answer cannot be read.
        """
        reply = await self._ask("GET", self._request_url(request_id, "status"))
        if not reply.is_good or reply.document is None:
            raise refusal(reply)
        return wire.read_status(reply.document, request_id=request_id)

    async def result(self, request_id: str, *, sent_urls: Sequence[str] = ()) -> RequestResult:
        """Read the result and its cost; raises as ``status`` does. URLs that we sent are no outputs."""
        reply = await self._ask("GET", self._request_url(request_id, "result"), params={"include_cost": "true"})
        if reply.code == RESULT_NOT_READY:
            return RequestResult(Verdict.NOT_READY)
        if not reply.is_good or reply.document is None:
            raise self._doubting_refusal(reply)
        result = wire.read_result(reply.document, request_id=request_id, sent_urls=sent_urls)
        return result if result.error is None else replace(result, error=shortened(self._mask(result.error)))

    async def cancel(self, request_id: str) -> CancelOutcome:
        """Ask to cancel and answer the provider's own outcome, whatever the HTTP status; raises as ``status`` does."""
        reply = await self._ask("POST", self._request_url(request_id, "cancel"))
        outcome = wire.read_cancellation(reply.document or {}, has_succeeded=reply.is_good)
        if outcome is not None:
            return outcome
        if not reply.is_good:
            raise self._doubting_refusal(reply)
        raise ProviderProtocolError(f"no outcome of the cancellation: {reply.describe()}")

    async def model(self, model_id: str) -> ModelInfo:
        """Read what is published about a model; raises as ``status`` does."""
        reply = await self._ask("GET", self._model_url(model_id))
        if not reply.is_good or reply.document is None:
            raise refusal(reply)
        return wire.read_model(reply.document, model_id=model_id)

    async def balance(self) -> int | None:
        """Ask what the account holds, in micro-dollars; None without an address; raises as ``status`` does."""
        if self._balance_url is None:
            return None
        reply = await self._ask("GET", self._balance_url)
        if not reply.is_good or reply.document is None:
            raise refusal(reply)
        return wire.read_balance(reply.document)

    # --- URLs ---------------------------------------------------------------------------------------------------------

    def _model_url(self, model_id: str) -> str:
        if not _MODEL_ID.fullmatch(model_id):
            raise ProviderRejected(f"not sent, for {model_id!r:.200} is no model's id")
        return f"{self._base_url}/v1/models/{model_id}"

    def _request_url(self, request_id: str, verb: str) -> str:
        if not _REQUEST_ID.fullmatch(request_id):
            raise ProviderProtocolError(f"not asked, for {request_id!r:.200} is no request's id")
        return f"{self._base_url}/v1/requests/{request_id}/{verb}"

    # --- carrying -----------------------------------------------------------------------------------------------------

    async def _post_paid(self, url: str, body: bytes) -> Reply:
        headers = {**self._authorization, "Content-Type": "application/json"}
        departure = _Departure()
        try:
            async with asyncio.timeout(self._submit_seconds):
                return self._reply(
                    await self._paid.post(url, content=body, headers=headers, extensions={"trace": departure.note})
                )
        except (httpx.HTTPError, TimeoutError) as error:
            if departure.has_begun:
                raise SubmissionUncertain(f"sent, but no answer: {self._words(error)}") from error
            raise ProviderUnavailable(f"no connection: {self._words(error)}") from error

    async def _ask(self, method: str, url: str, *, params: Mapping[str, str] | None = None) -> Reply:
        try:
            return self._reply(await self._free.request(method, url, params=params, headers=self._authorization))
        except (AnswerTooLarge, httpx.DecodingError) as error:
            raise ProviderProtocolError(self._words(error)) from error
        except httpx.HTTPError as error:
            raise ProviderUnavailable(f"no answer: {self._words(error)}") from error

    def _doubting_refusal(self, reply: Reply) -> ProviderError:
        """Classify where a gateway's 404 must not end a run that ``/status`` knows."""
        if reply.is_perhaps_a_gateways_404:
            return ProviderUnavailable("HTTP 404 that is not the provider's own")
        return refusal(reply)

    def _words(self, error: Exception) -> str:
        """Say what went wrong; the parser of HTTP quotes lines of the answer."""
        return self._mask(f"{type(error).__name__}: {error}")[:300]

    def _reply(self, response: httpx.Response) -> Reply:
        retry_after = read_retry_after(response.headers.get("Retry-After"), now=self._clock())
        return Reply(response.status_code, wire.read_document(response.content), retry_after, self._mask)


def _timeout(seconds: float) -> httpx.Timeout:
    """Time for a request; connection and handshake, each a third at most, are over before it is."""
    return httpx.Timeout(seconds, connect=min(_CONNECT_SECONDS, seconds / 3), pool=None)


class _Departure:
    """Whether anything of a request has left us: before that, no failure can have been an acceptance.

    Source: https://www.encode.io/httpcore/extensions/#trace
    """

    def __init__(self) -> None:
        self.has_begun = False

    async def note(self, event: str, _info: Mapping[str, object]) -> None:
        """Hear what httpcore does; whatever is not about the connection is about the request."""
        self.has_begun = self.has_begun or not event.startswith("connection.")
