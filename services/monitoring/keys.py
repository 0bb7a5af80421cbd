"""Keys of a project 接口密钥: made and revoked by its owner, the secret shown once, only its hash kept."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, select

from models.tables import Project, ProjectKey
from models.vocabulary.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from models.vocabulary.events import Event
from models.vocabulary.text import Text
from services import audit, clock, sent
from services.access import Actor
from services.settings import settings

MARK = "phk"
SCOPES = {
    "project": ["readings:write", "readings:read"],
    "scenario": ["records:write", "consents:write"],
}
#: Keys of one project that work at the same time.
MOST = 10
#: So long the form sent again, as after a double click, shows the secret it made; afterwards nothing does.
SHOWN_AGAIN = timedelta(minutes=10)


@dataclass(frozen=True)
class NewKey:
    """A key just made. `token` is shown once; empty where the form that made it is sent again too late."""

    row: ProjectKey
    token: str


def make(session: Session, actor: Actor, project: Project, label: str, key: str = "") -> NewKey:
    """A new key. The actor came by :func:`services.monitoring.access.owned`. Raises Invalid, Conflict.

    Args:
        key: of the form, which is carried out once: who sends it again, as by a double click, whose first answer
            the browser drops, gets the key that was made. Empty for none.
    """
    label = label.strip()
    kept, asked = _kept(key), {"project": project.number, "label": label}
    if (before := sent.earlier(session, kept, asked)) is not None:
        return _again(session, project, before, key)
    if not 1 <= len(label) <= 60 or not label.isprintable():
        words = Text(
            "Name the system that will use it, at most 60 characters.",
            "请填写使用该密钥的系统名称，60 字以内。",
        )
        raise Invalid((Problem("label", words),))
    if len([k for k in listed(session, project) if k.revoked_at is None]) >= MOST:
        raise Conflict(
            Text(
                f"At most {MOST} keys at a time; revoke one first.",
                f"同时有效的密钥不超过 {MOST} 个，请先停用不再使用的密钥。",
            ),
            "changed",
        )
    prefix = secrets.token_hex(6)
    secret = _secret(key, prefix) if key else secrets.token_urlsafe(32)
    row = ProjectKey(
        project_id=project.id or 0,
        prefix=prefix,
        secret_sha256=_hash(secret),
        label=label,
        scopes=SCOPES[project.kind],
        created_by=actor.user_id,
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    audit.record(session, Event.KEY_MADE, actor=actor, data={"project": project.number, "key": prefix})
    sent.keep(session, actor, kept, asked, f"{MARK}_{prefix}")
    return NewKey(row, f"{MARK}_{prefix}_{secret}")


def _kept(key: str) -> str:
    """Under what the form is remembered: nothing of the row leads back to the number its secret was made with."""
    return "key/" + hashlib.sha256(key.encode()).hexdigest() if key else ""


def _secret(key: str, prefix: str) -> str:
    """Of a form's key: nobody finds it without both the form and the secret of the house."""
    whole = f"project key/{prefix}/{key}".encode()
    made = hmac.new(settings().secret_key.encode(), whole, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def _again(session: Session, project: Project, public: str, key: str) -> NewKey:
    """What the form made; its secret for a few minutes, while the key works."""
    prefix = public.removeprefix(f"{MARK}_")
    row = session.exec(
        select(ProjectKey).where(ProjectKey.prefix == prefix, ProjectKey.project_id == project.id)
    ).one()
    secret = _secret(key, prefix)
    shown = row.revoked_at is None and clock.now() - row.created_at <= SHOWN_AGAIN
    shown = shown and hmac.compare_digest(row.secret_sha256, _hash(secret))
    return NewKey(row, f"{MARK}_{prefix}_{secret}" if shown else "")


def revoke(session: Session, actor: Actor, project: Project, key_id: int) -> ProjectKey:
    """A key works no longer; what it sent stays. Revoking twice is revoking once."""
    row = session.get(ProjectKey, key_id)
    if row is None or row.project_id != project.id:
        raise NotFound
    if row.revoked_at is None:
        row.revoked_at, row.revoked_by = clock.now(), actor.user_id
        session.flush()
        audit.record(
            session, Event.KEY_REVOKED, actor=actor, data={"project": project.number, "key": row.prefix}
        )
    return row


def listed(session: Session, project: Project) -> list[ProjectKey]:
    """Keys of a project, newest first, revoked ones too."""
    query = select(ProjectKey).where(ProjectKey.project_id == project.id)
    return list(session.exec(query.order_by(col(ProjectKey.id).desc())))


def looks_like(token: str) -> bool:
    """Is it written like a key of a project?"""
    return token.startswith(MARK + "_")


def public_part(token: str) -> str:
    """What of a token may be written down: mark and prefix, never the secret."""
    prefix = "".join(c for c in token.split("_", 2)[1] if c.isalnum())[:12]
    return f"{MARK}_{prefix}"


def resolve(session: Session, token: str) -> ProjectKey | None:
    """The working key behind a token, or None."""
    parts = token.split("_", 2)
    if len(parts) != 3 or parts[0] != MARK or not parts[1].isalnum():
        return None
    row = session.exec(select(ProjectKey).where(ProjectKey.prefix == parts[1])).first()
    if row is None or not hmac.compare_digest(row.secret_sha256, _hash(parts[2])) or row.revoked_at:
        return None
    return row


def demand(key: ProjectKey, project: Project, scope: str) -> None:
    """Raises NotFound for another project, NotAllowed for another use."""
    if key.project_id != project.id:
        raise NotFound
    if scope not in key.scopes:
        raise NotAllowed(Text(f"This key is not for {scope}.", f"该密钥没有 {scope} 权限。"))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
