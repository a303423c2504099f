"""The simulated Discord is strict: tokens, unknown routes, malformed bodies, rate limits, and faults on demand."""

import aiohttp
import pytest

from sandbox.discord.components import Kind
from sandbox.discord.ratelimit import OBSERVED, Limits, Rate
from sandbox.discord.server import DiscordSandbox
from sandbox.faults import Fault, Faults
from tests.contract.discord_wire import COMMANDS, calling, register


async def test_an_unknown_route_is_answered_404_and_noted() -> None:
    async with DiscordSandbox() as sandbox, calling(sandbox) as call:
        assert (await call("GET", "/guilds/1/soundboard-sounds")).refusal == (404, 0)
        assert (await call("PUT", "/users/@me")).status == 404
    assert sandbox.violations == [
        "GET /api/v10/guilds/1/soundboard-sounds: the sandbox has no such route",
        "PUT /api/v10/users/@me: the sandbox has no such route",
    ]


async def test_a_wrong_token_is_refused() -> None:
    async with DiscordSandbox() as sandbox, calling(sandbox) as call:
        assert (await call("GET", "/users/@me", token="wrong")).refusal == (401, 0)
        assert (await call("GET", "/users/@me", token="")).refusal == (401, 0)
        assert (await call("GET", "/users/@me")).json["username"] == "remixer"
    assert sandbox.rest.invalid_request_count == 2


@pytest.mark.parametrize(
    ("content_type", "raw", "code"),
    [("application/json", b"{", 50109), ("application/json", b"[]", 50035), ("text/plain", b"x", 50035)],
)
async def test_a_body_that_is_no_json_object_is_refused_and_noted(content_type: str, raw: bytes, code: int) -> None:
    async with DiscordSandbox() as sandbox, aiohttp.ClientSession() as session:
        url = f"{sandbox.api_url}/channels/{sandbox.world.channel('art').id}/messages"
        headers = {"Authorization": f"Bot {sandbox.token}", "Content-Type": content_type}
        async with session.post(url, data=raw, headers=headers) as response:
            told = await response.json()
    assert (response.status, told["code"]) == (400, code)
    assert len(sandbox.violations) == 1


async def test_a_full_bucket_answers_429_with_all_that_a_client_needs() -> None:
    async with DiscordSandbox(limits=OBSERVED) as sandbox, calling(sandbox) as call:
        path = f"/channels/{sandbox.world.channel('art').id}/messages"
        sent = [await call("POST", path, {"content": "x"}) for _ in range(6)]
        elsewhere = await call("POST", f"/channels/{sandbox.world.channel('lobby').id}/messages", {"content": "x"})
    assert [told.headers["X-RateLimit-Remaining"] for told in sent[:5]] == ["4", "3", "2", "1", "0"]
    assert len({told.headers["X-RateLimit-Bucket"] for told in sent}) == 1
    assert sent[5].status == 429
    assert sent[5].headers["Via"]
    assert sent[5].headers["X-RateLimit-Scope"] == "user"
    assert 0 < sent[5].json["retry_after"] <= 5
    assert elsewhere.status == 200


async def test_the_global_limit_spares_interactions() -> None:
    limits = Limits(everything=Rate(2, 60.0))
    async with DiscordSandbox(limits=limits) as sandbox, calling(sandbox) as call:
        await register(sandbox, call)
        await call("GET", "/users/@me")
        refused = await call("GET", "/users/@me")
        exchange = await sandbox.actor("ada").slash(sandbox.world.channel("art").id, "go")
        path = f"/interactions/{exchange.interaction.id}/{exchange.interaction.token}/callback"
        answered = await call("POST", path, {"type": 5}, token="")
    assert (refused.status, refused.json["global"]) == (429, True)
    assert refused.headers["X-RateLimit-Global"] == "true"
    assert answered.status == 204


