"""Which published route a request path belongs to, and the few routes that Discord serves without publishing them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

# Routes that answer at Discord though the published description lacks them. What they carry is not judged.
UNPUBLISHED: Final[frozenset[tuple[str, str]]] = frozenset(
    {
        # Renews signed CDN URLs: https://docs.discord.food/resources/message#refresh-attachment-urls
        ("POST", "/attachments/refresh-urls"),
    }
)

# Query parameters that discord.py 2.7.1 sends beyond the published ones.
UNLISTED_QUERY: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    # http.py, start_thread_in_forum: asks for the nested `message` form of the body.
    ("POST", "/channels/{channel_id}/threads"): frozenset({"use_nested_fields"}),
}


@dataclass(frozen=True)
class Route:
    """A published path.

    Args:
        template: with its parameters in braces.
        methods: the published ones, in capitals.
        segments: the template, cut at its slashes.
    """

    template: str
    methods: frozenset[str]
    segments: tuple[str, ...]

    def parameters(self, path: Sequence[str]) -> dict[str, str] | None:
        """The values of the parameters when the path, cut at its slashes, is one of this route; else None."""
        values: dict[str, str] = {}
        for wanted, given in zip(self.segments, path, strict=True):
            if wanted.startswith("{"):
                values[wanted[1:-1]] = given
            elif wanted != given:
                return None
        return values


@dataclass(frozen=True)
class Match:
    """A route, and what stood in the place of its parameters."""

    route: Route
    parameters: Mapping[str, str]


class RouteTable:
    """Finds the route of a path; a literal segment (``@me``, ``@original``) goes before a parameter.

    Args:
        published: templates and their methods, in capitals.
    """

    def __init__(self, published: Mapping[str, frozenset[str]]) -> None:
        self._by_length: defaultdict[int, list[Route]] = defaultdict(list)
        for template, methods in published.items():
            segments = tuple(template.strip("/").split("/"))
            self._by_length[len(segments)].append(Route(template, methods, segments))
        for routes in self._by_length.values():
            routes.sort(key=lambda route: [segment.startswith("{") for segment in route.segments])

    def find(self, method: str, path: str) -> Match | None:
        """The best route that has the method; failing that, the best one that lacks it; None when no template fits."""
        segments = path.strip("/").split("/")
        fitting = [
            Match(route, parameters)
            for route in self._by_length.get(len(segments), ())
            if (parameters := route.parameters(segments)) is not None
        ]
        served = [match for match in fitting if method in match.route.methods]
        return next(iter([*served, *fitting]), None)
