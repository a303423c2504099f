"""RunComfy and the hosts around: the token, the model, and where pictures come from. Nothing that is asked costs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from bot import __version__
from bot.doctor.finding import Finding, good, misconfigured, unavailable, warning
from bot.domain.catalog import load_catalog
from bot.domain.ledger import to_micros
from bot.domain.schema_comparison import differences
from bot.engine.gate import UNKNOWN_MODEL
from bot.errors import OutOfCredit, ProviderError, ProviderRejected, ProviderUnauthorized, StartupError
from bot.runcomfy.client import RunComfyClient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.engine.answers import ModelInfo
    from bot.settings import Settings

_SECURE_PORTS: Final = {"https": 443, "wss": 443, "http": 80, "ws": 80}
REACH_SECONDS: Final = 5.0


async def check_provider(settings: Settings) -> Finding:
    """Ask for the model's publication, a free GET."""
    subject, model_id = "RunComfy", settings.default_model
    token = settings.require_run().runcomfy.get_secret_value()
    async with RunComfyClient(
        base_url=settings.runcomfy_base_url, token=token, user_agent=f"remix-bot/{__version__} doctor"
    ) as client:
        try:
            info = await client.model(model_id)
        except ProviderUnauthorized as error:
            return misconfigured(
                subject,
                f"refuses the token ({error}). Copy RUNCOMFY_API_TOKEN anew from https://www.runcomfy.com/profile.",
            )
        except OutOfCredit as error:
            return misconfigured(subject, f"the account has no credit ({error}). Top it up.")
        except ProviderRejected as error:
            if error.code == UNKNOWN_MODEL:
                return misconfigured(
                    subject, f"does not know the model {model_id} ({error}). Is DEFAULT_MODEL right, or was it renamed?"
                )
            return warning(subject, f"answers, but does not publish {model_id} ({error}). Is DEFAULT_MODEL right?")
        except ProviderError as error:
            return unavailable(
                subject, f"{settings.runcomfy_base_url} does not answer as it should ({error}). Is there a network?"
            )
    return _judge_publication(settings, info)


def _judge_publication(settings: Settings, info: ModelInfo) -> Finding:
    """Say the price of the model, and how its published schema differs from the catalog's."""
    try:
        model = load_catalog(settings.catalog_dir).get(info.model_id)
    except StartupError as error:
        return misconfigured("CATALOG_DIR", str(error))
    if model is None:
        return misconfigured("DEFAULT_MODEL", f"there is no {info.model_id} in the catalog. Add a file to CATALOG_DIR.")
    found = () if info.input_schema is None else differences(model.input_schema, info.input_schema)
    if not found:
        price = "" if info.price_micros is None else f", from {info.price_micros / 1e6:g} US dollars a run"
        return good("RunComfy", f"takes the token and has {info.model_id}{price}.")
    return warning(
        "RunComfy",
        f"takes the token, but publishes {info.model_id} otherwise than the catalog has it ({'; '.join(found)}). "
        "The catalog is used as it is; see docs/operating.md.",
    )


async def check_credit(settings: Settings) -> Finding:
    """Ask for the account's balance, a free GET."""
    subject = "Credit"
    if settings.runcomfy_balance_url is None:
        return good(subject, "not asked for, since RUNCOMFY_BALANCE_URL is off.")
    async with RunComfyClient(
        base_url=settings.runcomfy_base_url,
        balance_url=settings.runcomfy_balance_url,
        token=settings.require_run().runcomfy.get_secret_value(),
        user_agent=f"remix-bot/{__version__} doctor",
    ) as client:
        try:
            balance = await client.balance()
        except ProviderError as error:
            return good(subject, f"cannot be asked for ({error}). The bot works without; see RUNCOMFY_BALANCE_URL.")
    held = f"the account holds {(balance or 0) / 1e6:.2f} US dollars"
    if balance is None or balance >= to_micros(settings.low_credit_usd):
        return good(subject, f"{held}.")
    return warning(subject, f"{held}, less than LOW_CREDIT_USD. Top it up at https://www.runcomfy.com/profile.")


async def check_hosts(name: str, entries: Sequence[str]) -> Finding:
    """Try to reach the hosts of a list.

    Args:
        name: The setting.
        entries: Hosts, .suffixes, or scheme://host:port.
    """
    suffixes = [entry for entry in entries if entry.startswith(".")]
    places = [_place(entry) for entry in entries if not entry.startswith(".")]
    lost = [trouble for trouble in await asyncio.gather(*(reach(*place) for place in places)) if trouble]
    if lost:
        return warning(name, f"{'; '.join(lost)}. Is there a network, and is the setting right?")
    told = [f"{host}:{port} can be reached" for host, port in places]
    told += [f"any host under {suffix}, which cannot be tried beforehand" for suffix in suffixes]
    return good(name, f"{'; '.join(told)}.")


async def reach(host: str, port: int) -> str | None:
    """Open a connection and close it again; answers what went wrong, if anything."""
    try:
        async with asyncio.timeout(REACH_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            await writer.wait_closed()
    except (OSError, TimeoutError) as error:
        return f"{host}:{port} cannot be reached ({getattr(error, 'strerror', None) or type(error).__name__})"
    return None


def _place(entry: str) -> tuple[str, int]:
    address = urlsplit(entry if "://" in entry else f"https://{entry}")
    return address.hostname or entry, address.port or _SECURE_PORTS[address.scheme]
