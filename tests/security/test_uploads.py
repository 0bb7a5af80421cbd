"""The zoo at every door that takes files: papers of a case, readings in Excel, templates of letters."""

import io
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from openpyxl import Workbook
from sqlmodel import select

from models.tables import Project, SettingChange, TemplateVersion, User
from models.vocabulary.errors import BadUpload
from services import materials
from services.monitoring import sheets
from services.session import reading, transaction
from tests.api import case_world
from tests.conftest import Browser, environment
from tests.monitoring import rows
from tests.security import zoo

SignIn = Callable[..., Browser]
HEADS = ["计量表编号", "起始日期", "截止日期", "期初读数", "期末读数", "倍率", "电量（kWh）"]


@pytest.mark.parametrize("name", zoo.MEAN)
def test_what_acts_or_lies_is_no_paper_of_a_case(name: str) -> None:
    with pytest.raises(BadUpload) as refused:
        materials.checked(*zoo.MEAN[name])
    assert refused.value.status == 415


@pytest.mark.parametrize(("name", "content"), [
    ("a.pdf", zoo.PDF), ("a.png", zoo.PNG), ("a.docx", zoo.office()), ("a.xlsx", zoo.office("xlsx")),
    ("a.docx", zoo.with_part("word/_rels/document.xml.rels", zoo.RELATION % b"hyperlink")),
])  # fmt: skip
def test_honest_papers_are_taken(name: str, content: bytes) -> None:
    assert materials.checked(name, content)[0] == name


@pytest.mark.parametrize("name", [
    "../../etc/passwd.pdf", "..\\..\\a.pdf", "/etc/x.pdf", "C:\\x\\a.pdf", "a\r\nX-Evil: 1.pdf", "a\0.pdf", "甲" * 400 + ".pdf",
    "a|b;$(rm -rf).pdf", "\u202efdp.exe.pdf",
])  # fmt: skip
def test_a_name_is_only_a_name(name: str) -> None:
    kept, _ = materials.checked(name, zoo.PDF)
    assert kept.endswith(".pdf")
    assert not set(kept) & set('/\\:*?"<>|\r\n\0\u202e')
    assert len(kept) <= 150


@pytest.mark.parametrize("head", [b'relationships/frame"', b'targetmode="external"', b"<", b'<a b="', b"<a>"])
def test_a_list_of_parts_made_to_be_slow_is_read_soon(head: bytes) -> None:
    """A few kilobytes must not keep a process of the web from all others."""
    lists = {f"word/_rels/{n}.xml.rels": head * (1024 * 1024 // len(head)) for n in range(60)}
    paper = zoo.package({"[Content_Types].xml": zoo.TYPES, zoo.PARTS["docx"]: b"<w/>", **lists})
    began = time.process_time()
    with pytest.raises(BadUpload):
        materials.checked("a.docx", paper)
    assert time.process_time() - began < 5


@pytest.fixture
def filer(browser: SignIn) -> Browser:
    with transaction() as session:
        person = case_world.filer(session)
    return browser(user=person)


def test_too_much_is_refused_declared_and_in_pieces(filer: Browser) -> None:
    no = case_world.number_of(
        filer.post("/api/v1/cases", json={"procedure": "project_application", "form": case_world.form()})
    )
    path, head = (
        f"/api/v1/cases/{no}/attachments",
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n',
    )

    def pieces() -> Iterator[bytes]:
        yield head
        for _ in range(40):
            yield bytes(128 * 1024)

    with environment(MAX_UPLOAD_MB="1"):
        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        declared = filer.send("POST", path, content=head + bytes(5 * 1024 * 1024), headers=kind)
        chunked = filer.send("POST", path, content=pieces(), headers=kind)
        just = case_world.upload(filer, no, "licence", content=zoo.PDF + bytes(1024 * 1024))
    assert (declared.status_code, chunked.status_code, just.status_code) == (413, 413, 413)


# ---- readings in Excel ---------------------------------------------------------------------------


def workbook(parts: dict[str, bytes]) -> bytes:
    """An ordinary workbook with some parts put in place of its own."""
    import zipfile

    book = Workbook()
    assert book.active is not None
    book.active.append(HEADS)
    book.active.append(["M1", "2026-01-01", "2026-01-31", 1, 2, 1, 1])
    out, made = io.BytesIO(), io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(out) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, parts.pop(name, source.read(name)))
        for name, content in parts.items():
            target.writestr(name, content)
    return made.getvalue()


LAUGH = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)
FOREIGN = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY j SYSTEM "file:///etc/passwd">'
STRINGS = (
    b']><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    + b"<si><t>&j;</t></si>" * 20
    + b"</sst>"
)
SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
ROW = b"<row><c><v>1</v></c></row>" * 10_000

