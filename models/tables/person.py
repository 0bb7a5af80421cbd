"""Parties, users, sessions."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from models.tables.columns import big_id, document, instant, secret


class Party(SQLModel, table=True):
    """An organisation or natural person that can be a side of a case 主体."""

    __tablename__ = "party"
    id: int | None = big_id()
    key: str = Field(unique=True)
    kind: str = "organisation"  # organisation | person | authority
    name: str = Field(index=True)
    uscc: str | None = Field(default=None, unique=True)
    nature: str = ""
    district: str = ""
    address: str = ""
    account_no: str | None = Field(default=None, unique=True)
    account_active: bool = True
    is_agency: bool = False  # registered technical service institution
    data: dict[str, Any] = document()


class User(SQLModel, table=True):
    """An account. `person_key` names the natural person: four eyes are counted by it, not by account."""

    __tablename__ = "user_account"
    id: int | None = big_id()
    username: str = Field(unique=True)
    name: str
    person_key: str = Field(index=True)
    roles: list[str] = document(list)
    party_id: int | None = Field(default=None, foreign_key="party.id", index=True)
    password_hash: str = ""
    email: str = secret()
    mobile: str = secret()
    lang: str = "zh"
    active: bool = True
    failed_attempts: int = 0
    locked_until: datetime | None = instant(nullable=True)
    oidc_subject: str | None = Field(default=None, unique=True)
    one_time_until: datetime | None = instant(nullable=True)  # the password was made by somebody else
    created_at: datetime = instant(now=True)


class LoginSession(SQLModel, table=True):
    """A browser session or an API token; only the hash of the secret is kept."""

    __tablename__ = "login_session"
    token_hash: str = Field(primary_key=True)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    kind: str = "browser"  # browser | api
    csrf: str = ""
    created_at: datetime = instant(now=True)
    seen_at: datetime = instant(now=True)
    expires_at: datetime = instant(index=True)
    ip: str = ""
    agent: str = ""
    password_due: bool = False  # opened with a one-time password: nothing else until there is another


class SignInAttempt(SQLModel, table=True):
    """A sign-in that failed, for rate limits by address."""

    __tablename__ = "sign_in_attempt"
    id: int | None = big_id()
    username: str = Field(index=True)
    ip: str = Field(index=True)
    at: datetime = instant(now=True, index=True)
