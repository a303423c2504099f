"""Names of threads: words for what only a message shows, and nothing that cannot be seen."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ui.markdown import ELLIPSIS, LONGEST_CLUSTER, cut, utf16_length
from bot.ui.thread_name import NAME_LIMIT, thread_name

NAMES = {("@&", 7): "@Painters", ("#", 8): "#art", ("@", 9): "@Remixer", ("@!", 9): "@Remixer"}
MARK, ZERO_WIDTH_NON_JOINER, JOINER = "\u0334", "\u200c", "\u200d"
FAMILY = "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
KISS = (
    "\N{WOMAN}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}\N{ZERO WIDTH JOINER}\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}"
    "\N{ZERO WIDTH JOINER}\N{KISS MARK}\N{ZERO WIDTH JOINER}\N{MAN}\N{EMOJI MODIFIER FITZPATRICK TYPE-6}"
)
ENGLAND = "\N{WAVING BLACK FLAG}" + "".join(chr(0xE0000 + ord(letter)) for letter in "gbeng\x7f")
SCRIPTS = ["tiếng Việt", "שָׁלוֹם", "กำลังวาด", "हिन्दी में", "ཧྐྵྨླྺྼྻྂ", "می‌خواهم", "日本語", "한국어", FAMILY, KISS, ENGLAND]
SNOWFLAKE = st.integers(0, 2**64 - 1)
FORMS = st.one_of(
    SNOWFLAKE.map("<@{}>".format),
    SNOWFLAKE.map("<@!{}>".format),
    SNOWFLAKE.map("<@&{}>".format),
    SNOWFLAKE.map("<#{}>".format),
    SNOWFLAKE.map("<:cat:{}>".format),
    SNOWFLAKE.map("<a:cat:{}>".format),
    SNOWFLAKE.map("</jobs list:{}>".format),
    st.sampled_from(["<t:1700000000>", "<t:-1:R>", "<id:customize>", "<id:linked-roles:123>"]),
)


def naming(kind: str, number: int) -> str | None:
    """Know four names."""
    return NAMES.get((kind, number))


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("make <@&7> happy in <#8>, says <@9>", "make @Painters happy in #art, says @Remixer"),
        ("as <@!9> would", "as @Remixer would"),
        ("make <@123456789012345678> dance", "make dance"),
        ("<#1> <@&2> <@3> a sunset", "a sunset"),
        ("a <:party_cat:123> and <a:spin:456>", "a :party_cat: and :spin:"),
        ("like </remix:99>, or </jobs list:99>", "like /remix, or /jobs list"),
        ("at <t:1700000000:R> in <id:customize>", "at in"),
        ("<\u200b@123> under\u202e cover", "under cover"),
        ("1 < 2, a <b> c, <@me>", "1 < 2, a <b> c, <@me>"),
    ],
)
def test_what_only_a_message_shows_becomes_words_or_is_left_out(prompt: str, name: str) -> None:
    assert thread_name(prompt, naming) == name


@pytest.mark.parametrize(
    "prompt",
    [
        "\u0301" * 4000,
        "\u0489\u20dd\ufe0f\u034f",
        "\u0903\u093e",
        "\u200b\u200e\u202e\u2060\ufeff\xad",
        "\u200c\u200d" * 50,
        "\x00\x07\x1b \t\n",
        "\ud800\udfff",
        "\ue000\U000f0000",
        "\u115f\u1160\u3164\uffa0\u2800",
        "\U000e0067\U000e0062\U000e007f",
        "\u2028\u2029\u3000\xa0",
        "<@123> <#456>",
        "",
    ],
)
def test_what_shows_nothing_makes_no_name(prompt: str) -> None:
    assert thread_name(prompt) == ""


@pytest.mark.parametrize("mark", [MARK, "\u0489", f"{MARK}{ZERO_WIDTH_NON_JOINER}", ZERO_WIDTH_NON_JOINER, JOINER])
def test_a_tower_of_marks_is_lowered_so_that_the_words_have_room(mark: str) -> None:
    name = thread_name("".join(f"{letter}{mark * 500}" for letter in "a cat"))
    assert "".join(sign for sign in name if sign.isalpha() or sign == " ") == "a cat"
    assert utf16_length(name) <= NAME_LIMIT


@pytest.mark.parametrize("words", SCRIPTS)
def test_living_scripts_and_emoji_stay_as_they_are(words: str) -> None:
    assert thread_name(words) == words


def test_marks_before_the_first_letter_stand_on_nothing() -> None:
    assert thread_name(f"{MARK * 3}\u200dcat") == "cat"


@given(st.lists(st.one_of(FORMS, st.text(max_size=6), st.sampled_from([MARK * 40, FAMILY, " "]))).map("".join))
def test_a_name_fits_and_shows_something_and_no_number_of_a_mention(prompt: str) -> None:
    name = thread_name(prompt, naming)
    assert utf16_length(name) <= NAME_LIMIT
    assert not re.search(r"<(@[!&]?|#|a?:\w+:|t:)\d+", name)
    assert name == name.strip()
    assert name != ELLIPSIS
    assert not name or any(unicodedata.category(sign)[0] in "LNPS" for sign in name)


@given(
    st.text(
        alphabet=st.sampled_from(["a", MARK, JOINER, ZERO_WIDTH_NON_JOINER, "\U0001f3fd", "\U000e0067", "👩"]),
        min_size=1,
    )
)
def test_one_character_never_takes_all_the_room_of_what_is_cut(text: str) -> None:
    assert cut(text, 2 * LONGEST_CLUSTER + 1) != ELLIPSIS
