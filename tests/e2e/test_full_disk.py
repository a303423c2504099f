"""A disk that is full: nothing is paid that could not be written down, nothing paid is forgotten, and it heals alone.

The process is kept from letting any file grow (RLIMIT_FSIZE, set from outside by prlimit), which needs neither root nor
a file system of its own: SQLite meets a failing write just as it does where no block is left.
"""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

from sandbox.faults import Fault

if TYPE_CHECKING:
    from tests.e2e.town import Town
    from tests.e2e.watched import Watched

SUBMIT = "/v1/models/{model:.*}"


def _fill_disk(town: Town) -> None:
    """Let no file of the bot grow beyond what the write-ahead log has now."""
    assert town.bot.pid is not None
    size = (town.data_dir / "remix.db-wal").stat().st_size
    assert size > town.bot.log_path.stat().st_size  # else its log would be lost, and the test would not know why
    resource.prlimit(town.bot.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def _make_room(town: Town) -> None:
    assert town.bot.pid is not None
    resource.prlimit(town.bot.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


async def test_a_job_that_cannot_be_written_down_is_refused_and_unpaid_until_there_is_room(watched: Watched) -> None:
    town = watched.town
    _fill_disk(town)
    exchange = await town.remix("ada", "as chalk")
    refusal = await exchange.private_answer()
    report = await watched.until_ready_says(503)

    assert refusal.ephemeral_to == town.person("ada").user.id
    assert report["notes"]["database"] not in ("writable", "")
    assert (await watched.health("/healthz"))[0] == 200
    assert town.row("id") == []
    assert town.runcomfy.ledger == []

    _make_room(town)
    await watched.until_ready_says(200)
    card = await town.card(await town.remix("ada", "as ink"))
    await town.results_in(card.id)
    assert [post.body["prompt"] for post in town.runcomfy.ledger] == ["as ink"]


async def test_a_disk_that_fills_while_the_post_is_under_way_loses_no_paid_work(watched: Watched) -> None:
    town = watched.town
    late = Fault.late(30, method="POST", route=SUBMIT, after_commit=True)
    town.runcomfy.faults.add(late)
    card = await town.card(await town.remix("ada", "as slate"))
    await town.until(lambda: bool(town.runcomfy.ledger), "the acceptance")
    _fill_disk(town)
    town.runcomfy.faults.release()
    await watched.until_log_says("step_postponed")
    await watched.until_ready_says(503)
    assert "submission_accepted" in town.bot.log()

    _make_room(town)
    [result] = await town.results_in(card.id)
    assert len(town.runcomfy.ledger) == 1
    assert town.digests(result) == town.runcomfy.output_sha256(town.runcomfy.ledger[0].request_id)
