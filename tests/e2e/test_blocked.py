"""Somebody whom the operator blocks, end to end: their old buttons stay where they are, and do nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.e2e.town import Town

WORDS = "The operator of this bot has blocked you"


async def test_a_blocked_user_pressing_an_old_button_is_refused_and_nothing_is_paid(town: Town) -> None:
    card = await town.card(await town.remix("ada", "as a fossil"))
    [result] = await town.results_in(card.id)
    await town.until_card_says(card, "Done")
    town.runcomfy.timeline.fail_next()
    failed = await town.card(await town.remix("ada", "as a phoenix"))
    await town.until_card_says(failed, "The painting failed", "[Try again]")
    await town.until(lambda: None not in town.row("delivered_at"), "the word about it")
    town.runcomfy.timeline.hold()
    waiting = await town.card(await town.remix("ada", "as a duel"))
    await town.until(lambda: town.row("status")[-1] == "in_queue", "the queue")
    await town.bot.stop()
    posts = len(town.runcomfy.ledger)
    await town.restart_bot(BLOCKED_USER_IDS=str(town.person("ada").user.id))

    pressed = [(result, "Again"), (result, "Delete"), (failed, "Try again"), (waiting, "Cancel")]
    said = [
        town.text(await (await town.person("ada").click(message, label=label)).private_answer())
        for message, label in pressed
    ]
    command = town.text(await (await town.remix("ada", "as a harbour")).private_answer())
    details = town.text(await (await town.person("ada").click(result, label="Details")).private_answer())
    rows = town.row("status")

    assert [WORDS in text for text in [*said, command]] == [True] * 5
    assert "as a fossil" in details
    assert len(town.runcomfy.ledger) == posts
    assert rows == ["succeeded", "failed", "in_queue"]
    assert not result.is_deleted
