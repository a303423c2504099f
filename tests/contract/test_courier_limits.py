"""The courier by the interaction's token, and the limits of what Discord takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.job import FIRST_RESULT_PART
from bot.domain.status import FailureReason, JobStatus
from bot.engine.answers import Note, NoteKind, Notes
from bot.errors import DeliveryPostponed, TooLarge, Undeliverable
from sandbox.discord.permissions import Permission
from sandbox.faults import Fault, Faults
from tests.contract.post_office import PostOffice, delivery, succeeded

MEBIBYTE = 1024 * 1024
SENDS = "/api/v10/channels/{id}/messages"


# --- by the token -----------------------------------------------------------------------------------------------------


async def test_a_result_takes_the_cards_place_where_no_channel_takes_it(office: PostOffice) -> None:
    job = succeeded(await office.opened())
    office.sandbox.administration.deny_bot(office.world.channel("art"), Permission.VIEW_CHANNEL)
    first = delivery(job, FIRST_RESULT_PART, 0, 1)
    answers = {await office.courier.answer(job, first, office.pictures(0, 1)) for _ in range(2)}
    card = office.card(job)
    assert answers == {card.id}
    assert [one.file.filename for one in card.attachments] == ["remix-1.png", "remix-2.png"]
    assert "your remix is here" in office.text(card)
    assert card.pinged_user_ids == ()


async def test_further_parts_follow_behind_the_card(office: PostOffice) -> None:
    job = succeeded(await office.opened())
    await office.courier.answer(job, delivery(job, FIRST_RESULT_PART, 0), office.pictures(0))
    second = await office.courier.answer(job, delivery(job, FIRST_RESULT_PART + 1, 1), office.pictures(1))
    message = office.world.find_message(job.origin.channel_id, second)
    assert [one.file.filename for one in message.attachments] == ["remix-2.png"]
    assert "One more picture" in office.text(message)


async def test_a_failure_is_told_on_the_card_by_the_token(office: PostOffice) -> None:
    job = replace(await office.opened(), status=JobStatus.FAILED, failure=FailureReason.UNCERTAIN)
    assert await office.courier.answer(job, delivery(job), ()) == office.card(job).id
    assert "Unclear whether RunComfy took it" in office.text(office.card(job))


@pytest.mark.parametrize("fault", [Fault.server_error(502), Fault.server_error(502, after_commit=True), Fault.drop()])
async def test_a_follow_up_is_sent_once_whatever_is_answered(office: PostOffice, faults: Faults, fault: Fault) -> None:
    job = succeeded(await office.opened())
    met = faults.add(replace(fault, method="POST", route="/api/v10/webhooks/{id}/{token}", times=None))
    with pytest.raises(DeliveryPostponed):
        await office.courier.answer(job, delivery(job, FIRST_RESULT_PART + 1, 0), office.pictures(0))
    assert [one.fault_id for one in faults.fired] == [met.fault_id]


async def test_a_lost_answer_about_the_first_part_is_asked_for_again(office: PostOffice, faults: Faults) -> None:
    job = succeeded(await office.opened())
    faults.add(Fault.drop(method="PATCH", route="re:.*@original", after_commit=True))
    owed = delivery(job, FIRST_RESULT_PART, 0)
    with pytest.raises(DeliveryPostponed):
        await office.courier.answer(job, owed, office.pictures(0))
    assert await office.courier.answer(job, owed, office.pictures(0)) == office.card(job).id
    assert len(office.card(job).attachments) == 1


async def test_a_dead_token_or_a_deleted_card_takes_no_result(office: PostOffice) -> None:
    job = succeeded(await office.opened())
    owed = delivery(job, FIRST_RESULT_PART, 0)
    dead = replace(job, origin=replace(job.origin, interaction_token="dead"))
    with pytest.raises(Undeliverable):
        await office.courier.answer(dead, owed, office.pictures(0))
    office.ahead = timedelta(minutes=15)
    with pytest.raises(Undeliverable):
        await office.courier.answer(job, owed, office.pictures(0))
    office.ahead = timedelta()
    office.sandbox.services.messages.delete(office.card(job))
    with pytest.raises(Undeliverable):
        await office.courier.answer(job, owed, office.pictures(0))


# --- sizes ------------------------------------------------------------------------------------------------------------


async def test_the_upload_limit_is_the_servers_and_an_answer_has_its_own(office: PostOffice) -> None:
    job, there = await office.opened(), office.courier.upload_limit
    garden = office.world.guild("Remix Garden")
    assert (there(job, job.origin.target_id), there(job, None)) == (10 * MEBIBYTE, 10 * MEBIBYTE)

    office.sandbox.administration.set_premium_tier(garden, 2)
    office.sandbox.administration.set_upload_limit(office.sandbox.actor("ada").user, 500 * MEBIBYTE)
    later = await office.opened(prompt="as ink")
    assert (there(later, later.origin.target_id), there(later, None)) == (50 * MEBIBYTE, 500 * MEBIBYTE)
    assert there(job, None) == 10 * MEBIBYTE


async def test_the_upload_limit_of_a_direct_message_or_an_unknown_server_is_the_usual_one(office: PostOffice) -> None:
    office.sandbox.administration.set_premium_tier(office.world.guild("Remix Garden"), 3)
    direct = await office.opened(office.world.direct_channel(office.world.person("ada")))
    stranger = replace(direct, origin=replace(direct.origin, guild_id=1))
    assert office.courier.upload_limit(direct, direct.origin.target_id) == 10 * MEBIBYTE
    assert office.courier.upload_limit(stranger, 1) == 10 * MEBIBYTE


async def test_files_that_discord_finds_too_large_are_not_posted_and_the_error_says_so(office: PostOffice) -> None:
    job = succeeded(await office.opened())
    office.sandbox.administration.take_at_most(office.world.guild("Remix Garden"), 10)
    with pytest.raises(TooLarge):
        await office.courier.send(job, delivery(job, 1, 0), office.pictures(0))
    assert office.posted(job.origin.target_id) == []


async def test_a_result_of_links_alone_is_posted_with_its_marker_and_found_again(office: PostOffice) -> None:
    job = succeeded(await office.opened())
    owed = delivery(job, 1, 0, 1)
    notes = Notes(tuple(Note(NoteKind.TOO_LARGE, index, 10**8, "https://x.example/a") for index in (0, 1)), missing=1)
    message_id = await office.courier.send(job, owed, (), notes=notes)
    [message] = office.posted(job.origin.target_id)
    assert office.text(message).count("(https://x.example/a)") == 2
    assert await office.courier.find(job, owed) == message_id
