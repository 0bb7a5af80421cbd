"""Tokens for programs."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from api.dependencies import CurrentLogin, Writer, address
from api.errors import TITLES, problem
from services import guesses, people
from services.people import Refused
from services.session import transaction

router = APIRouter(prefix="/api/v1/auth", tags=["auth"])


class Token(BaseModel):
    """A bearer token; it lives so long after its last use."""

    access_token: str = Field(examples=["q3mYw0bX..."])
    token_type: str = "bearer"  # noqa: S105 - the scheme's name
    expires_in: int = Field(description="seconds", examples=[43200])


@router.post("/token", response_model=Token)
def token(
    request: Request, username: Annotated[str, Form(examples=["applicant"])], password: Annotated[str, Form()]
) -> Token | Response:
    """User name and password for a bearer token. 401 if they are wrong, 429 after too many tries."""
    with guesses.door(), transaction() as session:
        result = people.sign_in(
            session,
            username,
            password,
            ip=address(request),
            kind="api",
            agent=request.headers.get("user-agent", ""),
        )
    if isinstance(result, Refused):
        status = 429 if result.locked else 401
        headers = {"Retry-After": "900"} if result.locked else {"WWW-Authenticate": "Bearer"}
        return problem(request, status, TITLES[status], result.reason, headers=headers)
    return Token(access_token=result.token, expires_in=result.expires_in)


@router.delete("/token", status_code=204)
def end_token(session: Writer, current: CurrentLogin) -> None:
    """The token of this request ends."""
    people.sign_out(session, current)
