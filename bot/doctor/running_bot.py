"""What the bot that runs on this machine says of itself, if one does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import httpx

from bot.doctor.finding import Finding, good, warning

if TYPE_CHECKING:
    from bot.settings import Settings

_SECONDS: Final = 5.0
_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - read, not listened on
_WELL: Final = frozenset({"connected", "turns", "writable"})


async def check_running_bot(settings: Settings) -> Finding:
    """Ask ``/readyz`` of the bot that has these settings, with no proxy in between."""
    subject = "Running bot"
    if not settings.http_port:
        return good(subject, "not asked, since HTTP_PORT is 0.")
    host = _EVERYWHERE.get(settings.http_host, settings.http_host)
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=_SECONDS) as client:
            answer = await client.get(f"http://{host}:{settings.http_port}/readyz")
            report = cast("dict[str, Any]", answer.json())
            notes = cast("dict[str, str]", report["notes"])
            is_ready = bool(report["ready"])
    except httpx.HTTPError:
        return good(subject, "none answers on HTTP_HOST and HTTP_PORT.")
    except (ValueError, LookupError, TypeError):
        return warning(subject, f"what listens on port {settings.http_port} is no remix bot.")
    said = "; ".join(f"{name}: {words}" for name, words in notes.items() if words not in _WELL)
    if is_ready and not any(name in notes for name in ("unreadable_jobs", "other_process", "output_hosts", "model")):
        return good(subject, f"ready. {said}")
    return warning(subject, f"{'ready' if is_ready else 'not ready'}. {said}")
