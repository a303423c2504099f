"""The main job, end to end: the real process against the sandbox, one paid POST for each job."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.e2e.town import Town


async def test_a_remix_of_two_photographs_arrives_in_its_thread_byte_for_byte_and_is_paid_once(town: Town) -> None:
    exchange = await town.remix("ada", "as a watercolour", "astronaut.jpg", "coffee.png")
    await exchange.acknowledged()
    card = await town.card(exchange)
    [result] = await town.results_in(card.id)
    text = await town.until_card_says(card, "as a watercolour")

    [post] = town.runcomfy.ledger
    assert town.digests(result) == town.runcomfy.output_sha256(post.request_id)
    assert result.pinged_user_ids == (town.person("ada").user.id,)
    assert [len(post.body["image_urls"]), set(post.body)] == [2, {"image_urls", "prompt"}]
    assert town.world.find_channel(card.id).name == "as a watercolour"
    assert "[Cancel]" not in text
    assert "[Again]" in town.text(result)


async def test_options_are_sent_as_the_published_schema_spells_them(town: Town) -> None:
    exchange = await town.remix("ada", "in neon", size="1024x1024(1:1)", scale=0.8, single=True)
    card = await town.card(exchange)
    await town.results_in(card.id)

    body = town.runcomfy.ledger[0].body
    assert body["width×height"] == "1024x1024(1:1)"
    assert body["scale"] == 0.8
    assert body["force_single"] is True


async def test_inside_a_thread_the_result_stays_in_that_thread(town: Town) -> None:
    ada = town.person("ada")
    message = await ada.say(town.channel("art").id, "Let us remix")
    thread = await ada.start_thread(message, "Remixes")
    before = len(town.world.threads_of(town.world.guild("Remix Garden")))
    await town.remix("ada", "as a mosaic", channel_id=thread.id)
    [result] = await town.results_in(thread.id)

    assert result.channel_id == thread.id
    assert len(town.world.threads_of(town.world.guild("Remix Garden"))) == before


async def test_in_a_direct_message_the_result_comes_there(town: Town) -> None:
    ada = town.person("ada")
    channel = await ada.open_dm()
    await town.remix("ada", "as a woodcut", channel_id=channel.id)
    [result] = await town.results_in(channel.id)

    assert town.digests(result) == town.runcomfy.output_sha256(town.runcomfy.ledger[0].request_id)


async def test_again_pays_once_more_for_whoever_pressed_it_and_details_are_private(town: Town) -> None:
    card = await town.card(await town.remix("ada", "as embroidery"))
    [result] = await town.results_in(card.id)
    again = await town.person("ben").click(result, label="Again")
    await town.card(again)
    await town.results_in(card.id, count=2)
    details = await (await town.person("ada").click(result, label="Details")).private_answer()

    assert len(town.runcomfy.accepted_for("as embroidery")) == 2
    assert details.ephemeral_to == town.person("ada").user.id
    assert town.posted_in(card.id)[1].pinged_user_ids == (town.person("ben").user.id,)


async def test_delete_is_for_the_requester_and_moderators(town: Town) -> None:
    card = await town.card(await town.remix("ada", "as pixels"))
    [result] = await town.results_in(card.id)
    refused = await (await town.person("ben").click(result, label="Delete")).private_answer()
    assert refused.ephemeral_to == town.person("ben").user.id
    assert not result.is_deleted

    await town.person("mira").click(result, label="Delete")
    await town.until(lambda: result.is_deleted, "the deletion")


async def test_a_job_outlives_kill_9_in_the_queue_and_while_it_runs(town: Town) -> None:
    town.runcomfy.timeline.hold()
    card = await town.card(await town.remix("ada", "as marble"))
    await town.until(lambda: town.row("status") == ["in_queue"], "the queue")
    await town.bot.kill()
    town.runcomfy.timeline.start_next()
    await town.restart_bot()
    await town.until(lambda: town.row("status") == ["in_progress"], "the run")
    await town.bot.kill()
    town.runcomfy.timeline.release()
    await town.restart_bot()
    [result] = await town.results_in(card.id)

    assert len(town.runcomfy.ledger) == 1
    assert town.digests(result) == town.runcomfy.output_sha256(town.runcomfy.ledger[0].request_id)
