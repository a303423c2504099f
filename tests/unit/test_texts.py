"""Every text that is asked for exists, every text that exists is asked for, and values are shown as a language does."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

import pytest

from bot.domain.catalog import load_catalog
from bot.domain.remix_request import Input, RemixRequest
from bot.errors import InvalidRequest, QuotaExceeded, Refused
from bot.ui import phrases, texts
from bot.ui.phrases import FALLBACK, LANGUAGES, en_cards, en_commands, en_gallery, en_notices, en_refusals
from bot.ui.phrases.phrase import Plural
from bot.ui.texts import explain, file_type, has, permission, say
from tests.unit.job_builder import LATER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.ui.phrases.phrase import Phrase

ROOT = Path(__file__).parents[2]
ENGLISH = LANGUAGES[FALLBACK].phrases
RAISED = {
    "InvalidRequest": "problem",
    "refusal_of": "problem",
    "InputRefused": "problem",
    "Refused": "refused",
    "QuotaExceeded": "quota",
}
WORD_AT = {"InvalidRequest": 1, "refusal_of": 1, "InputRefused": 0, "Refused": 0, "QuotaExceeded": 0}
"""Where in its call each error names the word that becomes part of a key."""


def sources(*folders: str) -> Iterator[ast.AST]:
    """The product's modules, without the phrases themselves."""
    own = Path(phrases.__file__).parent
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if own not in path.parents:
                yield ast.parse(path.read_text(encoding="utf-8"), str(path))


def called(node: ast.AST) -> str:
    """The plain name of what is called, if anything is."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def raised_keys() -> set[str]:
    """The keys of every error that the product raises with a literal word."""
    found: set[str] = set()
    for tree in sources("bot", "cogs"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (name := called(node)) in RAISED and len(node.args) > WORD_AT[name]:
                word = node.args[WORD_AT[name]]
                if isinstance(word, ast.Constant):
                    found.add(f"{RAISED[name]}.{word.value}")
    return found


def literals() -> set[str]:
    """Every string in the user interface's code."""
    nodes = (node for tree in sources("bot/ui", "cogs") for node in ast.walk(tree))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def built_prefixes() -> set[str]:
    """The beginnings of keys that are built in the code: ``problem.`` of ``f"problem.{...}"``."""
    found: set[str] = set()
    for tree in sources("bot/ui", "cogs"):
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                found.add(str(node.values[0].value))
    return {prefix for prefix in found if re.fullmatch(r"[a-z_]+(\.[a-z_]+)*\.", prefix)}


