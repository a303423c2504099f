"""The operator's commands beside a running bot: `doctor` and `backup`, as processes against the sandbox."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from sandbox.discord.permissions import Permission
from tests.e2e.town import Town

if TYPE_CHECKING:
    from pathlib import Path


def _lines(told: str) -> dict[str, tuple[str, str]]:
    """The findings by their subject: level and text."""
    found: dict[str, tuple[str, str]] = {}
    for line in told.splitlines():
        level, _, rest = line.partition("  ")
        if level.strip() in ("ok", "warn", "fail"):
            subject, _, words = rest.strip().partition(": ")
            found[subject] = (level.strip(), words)
    return found


async def test_the_doctor_finds_a_running_bot_well_and_disturbs_nothing(town: Town) -> None:
    town.runcomfy.timeline.hold()
    await town.card(await town.remix("ada", "as glass"))
    sessions = list(town.discord.gateway.connected)
    code, told = await town.command("doctor")
    found = _lines(told)

    assert code == 0, told
    assert {level for level, _ in found.values()} <= {"ok", "warn"}
    for subject in (
        "Database",
        "Data folder",
        "Discord token",
        "Intents",
        "Clock",
        "Sessions",
        "Gateway",
        "RunComfy",
        "Credit",
    ):
        assert found[subject][0] == "ok", told
    assert found['Server "Remix Garden"'][1].startswith("works in ")
    assert "dreamina-4-0/edit" in found["RunComfy"][1]
    assert found["Credit"][1] == "the account holds 100.00 US dollars."
    assert len(town.runcomfy.ledger) == 1
    assert list(town.discord.gateway.connected) == sessions
    assert town.discord.token not in told


async def test_the_doctor_names_what_is_missing_and_where(tmp_path: Path) -> None:
    async with Town(tmp_path) as town:
        town.discord.administration.deny_bot(town.channel("art"), Permission.ATTACH_FILES)
        town.discord.administration.deny_bot(town.channel("lounge"), Permission.CONNECT)
        code, told = await town.command("doctor")

    level, words = _lines(told)['Server "Remix Garden"']
    assert code == 0
    assert level == "warn"
    assert "#art lacks Attach Files; #lounge lacks Connect" in words


async def test_the_doctor_says_where_to_get_a_token_that_is_refused(tmp_path: Path) -> None:
    async with Town(tmp_path) as town:
        code, told = await town.command("doctor", RUNCOMFY_API_TOKEN="stale-token")
        other_code, other = await town.command("doctor", DISCORD_TOKEN=f"{town.discord.token}x")

    assert code == other_code == 78
    assert _lines(told)["RunComfy"][0] == "fail"
    assert "https://www.runcomfy.com/profile" in told
    assert "stale-token" not in told
    assert _lines(other)["Discord token"][0] == "fail"
    assert _lines(other)["RunComfy"][0] == "ok"


async def test_the_doctor_tells_an_outage_from_a_mistake(tmp_path: Path) -> None:
    async with Town(tmp_path) as town:
        code, told = await town.command("doctor", RUNCOMFY_BASE_URL="http://127.0.0.1:1")

    assert code == 69
    assert _lines(told)["RunComfy"][0] == "fail"
    assert "Is there a network?" in told


async def test_the_doctor_cannot_begin_without_its_settings(tmp_path: Path) -> None:
    async with Town(tmp_path) as town:
        code, told = await town.command("doctor", DISCORD_TOKEN="", MAX_IN_FLIGHT="many")

    assert code == 78
    assert "DISCORD_TOKEN: is missing" in told
    assert "MAX_IN_FLIGHT" in told


async def test_a_backup_of_a_running_bot_holds_its_jobs_and_is_never_overwritten(town: Town, tmp_path: Path) -> None:
    card = await town.card(await town.remix("ada", "as sand"))
    await town.results_in(card.id)
    copy = tmp_path / "backup.db"
    code, told = await town.command("backup", str(copy))
    again, refused = await town.command("backup", str(copy))

    assert (code, str(copy) in told) == (0, True), told
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT prompt, interaction_token FROM jobs").fetchall() == [("as sand", None)]
        assert database.execute("SELECT count(*) FROM artifacts").fetchone() == (1,)
    assert again == 78
    assert "not overwritten" in refused
    assert town.bot.pid is not None
