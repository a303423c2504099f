"""The courier in the simulated Discord: cards, threads, results, and what becomes of Discord's refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.status import FailureReason, JobStatus
from bot.engine.answers import Notes, Progress
from bot.errors import DeliveryPostponed, Undeliverable
from bot.ui.results import shown
from bot.ui.token_replies import files_of
from sandbox.discord.permissions import Permission
from sandbox.discord.ratelimit import told_to_wait
from sandbox.faults import Fault, Faults
from tests.contract.post_office import NOTHING_KNOWN, PostOffice, delivery, succeeded

MEBIBYTE = 1024 * 1024
THREADS = "/api/v10/channels/{id}/messages/{message}/threads"
SENDS = "/api/v10/channels/{id}/messages"


# --- cards and threads ------------------------------------------------------------------------------------------------


async def test_the_deferred_reply_becomes_a_card_with_a_thread_named_after_the_prompt(office: PostOffice) -> None:
    job = await office.opened(prompt="@everyone **as** a\nwatercolour " + "x" * 100)
    card = office.card(job)
    assert card.is_v2
    assert "Waiting for a turn" in office.text(card)
    assert card.pinged_user_ids == ()
    assert job.origin.thread_id == card.id
    name = office.world.find_channel(job.origin.thread_id).name
    assert name.startswith("@everyone **as** a watercolour xxx")
    assert len(name) == 100


async def test_opening_again_finds_the_same_card_and_thread(office: PostOffice) -> None:
    job = await office.opened()
    assert await office.courier.open(job, Progress(3)) == job.origin.card_message_id
    before_the_note = replace(job, origin=replace(job.origin, thread_id=None))
    assert await office.courier.make_thread(before_the_note) == job.origin.thread_id
    assert "3 remixes before" in office.text(office.card(job))


async def test_inside_a_thread_there_is_no_other_and_the_answer_stays_there(office: PostOffice) -> None:
    outer = await office.opened()
    inner = await office.opened(office.world.find_channel(outer.origin.thread_id), "as ink")
    assert inner.origin.thread_id is None
    assert inner.origin.target_id == outer.origin.thread_id


async def test_in_a_direct_message_there_is_no_thread(office: PostOffice) -> None:
    job = await office.opened(office.world.direct_channel(office.world.person("ada")))
    assert job.origin.thread_id is None
    await office.courier.send(succeeded(job), delivery(job, 0, 0), office.pictures(0))
    assert len(office.posted(job.origin.channel_id)) == 1


async def test_where_no_thread_may_be_made_the_card_stands_alone(office: PostOffice) -> None:
    office.sandbox.administration.deny_bot(office.world.channel("art"), Permission.CREATE_PUBLIC_THREADS)
    job = await office.opened()
    assert job.origin.thread_id is None
    assert "Waiting" in office.text(office.card(job))


@pytest.mark.parametrize("seconds", [20, 60, 280])
async def test_a_limit_of_threads_is_not_slept_out_and_holds_nothing_else_in_the_channel(
    office: PostOffice, faults: Faults, seconds: int
) -> None:
    limit = faults.add(told_to_wait(seconds, method="POST", route=THREADS))
    job = await office.job()
    job = replace(job, origin=replace(job.origin, card_message_id=await office.courier.open(job, NOTHING_KNOWN)))
    with pytest.raises(DeliveryPostponed) as postponed:
        await office.courier.make_thread(job)
    assert postponed.value.retry_after == timedelta(seconds=seconds)
    assert [one.fault_id for one in faults.fired] == [limit.fault_id]
    await office.courier.send(succeeded(job), delivery(job, 0, 0), office.pictures(0))
    assert len(office.posted(job.origin.channel_id)) == 1
    assert await office.courier.make_thread(job) == job.origin.card_message_id


async def test_a_thread_whose_answer_does_not_come_is_found_the_next_time(office: PostOffice, faults: Faults) -> None:
    faults.add(Fault.late(60, method="POST", route=THREADS, after_commit=True))
    job = await office.job()
    job = replace(job, origin=replace(job.origin, card_message_id=await office.courier.open(job, NOTHING_KNOWN)))
    with pytest.raises(DeliveryPostponed):
        await office.courier.make_thread(job)
    assert await office.courier.make_thread(job) == job.origin.card_message_id


async def test_a_card_is_kept_up_to_date_by_the_token_and_afterwards_by_the_bot(office: PostOffice) -> None:
    job = await office.opened()
    await office.courier.show_card(replace(job, status=JobStatus.SUBMITTING), NOTHING_KNOWN)
    assert "Handing it over" in office.text(office.card(job))
    office.ahead = timedelta(minutes=15)
    await office.courier.show_card(replace(job, status=JobStatus.IN_PROGRESS), NOTHING_KNOWN)
    assert "Painting" in office.text(office.card(job))
    assert "[Cancel]" not in office.text(office.card(job))


async def test_a_token_that_died_early_leaves_the_card_to_the_bot(office: PostOffice) -> None:
    job = await office.opened()
    dead = replace(job, status=JobStatus.IN_PROGRESS, origin=replace(job.origin, interaction_token="dead"))
    await office.courier.show_card(dead, NOTHING_KNOWN)
    assert "Painting" in office.text(office.card(job))


async def test_a_card_in_an_archived_thread_is_still_edited(office: PostOffice) -> None:
    outer = await office.opened()
    thread = office.world.find_channel(outer.origin.thread_id)
    inner = await office.opened(thread, "as ink")
    office.sandbox.administration.archive(thread)
    office.ahead = timedelta(minutes=15)
    await office.courier.show_card(replace(inner, status=JobStatus.CANCELLED), NOTHING_KNOWN)
    assert "Cancelled" in office.text(office.card(inner))


async def test_a_card_that_was_deleted_is_undeliverable(office: PostOffice) -> None:
    job = await office.opened()
    office.sandbox.services.messages.delete(office.card(job))
    for office.ahead in (timedelta(), timedelta(minutes=15)):
        with pytest.raises(Undeliverable):
            await office.courier.show_card(job, NOTHING_KNOWN)


async def test_without_token_or_card_there_is_nothing_to_open(office: PostOffice) -> None:
    job = await office.job()
    lost = replace(job, origin=replace(job.origin, interaction_token=None, card_message_id=None))
    with pytest.raises(Undeliverable):
        await office.courier.open(lost, NOTHING_KNOWN)


# --- results ----------------------------------------------------------------------------------------------------------


async def test_a_result_pings_its_requester_and_nobody_else(office: PostOffice) -> None:
    job = succeeded(await office.opened(prompt="@everyone <@1> <@&2>"))
    assert job.origin.thread_id is not None
    message_id = await office.courier.send(job, delivery(job, 0, 0, 1), office.pictures(0, 1))
    (message,) = office.posted(job.origin.thread_id)
    assert message.id == message_id
    assert message.pinged_user_ids == (office.world.person("ada").id,)
    assert not message.mentions_everyone
    assert [one.file.filename for one in message.attachments] == ["remix-1.png", "remix-2.png"]


async def test_a_message_that_lacks_an_output_is_posted_with_the_others(office: PostOffice) -> None:
    job = succeeded(await office.opened())
    gone = Notes(missing=1, links=((0, "https://x.example/1.png"),), gone=(0,))
    await office.courier.send(job, delivery(job, 1, 0, 1), office.pictures(1), notes=gone)
    (message,) = office.posted(job.origin.thread_id or 0)
    assert [one.file.filename for one in message.attachments] == ["remix-2.png"]
    assert "I could not bring it here" in office.text(message)


async def test_a_message_whose_outputs_are_all_lost_tells_the_failure(office: PostOffice) -> None:
    job = replace(succeeded(await office.opened()), failure=FailureReason.OUTPUT_LOST)
    await office.courier.send(job, delivery(job, 1, 0), ())
    (message,) = office.posted(job.origin.thread_id or 0)
    assert "The picture was lost" in office.text(message)


async def test_a_repeated_send_is_the_same_message(office: PostOffice) -> None:
    job = succeeded(await office.opened())
    owed = delivery(job, 0, 0)
    first = await office.courier.send(job, owed, office.pictures(0))
    assert await office.courier.send(job, owed, office.pictures(0)) == first
    assert len(office.posted(owed.target_id)) == 1


async def test_what_was_delivered_and_then_deleted_counts_as_delivered(office: PostOffice) -> None:
    job = succeeded(await office.opened())
    owed = delivery(job, 0, 0)
    await office.courier.send(job, owed, office.pictures(0))
    office.sandbox.services.messages.delete(office.posted(owed.target_id)[0])
    answers = {await office.courier.send(job, owed, office.pictures(0)) for _ in range(2)}
    assert len(answers) == 1
    assert office.posted(owed.target_id) == []


async def test_a_failure_is_told_with_its_reason(office: PostOffice) -> None:
    job = replace(await office.opened(), status=JobStatus.FAILED, failure=FailureReason.UNCERTAIN)
    owed = delivery(job)
    assert await office.courier.send(job, owed, ()) == await office.courier.find(job, owed)
    assert "Unclear whether RunComfy took it" in office.text(office.posted(owed.target_id)[0])


async def test_a_message_whose_answer_was_lost_is_found_again(office: PostOffice, faults: Faults) -> None:
    job = succeeded(await office.opened())
    owed = delivery(job, 0, 0)
    faults.add(Fault.drop(method="POST", route=SENDS, after_commit=True))
    with pytest.raises(DeliveryPostponed):
        await office.courier.send(job, owed, office.pictures(0))
    assert await office.courier.find(job, owed) == office.posted(owed.target_id)[0].id


async def test_only_the_part_itself_is_found_and_never_the_card(office: PostOffice) -> None:
    thread = office.world.find_channel((await office.opened()).origin.thread_id)
    job = await office.opened(thread, "as ink")
    first, second = delivery(job, 0, 0), delivery(job, 1, 1)
    assert await office.courier.find(job, first) is None
    sent = await office.courier.send(succeeded(job), first, office.pictures(0))
    assert await office.courier.find(job, first) == sent
    assert await office.courier.find(job, second) is None
    assert await office.courier.find(replace(job, id="0" * 16), first) is None


async def test_a_copy_that_was_shown_in_the_same_thread_is_not_taken_for_the_delivery(office: PostOffice) -> None:
    job = succeeded(await office.opened())
    owed, files = delivery(job, 1, 0), office.pictures(0)
    place = office.client.get_partial_messageable(owed.target_id)
    await place.send(view=shown(job, owed, files, may_be_repeated=True), files=files_of(files))
    assert await office.courier.find(job, owed) is None
    sent = await office.courier.send(job, owed, files)
    assert await office.courier.find(job, owed) == sent


async def test_a_history_that_cannot_be_read_is_no_proof_of_absence(office: PostOffice) -> None:
    job = succeeded(await office.opened())
    owed = delivery(job, 0, 0)
    await office.courier.send(job, owed, office.pictures(0))
    office.sandbox.administration.deny_bot(office.world.channel("art"), Permission.READ_MESSAGE_HISTORY)
    with pytest.raises(DeliveryPostponed, match="history"):
        await office.courier.find(job, owed)
    office.sandbox.administration.allow_bot_again(office.world.channel("art"))
    assert await office.courier.find(job, owed) is not None


async def test_an_absence_is_believed_although_the_card_was_deleted(office: PostOffice) -> None:
    job = await office.opened()
    office.sandbox.services.messages.delete(office.card(job))
    assert await office.courier.find(job, delivery(job, 0, 0)) is None


# --- refusals ---------------------------------------------------------------------------------------------------------


async def test_a_place_that_is_gone_takes_nothing_more(office: PostOffice) -> None:
    job = succeeded(await office.opened())
    owed = delivery(job, 0, 0)
    office.sandbox.administration.delete_channel(office.world.find_channel(owed.target_id))
    with pytest.raises(Undeliverable):
        await office.courier.send(job, owed, office.pictures(0))
    with pytest.raises(Undeliverable):
        await office.courier.find(job, owed)


@pytest.mark.parametrize("missing", [Permission.SEND_MESSAGES_IN_THREADS, Permission.VIEW_CHANNEL])
async def test_a_place_that_is_closed_to_us_takes_nothing(office: PostOffice, missing: Permission) -> None:
    job = succeeded(await office.opened())
    office.sandbox.administration.deny_bot(office.world.channel("art"), missing)
    with pytest.raises(Undeliverable):
        await office.courier.send(job, delivery(job, 0, 0), office.pictures(0))


async def test_discord_out_of_order_is_tried_later(office: PostOffice, faults: Faults) -> None:
    job = succeeded(await office.opened())
    owed = delivery(job, 0, 0)
    for fault in (
        Fault.server_error(503, route="re:.*"),
        Fault.answer(429, "error code: 1015", headers={"Retry-After": "17"}, route="re:.*"),
        Fault.drop(route="re:.*"),
    ):
        faults.add(fault)
        with pytest.raises(DeliveryPostponed) as raised:
            await office.courier.send(job, owed, office.pictures(0))
        if fault.status == 429:
            assert raised.value.retry_after == timedelta(seconds=17)
    assert office.posted(owed.target_id) == []


async def test_a_picture_that_is_missing_on_our_disk_is_tried_later(office: PostOffice) -> None:
    job = succeeded(await office.opened())
    (attachment,) = office.pictures(0)
    attachment.path.unlink()
    with pytest.raises(DeliveryPostponed):
        await office.courier.send(job, delivery(job, 0, 0), [attachment])


# --- memory -----------------------------------------------------------------------------------------------------------


async def test_cards_and_results_leave_nothing_in_memory_and_their_buttons_go_on_working(office: PostOffice) -> None:
    job = await office.opened()
    for status in (JobStatus.SUBMITTING, JobStatus.IN_PROGRESS, JobStatus.IN_QUEUE):
        await office.courier.show_card(replace(job, status=status), NOTHING_KNOWN)
    await office.courier.send(succeeded(job), delivery(job, 0, 0), office.pictures(0))
    office.ahead = timedelta(minutes=15)
    await office.courier.show_card(job, NOTHING_KNOWN)
    assert office.client.persistent_views == []
    exchange = await office.sandbox.actor("ada").click(office.card(job), label="Cancel")
    assert (await exchange.response()).content == f"pressed v1:cancel:{job.id}"
