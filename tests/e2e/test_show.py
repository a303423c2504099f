"""``/jobs show``, end to end: what was kept, or lies elsewhere, comes to where somebody asks who may see it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.job import SHOWN_PART
from sandbox.discord.permissions import Permission
from sandbox.faults import Fault
from tests.e2e.test_everywhere import kept_by_uma

if TYPE_CHECKING:
    from sandbox.discord.state import Channel, Message
    from tests.e2e.town import Town

ORIGINAL = "/api/v10/webhooks/{id}/{token}/messages/@original"


async def kept_by_ada(town: Town, prompt: str) -> Message:
    """Let no place take the result of Ada's remix in the lobby, and answer its card."""
    lobby = town.channel("lobby")
    town.runcomfy.timeline.hold()
    card = await town.card(await town.remix("ada", prompt, channel_id=lobby.id))
    await town.until_written("status", lambda found: found[-1] == "in_queue")
    town.discord.administration.deny_bot(lobby, Permission.ATTACH_FILES)
    town.discord.services.interactions.expire()
    town.runcomfy.timeline.release()
    await town.until_card_says(card, "Painted, but not posted", "/jobs show #")
    return card


async def done_by_ada(town: Town, prompt: str, channel: Channel) -> Message:
    """Let Ada remix in a channel, and answer the result."""
    card = await town.card(await town.remix("ada", prompt, channel_id=channel.id))
    [result] = await town.results_in(card.id)
    await town.until_written("delivered_at", lambda found: None not in found)
    return result


def reference(town: Town) -> str:
    """The newest job as people read it."""
    return f"#{town.row('id')[-1][:6]}"


async def said(town: Town, username: str, channel: Channel, shown: str) -> str:
    """Let somebody ask for a result, and read the private answer."""
    exchange = await town.person(username).slash(channel.id, "jobs show", {"id": shown})
    return town.text(await exchange.private_answer())


async def test_a_kept_result_is_shown_in_another_channel_once_and_that_is_its_delivery(town: Town) -> None:
    art, ada = town.channel("art"), town.person("ada")
    card = await kept_by_ada(town, "as a stray")
    listed = await (await ada.slash(art.id, "jobs list")).private_answer()
    first = await ada.click(listed, label="Show here")
    second = await ada.click(listed, label="Show here")
    shown = await town.card(first)
    refused = town.text(await second.private_answer())
    done = await town.until_card_says(card, "Done", "The result was shown with /jobs show")
    relisted = town.text(await (await ada.slash(art.id, "jobs list")).private_answer())
    await town.until_written("delivered_at", lambda found: None not in found)
    await town.until_written("card_revision - shown_revision", lambda found: found == [0])
    before = town.posted_in(art.id)
    town.discord.administration.allow_bot_again(town.channel("lobby"))
    await town.bot.kill()
    await town.restart_bot()
    await ada.click(shown, label="Delete")
    await town.until(lambda: shown.is_deleted, "the deletion")

    assert "I am showing it here already" in refused
    assert "[Cancel]" not in done
    assert "Painted, but not posted" in town.text(listed)
    assert "Show here" not in relisted
    assert "Delete" in town.text(shown)
    assert "Again" not in town.text(shown)
    assert "Details" not in town.text(shown)
    assert before == [shown]
    assert shown.ephemeral_to is None
    assert shown.pinged_user_ids == ()
    assert town.digests(shown) == town.runcomfy.output_sha256(town.rows("request_id")[0]["request_id"])
    assert f":{SHOWN_PART}" in str(shown.components)
    assert town.posted_in(card.id) == []
    assert town.row("undeliverable_at") == [None]
    assert town.bot.log().count('"jobs_open": 0') == 2
    assert len(town.runcomfy.ledger) == 1


