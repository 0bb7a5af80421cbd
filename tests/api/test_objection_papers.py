"""Papers beside an objection: for the officers only, kept once, added until the answer, and counted (M05, M10)."""

import io
import re
import zipfile
from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlmodel import select

from models.tables import AuditEvent, Counter, Notification, Objection
from models.vocabulary.errors import NotKept
from services import blobs, clock, notices, objection_papers, objections
from services.session import reading, transaction
from tests import factories
from tests import public_rows as rows
from tests.conftest import environment

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
NAME = "王小明现场照片.png"


@pytest.fixture
def notice(client):
    with transaction() as session:
        case = rows.a_case(session, rows.leaking_form())
        rows.release(session, case)
        return notices.open_publicity(session, case, 1)


def paper(content=PDF, name="说明.pdf"):
    return ("papers", (name, content, "application/octet-stream"))


def send(client, notice, *files, **changed):
    return client.post(
        f"/notices/{notice.id}/objections", data={**rows.OBJECTION, **changed}, files=list(files) or None
    )


def lookup_of(answer):
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].split("/")[2].split("?")[0]


def kept(lookup):
    with reading() as session:
        row, _ = objections.by_lookup(session, lookup)
        return objection_papers.of_objections(session, [row]).get(row.id, [])


def all_objections(notice):
    with reading() as session:
        return list(session.exec(select(Objection).where(Objection.notice_id == notice.id)))


@pytest.mark.rule("M05")
def test_papers_come_with_the_objection_and_stand_on_its_page(client, notice):
    lookup = lookup_of(send(client, notice, paper(), paper(PNG, NAME), paper(PDF, "同一份.pdf")))
    assert [p.filename for p in kept(lookup)] == ["说明.pdf", NAME]  # the same bytes once
    page = client.get(f"/objections/{lookup}").text
    assert "说明.pdf" in page
    assert NAME in page
    assert blobs.get(kept(lookup)[0].sha256) == PDF


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([paper(b"MZ\x90", "证据.exe")], "仅接收 PDF"),
        ([paper(b"no pdf", "证据.pdf")], "“证据.pdf”不是普通的 pdf 文件"),
        ([paper(PDF + b"\n" * (10 * 1024 * 1024), "大.pdf")], "“大.pdf”超过 10 MB"),
        ([paper(PDF + b"\n" * n, f"{n}.pdf") for n in range(6)], "最多 5 份附件"),
    ],
)
def test_bad_paper_is_told_and_what_was_typed_stays(client, notice, files, said):
    sent = send(client, notice, *files)
    assert sent.status_code == 422
    assert said in sent.text
    assert rows.OBJECTION["content"] in sent.text
    assert "请重新选择附件" in sent.text
    assert not all_objections(notice)


@pytest.mark.parametrize(("upload", "each"), [("50", 10), ("200", 10), ("20", 4), ("1", 1)])
def test_all_papers_together_fit_into_one_upload(upload, each):
    with environment(MAX_UPLOAD_MB=upload):
        assert objection_papers.largest_mb() == each


def test_defects_of_text_and_papers_are_told_together(client, notice):
    sent = send(client, notice, paper(b"no", "a.pdf"), content="短", contact="")
    assert sent.status_code == 422
    assert all(said in sent.text for said in ("不少于 10 个字", "请留下邮箱或电话", "“a.pdf”不是普通的"))


def test_form_sent_twice_is_one_objection(client, notice):
    page = client.get(f"/notices/{notice.id}").text
    key = re.search(r'name="sent_key" value="(\w+)"', page)[1]
    first = send(client, notice, paper(), sent_key=key)
    again = send(client, notice, paper(), sent_key=key)
    assert lookup_of(first) == lookup_of(again)
    assert len(all_objections(notice)) == 1
    assert len(kept(lookup_of(first))) == 1
    other = send(client, notice, sent_key=key, content="退回后改写的另一项异议，涉及重复申报的事实。")
    assert lookup_of(other) != lookup_of(first)
    assert len(all_objections(notice)) == 2


