"""Discord out of order, end to end: the gateway drops, repeats and forgets, and the process freezes."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.discord.kinds import CallbackType
from sandbox.faults import Fault
from tests.e2e.town import PATIENCE_SECONDS, Town

if TYPE_CHECKING:
    from pathlib import Path

CALLBACK = "/api/v10/interactions/{id}/{token}/callback"
MESSAGES = "/api/v10/channels/{id}/messages"
SUBMIT = "/v1/models/{id:.*}"
AFTER = "(SELECT after_id FROM deliveries WHERE job_id = jobs.id)"
BEFORE = "(SELECT before_id FROM deliveries WHERE job_id = jobs.id)"
A_MINUTE = timedelta(minutes=1)


# --- the gateway ------------------------------------------------------------------------------------------------------


async def test_a_gateway_that_drops_is_resumed_and_nothing_is_lost(town: Town) -> None:
    town.runcomfy.timeline.hold()
    card = await town.card(await town.remix("ada", "as a kite"))
    await town.discord.gateway.drop_all()
    town.runcomfy.timeline.release()
    await town.results_in(card.id)
    await town.until(lambda: town.discord.gateway.resume_count == 1, "the RESUME")

    assert town.discord.gateway.identify_count == 1
    await town.results_in((await town.card(await town.remix("ada", "as a kite again"))).id)
    assert len(town.runcomfy.ledger) == 2


async def test_a_session_that_discord_forgot_is_begun_anew_and_nothing_is_lost(town: Town) -> None:
    town.runcomfy.timeline.hold()
    card = await town.card(await town.remix("ada", "as a bell"))
    town.discord.gateway.forget_sessions()
    await town.discord.gateway.drop_all()
    await town.until(lambda: town.discord.gateway.identify_count == 2, "the new session")
    town.runcomfy.timeline.release()
    await town.results_in(card.id)

    assert town.discord.gateway.resume_count == 0
    await town.results_in((await town.card(await town.remix("ada", "as a bell again"))).id)
    assert len(town.runcomfy.ledger) == 2


async def test_an_invalid_session_is_begun_anew(town: Town) -> None:
    town.discord.gateway.invalidate_sessions()
    await town.until(lambda: town.discord.gateway.identify_count == 2, "the new session")
    await town.until(lambda: bool(town.discord.gateway.connected), "the connection")

    card = await town.card(await town.remix("ada", "as a drum"))
    await town.results_in(card.id)


async def test_a_reconnect_that_discord_asks_for_is_resumed(town: Town) -> None:
    town.discord.gateway.reconnect_request()
    await town.until(lambda: town.discord.gateway.resume_count == 1, "the RESUME")

    card = await town.card(await town.remix("ada", "as a flute"))
    await town.results_in(card.id)


# --- interactions -----------------------------------------------------------------------------------------------------


async def test_a_command_that_discord_tells_twice_is_one_job(town: Town) -> None:
    town.runcomfy.timeline.hold()
    exchange = await town.remix("ada", "as an echo")
    card = await town.card(exchange)
    town.discord.services.interactions.deliver(exchange.interaction)
    other = await town.card(await town.remix("ben", "as a voice"))
    town.runcomfy.timeline.release()
    await town.results_in(card.id)
    await town.results_in(other.id)

    assert len(town.runcomfy.accepted_for("as an echo")) == 1
    assert len(town.posted_in(card.id)) == 1
    assert len(town.row("id")) == 2


async def test_a_command_that_was_acknowledged_elsewhere_and_refused_is_no_job(town: Town) -> None:
    gone = await town.bot.stop()
    exchange = await town.remix("ada", "as a twin")
    exchange.interaction.answer = CallbackType.MESSAGE
    exchange.interaction.answered_at = town.world.clock()
    await town.restart_bot()
    town.discord.services.interactions.deliver(exchange.interaction)
    await town.results_in((await town.card(await town.remix("ben", "as another"))).id)

    assert gone == 0
    assert town.row("prompt") == ["as another"]


async def test_a_command_that_is_older_than_three_seconds_is_no_job_and_costs_nothing(town: Town) -> None:
    await town.bot.stop()
    exchange = await town.remix("ada", "as a relic")
    exchange.interaction.created_at -= A_MINUTE
    await town.restart_bot()
    town.discord.services.interactions.deliver(exchange.interaction)
    await town.results_in((await town.card(await town.remix("ben", "as news"))).id)

    assert town.row("prompt") == ["as news"]
    assert len(town.runcomfy.ledger) == 1


async def test_an_acknowledgement_whose_answer_was_lost_is_one_job_with_one_card(town: Town) -> None:
    town.faults.add(Fault.drop(method="POST", route=CALLBACK, after_commit=True))
    exchange = await town.remix("ada", "as thunder")
    card = await town.card(exchange)
    await town.results_in(card.id)

    assert town.row("prompt") == ["as thunder"]
    assert len(town.runcomfy.ledger) == 1
    assert exchange.followups == []


async def test_an_acknowledgement_that_discord_failed_costs_nothing(town: Town) -> None:
    fault = town.faults.add(Fault.server_error(500, method="POST", route=CALLBACK, times=None))
    exchange = await town.remix("ada", "as hail")
    async with asyncio.timeout(PATIENCE_SECONDS):
        await town.faults.until_reached(fault, times=2)
    exchange.interaction.created_at -= A_MINUTE
    town.faults.clear()
    await town.results_in((await town.card(await town.remix("ben", "as sun"))).id)

    assert town.row("prompt") == ["as sun"]
    assert len(town.runcomfy.ledger) == 1


async def test_a_result_whose_answer_was_lost_is_searched_for_between_ids_by_discords_time(town: Town) -> None:
    town.discord.services.messages.nonce_window = timedelta()
    town.runcomfy.timeline.hold()
    card = await town.card(await town.remix("ada", "as a letter"))
    await town.until(lambda: town.row("status") == ["in_queue"], "the queue")
    lost = town.faults.add(Fault.drop(method="POST", route=MESSAGES, after_commit=True))
    town.runcomfy.timeline.release()
    await town.results_in(card.id)
    await town.until_written("delivered_at", lambda times: None not in times)

    [bounds] = town.rows(AFTER, BEFORE)
    [result] = town.posted_in(card.id)
    assert [one.fault_id for one in town.faults.fired] == [lost.fault_id]
    assert card.id < result.id
    assert bounds[AFTER] < result.id < bounds[BEFORE]


# --- the process ------------------------------------------------------------------------------------------------------


async def test_a_process_that_was_frozen_reconnects_and_delivers(tmp_path: Path) -> None:
    async with Town(tmp_path, heartbeat_seconds=3) as town:
        await town.start_bot()
        town.runcomfy.timeline.hold()
        card = await town.card(await town.remix("ada", "as ice"))
        await town.until(lambda: town.row("status") == ["in_queue"], "the queue")
        frozen = town.bot.pid
        assert frozen is not None
        os.kill(frozen, signal.SIGSTOP)
        try:
            late = await town.remix("ben", "as a statue")
            late.interaction.created_at -= A_MINUTE
            town.runcomfy.timeline.release()
            await town.until(lambda: not town.discord.gateway.connected, "the end of the silent connection")
        finally:
            os.kill(frozen, signal.SIGCONT)
        await town.results_in(card.id)
        await town.until(lambda: bool(town.discord.gateway.connected), "the connection")
        thawed = await town.card(await town.remix("ben", "as water"))
        await town.results_in(thawed.id)

        assert town.row("prompt") == ["as ice", "as water"]
        assert len(town.runcomfy.ledger) == 2
        assert town.bot.pid == frozen
        assert town.servers.violations == []


async def test_a_process_that_is_frozen_with_a_post_on_the_wire_pays_once_and_for_no_command_of_that_time(
    tmp_path: Path,
) -> None:
    """Some ten seconds instead of a minute: past the gateway's patience, and what comes late is made a minute old."""
    async with Town(tmp_path, heartbeat_seconds=3) as town:
        await town.start_bot()
        fault = town.runcomfy.faults.add(Fault.late(300, after_commit=True, method="POST", route=SUBMIT))
        card = await town.card(await town.remix("ada", "as marble"))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await town.runcomfy.faults.until_reached(fault)
        assert town.row("status") == ["submitting"]
        town.bot.freeze()
        try:
            late = [await town.remix(name, "as a statue") for name in ("ben", "mira")]
            for one in late:
                one.interaction.created_at -= A_MINUTE
            town.runcomfy.faults.release()
            await town.until(lambda: not town.discord.gateway.connected, "the end of the silent connection")
        finally:
            town.bot.thaw()
        await town.results_in(card.id)
        await town.until(lambda: town.discord.gateway.resume_count == 1, "the RESUME")
        thawed = await town.card(await town.remix("ben", "as water"))
        await town.results_in(thawed.id)

        assert town.row("prompt") == ["as marble", "as water"]
        assert town.row("failure") == [None, None]
        assert len(town.runcomfy.ledger) == 2
        assert town.discord.gateway.identify_count == 1
        assert [one.interaction.answer for one in late] == [None, None]
        assert town.servers.violations == []
