"""Results of a provider that was taken over: nothing is fetched from where it points, and nothing is leaked."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from sandbox.faults import Fault
from tests.contract.scripted_server import Received, answer, open_server
from tests.e2e.town import PATIENCE_SECONDS

if TYPE_CHECKING:
    from sandbox.discord.state import Message
    from tests.e2e.town import Town

RESULT = "/v1/requests/{id}/result"
OUTPUT = "/outputs/{id}/{name}"
AS_PICTURE = {"Content-Type": "image/png"}


async def lost(town: Town, prompt: str) -> str:
    """Let Ada remix, and read the card of a picture that could not be fetched."""
    card = await town.card(await town.remix("ada", prompt))
    return await town.until_card_says(card, "The picture was lost")


def everything(town: Town, card: Message) -> str:
    """All that stands in the channel of a card and in its thread."""
    places = (card.channel_id, card.id)
    return "\n".join(town.text(one) for place in places for one in town.world.messages_in(place))


async def _until_asked_twice(town: Town, fault_id: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while sum(one.fault_id == fault_id for one in town.runcomfy.faults.fired) < 2:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)


async def test_outputs_at_private_places_other_hosts_or_with_credentials_are_never_asked_for(town: Town) -> None:
    def page(_: Received) -> bytes:
        return answer(b"stolen")

    async with open_server(page) as elsewhere:
        port = elsewhere.base_url.rpartition(":")[2]
        urls = [
            f"{elsewhere.base_url}/picture.png",
            f"http://localhost:{port}/picture.png",
            f"https://127.0.0.1:{port}/picture.png",
            "http://169.254.169.254/latest/meta-data/",
            "https://[::1]/picture.png",
            "http://10.0.0.1/picture.png",
            town.runcomfy.base_url.replace("http://", "http://member:secret@") + "/outputs/a/0.png",
            "file:///etc/passwd",
            "data:image/png;base64,AAAA",
            "//files.runcomfy.net/picture.png",
        ]
        body = json.dumps({"status": "succeeded", "output": {"images": urls}})
        town.runcomfy.faults.add(Fault.answer(200, body, headers={"Content-Type": "application/json"}, route=RESULT))
        card = await town.card(await town.remix("ada", "as a map of places"))
        await town.until_card_says(card, "The picture was lost")
        await town.until(lambda: "there is no picture this time" in everything(town, card), "the message")
        told = everything(town, card)

        assert elsewhere.connections == 0
        assert not any(word in told for word in ("127.0.0.1", "localhost", "169.254", "10.0.0.1", "secret"))
    assert "secret" not in town.bot.log()


async def test_a_redirect_to_a_private_place_is_not_followed(town: Town) -> None:
    async with open_server(lambda _: answer(b"stolen")) as elsewhere:
        headers = {"Location": f"{elsewhere.base_url}/picture.png"}
        town.runcomfy.faults.add(Fault.answer(302, headers=headers, route=OUTPUT))
        await lost(town, "as a detour")

        assert elsewhere.connections == 0


async def test_a_page_or_a_drawing_that_is_called_a_picture_is_not_posted(town: Town) -> None:
    for number, body in enumerate(
        ("<!DOCTYPE html><script>alert(1)</script>", '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')
    ):
        disguise = town.runcomfy.faults.add(Fault.answer(200, body, headers=AS_PICTURE, route=OUTPUT, times=None))
        card = await town.card(await town.remix("ada", f"as a disguise {number}"))
        text = await town.until_card_says(card, "Bringing the result here")
        await _until_asked_twice(town, disguise.fault_id)
        town.runcomfy.faults.remove(disguise.fault_id)

        assert "alert" not in text
    assert all(not message.attachments for message in town.world.messages_in(town.channel("art").id))


async def test_a_request_id_that_could_bend_an_address_is_uncertain_and_never_asked_for(town: Town) -> None:
    body = json.dumps({"request_id": "../../v1/models/x"})
    town.runcomfy.faults.add(
        Fault.answer(200, body, headers={"Content-Type": "application/json"}, method="POST", route="/v1/models/{id:.*}")
    )
    card = await town.card(await town.remix("ada", "as a burglar"))
    await town.until_card_says(card, "Unclear whether RunComfy took it")

    assert town.row("request_id") == [None]
