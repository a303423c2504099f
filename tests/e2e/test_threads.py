"""Threads that Discord does not make for minutes, end to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord.ratelimit import told_to_wait

if TYPE_CHECKING:
    from tests.e2e.town import Town

THREADS = "/api/v10/channels/{id}/messages/{message}/threads"


async def test_a_limit_of_threads_holds_back_neither_card_nor_cancellation_nor_result(town: Town) -> None:
    limit = town.faults.add(told_to_wait(60, method="POST", route=THREADS, times=None))
    town.runcomfy.timeline.hold()
    card = await town.card(await town.remix("ada", "as a kite"))
    await town.until(lambda: town.row("status") == ["in_queue"], "the queue")
    other = await town.card(await town.remix("ben", "as a bell"))
    await town.until(lambda: town.row("status") == ["in_queue", "in_queue"], "the second in the queue")
    await town.person("ben").click(other, label="Cancel")
    await town.until_card_says(other, "ancelled")
    town.runcomfy.timeline.release()
    await town.until_card_says(card, "Done")

    assert len(await town.results_in(card.channel_id)) == 1
    assert [one.fault_id for one in town.faults.fired] == [limit.fault_id]
