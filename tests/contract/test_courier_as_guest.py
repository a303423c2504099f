"""The courier where the bot is a guest of the simulated Discord: nothing but the interaction's token answers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.status import JobStatus
from bot.errors import Undeliverable
from sandbox.faults import Fault, Faults
from tests.contract.post_office import NOTHING_KNOWN, PostOffice, delivery

if TYPE_CHECKING:
    from bot.domain.job import Job
    from sandbox.discord.state import Message


async def guest_job(office: PostOffice, place: str) -> Job:
    """A job of Uma's, with its card."""
    job = await office.job(office.world.channel(place), by="uma")
    card_id = await office.courier.open(job, NOTHING_KNOWN)
    job = replace(job, origin=replace(job.origin, card_message_id=card_id))
    assert await office.courier.make_thread(job) is None
    return job


def card_of(office: PostOffice, job: Job) -> Message:
    """The card, private ones included."""
    return office.world.directory.messages[job.origin.channel_id][job.origin.card_message_id or 0]


@pytest.mark.parametrize(
    ("place", "is_private", "words"),
    [
        ("cove", False, "I am a guest here"),
        ("whispers", True, "Only you can see this"),
        ("Weekend", False, "I am a guest here"),
    ],
)
async def test_a_guest_opens_a_card_without_a_thread_and_knows_who_reads_it(
    office: PostOffice, place: str, *, is_private: bool, words: str
) -> None:
    job = await guest_job(office, place)
    assert (job.origin.by_interaction, job.origin.is_private) == (True, is_private)
    assert words in office.text(card_of(office, job))
    assert job.origin.upload_limit == 10 * 1024 * 1024


async def test_where_the_bot_is_at_home_it_is_no_guest(office: PostOffice) -> None:
    for place in (office.world.channel("art"), office.world.direct_channel(office.world.person("ada"))):
        origin = (await office.job(place)).origin
        assert (origin.by_interaction, origin.is_private) == (False, False)


async def test_the_card_of_a_guest_dies_with_its_token(office: PostOffice) -> None:
    job = await guest_job(office, "cove")
    await office.courier.show_card(replace(job, status=JobStatus.SUBMITTING), NOTHING_KNOWN)
    assert "Handing it over" in office.text(card_of(office, job))
    office.ahead = timedelta(minutes=15)
    with pytest.raises(Undeliverable):
        await office.courier.show_card(replace(job, status=JobStatus.IN_PROGRESS), NOTHING_KNOWN)
    with pytest.raises(Undeliverable):
        await office.courier.answer(replace(job, status=JobStatus.SUCCEEDED), delivery(job, 1, 0), office.pictures(0))
    office.ahead = timedelta()
    office.sandbox.services.interactions.expire()
    with pytest.raises(Undeliverable):
        await office.courier.show_card(replace(job, status=JobStatus.IN_PROGRESS), NOTHING_KNOWN)
    assert "Handing it over" in office.text(card_of(office, job))


EDIT = "/api/v10/webhooks/{application}/{token}/messages/@original"
FOLLOW_UP = "/api/v10/webhooks/{application}/{token}"
REFUSED = json.dumps(
    {
        "code": 50035,
        "message": "Invalid Form Body",
        "errors": {
            "components": {"0": {"_errors": [{"code": "X", "message": "The referenced attachment was not found"}]}}
        },
    }
)
AS_JSON = {"Content-Type": "application/json"}


async def test_an_edit_whose_files_discord_does_not_find_becomes_a_follow_up(
    office: PostOffice, faults: Faults
) -> None:
    job = replace(await guest_job(office, "cove"), status=JobStatus.SUCCEEDED)
    faults.add(Fault.answer(400, REFUSED, headers=AS_JSON, method="PATCH", route=EDIT))
    message_id = await office.courier.answer(job, delivery(job, 1, 0), office.pictures(0))
    told = office.world.directory.messages[job.origin.channel_id]
    assert message_id != job.origin.card_message_id
    assert len(told[message_id].attachments) == 1


async def test_a_follow_up_in_place_of_an_edit_is_not_sent_twice_where_its_answer_is_lost(
    office: PostOffice, faults: Faults
) -> None:
    job = replace(await guest_job(office, "cove"), status=JobStatus.SUCCEEDED)
    faults.add(Fault.answer(400, REFUSED, headers=AS_JSON, method="PATCH", route=EDIT))
    faults.add(Fault.answer(502, "lost", method="POST", route=FOLLOW_UP, after_commit=True))
    with pytest.raises(Undeliverable):
        await office.courier.answer(job, delivery(job, 1, 0), office.pictures(0))
    assert len(office.world.messages_in(job.origin.channel_id)) == 2


async def test_parts_of_a_private_answer_are_private_too(office: PostOffice) -> None:
    job = replace(await guest_job(office, "whispers"), status=JobStatus.SUCCEEDED)
    first = await office.courier.answer(job, delivery(job, 1, 0), office.pictures(0))
    second = await office.courier.answer(job, delivery(job, 2, 1), office.pictures(1))
    told = office.world.directory.messages[job.origin.channel_id]
    assert first == job.origin.card_message_id
    assert [told[one].ephemeral_to for one in (first, second)] == [job.origin.user_id] * 2
    assert [len(told[one].attachments) for one in (first, second)] == [1, 1]
