"""The composition root: builds every part once, runs them side by side, and shuts them down in order."""

from __future__ import annotations

import secrets
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog
from prometheus_client import CollectorRegistry

from bot.client import RemixBot
from bot.domain.catalog import load_catalog
from bot.domain.ledger import to_micros
from bot.domain.policy import Blocklist
from bot.engine.credit import CreditCheck
from bot.engine.data_room import DataRoom, RoomLimits
from bot.engine.endings import Endings
from bot.engine.gate import Gate
from bot.engine.give_up import GiveUp
from bot.engine.intake import Intake
from bot.engine.loop import Loop
from bot.engine.moderation import ModerationLog
from bot.engine.outage import RHYTHM, OutageNotices
from bot.engine.output_hosts import OutputHosts
from bot.engine.progress import ProgressBoard
from bot.engine.publication import PublicationCheck
from bot.engine.retention import Ages, Retention
from bot.engine.servers import Servers
from bot.engine.service import JobService
from bot.engine.shows import Shows
from bot.engine.steps import Tools, all_steps
from bot.engine.unreadable import UnreadableJobs
from bot.engine.watch import StepWatch
from bot.errors import StartupError
from bot.log import Redactor
from bot.network_clients import open_network_clients
from bot.ops import discord_trace, loop_lag
from bot.ops.acknowledgements import Acknowledgements
from bot.ops.census import Census, State
from bot.ops.data_folder import DataFolder
from bot.ops.discord_login import log_in
from bot.ops.discord_time import DiscordTime
from bot.ops.health import HealthServer
from bot.ops.input_routes import input_routes, published_inputs
from bot.ops.metrics import Metrics
from bot.ops.parts import run_until_first_ends
from bot.ops.provider_watch import ProviderWatch
from bot.ops.readiness import DatabaseProbe, Readiness
from bot.ops.stop_signal import stop_signal
from bot.ops.system_clock import SystemClock
from bot.store.audit_store import SqlAuditStore
from bot.store.database import Database
from bot.store.job_store import SqlJobStore
from bot.store.notice_store import SqlNoticeStore
from bot.store.restoration import Restoration
from bot.store.server_store import SqlServerStore
from bot.ui import buttons, gone_events
from bot.ui.courier import DiscordCourier
from bot.ui.gallery_courier import DiscordGalleryCourier
from bot.ui.notices import DiscordNoticeCourier
from bot.ui.unreadable_notice import DiscordUnreadableCourier

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from bot.domain.catalog import ImageModel
    from bot.domain.job import Job
    from bot.engine.outage import Rhythm
    from bot.network_clients import NetworkClients
    from bot.settings import Settings

DRAIN_SECONDS: Final = 7.0
"""How long steps under way may take to end after a signal; a supervisor usually waits ten seconds in all."""

_log = structlog.stdlib.get_logger(__name__)