def test_papers_chosen_for_the_second_sending_of_a_form_are_kept(client, notice):
    key = "c0ffee" * 6
    lookup = lookup_of(send(client, notice, paper(), sent_key=key))
    assert lookup_of(send(client, notice, paper(), paper(PNG, NAME), sent_key=key)) == lookup
    assert [p.filename for p in kept(lookup)] == ["说明.pdf", NAME]
    assert len(all_objections(notice)) == 1


def test_no_room_for_papers_registers_nothing_and_keeps_the_words(client, notice, monkeypatch):
    with reading() as session:
        before = [(c.series, c.n) for c in session.exec(select(Counter).order_by(Counter.series))]

    def full(_content):
        raise NotKept(blobs.FULL)

    monkeypatch.setattr(blobs, "put", full)
    sent = send(client, notice, paper())
    assert sent.status_code == 503
    assert "文件存储空间已满" in sent.text
    assert rows.OBJECTION["content"] in sent.text
    assert not all_objections(notice)
    with reading() as session:
        assert [(c.series, c.n) for c in session.exec(select(Counter).order_by(Counter.series))] == before


@pytest.mark.rule("M05")
def test_papers_are_added_until_the_answer_and_no_later(client, notice):
    lookup = lookup_of(send(client, notice))
    added = client.post(f"/objections/{lookup}/papers", files=[paper()])
    assert (added.status_code, added.headers["location"]) == (303, f"/objections/{lookup}#papers")
    client.post(f"/objections/{lookup}/papers", files=[paper()])  # the same again
    assert len(kept(lookup)) == 1
    with reading() as session:
        case = rows.case_of(session, notice)
        events = session.exec(
            select(AuditEvent).where(AuditEvent.case_id == case.id, AuditEvent.event == "objection.paper")
        ).all()
    assert [e.data["papers"] for e in events] == [1]
    with clock.at(notice.closes_at + timedelta(minutes=1)), transaction() as session:
        case = rows.case_of(session, notice)
        notices.close_publicity(session, case, 1, clock.now())
        objections.record_answer(session, case, "1", "not_upheld", {"answer": "经核实无误。"})
    late = client.post(f"/objections/{lookup}/papers", files=[paper(PNG, NAME)])
    assert late.status_code == 409
    assert "不再接收附件" in late.text
    assert 'name="papers"' not in client.get(f"/objections/{lookup}").text
    assert len(kept(lookup)) == 1


def test_what_is_wrong_with_an_added_paper_is_told_on_the_page(client, notice):
    lookup = lookup_of(send(client, notice, *[paper(PDF + b"\n" * n, f"{n}.pdf") for n in range(4)]))
    for files, said in (
        ([paper(b"x", "坏.png")], "“坏.png”不是普通的 png 文件"),
        ([], "请先选择要上传的文件"),
        ([paper(PNG, "a.png"), paper(PNG + b"\0", "b.png")], "最多 5 份附件，已有 4 份"),
    ):
        answer = client.post(f"/objections/{lookup}/papers", files=files or None)
        assert answer.status_code == 422
        assert said in answer.text
    assert len(kept(lookup)) == 4
    assert client.post("/objections/nothing/papers", files=[paper()]).status_code == 404


def test_officers_are_told_of_papers_that_come_later(client, notice):
    officer = _user("officer")
    lookup = lookup_of(send(client, notice))
    client.post(f"/objections/{lookup}/papers", files=[paper()])
    with reading() as session:
        told = session.exec(select(Notification.text_zh).where(Notification.user_id == officer.id)).all()
    assert any("补充附件 1 份" in text for text in told)


def _user(*roles):
    with transaction() as session:
        return factories.user(session, *roles)


