"""Buttons, end to end: in another process than the one that posted them, in threads that sleep, by all who may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord.permissions import Permission

if TYPE_CHECKING:
    from tests.e2e.town import Town


async def test_buttons_of_an_earlier_process_work_in_a_thread_that_went_to_sleep(town: Town) -> None:
    card = await town.card(await town.remix("ada", "as a fossil"))
    [result] = await town.results_in(card.id)
    await town.until_card_says(card, "Done")
    await town.bot.kill()
    thread = town.world.find_channel(card.id)
    town.discord.administration.archive(thread)
    await town.restart_bot()
    town.runcomfy.timeline.hold()

    details = await (await town.person("ben").click(result, label="Details")).private_answer()
    again = await town.card(await town.person("ben").click(result, label="Again"))
    await town.until(lambda: town.row("status")[-1] == "in_queue", "the queue")
    await (await town.person("ben").click(again, label="Cancel")).private_answer()
    await town.until_card_says(again, "Cancelled")
    town.discord.administration.archive(thread)
    await town.person("ada").click(result, label="Delete")
    await town.until(lambda: result.is_deleted, "the deletion")

    assert "as a fossil" in town.text(details)
    assert again.channel_id == card.id
    assert "interaction_failed" not in town.bot.log()
    assert [post.charged_micros == 0 for post in town.runcomfy.ledger] == [False, True]


async def test_try_again_once_by_anyone_if_nothing_is_missing_and_cancel_by_two_at_once(town: Town) -> None:
    art = town.channel("art")
    town.runcomfy.timeline.fail_next()
    card = await town.card(await town.remix("ada", "as a phoenix"))
    await town.until_card_says(card, "The painting failed", "[Try again]")
    await town.until(lambda: town.row("delivered_at") != [None], "the word about it")
    town.discord.administration.overwrite(art, town.world.bot, deny=Permission.ATTACH_FILES)
    refused = town.text(await (await town.person("ben").click(card, label="Try again")).private_answer())
    town.discord.administration.allow_bot_again(art)
    retried = await town.card(await town.person("ben").click(card, label="Try again"))
    twice = town.text(await (await town.person("ada").click(card, label="Try again")).private_answer())
    [result] = await town.results_in(retried.id)
    town.runcomfy.timeline.hold()
    duel = await town.card(await town.remix("ada", "as a duel"))
    await town.until(lambda: town.row("status")[-1] == "in_queue", "the queue")
    first = await town.person("mira").click(duel, label="Cancel")
    second = await town.person("olga").click(duel, label="Cancel")
    answers = [town.text(await one.private_answer()) for one in (first, second)]
    await town.until_card_says(duel, "Cancelled")
    late = town.text(await (await town.person("mira").message_menu("Cancel remix", duel)).private_answer())

    assert "Attach Files" in refused
    assert "#art" in refused
    assert "was tried again already" in twice
    assert result.pinged_user_ids == (town.person("ben").user.id,)
    assert "asked RunComfy" in answers[0]
    assert "asked RunComfy" in answers[1] or "has ended already" in answers[1]
    assert "has ended already" in late
    assert len(town.runcomfy.ledger) == 3
