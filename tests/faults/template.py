"""A template in force that cannot be filled, and how the office mends it.

What the workshop takes prints with every field filled and with none, so the fault is one of the disk: its file is damaged.
"""

import io
import re
import time

import docx
import httpx

from tests.faults.faults import Storm, fault, mended
from tests.system import hidden_fields, wait_for

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FAILING = """select c.case_no, t.message from engine_trouble t join case_file c on c.id = t.case_id
    where t.kind = 'activity'"""


@fault
def broken_template(storm: Storm) -> None:
    """The receipt cannot be made; another version is put into force at the console by two persons, and tried at once."""
    with storm.browser("admin") as admin, storm.browser("supervisor") as chief:
        listed = admin.get("/admin/templates").text
        page = min(re.findall(r'href="(/admin/templates/\w+/receipt)"', listed))
        good = admin.get(f"{page}/builtin.docx").content
        _put_into_force(admin, chief, page, _edited(good, "首版"), "first")
        _spoil(storm)
        held = wait_for("a letter that cannot be made", lambda: storm.office.rows(FAILING) or None, 60)
        storm.figures["broken_template_told"] = held[0][1]
        storm.figures["broken_template_page"] = "缺失或已损坏" in admin.get(page).text
        _put_into_force(admin, chief, page, _edited(good, "再版"), "mended")
    since = time.monotonic()
    for case_no, _ in held:
        body = {"kind": "retry", "case_no": case_no, "reason": "模板已更换，立即重试。"}
        storm.people.as_("admin").post("/admin/acts", json=body)
    mended(storm, since, "broken_template_letters_made_s")


def _edited(good: bytes, line: str) -> bytes:
    """The same letter with one line more."""
    document, file = docx.Document(io.BytesIO(good)), io.BytesIO()
    document.add_paragraph(line)
    document.save(file)
    return file.getvalue()


def _spoil(storm: Storm) -> None:
    """The file of the newest version is no Word file any more."""
    [(sha256,)] = storm.office.rows("select sha256 from template_version order by id desc limit 1")
    file = storm.office.disk.folder / "files" / sha256[:2] / sha256
    assert file.exists()
    file.write_bytes(b"damaged")


def _put_into_force(admin: httpx.Client, chief: httpx.Client, page: str, content: bytes, note: str) -> None:
    """Uploaded and proposed by one person, confirmed by another, as the office does it."""
    files, fields = {"file": (f"{note}.docx", content, WORD)}, hidden_fields(admin.get(page).text)
    version = _led_to(admin.post(page, data={**fields, "note": note}, files=files))
    today = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))
    fields = hidden_fields(admin.get(version).text) | {"effective_from": today, "reason": f"演练：{note}"}
    change = _led_to(admin.post(f"{version}/activate", data=fields)).split("?")[0]
    _led_to(chief.post(f"{change}/confirm", data=hidden_fields(chief.get(change).text) | {"note": "同意"}))


def _led_to(answer: httpx.Response) -> str:
    assert answer.status_code == 303, (answer.request.url, answer.status_code, answer.text[-1500:])
    return answer.headers["location"]
