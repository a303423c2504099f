"""What can be turned on the simulated RunComfy: every default is the documented behaviour, or the harmless guess."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta


class ErrorDialect(StrEnum):
    """The shapes in which RunComfy's interfaces have been seen to report an error."""

    CODE = "code"
    """``{"code": 400004, "error": "UserAccountError"}`` with the HTTP status of the code."""
    ERROR_CODE = "error_code"
    """``{"error_code": 400004, "error_message": "..."}`` with the HTTP status of the code."""
    ERROR_CODE_IN_200 = "error_code_in_200"
    """The same body, but under HTTP 200."""


class OutputShape(StrEnum):
    """How a finished result holds its URLs."""

    AUTO = "auto"
    """``{"image": url}`` for one picture, ``{"images": [...]}`` for several."""
    IMAGE = "image"
    IMAGES = "images"
    VIDEO = "video"
    VIDEOS = "videos"
    LIST = "list"
    """The output is a bare array of URLs."""
    STRING = "string"
    """The output is a bare URL."""


@dataclass(frozen=True)
class Knobs:
    """Every switch of the simulated service; assign a changed copy to ``sandbox.knobs`` to turn one.

    Attributes:
        slots: How many requests run at the same time.
        run_seconds: How long a run takes, or a function of the submitted body that says so.
        result_lag_seconds: How long /result still says ``in_progress`` after /status says ``completed``.
        first_position: The ``queue_position`` of the request that is next (0 or 1: undocumented).
        error_dialect: The shape of errors.
        error_http: Another HTTP status for an error code, e.g. ``{400004: 401}``.
        unknown_keys: What happens to keys that the schema does not know (the real behaviour is unknown).
        require_https: Refuse plain http URLs of pictures, as the real service asks for HTTPS.
        loopback_only: Refuse to fetch anything outside this machine.
        fetch_inputs: Fetch the submitted pictures at all (off only for benchmarks).
        check_files_at_submit: Fetch and judge pictures before accepting (422); else a bad picture fails the run.
        fetch_timeout_seconds: Patience with one picture.
        megabyte: Bytes in the schema's "MB" (undocumented; the stricter reading is the default).
        painted: Paint real edits; else a small plain picture, unique per output (for benchmarks).
        output_format: What the outputs are.
        output_bytes: How large each output is at least; the pixels are as they would be without.
        output_shape: How the result holds its URLs.
        images_per_run: Pictures of a run whose ``force_single`` is not true (1-15).
        echo_inputs: The result repeats the submitted body under ``input``.
        words: Other words for states, e.g. ``{"in_progress": "warming_up", "cancelled": "canceled"}``.
        failed_on_status: /status says ``failed`` for a failed run (documented: ``completed``).
        not_cancellable_http: HTTP status of the answer ``not_cancellable`` (documented: 202; one could expect 409).
        unknown_model: What an unknown model is answered with: the 404 ``model not found`` that an official client has
            shown, or the documented code 400001.
        data_images: Take ``data:`` URLs as pictures (undocumented; the official nodes send nothing else).
        failed_runs_are_charged: Whether a failed run costs (undocumented).
        catalog: Whether ``GET /v1/models`` exists; else 404.
        output_retention: How long outputs can be downloaded after the run; None keeps them.
        request_retention: How long a request is known after its run; None keeps it.
    """

    slots: int = 1
    run_seconds: float | Callable[[Mapping[str, Any]], float] = 3.0
    result_lag_seconds: float = 0.0
    first_position: int = 1
    error_dialect: ErrorDialect = ErrorDialect.CODE
    error_http: Mapping[int, int] = field(default_factory=dict[int, int])
    unknown_keys: Literal["ignore", "reject"] = "ignore"
    require_https: bool = False
    loopback_only: bool = True
    fetch_inputs: bool = True
    check_files_at_submit: bool = True
    fetch_timeout_seconds: float = 20.0
    megabyte: int = 1_000_000
    painted: bool = True
    output_format: Literal["JPEG", "PNG", "MP4"] = "JPEG"
    output_bytes: int = 0
    output_shape: OutputShape = OutputShape.AUTO
    images_per_run: int = 1
    echo_inputs: bool = False
    words: Mapping[str, str] = field(default_factory=dict[str, str])
    failed_on_status: bool = False
    not_cancellable_http: int = 202
    unknown_model: Literal["not_found", "400001"] = "not_found"
    data_images: bool = False
    failed_runs_are_charged: bool = True
    catalog: bool = True
    output_retention: timedelta | None = None
    request_retention: timedelta | None = None

    def run_time(self, body: Mapping[str, Any]) -> float:
        """How many seconds the run of this body takes."""
        return self.run_seconds(body) if callable(self.run_seconds) else self.run_seconds
