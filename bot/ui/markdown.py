"""Words of strangers, made harmless: what members typed is shown as they typed it, and does nothing else.

Text displays are full Discord markdown and mention people. Two defences stand behind each other: every message names
the people that it may ping (``allowed_mentions``), and every foreign word passes through here first.
Source: https://docs.discord.com/developers/components/reference#text-display
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Naming = Callable[[str, int], str | None]
    """Says the name behind a mention, by its kind (``@``, ``@!``, ``@&`` or ``#``) and its id."""

ELLIPSIS: Final = "…"
LONGEST_CLUSTER: Final = 16
"""Of how many signs one character consists at most; emoji and scripts need ten. A longer one would leave no room."""
_WORD_JOINER: Final = "\u2060"
_ZERO_WIDTH_JOINER: Final = "\u200d"
_KEPT_FORMATS: Final = frozenset({"\u200c", _ZERO_WIDTH_JOINER})
"""Persian and Indic scripts need the one, joined emoji both; between other signs they are harmless."""
_SPECIAL: Final = frozenset("\\`*_~|<>[]#:")
"""Signs that begin markdown, an emoji, a link (also a bare one) or a time stamp anywhere in a line."""
_LIST_SIGN: Final = re.compile(r"[-+]|\d+[.)]")
"""What would begin a list; headings and quotes begin with signs that are escaped everywhere."""
_ADDRESS: Final = re.compile(r"(?:https?://|data:[a-z]+/)[^\s'\"<>)\]]+", re.IGNORECASE)
_FORM: Final = re.compile(
    r"<(?:"
    r"(?P<kind>@[!&]?|\#)(?P<id>\d{1,20})"
    r"|a?:(?P<emoji>\w{1,32}):\d{1,20}"
    r"|/(?P<command>[^<>:]{1,100}):\d{1,20}"
    r"|t:-?\d{1,17}(?::[A-Za-z])?"
    r"|id:[\w-]{1,40}(?::\d{1,20})?"
    r")>"
)
"""What Discord shows as something else in a message.

Source: https://docs.discord.com/developers/reference#message-formatting
"""
_SPACES: Final = re.compile(r"\s+")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co"})
"""Control, format (direction, zero width), lone surrogates, private use; unassigned signs may be new emoji."""
_ATTACHED: Final = frozenset({"Mn", "Me", "Mc"})
_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)
_TAGS: Final = range(0xE0020, 0xE0080)
_FLAGS: Final = range(0x1F1E6, 0x1F200)


def flatten(text: str) -> str:
    """Put text on one line, without control, direction and invisible signs; markdown stays as it is.

    For places that show no markdown: labels, names of threads, alternative texts.
    """
    kept = "".join(sign for sign in _SPACES.sub(" ", text) if _is_shown(sign))
    return _SPACES.sub(" ", kept).strip()


def without_mentions(text: str, naming: Naming | None = None) -> str:
    """Flatten, and put words in place of what only a message shows: mentions, custom emoji, time stamps.

    Args:
        text: A stranger's words.
        naming: Names what is mentioned; what has no name is left out, for its number says nothing.
    """
    return flatten(_FORM.sub(lambda form: _words_of(form, naming), flatten(text)))


def cut(text: str, limit: int) -> str:
    """Shorten text to at most ``limit`` UTF-16 units, with an ellipsis where something is missing.

    Discord does not say whether it counts code points or UTF-16 units; the latter are never fewer.
    """
    return _fit(_clusters(text), limit)


def plain(text: str, *, limit: int) -> str:
    """Flatten and shorten."""
    return cut(flatten(text), limit)


def escape(text: str, *, limit: int) -> str:
    """Flatten, take the effect from every sign of markdown and every mention, and shorten.

    Args:
        text: A stranger's words.
        limit: The most UTF-16 units of the answer; an escape or a visible character is never torn apart.
    """
    flat = flatten(text)
    begins_list = _LIST_SIGN.match(flat)
    pieces = [_escape_cluster(cluster) for cluster in _clusters(flat)]
    if begins_list is not None:
        sign = begins_list.end() - 1
        pieces[sign] = f"\\{pieces[sign]}"
    return _fit(iter(pieces), limit)


def quote(text: str, *, limit: int) -> str:
    """Show a stranger's words as a quotation of one line."""
    return f"> {escape(text, limit=limit - 2)}"


def without_addresses(text: str) -> str:
    """Leave out the addresses in a stranger's words: they say nothing to a reader, and may open a private picture."""
    return _ADDRESS.sub(ELLIPSIS, text)


def utf16_length(text: str) -> int:
    """Count UTF-16 units: an emoji is two."""
    return len(text) + sum(sign > "\uffff" for sign in text)


def _words_of(form: re.Match[str], naming: Naming | None) -> str:
    if form["emoji"] is not None:
        return f":{form['emoji']}:"
    if form["command"] is not None:
        return f"/{form['command']}"
    if form["kind"] is None or naming is None:
        return " "
    return naming(form["kind"], int(form["id"])) or " "


def _is_shown(sign: str) -> bool:
    return sign in _KEPT_FORMATS or ord(sign) in _TAGS or unicodedata.category(sign) not in _HIDDEN


def _escape_cluster(cluster: str) -> str:
    if cluster[0] == "@":
        # Discord looks for mentions before it looks at backslashes; an invisible sign behind the @ does help.
        return f"{cluster}{_WORD_JOINER}"
    if cluster[0] in _SPECIAL:
        return f"\\{cluster}"
    return cluster


def _clusters(text: str) -> Iterator[str]:
    """Part text into what a reader takes for one character: a simple form of Unicode's grapheme clusters."""
    cluster = ""
    for sign in text:
        if cluster and (len(cluster) == LONGEST_CLUSTER or not _continues(cluster, sign)):
            yield cluster
            cluster = ""
        cluster += sign
    if cluster:
        yield cluster


def _continues(cluster: str, sign: str) -> bool:
    code = ord(sign)
    if unicodedata.category(sign) in _ATTACHED or code in _SKIN_TONES or code in _TAGS:
        return True
    if sign in _KEPT_FORMATS or (cluster[-1] == _ZERO_WIDTH_JOINER and unicodedata.category(sign) == "So"):
        return True
    return code in _FLAGS and len(cluster) == 1 and ord(cluster) in _FLAGS


def _fit(pieces: Iterator[str], limit: int) -> str:
    """Join as many pieces as fit, with an ellipsis in place of the rest."""
    kept: list[str] = []
    used = roomy = 0
    for piece in pieces:
        used += utf16_length(piece)
        if used > limit:
            return f"{''.join(kept[:roomy]).rstrip()}{ELLIPSIS}" if limit > 0 else ""
        kept.append(piece)
        if used <= limit - len(ELLIPSIS):
            roomy = len(kept)
    return "".join(kept)
