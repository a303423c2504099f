"""The simulated Discord keeps the rules of interactions: who may answer what, once, and until when."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from sandbox.discord.actor import Actor, UploadedFile
from sandbox.discord.command_use import CannotDoError
from sandbox.discord.exchange import Exchange
from sandbox.discord.permissions import MEMBER, Permission
from sandbox.discord.server import DiscordSandbox
from tests.contract.discord_wire import Caller, Json, SteppedClock, Told, calling, listening, register, text_card

CANCEL = {"type": 2, "style": 4, "label": "Cancel", "custom_id": "cancel"}


@dataclass
class Scene:
    """A bot that answers by hand, and a person in front of it."""

    sandbox: DiscordSandbox
    call: Caller
    clock: SteppedClock
    ada: Actor

    async def go(self, **options: UploadedFile) -> Exchange:
        """Ada uses /go in #art."""
        return await self.ada.slash(self.sandbox.world.channel("art").id, "go", options)

    async def answer(self, exchange: Exchange, body: Json, *, files: dict[str, bytes] | None = None) -> Told:
        """Answer an interaction, and ask what came of it."""
        interaction = exchange.interaction
        path = f"/interactions/{interaction.id}/{interaction.token}/callback?with_response=true"
        return await self.call("POST", path, body, files=files, token="")

    def webhook(self, exchange: Exchange, rest: str = "") -> str:
        """The path of an interaction's further messages."""
        return f"/webhooks/{self.sandbox.world.application.id}/{exchange.interaction.token}{rest}"


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """A scene whose clock stands still."""
    clock = SteppedClock()
    async with DiscordSandbox(clock=clock) as sandbox, calling(sandbox) as call:
        await register(sandbox, call)
        yield Scene(sandbox, call, clock, sandbox.actor("ada"))


async def test_an_answer_within_three_seconds_counts_and_a_second_one_does_not(scene: Scene) -> None:
    exchange = await scene.go()
    scene.clock.step(seconds=3)
    assert (await scene.answer(exchange, {"type": 5})).status == 200
    assert (await scene.answer(exchange, {"type": 5})).refusal == (400, 40060)
    assert (await exchange.acknowledged()).seconds == 3


async def test_a_late_callback_is_answered_unknown_interaction(scene: Scene) -> None:
    exchange = await scene.go()
    scene.clock.step(seconds=3.1)
    assert exchange.failed
    assert (await scene.answer(exchange, {"type": 5})).refusal == (404, 10062)
    assert (await scene.call("GET", scene.webhook(exchange, "/messages/@original"), token="")).refusal == (404, 10015)


async def test_the_token_dies_after_fifteen_minutes(scene: Scene) -> None:
    exchange = await scene.go()
    await scene.answer(exchange, {"type": 5})
    scene.clock.step(minutes=15)
    assert (await scene.call("PATCH", scene.webhook(exchange, "/messages/@original"), {"content": "x"})).status == 200
    scene.clock.step(seconds=1)
    late = await scene.call("PATCH", scene.webhook(exchange, "/messages/@original"), {"content": "y"})
    assert late.refusal == (401, 50027)


async def test_a_deferral_says_which_message_will_hold_the_answer(scene: Scene) -> None:
    exchange = await scene.go()
    told = (await scene.answer(exchange, {"type": 5})).json["interaction"]
    thinking = scene.ada.sees(exchange.interaction.channel_id)[0]
    assert told["response_message_id"] == str(thinking.id)
    assert (told["response_message_loading"], told["response_message_ephemeral"]) == (True, False)
    assert scene.sandbox.render(thinking) == "Remixer:\nRemixer is thinking..."


async def test_the_first_follow_up_fills_the_thinking_message_and_keeps_it_private(scene: Scene) -> None:
    exchange = await scene.go()
    await scene.answer(exchange, {"type": 5, "data": {"flags": 64}})
    filled = await scene.call("POST", scene.webhook(exchange), {"content": "done"})
    further = await scene.call("POST", scene.webhook(exchange), {"content": "more"})
    assert (await exchange.response()).content == "done"
    assert filled.json["flags"] == 64
    assert [message.content for message in exchange.followups] == ["more"]
    assert further.json["interaction_metadata"]["original_response_message_id"] == filled.json["id"]


async def test_a_public_deferral_can_be_withdrawn_for_a_private_refusal(scene: Scene) -> None:
    exchange = await scene.go()
    await scene.answer(exchange, {"type": 5})
    await scene.call("DELETE", scene.webhook(exchange, "/messages/@original"))
    await scene.call("POST", scene.webhook(exchange), {"content": "no", "flags": 64})
    shown = await exchange.response()
    assert (shown.content, shown.ephemeral_to) == ("no", scene.ada.user.id)
    assert scene.sandbox.actor("ben").sees(exchange.interaction.channel_id) == []


async def test_an_original_is_answered_in_components_v2_and_its_button_edits_it(scene: Scene) -> None:
    exchange = await scene.go()
    await scene.answer(exchange, {"type": 4, "data": text_card("in queue", CANCEL)})
    card = await exchange.response()
    click = await scene.sandbox.actor("ben").click(card, label="Cancel")
    told = await scene.answer(click, {"type": 7, "data": text_card("cancelled")})
    assert told.json["resource"]["type"] == 7
    assert told.json["resource"]["message"]["id"] == str(card.id)
    assert scene.sandbox.render(card) == "Remixer:\n│ cancelled"
    with pytest.raises(CannotDoError, match="There is no 'Cancel' on this message"):
        await scene.ada.click(card, label="Cancel")


