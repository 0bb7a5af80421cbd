"""The template workshop: what is refused, what is previewed, and which letter is printed on what."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import docx
import pytest
from sqlmodel import select

from models.tables import DocumentRow, TemplateVersion
from services import blobs, clock, document_templates, documents_issue
from services.documents.render import built_in
from services.session import reading, transaction
from services.settings import settings
from tests.api import case_world

BASE = "/admin/templates/shared/receipt"


def edited(*lines: str) -> bytes:
    """The receipt that came along, with more lines."""
    document = docx.Document(io.BytesIO(built_in("project_application", "receipt")))
    for line in lines:
        document.add_paragraph(line)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@pytest.fixture
def admin(browser: Callable[..., Any]) -> Any:
    return browser("admin")


@pytest.fixture
def case_no(browser: Callable[..., Any]) -> str:
    with transaction() as session:
        filer = case_world.filer(session)
    return case_world.filed(browser(user=filer))


def send(admin: Any, content: bytes, name: str = "回执.docx") -> Any:
    return admin.post(BASE, {"note": "测试"}, files={"file": (name, content)})


def newest() -> TemplateVersion:
    with transaction() as session:
        return session.exec(select(TemplateVersion).order_by(TemplateVersion.id.desc())).first()  # type: ignore[attr-defined]


def words_of(document: DocumentRow) -> str:
    return "\n".join(p.text for p in docx.Document(io.BytesIO(blobs.get(document.sha256))).paragraphs)


def test_new_letters_use_the_template_of_the_day_and_issued_ones_keep_theirs(
    admin: Any, browser: Callable[..., Any], case_no: str
) -> None:
    before = case_world.issued(case_no, "receipt")
    assert send(admin, edited("请妥善保管，编号 {{ number }}")).status_code == 303
    version = newest()
    day = clock.today().date() + timedelta(days=10)
    asked = admin.post(
        f"/admin/templates/version/{version.id}/activate",
        {"effective_from": day.isoformat(), "reason": "补充提示"},
    )
    decision = asked.headers["location"].partition("?")[0] + "/confirm"
    assert admin.post(decision).status_code == 403
    assert browser("supervisor").post(decision).status_code == 303
    with transaction() as session:
        used = [document_templates.in_force(session, "project_application", "receipt", day + timedelta(days=n)).version
                for n in (-1, 0, 5)]  # fmt: skip
        old = session.get_one(DocumentRow, before)
    assert used == [old.template_version, version.version, version.version]
    with clock.at(clock.now() + timedelta(days=11)), transaction() as session:
        from models.tables import Case

        case = session.exec(select(Case).where(Case.case_no == case_no)).one()
        new = documents_issue.issue(session, case, "receipt", 2)
    assert (new.template_version, f"请妥善保管，编号 {new.number}" in words_of(new)) == (
        version.version,
        True,
    )
    with transaction() as session:
        kept = session.get_one(DocumentRow, before)
    assert (kept.template_version, "请妥善保管" in words_of(kept)) == (old.template_version, False)


def test_lost_file_of_the_template_in_force_is_told_and_another_put_in_its_place(
    admin: Any, browser: Callable[..., Any]
) -> None:
    def force(line: str) -> TemplateVersion:
        assert send(admin, edited(line)).status_code == 303
        row, body = newest(), {"effective_from": clock.today().date().isoformat(), "reason": "更换"}
        asked = admin.post(f"/admin/templates/version/{row.id}/activate", body)
        assert asked.status_code == 303
        assert (
            browser("supervisor").post(asked.headers["location"].partition("?")[0] + "/confirm").status_code
            == 303
        )
        return row

    lost = force("第一版")
    folder = Path(unquote(urlparse(settings().blob_address).path))
    (folder / lost.sha256[:2] / lost.sha256).write_bytes(b"damaged")
    for path in (BASE, f"/admin/templates/version/{lost.id}"):
        page = admin.get(path)
        assert (page.status_code, "模板文件缺失或已损坏" in page.text) == (200, True), path
    assert admin.get("/admin/templates").status_code == 200
    assert admin.get(f"/admin/templates/version/{lost.id}/file.docx").status_code == 404
    good = force("第二版")
    with reading() as session:
        assert document_templates.in_force(session, "project_application", "receipt").version == good.version


def test_preview_prints_a_real_case_and_issues_nothing(admin: Any, case_no: str) -> None:
    document = case_world.issued(case_no, "receipt")
    send(admin, edited("预览行 {{ case_no }}"))
    version = newest()
    assert case_no in admin.get(f"/admin/templates/version/{version.id}").text
    page = admin.get(f"/admin/templates/version/{version.id}/case/{document}")
    assert (page.status_code, f"预览行 {case_no}" in page.text) == (200, True)
    word = admin.get(f"/admin/templates/version/{version.id}/case/{document}?kind=docx")
    assert docx.Document(io.BytesIO(word.content)).paragraphs[-1].text == f"预览行 {case_no}"
    with reading() as session:
        assert (
            len(
                session.exec(select(DocumentRow).where(DocumentRow.template_version == version.version)).all()
            )
            == 0
        )


@pytest.mark.parametrize("line", ["{{ nobody_knows_this }}", "{{ 1 / 0 }}", "{{ recipient.nothing.at_all }}"])
def test_a_template_that_cannot_be_printed_is_not_activated(admin: Any, line: str) -> None:
    assert send(admin, edited(line)).status_code == 303
    version = newest()
    refused = admin.post(
        f"/admin/templates/version/{version.id}/activate",
        {"effective_from": clock.today().date().isoformat(), "reason": "试"},
    )
    assert (
        refused.status_code,
        "模板无法生成文书" in refused.text or "占位符没有对应的数据" in refused.text,
    ) == (422, True)


def test_unknown_placeholders_are_named_on_the_page(admin: Any) -> None:
    send(admin, edited("{{ nobody_knows_that }}"))
    page = admin.get(f"/admin/templates/version/{newest().id}").text
    assert "无法识别（1）" in page
    assert "nobody_knows_that" in page
    assert f'href="{BASE}">改正后重新上传' in page


def _with_part(name: str) -> bytes:
    out = io.BytesIO(edited())
    with zipfile.ZipFile(out, "a") as package:
        package.writestr(name, b"x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("回执.docm", edited, "启用了宏"),
        ("回执.doc", lambda: b"\xd0\xcf\x11\xe0", "请上传 Word 文档"),
        ("回执.docx", lambda: b"PK\x03\x04 not really", "文件已损坏"),
        ("回执.docx", lambda: edited()[:-400], "文件已损坏"),
        ("回执.docx", lambda: _with_part("word/vbaProject.bin"), "宏或者嵌入对象"),
        ("回执.docx", lambda: edited("{% if number %}"), "占位符书写有误"),
    ],
)
def test_bad_files_are_refused_with_clear_words(
    admin: Any, name: str, content: Callable[[], bytes], words: str
) -> None:
    before = newest()
    answer = send(admin, content(), name)
    assert (answer.status_code in (415, 422), words in answer.text) == (True, True)
    assert newest() == before


def test_every_letter_has_its_page(admin: Any) -> None:
    assert admin.get("/admin/templates").status_code == 200
    for owner, key in document_templates.titles():
        assert admin.get(f"/admin/templates/{owner}/{key}").status_code == 200, (owner, key)


def test_every_template_that_came_along_is_printable_with_samples() -> None:
    from services.documents.render import render

    for owner, key in document_templates.titles():
        procedure = document_templates.procedures_of(owner, key)[0]
        content, context = built_in(procedure, key), document_templates.context_of(key)
        assert document_templates.read(key, content).unknown == [], key
        for rows in (0, 1):
            assert render(procedure, key, document_templates.sample(context, rows), content)
