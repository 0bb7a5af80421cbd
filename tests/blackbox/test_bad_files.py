"""Uploads: what lies about its type, is too large, or would do harm."""

import io
import zipfile
from typing import Any

import pytest

from tests.blackbox.play import attach, draft
from tests.blackbox.test_bad_forms import refused
from tests.system import PDF, System

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
JPG = b"\xff\xd8\xff\xe0" + b"\0" * 64


def office(part: str = "word/document.xml", more: dict[str, bytes] | None = None) -> bytes:
    """An Office file of sorts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr(part, "<w/>")
        for name, content in (more or {}).items():
            package.writestr(name, content)
    return out.getvalue()


def bomb() -> bytes:
    """A small docx that unpacks to 600 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        package.writestr("word/document.xml", "<w/>")
        with package.open("word/media/a.bin", "w") as entry:
            for _ in range(150):
                entry.write(bytes(4 * 1024 * 1024))
    return out.getvalue()


@pytest.fixture(scope="module")
def case_no(system: System) -> str:
    return draft(system, {}, papers=False)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"MZ\x90\0" + b"\0" * 100), ("a.pdf", b"<html><script>alert(1)</script></html>"), ("a.pdf", PNG),
        ("a.png", PDF), ("a.jpg", PNG), ("a.docx", PDF), ("a.docx", b"PK\x03\x04nonsense"), ("a.docx", office("xl/workbook.xml")),
        ("a.xlsx", office()), ("a.docx", office(more={"word/vbaProject.bin": b"x"})), ("a.docm", office()), ("a.exe", b"MZ"),
        ("a.svg", b"<svg onload='alert(1)'/>"), ("a.html", b"<html/>"), ("a.zip", office()), ("a", PDF), (".pdf", b"x"), ("a.pdf", b""),
        ("a.pdf.exe", PDF), ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), ("a.gif", b"GIF89a"),
    ],
)  # fmt: skip
def test_file_that_lies_is_not_accepted(system: System, case_no: str, name: str, content: bytes) -> None:
    refused(attach(system, case_no, "licence", name, content), 415)


def test_bomb_is_not_accepted(system: System, case_no: str) -> None:
    refused(attach(system, case_no, "licence", "a.docx", bomb()), 415)


def test_oversize_is_refused(system: System, case_no: str) -> None:
    refused(attach(system, case_no, "licence", "a.pdf", PDF + b"\0" * (51 * 1024 * 1024)), 413)
    refused(attach(system, case_no, "licence", "a.pdf", PDF + b"\0" * (60 * 1024 * 1024)), 413)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.PDF", PDF),
        ("图.png", PNG),
        ("b.jpeg", JPG),
        ("c.docx", office()),
        ("d.xlsx", office("xl/workbook.xml")),
    ],
)
def test_honest_file_is_accepted(system: System, case_no: str, name: str, content: bytes) -> None:
    answer = attach(system, case_no, "licence", name, content)
    assert answer.status_code == 201, answer.text
    assert answer.json()["filename"] == name


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.pdf",
        "a\0b.pdf",
        "甲" * 400 + ".pdf",
        "a\r\nX-Evil: 1.pdf",
        'q".pdf',
        "CON.pdf",
        "..\\..\\a.pdf",
    ],
)
def test_name_of_a_file_does_no_harm(system: System, case_no: str, name: str) -> None:
    answer = attach(system, case_no, "licence", name)
    assert answer.status_code in {201, 415, 422}, answer.text
    if answer.status_code == 201:
        kept = answer.json()
        assert not set(kept["filename"]) & set("/\\\0\r\n")
        got = system.as_("applicant").get(f"/cases/{case_no}/attachments/{kept['id']}")
        assert got.content == PDF
        assert "x-evil" not in got.headers


@pytest.mark.parametrize("kind", ["", "nothing", "../x", "a\0b", "x" * 10_000])
def test_unknown_kind_is_refused(system: System, case_no: str, kind: str) -> None:
    assert "kind" in refused(attach(system, case_no, kind, "a.pdf"))


def test_upload_without_file_or_in_pieces_is_refused(system: System, case_no: str) -> None:
    path, client = f"/cases/{case_no}/attachments", system.as_("applicant")
    assert "file" in refused(client.post(path, data={"kind": "licence"}))
    broken: list[tuple[bytes, str]] = [
        (b"", "multipart/form-data; boundary=x"), (b"nonsense", "multipart/form-data; boundary=x"), (b"--x", "multipart/form-data"),
        (b"{}", "application/json"), (b"--x\r\nContent-Disposition: form-data; name=", "multipart/form-data; boundary=x"),
    ]  # fmt: skip
    for body, kind in broken:
        answer: Any = client.post(path, content=body, headers={"Content-Type": kind})
        assert answer.status_code in {400, 422}, (body, kind, answer.status_code)
        assert answer.headers["content-type"] == "application/problem+json"


def test_removed_paper_is_gone(system: System) -> None:
    case_no = draft(system, {}, papers=False)
    kept = attach(system, case_no, "licence").json()["id"]
    path = f"/cases/{case_no}/attachments/{kept}"
    assert system.as_("applicant").delete(path).status_code == 204
    assert system.get("applicant", f"/cases/{case_no}/attachments") == []
    assert system.as_("applicant").delete(path).status_code == 404
