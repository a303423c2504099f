"""A provider that can go down, and benches around it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from typing_extensions import override

from bot.engine.answers import Phase, RequestStatus
from bot.errors import ProviderUnavailable
from tests.fake_store import FakeJobStore
from tests.fakes import FakeClock, FakeProvider
from tests.unit.engine_bench import CHANNEL, MEMBER, OUTPUT, EngineBench

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from bot.domain.job import Job
    from bot.engine.answers import ModelInfo

MINUTE = timedelta(minutes=1)
FREE, PAID = ("model", "status", "result", "cancel"), "submit"


class FlakyProvider(FakeProvider):
    """Answers nothing while it is down, and remembers when it was asked what."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.is_down = False
        self.only_probes_fail = False
        self.asked: list[tuple[str, datetime]] = []
        self._clock = clock

    def times(self, *verbs: str) -> list[datetime]:
        """When any of these verbs was asked."""
        return [at for verb, at in self.asked if verb in verbs]

    @override
    async def submit(self, model_id: str, payload: Mapping[str, object]) -> str:
        self._meet("submit")
        return await super().submit(model_id, payload)

    @override
    async def status(self, request_id: str) -> RequestStatus:
        self._meet("status")
        return await super().status(request_id)

    @override
    async def model(self, model_id: str) -> ModelInfo:
        self._meet("model")
        if self.only_probes_fail:
            raise ProviderUnavailable("502")
        return await super().model(model_id)

    def _meet(self, verb: str) -> None:
        self.asked.append((verb, self._clock.now()))
        if self.is_down:
            raise ProviderUnavailable("no connection")


class Storm:
    """A bench whose provider can go down."""

    def __init__(self, bench: EngineBench) -> None:
        self.bench = bench
        self.provider = FlakyProvider(bench.clock)
        self.notices = bench.notice_courier

    @property
    def clock(self) -> FakeClock:
        """The time."""
        return self.bench.clock

    async def remixes(self, count: int, *, channel_id: int = CHANNEL) -> list[Job]:
        """Let so many members ask at once."""
        return [await self.bench.remix(user_id=MEMBER + n, channel_id=channel_id) for n in range(count)]

    async def known(self) -> None:
        """Go down with a job that waits, until everybody knows."""
        self.provider.is_down = True
        await self.bench.pass_time(75)
        assert self.bench.gate.outage is not None

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Let time pass until something is so."""
        for _ in range(600):
            if is_so():
                return
            await self.bench.pass_time(1)
        raise AssertionError("it never was so")

    async def finish_all(self, *, minutes: int) -> None:
        """Let time pass in which every request is painted five seconds after it came."""
        for _ in range(minutes * 12):
            await self.bench.pass_time(5)
            for request_id, request in self.provider.requests.items():
                if request.phase is not Phase.ENDED:
                    self.provider.finish(request_id, OUTPUT)


def most_within(times: list[datetime], span: timedelta) -> int:
    """The greatest number of times that lie within any such span."""
    return max((sum(at <= one < at + span for one in times) for at in times), default=0)


class Pair:
    """Two processes that share a database, a Discord and a provider."""

    def __init__(self, folder: Path) -> None:
        clock = FakeClock()
        self.first = EngineBench(folder, store=FakeJobStore(clock=clock.now, shared=True))
        self.second = EngineBench(folder, store=self.first.store, name="other")
        self.first.clock = self.second.clock = clock
        self.second.numbers = self.first.numbers
        self.second.notices, self.second.notice_courier = self.first.notices, self.first.notice_courier
        self.providers = [FlakyProvider(clock), FlakyProvider(clock)]
        self.first.provider, self.second.provider = self.providers

    async def start(self) -> None:
        """Boot both."""
        for bench in (self.first, self.second):
            bench.boot()
            await bench.loop.start()
            await bench.settle()

    async def pass_time(self, by: timedelta) -> None:
        """Let time pass for both."""
        for _ in range(int(by.total_seconds())):
            await self.first.pass_time(1)
            await self.second.settle()