async def test_a_greyed_button_cannot_be_pressed(scene: Scene) -> None:
    exchange = await scene.go()
    await scene.answer(exchange, {"type": 4, "data": text_card("x", CANCEL | {"disabled": True})})
    with pytest.raises(CannotDoError, match="greyed out"):
        await scene.ada.click(await exchange.response(), "cancel")


@pytest.mark.parametrize(
    "body", [{"type": 6}, {"type": 7, "data": {}}, {"type": 8, "data": {"choices": []}}, {"type": 1}]
)
async def test_a_command_is_not_answered_like_a_component(scene: Scene, body: Json) -> None:
    exchange = await scene.go()
    assert (await scene.answer(exchange, body)).refusal == (400, 50035)
    assert len(scene.sandbox.violations) == 1
    assert exchange.interaction.answer is None


async def test_a_deferral_takes_no_flag_but_ephemeral(scene: Scene) -> None:
    told = await scene.answer(await scene.go(), {"type": 5, "data": {"flags": 1 << 15}})
    assert told.refusal == (400, 50035)


async def test_an_upload_is_under_a_signed_url_that_expires(scene: Scene) -> None:
    exchange = await scene.go(image=UploadedFile("dot.txt", b"no picture", None))
    data = exchange.interaction.data(scene.sandbox.base_url)
    (attachment,) = data["resolved"]["attachments"].values()
    assert attachment["content_type"] == "text/plain"
    assert attachment["ephemeral"] is True
    assert "width" not in attachment
    assert attachment["url"].startswith(
        f"{scene.sandbox.base_url}/ephemeral-attachments/{scene.sandbox.world.application.id}/"
    )


async def test_an_interaction_tells_what_bot_and_member_may_do_there(scene: Scene) -> None:
    sandbox, art = scene.sandbox, scene.sandbox.world.channel("art")
    sandbox.administration.deny_bot(art, Permission.CREATE_PUBLIC_THREADS)
    async with listening(sandbox) as listener:
        await listener.identify(sandbox.token)
        await scene.go()
        heard = (await listener.hear_event("INTERACTION_CREATE"))["d"]
        dm = await scene.ada.open_dm()
        await scene.ada.slash(dm.id, "go")
        alone = (await listener.hear_event("INTERACTION_CREATE"))["d"]
    assert not Permission(int(heard["app_permissions"])) & Permission.CREATE_PUBLIC_THREADS
    assert Permission(int(heard["app_permissions"])) & Permission.ATTACH_FILES
    assert int(heard["member"]["permissions"]) == int(MEMBER)
    assert heard["attachment_size_limit"] == 10 * 1024 * 1024
    assert (alone["context"], alone["user"]["username"]) == (1, "ada")
    assert "member" not in alone


async def test_the_upload_limit_of_an_answer_is_the_better_of_person_and_server(scene: Scene) -> None:
    data = b"x" * (10 * 1024 * 1024 + 1)
    exchange = await scene.go()
    body = {"type": 4, "data": {"content": "here"}}
    assert (await scene.answer(exchange, body, files={"big.bin": data})).refusal == (413, 40005)
    scene.sandbox.administration.set_premium_tier(scene.sandbox.world.guild("Remix Garden"), 2)
    assert (await scene.answer(exchange, body, files={"big.bin": data})).status == 200


async def test_an_archived_and_locked_thread_takes_no_answer(scene: Scene) -> None:
    world = scene.sandbox.world
    thread = await scene.ada.start_thread(await scene.ada.say(world.channel("art").id, "here"), "talk")
    exchange = await scene.ada.slash(thread.id, "go")
    scene.sandbox.administration.archive(thread, locked=True)
    assert (await scene.answer(exchange, {"type": 5})).refusal == (400, 50083)
    with pytest.raises(CannotDoError, match="archived"):
        await scene.ada.slash(thread.id, "go")


async def test_the_answer_of_a_deleted_channel_is_unknown(scene: Scene) -> None:
    exchange = await scene.go()
    late = await scene.go()
    await scene.answer(exchange, {"type": 5})
    scene.sandbox.administration.delete_channel(scene.sandbox.world.channel("art"))
    edit = await scene.call("PATCH", scene.webhook(exchange, "/messages/@original"), {"content": "x"}, token="")
    assert edit.refusal == (404, 10008)
    assert (await scene.call("POST", scene.webhook(exchange), {"content": "x"}, token="")).refusal == (404, 10003)
    assert (await scene.answer(late, {"type": 5})).refusal == (404, 10003)


async def test_an_ephemeral_answer_is_nobody_elses_and_not_found_through_the_channel(scene: Scene) -> None:
    exchange = await scene.go()
    await scene.answer(exchange, {"type": 4, "data": {"content": "psst", "flags": 64}})
    secret = await exchange.response()
    path = f"/channels/{secret.channel_id}/messages"
    assert (await scene.call("GET", f"{path}/{secret.id}")).refusal == (404, 10008)
    assert (await scene.call("GET", path)).json == []
    assert (await scene.call("POST", f"{path}/{secret.id}/threads", {"name": "x"})).refusal == (404, 10008)


async def test_the_same_interaction_can_be_told_twice(scene: Scene) -> None:
    sandbox = scene.sandbox
    async with listening(sandbox) as listener:
        await listener.identify(sandbox.token)
        exchange = await scene.go()
        sandbox.services.interactions.deliver(exchange.interaction)
        heard = [(await listener.hear_event("INTERACTION_CREATE"))["d"]["id"] for _ in range(2)]
    assert heard == [str(exchange.interaction.id)] * 2
