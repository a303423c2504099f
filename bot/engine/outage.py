"""Tells each channel once that the provider is silent, keeps that message true, and says there when it is over."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from bot.domain.notice import OutageNotice
from bot.engine.gate import PROBE_EVERY
from bot.engine.schedule import backoff
from bot.errors import DeliveryError, DeliveryPostponed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from bot.domain.notice import WaitingPlace
    from bot.domain.policy import Outage
    from bot.engine.gate import Gate
    from bot.engine.notice_ports import NoticeCourier, NoticeStore
    from bot.engine.ports import Clock

LOOK_EVERY: Final = timedelta(seconds=10)
"""How soon a channel hears of an outage that is known of, and of its end."""
EDIT_EVERY: Final = timedelta(minutes=1)
"""How often a notice is edited at most while its numbers change."""
SAME_NOTICE_FOR: Final = timedelta(minutes=30)
"""An outage that follows so soon upon another one is told by the same message."""
ATTEMPTS_AT_MOST: Final = 12
"""So many postponements in a row, which is half an hour, and a channel is left alone until the next outage."""
AT_ONCE: Final = 4
"""How many channels are told at the same time."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often the provider is asked, and its silence told, while an outage lasts.

    Args:
        probe_every: How long an unanswered question is let rest; a silence of that length is an outage.
        look_every: How often there is a look at what has changed.
        edit_every: How often a notice is edited at most while its numbers change.
    """

    probe_every: timedelta = PROBE_EVERY
    look_every: timedelta = LOOK_EVERY
    edit_every: timedelta = EDIT_EVERY


RHYTHM: Final = Rhythm()

_log = structlog.stdlib.get_logger(__name__)


@dataclass
class _Telling:
    """What this process knows of one channel beside its row."""

    shown: int | None = None
    shown_at: datetime | None = None
    failures: int = 0
    not_before: datetime | None = None
    is_dropped: bool = False


@dataclass
class _Memory:
    """What is known of all channels during one outage."""

    channels: dict[int, _Telling] = field(default_factory=dict[int, _Telling])

    def of(self, channel_id: int) -> _Telling:
        return self.channels.setdefault(channel_id, _Telling())


class OutageNotices:
    """The loop's chore of notices; they are owed like results, but none is worth telling twice.

    A row is written before the first send, and a send whose outcome is unknown is searched for before it is repeated.
    The text depends on the store alone, so several processes on one database show the same.

    Args:
        store: Where notices and waiting jobs are.
        courier: Posts and edits.
        gate: Knows of the outage.
        clock: The time.
        rhythm: How often.
    """

    def __init__(
        self, *, store: NoticeStore, courier: NoticeCourier, gate: Gate, clock: Clock, rhythm: Rhythm = RHYTHM
    ) -> None:
        self._store = store
        self._courier = courier
        self._gate = gate
        self._clock = clock
        self._rhythm = rhythm
        self._memory = _Memory()
        self._is_telling = True  # an earlier process may have left notices that are not over

    async def turn(self) -> timedelta:
        """Bring the notices up to date, and answer when to look again.

        Raises:
            StoreUnavailable: The database does not answer.
        """
        outage = self._gate.outage
        if outage is not None:
            self._is_telling = True
            await self._tell(outage)
        elif self._is_telling and self._gate.silent_since is None:
            await self._end()
        return self._rhythm.look_every

    # --- while it lasts -----------------------------------------------------------------------------------------------

    async def _tell(self, outage: Outage) -> None:
        places = {one.channel_id: one for one in await self._store.places()}
        notices = {one.channel_id: one for one in await self._store.notices()}
        for channel_id, place in places.items():
            if not self._memory.of(channel_id).is_dropped:
                notices[channel_id] = await self._begun(place, notices.get(channel_id), outage)
        await self._each(notices.values(), lambda notice: self._show(notice, places.get(notice.channel_id)))

    async def _begun(self, place: WaitingPlace, known: OutageNotice | None, outage: Outage) -> OutageNotice:
        """Answer the notice that a place is owed: the one that it has, the last one anew, or a new one."""
        ended_at = known.over_at if known is not None else None
        if known is None or (ended_at is not None and self._clock.now() - ended_at > SAME_NOTICE_FOR):
            nonce = f"outage-{secrets.token_hex(8)}"
            fresh = OutageNotice(place.channel_id, place.guild_id, place.locale, nonce, outage.since)
            return await self._store.begin(fresh, instead_of=known.nonce if known is not None else None)
        # What another process ended after our last question was answered to it, and the next one decides.
        if ended_at is None or ended_at > outage.asked_at:
            return known
        await self._store.note(known, since=outage.since, over_at=None)
        return replace(known, since=outage.since, over_at=None)

    async def _show(self, notice: OutageNotice, place: WaitingPlace | None) -> None:
        telling, now = self._memory.of(notice.channel_id), self._clock.now()
        waiting = place.waiting if place is not None else 0
        if notice.message_id is None:
            if place is None or not await self._post(notice, place):
                return
        elif telling.shown_at is not None and (
            waiting == telling.shown or now < telling.shown_at + self._rhythm.edit_every
        ):
            return
        else:
            await self._courier.edit(notice, waiting=waiting)
        telling.shown, telling.shown_at = waiting, now

    async def _post(self, notice: OutageNotice, place: WaitingPlace) -> bool:
        """Post a notice, and answer whether it now shows what is so; one that was there already may be older."""
        found: int | None = None
        if notice.first_attempt_at is None:
            # The card was there before; our own time is no bound, for Discord's may differ.
            after_id = self._courier.earliest_id() or place.card_message_id
            await self._store.note(notice, first_attempt_at=self._clock.now(), after_id=after_id)
        else:
            found = await self._courier.find(notice, readable_id=place.card_message_id)
        message_id = found if found is not None else await self._courier.post(notice, waiting=place.waiting)
        await self._store.note(notice, message_id=message_id)
        return found is None

    # --- when it is over ----------------------------------------------------------------------------------------------

    async def _end(self) -> None:
        await self._each(await self._store.notices(), self._close)
        self._is_telling = any(one.over_at is None for one in await self._store.notices())
        if not self._is_telling:
            self._memory = _Memory()
            await self._store.prune(over_before=self._clock.now() - 2 * SAME_NOTICE_FOR)

    async def _close(self, notice: OutageNotice) -> None:
        now, message_id = self._clock.now(), notice.message_id
        if message_id is None and notice.first_attempt_at is not None:
            message_id = await self._courier.find(notice, readable_id=None)
        if message_id is not None:
            await self._courier.edit(replace(notice, message_id=message_id, over_at=now), waiting=0)
        # Not before Discord has said so: a crash in between lets the next process say it again, in the same message.
        await self._store.note(notice, message_id=message_id, over_at=now)

    # --- one by one ---------------------------------------------------------------------------------------------------

    async def _each(self, notices: Iterable[OutageNotice], act: Callable[[OutageNotice], Awaitable[None]]) -> None:
        room = asyncio.Semaphore(AT_ONCE)

        async def one(notice: OutageNotice) -> None:
            async with room:
                await self._attempt(notice, act)

        await asyncio.gather(*(one(notice) for notice in notices if notice.over_at is None))

    async def _attempt(self, notice: OutageNotice, act: Callable[[OutageNotice], Awaitable[None]]) -> None:
        telling, now = self._memory.of(notice.channel_id), self._clock.now()
        if telling.not_before is not None and now < telling.not_before:
            return
        try:
            await act(notice)
        except DeliveryError as error:
            await self._fail(notice, telling, error)
        else:
            telling.failures, telling.not_before = 0, None

    async def _fail(self, notice: OutageNotice, telling: _Telling, error: DeliveryError) -> None:
        now = self._clock.now()
        telling.failures += 1
        detail = f"{type(error).__name__}: {error}"
        if isinstance(error, DeliveryPostponed) and telling.failures < ATTEMPTS_AT_MOST:
            wait = backoff(telling.failures, retry_after=error.retry_after)
            telling.not_before = now + wait
            _log.warning("notice_postponed", channel_id=notice.channel_id, detail=detail, retry_in=wait.total_seconds())
            return
        telling.is_dropped = True
        await self._store.note(notice, over_at=now)
        _log.warning("notice_dropped", channel_id=notice.channel_id, detail=detail)