@pytest.mark.rule("M10")
def test_officer_opens_a_paper_and_the_look_is_written_down(client, notice, browser):
    lookup = lookup_of(send(client, notice, paper(PNG, NAME)))
    with reading() as session:
        case = rows.case_of(session, notice)
    staff = browser("officer")
    page = staff.get(f"/staff/cases/{case.case_no}").text
    address = f"/cases/{case.case_no}/objections/papers/{kept(lookup)[0].id}"
    assert f'href="{address}"' in page
    assert NAME in page
    with reading() as session:
        due = objections.by_lookup(session, lookup)[0].reply_due.astimezone(clock.SHANGHAI) - timedelta(
            days=1
        )
    assert f"承诺答复日期：{due.month}月{due.day}日" in page  # the same day as the objector reads
    assert f"{due.month}月{due.day}日" in client.get(f"/objections/{lookup}").text
    assert "数据真实性" in page
    opened = staff.get(address)
    assert opened.content == PNG
    assert quote(NAME) in opened.headers["content-disposition"]
    with reading() as session:
        query = select(AuditEvent).where(
            AuditEvent.case_id == case.id, AuditEvent.event == "personal_data.seen"
        )
        looks = session.exec(query).all()
    assert [look.data["path"] for look in looks] == ["objection.1.papers"]


@pytest.mark.rule("M10")
def test_nobody_else_reads_of_a_paper(client, notice, browser):
    lookup = lookup_of(send(client, notice, paper(PNG, NAME)))
    with reading() as session:
        case = rows.case_of(session, notice)
    address = f"/cases/{case.case_no}/objections/papers/{kept(lookup)[0].id}"
    admin = browser("admin")
    assert admin.get(address).status_code == 404
    assert NAME not in admin.get(f"/staff/cases/{case.case_no}").text
    for path in (f"/notices/{notice.id}", f"/api/v1/public/notices/{notice.id}"):
        assert "王小明" not in client.get(path).text


@pytest.mark.rule("M10")
def test_capsule_with_personal_data_has_the_papers_and_another_has_not(client, notice, browser):
    lookup = lookup_of(send(client, notice, paper(PNG, NAME)))
    with reading() as session:
        case_no = rows.case_of(session, notice).case_no
    officer, kept_as = browser("officer"), f"{kept(lookup)[0].id:06d}-{NAME}"
    whole, masked = (
        zipfile.ZipFile(
            io.BytesIO(
                officer.post(f"/staff/cases/{case_no}/capsule", {"reason": "案卷归档留存", **more}).content
            )
        )
        for more in ({"personal": "1"}, {})
    )
    there = [name for name in whole.namelist() if name.endswith(kept_as)]
    assert len(there) == 1
    assert there[0].startswith(f"{case_no}/objections/YY-")
    assert whole.read(there[0]) == PNG
    assert quote(there[0].removeprefix(f"{case_no}/")) in whole.read(f"{case_no}/index.html").decode()
    assert not [name for name in masked.namelist() if "objections" in name]
    assert NAME not in masked.read(f"{case_no}/index.html").decode()


@pytest.mark.rule("M05")
def test_program_adds_papers_and_reads_which_there_are(client, notice):
    base = "/api/v1/public"
    lookup = client.post(f"{base}/notices/{notice.id}/objections", json=rows.OBJECTION).json()["lookup"]
    added = client.post(
        f"{base}/objections/{lookup}/papers", files={"file": ("说明.pdf", PDF, "application/pdf")}
    )
    assert added.status_code == 201
    assert [(p["filename"], p["size"]) for p in added.json()] == [("说明.pdf", len(PDF))]
    assert client.get(f"{base}/objections/{lookup}").json()["papers"] == added.json()
    bad = client.post(
        f"{base}/objections/{lookup}/papers", files={"file": ("a.pdf", b"no", "application/pdf")}
    )
    assert bad.status_code == 422
    assert bad.json()["errors"][0]["loc"] == "papers"


@pytest.mark.rule("M05")
def test_objector_of_a_suspended_case_reads_that_the_answer_waits(client, notice, browser):
    lookup = lookup_of(send(client, notice))
    supervisor = browser("supervisor")
    with reading() as session:
        case_no = rows.case_of(session, notice).case_no
    supervisor.post(f"/staff/cases/{case_no}/suspend", {"reason": "等待法院裁定"})
    page = client.get(f"/objections/{lookup}").text
    assert "中止办理" in page
    assert "承诺答复日期按中止的时间顺延" in page
    assert "等待法院裁定" not in page
    supervisor.post(f"/staff/cases/{case_no}/resume", {"reason": "裁定已生效"})
    assert "处理中" in client.get(f"/objections/{lookup}").text