EVIL_BOOKS = {
    "entities within entities": lambda: workbook({"xl/sharedStrings.xml": LAUGH + STRINGS}),
    "a file of the server": lambda: workbook({"xl/sharedStrings.xml": FOREIGN + STRINGS}),
    "an endless sheet": lambda: workbook({"xl/worksheets/sheet1.xml": SHEET + ROW * 380 + b"</sheetData></worksheet>"}),
    "no sheet at all": lambda: workbook({"xl/worksheets/sheet1.xml": b""}),
    "a deep sheet": lambda: workbook({"xl/worksheets/sheet1.xml": b"<a>" * 200_000}),
    "macros": lambda: workbook({"xl/vbaProject.bin": b"x"}),
}  # fmt: skip


@pytest.mark.parametrize("name", EVIL_BOOKS)
def test_an_evil_workbook_is_refused_soon(name: str) -> None:
    content = EVIL_BOOKS[name]()
    began = time.process_time()
    try:
        found = sheets.read("a.xlsx", content)
    except BadUpload:
        found = []
    assert "root:" not in str(found)
    assert time.process_time() - began < 6


def test_readings_refuse_the_zoo(browser: SignIn) -> None:
    with transaction() as session:
        project: Project = rows.published(session, readings=False)
        person = session.get_one(User, rows.owner(session, project).user_id)
    owner, path = browser(user=person), f"/my/projects/{project.number}/data/upload"
    said = {}
    for what, (name, content) in zoo.MEAN.items():
        for as_ in {name, "a.xlsx"}:
            answer = owner.post(path, {}, files={"file": (as_, content, "x/y")})
            said[what, as_] = answer.status_code
    assert {k: s for k, s in said.items() if s not in {413, 415, 422}} == {}


# ---- templates of letters ------------------------------------------------------------------------


QUOTAS = "单位名称,统一社会信用代码,场址,范围,年度\n"
EVIL_LISTS: dict[str, tuple[str, Callable[[], bytes]]] = {
    **{name: ("名单.xlsx", make) for name, make in EVIL_BOOKS.items() if name != "an endless sheet"},
    "a bomb": ("名单.xlsx", lambda: workbook({"xl/sharedStrings.xml": b"<sst>" + bytes(80 * 1024 * 1024)})),
    "more lines than a list can have": ("名单.csv", (QUOTAS + "甲,,,上海,2027\n" * 20_001).encode),
    "more rows than a list can have": ("名单.xlsx", EVIL_BOOKS["an endless sheet"]),
    "a cell without an end": ("名单.csv", (QUOTAS + '"' + "甲" * 200_000).encode),
    "no words": ("名单.csv", lambda: bytes(range(256)) * 100),
    "nothing in it": ("名单.xlsx", lambda: b""),
}


@pytest.mark.parametrize("name", EVIL_LISTS)
def test_an_evil_quota_list_is_refused_soon(browser: SignIn, name: str) -> None:
    filename, make = EVIL_LISTS[name]
    file: Any = {"file": (filename, make())}
    began = time.process_time()
    answer = browser("admin").post("/admin/ets", {"reason": "年度名单"}, files=file)
    assert answer.status_code in {413, 415, 422}, answer.status_code
    assert time.process_time() - began < 20
    with reading() as session:
        assert session.exec(select(SettingChange)).all() == []


def test_the_workshop_refuses_the_zoo(browser: SignIn) -> None:
    admin, said = browser("admin"), {}
    for what, (_, content) in zoo.MEAN.items():
        file: Any = {"file": ("回执.docx", content)}
        said[what] = admin.post("/admin/templates/shared/receipt", {"note": ""}, files=file).status_code
    assert {k: s for k, s in said.items() if s not in {413, 415, 422}} == {}
    with reading() as session:
        assert session.exec(select(TemplateVersion)).all() == []
