"""What an answer that is not the wanted one means: classified once, for the paid POST and for everything else.

Documented codes: https://docs.runcomfy.com/model-apis/error-codes and https://docs.runcomfy.com/serverless/error-codes.
Their shape on the wire is not documented; seen in official clients are ``error_code`` with ``error_message`` (also
under HTTP 200) and ``code`` with ``error``. These two, and the ``detail`` list of a 422, are RunComfy's own format.
A gateway between RunComfy and us may answer after RunComfy has accepted a request, so no other format proves
anything about the paid POST.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, cast

from bot.errors import (
    OutOfCredit,
    ProviderError,
    ProviderProtocolError,
    ProviderRejected,
    ProviderUnauthorized,
    ProviderUnavailable,
    SubmissionUncertain,
)
from bot.runcomfy.reasons import sentence_of, shortened, texts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NOT_FOUND: Final = "404001"
"""The code of a request that is unknown, deleted or expired."""

PERHAPS_NOT_FOUND: Final = "404"
"""The code of a 404 without an error code or a documented name, so perhaps a gateway's: its HTTP status."""
UNKNOWN_MODEL: Final = "400001"
"""The code of an unknown model: documented, and given here to the 404 ``model not found`` of the real service too."""
RESULT_NOT_READY: Final = "400005"
"""The code of a result that is not there yet. It is not documented; an official client expects it."""

_NOT_YOURS: Final = "403001"
_NO_CREDIT: Final = frozenset({"400002", "10001"})
_NO_ACCOUNT: Final = frozenset({"400004", "401001"})
_BAD_REQUEST: Final = frozenset({UNKNOWN_MODEL, "422001", _NOT_YOURS, NOT_FOUND})
_NO_CREDIT_NAMES: Final = frozenset({"InsufficientResources", "InsufficientFunds"})
_NO_ACCOUNT_NAMES: Final = frozenset({"UserAccountError"})
_BAD_REQUEST_NAMES: Final = frozenset({"InvalidResourceIdentifier", "PermissionDeniedError", "ResourceNotFound"})

WAIT_AFTER_A_GATEWAY: Final = timedelta(minutes=1)
"""How long no paid POST follows a 429 or 503 that is not in RunComfy's own format and names no time itself."""

