"""The gate before paid submissions: closed while the operator's account or the provider cannot take them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from bot.domain.policy import Outage, Pause, PauseReason, judge
from bot.engine.schedule import PUT_OFF_AT_MOST, lies_ahead
from bot.errors import (
    OutOfCredit,
    ProviderError,
    ProviderRejected,
    ProviderUnauthorized,
    ProviderUnavailable,
    Refused,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.engine.notice_ports import NoticeStore
    from bot.engine.ports import JobStore, Provider

PROBE_EVERY = timedelta(minutes=1)
"""How often a closed gate asks the provider with a free GET; a silence of that length is an outage."""
CREDIT_RETRY = timedelta(minutes=10)
"""How often an empty account is tried again. Where its balance is unknown, each try risks one refused (and free) POST;
likewise where no catalog tells whether the model is known again."""
LOOK_EVERY: Final = timedelta(seconds=5)
"""How soon this process notices that ``python -m bot resume`` or another process has changed the pause."""
UNKNOWN_MODEL: Final = "400001"
"""The provider's code for a model that it does not have.

Source: https://docs.runcomfy.com/model-apis/error-codes
"""

_log = structlog.stdlib.get_logger(__name__)


class Gate:
    """Decides whether the next paid POST may be sent.

    Open: yes. Suspect, after a failed submission or an unanswered poll: only once a free ``GET /v1/models/{id}`` has
    answered. Paused, after a refused token or an empty account: new commands are refused, and the pause is kept in
    the store; so it is where the provider does not know the model. An outage, after a minute without any answer: new
    commands are refused until the first one.

    Args:
        provider: The queue API.
        store: Keeps the pause.
        model_id: The model that new commands use, and whose publication is asked for.
        notices: Tells of an outage that an earlier process saw; None remembers none.
        assumed_price_micros: What a run is taken to cost, in micro-dollars, until the provider has published a price.
        probe_every: How long an unanswered question is let rest, and how long a blip is at most.
        storage: Says why nothing can be kept on this machine's disk any more; None where it can.
    """

    def __init__(
        self,
        *,
        provider: Provider,
        store: JobStore,
        model_id: str,
        notices: NoticeStore | None = None,
        assumed_price_micros: int = 0,
        probe_every: timedelta = PROBE_EVERY,
        storage: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.pause: Pause | None = None
        self.outage: Outage | None = None
        self.silent_since: datetime | None = None
        self.reopened_at: datetime | None = None
        self.price_micros = assumed_price_micros
        self._provider = provider
        self._store = store
        self.model_id = model_id
        self._notices = notices
        self._probe_every = probe_every
        self._storage = storage
        self._storage_trouble: str | None = None
        self._is_suspect = True
        self._was_silent = self._is_ending = False
        self._probe_at: datetime | None = None

    @property
    def is_held_up(self) -> bool:
        """Whether the provider has left the last free question unanswered."""
        return self.pause is None and self._probe_at is not None

    @property
    def is_paused(self) -> bool:
        """Whether only the operator can let submissions go on, as far as was known at the last look."""
        return self.pause is not None or self._storage_trouble is not None

    def judge_intake(self) -> None:
        """Decide whether a new job may be accepted.

        Raises:
            Refused: ``paused``, where what is accepted could not be kept either; or ``outage``.
        """
        if not self._can_keep():
            raise Refused("paused")
        judge(self.pause, self.outage)

    async def load(self) -> None:
        """Read the pause that an earlier process left, and whether it left the provider silent: then we ask at once."""
        self.pause = await self._store.load_pause()
        if self.pause is not None and self.pause.reason is PauseReason.OUTPUT_HOST:
            # This start may have another list of hosts; where it has not, the results that wait pause it again.
            await self._store.save_pause(None)
            self.pause = None
        notices = await self._notices.notices() if self._notices is not None else ()
        self.silent_since = min((one.since for one in notices if one.over_at is None), default=None)
        self.reopened_at = max((one.over_at for one in notices if one.over_at is not None), default=None)
        self._was_silent = self.silent_since is not None

    async def admit(self, now: datetime) -> datetime | None:
        """Answer None where a paid POST may be sent now, else when to ask again."""
        if not self._can_keep():
            return now + LOOK_EVERY
        if self.pause is not None:
            if lies_ahead(self.pause.retry_at, now=now):
                return self.pause.retry_at
        elif not self._is_suspect:
            return None
        if self._probe_at is not None and lies_ahead(self._probe_at, now=now):
            return self._probe_at
        return await self._probe(now)

    def must_ask(self, now: datetime) -> bool:
        """Whether to ask although nothing waits to be submitted: in a long silence, right after it, after a pause."""
        if self.pause is not None and not lies_ahead(self.pause.retry_at, now=now):
            return True
        is_long = self.silent_since is not None and now - self.silent_since >= self._probe_every
        return is_long or self._is_ending

    async def look(self) -> timedelta:
        """Take over what ``python -m bot resume`` or another process wrote of the pause; return when to look again.

        Raises:
            StoreUnavailable: The database does not answer.
        """
        known = self.pause
        stored = await self._store.load_pause()
        if self.pause is known and stored != known:  # else this process changed it while the database answered
            self.pause, self._probe_at = stored, None
            self.suspect()
            _log.info("pause_changed", retry_at=None if stored is None else stored.retry_at.isoformat())
        return LOOK_EVERY

    def suspect(self, *, until: datetime | None = None) -> None:
        """Ask the provider a free question before the next paid one.

        Args:
            until: Before then nothing is asked and nothing is paid; None asks as soon as something waits.
        """
        self._is_suspect = True
        if until is not None:
            self._probe_at = max(self._probe_at or until, until)

    def note_silence(self, now: datetime) -> None:
        """Take note that a poll was left unanswered."""
        self.silent_since = self.silent_since or now
        self.suspect()

    def note_answer(self) -> None:
        """Take note that the provider has answered anything: new commands are taken again.

        The first answer after an outage also lets the free question be asked at once, for what waits goes on by it.
        """
        if self.outage is not None:
            _log.info("provider_answers", silent_since=self.outage.since.isoformat())
            self._probe_at, self._is_ending = None, True
        self.silent_since = self.outage = None

    async def close(self, error: ProviderUnauthorized | OutOfCredit | ProviderRejected, *, now: datetime) -> Pause:
        """Pause all submissions and new commands, and tell the operator why.

        Args:
            error: What the provider answered; a ``ProviderRejected`` is one of an unknown model.
            now: The time.
        """
        self.note_answer()
        reason = _pause_reason(error)
        wait = self._probe_every if reason is PauseReason.UNAUTHORIZED else CREDIT_RETRY
        since = self.pause.since if self.pause is not None else now
        pause = Pause(reason, str(error), since, now + wait)
        await self._store.save_pause(pause)
        _log.error("submissions_paused", reason=reason.value, detail=str(error), retry_at=pause.retry_at.isoformat())
        self.pause = pause
        self.suspect()
        return pause

    def _can_keep(self) -> bool:
        trouble = self._storage()
        if trouble != self._storage_trouble:
            self._storage_trouble = trouble
            if trouble is None:
                _log.info("storage_is_back")
            else:
                _log.error("storage_lost", detail=trouble)
        return trouble is None

    async def close_for_output_host(self, detail: str, *, now: datetime) -> None:
        """Pause new commands while results cannot be fetched; the pause is prolonged as long as they are found so."""
        if self.pause is not None and self.pause.reason is not PauseReason.OUTPUT_HOST:
            return
        since = self.pause.since if self.pause is not None else now
        pause = Pause(PauseReason.OUTPUT_HOST, detail, since, now + PUT_OFF_AT_MOST)
        if self.pause is None:
            _log.error(
                "submissions_paused", reason=pause.reason.value, detail=detail, retry_at=pause.retry_at.isoformat()
            )
        await self._store.save_pause(pause)
        self.pause = pause

    def note_price(self, price_micros: int | None) -> None:
        """Take note of what the provider publishes as the price of a run; without one, the last counts."""
        if price_micros is not None:
            self.price_micros = price_micros

    async def _lacks_credit(self) -> str | None:
        """Say what is known to be missing in the account; None where it has enough, or where nobody can tell."""
        try:
            balance = await self._provider.balance()
        except ProviderError as error:
            _log.info("credit_unknown", detail=f"{type(error).__name__}: {error}")
            return None
        if balance is None or balance >= max(self.price_micros, 1):
            return None
        return f"the account holds {balance / 1e6:.2f} US dollars, a run costs {self.price_micros / 1e6:g}"

    async def _probe(self, now: datetime) -> datetime | None:
        if self.pause is not None and self.pause.reason is PauseReason.OUT_OF_CREDIT:
            lacking = await self._lacks_credit()
            if lacking is not None:
                return (await self.close(OutOfCredit(lacking), now=now)).retry_at
        self._probe_at, self._is_ending = now + self._probe_every, False
        try:
            info = await self._provider.model(self.model_id)
        except (ProviderUnauthorized, OutOfCredit) as error:
            pause = await self.close(error, now=now)
            return pause.retry_at
        except ProviderUnavailable as error:
            return self._unanswered(error, now, retry_after=error.retry_after)
        except ProviderRejected as error:
            if self.pause is not None and _is_unknown_model(self.pause, error):
                return (await self.close(error, now=now)).retry_at
            # The catalog is younger than the queue API: "unknown" too proves that the provider answers.
            _log.info("model_not_published", detail=str(error))
        except ProviderError as error:
            return self._unanswered(error, now, retry_after=None)
        else:
            self.note_price(info.price_micros)
        await self._open(now)
        return None

    def _unanswered(self, error: ProviderError, now: datetime, *, retry_after: timedelta | None) -> datetime:
        wait = min(max(retry_after or self._probe_every, self._probe_every), PUT_OFF_AT_MOST)
        self._probe_at, self._was_silent = now + wait, True
        self.silent_since = min(self.silent_since or now, now)
        # Whoever asks for more patience than a blip takes has announced an outage.
        if now - self.silent_since >= self._probe_every or wait > self._probe_every:
            self.outage = Outage(self.silent_since, asked_at=now, retry_at=self._probe_at)
        _log.warning(
            "provider_unavailable",
            detail=f"{type(error).__name__}: {error}",
            silent_since=self.silent_since.isoformat(),
            is_outage=self.outage is not None,
        )
        return self._probe_at

    async def _open(self, now: datetime) -> None:
        self.note_answer()
        if self._was_silent:
            self.reopened_at, self._was_silent = now, False
        self._is_suspect = self._is_ending = False
        self._probe_at = None
        if self.pause is not None:
            await self._store.save_pause(None)
            _log.info("submissions_resumed", after=self.pause.reason.value)
            self.pause = None


def _pause_reason(error: ProviderUnauthorized | OutOfCredit | ProviderRejected) -> PauseReason:
    match error:
        case OutOfCredit():
            return PauseReason.OUT_OF_CREDIT
        case ProviderRejected():
            return PauseReason.UNKNOWN_MODEL
        case _:
            return PauseReason.UNAUTHORIZED


def _is_unknown_model(pause: Pause, error: ProviderRejected) -> bool:
    """Whether a pause for an unknown model goes on."""
    return pause.reason is PauseReason.UNKNOWN_MODEL and error.code == UNKNOWN_MODEL
