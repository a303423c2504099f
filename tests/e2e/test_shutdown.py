"""SIGTERM with a paid POST under way: an end in order, and never a second POST."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.faults import Fault

if TYPE_CHECKING:
    from sandbox.discord.state import Message
    from tests.e2e.town import Town

SUBMIT = "/v1/models/{model:.*}"


async def _submitting(town: Town, prompt: str, fault: Fault) -> Message:
    """A job whose POST meets a fault at this moment."""
    town.runcomfy.faults.add(fault)
    card = await town.card(await town.remix("ada", prompt))
    await town.until(lambda: bool(town.runcomfy.faults.fired), "the POST")
    return card


async def _stop_in_order(town: Town) -> None:
    """Ask the bot to end; a bot that outlives the harness's patience is killed, and its exit code is not 0."""
    assert await town.bot.stop() == 0, town.bot.log()[-3000:]


async def test_a_post_that_is_answered_in_time_is_kept_before_the_process_ends(town: Town) -> None:
    late = Fault.late(2, method="POST", route=SUBMIT, after_commit=True)
    card = await _submitting(town, "as cork", late)
    await _stop_in_order(town)

    assert town.row("status") == ["in_queue"]
    assert town.row("request_id") == [town.runcomfy.ledger[0].request_id]
    await town.restart_bot()
    await town.results_in(card.id)
    assert len(town.runcomfy.ledger) == 1


async def test_a_post_that_hangs_is_left_after_some_seconds_and_told_as_uncertain_at_the_next_start(
    town: Town,
) -> None:
    card = await _submitting(town, "as fog", Fault.hang(60, method="POST", route=SUBMIT))
    await _stop_in_order(town)

    assert town.row("status") == ["submitting"]
    await town.restart_bot()
    await town.until(lambda: None not in town.row("delivered_at"), "the message")
    assert (town.row("status"), town.row("failure")) == (["failed"], ["uncertain"])
    assert "[Try again]" in town.text(town.world.messages_in(card.id)[-1])
    assert town.runcomfy.ledger == []
    assert len([one for one in town.runcomfy.faults.fired if one.method == "POST"]) == 1


async def test_a_post_that_was_accepted_unheard_is_uncertain_and_never_sent_again(town: Town) -> None:
    await _submitting(town, "as mist", Fault.hang(60, method="POST", route=SUBMIT, after_commit=True))
    await _stop_in_order(town)
    await town.restart_bot()
    await town.until(lambda: None not in town.row("delivered_at"), "the message")

    assert town.row("failure") == ["uncertain"]
    assert len(town.runcomfy.accepted_for("as mist")) == 1