async def test_a_kept_result_is_shown_in_a_message_to_the_bot_and_its_id_is_suggested(town: Town) -> None:
    await kept_by_ada(town, "as a secret admirer of a rather long prompt " * 8)
    ada = town.person("ada")
    direct = await ada.open_dm()
    [choice] = await (await ada.autocomplete(direct.id, "jobs show", "id", "admirer")).choices()
    nothing = await (await ada.autocomplete(direct.id, "jobs show", "id", "no such words")).choices()
    others = await (await town.person("ben").autocomplete(town.channel("art").id, "jobs show", "id", "")).choices()
    shown = await town.card(await ada.slash(direct.id, "jobs show", {"id": choice["value"]}))
    await town.until_written("undeliverable_at", lambda found: found == [None])

    assert choice["value"] == town.row("id")[0]
    assert choice["name"].startswith("Painted, but not posted · as a secret admirer")
    assert choice["name"].endswith("min ago")
    assert len(choice["name"]) <= 100
    assert nothing == others == []
    assert len(shown.attachments) == 1
    assert shown.channel_id == direct.id


async def test_others_see_alone_what_they_could_see_and_nobody_sees_what_they_could_not(town: Town) -> None:
    art, pond, mods = town.channel("art"), town.channel("pond"), town.channel("mods")
    await done_by_ada(town, "as a commons", art)
    common = reference(town)
    seen = await town.card(await town.person("ben").slash(town.channel("lobby").id, "jobs show", {"id": common}))
    elsewhere = await town.card(await town.person("ada").slash(pond.id, "jobs show", {"id": common[1:].upper()}))
    by_piet = await said(town, "piet", pond, common)
    mira_of_both = await said(town, "mira", pond, common)
    administration = town.discord.administration
    administration.overwrite(mods, town.world.bot, allow=Permission.VIEW_CHANNEL)
    hidden = await town.card(await town.remix("mira", "as a verdict", channel_id=mods.id))
    await town.results_in(hidden.id)
    await town.until_written("delivered_at", lambda found: None not in found)
    unseen = await said(town, "ben", art, reference(town))
    nonsense = await said(town, "ben", art, "the one with the cat")

    assert seen.ephemeral_to == town.person("ben").user.id
    assert len(seen.attachments) == 1
    assert elsewhere.ephemeral_to is None
    assert len(elsewhere.attachments) == 1
    assert "cannot find this remix" in by_piet
    assert "cannot find this remix" in mira_of_both
    assert "in a place that you cannot see" in unseen
    assert "cannot find this remix" in nonsense


async def test_what_cannot_be_shown_is_said_in_private_with_the_reason(town: Town) -> None:
    art, ada = town.channel("art"), town.person("ada")
    town.runcomfy.timeline.hold()
    running = await town.card(await town.remix("ada", "as a promise"))
    await town.until_written("status", lambda found: found == ["in_queue"])
    not_yet = await said(town, "ada", art, reference(town))
    town.runcomfy.timeline.release()
    await town.results_in(running.id)
    await town.until_written("delivered_at", lambda found: None not in found)
    town.faults.add(Fault.drop(after_commit=True, method="PATCH", route=ORIGINAL))
    lost = await town.card(await ada.slash(town.channel("lobby").id, "jobs show", {"id": reference(town)}))
    await town.until(lambda: bool(lost.attachments), "the files")
    town.discord.administration.deny_bot(art, Permission.ATTACH_FILES)
    closed = await town.card(await ada.slash(art.id, "jobs show", {"id": reference(town)}))
    shutil.rmtree(town.data_dir / "outputs")
    direct = await ada.open_dm()
    gone = await said(town, "ada", direct, reference(town))
    town.runcomfy.timeline.refuse_next()
    await town.remix("ada", "as a mishap", channel_id=direct.id)
    await town.until_written("delivered_at", lambda found: len(found) == 2 and None not in found)
    failed = await said(town, "ada", direct, reference(town))

    assert "In RunComfy" in not_yet
    assert "nothing to show yet" in not_yet
    assert closed.ephemeral_to == ada.user.id
    assert len(closed.attachments) == 1
    assert "no longer keep" in gone
    assert "gave no picture" in failed
    assert "refused this remix" in failed


