"""Discord's rules for application commands as data.

See https://docs.discord.com/developers/interactions/application-commands.
"""

import re
from typing import Final

from sandbox.discord.form_rules import (
    INT32_MAX,
    Findings,
    FormError,
    Path,
    Rule,
    as_list,
    as_object,
    flag,
    listed,
    one_of,
    record,
    snowflake,
    text,
    whole,
)
from sandbox.discord.wire import as_text

SUB_COMMAND: Final = 1
SUB_COMMAND_GROUP: Final = 2
STRING: Final = 3
INTEGER: Final = 4
BOOLEAN: Final = 5
USER: Final = 6
CHANNEL: Final = 7
ROLE: Final = 8
MENTIONABLE: Final = 9
NUMBER: Final = 10
ATTACHMENT: Final = 11
CHAT_INPUT: Final = 1

MOST_CHARACTERS: Final = 8000
MOST_CHOICES: Final = 25
_INT53: Final = 2**53 - 1
_NAME: Final = re.compile(r"[-_'\w]{1,32}")
_LOCALES: Final = frozenset(
    {
        "id",
        "da",
        "de",
        "en-GB",
        "en-US",
        "es-ES",
        "es-419",
        "fr",
        "hr",
        "it",
        "lt",
        "hu",
        "nl",
        "no",
        "pl",
        "pt-BR",
        "ro",
        "fi",
        "sv-SE",
        "vi",
        "tr",
        "cs",
        "el",
        "bg",
        "ru",
        "uk",
        "hi",
        "th",
        "zh-CN",
        "ja",
        "zh-TW",
        "ko",
        "ar",
        "he",
    }
)


def _number(value: object, path: Path) -> Findings:
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield FormError(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not a number.')


def _command_name(value: object, path: Path) -> Findings:
    yield from text(1, 32)(value, path)
    name = as_text(value)
    if name and (not _NAME.fullmatch(name) or name != name.lower()):
        message = "Command name is invalid: lower-case letters, digits, '-', '_' and apostrophes only"
        yield FormError(path, "APPLICATION_COMMAND_INVALID_NAME", message)


def _localised(rule: Rule) -> Rule:
    def check(value: object, path: Path) -> Findings:
        for locale, words in (as_object(value) or {}).items():
            if locale not in _LOCALES:
                yield FormError((*path, locale), "SANDBOX_UNKNOWN_LOCALE", f"Discord has no locale {locale!r}.")
            yield from rule(words, (*path, locale))

    return check


_DESCRIPTION: Final = text(1, 100)
_CHOICE_NAME: Final = text(1, 100)
_CHOICE_VALUES: Final[dict[int, Rule]] = {STRING: text(0, 100), INTEGER: whole(-_INT53, _INT53), NUMBER: _number}
_OWN_FIELDS: Final[dict[int, dict[str, Rule]]] = {
    STRING: {"min_length": whole(0, 6000), "max_length": whole(1, 6000), "autocomplete": flag},
    INTEGER: {"min_value": whole(-_INT53, _INT53), "max_value": whole(-_INT53, _INT53), "autocomplete": flag},
    NUMBER: {"min_value": _number, "max_value": _number, "autocomplete": flag},
    CHANNEL: {"channel_types": listed(whole(0, INT32_MAX), 0, 25)},
    ATTACHMENT: {"file_types": listed(text(1, 32), 0, 10)},
}


def _choice(kind: int) -> Rule:
    return record(
        {"name": _CHOICE_NAME, "value": _CHOICE_VALUES[kind]}, {"name_localizations": _localised(_CHOICE_NAME)}
    )


def choices_rule(kind: int) -> Rule:
    """The rule for the choices of an option of this type, registered or completed."""
    return listed(_choice(kind), 0, MOST_CHOICES)


def option(value: object, path: Path) -> Findings:
    """One option of a command, with everything below it."""
    kind = (as_object(value) or {}).get("type")
    if isinstance(kind, bool) or not isinstance(kind, int) or not SUB_COMMAND <= kind <= ATTACHMENT:
        yield FormError((*path, "type"), "UNION_TYPE_CHOICES", f"{kind!r} is no type of option.")
        return
    extra: dict[str, Rule] = dict(_OWN_FIELDS.get(kind, {}))
    if kind in _CHOICE_VALUES:
        extra["choices"] = choices_rule(kind)
    if kind in {SUB_COMMAND, SUB_COMMAND_GROUP}:
        extra["options"] = options
    rule = record(
        {"type": whole(SUB_COMMAND, ATTACHMENT), "name": _command_name, "description": _DESCRIPTION},
        {
            "name_localizations": _localised(_command_name),
            "description_localizations": _localised(_DESCRIPTION),
            "required": flag,
            **extra,
        },
    )
    yield from rule(value, path)


def options(value: object, path: Path) -> Findings:
    """The options of a command: at most 25, names unique, required ones first."""
    yield from listed(option, 0, 25)(value, path)
    seen: set[object] = set()
    is_past_required = False
    for index, item in enumerate(as_list(value)):
        fields = as_object(item) or {}
        if fields.get("name") in seen:
            yield FormError((*path, index, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", "Names must be unique.")
        seen.add(fields.get("name"))
        if fields.get("required") and is_past_required:
            message = "Required options must be placed before non-required options"
            place = (*path, index, "required")
            yield FormError(place, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        is_past_required = is_past_required or not fields.get("required")


def permission_bits(value: object, path: Path) -> Findings:
    """A set of permissions, as digits or a number."""
    if isinstance(value, bool) or not str(value).isdecimal():
        yield FormError(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is no set of permissions.')


_COMMON: Final[dict[str, Rule]] = {
    "id": snowflake,
    "default_member_permissions": permission_bits,
    "dm_permission": flag,
    "default_permission": flag,
    "nsfw": flag,
    "contexts": listed(one_of(0, 1, 2), 0, 3),
    "integration_types": listed(one_of(0, 1), 1, 2),
    "handler": one_of(1, 2),
}
_SLASH: Final = record(
    {"name": _command_name, "description": _DESCRIPTION},
    {
        **_COMMON,
        "type": one_of(1),
        "name_localizations": _localised(_command_name),
        "description_localizations": _localised(_DESCRIPTION),
        "options": options,
    },
)
_MENU: Final = record(
    {"name": text(1, 32), "type": one_of(2, 3)},
    {
        **_COMMON,
        "name_localizations": _localised(text(1, 32)),
        "description": text(0, 0),
        "description_localizations": _localised(text(0, 0)),
        "options": listed(option, 0, 0),
    },
)


def command(value: object, path: Path) -> Findings:
    """One application command."""
    fields = as_object(value) or {}
    rule = _SLASH if fields.get("type", CHAT_INPUT) in {None, CHAT_INPUT} else _MENU
    yield from rule(value, path)
    size = _characters(fields)
    if size > MOST_CHARACTERS:
        message = f"Command exceeds maximum size ({MOST_CHARACTERS}): {size}"
        yield FormError(path, "APPLICATION_COMMAND_TOO_LARGE", message)


def _characters(fields: object) -> int:
    """The characters of names, descriptions and values; of localisations, the longest counts."""
    item = as_object(fields) or {}
    own = sum(
        max([len(as_text(item.get(key))), *(len(as_text(words)) for words in _translations(item, key))])
        for key in ("name", "description", "value")
    )
    return own + sum(_characters(child) for key in ("options", "choices") for child in as_list(item.get(key)))


def _translations(item: object, key: str) -> list[object]:
    return list((as_object((as_object(item) or {}).get(f"{key}_localizations")) or {}).values())
