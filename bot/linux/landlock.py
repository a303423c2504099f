"""Landlock: a process gives up every path and TCP for itself and whatever it starts, for good.

Files that are open already stay usable. A process in such a domain cannot trace one outside it, nor read that one's
``/proc`` entries that need the right to trace.

Source: https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
import struct
from typing import Final

from bot.linux.system_calls import IS_LINUX, forbid_new_privileges, system_call

_CREATE_RULESET: Final = 444
_RESTRICT_SELF: Final = 446
"""The numbers of these calls are the same on every architecture."""
_ASK_FOR_VERSION: Final = 1

_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 5: 16}
"""How many rights to files there are since which version; they are the lowest bits."""
_NETWORK_SINCE: Final = 4
_BIND_AND_CONNECT_TCP: Final = 0b11
_SCOPES_SINCE: Final = 6
_ABSTRACT_SOCKETS_AND_SIGNALS: Final = 0b11


def version() -> int:
    """Ask which version of Landlock the kernel has; 0 where it has none, or where it is switched off."""
    if not IS_LINUX:
        return 0
    try:
        return system_call(_CREATE_RULESET, None, 0, _ASK_FOR_VERSION)
    except OSError:
        return 0


def give_up_paths(known: int) -> None:
    """Open no path and no TCP connection any more, with everything that this version can forbid.

    Args:
        known: The version, as :func:`version` says; not 0.

    Raises:
        OSError: The kernel refused.
    """
    rights = max(count for since, count in _FILE_RIGHTS.items() if since <= known)
    words = [(1 << rights) - 1]
    if known >= _NETWORK_SINCE:
        words.append(_BIND_AND_CONNECT_TCP)
    if known >= _SCOPES_SINCE:
        words.append(_ABSTRACT_SOCKETS_AND_SIGNALS)
    attributes = struct.pack(f"={len(words)}Q", *words)
    ruleset = system_call(_CREATE_RULESET, ctypes.create_string_buffer(attributes, len(attributes)), len(attributes), 0)
    try:
        forbid_new_privileges()
        system_call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