def test_every_key_that_is_asked_for_by_name_exists() -> None:
    asked = {
        node.args[0].value
        for tree in sources("bot/ui", "cogs")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and called(node) in ("say", "words")
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert asked
    assert asked - ENGLISH.keys() == set()


def test_every_phrase_is_used() -> None:
    used = literals() | raised_keys()
    prefixes = tuple(built_prefixes() - {"problem.", "refused.", "quota."})
    unused = {key for key in ENGLISH if key not in used and not key.startswith(prefixes)}
    assert unused == set()


def test_every_error_that_is_raised_has_its_text() -> None:
    keys = raised_keys()
    assert {
        "problem.no_images",
        "refused.paused",
        "quota.again",
        "problem.empty_file",
        "problem.too_few_pixels",
    } <= keys
    assert {key for key in keys if not has(key)} == set()


@pytest.mark.parametrize("key", sorted(ENGLISH))
def test_a_phrase_is_whole_and_its_placeholders_are_named(key: str) -> None:
    for form in forms(ENGLISH[key]):
        fields = [name for _, name, _, _ in Formatter().parse(form) if name is not None]
        assert all(name.isidentifier() for name in fields)
        assert "!" not in form


def test_no_key_stands_in_two_files() -> None:
    catalogs = (en_cards, en_commands, en_gallery, en_notices, en_refusals)
    files = [one.PHRASES for one in catalogs]
    assert sum(map(len, files)) == len(ENGLISH)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_has_the_keys_and_the_placeholders_of_english(language: str) -> None:
    for key, phrase in LANGUAGES[language].phrases.items():
        assert placeholders(phrase) <= placeholders(ENGLISH[key])


def forms(phrase: Phrase) -> list[str]:
    """All forms of a phrase."""
    if isinstance(phrase, Plural):
        return [form for form in (phrase.one, phrase.few, phrase.many, phrase.other) if form is not None]
    return [phrase]


def placeholders(phrase: Phrase) -> set[str]:
    """The values that a phrase asks for."""
    counted = {phrase.by} if isinstance(phrase, Plural) else set[str]()
    return counted | {name for form in forms(phrase) for _, name, _, _ in Formatter().parse(form) if name}


# --- errors of the real catalog ---------------------------------------------------------------------------------------

GOOD = Input("https://cdn.discordapp.com/a.png", "a.png", "image/png", 1000, 640, 480)
BAD_INPUTS = [
    Input("https://x/a", "a.png", "image/png", 0, 640, 480),
    Input("https://x/a", "a.png", "image/png", 100_000_001, 640, 480),
]
BAD_REQUESTS: list[tuple[str, tuple[Input, ...], dict[str, str | float | bool]]] = [
    *(("p", (one,), {}) for one in BAD_INPUTS),
    ("p", (), {}),
    ("p", (GOOD,) * 11, {}),
    (" ", (GOOD,), {}),
    ("p" * 801, (GOOD,), {}),
    ("p", (GOOD,), {"size": "huge", "scale": 2.5, "single": "yes", "seed": 1}),
    ("p", (GOOD,), {"size": 7.5, "scale": "much"}),
    ("p", (GOOD,), {"scale": True}),
    ("p", (GOOD,), {"scale": float("nan")}),
]


@pytest.mark.parametrize(("prompt", "inputs", "options"), BAD_REQUESTS)
def test_whatever_the_models_rules_find_is_explained(
    prompt: str, inputs: tuple[Input, ...], options: dict[str, str | float | bool]
) -> None:
    for model in load_catalog(None).values():
        problems = model.problems(RemixRequest(model.id, prompt, inputs, options))
        assert problems
        for problem in problems:
            text = explain(problem, "en-US")
            assert text != say("problem.other", "en-US")
            assert "{" not in text


def test_problems_that_were_found_together_are_said_together_up_to_five() -> None:
    found = [InvalidRequest(f"image{n}", "empty_file", values={"number": n, "filename": "a.png"}) for n in range(1, 11)]
    found[0].also = tuple(found[1:])
    lines = explain(found[0], "en-US").splitlines()
    assert [line.split(" (")[0] for line in lines[:5]] == [f"Image {n}" for n in range(1, 6)]
    assert lines[5:] == ["5 more images cannot be used."]
    assert len("\n".join(lines)) < 2000


def test_a_hostile_file_name_neither_pings_nor_breaks_a_line() -> None:
    values: dict[str, object] = {"number": 1, "filename": "@everyone\n**x**" + "y" * 300}
    text = explain(InvalidRequest("image1", "empty_file", values=values), "en-US")
    assert "@everyone" not in text
    assert "\n" not in text
    assert "**" not in text.replace("\\*", "")
    assert len(text) < 200


# --- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", ["en-US", "en-GB", "ko", "xx", ""])
def test_a_language_that_we_lack_is_answered_in_english(locale: str) -> None:
    assert say("button.cancel", locale) == "Cancel"


def test_numbers_are_grouped_and_counted() -> None:
    assert "1 remix before" in say("state.waiting_behind", "en", count=1)
    assert "1,234 remixes before" in say("state.waiting_behind", "en", count=1234)


@pytest.mark.parametrize(
    ("micros", "text"), [(30_000, "$0.03"), (32_500, "$0.0325"), (1_234_500_000, "$1,234.50"), (1, "$0.000001")]
)
def test_money_is_shown_with_all_that_it_says(micros: int, text: str) -> None:
    assert say("details.cost", "en", cost=micros).endswith(text)


@pytest.mark.parametrize(
    ("took", "text"),
    [
        (timedelta(seconds=-1), "0 s"),
        (timedelta(seconds=59.4), "59 s"),
        (timedelta(seconds=59.6), "1 min 0 s"),
        (timedelta(minutes=61, seconds=5), "1 h 1 min"),
        (timedelta(days=1), "24 h 0 min"),
    ],
)
def test_durations_are_said_in_two_units(took: timedelta, text: str) -> None:
    assert say("details.painted", "en", took=took).endswith(f" {text}")


@pytest.mark.parametrize(
    ("names", "text"), [(["a"], "a"), (["a", "b"], "*A* and *B*"), (["a", "b", "c"], "*A*, *B* and *C*")]
)
def test_lists_are_joined_as_people_do(names: list[str], text: str) -> None:
    found = explain(Refused("missing_permissions", values={"names": names, "channel_id": 1}), "en")
    assert (text if len(names) > 1 else "*A*") in found


def test_moments_become_discords_own_time_stamps() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert say("state.painting", "en", at=at).endswith(f"<t:{int(at.timestamp())}:R>.")
    assert f"<t:{int(LATER.timestamp())}:R>" in explain(QuotaExceeded("again", resets_at=LATER), "en")


def test_nothing_is_no_word_for_a_reader() -> None:
    with pytest.raises(TypeError):
        say("state.painting", "en", at=None)
    with pytest.raises(TypeError):
        say("state.waiting_behind", "en", count="many")
    with pytest.raises(KeyError):
        say("no.such.key", "en")


@pytest.mark.parametrize(
    ("declared", "name"),
    [("image/webp", "WebP"), ("IMAGE/PNG; charset=x", "PNG"), ("webp", "WebP"), ("unknown", None), (None, None)],
)
def test_types_are_named_as_people_do(declared: object, name: str | None) -> None:
    assert file_type(declared) == name


def test_permissions_are_named_as_in_discords_settings() -> None:
    assert permission("create_public_threads", "en") == "*Create Public Threads*"
    assert permission("manage_threads", "en") == "*Manage Threads*"


def test_the_module_that_speaks_is_the_only_reader_of_the_phrases() -> None:
    readers = [
        path.relative_to(ROOT).as_posix()
        for folder in ("bot", "cogs")
        for path in (ROOT / folder).rglob("*.py")
        if "LANGUAGES" in path.read_text(encoding="utf-8") and Path(phrases.__file__).parent not in path.parents
    ]
    assert readers == [Path(texts.__file__).relative_to(ROOT).as_posix()]
