"""Doors: a router is asked only for paths that begin as its own do.

The application has some fifty routers with three hundred routes. Asked one route after another, a page near the end of
the list cost as much to find as it cost to know who asks for it.
"""

from fastapi import APIRouter
from starlette.routing import Match
from starlette.types import Scope


class Door(APIRouter):
    """In front of one router; everything the router says of itself stays as it is."""

    def __init__(self, behind: APIRouter) -> None:
        # its routes, not itself: a router in a router is read through twice, once for nothing, when it is included
        super().__init__(routes=behind.routes)
        self.beginnings = tuple({_beginning(str(getattr(route, "path", ""))) for route in behind.routes})

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """What the router behind would answer."""
        if not str(scope.get("path", "")).startswith(self.beginnings):
            return Match.NONE, {}
        return super().matches(scope)


def _beginning(path: str) -> str:
    """The part of a route's path before its first parameter."""
    return path.partition("{")[0]
