"""In-memory doubles of the engine's ports, for tests that step the clock by hand."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.domain.job import FIRST_RESULT_PART
from bot.domain.status import CancelOutcome
from bot.engine.answers import (
    NOTHING_TO_NOTE,
    DownloadedFile,
    ModelInfo,
    Phase,
    RequestResult,
    RequestStatus,
    Verdict,
)
from bot.errors import ProviderRejected, TooLarge, Undeliverable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bot.domain.job import Delivery, Job
    from bot.engine.answers import Attachment, Notes, Progress

START = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
"""Where a test's time begins."""


class FakeClock:
    """A clock that moves only when it is told to."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        """Tell the time."""
        return self._now

    def forward(self, by: timedelta | float) -> datetime:
        """Let time pass, given as a duration or in seconds, and tell the time then."""
        self._now += by if isinstance(by, timedelta) else timedelta(seconds=by)
        return self._now


@dataclass
class FakeRequest:
    """A request as the fake provider holds it."""

    request_id: str
    model_id: str
    payload: Mapping[str, object]
    phase: Phase = Phase.QUEUED
    position: int | None = None
    result: RequestResult = field(default_factory=lambda: RequestResult(Verdict.NOT_READY))
    is_cancelled: bool = False


class FakeProvider:
    """A queue API in memory: a test moves its requests by hand and arms its next failures."""

    def __init__(self) -> None:
        self.requests: dict[str, FakeRequest] = {}
        self.calls: list[str] = []
        self.balance_micros: int | None = None
        self.input_schema: Mapping[str, object] | None = None
        self.sent_urls: list[str] = []  # as the last question for a result named them
        self._failures: dict[str, deque[Exception | None]] = {}
        self._lost: list[Exception] = []

    # --- what a test does ---------------------------------------------------------------------------------------------

    def heal(self) -> None:
        """Disarm every failure."""
        self._failures.clear()

    def fail(self, verb: str, *errors: Exception | None) -> None:
        """Let the next calls of a verb raise these errors in turn; None lets one pass."""
        self._failures.setdefault(verb, deque()).extend(errors)

    def lose_answer(self, error: Exception) -> None:
        """Let the next submission be accepted, and its answer be lost by raising this error."""
        self._lost.append(error)
        self.fail("submit", error)

    def start(self, request_id: str) -> None:
        """Let a request run."""
        self.requests[request_id].phase = Phase.RUNNING

    def finish(self, request_id: str, *output_urls: str, cost_micros: int | None = None) -> None:
        """Let a request succeed with these outputs."""
        self._end(request_id, RequestResult(Verdict.SUCCEEDED, output_urls, cost_micros=cost_micros))

    def break_run(self, request_id: str, error: str = "the model refused") -> None:
        """Let a request fail."""
        self._end(request_id, RequestResult(Verdict.FAILED, error=error))

    @property
    def newest(self) -> FakeRequest:
        """The request that was accepted last."""
        return list(self.requests.values())[-1]

    # --- the port -----------------------------------------------------------------------------------------------------

    async def submit(self, model_id: str, payload: Mapping[str, object]) -> str:
        """Accept a request, or raise what was armed."""
        error = self._next_failure("submit")
        if error is not None and not any(error is one for one in self._lost):
            raise error
        request_id = f"req-{len(self.requests) + 1}"
        self.requests[request_id] = FakeRequest(request_id, model_id, dict(payload), position=len(self.requests) + 1)
        if error is not None:
            raise error
        return request_id

    async def status(self, request_id: str) -> RequestStatus:
        """Answer where a request stands."""
        self._raise("status")
        request = self._find(request_id)
        position = request.position if request.phase is Phase.QUEUED else None
        return RequestStatus(request.phase, request.phase.value, position)

    async def result(self, request_id: str, *, sent_urls: Sequence[str] = ()) -> RequestResult:
        """Answer what became of a request."""
        self.sent_urls = list(sent_urls)
        self._raise("result")
        result = self._find(request_id).result
        assert not set(result.output_urls) & set(sent_urls)
        return result

    async def cancel(self, request_id: str) -> CancelOutcome:
        """Cancel a request that is still queued."""
        self._raise("cancel")
        request = self._find(request_id)
        if request.phase is not Phase.QUEUED:
            return CancelOutcome.NOT_CANCELLABLE
        self._end(request_id, RequestResult(Verdict.CANCELLED))
        return CancelOutcome.CANCELLED

    async def balance(self) -> int | None:
        """What the account holds."""
        self._raise("balance")
        return self.balance_micros

    async def model(self, model_id: str) -> ModelInfo:
        """Answer a price."""
        self._raise("model")
        return ModelInfo(model_id, price_micros=30_000, input_schema=self.input_schema)

    def _end(self, request_id: str, result: RequestResult) -> None:
        request = self.requests[request_id]
        request.phase, request.result = Phase.ENDED, result

    def _find(self, request_id: str) -> FakeRequest:
        if request_id not in self.requests:
            raise ProviderRejected("no such request", code="404001")
        return self.requests[request_id]

    def _raise(self, verb: str) -> None:
        error = self._next_failure(verb)
        if error is not None:
            raise error

    def _next_failure(self, verb: str) -> Exception | None:
        self.calls.append(verb)
        armed = self._failures.get(verb)
        return armed.popleft() if armed else None


class FakeDownloader:
    """Writes a small file for every URL, or raises what was armed for it."""

    def __init__(self) -> None:
        self.failures: dict[str, deque[Exception]] = {}
        self.downloaded: list[str] = []
        self.forbidden: set[str] = set()

    def permits(self, url: str) -> bool:
        """Whether a test allows an address."""
        return url not in self.forbidden

    async def download(self, url: str, *, to: Path) -> DownloadedFile:
        """Write the URL itself as the file's bytes."""
        armed = self.failures.get(url)
        if armed:
            raise armed.popleft()
        data = f"picture of {url}".encode()
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(data)
        self.downloaded.append(url)
        return DownloadedFile("image/png", len(data), hashlib.sha256(data).hexdigest(), 64, 64)


