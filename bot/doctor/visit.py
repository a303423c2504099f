"""The whole visit: every look in order, a line each as soon as it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.doctor.discord_side import check_discord
from bot.doctor.finding import Level, exit_code
from bot.doctor.machine import check_confinement, check_data_folder, check_database, check_privacy
from bot.doctor.provider import check_credit, check_hosts, check_provider
from bot.doctor.running_bot import check_running_bot
from bot.log import Redactor

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from bot.doctor.finding import Finding
    from bot.settings import Settings


async def visit(settings: Settings, *, invite_to: Callable[[int], str], say: Callable[[str], None]) -> int:
    """Look at everything, say what was found, and answer the exit code; no line shows a secret.

    Args:
        settings: What the operator configured.
        invite_to: Makes the address that lets an application into a server.
        say: Takes each line.
    """
    findings: list[Finding] = []
    mask = Redactor(settings.secrets()).text
    async for finding in _findings(settings, invite_to=invite_to):
        findings.append(finding)
        say(mask(finding.line()))
    failures, warnings = (sum(one.level is level for one in findings) for level in (Level.FAIL, Level.WARN))
    say(f"{len(findings)} looked at, {warnings} to see to, {failures} that keep the bot from working.")
    return exit_code(findings)


async def _findings(settings: Settings, *, invite_to: Callable[[int], str]) -> AsyncGenerator[Finding]:
    yield await check_database(settings)
    yield await check_data_folder(settings)
    yield await check_privacy(settings)
    yield await check_confinement()
    yield await check_running_bot(settings)
    async for finding in check_discord(settings, invite_to=invite_to):
        yield finding
    yield await check_hosts("DISCORD_CDN_HOSTS", settings.discord_cdn_hosts)
    yield await check_provider(settings)
    yield await check_credit(settings)
    yield await check_hosts("RUNCOMFY_OUTPUT_HOSTS", settings.runcomfy_output_hosts)
