"""What a field of a request may hold, said as small rules that are put together into whole forms.

A rule takes a value and the path that leads to it, and yields what is wrong with it. Codes and messages are those that
Discord's 50035 answers show (https://docs.discord.com/developers/reference#error-messages). Discord publishes no list
of them: where we know none, the code begins with ``SANDBOX_`` and is ours.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast
from urllib.parse import urlsplit

Path: TypeAlias = tuple[str | int, ...]
Json: TypeAlias = Mapping[str, object]


@dataclass(frozen=True)
class FormError:
    """One complaint about one field.

    Args:
        path: keys and indices that lead to the field, outermost first.
        code: Discord's name of the complaint, e.g. ``BASE_TYPE_MAX_LENGTH``.
        message: the sentence that goes with it.
    """

    path: Path
    code: str
    message: str


Findings: TypeAlias = Iterator[FormError]
Rule: TypeAlias = Callable[[object, Path], Findings]

INT32_MAX = 2**31 - 1
SNOWFLAKE_MAX = 2**63 - 1


def form_errors_tree(errors: Sequence[FormError]) -> dict[str, object]:
    """Nest complaints as the ``errors`` object of a Discord 50035 answer does.

    Args:
        errors: the complaints, in the order in which they are to be told.
    """
    tree: dict[str, object] = {}
    for error in errors:
        node = tree
        for key in error.path:
            node = cast("dict[str, object]", node.setdefault(str(key), {}))
        told = cast("list[dict[str, str]]", node.setdefault("_errors", []))
        told.append({"code": error.code, "message": error.message})
    return tree


def as_object(value: object) -> Json | None:
    """The value as a JSON object, or None when it is none."""
    return cast("Json", value) if isinstance(value, Mapping) else None


def as_list(value: object) -> Sequence[object]:
    """The value as a JSON array; anything else counts as an empty one."""
    return cast("Sequence[object]", value) if isinstance(value, list | tuple) else ()


def required(path: Path) -> FormError:
    """The complaint that a field is missing."""
    return FormError(path, "BASE_TYPE_REQUIRED", "This field is required")


def unknown_field(path: Path) -> FormError:
    """The complaint that a field is none of Discord's. Discord overlooks such fields, which hides misspellings."""
    return FormError(path, "SANDBOX_UNKNOWN_FIELD", "Discord documents no such field here.")


def bad_length(path: Path, size: int, minimum: int, maximum: int) -> Findings:
    """Complain when a length is outside its bounds, in the three wordings Discord has for it."""
    if minimum <= size <= maximum:
        return
    if minimum and maximum and minimum != maximum:
        yield FormError(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {minimum} and {maximum} in length.")
    elif size > maximum:
        yield FormError(path, "BASE_TYPE_MAX_LENGTH", f"Must be {maximum} or fewer in length.")
    else:
        yield FormError(path, "BASE_TYPE_MIN_LENGTH", f"Must be {minimum} or more in length.")


def text(minimum: int, maximum: int) -> Rule:
    """A string of so many characters (code points), bounds included."""

    def rule(value: object, path: Path) -> Findings:
        if not isinstance(value, str):
            yield FormError(path, "STRING_TYPE_CONVERT", f"Could not interpret {value!r} as string.")
        elif minimum and not value:
            yield required(path)
        elif len(value) > maximum:
            yield FormError(path, "BASE_TYPE_MAX_LENGTH", f"Must be {maximum} or fewer in length.")
        else:
            yield from bad_length(path, len(value), minimum, maximum)

    return rule


def whole(minimum: int, maximum: int) -> Rule:
    """An integer within bounds, both included."""

    def rule(value: object, path: Path) -> Findings:
        if not isinstance(value, int) or isinstance(value, bool):
            yield FormError(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
        elif value < minimum:
            yield FormError(path, "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {minimum}.")
        elif value > maximum:
            yield FormError(path, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {maximum}.")

    return rule


def flag(value: object, path: Path) -> Findings:
    """True or false."""
    if not isinstance(value, bool):
        yield FormError(path, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")


def one_of(*choices: str | int) -> Rule:
    """One of a few constants; ``True`` is not the number 1."""

    def rule(value: object, path: Path) -> Findings:
        if isinstance(value, bool) or value not in choices:
            yield FormError(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{', '.join(map(repr, choices))}}}.")

    return rule


def snowflake(value: object, path: Path) -> Findings:
    """An id: digits as a string, or an integer, which Discord takes as well."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    digits = str(value) if is_number or isinstance(value, str) else ""
    if not (digits.isascii() and digits.isdigit() and int(digits) <= SNOWFLAKE_MAX):
        yield FormError(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')


def _url_parts(value: str) -> tuple[str, bool]:
    try:
        parts = urlsplit(value)
    except ValueError:  # an unclosed IPv6 bracket, for one
        return "", False
    return parts.scheme, bool(parts.netloc) and not any(character.isspace() for character in value)


def url(*schemes: str, maximum: int = 2048) -> Rule:
    """A URL with one of the schemes, of at most so many characters."""

    def rule(value: object, path: Path) -> Findings:
        complaints = list(text(1, maximum)(value, path))
        yield from complaints
        if complaints or not isinstance(value, str):
            return
        scheme, has_host = _url_parts(value)
        if not scheme or not has_host:
            yield FormError(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
        elif scheme not in schemes:
            wanted = ", ".join(map(repr, schemes))
            message = f'Scheme "{scheme}" is not supported. Scheme must be one of ({wanted}).'
            yield FormError(path, "URL_TYPE_INVALID_SCHEME", message)

    return rule


def listed(rule: Rule, minimum: int, maximum: int) -> Rule:
    """An array of so many values, each held to one rule."""

    def check(value: object, path: Path) -> Findings:
        if not isinstance(value, list | tuple):
            yield FormError(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return
        items = as_list(cast("object", value))
        yield from bad_length(path, len(items), minimum, maximum)
        for index, item in enumerate(items):
            yield from rule(item, (*path, index))

    return check


def record(needed: Mapping[str, Rule], optional: Mapping[str, Rule]) -> Rule:
    """An object with these fields and no others; optional ones may be null."""

    def check(value: object, path: Path) -> Findings:
        fields = as_object(value)
        if fields is None:
            yield FormError(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
            return
        for key in needed:
            if fields.get(key) is None:
                yield required((*path, key))
        for key, held in fields.items():
            rule = needed.get(key) or optional.get(key)
            if rule is None:
                yield unknown_field((*path, key))
            elif held is not None:
                yield from rule(held, (*path, key))

    return check


def anything(_value: object, _path: Path) -> Findings:
    """No rule: another part of the sandbox, or nobody, judges this field."""
    return iter(())
