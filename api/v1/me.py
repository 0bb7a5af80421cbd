"""Who I am."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.dependencies import CurrentLogin, Reader
from models.tables import Party
from models.vocabulary.roles import ROLE_TITLES

router = APIRouter(prefix="/api/v1", tags=["people"])


class MyParty(BaseModel):
    """The organisation I act for."""

    name: str = Field(examples=["上海示例光伏有限公司"])
    uscc: str | None = None
    account_no: str | None = None


class MyRole(BaseModel):
    key: str = Field(examples=["applicant"])
    zh: str = Field(examples=["申请主体"])
    en: str = Field(examples=["Applicant"])


class Myself(BaseModel):
    """The person behind the request."""

    username: str = Field(examples=["applicant"])
    name: str = Field(examples=["王小明"])
    roles: list[str] = Field(examples=[["applicant"]])
    role_titles: list[MyRole]
    party: MyParty | None
    lang: str
    unread: int = Field(description="messages not opened yet")
    csrf: str = Field(description="for unsafe requests with the session cookie, in the header X-CSRF-Token")


@router.get("/me", response_model=Myself)
def me(session: Reader, current: CurrentLogin) -> Myself:
    """Who I am, my roles, the organisation I act for."""
    actor = current.actor
    party = session.get(Party, actor.party_id) if actor.party_id else None
    roles = sorted(actor.roles)
    return Myself(
        username=actor.username,
        name=actor.name,
        roles=[str(r) for r in roles],
        lang=actor.lang,
        unread=current.unread,
        role_titles=[MyRole(key=str(r), zh=ROLE_TITLES[r].zh, en=ROLE_TITLES[r].en) for r in roles],
        party=MyParty(name=party.name, uscc=party.uscc, account_no=party.account_no) if party else None,
        csrf=current.csrf if current.kind == "browser" else "",
    )
