"""The bodies of the simulated service's answers.

Error codes as https://docs.runcomfy.com/model-apis/error-codes lists them; the shape of their bodies is not
documented, so it is a knob.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.runcomfy.knobs import ErrorDialect, Knobs, OutputShape

if TYPE_CHECKING:
    from collections.abc import Sequence

INVALID_IDENTIFIER = 400001
INSUFFICIENT_RESOURCES = 400002
USER_ACCOUNT_ERROR = 400004
PERMISSION_DENIED = 403001
NOT_FOUND = 404001
TOO_MANY_REQUESTS = 429001
"""Not documented: RunComfy publishes no code for it. It is built as the documented ones are."""
UNPROCESSABLE = 422
NO_SUCH_MODEL = 404

_NAMES = {
    INVALID_IDENTIFIER: "InvalidResourceIdentifier",
    INSUFFICIENT_RESOURCES: "InsufficientResources",
    USER_ACCOUNT_ERROR: "UserAccountError",
    PERMISSION_DENIED: "PermissionDeniedError",
    NOT_FOUND: "ResourceNotFound",
}


@dataclass
class Refusal(Exception):  # noqa: N818 - it is an answer, not an error of ours
    """The service says no.

    Attributes:
        code: One of the documented error codes, or 422, or 404.
        text: What is wrong.
        detail: The ``detail`` list of a 422.
    """

    code: int
    text: str
    detail: Sequence[Mapping[str, Any]] = field(default_factory=tuple[Mapping[str, Any]])


def refusal_answer(refusal: Refusal, knobs: Knobs) -> tuple[int, dict[str, Any]]:
    """The HTTP status and body of a refusal, in the dialect of the knobs."""
    if refusal.code == UNPROCESSABLE:
        return UNPROCESSABLE, {"detail": list(refusal.detail)}
    if refusal.code == NO_SUCH_MODEL:
        return NO_SUCH_MODEL, {"message": refusal.text}
    http = knobs.error_http.get(refusal.code, refusal.code // 1000)
    if knobs.error_dialect is ErrorDialect.CODE:
        return http, {"code": refusal.code, "error": _NAMES[refusal.code]}
    body = {"error_code": refusal.code, "error_message": f"{_NAMES[refusal.code]}: {refusal.text}"}
    return (200 if knobs.error_dialect is ErrorDialect.ERROR_CODE_IN_200 else http), body


def addresses(base: str, request_id: str, *names: str) -> dict[str, str]:
    """The links of a request, e.g. ``status_url``, under the base that the client itself used."""
    return {f"{name}_url": f"{base}/v1/requests/{request_id}/{name}" for name in names}


def shaped_output(urls: Sequence[str], shape: OutputShape) -> Any:
    """The ``output`` of a finished result."""
    match shape:
        case OutputShape.AUTO:
            return {"image": urls[0]} if len(urls) == 1 else {"images": list(urls)}
        case OutputShape.IMAGE | OutputShape.VIDEO:
            return {shape.value: urls[0]}
        case OutputShape.IMAGES | OutputShape.VIDEOS:
            return {shape.value: list(urls)}
        case OutputShape.LIST:
            return list(urls)
        case OutputShape.STRING:
            return urls[0]
