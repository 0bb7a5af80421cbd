"""Who delivers monitoring data: a person signed in, or a platform with a key of the project."""

from typing import Annotated

from fastapi import Depends, Request

from api.dependencies import Writer, address, bearer, current_login
from api.errors import NotSignedIn
from models.tables import Project
from services import guesses
from services.access import Actor
from services.monitoring import access, keys, rates
from services.monitoring.access import Sender
from services.people import Login
from services.session import transaction


def sender(
    request: Request, session: Writer, login: Annotated[Login | None, Depends(current_login)]
) -> Sender:
    """The key behind the bearer token, or the person signed in.

    Raises:
        NotSignedIn: 401. TooManyTries: 429, calls of the key or wrong keys from the address.
    """
    token = bearer(request)
    if keys.looks_like(token):
        key = keys.resolve(session, token)
        if key is None:
            _wrong_key(token, address(request))
            raise NotSignedIn
        rates.CALLS.take(key.id or 0)
        return Sender(key=key)
    if login is None:
        raise NotSignedIn
    return Sender(actor=login.actor)


def _wrong_key(token: str, ip: str) -> None:
    """Kept like a wrong password, whatever becomes of the request. Raises TooManyTries."""
    with transaction() as session:
        guesses.wrong_key(session, keys.public_part(token), ip)


Delivering = Annotated[Sender, Depends(sender)]


def target(session: Writer, who: Sender, number: str, kind: str, scope: str) -> Project:
    """The project that is delivered to or read. Raises NotFound (404), NotAllowed (403)."""
    if who.key is not None:
        project = access.published(session, number, kind)
        keys.demand(who.key, project, scope)
        return project
    assert who.actor is not None
    return _for_person(session, who.actor, number, kind, scope)


def _for_person(session: Writer, actor: Actor, number: str, kind: str, scope: str) -> Project:
    if scope.endswith(":read"):
        return access.seen(session, actor, number, kind)
    return access.owned(session, actor, number, kind, sending=True)
