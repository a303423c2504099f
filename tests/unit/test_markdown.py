"""Words of strangers do nothing but show themselves."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ui.markdown import ELLIPSIS, cut, escape, flatten, plain, quote, utf16_length

MENTION = re.compile(r"@everyone|@here|<@[!&]?\d+>|<#\d+>|<(?:a?:\w+|t|id):|</[\w -]+:\d+>|<https?:|(?<!\\)\]\(")
"""What Discord acts on in raw text; a backslash before the angle is no defence against its search for mentions."""
BARE_LINK = re.compile(r"https?://")
ATTACKS = [
    "@everyone",
    "@here",
    "<@123>",
    "<@!123>",
    "<@&123>",
    "<#123>",
    "</remix:123>",
    "<t:1700000000:R>",
    "<a:spin:123>",
    "<:smile:123>",
    "<id:customize>",
    "<https://evil.example>",
    "https://evil.example",
    "[good](https://evil.example)",
    "**b**",
    "||spoiler||",
    "```code```",
    "# heading",
    "-# small",
    "> quote",
    ">>> quotes",
    "- list",
    "1. list",
    "\u202eevil",
    "@\u200beveryone",
    "@\u00adeveryone",
    "a\nb",
]
NASTY = st.lists(st.one_of(st.sampled_from(ATTACKS), st.text(max_size=8))).map("".join)


def unescaped(text: str) -> str:
    """What a reader sees: a backslash before punctuation vanishes, and so does the invisible joiner."""
    return re.sub(r"\\([^A-Za-z0-9\s])", r"\1", text).replace("\u2060", "")


@given(NASTY, st.integers(0, 120))
def test_nothing_active_survives_and_the_limit_holds(text: str, limit: int) -> None:
    safe = escape(text, limit=limit)
    assert not MENTION.search(safe)
    assert not BARE_LINK.search(safe)
    assert utf16_length(safe) <= limit
    assert "\n" not in safe


@given(NASTY)
def test_every_sign_of_markdown_is_behind_a_backslash(text: str) -> None:
    safe = escape(text, limit=10_000)
    without_escapes = re.sub(r"\\[^A-Za-z0-9\s]", "", safe)
    assert not re.search(r"[\\`*_~|<>\[\]#]", without_escapes)
    assert not re.match(r"[-+]|\d+[.)]", safe)


@given(NASTY)
def test_a_reader_sees_the_words_as_they_were_typed(text: str) -> None:
    assert unescaped(escape(text, limit=10_000)) == flatten(text)


@given(st.text(), st.integers(1, 40))
def test_what_is_cut_ends_in_an_ellipsis_and_fits(text: str, limit: int) -> None:
    short = cut(text, limit)
    assert utf16_length(short) <= limit
    assert short == text or short.endswith(ELLIPSIS)
    assert text.startswith(short.removesuffix(ELLIPSIS))


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_cut_never_splits_an_escape(attack: str) -> None:
    for limit in range(1, 40):
        short = escape(attack, limit=limit).removesuffix(ELLIPSIS)
        assert not re.search(r"(?<!\\)(?:\\\\)*\\$", short)


@pytest.mark.parametrize(
    "character",
    [
        "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}",
        "\N{THUMBS UP SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}",
        "e\N{COMBINING ACUTE ACCENT}",
        "\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}",
        "\N{REGIONAL INDICATOR SYMBOL LETTER K}\N{REGIONAL INDICATOR SYMBOL LETTER R}",
    ],
)
def test_a_cut_never_splits_what_a_reader_takes_for_one_character(character: str) -> None:
    for limit in range(1, utf16_length(character) * 3 + 1):
        short = cut(character * 3, limit).removesuffix(ELLIPSIS)
        assert short == character * (len(short) // len(character))


@given(st.text())
def test_flat_text_holds_one_line_and_nothing_hidden(text: str) -> None:
    flat = flatten(text)
    assert flat == " ".join(flat.split())
    hidden = {sign for sign in flat if unicodedata.category(sign) in {"Cc", "Cs", "Co", "Zl", "Zp"}}
    assert not hidden
    assert not set(flat) & set("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")


def test_emoji_and_joined_scripts_stay_whole() -> None:
    family = "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
    persian = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert plain(f"{family} {persian}", limit=80) == f"{family} {persian}"


def test_a_quotation_stays_one_line_within_its_limit() -> None:
    text = quote("# one\n\n> two " * 99, limit=50)
    assert text.startswith(r"> \# one \> two")
    assert text.endswith(ELLIPSIS)
    assert utf16_length(text) <= 50
    assert "\n" not in text
