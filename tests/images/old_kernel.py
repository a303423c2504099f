"""A kernel that lacks Landlock or seccomp: a filter answers "not implemented" to their calls, as such a kernel does.

``python -m tests.images.old_kernel`` is the program that decodes, on a kernel that has neither.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys
from typing import TYPE_CHECKING, Final

from bot.images import convert
from bot.linux.system_calls import forbid_new_privileges, prctl

if TYPE_CHECKING:
    from collections.abc import Iterable

CALLS: Final = {"Landlock": 444, "seccomp": {"x86_64": 317, "aarch64": 277}[platform.machine()]}

_SET_SECCOMP, _FILTER = 22, 2
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.ENOSYS


def pretend(lacking: Iterable[str] = tuple(CALLS)) -> None:
    """Be without these for the rest of this process's life."""
    blocks = [struct.pack("=HBBIHBBI", _JUMP_IF_EQUAL, 0, 1, CALLS[name], _RETURN, 0, 0, _REFUSE) for name in lacking]
    program = struct.pack("=HBBI", _LOAD, 0, 0, 0) + b"".join(blocks) + struct.pack("=HBBI", _RETURN, 0, 0, _ALLOW)
    instructions = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions))
    held = ctypes.create_string_buffer(header, len(header))
    forbid_new_privileges()
    prctl(_SET_SECCOMP, _FILTER, ctypes.addressof(held))


if __name__ == "__main__":
    pretend()
    sys.exit(convert.main())