async def test_an_answer_lost_after_the_commit_is_no_reason_to_send_twice() -> None:
    faults = Faults()
    async with DiscordSandbox(faults=faults) as sandbox, calling(sandbox) as call:
        art = sandbox.world.channel("art")
        body = {"content": "once", "nonce": "n", "enforce_nonce": True}
        faults.add(Fault.drop(method="POST", route="/api/v10/channels/{id}/messages", after_commit=True))
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await call("POST", f"/channels/{art.id}/messages", body)
        again = await call("POST", f"/channels/{art.id}/messages", body)
        faults.add(Fault.server_error(502, method="POST"))
        assert (await call("POST", f"/channels/{art.id}/messages", body)).status == 502
    assert [message.id for message in sandbox.world.messages_in(art.id)] == [int(again.json["id"])]


async def test_commands_keep_their_ids_and_localisations() -> None:
    localised = [{**COMMANDS[0], "name_localizations": {"de": "los"}, "default_member_permissions": "8192"}]
    async with DiscordSandbox() as sandbox, calling(sandbox) as call:
        path = f"/applications/{sandbox.world.application.id}/commands"
        first = (await call("PUT", path, COMMANDS)).json
        second = (await call("PUT", path, localised)).json
        assert [command["id"] for command in second] == [first[0]["id"]]
        assert second[0]["version"] != first[0]["version"]
        assert (await call("GET", path)).json == second
        guild = f"/applications/{sandbox.world.application.id}/guilds/{sandbox.world.guild('Pixel Pond').id}/commands"
        own = await call("POST", guild, COMMANDS[0])
        assert own.status == 201
        assert (await call("PATCH", f"{guild}/{own.json['id']}", {"description": "Went"})).json["description"] == "Went"
        assert (await call("DELETE", f"{guild}/{own.json['id']}")).status == 204
        assert (await call("GET", guild)).json == []
    assert second[0]["name_localizations"] == {"de": "los"}


@pytest.mark.parametrize(
    ("command", "place"),
    [
        ({"name": "Go", "description": "x"}, "name"),
        ({"name": "go"}, "description"),
        ({"name": "go", "description": "x" * 101}, "description"),
        ({"name": "go", "description": "x", "name_localizations": {"xx": "a"}}, "name_localizations"),
        ({"name": "go", "description": "x", "options": [{"type": 3, "name": "a", "description": ""}]}, "options"),
        ({"name": "go", "description": "x", "options": [{"type": 12, "name": "a", "description": "x"}]}, "options"),
        ({"name": "Look", "type": 3, "description": "x"}, "description"),
    ],
)
async def test_a_malformed_command_is_refused_where_it_is_wrong(command: dict[str, object], place: str) -> None:
    async with DiscordSandbox() as sandbox, calling(sandbox) as call:
        told = await call("PUT", f"/applications/{sandbox.world.application.id}/commands", [command])
    assert told.refusal == (400, 50035)
    assert list(told.json["errors"]["0"]) == [place]


async def test_required_options_come_first_and_names_are_unique() -> None:
    options = [
        {"type": 3, "name": "a", "description": "x"},
        {"type": 3, "name": "a", "description": "x", "required": True},
    ]
    async with DiscordSandbox() as sandbox, calling(sandbox) as call:
        body = [{"name": "go", "description": "x", "options": options}]
        told = await call("PUT", f"/applications/{sandbox.world.application.id}/commands", body)
    wrong = told.json["errors"]["0"]["options"]["1"]
    assert wrong["name"]["_errors"][0]["code"] == "APPLICATION_COMMAND_OPTIONS_NAME_INVALID"
    assert wrong["required"]["_errors"][0]["code"] == "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"


async def test_a_modal_is_judged_before_it_opens() -> None:
    async with DiscordSandbox() as sandbox, calling(sandbox) as call:
        await register(sandbox, call)
        exchange = await sandbox.actor("ada").slash(sandbox.world.channel("art").id, "go")
        path = f"/interactions/{exchange.interaction.id}/{exchange.interaction.token}/callback"
        label = {
            "type": Kind.LABEL,
            "label": "Wish",
            "component": {"type": Kind.TEXT_INPUT, "style": 1, "custom_id": "w"},
        }
        modal = {"custom_id": "m", "title": "Wish", "components": [label]}
        assert (await call("POST", path, {"type": 9, "data": {**modal, "title": ""}}, token="")).refusal == (400, 50035)
        assert (await call("POST", path, {"type": 9, "data": modal}, token="")).status == 204
        assert (await exchange.modal()).title == "Wish"
