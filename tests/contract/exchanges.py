"""Requests and answers of Discord's API for the tests of the oracle."""

from collections.abc import Mapping
from typing import Any

from sandbox.discord.components import IS_COMPONENTS_V2
from sandbox.discord.oracle import Oracle

MESSAGES = "/channels/123/messages"
ORIGINAL = "/webhooks/9/token/messages/@original"
CALLBACK = "/interactions/5/token/callback"
COMMANDS = "/applications/9/commands"

Json = dict[str, Any]

USER: Mapping[str, object] = {
    "id": "1",
    "username": "ada",
    "discriminator": "0",
    "avatar": None,
    "global_name": "Ada",
    "public_flags": 0,
    "flags": 0,
    "primary_guild": None,
}


def message(**fields: object) -> Json:
    """A message as Discord answers with it."""
    whole: Json = {
        "type": 0,
        "content": "",
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "timestamp": "2026-01-01T00:00:00.123000+00:00",
        "edited_timestamp": None,
        "flags": IS_COMPONENTS_V2,
        "components": [],
        "id": "10",
        "channel_id": "123",
        "author": dict(USER),
        "pinned": False,
        "mention_everyone": False,
        "tts": False,
    }
    return whole | fields


def asked(oracle: Oracle, method: str, path: str, body: object = None, **query: str) -> list[str]:
    """What is wrong with a request."""
    return oracle.check_request(method, path, query=query, body=body)


def answered(oracle: Oracle, status: int, body: object, method: str = "POST", path: str = MESSAGES) -> list[str]:
    """What is wrong with an answer."""
    return oracle.check_response(method, path, status=status, body=body)
