"""The addresses that settings hold: which are taken, and what is said of the others."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

_HOST: Final = re.compile(r"\.?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


def _split(text: str) -> SplitResult:
    try:
        address = urlsplit(text)
        _ = address.port  # judged only when it is asked for
    except ValueError as error:
        raise ValueError("must be an address, and its host or port cannot be read") from error
    return address


def _split_address(text: str, *, schemes: tuple[str, str]) -> SplitResult:
    """Read an address: the secure scheme, or the plain one with a port written out, which says that it is meant."""
    secure, plain = schemes
    address = _split(text)
    if address.scheme not in schemes or not address.hostname:
        raise ValueError(f"must start with {secure}:// (or {plain}:// with a port) and name a host")
    if address.scheme == plain and address.port is None:
        raise ValueError(f"must be {secure}://, or {plain}:// with a port, as in {plain}://127.0.0.1:8123")
    if address.username or address.password or address.query or address.fragment:
        raise ValueError("must hold no user, password, query or fragment")
    return address


def base_url(text: str) -> str:
    """Take the address of an HTTP API, without a slash at its end.

    Raises:
        ValueError: It is none; so do the others here.
    """
    return _split_address(text, schemes=("https", "http")).geturl().rstrip("/")


def gateway_url(text: str) -> str:
    """Take the address of a websocket."""
    return _split_address(text, schemes=("wss", "ws")).geturl().rstrip("/")


def _host_entry(text: str) -> str:
    entry = text.lower().rstrip("/")
    if "://" in entry:
        address = _split_address(entry, schemes=("https", "http"))
        if address.port is None or address.path:
            raise ValueError("must give scheme, host and port where it gives a scheme: http://127.0.0.1:8123")
    elif not _HOST.fullmatch(entry):
        raise ValueError("must hold hosts, .suffixes or scheme://host:port, separated by commas")
    return entry


def hosts(value: object) -> object:
    """Take hosts, suffixes and origins, separated by commas; what is no text is passed on."""
    if not isinstance(value, str):
        return value
    entries = [entry.strip() for entry in value.split(",") if entry.strip()]
    if not entries:
        raise ValueError("must name at least one host")
    return tuple(dict.fromkeys(_host_entry(entry) for entry in entries))


def database_url(text: str) -> str:
    """Take the address of a SQLite file or a PostgreSQL database."""
    address = _split(text)
    if address.scheme == "sqlite+aiosqlite":
        if address.netloc or len(address.path) < 2 or ":memory:" in text:  # noqa: PLR2004 - "/" and at least one letter
            raise ValueError("must name a file: sqlite+aiosqlite:///data/remix.db (four slashes before a full path)")
    elif address.scheme != "postgresql+asyncpg" or len(address.path) < 2:  # noqa: PLR2004 - the same
        raise ValueError("must be sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER:PASSWORD@HOST/DATABASE")
    return text


def balance_url(text: str) -> str | None:
    """Take the address of one answer of an HTTP API; ``off`` is none at all."""
    return None if text.strip().lower() == "off" else base_url(text)
