"""Answers, end to end: whatever happens to an acknowledgement or a repeated event, each person is answered once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord.exchange import Exchange
from sandbox.discord.kinds import InteractionType
from sandbox.faults import Fault

if TYPE_CHECKING:
    from sandbox.discord.wire import JsonObject
    from tests.e2e.town import Town

CALLBACK = "/api/v10/interactions/{id}/{token}/callback"
SUBMIT = "/v1/models/{model:.*}"


def lose_an_answer(town: Town) -> None:
    """The next acknowledgement arrives, and the bot does not hear of it."""
    town.faults.add(Fault.drop(after_commit=True, method="POST", route=CALLBACK))


async def test_an_acknowledgement_whose_answer_is_lost_stands_for_commands_and_buttons(town: Town) -> None:
    ada, art = town.person("ada"), town.channel("art").id
    town.runcomfy.timeline.hold()
    lose_an_answer(town)
    card = await town.card(await town.remix("ada", "as an echo"))
    await town.until(lambda: town.row("status") == ["in_queue"], "the queue")
    lose_an_answer(town)
    assert "as an echo" in town.text(await (await ada.slash(art, "jobs list")).private_answer())
    town.faults.add(Fault.server_error(502, after_commit=True, method="POST", route=CALLBACK))
    cancelling = await ada.click(card, label="Cancel")
    assert "asked RunComfy" in town.text(await cancelling.private_answer())
    await town.until_card_says(card, "Cancelled")

    assert len(town.faults.fired) == 3
    assert [post.charged_micros for post in town.runcomfy.ledger] == [0]


async def test_an_interaction_that_is_told_twice_is_acted_on_once(town: Town) -> None:
    tell = town.discord.services.interactions.deliver
    town.runcomfy.timeline.hold()
    asked = await town.remix("ada", "as a parrot")
    tell(asked.interaction)
    card = await town.card(asked)
    town.runcomfy.timeline.release()
    [result] = await town.results_in(card.id)
    town.runcomfy.timeline.hold()
    again = await town.person("ben").click(result, label="Again")
    tell(again.interaction)
    await town.until_card_says(await town.card(again), "queue")
    tell(asked.interaction)
    listing = await town.person("ben").slash(town.channel("art").id, "jobs list")
    tell(listing.interaction)
    await listing.private_answer()

    assert [one.body["prompt"] for one in town.runcomfy.ledger] == ["as a parrot"] * 2
    assert len(town.row("id")) == 2
    for exchange in (asked, again, listing):
        assert exchange.followups == []


async def test_a_refusal_after_the_public_acknowledgement_leaves_no_public_trace(town: Town) -> None:
    art = town.channel("art").id
    town.runcomfy.account.is_active = False
    slow = town.faults.add(Fault.late(30, after_commit=True, method="POST", route=CALLBACK))
    ben = await town.remix("ben", "as a latecomer")
    await town.until(lambda: [one.fault_id for one in town.faults.fired] == [slow.fault_id], "Ben's acknowledgement")
    card = await town.card(await town.remix("ada", "as a forerunner"))
    await town.until_card_says(card, "Paused by the operator")
    town.faults.release()
    answer = await ben.private_answer()
    await town.until(lambda: ben.interaction.original is not None and ben.interaction.original.is_deleted, "the end")

    assert "paused by the operator" in town.text(answer)
    assert [one.id for one in town.world.messages_in(art) if one.ephemeral_to is None and not one.is_deleted] == [
        card.id
    ]
    assert len(town.row("id")) == 1
    assert town.runcomfy.ledger == []


FORGED = (
    "v1:cancel:0123456789abcdef",
    "v1:details:-",
    "v1:page:-:-1",
    "v1:page:-:99999",
    "v0:cancel:0123456789abcdef",
    "v2:anything:at all",
    "x" * 100,
    "\N{CAT FACE}" * 50,
)


def forge(town: Town, asked: Exchange, custom_id: str, *, kind: InteractionType) -> Exchange:
    """Send what no client of Discord's sends, from the card of a command."""
    component: JsonObject = {"custom_id": custom_id, "component_type": 2, "id": 1}
    form: JsonObject = {"custom_id": custom_id, "components": []}
    is_click = kind is InteractionType.COMPONENT
    interaction = town.discord.services.interactions.start(
        kind,
        user=town.person("ben").user,
        channel=town.channel("art"),
        data=lambda _site: component if is_click else form,
        locale="ko",
        message=asked.interaction.original,
        opened_by=None if is_click else asked.interaction,
    )
    return Exchange(town.world, interaction)


async def test_forged_ids_are_answered_and_change_nothing_and_cancel_waits_for_a_submission_under_way(
    town: Town,
) -> None:
    town.runcomfy.timeline.hold()
    asked = await town.remix("ada", "as a seal")
    await town.until(lambda: town.row("status") == ["in_queue"], "the queue")
    sent = [forge(town, asked, one, kind=InteractionType.COMPONENT) for one in FORGED]
    own = f"v1:cancel:{town.row('id')[0]}"
    sent += [forge(town, asked, one, kind=InteractionType.MODAL) for one in (*FORGED, own)]

    for exchange in sent:
        assert "This card is too old" in town.text(await exchange.private_answer())
    assert town.row("status") == ["in_queue"]
    assert town.row("cancel_requested_at") == [None]
    town.runcomfy.faults.add(Fault.late(30, method="POST", route=SUBMIT))
    card = await town.card(await town.remix("ada", "as a sprinter"))
    await town.until_card_says(card, "Handing it over")
    assert town.row("status") == ["in_queue", "submitting"]
    await (await town.person("ada").click(card, label="Cancel")).private_answer()
    town.runcomfy.faults.release()
    await town.until_card_says(card, "Cancelled")

    assert town.runcomfy.ledger[1].charged_micros == 0
    assert town.posted_in(card.id) == []