_OWN_CODE: Final = re.compile(r"[0-9]{5,6}")
"""How long all documented codes are; a shorter one repeats the HTTP status, as gateways do."""
_NO_SUCH_MODEL: Final = re.compile(r"model\b.{0,200}\bnot found\b", re.IGNORECASE)
_LONGEST_WAIT: Final = timedelta(hours=1)
_SUCCESSES: Final = range(200, 300)
_CLIENT_ERRORS: Final = range(400, 500)
_SERVER_ERRORS: Final = range(500, 600)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the provider, read whole.

    Args:
        http: The HTTP status.
        document: Its body, or None where that is no JSON object.
        retry_after: How long it asks us to wait, if it does.
        mask: Takes secrets out of the provider's words.
    """

    http: int
    document: Mapping[str, object] | None
    retry_after: timedelta | None = None
    mask: Callable[[str], str] = str

    @property
    def has_succeeded(self) -> bool:
        """Whether the HTTP status is 2xx."""
        return self.http in _SUCCESSES

    @property
    def code(self) -> str | None:
        """The provider's own error code, masked, if there is one.

        Under HTTP 2xx an answer with id and status speaks of a request, maybe of one whose run has failed with a code.
        """
        document = self.document or {}
        if self.has_succeeded and {"request_id", "status"} <= set(document):
            return None
        keys = ("error_code",) if self.has_succeeded and "request_id" in document else ("error_code", "code")
        codes = [_code(document.get(key)) for key in keys]
        return next((self.mask(code) for code in codes if code is not None), None)

    @property
    def is_perhaps_a_gateways_404(self) -> bool:
        """Whether it is a 404 not in the provider's own format, JSON or not: perhaps only its address was not found."""
        is_own = _OWN_CODE.fullmatch(self.code or "") or self.names & _BAD_REQUEST_NAMES or self.names_unknown_model
        return self.http == HTTPStatus.NOT_FOUND and not is_own

    @property
    def names_unknown_model(self) -> bool:
        """Whether it is the 404 that the real service gives for a model that it does not have.

        Source: the error of an official client, ``API error 404: model not found``.
        """
        texts = texts_of(self.document or {})
        return self.http == HTTPStatus.NOT_FOUND and any(_NO_SUCH_MODEL.match(text) for text in texts)

    @property
    def text(self) -> str:
        """The provider's words about an error, masked and shortened; empty where it says nothing."""
        return shortened(self.mask(next(iter(texts_of(self.document or {})), "")))

    @property
    def reason(self) -> str | None:
        """The provider's words that a member can make something of, masked and shortened; no bare name of an error."""
        sentence = sentence_of(self.document or {})
        return None if sentence is None else shortened(self.mask(sentence))

    @property
    def names(self) -> frozenset[str]:
        """The words before the first colon of each of its texts: the names of documented errors are found there."""
        return frozenset(text.partition(":")[0] for text in texts_of(self.document or {}))

    @property
    def is_good(self) -> bool:
        """Whether it may be what was asked for: HTTP 2xx, a JSON object, no error code."""
        return self.has_succeeded and self.document is not None and self.code is None

    def describe(self) -> str:
        """Say for the operator what came."""
        parts = [f"HTTP {self.http}", f"code {self.code}" if self.code else "", self.text]
        return ", ".join(part for part in parts if part)


class _Ground(Enum):
    CREDIT = auto()
    ACCOUNT = auto()
    REQUEST = auto()
    PATIENCE = auto()
    TROUBLE = auto()
    UNKNOWN = auto()


def submission_refusal(reply: Reply) -> ProviderError:
    """Classify an answer to the paid POST that is not an acceptance.

    Only a documented code or name, a code of 429, or the ``detail`` list of a 422 proves that nothing was accepted.
    Everything else is ``SubmissionUncertain``, whatever its HTTP status.
    """
    words, code = reply.describe(), reply.code
    match _proven_ground(reply):
        case _Ground.CREDIT:
            return OutOfCredit(words, code=code)
        case _Ground.ACCOUNT:
            return ProviderUnauthorized(words, code=code)
        case _Ground.REQUEST:
            return _rejected(reply)
        case _Ground.PATIENCE:
            return ProviderUnavailable(words, code=code, retry_after=reply.retry_after)
        case _:
            return _uncertain(reply)


def refusal(reply: Reply) -> ProviderError:
    """Classify an answer that is not good, to anything but the paid POST."""
    words, code = reply.describe(), reply.code
    match _ground(reply):
        case _Ground.CREDIT:
            return OutOfCredit(words, code=code)
        case _Ground.ACCOUNT:
            return ProviderUnauthorized(words, code=code)
        case _Ground.REQUEST:
            return _rejected(reply)
        case _Ground.PATIENCE | _Ground.TROUBLE:
            return ProviderUnavailable(words, code=code, retry_after=reply.retry_after)
        case _Ground.UNKNOWN:
            return ProviderProtocolError(f"not what was asked for: {words}", code=code)


