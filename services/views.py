"""Saved views: a named set of list filters, for oneself or for everybody of a role (pains P2, P4)."""

from urllib.parse import parse_qsl, urlencode

from sqlmodel import Session, col, or_, select

from models.tables import SavedView
from models.vocabulary.errors import Invalid, NotFound, Problem
from models.vocabulary.text import Text
from services import clock
from services.access import Actor


def listed(session: Session, actor: Actor, page: str) -> list[SavedView]:
    """The person's own views of a page and those shared with one of their roles, by name."""
    mine = or_(
        SavedView.user_id == actor.user_id, col(SavedView.shared_with).in_([r.value for r in actor.roles])
    )
    return list(
        session.exec(select(SavedView).where(SavedView.page == page, mine).order_by(col(SavedView.name)))
    )


def save(
    session: Session, actor: Actor, page: str, name: str, query: str, shared_with: str = ""
) -> SavedView:
    """Keep a view; the same name again replaces it.

    Args:
        query: the page's query string; the cursor is dropped, so that a view starts at its first row.
        shared_with: a role of the person's own, or "" for oneself.
    """
    name = name.strip()
    if not name or len(name) > 60:
        raise Invalid(
            (
                Problem(
                    "name",
                    Text("Please name the view (60 characters at most).", "请填写视图名称（不超过 60 字）。"),
                ),
            )
        )
    if shared_with and shared_with not in actor.roles:
        raise Invalid(
            (
                Problem(
                    "shared_with",
                    Text("You can share only with a role of your own.", "只能与您所在的角色共享。"),
                ),
            )
        )
    row = session.exec(
        select(SavedView).where(
            SavedView.user_id == actor.user_id, SavedView.page == page, SavedView.name == name
        )
    ).first()
    row = row or SavedView(user_id=actor.user_id, page=page, name=name, query="", created_at=clock.now())
    row.query, row.shared_with = tidy(query), shared_with
    session.add(row)
    session.flush()
    return row


def tidy(query: str) -> str:
    """The filters of a query string, without page position and empty values."""
    return urlencode(
        [(k, v) for k, v in parse_qsl(query.lstrip("?")) if v and k not in ("cursor", "view", "before")]
    )


def remove(session: Session, actor: Actor, view_id: int) -> None:
    """Delete an own view. Raises NotFound for anybody else's."""
    row = session.get(SavedView, view_id)
    if row is None or row.user_id != actor.user_id:
        raise NotFound
    session.delete(row)
