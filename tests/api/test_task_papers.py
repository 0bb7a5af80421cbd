"""Photos that go with a site visit are uploaded where the officer records it (G29)."""

import re
from typing import Any

import pytest
from sqlmodel import Session, select

from models.tables import Attachment, Case, TaskRow
from services import clock
from services.session import reading, transaction
from tests import entries, factories

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


def visit(session: Session) -> tuple[Case, TaskRow]:
    """An evaluation at its site visit."""
    holder = factories.user(session, "applicant")
    entry = entries.published(session, next(factories.NUMBERS), holder)
    case = factories.case(
        session, holder, status="in_progress", procedure="tracking_evaluation", project_id=entry.id,
        stage="site_visit", stage_since=clock.now(),
    )  # fmt: skip
    task = TaskRow(case_id=case.id, procedure="tracking_evaluation", key="site_visit", role="officer")
    session.add(task)
    session.flush()
    return case, task


@pytest.mark.rule("G29")
def test_photo_is_uploaded_where_the_visit_is_recorded_and_typed_words_stay(browser: Any) -> None:
    with transaction() as session:
        case, task = visit(session)
        officer = factories.user(session, "officer")
        address, case_id = f"/tasks/{task.id}", case.id
        session.expunge_all()
    desk, other = browser(user=officer), browser("applicant")
    page = desk.get(address)
    assert page.status_code == 200
    assert "现场踏勘照片" in page.text
    assert f'action="{address}/papers"' in page.text
    kind = {"kind": "site_photo"}
    missing = desk.post(f"{address}/papers", kind)
    assert (missing.status_code, "请先选择要上传的文件" in missing.text) == (422, True)
    wrong = desk.post(f"{address}/papers", kind, files={"file": ("roof.png", b"text", "image/png")})
    assert wrong.status_code == 415
    assert "roof.png" in wrong.text
    good = desk.post(f"{address}/papers", kind, files={"file": ("roof.png", PNG, "image/png")})
    assert good.headers["location"] == f"{address}#papers"
    assert "roof.png" in desk.get(address).text
    assert other.post(f"{address}/papers", kind).status_code == 404
    area = re.findall(r'<textarea [^>]*name="([\w.]+)"', page.text)[0]
    opened = re.findall(r'name="_opened" value="([^"]+)"', page.text)[0]
    for name, content, status in (("wall.png", b"text", 415), ("wall.png", PNG, 303)):
        words = {"_opened": opened, "_paper": "site_photo", area: f"组件 {status} 块"}
        photo = {"file.site_photo": (name, content, "image/png")}
        assert desk.post(f"{address}/papers", words, files=photo).status_code == status
        assert f"组件 {status} 块" in desk.get(address).text  # typed beside it, and kept
    with reading() as session:
        rows = session.exec(
            select(Attachment.kind, Attachment.filename).where(Attachment.case_id == case_id)
        ).all()
    assert rows == [("site_photo", "roof.png"), ("site_photo", "wall.png")]


@pytest.mark.rule("G29")
def test_a_photo_that_was_chosen_goes_with_whatever_button_is_pressed(browser: Any) -> None:
    with transaction() as session:
        case, task = visit(session)
        officer = factories.user(session, "officer")
        address, case_id = f"/tasks/{task.id}", case.id
        session.expunge_all()
    desk = browser(user=officer)
    page = desk.get(address).text
    (answer,) = re.findall(r'<form [^>]*id="answer"[^>]*>', page)
    assert 'enctype="multipart/form-data"' in answer
    area = re.findall(r'<textarea [^>]*name="([\w.]+)"', page)[0]
    opened = re.findall(r'name="_opened" value="([^"]+)"', page)[0]
    sent = {"_opened": opened, area: "组件 415 块"}

    def press(do: str, name: str, content: bytes) -> Any:
        return desk.post(address, sent | {"_do": do}, files={"file.site_photo": (name, content, "image/png")})

    for do in ("draft", "submit", "next"):
        refused = press(do, "wall.png", b"text")
        assert (refused.status_code, "wall.png" in refused.text, "组件 415 块" in refused.text) == (
            422,
            True,
            True,
        )
        assert desk.get(address).status_code == 200  # open still
    assert press("draft", "roof.png", PNG).status_code == 303
    unfinished = press("submit", "wall.png", PNG)  # fields are missing: the paper is kept with the words
    assert (unfinished.status_code, "wall.png" in unfinished.text) == (422, True)
    with reading() as session:
        rows = session.exec(select(Attachment.filename).where(Attachment.case_id == case_id)).all()
    assert rows == ["roof.png", "wall.png"]