def read_retry_after(value: str | None, *, now: datetime) -> timedelta | None:
    """Read a ``Retry-After`` header, seconds or a date, as a duration of at most an hour.

    Args:
        value: The header.
        now: The time, aware.

    Source: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
        wait = timedelta(seconds=float(text))
    else:
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta()), _LONGEST_WAIT)


def _code(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | str) or value in {0, "0", ""}:
        return None
    return str(value).strip()


def _rejected(reply: Reply) -> ProviderRejected:
    error = ProviderRejected(reply.describe(), code=_request_code(reply))
    error.reason = reply.reason
    return error


def _request_code(reply: Reply) -> str | None:
    """The code of a refused request; a 404 has one even where it names none."""
    if reply.is_perhaps_a_gateways_404:
        return PERHAPS_NOT_FOUND
    if reply.http != HTTPStatus.NOT_FOUND or _OWN_CODE.fullmatch(reply.code or ""):
        return reply.code
    return UNKNOWN_MODEL if reply.names_unknown_model else NOT_FOUND


def _status(reply: Reply) -> int:
    """The HTTP status, or where that is a success the one that the code begins with."""
    if not reply.has_succeeded:
        return reply.http
    return int(reply.code[:3]) if reply.code and re.fullmatch(r"[0-9]{6}", reply.code) else reply.http


def _ground(reply: Reply) -> _Ground:
    status, code = _status(reply), reply.code
    if status in _SERVER_ERRORS or status == HTTPStatus.REQUEST_TIMEOUT:
        return _Ground.TROUBLE
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _Ground.PATIENCE
    names = reply.names if status in _CLIENT_ERRORS and code is None else frozenset[str]()
    if code in _NO_CREDIT or names & _NO_CREDIT_NAMES or status == HTTPStatus.PAYMENT_REQUIRED:
        return _Ground.CREDIT
    if code in _NO_ACCOUNT or names & _NO_ACCOUNT_NAMES or status == HTTPStatus.UNAUTHORIZED:
        return _Ground.ACCOUNT
    if status == HTTPStatus.FORBIDDEN and code != _NOT_YOURS:
        return _Ground.ACCOUNT
    return _Ground.REQUEST if status in _CLIENT_ERRORS else _Ground.UNKNOWN


def _proven_ground(reply: Reply) -> _Ground | None:
    """Say why the paid POST was surely not accepted; None where the answer does not prove it.

    An error code beside the id of a request, under a success, contradicts itself.
    """
    if reply.http in _SERVER_ERRORS or (reply.has_succeeded and "request_id" in (reply.document or {})):
        return None
    code = reply.code
    names = reply.names if reply.http in _CLIENT_ERRORS and code is None else frozenset[str]()
    if code in _NO_CREDIT or names & _NO_CREDIT_NAMES:
        return _Ground.CREDIT
    if code in _NO_ACCOUNT or names & _NO_ACCOUNT_NAMES:
        return _Ground.ACCOUNT
    is_named = bool(names & _BAD_REQUEST_NAMES) or reply.names_unknown_model or _lists_problems(reply)
    if code in _BAD_REQUEST or (code is None and is_named):
        return _Ground.REQUEST
    return _Ground.PATIENCE if code is not None and re.fullmatch(r"429[0-9]{3}", code) else None


def _lists_problems(reply: Reply) -> bool:
    """Whether it is a 422 whose ``detail`` lists what the schema of the model refuses."""
    detail = (reply.document or {}).get("detail")
    if reply.http != HTTPStatus.UNPROCESSABLE_ENTITY or not isinstance(detail, list) or not detail:
        return False
    return all(isinstance(problem, dict) and "msg" in problem for problem in cast("list[object]", detail))


def _uncertain(reply: Reply) -> SubmissionUncertain:
    """Say that nobody knows, how long no other paid POST should follow, and whether the account seems refused."""
    seeming, wait = refusal(reply), None
    if reply.http in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        wait = reply.retry_after if reply.retry_after is not None else WAIT_AFTER_A_GATEWAY
    named = (reply.document or {}).get("request_id")
    words = f"{reply.describe()}, request_id {named}" if isinstance(named, str) else reply.describe()
    error = SubmissionUncertain(shortened(reply.mask(words)), code=reply.code, retry_after=wait)
    error.account_error = seeming if isinstance(seeming, OutOfCredit | ProviderUnauthorized) else None
    return error