@dataclass(frozen=True)
class SentMessage:
    """A message that the fake courier posted."""

    message_id: int
    job_id: str
    part: int
    target_id: int
    status: str
    filenames: tuple[str, ...]
    notes: Notes = NOTHING_TO_NOTE


def is_between(delivery: Delivery, message_id: int) -> bool:
    """Whether a message lies where an attempt may have posted it."""
    is_early = delivery.after_id is not None and message_id <= delivery.after_id
    return not is_early and (delivery.before_id is None or message_id < delivery.before_id)


class FakeCourier:
    """Discord in memory: remembers what it was asked to show, and raises what was armed."""

    def __init__(self) -> None:
        self.cards: dict[str, list[tuple[Job, Progress]]] = {}
        self.messages: list[SentMessage] = []
        self.answers: list[SentMessage] = []
        self.has_threads = True
        self.deleted_channels: set[int] = set()
        self.left_guilds: set[int] = set()
        self.threads_asked_for: list[str] = []
        self.loses_answers = False
        self.limit = 10 * 1024 * 1024  # what Discord says that it takes, in bytes
        self.taken_at_most: int | None = None  # what it takes in truth, where that is less
        self.tried_sizes: list[list[int]] = []
        self._failures: dict[str, deque[Exception | None]] = {}

    def heal(self) -> None:
        """Disarm every failure."""
        self._failures.clear()

    def fail(self, verb: str, *errors: Exception | None) -> None:
        """Let the next calls of a verb raise these errors in turn; None lets one pass."""
        self._failures.setdefault(verb, deque()).extend(errors)

    def messages_of(self, job_id: str) -> list[SentMessage]:
        """What was posted for a job."""
        return [one for one in self.messages if one.job_id == job_id]

    async def open(self, job: Job, progress: Progress) -> int:
        """Note the card."""
        self._require_member(job)
        self._raise("open")
        self.cards.setdefault(job.id, []).append((job, progress))
        return job.origin.card_message_id or 1

    async def make_thread(self, job: Job) -> int | None:
        """Make a thread from the card, where there can be one."""
        self._require_member(job)
        self.threads_asked_for.append(job.id)
        self._raise("make_thread")
        return job.origin.card_message_id if self.has_threads else None

    async def show_card(self, job: Job, progress: Progress) -> None:
        """Note what the card shows."""
        self._require_member(job)
        self._raise("show_card")
        self.cards.setdefault(job.id, []).append((job, progress))

    def upload_limit(self, job: Job, target_id: int | None) -> int:
        """Answer the limit that the test set."""
        return self.limit if target_id is not None else job.origin.upload_limit or self.limit

    async def send(
        self, job: Job, delivery: Delivery, attachments: Sequence[Attachment], *, notes: Notes = NOTHING_TO_NOTE
    ) -> int:
        """Note a message; with ``loses_answers`` an armed error comes after it was posted."""
        self._require_member(job)
        self._judge_sizes(attachments)
        error = self._next_failure("send")
        if error is not None and not self.loses_answers:
            raise error
        for one in attachments:
            assert one.path.is_file()
        names = tuple(one.filename for one in attachments)
        message_id = 9000 + len(self.messages)
        self.messages.append(
            SentMessage(message_id, job.id, delivery.part, delivery.target_id, job.status.value, names, notes)
        )
        if error is not None:
            raise error
        return message_id

    async def answer(
        self, job: Job, delivery: Delivery, attachments: Sequence[Attachment], *, notes: Notes = NOTHING_TO_NOTE
    ) -> int:
        """Note what the interaction's token took: the first part on the card, others behind it."""
        self._require_member(job)
        self._judge_sizes(attachments)
        error = self._next_failure("answer")
        if error is not None and not self.loses_answers:
            raise error
        for one in attachments:
            assert one.path.is_file()
        is_card = delivery.part <= FIRST_RESULT_PART
        message_id = (job.origin.card_message_id or 1) if is_card else 8000 + len(self.answers)
        names = tuple(one.filename for one in attachments)
        self.answers.append(SentMessage(message_id, job.id, delivery.part, 0, job.status.value, names, notes))
        if error is not None:
            raise error
        return message_id

    def _judge_sizes(self, attachments: Sequence[Attachment]) -> None:
        sizes = [one.path.stat().st_size for one in attachments]
        self.tried_sizes.append(sizes)
        if sizes and self.taken_at_most is not None and max(sizes) > self.taken_at_most:
            raise TooLarge

    async def is_place_gone(self, job: Job) -> bool:
        """Whether a test has deleted the channel, or removed the bot."""
        return job.origin.channel_id in self.deleted_channels or job.origin.guild_id in self.left_guilds

    def _require_member(self, job: Job) -> None:
        if job.origin.guild_id in self.left_guilds:
            raise Undeliverable("the bot was removed")

    def earliest_id(self) -> int | None:
        """Answer an id below those that will be given."""
        return 8999 + len(self.messages)

    async def latest_id(self, target_id: int) -> int | None:
        """Answer an id above those that were given, or that a place does not tell where that was armed."""
        error = self._next_failure("latest_id")
        return 9000 + len(self.messages) if error is None and target_id else None

    async def find(self, job: Job, delivery: Delivery) -> int | None:
        """Look for a part that was posted before."""
        self._raise("find")
        for one in self.messages_of(job.id):
            is_it = one.part == delivery.part and one.target_id == delivery.target_id
            if is_it and (job.search_from is not None or is_between(delivery, one.message_id)):
                return one.message_id
        return None

    def _raise(self, verb: str) -> None:
        error = self._next_failure(verb)
        if error is not None:
            raise error

    def _next_failure(self, verb: str) -> Exception | None:
        armed = self._failures.get(verb)
        return armed.popleft() if armed else None
