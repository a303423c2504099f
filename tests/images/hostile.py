"""The program that decodes, taken over by a picture: it tries what an attacker would, and answers what it got.

``python -m tests.images.hostile`` runs it, on a kernel that lacks what is named behind. The picture is JSON with the
places of what may be stolen.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.errors import InputRefused
from bot.images import convert
from tests.images.old_kernel import pretend

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.domain.picture import Mended, PictureLimits

BOT: Final = os.getppid()
LIBRARY: Final = ctypes.CDLL(None, use_errno=True)
_ATTACH, _DETACH = 16, 17


def _trace(_: Mapping[str, Any]) -> None:
    if LIBRARY.ptrace(_ATTACH, BOT, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")
    os.waitpid(BOT, 0)
    LIBRARY.ptrace(_DETACH, BOT, None, None)


def _database(targets: Mapping[str, Any]) -> object:
    return sqlite3.connect(targets["database"]).execute("SELECT word FROM secrets").fetchone()[0]


def _tcp(targets: Mapping[str, Any]) -> None:
    socket.create_connection(("127.0.0.1", targets["port"]), timeout=5).close()


def _udp(targets: Mapping[str, Any]) -> int:
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"stolen", ("127.0.0.1", targets["port"]))


DEEDS: Final[Mapping[str, Callable[[Mapping[str, Any]], object]]] = {
    "own environment": lambda _: {name: word for name, word in os.environ.items() if name != "LC_CTYPE"} or 1 / 0,
    "the bot's environment": lambda _: len(Path(f"/proc/{BOT}/environ").read_bytes()),
    "the bot's memory": lambda _: Path(f"/proc/{BOT}/mem").open("rb").close(),
    "the bot traced": _trace,
    "the database": _database,
    "a third file": lambda targets: Path(targets["third"]).read_text(),
    "a folder": lambda targets: [one.name for one in Path(targets["folder"]).iterdir()],
    "a new file": lambda targets: Path(targets["folder"], "new").write_text("stolen"),
    "TCP": _tcp,
    "UDP": _udp,
    "a signal": lambda _: os.kill(BOT, signal.SIGCONT),
    "another program": lambda _: subprocess.check_call(["/bin/true"]),
}


def steal(data: bytes, _limits: PictureLimits) -> tuple[Mended, bytes | None]:
    """Try everything, where the decoder would work."""
    targets, got = json.loads(data), dict[str, str]()
    for name, deed in DEEDS.items():
        try:
            got[name] = repr(deed(targets))
        except Exception as error:  # noqa: BLE001 - however it is refused
            print(name, type(error).__name__, error, file=sys.stderr)  # noqa: T201 - to see why, run it by hand
    raise InputRefused("cannot_be_mended", json.dumps(got))


if __name__ == "__main__":
    if sys.argv[1:]:
        pretend(sys.argv[1:])
    convert.mend = steal
    sys.exit(convert.main())
