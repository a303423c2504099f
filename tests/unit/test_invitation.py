"""The addresses with which servers and people get the bot."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import discord

from bot.__main__ import PERMISSIONS, installation, invitation
from bot.ui.access import NEEDED


def test_a_server_is_asked_for_what_the_bot_needs() -> None:
    asked = parse_qs(urlsplit(invitation(42)).query)
    assert asked["client_id"] == ["42"]
    assert asked["scope"] == ["bot applications.commands"]
    assert asked["permissions"] == [str(PERMISSIONS.value)]
    needed = {name: True for names in NEEDED.values() for name in names}
    assert discord.Permissions(**needed) == PERMISSIONS


def test_a_person_brings_along_the_commands_alone() -> None:
    asked = parse_qs(urlsplit(installation(42)).query)
    assert asked["client_id"] == ["42"]
    assert asked["scope"] == ["applications.commands"]
    assert asked["integration_type"] == ["1"]
