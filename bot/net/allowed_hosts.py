"""Where files may be fetched from (``RUNCOMFY_OUTPUT_HOSTS``, ``DISCORD_CDN_HOSTS``), and the judgement of one URL."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterable

_PORTS: Final = {"https": 443, "http": 80}


class PlaceRefused(ValueError):  # noqa: N818 - named as its kin in bot.errors, which adapters make of it
    """A file is not fetched from there. Never leaves an adapter."""


class PlaceNotAllowed(PlaceRefused):
    """A public host, on whatever port and with or without TLS, that is not on the list so.

    Args:
        text: What is said of it.
        host: How the list would name it: a host, or ``scheme://host:port``.
    """

    def __init__(self, text: str, *, host: str) -> None:
        super().__init__(text)
        self.host = host


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """An allow-list of hosts.

    Args:
        suffixes: Endings, dot included, of hosts reached by https on its usual port.
        hosts: Whole names of such hosts.
        origins: Scheme, host and port, exactly; also plain http and addresses.
    """

    suffixes: tuple[str, ...]
    hosts: frozenset[str]
    origins: frozenset[tuple[str, str, int]]

    @classmethod
    def parse(cls, entries: Iterable[str]) -> AllowedHosts:
        """Read entries such as ``.runcomfy.net``, ``files.runcomfy.net`` and ``http://127.0.0.1:8123``."""
        words = [entry.strip().lower().rstrip("/") for entry in entries]
        origins = [httpx.URL(word) for word in words if "://" in word]
        names = [word for word in words if word and "://" not in word]
        return cls(
            suffixes=tuple(name for name in names if name.startswith(".")),
            hosts=frozenset(name for name in names if not name.startswith(".")),
            origins=frozenset(_origin(url) for url in origins),
        )

    def judge(self, text: str) -> httpx.URL:
        """Read a URL as it will be requested, and hold it against the list.

        Raises:
            PlaceNotAllowed: Its host is not on the list, but could be.
            PlaceRefused: It is no URL that is ever fetched.
        """
        if not text.isprintable() or "\\" in text:
            raise PlaceRefused(f"not fetched, for it is no plain URL: {text!r:.200}")
        try:
            url = httpx.URL(text)
        except httpx.InvalidURL as error:
            raise PlaceRefused(f"not fetched, for it is no URL: {text!r:.200}") from error
        told = f"not fetched, for its place is not allowed: {text!r:.200}"
        if url.userinfo:
            raise PlaceRefused(told)
        if not self._permits(url):
            raise PlaceNotAllowed(told, host=_entry_for(url)) if _is_public(url) else PlaceRefused(told)
        return url

    def _permits(self, url: httpx.URL) -> bool:
        scheme, host, port = _origin(url)
        if (scheme, host, port) in self.origins:
            return True
        if scheme != "https" or port != _PORTS["https"] or _is_address(host):
            return False
        return host in self.hosts or any(host.endswith(suffix) and host != suffix for suffix in self.suffixes)


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.raw_host.decode("ascii").lower(), url.port or _PORTS.get(url.scheme, 0)


def _is_public(url: httpx.URL) -> bool:
    """Whether a list could well name a URL's host: no address, and no name of the local network."""
    scheme, host, _ = _origin(url)
    return scheme in _PORTS and "." in host.strip(".") and not _is_address(host)


def _entry_for(url: httpx.URL) -> str:
    """Name the place of a URL as a list would."""
    scheme, host, port = _origin(url)
    return host if (scheme, port) == ("https", _PORTS["https"]) else f"{scheme}://{host}:{port}"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
