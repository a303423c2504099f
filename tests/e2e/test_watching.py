"""The operator's view of the real process: metrics, readiness, and records that bear the job."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING

from sandbox.faults import Fault
from sandbox.runcomfy.published import PublishedModel
from tests.e2e.town import Town

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.watched import Watched


async def test_a_remix_leaves_its_figures(watched: Watched) -> None:
    town = watched.town
    town.runcomfy.timeline.hold()
    card = await town.card(await town.remix("ada", "as a fresco"))
    await town.until(lambda: town.row("status") == ["in_queue"], "the queue")
    waiting = await watched.until_figure('remix_jobs{status="in_queue"}', 1)
    town.runcomfy.timeline.release()
    await town.results_in(card.id)
    done = await watched.until_figure('remix_delivery_seconds_count{status="succeeded"}', 1)

    assert (waiting["remix_requests_in_flight"], waiting["remix_requests_allowed"]) == (1, 20)
    assert done["remix_requests_in_flight"] == 0
    assert done["remix_jobs_accepted_total"] == 1
    assert done['remix_jobs_ended_total{failure="none",status="succeeded"}'] == 1
    assert done["remix_spend_micro_dollars_total"] == town.runcomfy.ledger[0].charged_micros
    assert done["remix_polls_per_job_count"] == 1
    assert done["remix_detection_lag_seconds_count"] == 1
    assert done["remix_detection_lag_seconds_sum"] < 5
    assert done['remix_provider_call_seconds_count{outcome="answered",verb="submit"}'] == 1
    assert done['remix_acknowledgement_seconds_count{outcome="acknowledged"}'] == 1
    assert done['remix_acknowledgement_seconds_sum{outcome="acknowledged"}'] < 1
    assert done['remix_discord_responses_total{status="2xx"}'] > 5
    assert done["remix_event_loop_lag_seconds_count"] > 0
    assert done["process_open_fds"] > 0


async def test_a_bot_that_is_well_is_ready_and_one_without_its_gateway_is_not(watched: Watched) -> None:
    report = await watched.until_ready_says(200)
    provider = report["notes"].pop("provider")
    assert provider == "not asked yet" or provider.startswith("answered")
    assert report["notes"] == {"gateway": "connected", "loop": "turns", "database": "writable"}

    watched.discord_faults.add(Fault.server_error(503, method="GET", route="/gateway{rest:.*}", times=None))
    await watched.town.discord.gateway.drop_all()
    gone = await watched.until_ready_says(503)
    assert gone["notes"]["gateway"] == "not connected"
    assert (await watched.health("/healthz"))[0] == 200


async def test_a_model_that_is_published_otherwise_than_the_catalog_has_it_is_told_at_the_start(
    watched: Watched,
) -> None:
    town = watched.town
    model_id, published = next(iter(town.runcomfy.desk.models.items()))
    page = deepcopy(dict(published.page))
    del page["input_schema"]["properties"]["width\u00d7height"]
    town.runcomfy.desk.models[model_id] = PublishedModel(page)
    await town.bot.stop()
    await town.restart_bot()
    await watched.until_log_says("model_schema_differs")
    report = await watched.until_ready_says(200)

    assert "'width\u00d7height' is not published any more" in report["notes"]["model"]


async def test_an_outage_of_the_provider_is_told_with_its_reason_and_nobody_asks_it_for_that(watched: Watched) -> None:
    town = watched.town
    town.runcomfy.faults.add(Fault.server_error(503, route="/v1/models/{id:.*}", times=None))
    await town.card(await town.remix("ada", "as ice"))
    await watched.until_log_says("provider_unavailable")
    report = await watched.until_ready_says(503)
    asked = len(town.runcomfy.faults.fired)
    for _ in range(20):
        await watched.health("/readyz")

    assert report["notes"]["provider"].startswith("ProviderUnavailable: ")
    assert report["live"] is True
    assert len(town.runcomfy.faults.fired) == asked
    assert (await watched.health("/healthz"))[0] == 200


async def test_every_record_about_a_job_bears_its_id_the_libraries_included(tmp_path: Path) -> None:
    async with Town(tmp_path, settings={"LOG_LEVEL": "DEBUG"}) as town:
        await town.start_bot()
        card = await town.card(await town.remix("ada", "as lace"))
        await town.results_in(card.id)
        await town.until(lambda: None not in town.row("delivered_at"), "the confirmation")
        await town.bot.stop()
        [job_id] = town.row("id")
        records = [json.loads(line) for line in town.bot.log().splitlines() if line.startswith("{")]

    of_steps = [one for one in records if "step" in one]
    assert {one["step"] for one in of_steps} >= {"submit", "poll", "deliver"}
    assert {one.get("job_id") for one in of_steps} == {job_id}
    about_the_job = [one for one in records if one["event"] in ("submission_accepted", "job_ended", "part_delivered")]
    assert [one["job_id"] for one in about_the_job] == [job_id] * 3
