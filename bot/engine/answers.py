"""What passes through the engine's ports: the answers of provider and Discord, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path


class Phase(StrEnum):
    """What the provider says of a request, whatever word it used."""

    QUEUED = "queued"
    RUNNING = "running"
    ENDED = "ended"
    """Over, well or badly: only the result decides."""


class Verdict(StrEnum):
    """What a result says."""

    NOT_READY = "not_ready"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class RequestStatus:
    """One answer to a poll.

    Args:
        phase: What the word means.
        word: The provider's own word.
        queue_position: Its place in the provider's queue, where it says.
    """

    phase: Phase
    word: str
    queue_position: int | None = None


@dataclass(frozen=True, slots=True)
class RequestResult:
    """What became of a request.

    Args:
        verdict: Whether it succeeded.
        output_urls: Where the outputs lie, in order, without any echo of the inputs.
        error: The provider's words of a failure, masked and shortened; members read them.
        cost_micros: What it charged, in micro-dollars, where it says.
        finished_at: When the run ended by the provider's clock, where it says.
    """

    verdict: Verdict
    output_urls: tuple[str, ...] = ()
    error: str | None = None
    cost_micros: int | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What the provider publishes about a model.

    Args:
        model_id: Its id.
        price_micros: The base price in micro-dollars, where it says.
        input_schema: The published schema, where it is given.
    """

    model_id: str
    price_micros: int | None = None
    input_schema: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class DownloadedFile:
    """An output on our disk.

    Args:
        content_type: What its first bytes say, for example ``image/png`` or ``video/mp4``.
        size: Its bytes.
        sha256: Its hash, hexadecimal.
        width: Pixels, where it is a picture.
        height: Pixels, where it is a picture.
    """

    content_type: str
    size: int
    sha256: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of a job beside its row; kept in memory only, since polls are not written.

    Args:
        ahead: How many jobs are before it in our own queue, while it is PENDING.
        place: The provider's own word for its place there, while it is IN_QUEUE; whether it counts from 0 or from 1
            is not published.
        is_paused: Whether the operator's account takes no new work now.
        is_held_up: Whether the provider does not answer now.
        posted_in: The channel or thread that took the result, where one did.
        is_blocked: Whether its outputs lie on a host that the operator has not allowed.
        is_late: Whether its outputs are not to be had yet, although its run ended a while ago.
    """

    ahead: int | None = None
    place: int | None = None
    is_paused: bool = False
    is_held_up: bool = False
    posted_in: int | None = None
    is_blocked: bool = False
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """An output as it is posted.

    Args:
        path: The file, absolute.
        filename: How Discord shall name it.
        description: Its alternative text.
    """

    path: Path
    filename: str
    description: str


class NoteKind(StrEnum):
    """Why an output is not posted as it came."""

    FITTED = "fitted"
    """A smaller picture is posted instead."""
    CONVERTED = "converted"
    """It came as a type that Discord does not show, and is posted as another one."""
    UNSHOWN = "unshown"
    """It came as a type that Discord does not show, and could not be converted: it is only linked."""
    TOO_LARGE = "too_large"
    """Nothing smaller could be made of it: it is only linked."""
    TOO_MANY_PIXELS = "too_many_pixels"
    """It claims more pixels than is safe to open: it is only linked."""


@dataclass(frozen=True, slots=True)
class Note:
    """What must be told of one output under the message that delivers it.

    Args:
        kind: Why it is not posted as it came.
        index: Its place among the outputs, from 0.
        size: Its bytes, as it came.
        url: Where the provider still serves it; None where that is not known any more.
        is_video: Whether it is no picture.
    """

    kind: NoteKind
    index: int
    size: int
    url: str | None
    is_video: bool = False

    @property
    def has_file(self) -> bool:
        """Whether a file of the output is posted."""
        return self.kind in (NoteKind.FITTED, NoteKind.CONVERTED)


@dataclass(frozen=True, slots=True)
class Notes:
    """What must be told beside the files of one message.

    Args:
        outputs: Of single outputs, in order.
        missing: How many outputs of the job are not here, since they could not be fetched or are too many; told once.
        links: Where the provider still serves these: their places among the outputs, from 0, and their addresses.
        gone: The missing ones that this very message would have carried: their places among the outputs.
    """

    outputs: tuple[Note, ...] = ()
    missing: int = 0
    links: tuple[tuple[int, str], ...] = ()
    gone: tuple[int, ...] = ()

    @property
    def linked(self) -> frozenset[int]:
        """The outputs of which no file is posted."""
        return frozenset(one.index for one in self.outputs if not one.has_file)

    @property
    def has_links(self) -> bool:
        """Whether any address is told."""
        return bool(self.links) or any(one.url is not None for one in self.outputs)

    def without_links(self) -> Notes:
        """The same, with no address."""
        return replace(self, outputs=tuple(replace(one, url=None) for one in self.outputs), links=())


NOTHING_TO_NOTE = Notes()