async def test_what_a_guest_could_not_bring_is_shown_by_the_next_command_and_owed_no_more(town: Town) -> None:
    cove, uma, cora = town.channel("cove"), town.person("uma"), town.person("cora")
    card = await kept_by_uma(town, cove, "as a late guest")
    shown = await town.card(await uma.slash(cove.id, "jobs show", {"id": reference(town)}))
    await town.until_written("undeliverable_at", lambda found: found == [None])
    again = await town.card(await cora.click(shown, label="Again"))
    await town.until(lambda: bool(again.attachments), "the result of the guest's guest")
    whispers = await town.card(await uma.slash(town.channel("whispers").id, "jobs show", {"id": town.row("id")[0]}))
    await town.until_written("delivered_at", lambda found: None not in found)

    assert len(shown.attachments) == 1
    assert shown.ephemeral_to is None
    assert whispers.ephemeral_to == uma.user.id
    assert card.attachments == []
    assert town.row("card_revision - shown_revision")[0] == 0
    assert len(town.runcomfy.ledger) == 2


@pytest.mark.parametrize(
    ("is_restricted", "where"), [(False, "in a message to me"), (True, "in an age-restricted channel")]
)
async def test_a_guest_shows_as_many_pictures_as_its_messages_hold_and_says_how_many_are_left(
    town: Town, where: str, *, is_restricted: bool
) -> None:
    cove, uma = town.channel("cove"), town.person("uma")
    town.discord.administration.restrict_age(cove, is_on=is_restricted)
    town.runcomfy.knobs = replace(town.runcomfy.knobs, images_per_run=15, painted=False, output_bytes=9_000_000)
    await kept_by_uma(town, cove, "as a crowd")
    exchange = await uma.slash(cove.id, "jobs show", {"id": reference(town)})
    first = await town.card(exchange)
    await town.until(lambda: bool(exchange.followups) and "had no room" in town.text(exchange.followups[-1]), "words")

    shown = sum(len(one.attachments) for one in (first, *exchange.followups))
    assert shown == 10
    assert f"{15 - shown} more pictures" in town.text(exchange.followups[-1])
    assert f"Use /jobs show {where}" in town.text(exchange.followups[-1])
    assert exchange.followups[-1].ephemeral_to == uma.user.id
    assert len(exchange.followups) == 5
    assert town.row("delivered_at") == [None]


async def test_what_was_made_in_an_age_restricted_channel_stays_in_such_channels(town: Town) -> None:
    art, lobby, administration = town.channel("art"), town.channel("lobby"), town.discord.administration
    administration.restrict_age(art)
    await done_by_ada(town, "as a nocturne", art)
    shown = reference(town)
    in_lobby = [await said(town, name, lobby, shown) for name in ("ada", "ben")]
    in_private = await said(town, "ada", await town.person("ada").open_dm(), shown)
    listed = town.text(await (await town.person("ada").slash(lobby.id, "jobs list")).private_answer())
    town.runcomfy.timeline.fail_next("The prompt was flagged as sensitive.")
    refused = await town.card(await town.remix("ada", "as a forbidden nocturne"))
    await town.until_card_says(refused, "flagged as sensitive")
    told = [await said(town, name, lobby, reference(town)) for name in ("ada", "ben")]
    await town.bot.kill()
    administration.restrict_age(art, is_on=False)
    await town.restart_bot()
    by_now = await said(town, "ada", lobby, shown)
    administration.restrict_age(lobby)
    copy = await town.card(await town.person("ada").slash(lobby.id, "jobs show", {"id": shown}))
    administration.restrict_age(lobby, is_on=False)
    administration.set_nsfw_level(town.world.guild("Remix Garden"), 3)
    by_server = await town.card(await town.person("ben").slash(lobby.id, "jobs show", {"id": shown}))

    for words in (*in_lobby, in_private, *told, by_now):
        assert "made in an age-restricted channel" in words
        assert "Use /jobs show in one of them" in words
        assert "nocturne" not in words
        assert "flagged" not in words
    assert "nocturne" not in listed
    assert copy.ephemeral_to is None
    assert [len(one.attachments) for one in (copy, by_server)] == [1, 1]
    assert town.row("is_age_restricted") == [1, 1]
