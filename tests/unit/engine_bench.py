"""A bench for the engine: real steps and loop over fakes, with a clock that the test moves."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from bot.domain.catalog import load_catalog
from bot.domain.origin import Origin
from bot.domain.person import Person
from bot.domain.remix_request import Input, RemixRequest
from bot.engine.data_room import DataRoom, RoomLimits
from bot.engine.endings import Endings
from bot.engine.gallery_files import COPY_SECONDS
from bot.engine.gate import Gate
from bot.engine.give_up import GiveUp
from bot.engine.gone_places import GonePlaces
from bot.engine.intake import LOOK_SECONDS, Intake
from bot.engine.loop import Loop
from bot.engine.outage import OutageNotices
from bot.engine.output_hosts import OutputHosts
from bot.engine.progress import ProgressBoard
from bot.engine.retention import Ages, Retention
from bot.engine.servers import Servers
from bot.engine.service import JobService
from bot.engine.steps import Tools, all_steps
from bot.engine.telemetry import NO_TELEMETRY
from bot.engine.unreadable import UnreadableJobs
from bot.engine.watch import StepWatch
from tests.fake_audit import FakeAuditStore
from tests.fake_galleries import FakeGalleries
from tests.fake_inspector import FakeInspector
from tests.fake_notices import FakeNoticeCourier, FakeNoticeStore
from tests.fake_servers import FakeServerStore
from tests.fake_store import FakeJobStore
from tests.fake_unreadable import FakeUnreadableCourier
from tests.fakes import FakeClock, FakeCourier, FakeDownloader, FakeProvider

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from bot.domain.job import Job
    from bot.engine.published import PublishedInputs
    from bot.engine.retention import Archive
    from bot.engine.telemetry import Telemetry

MODEL_ID = "bytedance/dreamina-4-0/edit"
MEMBER, STRANGER, MODERATOR = 11, 12, 13
GUILD, CHANNEL = 500, 600
ASSUMED_PRICE = 50_000
AGES = Ages.of_days(jobs=90, files=7, moderation=180)
INPUT = "https://cdn.discordapp.com/a/cat.png"
OUTPUT = "https://files.runcomfy.net/out/1.png"


class EngineBench:
    """One process of the bot, without Discord and RunComfy."""

    def __init__(
        self,
        data_dir: Path,
        *,
        store: Archive | None = None,
        max_in_flight: int = 20,
        name: str = "process",
        telemetry: Telemetry = NO_TELEMETRY,
        clock: FakeClock | None = None,
    ) -> None:
        self._name = name
        self.data_dir = data_dir
        self.telemetry = telemetry
        self.clock = clock or FakeClock()
        self.store: Archive = store or FakeJobStore(clock=self.clock.now)
        self.audit = self.store.audit if isinstance(self.store, FakeJobStore) else FakeAuditStore()
        self.notices = FakeNoticeStore(self._all_jobs)
        self.notice_courier = FakeNoticeCourier()
        self.unreadable_courier = FakeUnreadableCourier()
        self.provider = FakeProvider()
        self.downloader = FakeDownloader()
        self.courier = FakeCourier()
        self.inspector = FakeInspector()
        self.models = load_catalog(None)
        self.numbers: Iterator[int] = count(1)
        self.look_seconds = LOOK_SECONDS
        self.copy_seconds = COPY_SECONDS
        self.galleries = FakeGalleries(clock=self.clock)
        self.server_store = FakeServerStore()
        self.storage_trouble: str | None = None
        self.published: PublishedInputs | None = None
        self.server_url = ""
        self.room = DataRoom(data_dir, RoomLimits())
        self._boots = 0
        self.boot(max_in_flight=max_in_flight)

    def boot(self, *, max_in_flight: int = 20) -> None:
        """Build the engine anew over the same store, as a restart does."""
        self._boots += 1
        owner_id = f"{self._name}-{self._boots}"
        self.board = ProgressBoard()
        self.gate = Gate(
            provider=self.provider,
            store=self.store,
            model_id=MODEL_ID,
            notices=self.notices,
            assumed_price_micros=ASSUMED_PRICE,
            storage=lambda: self.storage_trouble,
        )
        store, clock, board = self.store, self.clock, self.board
        retention = Retention(
            store=store,
            audit=self.audit,
            data_dir=self.data_dir,
            clock=clock,
            ages=AGES,
        )
        outage = OutageNotices(store=self.notices, courier=self.notice_courier, gate=self.gate, clock=clock)
        self.output_hosts = OutputHosts(gate=self.gate, clock=clock)
        self.servers = Servers(store=self.server_store, clock=clock)
        self.gone = GonePlaces(store=store, clock=clock, wake=self._wake)
        self.unreadable = UnreadableJobs(store=store, courier=self.unreadable_courier, clock=clock)
        store.observe(Endings(self.telemetry).changed)
        tools = Tools(
            store=store,
            provider=self.provider,
            downloader=self.downloader,
            inspector=self.inspector,
            courier=self.courier,
            galleries=self.galleries,
            servers=self.servers,
            gate=self.gate,
            output_hosts=self.output_hosts,
            board=board,
            models=self.models,
            data_dir=self.data_dir,
            clock=clock,
            published=self.published,
            copy_seconds=self.copy_seconds,
        )
        self.steps = GiveUp(store=store, board=board, clock=clock).over(
            StepWatch(telemetry=self.telemetry).over(all_steps(tools))
        )
        self.loop = Loop(
            store=store,
            steps=self.steps,
            gate=self.gate,
            board=board,
            clock=clock,
            owner_id=owner_id,
            max_in_flight=max_in_flight,
            chores={
                "prune": retention.turn,
                "signatures": retention.erase_signatures,
                "notices": outage.turn,
                "unreadable": self.unreadable.turn,
                "room": self.room.turn,
                "gone places": self.gone.turn,
                "pause": self.gate.look,
            },
            chance=lambda: 0.5,
        )
        self.service = JobService(
            model=self.models[MODEL_ID],
            models=self.models,
            intake=Intake(model=self.models[MODEL_ID], inspector=self.inspector, look_seconds=self.look_seconds),
            store=store,
            gate=self.gate,
            board=board,
            clock=clock,
            owner_id=owner_id,
            wake=self.loop.wake,
            room=self.room,
            telemetry=self.telemetry,
        )

    def _wake(self, job: Job) -> None:
        self.loop.wake(job)

    def _all_jobs(self) -> Sequence[Job]:
        """What notices of an outage count; over a real database that is a matter of its own tests."""
        return self.store.all_jobs() if isinstance(self.store, FakeJobStore) else ()

    # --- people -------------------------------------------------------------------------------------------------------

    def request(
        self, prompt: str = "as an oil painting", *, url: str = INPUT, more: Sequence[str] = ()
    ) -> RemixRequest:
        """A request that the model takes."""
        inputs = [Input(one, "cat.png", "image/png", 1000, 640, 480) for one in (url, *more)]
        return self.models[MODEL_ID].request(prompt=prompt, inputs=inputs, options={})

    async def remix(
        self,
        prompt: str = "as an oil painting",
        *,
        user_id: int = MEMBER,
        guild_id: int | None = GUILD,
        channel_id: int = CHANNEL,
        url: str = INPUT,
        more: Sequence[str] = (),
        **place: Any,
    ) -> Job:
        """Let a member ask for a picture."""
        number = next(self.numbers)
        origin = Origin(
            user_id=user_id,
            channel_id=channel_id,
            guild_id=guild_id,
            card_message_id=7000 + number,
            interaction_token=f"token-{number}",
            token_expires_at=self.clock.now() + timedelta(minutes=14),
            **place,
        )
        return await self.service.remix(self.request(prompt, url=url, more=more), origin=origin, interaction_id=number)

    def person(self, user_id: int, *, guild_id: int | None = GUILD) -> Person:
        """A member who asks in ``CHANNEL``, or the moderator of ``GUILD``."""
        return Person(user_id, guild_id, lambda _origin: user_id == MODERATOR, CHANNEL)

    async def row(self, job: Job) -> Job:
        """The job as the store has it now."""
        found = await self.store.get(job.id)
        assert found is not None
        return found

    # --- time ---------------------------------------------------------------------------------------------------------

    async def settle(self) -> None:
        """Run everything that is due now, and what becomes due by it."""
        for _ in range(200):
            next_at = self.loop.next_at()
            if next_at is None or next_at > self.clock.now():
                return
            await self.loop.tick(self.clock.now())
        raise AssertionError("the loop never comes to rest")

    async def settled(self, job: Job) -> Job:
        """A job once nothing of it is due."""
        await self.settle()
        return await self.row(job)

    async def finished(self, job: Job) -> Job:
        """A job that the provider finished, a minute later: its result is posted."""
        request_id = (await self.row(job)).request_id
        assert request_id is not None
        self.provider.finish(request_id, OUTPUT)
        await self.pass_time(60)
        return await self.row(job)

    async def pass_time(self, by: timedelta | float) -> None:
        """Let time pass, running each step when it is due."""
        end = self.clock.now() + (by if isinstance(by, timedelta) else timedelta(seconds=by))
        await self.settle()
        while (next_at := self.loop.next_at()) is not None and next_at <= end:
            self._until(next_at)
            await self.settle()
        self._until(end)

    def _until(self, at: datetime) -> None:
        """Move the clock, which another bench may have moved further meanwhile."""
        self.clock.forward(max(at - self.clock.now(), timedelta()))

    async def restart(self) -> None:
        """Kill the process and start the next one."""
        self.boot()
        await self.loop.start()
        await self.settle()
