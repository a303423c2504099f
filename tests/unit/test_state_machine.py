"""A Hypothesis state machine over the SQL store: whatever order steps come in, no job leaves the table of transitions.

Every call is also made on the store in memory, which must answer alike. The rules are synchronous and own an
``asyncio.Runner``, for Hypothesis does not await asynchronous ones; that they really ran is asserted at the end.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from typing_extensions import override

from bot.domain.job import Job
from bot.domain.ledger import balance, reserve
from bot.domain.status import REVIVAL, TRANSITIONS, FailureReason, JobStatus
from tests.contract.store_cases import GUILD, MEMBER, PRICE
from tests.unit.store_twins import StoreTwins

if TYPE_CHECKING:
    from bot.engine.ports import JobStore

RAN: Counter[str] = Counter()
"""How often each thing happened, over all examples."""
EXPECTED = {
    *("accept", "accept again", "accept twice", "claim", "stale claim", "keep", "stale keep", "revive"),
    *("race won by submission", "race won by cancellation", "advance", "stale advance", "unknown advance"),
    *("cancel", "cancelled at once", "note", "redraw", "tell", "show", "first", "second", "erase", "restart"),
}
JOBS_AT_MOST = 5
ROUNDS_AT_MOST = 5
"""One round is nearly always enough; chance may leave a rare thing out of it."""
NUMBERS = st.integers(0, 40)


class Fate(Enum):
    """What the tiny provider of this test does with a POST."""

    REFUSED = "surely not accepted"
    ACCEPTED = "accepted"


class Storing(RuleBasedStateMachine):
    """Steps of several hands on the same jobs, with whatever old knowledge they have of them."""

    def __init__(self) -> None:
        super().__init__()
        self.twins = StoreTwins()
        self.posts: dict[str, tuple[str, Fate]] = {}
        self.accept()

    # --- a job's way --------------------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.twins.history) < JOBS_AT_MOST)
    @rule()
    def accept(self) -> None:
        """A job is accepted."""
        RAN["accept"] += 1
        self._accept(interaction_token="token", token_expires_at=self.twins.clock.now())

    @rule(number=NUMBERS, is_retry=st.booleans())
    def accept_again(self, number: int, *, is_retry: bool) -> None:
        """A job is asked for by the same interaction again, or tried again."""
        twin, known = self.twins.pick(number), len(self.twins.history)
        is_retry &= known < JOBS_AT_MOST
        self._accept(**({"retry_of": twin.id} if is_retry else {"interaction_id": twin.interaction_id}))
        RAN["accept again" if len(self.twins.history) > known else "accept twice"] += 1

    @rule(number=NUMBERS, fate=st.sampled_from(Fate), then=st.sampled_from(["", "end", "keep", "end and keep"]))
    def claim(self, number: int, fate: Fate, then: str) -> None:
        """A step takes a job that it saw PENDING for submission; only who gets it may POST, and learn the outcome."""
        job, attempt_id = self._pending(number), f"attempt-{len(self.posts)}"
        claimed = self.twins.ask(lambda store: _claim(store, job, attempt_id))
        if not isinstance(claimed, Job):
            RAN["stale claim"] += 1
            return
        RAN["claim"] += 1
        self.posts[attempt_id] = (job.id, fate)
        self.twins.saw(claimed)
        if "end" in then:
            self._end_submission(claimed, is_lost=fate is Fate.ACCEPTED)
        if "keep" in then and fate is Fate.ACCEPTED:
            self._keep(attempt_id, attempt_id)

    @rule(number=NUMBERS, is_cancel_first=st.booleans())
    def race(self, number: int, *, is_cancel_first: bool) -> None:
        """A person asks to cancel at the moment at which the job is taken for submission."""
        job, attempt_id = self._pending(number), f"attempt-{len(self.posts)}"
        now = self.twins.clock.now()
        is_won = self.twins.race(
            lambda store: _claim(store, job, attempt_id),
            lambda store: store.request_cancel(job.id, by=MEMBER, at=now),
            is_second_ahead=is_cancel_first,
        )
        RAN["race won by submission" if is_won else "race won by cancellation"] += 1
        if is_won:
            self.posts[attempt_id] = (job.id, Fate.ACCEPTED)
        self.twins.look(job.id, steps=2)

    @rule(number=NUMBERS, is_lost=st.booleans())
    def end_submission(self, number: int, *, is_lost: bool) -> None:
        """A submission that somebody saw under way ends without an id."""
        job = self.twins.pick(number, seen_as=JobStatus.SUBMITTING)
        if job.status is JobStatus.SUBMITTING:
            self._end_submission(job, is_lost=is_lost)

    @precondition(lambda self: self.posts)
    @rule(number=NUMBERS, is_mixed_up=st.booleans())
    def keep(self, number: int, *, is_mixed_up: bool) -> None:
        """An accepted submission is stored late, again, or for the wrong attempt."""
        attempt_ids = list(self.posts)
        attempt_id = attempt_ids[-1 - number % len(attempt_ids)]
        if is_mixed_up:
            self._keep(attempt_id, "nobody's")
        elif self.posts[attempt_id][1] is Fate.ACCEPTED:
            self._keep(attempt_id, attempt_id)

    @rule(number=NUMBERS, status=st.sampled_from(JobStatus), failure=st.sampled_from(FailureReason))
    def advance(self, number: int, status: JobStatus, failure: FailureReason) -> None:
        """A step moves a job from where it saw it, some time ago perhaps, to anywhere."""
        job = self.twins.pick(number)
        is_submission = JobStatus.SUBMITTING in (job.status, status) and status in TRANSITIONS[job.status]
        if not is_submission:
            self._advance(job, status, failure)

    @rule(number=NUMBERS, by=st.sampled_from([MEMBER, MEMBER + 1]))
    def cancel(self, number: int, by: int) -> None:
        """A person asks to cancel."""
        job, now = self.twins.pick(number), self.twins.clock.now()
        asked = self.twins.get(lambda store: store.request_cancel(job.id, by=by, at=now))
        RAN["cancelled at once" if asked.status is JobStatus.CANCELLED else "cancel"] += 1
        self.twins.saw(asked)

    @rule(number=NUMBERS, what=st.sampled_from(["note", "redraw", "tell", "show"]))
    def note(self, number: int, what: str) -> None:
        """A fact is written."""
        RAN[what] += 1
        job = self.twins.pick(number)
        told_at = self.twins.clock.now() if what == "tell" else None
        if what == "show":
            self.twins.saw(self.twins.get(lambda store: store.mark_shown(job.id, revision=job.card_revision)))
            return
        self.twins.saw(self.twins.get(lambda store: store.note(job.id, redraw=what == "redraw", delivered_at=told_at)))

    @rule(what=st.sampled_from(["first", "second", "erase", "restart"]))
    def keep_house(self, what: str) -> None:
        """A process takes what is owed, erases dead tokens, or ends and begins anew."""
        RAN[what] += 1
        now = self.twins.clock.forward(timedelta(seconds=1))
        if what == "restart":
            self.twins.restart()
        elif what == "erase":
            self.twins.get(lambda store: store.erase_tokens(now=now))
        else:
            adopted = self.twins.get(lambda store: store.adopt(what, now=now))
            owed = [row.id for row in self._rows() if row.is_open or not row.status.is_terminal]
            assert sorted(job.id for job in adopted) == sorted(owed)
        self._rows()

    # --- what must always hold ----------------------------------------------------------------------------------------

    @invariant()
    def no_job_was_accepted_twice_by_the_provider(self) -> None:
        """At most one POST of a job was accepted."""
        accepted = Counter(job_id for job_id, fate in self.posts.values() if fate is Fate.ACCEPTED)
        assert not accepted or max(accepted.values()) == 1

    @override
    def teardown(self) -> None:
        """Rows, lists and money agree at the end."""
        for row in self._rows():
            held = balance(self.twins.get(lambda store, job_id=row.id: store.entries(job_id)))
            assert held in ((0, PRICE) if row.status is JobStatus.CANCELLED else (PRICE,))
        listed = self.twins.get(lambda store: store.open_jobs_of_guild(GUILD))
        assert {job.id for job in listed} == {row.id for row in self._rows() if not row.status.is_terminal}
        self.twins.close()

    # --- inside -------------------------------------------------------------------------------------------------------

    def _pending(self, number: int) -> Job:
        """A job that somebody saw PENDING; every other time a new one, so that claims and races are often real."""
        if number % 2 == 0:
            self.accept()
        return self.twins.pick(number // 2, seen_as=JobStatus.PENDING)

    def _rows(self) -> list[Job]:
        return [self.twins.look(job_id) for job_id in self.twins.history]

    def _end_submission(self, job: Job, *, is_lost: bool) -> None:
        """It was refused, or whoever finds it does not know its answer."""
        is_refused = self.posts[job.attempt_id or ""][1] is Fate.REFUSED and not is_lost
        self._advance(job, JobStatus.PENDING if is_refused else JobStatus.FAILED, FailureReason.UNCERTAIN)

    def _keep(self, attempt_id: str, named: str) -> None:
        job_id, request_id, now = self.posts[attempt_id][0], f"request-{attempt_id}", self.twins.clock.now()
        before = self.twins.history[job_id][-1]
        kept = self.twins.ask(
            lambda store: store.store_request(job_id, attempt_id=named, request_id=request_id, at=now)
        )
        if not isinstance(kept, Job):
            RAN["stale keep"] += 1
            return
        RAN["revive" if (before.status, kept.status) == REVIVAL else "keep"] += 1
        self.twins.saw(kept)

    def _accept(self, **changes: Any) -> None:
        draft = self.twins.drafts.draft(**changes)
        entry = reserve(draft, PRICE, at=self.twins.clock.now())
        self.twins.saw(self.twins.get(lambda store: store.accept(draft, [entry])))

    def _advance(self, job: Job, status: JobStatus, failure: FailureReason) -> None:
        cause = failure if status is JobStatus.FAILED else None
        moved = self.twins.ask(lambda store: store.advance(job, status, failure=cause))
        if isinstance(moved, Job):
            RAN["advance"] += 1
            self.twins.saw(moved)
            return
        RAN["unknown advance" if isinstance(moved, ValueError) else "stale advance"] += 1
        assert isinstance(moved, ValueError) == (status not in TRANSITIONS[job.status])


async def _claim(store: JobStore, job: Job, attempt_id: str) -> Job:
    return await store.advance(job, JobStatus.SUBMITTING, attempt_id=attempt_id, attempts=job.attempts + 1)


Storing.TestCase.settings = settings(
    max_examples=25, stateful_step_count=50, deadline=None, suppress_health_check=(HealthCheck.too_slow,)
)


class TestStoring(Storing.TestCase):
    """Runs the state machine, and asserts that everything in it really happened."""

    @override
    def runTest(self) -> None:
        """Let Hypothesis look for an order of steps that breaks a promise, until everything has happened."""
        for _ in range(ROUNDS_AT_MOST):
            super().runTest()
            if RAN.keys() >= EXPECTED:
                break
        assert RAN.keys() >= EXPECTED, (EXPECTED - RAN.keys(), RAN)