class App:
    """The bot as one process.

    Make one with :meth:`open`, which builds all parts and closes them again.

    Args:
        settings: What the operator configured.
        database: Where the store keeps them.
        metrics: Counts what happens.
        clients: What asks the world over HTTP.
        models: The catalog, by model id.
        rhythm: How often a silent provider is asked, and its silence told.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        metrics: Metrics,
        clients: NetworkClients,
        models: Mapping[str, ImageModel],
        rhythm: Rhythm = RHYTHM,
    ) -> None:
        self._settings = settings
        store, notices, audit = SqlJobStore(database), SqlNoticeStore(database), SqlAuditStore(database)
        store.observe(tell_end := Endings(metrics).changed)
        self._clock = SystemClock()
        self.metrics = metrics
        inspector, watched = clients.inspector, ProviderWatch(clients.provider, metrics=metrics, clock=self._clock)
        self._gate = Gate(
            provider=watched,
            store=store,
            model_id=settings.default_model,
            notices=notices,
            assumed_price_micros=to_micros(settings.assumed_price_usd),
            probe_every=rhythm.probe_every,
            storage=(storage := DataFolder(settings.data_dir, url=settings.database_url)).trouble,
        )
        board, owner_id, permits = ProgressBoard(), secrets.token_hex(8), clients.downloader.permits
        clock, gate, data_dir = self._clock, self._gate, settings.data_dir
        servers = Servers(store=SqlServerStore(database), clock=self._clock)
        room = DataRoom(settings.data_dir, RoomLimits(settings.data_quota_mb, settings.min_free_mb))
        self.service = JobService(
            model=models[settings.default_model],
            models=models,
            intake=Intake(model=models[settings.default_model], inspector=inspector),
            store=store,
            gate=self._gate,
            board=board,
            clock=self._clock,
            owner_id=owner_id,
            wake=self._wake,
            room=room,
            telemetry=metrics,
        )
        acks, discord_time = Acknowledgements(now=clock.now), DiscordTime()
        self.bot = RemixBot(
            service=self.service,
            shows=Shows(
                store=store, inspector=inspector, permits=permits, data_dir=data_dir, clock=clock, wake=self._wake
            ),
            servers=servers,
            moderation=ModerationLog(audit=audit, clock=self._clock),
            blocklist=Blocklist(settings.blocked_user_ids),
            api_url=settings.discord_api_url,
            gateway_url=settings.discord_gateway_url,
            shard_count=settings.shard_count,
            http_trace=discord_trace.listening(metrics, now=clock.now, sent=acks.note_sent, discord_time=discord_time),
            acknowledgements=acks,
        )
        buttons.register(self.bot)
        gone = gone_events.listen(self.bot, store=store, clock=self._clock, wake=self._wake)
        courier = DiscordCourier(
            self.bot,
            model_names=lambda model_id: models[model_id].name if model_id in models else model_id,
            advice=lambda request: models[request.model].advice(request) if request.model in models else (),
            discord_time=discord_time,
        )
        ages = Ages.of_days(
            jobs=settings.retention_jobs_days,
            files=settings.retention_files_days,
            moderation=settings.retention_moderation_days,
        )
        retention = Retention(store=store, audit=audit, data_dir=data_dir, clock=clock, ages=ages)
        told = DiscordNoticeCourier(self.bot, discord_time=discord_time)
        outage = OutageNotices(store=notices, courier=told, gate=gate, clock=clock, rhythm=rhythm)
        self._restoration = Restoration(database, data_dir=data_dir, clock=clock, observer=tell_end)
        self._publication = PublicationCheck(provider=watched, gate=gate, model=models[settings.default_model])
        self._unreadable = UnreadableJobs(store=store, courier=DiscordUnreadableCourier(self.bot), clock=clock)
        self._credit = CreditCheck(provider=watched, low_micros=to_micros(settings.low_credit_usd))
        output_hosts = OutputHosts(gate=gate, clock=clock)
        self._published = published_inputs(settings, inspector=inspector, clock=clock)
        tools = Tools(
            store=store,
            provider=watched,
            downloader=clients.downloader,
            inspector=inspector,
            courier=courier,
            galleries=DiscordGalleryCourier(self.bot, courier=courier),
            servers=servers,
            gate=gate,
            output_hosts=output_hosts,
            board=board,
            models=models,
            data_dir=data_dir,
            clock=clock,
            published=self._published,
        )
        give_up = GiveUp(store=store, board=board, clock=clock, limit=settings.max_step_failures)
        self.loop = Loop(
            store=store,
            steps=give_up.over(StepWatch(telemetry=metrics).over(all_steps(tools))),
            gate=gate,
            board=board,
            clock=clock,
            owner_id=owner_id,
            max_in_flight=settings.max_in_flight,
            chores={
                "prune": retention.turn,
                "signatures": retention.erase_signatures,
                "notices": outage.turn,
                "unreadable": self._unreadable.turn,
                "pause": gate.look,
                "heartbeat": self._restoration.beat,
                "room": room.turn,
                "gone places": gone.turn,
                "credit": self._credit.turn,
                "publication": self._publication.turn,
            },
        )
        self.readiness = Readiness(
            is_connected=lambda: self.bot.is_connected,
            turned_at=lambda: self.loop.last_turn_at,
            refreshed_at=lambda: self.loop.refreshed_at,
            unreadable=lambda: self._unreadable.found,
            other_process=lambda: self.bot.acknowledgements.trouble,
            pause=lambda: self._gate.pause,
            output_hosts=output_hosts.describe,
            publication=self._publication.trouble,
            storage=storage.trouble,
            room=lambda: room.trouble,
            database=DatabaseProbe(database.prove_writable, clock=clock),
            provider=watched,
            clock=clock,
        )

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, *, rhythm: Rhythm = RHYTHM) -> AsyncGenerator[App]:
        """Build every part, the resources first, and close them in reverse.

        Raises:
            StartupError: The catalog, the database or a token is not as it must be.
        """
        models = load_catalog(settings.catalog_dir)
        if settings.default_model not in models:
            known = ", ".join(sorted(models))
            raise StartupError(f"DEFAULT_MODEL: no model {settings.default_model!r} in the catalog; there are: {known}")
        settings.require_run()
        if settings.public_url is not None and not settings.http_port:
            raise StartupError("PUBLIC_URL: inputs are served on HTTP_PORT, which is 0. Choose a port, or unset it.")
        registry = CollectorRegistry()
        async with AsyncExitStack() as stack:
            database = await stack.enter_async_context(Database.open(settings.database_url, data_dir=settings.data_dir))
            clients = await stack.enter_async_context(open_network_clients(settings))
            app = cls(
                settings=settings,
                database=database,
                metrics=Metrics(registry),
                clients=clients,
                models=models,
                rhythm=rhythm,
            )
            registry.register(Census(app.state))
            await stack.enter_async_context(loop_lag.measured(app.metrics.loop_lagged))
            if settings.http_port:
                server = HealthServer(
                    settings.http_host,
                    settings.http_port,
                    app.readiness.live,
                    ready_report=app.readiness.ready,
                    registry=registry,
                    more_routes=input_routes(app._published),
                    mask=Redactor(settings.secrets()).text,
                )
                await stack.enter_async_context(server)
            yield app

    async def run(self) -> None:
        """Connect to Discord and work until a signal comes or a part ends for good.

        Raises:
            StartupError: Discord refuses the token or cannot be reached at the start.
        """
        tokens = self._settings.require_run()
        async with self.bot:
            await log_in(self.bot, tokens.discord.get_secret_value())
            await self._restoration.settle()
            await self.loop.start()
            _log.info("started", jobs_open=self.loop.open_jobs, application_id=self.bot.application_id)
            parts = {"gateway": self.bot.connect, "loop": self.loop.run, "signal": stop_signal}
            await run_until_first_ends(parts, drain=partial(self.loop.stop, grace_seconds=DRAIN_SECONDS))

    def state(self) -> State:
        """Say where the engine stands, for ``/metrics``."""
        turned_at = self.loop.last_turn_at
        return State(
            jobs=self.loop.jobs_by_status,
            in_flight=self.loop.in_flight,
            max_in_flight=self._settings.max_in_flight,
            pause=self._gate.pause.reason if self._gate.pause else None,
            credit_micros=self._credit.balance_micros,
            is_outage=self._gate.outage is not None,
            unreadable=len(self._unreadable.found),
            silence=None if turned_at is None else self._clock.now() - turned_at,
        )

    def _wake(self, job: Job) -> None:
        self.loop.wake(job)
