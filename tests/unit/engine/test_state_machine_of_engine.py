"""A Hypothesis state machine over store, engine and fake provider: whatever happens, the promises hold.

The rules are synchronous and own an ``asyncio.Runner``: Hypothesis does not await asynchronous ones.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter, deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import Phase as Stage
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from structlog.testing import capture_logs
from typing_extensions import override

from bot.domain.status import TRANSITIONS, FailureReason, JobStatus
from bot.engine.answers import Phase
from bot.errors import (
    DeliveryPostponed,
    DownloadPostponed,
    InputPostponed,
    InputRefused,
    OutOfCredit,
    ProviderRejected,
    ProviderUnavailable,
    Refused,
    SubmissionUncertain,
    TooLateToCancel,
)
from tests.unit.engine_bench import INPUT, MEMBER, MODERATOR, OUTPUT, EngineBench

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bot.domain.job import Job

_T = TypeVar("_T")

SUBMIT_ERRORS = (
    ProviderUnavailable("refused"),
    SubmissionUncertain("read timeout"),
    ProviderRejected("422", code="422"),
    OutOfCredit("400002"),
)
MENDABLE = "https://cdn.discordapp.com/a/cat.heic"
INPUTS = (INPUT, INPUT, MENDABLE)
INPUT_ERRORS = (InputPostponed("503"), InputRefused("damaged"))
RAN: Counter[str] = Counter()
"""How often each rule ran, over all examples: a state machine whose rules never run proves nothing."""


class Remixing(RuleBasedStateMachine):
    """People ask and cancel, the provider and Discord misbehave, the process is killed, time passes."""

    jobs: Bundle[Job | None] = Bundle("jobs")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.bench = EngineBench(Path(self.folder.name), max_in_flight=3)
        self.bench.inspector.make_mendable(MENDABLE)
        self.accepted: dict[str, Job] = {}
        self.seen: dict[str, JobStatus] = {}
        self.broken: list[Any] = []
        self.run(self.bench.restart())

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run something of the engine and keep whatever broke in it unexpectedly."""
        with capture_logs() as records:
            result = self.runner.run(work)
        self.broken += [one for one in records if one.get("exc_info") is True]
        return result

    @rule(target=jobs, user_id=st.sampled_from([MEMBER, MODERATOR]), url=st.sampled_from(INPUTS), waits=st.booleans())
    def ask(self, user_id: int, url: str, *, waits: bool) -> Job | None:
        """A member asks for a picture."""
        RAN["ask"] += 1
        try:
            job = self.run(self.bench.remix(f"prompt {len(self.accepted)}", user_id=user_id, url=url))
        except Refused:
            return None
        self.accepted[job.id] = job
        if waits:
            self.run(self.bench.pass_time(3))
        return job

    @rule(seconds=st.sampled_from([0, 2, 30, 700]))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        RAN["wait"] += 1
        self.run(self.bench.pass_time(seconds))

    @rule(job=jobs)
    def cancel(self, job: Job | None) -> None:
        """A moderator asks to cancel."""
        if job is None:
            return
        RAN["cancel"] += 1
        try:
            self.run(self.bench.service.cancel(job.id, by=self.bench.person(MODERATOR)))
        except TooLateToCancel:
            RAN["too late"] += 1

    @rule(error=st.sampled_from(SUBMIT_ERRORS), is_accepted=st.booleans())
    def break_next_submission(self, error: Exception, *, is_accepted: bool) -> None:
        """The next POST fails; where it is uncertain it may have been accepted all the same."""
        RAN["break submission"] += 1
        if is_accepted and isinstance(error, SubmissionUncertain):
            self.bench.provider.lose_answer(SubmissionUncertain("reset"))
        else:
            self.bench.provider.fail("submit", error)

    @rule(verb=st.sampled_from(["status", "result", "cancel", "model"]))
    def break_next_question(self, verb: str) -> None:
        """The next free call fails."""
        RAN["break question"] += 1
        self.bench.provider.fail(verb, ProviderUnavailable("503"))

    @rule(verb=st.sampled_from(["open", "show_card", "send", "find"]), is_posted=st.booleans())
    def break_discord(self, verb: str, *, is_posted: bool) -> None:
        """The next call of Discord fails; a message may have been posted all the same."""
        RAN["break discord"] += 1
        self.bench.courier.loses_answers = is_posted
        self.bench.courier.fail(verb, DeliveryPostponed("503"))

    @rule(number=st.integers(0, 9), ends_well=st.booleans(), starts_only=st.booleans())
    def move_provider(self, number: int, *, ends_well: bool, starts_only: bool) -> None:
        """The provider works on one of its requests."""
        live = [one for one in self.bench.provider.requests.values() if one.phase is not Phase.ENDED]
        if not live:
            return
        RAN["move provider"] += 1
        request = live[number % len(live)]
        if starts_only:
            self.bench.provider.start(request.request_id)
        elif ends_well:
            self.bench.provider.finish(request.request_id, f"{OUTPUT}?{request.request_id}")
        else:
            self.bench.provider.break_run(request.request_id)

    @rule(verb=st.sampled_from(["probe", "copy", "mend"]), error=st.sampled_from(INPUT_ERRORS))
    def break_next_look(self, verb: str, error: Exception) -> None:
        """The next look at a picture, its copy or its mending fails."""
        RAN["break look"] += 1
        if verb != "probe" or isinstance(error, InputPostponed):  # else the member is refused at once
            self.bench.inspector.fail(verb, error)

    @rule()
    def break_next_download(self) -> None:
        """The next fetch of some output fails once."""
        for request in self.bench.provider.requests.values():
            failures = self.bench.downloader.failures.setdefault(f"{OUTPUT}?{request.request_id}", deque())
            failures.append(DownloadPostponed("503"))

    @rule()
    def kill(self) -> None:
        """The process is killed and started again."""
        RAN["kill"] += 1
        self.bench.boot(max_in_flight=3)
        self.run(self.bench.loop.start())

    @rule(job=consumes(jobs))
    def kill_in_mid_submission(self, job: Job | None) -> None:
        """The process is killed between the commit of SUBMITTING and the POST."""
        row = None if job is None else self.run(self.bench.row(job))
        if row is None or row.status is not JobStatus.PENDING or row.cancel_requested_at is not None:
            return
        RAN["kill in mid-submission"] += 1
        self.run(self.bench.store.advance(row, JobStatus.SUBMITTING, attempt_id="lost", attempts=row.attempts + 1))
        self.seen[row.id] = JobStatus.SUBMITTING
        self.kill()

    # --- what must always hold ----------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_paid_twice(self) -> None:
        """At most one accepted POST a job."""
        prompts = Counter(str(one.payload["prompt"]) for one in self.bench.provider.requests.values())
        assert not prompts or max(prompts.values()) == 1, prompts

    @invariant()
    def no_job_leaves_the_table(self) -> None:
        """Each status was reached over the table."""
        for job in self.accepted.values():
            status = self.run(self.bench.row(job)).status
            before = self.seen.get(job.id, JobStatus.PENDING)
            assert status in reachable(before), f"{before} -> {status}"
            self.seen[job.id] = status

    @invariant()
    def no_step_breaks_unexpectedly(self) -> None:
        """What goes wrong is what was armed."""
        assert not self.broken

    def teardown(self) -> None:
        """Once the world is well again, every job reaches its end before its member's eyes, exactly once."""
        self.bench.courier.loses_answers = False
        self.bench.courier.heal()
        self.bench.provider.heal()
        self.bench.inspector.heal()
        self.bench.downloader.failures.clear()
        # A pause of ten minutes may stand, and only three requests are at the provider at once.
        self.run(self.bench.pass_time(700))
        for _ in self.accepted:
            for request in self.bench.provider.requests.values():
                if request.phase is not Phase.ENDED:
                    self.bench.provider.finish(request.request_id, f"{OUTPUT}?{request.request_id}")
            self.run(self.bench.pass_time(20))
        self.run(self.bench.pass_time(700))
        for job in self.accepted.values():
            self._check_told(self.run(self.bench.row(job)))
        assert not self.broken
        self.runner.close()
        self.folder.cleanup()

    def _check_told(self, row: Job) -> None:
        assert row.status.is_terminal, row
        assert not row.is_open, row
        told = self.bench.courier.messages_of(row.id)
        assert len(told) == (0 if row.status is JobStatus.CANCELLED else 1), told
        if row.failure is FailureReason.UNCERTAIN:
            assert row.request_id is None


def reachable(status: JobStatus) -> set[JobStatus]:
    """Every status that may follow over any number of steps, itself included."""
    found, todo = {status}, [status]
    while todo:
        new = TRANSITIONS[todo.pop()] - found
        found |= new
        todo += new
    return found


Remixing.TestCase.settings = settings(
    max_examples=150,
    phases=(Stage.generate,),
    stateful_step_count=30,
    deadline=None,
    derandomize="CI" in os.environ,  # the build machine judges a change, not the day's luck
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


class TestRemixing(Remixing.TestCase):
    """Runs the state machine, and asserts that it really ran."""

    @override
    def runTest(self) -> None:
        """Let Hypothesis look for a way to break a promise."""
        super().runTest()
        rules = {"ask", "wait", "cancel", "break submission", "break look", "break discord", "move provider", "kill"}
        assert rules <= RAN.keys(), RAN
