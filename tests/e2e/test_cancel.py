"""Cancelling, end to end: by the requester, by a moderator, too late, and by nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.discord.command_use import CannotDoError

if TYPE_CHECKING:
    from tests.e2e.town import Town


async def test_the_requester_cancels_in_the_queue_and_pays_nothing(town: Town) -> None:
    town.runcomfy.timeline.hold()
    card = await town.card(await town.remix("ada", "as a cloud"))
    await town.until(lambda: town.row("status") == ["in_queue"], "the queue")
    answer = await (await town.person("ada").click(card, label="Cancel")).private_answer()
    await town.until(lambda: "[Cancel]" not in town.text(card), "the button's end")
    await town.until_card_says(card, "ancelled")

    [post] = town.runcomfy.ledger
    assert answer.ephemeral_to == town.person("ada").user.id
    assert post.charged_micros == 0
    assert town.row("status") == ["cancelled"]
    assert town.posted_in(card.id) == []


async def test_a_stranger_is_refused_in_private_and_the_job_goes_on(town: Town) -> None:
    town.runcomfy.timeline.hold()
    card = await town.card(await town.remix("ada", "as lava"))
    await town.until(lambda: town.row("status") == ["in_queue"], "the queue")
    answer = await (await town.person("ben").click(card, label="Cancel")).private_answer()
    town.runcomfy.timeline.release()
    await town.results_in(card.id)

    assert answer.ephemeral_to == town.person("ben").user.id
    assert len(town.runcomfy.ledger) == 1


async def test_a_moderator_cancels_from_the_list_and_by_the_message_menu(town: Town) -> None:
    town.runcomfy.timeline.hold()
    first = await town.card(await town.remix("ada", "as glass"))
    second = await town.card(await town.remix("ben", "as paper"))
    await town.until(lambda: town.row("status") == ["in_queue", "in_queue"], "the queue")
    mira = town.person("mira")
    listed = await (await mira.slash(town.channel("lobby").id, "moderation jobs")).private_answer()
    assert "as glass" in town.text(listed)
    assert "as paper" in town.text(listed)
    await mira.click(listed, label="Cancel")
    await mira.message_menu("Cancel remix", second)
    await town.until(lambda: town.row("status") == ["cancelled", "cancelled"], "both cancellations")

    assert "Mira" in await town.until_card_says(first, "ancelled")
    assert [one.charged_micros for one in town.runcomfy.ledger] == [0, 0]


async def test_a_moderator_of_another_server_sees_nothing(town: Town) -> None:
    town.runcomfy.timeline.hold()
    await town.card(await town.remix("ada", "as smoke"))
    piet = town.person("piet")
    listed = await (await piet.slash(town.channel("pond").id, "moderation jobs")).private_answer()

    assert "as smoke" not in town.text(listed)


async def test_members_do_not_get_the_moderators_command(town: Town) -> None:
    with pytest.raises(CannotDoError):
        await town.person("ben").slash(town.channel("art").id, "moderation jobs")


async def test_too_late_to_cancel_says_so_and_the_picture_comes(town: Town) -> None:
    town.runcomfy.timeline.hold()
    card = await town.card(await town.remix("ada", "as rain"))
    await town.until(lambda: town.row("status") == ["in_queue"], "the queue")
    # The run begins while the click is on its way: RunComfy judges it then.
    town.runcomfy.timeline.lose_next_cancel()
    await town.person("ada").click(card, label="Cancel")
    await town.until_card_says(card, "still")
    town.runcomfy.timeline.release()

    await town.results_in(card.id)


async def test_jobs_lists_one_s_own_jobs_only(town: Town) -> None:
    town.runcomfy.timeline.hold()
    await town.card(await town.remix("ada", "as snow"))
    await town.card(await town.remix("ben", "as sand"))
    listed = await (await town.person("ada").slash(town.channel("art").id, "jobs list")).private_answer()

    assert "as snow" in town.text(listed)
    assert "as sand" not in town.text(listed)
    assert listed.ephemeral_to == town.person("ada").user.id
