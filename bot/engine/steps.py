"""Every step of a job, put together from what it works with: one table for the process and for the tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.engine.card import CardStep
from bot.engine.deliver import DeliverStep
from bot.engine.fetch import FetchStep
from bot.engine.fitting import Fitting
from bot.engine.gallery_files import COPY_SECONDS, GalleryFiles
from bot.engine.keep import KeepStep
from bot.engine.open import OpenStep
from bot.engine.poll import PollStep
from bot.engine.prepare import PrepareStep
from bot.engine.renewal import Renewal
from bot.engine.schedule import Step
from bot.engine.submit import SubmitStep
from bot.engine.thread import ThreadStep

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from bot.domain.catalog import ImageModel
    from bot.domain.job import Job
    from bot.engine.gallery import GalleryCourier
    from bot.engine.gate import Gate
    from bot.engine.output_hosts import OutputHosts
    from bot.engine.ports import Clock, Courier, Downloader, ImageInspector, JobStore, Provider
    from bot.engine.progress import ProgressBoard
    from bot.engine.published import PublishedInputs
    from bot.engine.servers import Servers

    Run = Callable[[Job], Awaitable[Job]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What steps work with.

    Args:
        store: Where jobs live.
        provider: The queue API.
        downloader: Brings outputs to our disk.
        inspector: Looks at pictures, and makes them fit.
        courier: Shows jobs to people.
        galleries: Keeps pictures in Discord.
        servers: What servers chose for themselves.
        gate: Admits paid submissions.
        output_hosts: Knows which results wait for a host to be allowed.
        board: What is known of open jobs beside their rows.
        models: The catalog, by model id.
        data_dir: The data folder.
        clock: The time.
        published: Serves inputs from this process; None where the provider fetches them from Discord.
        copy_seconds: How long copying pictures for a gallery may take in all.
    """

    store: JobStore
    provider: Provider
    downloader: Downloader
    inspector: ImageInspector
    courier: Courier
    galleries: GalleryCourier
    servers: Servers
    gate: Gate
    output_hosts: OutputHosts
    board: ProgressBoard
    models: Mapping[str, ImageModel]
    data_dir: Path
    clock: Clock
    published: PublishedInputs | None = None
    copy_seconds: float = COPY_SECONDS


def all_steps(tools: Tools) -> dict[Step, Run]:
    """Build every step."""
    return {**_towards_people(tools), **_towards_the_provider(tools)}


def _towards_people(tools: Tools) -> dict[Step, Run]:
    store, courier, board, clock = tools.store, tools.courier, tools.board, tools.clock
    permits = tools.downloader.permits
    fitting = Fitting(store=store, inspector=tools.inspector, permits=permits, data_dir=tools.data_dir, clock=clock)
    files = GalleryFiles(
        inspector=tools.inspector, models=tools.models, data_dir=tools.data_dir, copy_seconds=tools.copy_seconds
    )
    return {
        Step.OPEN: OpenStep(store=store, courier=courier, board=board, clock=clock).run,
        Step.THREAD: ThreadStep(store=store, courier=courier, board=board, clock=clock).run,
        Step.CARD: CardStep(store=store, courier=courier, board=board, clock=clock).run,
        Step.KEEP: KeepStep(
            store=store,
            galleries=tools.galleries,
            files=files,
            servers=tools.servers,
            courier=courier,
            clock=clock,
        ).run,
        Step.DELIVER: DeliverStep(
            store=store,
            courier=courier,
            fitting=fitting,
            models=tools.models,
            data_dir=tools.data_dir,
            clock=clock,
        ).run,
    }


def _towards_the_provider(tools: Tools) -> dict[Step, Run]:
    store, provider, gate, clock = tools.store, tools.provider, tools.gate, tools.clock
    models, data_dir = tools.models, tools.data_dir
    renewal = Renewal(galleries=tools.galleries, clock=clock)
    return {
        Step.PREPARE: PrepareStep(
            store=store, inspector=tools.inspector, models=models, data_dir=data_dir, clock=clock
        ).run,
        Step.SUBMIT: SubmitStep(
            store=store,
            provider=provider,
            gate=gate,
            courier=tools.courier,
            models=models,
            renewal=renewal,
            clock=clock,
            published=tools.published,
        ).run,
        Step.POLL: PollStep(
            store=store, provider=provider, gate=gate, board=tools.board, clock=clock, published=tools.published
        ).run,
        Step.FETCH: FetchStep(
            store=store,
            downloader=tools.downloader,
            hosts=tools.output_hosts,
            board=tools.board,
            models=models,
            data_dir=data_dir,
            clock=clock,
        ).run,
    }
